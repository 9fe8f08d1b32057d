//! `listen`: waits for an event that fits. Every event of the sort is handed in; which one is meant is
//! decided here, where the run's own values are known.

use std::sync::Arc;

use serde_json::Value;

use super::action::Action;
use super::evaluate;
use super::scope::Scope;
use super::verbs::Doing;
use super::walk::{Begun, Ending, Heard, Walk};
use crate::flow::{Listen, Step};

pub(super) fn begin(listen: &Listen, step: &Step, walk: &mut Walk<'_>) -> Begun<Doing> {
    walk.actions.push(Action::Subscribe {
        subscription: walk.task(&step.name),
        connection: listen.connection.clone(),
        event: listen.event.clone(),
    });
    Begun::Waiting(Doing::Listen)
}

pub(super) fn arrived(
    listen: &Listen,
    step: &Step,
    data: &Arc<Value>,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Heard {
    let is_meant = match &listen.when {
        None => Ok(true),
        Some(when) => evaluate::truth(when, data, scope),
    };
    let ending = match is_meant {
        Ok(false) => return Heard::Waiting,
        Ok(true) => Ending::Done(Arc::clone(data)),
        Err(failure) => Ending::Failed(failure),
    };
    stop(step, walk);
    Heard::Ended(ending)
}

pub(super) fn stop(step: &Step, walk: &mut Walk<'_>) -> bool {
    walk.actions.push(Action::Unsubscribe { subscription: walk.task(&step.name) });
    true
}
