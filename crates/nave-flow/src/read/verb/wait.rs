//! `pause: wait 5m`: lets time pass.

use super::{Argument, Form, Written};
use crate::flow::{Verb, Wait};
use crate::read::Reader;

pub(super) const FORM: Form = Form {
    word: "wait",
    argument: Argument::Optional,
    hint: "",
    options: &["until"],
    example: "wait 5m",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let until = reader.optional_bare(step.members, "until");
    if step.argument.is_empty() {
        if !step.members.contains_key("until") {
            let hint = "write `wait 5m`, or `wait` with `until: .due_at`";
            reader.wrong_with(step.range.clone(), "`wait` does not say how long", hint);
        }
        return until.map(|until| Verb::Wait(Wait::Until(until)));
    }
    if let Some(member) = step.members.get("until") {
        let hint = "keep one of them";
        reader.wrong_with(member.key.clone(), "`wait` has a length of time and `until`", hint);
        return None;
    }
    let length = reader.length(step.argument, step.argument_range.clone(), "wait", 1)?;
    Some(Verb::Wait(Wait::For(length)))
}
