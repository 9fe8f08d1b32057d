//! What every part of a decision shares: the flow, the trigger's data, the actions decided so far, and
//! the counts of the run. And the ways a step or block can go on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::Action;
use super::event::{CallOutcome, Limits, NotUndone, Outcome, Verdict};
use super::fault::{Failure, FaultRecord};
use super::saga::Effect;
use crate::flow::Flow;

/// The counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Tasks under way.
    pub(super) open: u32,
    /// Effects that can be undone, in all scopes together.
    pub(super) effects: u32,
    /// Effects recorded since the run began: the order of completion.
    pub(super) recorded: u64,
    /// What should have been undone and is not. While there is something, no handler takes a fault: it
    /// would go on from a state that is neither here nor there.
    pub(super) not_undone: Vec<NotUndone>,
}

/// A decision under way, within one saga.
pub(super) struct Walk<'a> {
    pub(super) flow: &'a Flow,
    pub(super) run: &'a str,
    pub(super) input: &'a Value,
    pub(super) shared_input: &'a Arc<Value>,
    pub(super) limits: Limits,
    pub(super) at_ms: u64,
    /// Steps that may still be taken in this decision.
    pub(super) steps: &'a mut u32,
    pub(super) tally: &'a mut Tally,
    /// Effects completed in the innermost scope that may have to undo them.
    pub(super) saga: &'a mut Vec<Effect>,
    pub(super) actions: &'a mut Vec<Action>,
    /// The rounds around the present step, for example `lines[3]/`.
    pub(super) prefix: &'a mut String,
    /// Which attempt at the present step this is.
    pub(super) attempt: u32,
    /// The fault of a step that a person may have tried again in place.
    pub(super) held: &'a mut Option<Box<FaultRecord>>,
}

impl Walk<'_> {
    /// The same decision within another saga.
    pub(super) fn within<'b>(&'b mut self, saga: &'b mut Vec<Effect>) -> Walk<'b> {
        Walk {
            flow: self.flow,
            run: self.run,
            input: self.input,
            shared_input: self.shared_input,
            limits: self.limits,
            at_ms: self.at_ms,
            steps: self.steps,
            tally: self.tally,
            saga,
            actions: self.actions,
            prefix: self.prefix,
            attempt: self.attempt,
            held: self.held,
        }
    }

    /// The name of a step, with its rounds.
    pub(super) fn name(&self, step: &str) -> String {
        let mut name = String::with_capacity(self.prefix.len() + step.len());
        name.push_str(self.prefix);
        name.push_str(step);
        name
    }

    /// The name of the present attempt at the present step.
    pub(super) fn task(&self, step: &str) -> String {
        let mut task = self.name(step);
        number(&mut task, self.attempt);
        task
    }

    /// The name of a timer of the present attempt at the present step.
    pub(super) fn timer(&self, sort: &str, step: &str) -> String {
        let mut timer = String::with_capacity(sort.len() + 1 + self.prefix.len() + step.len());
        timer.push_str(sort);
        timer.push(':');
        timer.push_str(self.prefix);
        timer.push_str(step);
        number(&mut timer, self.attempt);
        timer
    }

    /// The idempotency key of a task: the same in every replay. A later attempt has another one, because
    /// a system that remembers keys would otherwise answer with the failure it remembers.
    pub(super) fn key(&self, task: &str) -> String {
        let mut key = String::with_capacity(self.run.len() + 1 + task.len());
        key.push_str(self.run);
        key.push('/');
        key.push_str(task);
        key
    }

    pub(super) fn set_timer(&mut self, timer: String, after_ms: u64) {
        self.actions.push(Action::SetTimer { timer, at_ms: self.at_ms.saturating_add(after_ms) });
    }

    pub(super) fn drop_timer(&mut self, timer: String) {
        self.actions.push(Action::DropTimer { timer });
    }

    /// Enters a round of a loop; what it gives is for [`Walk::leave`].
    pub(super) fn enter(&mut self, step: &str, round: u32) -> usize {
        let outside = self.prefix.len();
        self.prefix.push_str(step);
        self.prefix.push('[');
        self.prefix.push_str(&round.to_string());
        self.prefix.push_str("]/");
        outside
    }

    /// Leaves the round again.
    pub(super) fn leave(&mut self, outside: usize) {
        self.prefix.truncate(outside);
    }

    /// Whether new tasks may start: not behind a step that a person must decide about.
    pub(super) fn may_start(&self) -> bool {
        self.held.is_none()
    }

    /// Whether a step that fails now leaves nothing half done: nothing to undo, nothing under way.
    pub(super) fn is_clean(&self) -> bool {
        self.tally.open == 0 && self.tally.effects == 0 && self.tally.not_undone.is_empty()
    }

    /// Whether a handler may take this fault at all.
    pub(super) fn may_catch(&self, failure: &Failure) -> bool {
        failure.is_catchable && self.tally.not_undone.is_empty()
    }
}

/// Marks the name of a later attempt.
pub(super) fn number(name: &mut String, attempt: u32) {
    if attempt > 1 {
        name.push('#');
        name.push_str(&attempt.to_string());
    }
}

/// Marks the name of a timer that was set again.
pub(super) fn set_again(timer: &mut String, again: u32) {
    if again > 0 {
        timer.push('~');
        timer.push_str(&again.to_string());
    }
}

/// What a task is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal<'a> {
    /// Its call ended.
    Call(&'a CallOutcome),
    /// The call that undoes it ended.
    Undo(&'a CallOutcome),
    /// Its time to wait is over.
    Waited,
    /// Its time limit is over.
    TimedOut,
    /// Nobody may answer any more.
    Expired,
    /// An event arrived.
    Arrived(&'a Arc<Value>),
    /// The run it started ended.
    Flow(&'a Outcome),
    /// A person answered.
    Answer(&'a Answer<'a>),
    /// A person has it tried again.
    Retry,
    /// A person declares it done.
    Skip,
}

/// A person's answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) by: &'a str,
    pub(super) role: &'a str,
    pub(super) verdict: Verdict,
    pub(super) comment: Option<&'a str>,
}

/// What became of something that was begun.
#[derive(Debug)]
pub(super) enum Begun<S> {
    /// It waits for something.
    Waiting(S),
    /// It ended at once.
    Ended(Ending),
}

/// What became of something that was told something.
#[derive(Debug)]
pub(super) enum Heard {
    /// It is not the one that is meant.
    Elsewhere,
    /// It waits, still or again.
    Waiting,
    /// It ended.
    Ended(Ending),
}

/// How a step or a block ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// With a result.
    Done(Arc<Value>),
    /// With a fault.
    Failed(Failure),
    /// Because it was told to stop.
    Stopped,
}

impl<S> Begun<S> {
    /// Keeps the state of what waits in `place`.
    pub(super) fn keep(self, place: &mut S) -> Heard {
        match self {
            Begun::Waiting(state) => {
                *place = state;
                Heard::Waiting
            }
            Begun::Ended(ending) => Heard::Ended(ending),
        }
    }
}

impl<S> From<Failure> for Begun<S> {
    fn from(failure: Failure) -> Self {
        Begun::Ended(Ending::Failed(failure))
    }
}

impl<S> From<Arc<Value>> for Begun<S> {
    fn from(result: Arc<Value>) -> Self {
        Begun::Ended(Ending::Done(result))
    }
}

/// The result of what gives none.
pub(super) fn nothing() -> Arc<Value> {
    Arc::new(Value::Null)
}
