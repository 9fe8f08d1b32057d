//! `route: switch`: runs the first case whose condition holds.

use super::{Argument, Form, Written};
use crate::document::Node;
use crate::flow::{Case, Verb};
use crate::read::Reader;

pub(super) const FORM: Form = Form {
    word: "switch",
    argument: Argument::None,
    hint: "each case has its own `when`",
    options: &["cases", "else"],
    example: "switch",
    read,
};

const CASES: &str = "write `cases:` and below it `- when: …` with `steps`";

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let cases = cases(reader, step);
    let otherwise = match reader.get(step.members, "else") {
        Some(node) => Some(reader.steps(node)?),
        None if step.members.contains_key("else") => return None,
        None => None,
    };
    Some(Verb::Switch { cases: cases?, otherwise })
}

fn cases(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Vec<Case>> {
    let node = reader.required(step.members, "cases", step.range.clone(), "`switch`", CASES)?;
    let items = reader.list(node, "`cases`", CASES)?;
    if items.is_empty() {
        reader.wrong_with(node.range(), "`switch` has no case", CASES);
        return None;
    }
    let mut cases = Vec::with_capacity(items.len());
    for item in items {
        cases.extend(case(reader, item));
    }
    // A case that is left out would send its values to another one.
    (cases.len() == items.len()).then_some(cases)
}

fn case(reader: &mut Reader<'_>, node: &Node) -> Option<Case> {
    let members = reader.mapping(node, "a case", CASES)?;
    if members.contains_key("else") && !members.contains_key("when") {
        let range = members.get("else").map_or_else(|| node.range(), |member| member.key.clone());
        reader.wrong_with(range, "`else` is no case", "put it beside `cases`, not into them");
        return None;
    }
    if let Some(member) = members.get("if").filter(|_| !members.contains_key("when")) {
        reader.wrong_with(member.key.clone(), "a case has `when`, not `if`", "write `when` for `if`");
        return None;
    }
    reader.only(members, &["when", "steps"], "a case");
    let block = reader.maybe_block(members, node.range(), "a case");
    let hint = "write its condition, for example `when: .amount > 100`";
    let when = reader.required(members, "when", node.range(), "a case", hint)?;
    Some(Case { when: reader.bare(when, "when")?, block: block? })
}
