//! How many calls may be under way at once: it falls when answers get slower than they usually are,
//! and rises while they do not (a gradient limit, as in Netflix's `concurrency-limits`).

use std::collections::BTreeMap;
use std::time::Duration;

/// Answers between two decisions. The decision looks at the one in the middle, because a few slow
/// answers say something about the network, not about the system.
const SAMPLES: usize = 16;
/// Answers this many times slower than usual are still no reason to slow down.
const TOLERANCE: f64 = 2.0;
/// Added to both sides of the comparison, so that noise on a fast system does not count.
const NOISE: f64 = 0.010;
/// One answer counts at most as this many times slower than usual.
const WORST: f64 = 8.0;

/// The adapting limit of one connection.
#[derive(Debug, Clone)]
pub struct Concurrency {
    most: f64,
    limit: f64,
    /// Usual seconds to answer, by operation: a search may be slow without the system being slow.
    usual: BTreeMap<usize, f64>,
    /// How many times slower than usual each answer since the last decision was.
    slower: Vec<f64>,
    /// Whether the limit was reached since the last decision. A limit nobody reaches does not rise.
    reached: bool,
}

impl Concurrency {
    /// A limit that starts at its maximum, which is at least 1.
    pub fn new(most: u32) -> Self {
        let most = f64::from(most.max(1));
        Concurrency { most, limit: most, usual: BTreeMap::new(), slower: Vec::new(), reached: false }
    }

    /// The same limit with another maximum: one that was never pressed is at the new maximum, one that
    /// was pressed rises to it by and by.
    pub fn renew(&mut self, most: u32) {
        let most = f64::from(most.max(1));
        self.limit = if self.limit < self.most { self.limit.min(most) } else { most };
        self.most = most;
    }

    /// Forgets how long each operation takes: they may be others from now on.
    pub fn forget_operations(&mut self) {
        self.usual.clear();
        self.slower.clear();
    }

    /// Forgets how fast a system is: another one is called from now on.
    pub fn forget_learned(&mut self) {
        *self = Concurrency { most: self.most, ..Concurrency::new(1) };
        self.limit = self.most;
    }

    /// The calls that may be under way now: between 1 and the maximum.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "kept between 1 and a u32")]
    pub fn limit(&self) -> u32 {
        self.limit as u32
    }

    /// Learns from one answer, or from the time a call waited for an answer that never came.
    /// `running` calls were under way when it came, itself included.
    pub fn observe(&mut self, operation: usize, took: Duration, running: u32) {
        let took = took.as_secs_f64();
        let usual = self.usual.entry(operation).or_insert(took);
        self.slower.push(((took + NOISE) / (*usual + NOISE)).min(WORST));
        self.reached |= f64::from(running) * 2.0 >= self.limit;
        // Down faster than up: what is usual is what the system does when it is not pressed.
        let weight = if took < *usual { 0.02 } else { 0.005 };
        *usual += (took.min(*usual * WORST + NOISE) - *usual) * weight;
        if self.slower.len() >= SAMPLES {
            self.decide();
        }
    }

    fn decide(&mut self) {
        self.slower.sort_by(f64::total_cmp);
        let middle = self.slower.get(self.slower.len() / 2).copied().unwrap_or(1.0);
        let gradient = (TOLERANCE / middle).clamp(0.5, 1.0);
        let room = if self.reached { self.limit.sqrt() } else { 0.0 };
        let target = if gradient < 1.0 { self.limit * gradient } else { self.limit + room };
        self.limit = target.clamp(1.0, self.most);
        self.slower.clear();
        self.reached = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds answers of so many milliseconds, each with all allowed calls under way.
    fn feed(concurrency: &mut Concurrency, millis: u64, answers: usize) {
        for _ in 0..answers {
            let running = concurrency.limit();
            concurrency.observe(0, Duration::from_millis(millis), running);
        }
    }

    #[test]
    fn it_falls_when_answers_slow_down_and_rises_again() {
        let mut concurrency = Concurrency::new(64);
        feed(&mut concurrency, 100, 160);
        assert_eq!(concurrency.limit(), 64);
        feed(&mut concurrency, 1000, 64);
        let pressed = concurrency.limit();
        assert!(pressed <= 16, "{pressed}");
        feed(&mut concurrency, 100, 400);
        assert_eq!(concurrency.limit(), 64);
    }

    #[test]
    fn a_slow_operation_beside_a_fast_one_is_no_pressure() {
        let mut concurrency = Concurrency::new(64);
        for _ in 0..200 {
            concurrency.observe(0, Duration::from_millis(20), 64);
            concurrency.observe(1, Duration::from_secs(5), 64);
        }
        assert_eq!(concurrency.limit(), 64);
    }

    #[test]
    fn a_few_very_slow_answers_are_no_pressure() {
        let mut concurrency = Concurrency::new(64);
        for index in 0..400 {
            let millis = if index % 3 == 0 { 30_000 } else { 100 + index % 7 * 20 };
            concurrency.observe(0, Duration::from_millis(millis), 64);
        }
        assert_eq!(concurrency.limit(), 64);
    }

    #[test]
    fn noise_on_a_fast_system_is_no_pressure() {
        let mut concurrency = Concurrency::new(64);
        for micros in [100, 900, 200, 1500].into_iter().cycle().take(400) {
            concurrency.observe(0, Duration::from_micros(micros), 64);
        }
        assert_eq!(concurrency.limit(), 64);
    }

    #[test]
    fn another_maximum_keeps_what_was_learned() {
        let mut concurrency = Concurrency::new(64);
        concurrency.renew(100);
        assert_eq!(concurrency.limit(), 100);
        feed(&mut concurrency, 100, 160);
        feed(&mut concurrency, 1000, 64);
        let pressed = concurrency.limit();
        assert!(pressed < 64, "{pressed}");
        concurrency.renew(64);
        assert_eq!(concurrency.limit(), pressed);
        concurrency.renew(1);
        assert_eq!(concurrency.limit(), 1);
        concurrency.renew(64);
        concurrency.forget_learned();
        assert_eq!(concurrency.limit(), 64);
    }

    #[test]
    fn it_never_falls_below_one_nor_rises_unreached() {
        let mut concurrency = Concurrency::new(8);
        feed(&mut concurrency, 10, 16);
        for _ in 0..20 {
            let slower = Duration::from_secs(3600);
            feed(&mut concurrency, 10, 8);
            (0..24).for_each(|_| concurrency.observe(0, slower, 1));
        }
        assert_eq!(concurrency.limit(), 1);
        let mut idle = Concurrency::new(1_000);
        feed(&mut idle, 100, 160);
        feed(&mut idle, 2000, 32);
        let before = idle.limit();
        (0..160).for_each(|_| idle.observe(0, Duration::from_millis(100), 1));
        assert_eq!(idle.limit(), before);
    }
}
