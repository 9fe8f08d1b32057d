//! Times and what is said of them: median, percentiles, and how many fall into any second.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::clock;

/// Durations in microseconds.
#[derive(Debug, Default, Clone)]
pub(crate) struct Durations {
    sorted: Vec<u64>,
}

impl Durations {
    /// Of these, in any order.
    pub(crate) fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        Durations { sorted: micros }
    }

    /// Several together.
    pub(crate) fn all(several: &[Durations]) -> Self {
        Durations::of(several.iter().flat_map(|one| one.sorted.iter().copied()).collect())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// So many of a thousand are at most this, by the nearest rank; 0 where there are none.
    pub(crate) fn per_mille(&self, share: usize) -> u64 {
        let rank = (self.sorted.len() * share).div_ceil(1000).max(1) - 1;
        self.sorted.get(rank).copied().unwrap_or(0)
    }

    /// The median.
    pub(crate) fn median(&self) -> u64 {
        self.per_mille(500)
    }

    /// The 99th percentile.
    pub(crate) fn p99(&self) -> u64 {
        self.per_mille(990)
    }

    /// Median and 99th percentile, for people.
    pub(crate) fn shown(&self) -> String {
        format!("p50 {} p99 {}", milliseconds(self.median()), milliseconds(self.p99()))
    }
}

/// Microseconds as milliseconds.
pub(crate) fn milliseconds(micros: u64) -> String {
    format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}

/// So many in so many microseconds, a second.
pub(crate) fn rate(count: usize, micros: u64) -> u64 {
    let count = u128::try_from(count).unwrap_or(u128::MAX);
    u64::try_from(count.saturating_mul(1_000_000) / u128::from(micros.max(1))).unwrap_or(u64::MAX)
}

/// A number as one of floating point, for ratios.
#[expect(clippy::cast_precision_loss, reason = "a ratio for people needs no more digits")]
pub(crate) fn real(number: u64) -> f64 {
    number as f64
}

/// The most moments in any window of a length, both in microseconds; the moments in order.
pub(crate) fn most_within(moments: &[u64], window: u64) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (position, moment) in moments.iter().enumerate() {
        while moments.get(first).is_some_and(|early| early + window <= *moment) {
            first += 1;
        }
        most = most.max(position + 1 - first);
    }
    most
}

/// When each of many numbered things was sent and when it was done.
#[derive(Debug)]
pub(crate) struct Times {
    origin: Instant,
    sent: Vec<AtomicU64>,
    done: Vec<AtomicU64>,
    begun: AtomicUsize,
    finished: AtomicUsize,
    room: Notify,
}

impl Times {
    /// For things with numbers below this.
    pub(crate) fn new(most: usize) -> Self {
        let blank = || (0..most).map(|_| AtomicU64::new(0)).collect();
        let (begun, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Times { origin: clock::now(), sent: blank(), done: blank(), begun, finished, room: Notify::new() }
    }

    /// It is sent now.
    pub(crate) fn sent(&self, number: usize) {
        mark(self.sent.get(number), self.origin);
    }

    /// It is done now; only the first time counts.
    pub(crate) fn done(&self, number: usize) {
        if mark(self.done.get(number), self.origin) {
            self.finished.fetch_add(1, Ordering::Relaxed);
            self.room.notify_one();
        }
    }

    /// Whether it is done.
    pub(crate) fn is_done(&self, number: usize) -> bool {
        self.done.get(number).and_then(read).is_some()
    }

    /// How long behind the making of this it was done.
    pub(crate) fn done_after(&self, number: usize) -> Option<Duration> {
        self.done.get(number).and_then(read).map(Duration::from_micros)
    }

    /// How many are done in all.
    pub(crate) fn finished(&self) -> usize {
        self.finished.load(Ordering::Relaxed)
    }

    /// Waits until fewer than `most` are under way, of those begun by this.
    pub(crate) async fn turn(&self, most: usize) {
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            if begun.saturating_sub(self.finished()) < most {
                let next =
                    self.begun.compare_exchange(begun, begun + 1, Ordering::Relaxed, Ordering::Relaxed);
                if next.is_ok() {
                    return;
                }
            } else {
                // Whoever is done wakes one who waits.
                self.room.notified().await;
            }
        }
    }

    /// How many of a range are done.
    pub(crate) fn count(&self, range: std::ops::Range<usize>) -> usize {
        range.filter(|number| self.is_done(*number)).count()
    }

    /// How long those in a range took that are done.
    pub(crate) fn durations(&self, range: std::ops::Range<usize>) -> Durations {
        let moments = |number| Some((read(self.sent.get(number)?)?, read(self.done.get(number)?)?));
        let took = range.filter_map(moments).map(|(sent, done)| done.saturating_sub(sent));
        Durations::of(took.collect())
    }
}

/// Zero means never, so a moment is at least 1. One that is marked stays as it is; says whether it was not.
fn mark(cell: Option<&AtomicU64>, origin: Instant) -> bool {
    let moment = clock::micros(origin).max(1);
    cell.is_some_and(|cell| cell.compare_exchange(0, moment, Ordering::Relaxed, Ordering::Relaxed).is_ok())
}

fn read(cell: &AtomicU64) -> Option<u64> {
    Some(cell.load(Ordering::Relaxed)).filter(|moment| *moment > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_the_nearest_rank() {
        let durations = Durations::of((1..=100).rev().collect());
        assert_eq!((durations.median(), durations.p99(), durations.per_mille(1000)), (50, 99, 100));
        assert_eq!(Durations::of(Vec::new()).p99(), 0);
        assert_eq!(Durations::of(vec![7]).p99(), 7);
        assert_eq!(milliseconds(12_345), "12.34 ms");
    }

    #[test]
    fn the_fullest_window_is_found_wherever_it_begins() {
        assert_eq!(most_within(&[], 10), 0);
        assert_eq!(most_within(&[0, 10, 20, 30], 10), 1);
        assert_eq!(most_within(&[0, 8, 9, 17, 18, 40], 10), 3);
    }

    #[test]
    fn only_what_was_sent_and_done_has_a_duration() {
        let times = Times::new(3);
        times.sent(0);
        times.sent(1);
        times.done(1);
        times.done(2);
        times.done(9);
        assert_eq!(times.durations(0..3).count(), 1);
    }

    #[test]
    fn a_rate_is_a_second() {
        assert_eq!(rate(500, 250_000), 2000);
        assert_eq!(rate(1, 0), 1_000_000);
    }
}
