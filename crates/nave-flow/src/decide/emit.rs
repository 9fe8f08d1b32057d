//! `emit`: sends an event to whoever listens. Once it is decided it is as good as sent.

use std::sync::Arc;

use super::action::Action;
use super::evaluate;
use super::scope::Scope;
use super::verbs::Doing;
use super::walk::{Begun, Walk, nothing};
use crate::flow::{Expression, Step};

pub(super) fn begin(
    what: (&String, Option<&Expression>),
    step: &Step,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<Doing> {
    let (event, with) = what;
    let data = match with.map(|with| evaluate::value(with, walk.input, scope)) {
        None => Arc::clone(walk.shared_input),
        Some(Ok(data)) => data,
        Some(Err(failure)) => return failure.into(),
    };
    let key = walk.key(&walk.task(&step.name));
    walk.actions.push(Action::Emit { event: event.clone(), data, key });
    nothing().into()
}
