//! Whether, when and how often to try again. Pure decisions; waiting and sending are left to the
//! pipeline.

use std::time::Duration;

use nave_model::{Effect, Fault, Idempotency, Kind, Retry};

/// The first pause, before jitter.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause, before jitter.
const LONGEST: Duration = Duration::from_secs(60);
/// Attempts after which an answer that cannot be read is taken for what the system answers.
const MOST_UNREADABLE: u32 = 3;
/// Retries every call earns.
const SHARE_OF_CALLS: f64 = 0.2;
/// Retries allowed every second whatever the number of calls.
const PER_SECOND: f64 = 10.0;
/// Retries that calls may have saved up at most.
const SAVED_MOST: f64 = 100.0;

/// What is known about repeating one call.
#[derive(Debug, Clone, Copy)]
pub struct Repeatable<'a> {
    /// What the operation does.
    pub effect: Effect,
    /// How the system lets it be repeated.
    pub idempotency: &'a Idempotency,
    /// Whether the request carries an idempotency key, the same for every attempt.
    pub key_attached: bool,
}

impl Repeatable<'_> {
    /// Whether the call may be sent again after this fault, its `failures`-th: if nothing happened,
    /// always; if something may have happened, only where twice is the same as once.
    ///
    /// A defect of our own is no better the second time, and an answer that cannot be read is seldom
    /// better the third.
    pub fn after(self, fault: &Fault, failures: u32) -> bool {
        if fault.code.kind == Kind::Internal
            || (fault.code.kind == Kind::Mismatch && failures >= MOST_UNREADABLE)
        {
            return false;
        }
        match fault.code.retry {
            Retry::Never => false,
            Retry::After => true,
            Retry::IfIdempotent => self.harmless(),
        }
    }

    /// Whether sending it twice has the effect of sending it once.
    pub fn harmless(self) -> bool {
        self.effect == Effect::Read
            || match self.idempotency {
                Idempotency::Natural => true,
                Idempotency::Key { .. } => self.key_attached,
                Idempotency::None => false,
            }
    }
}

/// The pause before the next attempt: full jitter under a doubling ceiling (1 s to 60 s), unless the
/// system said how long. `failures` counts failed attempts from 1; `random` is in 0..1.
///
/// What the system says is a lower bound. A tenth of the jitter comes on top, so that everyone it
/// told the same does not come back at the same moment.
pub fn pause(failures: u32, system_says: Option<Duration>, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let ceiling = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let random = random.clamp(0.0, 1.0);
    match system_says {
        Some(least) => least.saturating_add(ceiling.mul_f64(random / 10.0)),
        None => ceiling.mul_f64(random),
    }
}

/// The retry budget of one connection: 20 % of its calls and 10 a second, so that a system that is
/// down gets little more than its usual load.
#[derive(Debug)]
pub struct Budget {
    /// Retries earned by calls.
    saved: f64,
    /// Retries earned by time; at most one second's worth.
    timed: f64,
    at: Duration,
}

impl Budget {
    /// A budget that starts with one second's worth.
    pub fn new(now: Duration) -> Self {
        Budget { saved: 0.0, timed: PER_SECOND, at: now }
    }

    /// One more call began.
    pub fn earn(&mut self) {
        self.saved = (self.saved + SHARE_OF_CALLS).min(SAVED_MOST);
    }

    /// Takes the right to one retry, if there is one.
    pub fn spend(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.timed = (self.timed + passed * PER_SECOND).min(PER_SECOND);
        for purse in [&mut self.timed, &mut self.saved] {
            if *purse >= 1.0 {
                *purse -= 1.0;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use nave_model::fault::codes;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_harmless_is_repeated() {
        let key = Idempotency::Key { header: "Idempotency-Key".into() };
        let lost = Fault::new(codes::CONNECTION_LOST, "lost");
        let unreachable = Fault::new(codes::UNREACHABLE, "nothing was sent");
        let rejected = Fault::new(codes::REJECTED, "wrong");
        for (effect, idempotency, key_attached, after_loss) in [
            (Effect::Read, &Idempotency::None, false, true),
            (Effect::Write, &Idempotency::None, false, false),
            (Effect::Write, &Idempotency::None, true, false),
            (Effect::Write, &key, false, false),
            (Effect::Write, &key, true, true),
            (Effect::Destructive, &Idempotency::Natural, false, true),
        ] {
            let call = Repeatable { effect, idempotency, key_attached };
            assert_eq!(call.after(&lost, 9), after_loss, "{call:?}");
            assert!(call.after(&unreachable, 9), "{call:?}");
            assert!(!call.after(&rejected, 1), "{call:?}");
        }
    }

    #[test]
    fn what_will_not_get_better_is_not_repeated_for_long() {
        let read =
            Repeatable { effect: Effect::Read, idempotency: &Idempotency::Natural, key_attached: false };
        let unreadable = Fault::new(codes::RESPONSE_SYNTAX, "no JSON");
        assert_eq!([1, 2, 3].map(|failures| read.after(&unreadable, failures)), [true, true, false]);
        assert!(!read.after(&Fault::new(codes::INTERNAL, "a defect"), 1));
    }

    #[test]
    fn the_system_has_the_last_word_on_the_pause() {
        let says = Duration::from_secs(90);
        assert_eq!(pause(1, Some(says), 0.0), says);
        assert_eq!(pause(3, None, 1.0), Duration::from_secs(4));
        assert_eq!(pause(u32::MAX, None, 1.0), LONGEST);
    }

    proptest! {
        #[test]
        fn pauses_stay_in_bounds(failures in 1_u32..200, random in 0.0_f64..1.0, says in 0_u64..4000) {
            let ceiling = 2.0_f64.powi(failures as i32 - 1).min(60.0);
            prop_assert!(pause(failures, None, random).as_secs_f64() <= ceiling + 1e-6);
            let least = Duration::from_secs(says);
            let told = pause(failures, Some(least), random);
            prop_assert!(told >= least && told <= least + Duration::from_secs(6));
        }

        /// Over any stretch of time the retries stay within 20 % of the calls of that stretch (with
        /// what was saved before it), 10 a second, and one second's worth.
        #[test]
        fn the_budget_holds(steps in proptest::collection::vec((0_u64..300, 0_u8..4), 1..500)) {
            let mut budget = Budget::new(Duration::ZERO);
            let (mut now, mut calls, mut retries) = (Duration::ZERO, 0_u32, 0_u32);
            for (millis, action) in steps {
                now += Duration::from_millis(millis);
                if action == 0 {
                    budget.earn();
                    calls += 1;
                }
                while budget.spend(now) {
                    retries += 1;
                }
                let allowed = f64::from(calls) * 0.2 + (now.as_secs_f64() + 1.0) * 10.0;
                prop_assert!(f64::from(retries) <= allowed + 1e-6, "{retries} retries, {allowed} allowed");
            }
        }
    }
}
