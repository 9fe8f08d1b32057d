//! `both: fork`: runs blocks at the same time.

use indexmap::IndexMap;

use super::{Argument, Form, Written};
use crate::flow::Verb;
use crate::read::Reader;
use crate::read::words::Word;

/// The most branches of a fork.
const MOST_BRANCHES: usize = 100;

pub(super) const FORM: Form = Form {
    word: "fork",
    argument: Argument::None,
    hint: "each branch has its own name below `branches`",
    options: &["branches", "compete"],
    example: "fork",
    read,
};

const BRANCHES: &str = "write `branches:` and below it a name with steps for each of them";

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let compete = reader.flag(step.members, "compete").unwrap_or(false);
    let node = reader.required(step.members, "branches", step.range.clone(), "`fork`", BRANCHES)?;
    let written = reader.mapping(node, "`branches`", BRANCHES)?;
    if written.is_empty() || written.len() > MOST_BRANCHES {
        let message = format!("`fork` has 1 to {MOST_BRANCHES} branches, not {}", written.len());
        reader.wrong_with(node.range(), message, BRANCHES);
        return None;
    }
    if compete && written.len() == 1 {
        let range = step.members.get("compete").map_or_else(|| node.range(), |member| member.key.clone());
        reader.odd(range, "one branch alone cannot compete", "add another branch, or take `compete` away");
    }
    let mut branches = IndexMap::with_capacity(written.len());
    for (name, member) in written {
        let fits = reader.fits(Word::Variable, name, member.key.clone(), "a branch");
        let block = reader.block(written, name, member.key.clone(), &format!("the branch `{name}`"));
        if let Some(block) = block.filter(|_| fits) {
            branches.insert(name.clone(), block);
        }
    }
    (branches.len() == written.len()).then_some(Verb::Fork { branches, compete })
}
