//! A token bucket as a virtual schedule (the generic cell rate algorithm, ITU-T I.371): exact over
//! every window, with no timer and no counter to refill.

use std::time::Duration;

/// How many calls a system takes: so many a second on average, so many at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Time between two calls at the average rate.
    interval: Duration,
    /// Calls at once after a pause; at least 1.
    burst: u32,
}

impl Rate {
    /// A rate in calls per second. `None` where the number is not a usable rate: zero, negative, not
    /// a number, or less than one call a day.
    pub fn new(per_second: f64, burst: Option<u32>) -> Option<Rate> {
        const SLOWEST: Duration = Duration::from_hours(24);
        if per_second.is_nan() || per_second <= 0.0 {
            return None;
        }
        let exact = Duration::try_from_secs_f64(per_second.recip()).ok().filter(|found| *found <= SLOWEST)?;
        // One nanosecond more than exact, so that rounding never allows a call too many.
        let interval = exact + Duration::from_nanos(1);
        let burst = burst.unwrap_or_else(|| whole(per_second)).max(1);
        Some(Rate { interval, burst })
    }

    /// The rate of `quota` calls in every `window`.
    pub fn quota(quota: u32, window: Duration) -> Option<Rate> {
        Rate::new(f64::from(quota) / window.as_secs_f64(), Some(quota))
    }
}

/// The whole calls of one second, as a burst.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the type's range")]
fn whole(per_second: f64) -> u32 {
    per_second.clamp(1.0, f64::from(u32::MAX)) as u32
}

/// The bucket: how far the schedule of calls reaches into the future.
#[derive(Debug, Clone)]
pub struct Bucket {
    rate: Rate,
    /// When the next call would be due if calls came at exactly the average rate.
    due: Duration,
}

impl Bucket {
    /// A full bucket.
    pub fn new(rate: Rate) -> Self {
        Bucket { rate, due: Duration::ZERO }
    }

    /// The rate it enforces.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// The earliest time at which a call may be made.
    pub fn ready_at(&self) -> Duration {
        self.due.saturating_sub(self.rate.interval.saturating_mul(self.rate.burst - 1))
    }

    /// Takes one token, if there is one.
    pub fn take(&mut self, now: Duration) -> bool {
        if now < self.ready_at() {
            return false;
        }
        self.due = self.due.max(now).saturating_add(self.rate.interval);
        true
    }

    /// The same bucket at another rate from now on: the calls it still has to make up for count against
    /// the new rate.
    pub fn renew(&mut self, rate: Rate, now: Duration) {
        let ahead = self.due.saturating_sub(now).as_nanos();
        let ahead = ahead.saturating_mul(rate.interval.as_nanos()).div_ceil(self.rate.interval.as_nanos());
        self.due = now.saturating_add(Duration::from_nanos(u64::try_from(ahead).unwrap_or(u64::MAX)));
        self.rate = rate;
    }

    /// Whether nothing is to be made up for.
    pub fn is_full(&self, now: Duration) -> bool {
        self.due <= now
    }

    /// Returns a token whose call was never sent.
    pub fn give_back(&mut self) {
        self.due = self.due.saturating_sub(self.rate.interval);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = Bucket::new(Rate::new(10.0, Some(3)).unwrap());
        let start = Duration::from_secs(5);
        assert_eq!([0, 1, 2, 3].map(|_| bucket.take(start)), [true, true, true, false]);
        assert!(!bucket.take(start + Duration::from_millis(99)));
        assert!(bucket.take(start + Duration::from_millis(101)));
        bucket.give_back();
        assert!(bucket.take(start + Duration::from_millis(101)));
    }

    #[test]
    fn numbers_that_are_no_rate_are_refused() {
        for wrong in [0.0, -1.0, f64::NAN, 1e-9, f64::NEG_INFINITY] {
            assert_eq!(Rate::new(wrong, None), None, "{wrong}");
        }
        assert_eq!(Rate::new(2.5, None).unwrap().burst, 2);
        assert_eq!(Rate::new(0.1, None).unwrap().burst, 1);
        assert_eq!(Rate::new(f64::INFINITY, None).unwrap().interval, Duration::from_nanos(1));
    }

    #[test]
    fn what_was_used_counts_at_another_rate() {
        let rate = |per_second, burst| Rate::new(per_second, Some(burst)).unwrap();
        let now = Duration::from_secs(5);
        let taken = |bucket: &mut Bucket| (0..100).take_while(|_| bucket.take(now)).count();
        for (used, then, left) in [(3, rate(10.0, 5), 2), (3, rate(1.0, 5), 2), (5, rate(100.0, 20), 15)] {
            let mut bucket = Bucket::new(rate(10.0, 5));
            (0..used).for_each(|_| assert!(bucket.take(now)));
            bucket.renew(then, now);
            assert_eq!(taken(&mut bucket), left, "{used} used, then {then:?}");
        }
        let mut bucket = Bucket::new(rate(10.0, 5));
        (0..5).for_each(|_| assert!(bucket.take(now)));
        bucket.renew(rate(10.0, 2), now);
        assert!(!bucket.take(now + Duration::from_millis(300)), "more was used than the new rate has");
        assert!(bucket.take(now + Duration::from_millis(401)));
    }

    proptest! {
        /// Over every window the calls stay within burst plus rate times window, whatever the
        /// callers do, tokens returned included.
        #[test]
        fn never_above_rate_and_burst(
            per_second in 0.5_f64..2000.0,
            burst in 1_u32..50,
            steps in proptest::collection::vec((0_u64..20_000, 0_u8..10), 1..400),
        ) {
            let mut bucket = Bucket::new(Rate::new(per_second, Some(burst)).unwrap());
            let mut now = Duration::from_secs(1);
            let mut sent: Vec<Duration> = Vec::new();
            for (micros, action) in steps {
                now += Duration::from_micros(micros);
                if bucket.take(now) {
                    if action == 0 { bucket.give_back() } else { sent.push(now) }
                }
            }
            for (index, from) in sent.iter().enumerate() {
                for (more, to) in sent.iter().skip(index).enumerate() {
                    let allowed = f64::from(burst) + (*to - *from).as_secs_f64() * per_second;
                    prop_assert!((more + 1) as f64 <= allowed + 1e-6, "{} calls, {allowed} allowed", more + 1);
                }
            }
        }

        /// A caller that always waits until the time it is told is always served then.
        #[test]
        fn the_time_told_is_right(per_second in 0.5_f64..2000.0, burst in 1_u32..50) {
            let mut bucket = Bucket::new(Rate::new(per_second, Some(burst)).unwrap());
            let mut now = Duration::from_secs(1);
            for _ in 0..200 {
                now = now.max(bucket.ready_at());
                prop_assert!(bucket.take(now));
            }
        }
    }
}
