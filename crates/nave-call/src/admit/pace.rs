//! How fast a connection may call: the declared rate, what the system's own headers say, and pauses
//! it asked for. The strictest of them counts.

use std::time::Duration;

use crate::admit::bucket::{Bucket, Rate};
use crate::admit::headers::Signals;

/// The longest pause kept in one go. A system that asks for longer is asked again after this time,
/// so that one wrong header cannot silence a connection for good.
pub const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Why calls must wait, for the fault of one that cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The connection's own rate.
    Declared,
    /// The system's rate headers.
    Learned,
    /// The system asked for a pause.
    Paused,
}

/// Calls the system said are left in its present window.
#[derive(Debug, Clone, Copy)]
struct Left {
    calls: u64,
    until: Duration,
}

/// Everything that decides when the next call may go.
#[derive(Debug, Clone)]
pub struct Pace {
    declared: Option<Bucket>,
    policy: Option<Bucket>,
    left: Option<Left>,
    paused_until: Duration,
}

impl Pace {
    /// A pace with a declared rate, or without one.
    pub fn new(declared: Option<Rate>) -> Self {
        Pace { declared: declared.map(Bucket::new), policy: None, left: None, paused_until: Duration::ZERO }
    }

    /// The same pace with another declared rate from now on. What was used so far counts against it.
    pub fn renew(&mut self, declared: Option<Rate>, now: Duration) {
        match (&mut self.declared, declared) {
            (Some(bucket), Some(rate)) if bucket.rate() == rate => {}
            (Some(bucket), Some(rate)) => bucket.renew(rate, now),
            (found, declared) => *found = declared.map(Bucket::new),
        }
    }

    /// Whether there is a declared rate.
    pub fn is_declared(&self) -> bool {
        self.declared.is_some()
    }

    /// Forgets what a system said: another one is called from now on.
    pub fn forget_learned(&mut self) {
        *self = Pace { declared: self.declared.take(), ..Pace::new(None) };
    }

    /// Whether a fresh pace of this declared rate would allow no more.
    pub fn is_at_rest(&self, now: Duration) -> bool {
        self.declared.as_ref().is_none_or(|bucket| bucket.is_full(now))
    }

    /// The earliest time for the next call, and what decides it.
    pub fn ready_at(&self) -> (Duration, Reason) {
        let declared = self.declared.as_ref().map_or(Duration::ZERO, Bucket::ready_at);
        let policy = self.policy.as_ref().map_or(Duration::ZERO, Bucket::ready_at);
        let left = self.left.filter(|left| left.calls == 0).map_or(Duration::ZERO, |left| left.until);
        let mut latest = (declared, Reason::Declared);
        for (at, reason) in
            [(policy, Reason::Learned), (left, Reason::Learned), (self.paused_until, Reason::Paused)]
        {
            if at > latest.0 {
                latest = (at, reason);
            }
        }
        latest
    }

    /// Takes the right to make one call, if the time for it has come.
    pub fn take(&mut self, now: Duration) -> bool {
        if now < self.ready_at().0 {
            return false;
        }
        for bucket in self.declared.iter_mut().chain(self.policy.iter_mut()) {
            bucket.take(now);
        }
        self.left = self.left.filter(|left| now < left.until);
        if let Some(left) = &mut self.left {
            left.calls = left.calls.saturating_sub(1);
        }
        true
    }

    /// Returns the right to a call that was never sent.
    pub fn give_back(&mut self) {
        for bucket in self.declared.iter_mut().chain(self.policy.iter_mut()) {
            bucket.give_back();
        }
        if let Some(left) = &mut self.left {
            left.calls = left.calls.saturating_add(1);
        }
    }

    /// Learns from one answer. `under_way` calls were not answered yet when it came: the system may
    /// not have counted them, so they are taken off what it says is left.
    pub fn learn(&mut self, now: Duration, signals: &Signals, under_way: u32) {
        if let Some(pause) = signals.retry_after {
            self.pause(now, pause);
        }
        if let Some((calls, reset)) = signals.left {
            let calls = calls.saturating_sub(u64::from(under_way));
            self.left = Some(Left { calls, until: now + reset.min(LONGEST_PAUSE) });
        }
        if let Some(rate) = signals.policy.and_then(|(quota, window)| Rate::quota(quota, window))
            && self.policy.as_ref().map(Bucket::rate) != Some(rate)
        {
            self.policy = Some(Bucket::new(rate));
        }
    }

    /// Lets no call go for a while.
    pub fn pause(&mut self, now: Duration, pause: Duration) {
        self.paused_until = self.paused_until.max(now + pause.min(LONGEST_PAUSE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// How many calls a greedy caller gets at each of these seconds after the start.
    #[track_caller]
    fn check(pace: &mut Pace, expected: &[(u64, usize)]) {
        for (after, count) in expected {
            let now = START + seconds(*after);
            let taken = (0..1000).take_while(|_| pace.take(now)).count();
            assert_eq!(taken, *count, "calls {after} s after the start");
        }
    }

    #[test]
    fn what_is_left_lasts_until_the_reset() {
        let mut pace = Pace::new(Rate::new(100.0, None));
        let signals = Signals { left: Some((5, seconds(30))), ..Signals::default() };
        pace.learn(START, &signals, 2);
        check(&mut pace, &[(0, 3), (29, 0), (30, 100)]);
    }

    #[test]
    fn a_policy_is_a_rate() {
        let mut pace = Pace::new(None);
        let signals = Signals { policy: Some((10, seconds(10))), ..Signals::default() };
        pace.learn(START, &signals, 0);
        check(&mut pace, &[(0, 10), (2, 1)]);
        pace.learn(START + seconds(2), &signals, 0);
        check(&mut pace, &[(2, 0)]);
    }

    #[test]
    fn a_pause_holds_everything_back_and_is_bounded() {
        let mut pace = Pace::new(Rate::new(1000.0, Some(7)));
        pace.pause(START, seconds(20));
        pace.pause(START, seconds(2));
        assert_eq!(pace.ready_at(), (START + seconds(20), Reason::Paused));
        check(&mut pace, &[(19, 0), (20, 7)]);
        pace.pause(START, Duration::MAX);
        assert_eq!(pace.ready_at().0, START + LONGEST_PAUSE);
    }

    #[test]
    fn a_call_not_sent_costs_nothing() {
        let mut pace = Pace::new(Rate::new(1.0, Some(1)));
        pace.learn(START, &Signals { left: Some((1, seconds(60))), ..Signals::default() }, 0);
        assert!(pace.take(START));
        pace.give_back();
        check(&mut pace, &[(0, 1), (1, 0)]);
    }
}
