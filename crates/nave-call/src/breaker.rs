//! The breaker of one connection: stops calling a system that keeps failing, and finds out with one
//! probe at a time whether it is back. A state machine over given times; it sends nothing itself.

use std::collections::VecDeque;
use std::time::Duration;

/// How far back outcomes count.
const WINDOW: Duration = Duration::from_secs(30);
/// Outcomes are counted in slices of the window of this length.
const SLICE: Duration = Duration::from_secs(3);
/// Fewer outcomes than this say nothing.
const FEWEST: u32 = 20;
/// The share of failures, in percent, that opens the breaker. Below it, enough calls succeed for
/// retrying to be the better answer, and the retry budget protects the system.
const FAILING_PERCENT: u32 = 70;
/// How long it stays open the first time; doubles with every failed probe.
const FIRST_REST: Duration = Duration::from_secs(5);
/// The longest it stays open before the next probe.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// A breaker.
#[derive(Debug, Default)]
pub struct Breaker {
    state: State,
    slices: VecDeque<Slice>,
    /// Grows with every change of state, so that an outcome of an earlier time decides nothing.
    epoch: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Duration,
        rest: Duration,
    },
    /// One probe may go, or is under way.
    HalfOpen {
        probing: bool,
        rest: Duration,
    },
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    from: Duration,
    good: u32,
    bad: u32,
}

/// How a breaker stands, for people who look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Calls go.
    Closed,
    /// Calls are held back for so long.
    Open(Duration),
    /// One call may go or is under way, to find out whether the system works again.
    HalfOpen,
}

/// The right to send, to be given back with an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Pass {
    epoch: u64,
    probe: bool,
}

/// How a call that had a [`Pass`] ended, as far as the system's health goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The system answered and works, even if it refused this call.
    Healthy,
    /// The system failed or could not be reached.
    Failed,
    /// It says nothing about the system: the call was dropped, or never sent.
    Unknown,
}

impl Breaker {
    /// Whether a call may go now; if not, the time to wait before asking again.
    pub fn enter(&mut self, now: Duration) -> Result<Pass, Duration> {
        match self.state {
            State::Closed => Ok(Pass { epoch: self.epoch, probe: false }),
            State::Open { until, .. } if now < until => Err(until - now),
            State::HalfOpen { probing: true, rest } => Err(rest),
            State::Open { rest, .. } | State::HalfOpen { rest, .. } => {
                self.change(State::HalfOpen { probing: true, rest });
                Ok(Pass { epoch: self.epoch, probe: true })
            }
        }
    }

    /// How it stands at this time.
    pub fn standing(&self, now: Duration) -> Standing {
        match self.state {
            State::Closed => Standing::Closed,
            State::Open { until, .. } if now < until => Standing::Open(until - now),
            State::Open { .. } | State::HalfOpen { .. } => Standing::HalfOpen,
        }
    }

    /// Whether calls are held back at this time, without asking to go.
    pub fn holds_back(&self, now: Duration) -> bool {
        match self.state {
            State::Closed => false,
            State::Open { until, .. } => now < until,
            State::HalfOpen { probing, .. } => probing,
        }
    }

    /// Learns how a call ended.
    pub fn leave(&mut self, now: Duration, pass: Pass, ended: Ended) {
        if pass.epoch != self.epoch {
            return;
        }
        match (self.state, ended) {
            (State::HalfOpen { rest, .. }, Ended::Unknown) => {
                self.state = State::HalfOpen { probing: false, rest };
            }
            (State::HalfOpen { .. }, Ended::Healthy) => {
                self.slices.clear();
                self.change(State::Closed);
            }
            (State::HalfOpen { rest, .. }, Ended::Failed) => {
                let rest = (rest * 2).min(LONGEST_REST);
                self.change(State::Open { until: now + rest, rest });
            }
            (State::Closed, Ended::Healthy) => self.count(now, true),
            (State::Closed, Ended::Failed) => {
                self.count(now, false);
                if self.failing() {
                    self.change(State::Open { until: now + FIRST_REST, rest: FIRST_REST });
                }
            }
            (State::Closed, Ended::Unknown) | (State::Open { .. }, _) => {}
        }
    }

    fn change(&mut self, state: State) {
        self.epoch += 1;
        self.state = state;
    }

    /// Counts one outcome in the present slice, after dropping what is too old to count.
    fn count(&mut self, now: Duration, healthy: bool) {
        while self.slices.front().is_some_and(|slice| slice.from + WINDOW <= now) {
            self.slices.pop_front();
        }
        if self.slices.back().is_none_or(|slice| slice.from + SLICE <= now) {
            self.slices.push_back(Slice { from: now, good: 0, bad: 0 });
        }
        if let Some(slice) = self.slices.back_mut() {
            slice.good += u32::from(healthy);
            slice.bad += u32::from(!healthy);
        }
    }

