//! `paid: listen billing.invoice.paid`: waits for an event.

use super::{Argument, Form, Written};
use crate::flow::{Listen, Verb};
use crate::read::Reader;

pub(super) const FORM: Form = Form {
    word: "listen",
    argument: Argument::Needed,
    hint: "",
    options: &["when"],
    example: "listen billing.invoice.paid",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let when = reader.optional_bare(step.members, "when");
    let (connection, event) = reader.event(step.argument, step.argument_range.clone())?;
    Some(Verb::Listen(Listen { connection, event, when }))
}
