//! `sub: run finance/close-month`: runs another flow.

use super::{Argument, Form, Written};
use crate::flow::Verb;
use crate::read::Reader;
use crate::read::words::Word;

pub(super) const FORM: Form = Form {
    word: "run",
    argument: Argument::Needed,
    hint: "",
    options: &["with", "wait", "undo"],
    example: "run finance/close-month",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let with = reader.arguments(step.members);
    let wait = reader.flag(step.members, "wait").unwrap_or(true);
    let flow = step.argument;
    let fits = reader.fits(Word::Flow, flow, step.argument_range.clone(), "a flow");
    fits.then(|| Verb::Run { flow: flow.to_owned(), with, wait })
}