    fn failing(&self) -> bool {
        let good: u32 = self.slices.iter().map(|slice| slice.good).sum();
        let bad: u32 = self.slices.iter().map(|slice| slice.bad).sum();
        let all = good.saturating_add(bad);
        all >= FEWEST && u64::from(bad) * 100 >= u64::from(all) * u64::from(FAILING_PERCENT)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn call(breaker: &mut Breaker, now: Duration, ended: Ended) -> bool {
        match breaker.enter(now) {
            Ok(pass) => {
                breaker.leave(now, pass, ended);
                true
            }
            Err(_) => false,
        }
    }

    /// Makes this many calls at one time and says how many were let go.
    fn calls(breaker: &mut Breaker, now: u64, count: usize, ended: Ended) -> usize {
        (0..count).filter(|_| call(breaker, seconds(now), ended)).count()
    }

    #[test]
    fn it_opens_after_enough_failures_and_probes_once() {
        let mut breaker = Breaker::default();
        assert_eq!(calls(&mut breaker, 0, 100, Ended::Failed), 20);
        assert_eq!(breaker.standing(seconds(1)), Standing::Open(seconds(4)));
        assert_eq!(breaker.standing(seconds(5)), Standing::HalfOpen);
        assert_eq!(breaker.enter(seconds(1)), Err(seconds(4)));
        let probe = breaker.enter(seconds(5)).unwrap();
        assert!(breaker.enter(seconds(5)).is_err(), "a second probe");
        breaker.leave(seconds(6), probe, Ended::Failed);
        assert_eq!(breaker.enter(seconds(6)), Err(seconds(10)));
        assert!(call(&mut breaker, seconds(16), Ended::Healthy));
        assert_eq!(calls(&mut breaker, 16, 10, Ended::Failed), 10, "closed, with an empty window");
    }

    #[test]
    fn a_system_that_answers_half_the_calls_is_called() {
        let mut breaker = Breaker::default();
        for round in 0..50 {
            assert_eq!(calls(&mut breaker, round, 1, Ended::Healthy), 1);
            assert_eq!(calls(&mut breaker, round, 1, Ended::Failed), 1);
        }
    }

    #[test]
    fn old_failures_are_forgotten() {
        let mut breaker = Breaker::default();
        assert_eq!(calls(&mut breaker, 0, 19, Ended::Failed), 19);
        assert_eq!(calls(&mut breaker, 40, 19, Ended::Failed), 19);
        assert!(!breaker.holds_back(seconds(40)));
        assert_eq!(calls(&mut breaker, 41, 19, Ended::Failed), 1);
        assert!(breaker.holds_back(seconds(41)));
    }

    #[test]
    fn a_dropped_probe_makes_room_for_another() {
        let mut breaker = Breaker::default();
        calls(&mut breaker, 0, 20, Ended::Failed);
        assert!(call(&mut breaker, seconds(5), Ended::Unknown));
        assert!(call(&mut breaker, seconds(5), Ended::Healthy));
        assert!(!breaker.holds_back(seconds(5)));
    }

    proptest! {
        /// Whatever happens in whatever order, no more than one probe is ever under way, and late
        /// outcomes of calls from before it opened close nothing.
        #[test]
        fn exactly_one_probe(steps in proptest::collection::vec((0_u64..4000, 0_u8..4, 0_usize..8), 1..300)) {
            let mut breaker = Breaker::default();
            let mut now = Duration::ZERO;
            let mut under_way: Vec<Pass> = Vec::new();
            for (millis, action, which) in steps {
                now += Duration::from_millis(millis);
                if action == 0 && !under_way.is_empty() {
                    let pass = under_way.swap_remove(which % under_way.len());
                    breaker.leave(now, pass, if which == 0 { Ended::Healthy } else { Ended::Failed });
                } else if let Ok(pass) = breaker.enter(now) {
                    under_way.push(pass);
                }
                // Many quick failures, so that it opens often.
                if action == 3 {
                    (0..20).for_each(|_| { call(&mut breaker, now, Ended::Failed); });
                }
                let probes = under_way.iter().filter(|pass| pass.probe && pass.epoch == breaker.epoch).count();
                prop_assert!(probes <= 1, "{probes} probes");
                let half_open = matches!(breaker.state, State::HalfOpen { probing: true, .. });
                prop_assert_eq!(half_open, probes == 1);
            }
        }
    }
}
