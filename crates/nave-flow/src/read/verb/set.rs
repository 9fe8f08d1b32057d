//! `total: set`: names a value.

use super::{Argument, Form, Written};
use crate::flow::Verb;
use crate::read::Reader;

pub(super) const FORM: Form = Form {
    word: "set",
    argument: Argument::None,
    hint: "the value stands in `value`",
    options: &["value"],
    example: "set",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let hint = "write an expression, for example `value: .amount * 100`";
    let node = reader.required(step.members, "value", step.range.clone(), "`set`", hint)?;
    Some(Verb::Set { value: reader.value(node, "value")? })
}
