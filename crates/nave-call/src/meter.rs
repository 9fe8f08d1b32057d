//! How long a system took to answer, and how attempts of calls ended, counted for each connection. How that
//! is shown is left to others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nave_model::Fault;

/// Upper bounds of the buckets: milliseconds.
const BOUNDS_MS: [u64; 12] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/// Counts the attempts of one connection.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    buckets: [AtomicU64; BOUNDS_MS.len()],
    sum_us: AtomicU64,
    done: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

/// What was counted of a connection since its project was taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// How many attempts took at most so many seconds.
    pub buckets: Vec<(f64, u64)>,
    /// Seconds they took together.
    pub seconds: f64,
    /// Attempts that were answered as wished.
    pub done: u64,
    /// Attempts that were answered with a fault.
    pub refused: u64,
    /// Attempts that were not answered.
    pub failed: u64,
}

impl Meter {
    /// An attempt ended: from the moment it was sent.
    pub(crate) fn ended(&self, took: Duration, fault: Option<&Fault>) {
        let ended = match fault {
            None => &self.done,
            Some(fault) if fault.status.is_some() => &self.refused,
            Some(_) => &self.failed,
        };
        let add = |count: &AtomicU64, more| count.fetch_add(more, Ordering::Relaxed);
        add(ended, 1);
        add(&self.sum_us, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        for (bound, bucket) in BOUNDS_MS.iter().zip(&self.buckets) {
            if took <= Duration::from_millis(*bound) {
                add(bucket, 1);
            }
        }
    }

    /// What was counted so far. Buckets are read first, so that none holds more than there are.
    pub(crate) fn read(&self) -> Measured {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let seconds = |ms: &u64| Duration::from_millis(*ms).as_secs_f64();
        let buckets = BOUNDS_MS.iter().zip(&self.buckets);
        Measured {
            buckets: buckets.map(|(bound, bucket)| (seconds(bound), get(bucket))).collect(),
            seconds: Duration::from_micros(get(&self.sum_us)).as_secs_f64(),
            done: get(&self.done),
            refused: get(&self.refused),
            failed: get(&self.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use nave_model::fault::codes;

    use super::*;

    #[test]
    fn attempts_are_counted_by_time_and_end() {
        let meter = Meter::default();
        let mut refused = Fault::new(codes::REJECTED, "no");
        refused.status = Some(422);
        meter.ended(Duration::from_millis(5), None);
        meter.ended(Duration::from_millis(6), Some(&refused));
        meter.ended(Duration::from_secs(60), Some(&Fault::new(codes::TIMEOUT, "late")));
        let read = meter.read();
        assert_eq!((read.done, read.refused, read.failed), (1, 1, 1));
        assert_eq!(read.buckets.iter().map(|(_, count)| *count).take(3).collect::<Vec<_>>(), [1, 2, 2]);
        assert_eq!(read.buckets.last(), Some(&(30.0, 2)));
        assert!((read.seconds - 60.011).abs() < 1e-9, "{read:?}");
    }
}
