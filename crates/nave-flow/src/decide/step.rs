//! A step, whatever its verb: its condition, its time limit, its undo, and what happens when it is told
//! to stop.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use nave_model::fault::codes;

use super::evaluate;
use super::fault::{Failure, FaultRecord};
use super::open::{Awaited, Open};
use super::saga;
use super::scope::Scope;
use super::target::Target;
use super::verbs::{self, Doing};
use super::walk::{Begun, Ending, Heard, Signal, Walk, nothing, set_again};
use crate::flow::Step;

/// A step under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    doing: Doing,
    /// How often the timer of its time limit was set again, while it runs.
    timer: Option<u32>,
    /// Why it is on its way to its end, where it is.
    halt: Option<Halt>,
    /// Which attempt this is; more than the first only by a person's decision.
    attempt: u32,
}

/// Why a step is on its way to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Halt {
    /// Something around it failed or was cancelled.
    Stopped,
    /// Its own time limit is over.
    TimedOut,
}

/// Begins a step.
pub(super) fn begin(step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<State> {
    attempt(step, 1, scope, walk)
}

fn attempt(step: &Step, attempt: u32, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<State> {
    let Some(left) = walk.steps.checked_sub(1) else {
        let failure = endless(walk);
        return fail(step, failure, attempt, scope, walk);
    };
    *walk.steps = left;
    walk.attempt = attempt;
    if let Some(condition) = &step.condition {
        match evaluate::truth(condition, walk.input, scope) {
            Ok(true) => {}
            Ok(false) => return nothing().into(),
            Err(failure) => return fail(step, failure, attempt, scope, walk),
        }
    }
    match verbs::begin(step, scope, walk) {
        Begun::Waiting(doing) => {
            if doing.is_task() {
                walk.tally.open += 1;
            }
            if let Some(timeout_ms) = step.timeout_ms {
                walk.attempt = attempt;
                walk.set_timer(walk.timer("timeout", &step.name), timeout_ms);
            }
            Begun::Waiting(State { doing, timer: step.timeout_ms.map(|_| 0), halt: None, attempt })
        }
        Begun::Ended(Ending::Done(result)) => {
            saga::record(step, &result, None, scope, walk);
            result.into()
        }
        Begun::Ended(Ending::Failed(failure)) => fail(step, failure, attempt, scope, walk),
        Begun::Ended(Ending::Stopped) => Begun::Ended(Ending::Stopped),
    }
}

/// Lets a fault out of a step, or keeps the step for a person to decide about: that needs that nothing
/// handles the fault, and that nothing is to be undone or under way.
fn fail(
    step: &Step,
    mut failure: Failure,
    attempt: u32,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<State> {
    if failure.fault.step.is_none() {
        failure.fault.step = Some(walk.name(&step.name));
    }
    let is_kept = failure.is_holdable
        && failure.is_catchable
        && walk.may_start()
        && walk.is_clean()
        && !scope.catches(&failure.fault);
    failure.is_holdable = false;
    if !is_kept {
        return failure.into();
    }
    *walk.held = Some(failure.fault.clone());
    Begun::Waiting(State { doing: Doing::Held(failure.fault), timer: None, halt: None, attempt })
}

fn endless(walk: &Walk<'_>) -> Failure {
    let message = format!("the run took {} steps without waiting for anything", walk.limits.steps);
    let fault = FaultRecord::new(codes::EXPRESSION_LIMIT, message);
    Failure::final_one(fault.with_hint("loop over fewer items, or build the list in one expression"))
}

impl State {
    /// Hands a signal on.
    pub(super) fn hear(
        &mut self,
        step: &Step,
        told: (Target<'_>, Signal<'_>),
        scope: &Scope<'_>,
        walk: &mut Walk<'_>,
    ) -> Heard {
        let (target, signal) = told;
        let is_meant = target.is(&step.name)
            && match signal {
                Signal::Undo(_) => false,
                Signal::Retry | Signal::Skip => true,
                _ => target.attempt == self.attempt,
            };
        walk.attempt = self.attempt;
        let heard = match signal {
            Signal::TimedOut if is_meant => return self.time_out(step, target.again, walk),
            Signal::Retry | Signal::Skip if is_meant => return self.decided(step, signal, scope, walk),
            _ if is_meant => verbs::told(step, &mut self.doing, signal, scope, walk),
            _ => verbs::hear(step, &mut self.doing, told, scope, walk),
        };
        let Heard::Ended(ending) = heard else { return heard };
        if let Ending::Done(result) = &ending {
            saga::record(step, result, self.doing.arguments(), scope, walk);
        }
        match self.end(step, ending, walk) {
            Ending::Failed(failure) => fail(step, failure, self.attempt, scope, walk).keep(self),
            ending => Heard::Ended(ending),
        }
    }

    /// What the end of its verb means for the step.
    fn end(&mut self, step: &Step, ending: Ending, walk: &mut Walk<'_>) -> Ending {
        if self.doing.is_task() {
            walk.tally.open = walk.tally.open.saturating_sub(1);
        }
        if let Some(again) = self.timer.take() {
            walk.attempt = self.attempt;
            walk.drop_timer(limit(step, again, walk));
        }
        match self.halt.take() {
            None => ending,
            Some(Halt::Stopped) => Ending::Stopped,
            Some(Halt::TimedOut) => Ending::Failed(timeout(step)),
        }
    }

    /// Its time limit is over: what it does is stopped, and then it fails.
    fn time_out(&mut self, step: &Step, again: u32, walk: &mut Walk<'_>) -> Heard {
        if self.timer != Some(again) {
            return Heard::Waiting;
        }
        self.timer = None;
        if self.halt.is_some() {
            return Heard::Waiting;
        }
        self.halt = Some(Halt::TimedOut);
        if !verbs::stop(step, &mut self.doing, walk) {
            return Heard::Waiting;
        }
        let mut ending = self.end(step, Ending::Stopped, walk);
        if let Ending::Failed(failure) = &mut ending {
            failure.fault.step = Some(walk.name(&step.name));
        }
        Heard::Ended(ending)
    }

    /// A person decided about it.
    fn decided(&mut self, step: &Step, signal: Signal<'_>, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Heard {
        if !matches!(self.doing, Doing::Held(_)) {
            return Heard::Waiting;
        }
        match signal {
            Signal::Skip => Heard::Ended(Ending::Done(nothing())),
            _ => attempt(step, self.attempt.saturating_add(1), scope, walk).keep(self),
        }
    }

    /// Gives the step up; true when nothing of it is under way any more.
    pub(super) fn stop(&mut self, step: &Step, walk: &mut Walk<'_>) -> bool {
        if self.halt.replace(Halt::Stopped).is_some() {
            return false;
        }
        walk.attempt = self.attempt;
        let is_over = verbs::stop(step, &mut self.doing, walk);
        if is_over {
            self.end(step, Ending::Stopped, walk);
        }
        is_over
    }

    /// Drops or sets again the time limits around a step that a person must decide about.
    pub(super) fn limits(&mut self, step: &Step, set: bool, walk: &mut Walk<'_>) {
        if let (Some(again), Some(timeout_ms)) = (&mut self.timer, step.timeout_ms) {
            walk.attempt = self.attempt;
            if set {
                *again = again.saturating_add(1);
                walk.set_timer(limit(step, *again, walk), timeout_ms);
            } else {
                walk.drop_timer(limit(step, *again, walk));
            }
        }
        verbs::limits(step, &mut self.doing, set, walk);
    }

    /// Lists what it waits for.
    pub(super) fn open(&self, step: &Step, prefix: &str, list: &mut Vec<Open>) {
        if let Doing::Held(fault) = &self.doing {
            let what = Awaited::Decision(fault.as_ref().clone());
            list.push(Open { task: format!("{prefix}{}", step.name), what });
        } else {
            verbs::open(step, &self.doing, prefix, list);
        }
    }
}

/// The name of the timer of a step's time limit. Each time it is set it has another one, so that an old one
/// that fires late is not taken for the new one.
fn limit(step: &Step, again: u32, walk: &Walk<'_>) -> String {
    let mut timer = walk.timer("timeout", &step.name);
    set_again(&mut timer, again);
    timer
}

fn timeout(step: &Step) -> Failure {
    let limit_ms = step.timeout_ms.unwrap_or_default();
    let message = format!("`{}` took longer than its time limit of {limit_ms} ms", step.name);
    Failure::spent(FaultRecord::new(codes::FLOW_TIMEOUT, message))
}

/// The arguments of a step that waits, for an undo that takes some of them.
pub(super) type Arguments<'a> = Option<&'a Value>;
