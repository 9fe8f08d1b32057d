//! `lines: for`: runs a block for every item of a list.

use super::{Argument, Form, Written};
use crate::flow::{For, Verb};
use crate::read::Reader;
use crate::read::batch::MOST_ITEMS;

/// The most rounds at the same time.
const MOST_PARALLEL: u32 = 1_000;

/// The variable of a loop that names none.
pub(in crate::read) const VARIABLE: &str = "item";

pub(super) const FORM: Form = Form {
    word: "for",
    argument: Argument::None,
    hint: "the list stands in `in`, and the name of one item in `as`",
    options: &["in", "as", "parallel", "batch", "steps"],
    example: "for",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let members = step.members;
    let hint = "write the list, for example `in: .lines`";
    let items = reader
        .required(members, "in", step.range.clone(), "`for`", hint)
        .and_then(|node| reader.value(node, "in"));
    let parallel = reader.optional_whole(members, "parallel", 1..=MOST_PARALLEL).unwrap_or(1);
    let batch = reader.optional_whole(members, "batch", 1..=MOST_ITEMS);
    let variable = match members.contains_key("as") {
        true => reader.bound(members),
        false => reader.variable(VARIABLE, step.range.clone()).then(|| VARIABLE.to_owned()),
    };
    let mark = reader.scope.mark();
    if let Some(name) = &variable {
        reader.scope.show(name);
    }
    let body = reader.block(members, "steps", step.range.clone(), "`for`");
    reader.scope.back(mark);
    Some(Verb::For(For { items: items?, variable: variable?, parallel, batch, body: body? }))
}
