//! `raise`: ends the block with a fault that the flow names itself.

use super::evaluate;
use super::fault::{Failure, FaultRecord};
use super::scope::Scope;
use super::verbs::Doing;
use super::walk::{Begun, Walk};
use crate::flow::Expression;

pub(super) fn begin(
    code: &str,
    message: Option<&Expression>,
    scope: &Scope<'_>,
    walk: &Walk<'_>,
) -> Begun<Doing> {
    let message = match message.map(|message| evaluate::text(message, walk.input, scope)) {
        None => format!("the flow raised `{code}`"),
        Some(Ok(message)) => message,
        Some(Err(failure)) => return failure.into(),
    };
    Failure::new(FaultRecord::raised(code, message)).into()
}
