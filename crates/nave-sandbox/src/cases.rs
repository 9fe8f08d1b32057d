//! Cases as answers: a call that a case tells is answered as the case says.

use nave_connector::Operation;
use nave_connector::case::Case;
use serde_json::Value;

use crate::wire::Reply;

/// The answer of the first case that makes exactly this call.
pub(crate) fn answer(cases: &[Case], operation: &Operation, arguments: &Value) -> Option<Reply> {
    let case = cases.iter().find(|case| {
        case.operation == operation.name && case.sends.is_some() && case.arguments == *arguments
    })?;
    let answered = case.answers.as_ref()?;
    let mut reply = Reply::empty(answered.status);
    reply.headers.clone_from(&answered.headers);
    reply.body = answered.body.clone().into();
    Some(reply)
}
