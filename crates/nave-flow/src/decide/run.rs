//! `run`: starts a run of another flow, and waits for its end unless told not to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::Action;
use super::call::takes_arguments;
use super::evaluate;
use super::event::{Outcome, present};
use super::fault::{Failure, FaultRecord};
use super::scope::Scope;
use super::step::Arguments;
use super::verbs::Doing;
use super::walk::{Begun, Ending, Heard, Walk, nothing};
use crate::flow::{Step, Verb};

/// A run that was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Its input; kept only where the step's undo takes some of it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    arguments: Option<Arc<Value>>,
}

impl State {
    pub(super) fn arguments(&self) -> Arguments<'_> {
        self.arguments.as_deref()
    }
}

pub(super) fn begin(step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<Doing> {
    let Verb::Run { flow, with, wait } = &step.verb else { return nothing().into() };
    let input = match with.as_ref().map(|with| evaluate::value(with, walk.input, scope)) {
        None => Arc::clone(walk.shared_input),
        Some(Ok(input)) => input,
        Some(Err(failure)) => return failure.into(),
    };
    let kept = takes_arguments(step).then(|| Arc::clone(&input));
    let child = walk.task(&step.name);
    let key = walk.key(&child);
    walk.actions.push(Action::StartFlow { child, flow: flow.clone(), input, wait: *wait, key });
    if *wait {
        return Begun::Waiting(Doing::Run(State { arguments: kept }));
    }
    nothing().into()
}

/// The child undid what it could before it ended; what is left of it is not known here, so that the step
/// cannot be tried again in place.
pub(super) fn ended(outcome: &Outcome) -> Heard {
    Heard::Ended(match outcome {
        Outcome::Completed { output } => Ending::Done(Arc::clone(output)),
        Outcome::Failed { fault, .. } | Outcome::Cancelled { fault, .. } => {
            Ending::Failed(Failure::spent(FaultRecord { step: None, at: None, ..fault.clone() }))
        }
    })
}

pub(super) fn stop(step: &Step, walk: &mut Walk<'_>) -> bool {
    walk.actions.push(Action::CancelFlow { child: walk.task(&step.name) });
    false
}
