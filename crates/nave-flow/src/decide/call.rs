//! `call`: asks for a call and waits for its end. Attempts, waiting for a turn and time-outs of single
//! requests are the call layer's; what arrives here is final, or unknown until it is settled.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::action::Action;
use super::evaluate;
use super::event::{CallOutcome, present};
use super::fault::{Failure, FaultRecord};
use super::open::Awaited;
use super::scope::Scope;
use super::step::Arguments;
use super::verbs::Doing;
use super::walk::{Begun, Ending, Heard, Walk};
use crate::flow::{Call, PickFrom, Step, UndoWith};

/// A call that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Kept only where the step's undo takes some of them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    arguments: Option<Arc<Value>>,
    /// Why nobody knows how it ended, where that is so.
    unknown: Option<Box<FaultRecord>>,
}

pub(super) fn begin(call: &Call, step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<Doing> {
    let arguments = match &call.with {
        None => Arc::new(Value::Object(Map::new())),
        Some(with) => match evaluate::value(with, walk.input, scope) {
            Ok(arguments) => arguments,
            Err(failure) => return failure.into(),
        },
    };
    let kept = takes_arguments(step).then(|| Arc::clone(&arguments));
    let task = walk.task(&step.name);
    walk.actions.push(Action::Call {
        key: walk.key(&task),
        task,
        connection: call.connection.clone(),
        operation: call.operation.clone(),
        arguments,
        tighten: call.tighten.clone(),
    });
    Begun::Waiting(Doing::Call(State { arguments: kept, unknown: None }))
}

/// Whether the undo of a step takes some of the step's own arguments.
pub(super) fn takes_arguments(step: &Step) -> bool {
    let Some(UndoWith::Picked(picks)) = step.undo.as_ref().map(|undo| &undo.with) else { return false };
    picks.iter().any(|pick| pick.from == PickFrom::Arguments)
}

pub(super) fn stop(step: &Step, walk: &mut Walk<'_>) -> bool {
    walk.actions.push(Action::CancelCall { task: walk.task(&step.name) });
    false
}

impl State {
    pub(super) fn arguments(&self) -> Arguments<'_> {
        self.arguments.as_deref()
    }

    pub(super) fn ended(&mut self, outcome: &CallOutcome) -> Heard {
        match outcome {
            CallOutcome::Done { result } => Heard::Ended(Ending::Done(Arc::clone(result))),
            CallOutcome::Failed { fault } => {
                // The step is this run's, whoever made the fault.
                let fault = FaultRecord { step: None, ..fault.clone() };
                Heard::Ended(Ending::Failed(Failure::new(fault)))
            }
            CallOutcome::Unknown { fault } => {
                self.unknown = Some(Box::new(fault.clone()));
                Heard::Waiting
            }
        }
    }

    pub(super) fn awaited(&self) -> Awaited {
        match &self.unknown {
            Some(fault) => Awaited::Settlement(fault.as_ref().clone()),
            None => Awaited::Call,
        }
    }
}
