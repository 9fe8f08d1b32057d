//! `project: erp.create_project`: calls an operation.

use super::{Argument, Form, Written};
use crate::document::Mapping;
use crate::flow::{Call, Priority, Tighten, Verb};
use crate::read::Reader;

/// The most attempts a step may ask for.
const MOST_ATTEMPTS: u32 = 100;

pub(in crate::read) const FORM: Form = Form {
    word: "",
    argument: Argument::Needed,
    hint: "",
    options: &["with", "undo", "retry", "priority"],
    example: "erp.create_project",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let with = reader.arguments(step.members);
    let tighten =
        Tighten { attempts: attempts(reader, step.members), priority: priority(reader, step.members) };
    let (connection, operation) = reader.operation(step.argument, step.argument_range.clone())?;
    Some(Verb::Call(Call { connection, operation, with, tighten }))
}

fn attempts(reader: &mut Reader<'_>, members: &Mapping) -> Option<u32> {
    let node = reader.get(members, "retry")?;
    let hint = "write `retry: { attempts: 2 }`; all else of retrying belongs to the connection";
    let retry = reader.mapping(node, "`retry`", hint)?;
    reader.only(retry, &["attempts"], "`retry`");
    let attempts = reader.required(retry, "attempts", node.range(), "`retry`", hint)?;
    reader.whole(attempts, "attempts", 1..=MOST_ATTEMPTS)
}

fn priority(reader: &mut Reader<'_>, members: &Mapping) -> Option<Priority> {
    let node = reader.get(members, "priority")?;
    match reader.one_of(node, "priority", &["flow", "backfill"])? {
        "flow" => Some(Priority::Flow),
        _ => Some(Priority::Backfill),
    }
}
