//! `attempt: try`: runs a block and handles its faults.

use super::{Argument, Form, Written};
use crate::flow::Verb;
use crate::read::Reader;

pub(super) const FORM: Form = Form {
    word: "try",
    argument: Argument::None,
    hint: "what is tried stands in `steps`",
    options: &["steps", "catch"],
    example: "try",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let body = reader.block(step.members, "steps", step.range.clone(), "`try`");
    let hint = "write a handler, for example `catch: { kinds: unavailable, steps: […] }`";
    let handlers = reader
        .required(step.members, "catch", step.range.clone(), "`try`", hint)
        .and_then(|node| reader.handlers(node));
    Some(Verb::Try { body: body?, handlers: handlers? })
}
