//! The rules of the house, as one list. Each rule is a function from the tree of files to breaches;
//! reading the tree and printing are here, and nowhere else.

use std::path::Path;

use crate::house::tree::Tree;
use crate::say;

mod arrows;
mod exceptions;
mod faults;
mod licences;
mod packages;
mod pure;
mod sizes;
pub(crate) mod tree;
mod words;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    /// File, with a line where one is to blame.
    pub(crate) at: String,
    /// What is wrong and what to do instead.
    pub(crate) what: String,
}

impl Breach {
    fn new(at: impl Into<String>, what: impl Into<String>) -> Self {
        Breach { at: at.into(), what: what.into() }
    }
}

/// A rule: its name in [`exceptions::EXCEPTIONS`], why it stands, and how it is checked.
struct Rule {
    name: &'static str,
    why: &'static str,
    check: fn(&Tree) -> Vec<Breach>,
}

const RULES: [Rule; 10] = [
    Rule { name: "arrows", why: "crates depend one way only", check: arrows::check },
    Rule { name: "pure", why: "thinking is kept apart from doing", check: pure::check },
    Rule { name: "purpose", why: "a file says what it is for in its first line", check: sizes::purpose },
    Rule { name: "length", why: "a file fits into one reading", check: sizes::length },
    Rule { name: "lib", why: "a lib.rs is a table of contents", check: sizes::lib },
    Rule { name: "modules", why: "one way to lay out modules and tests", check: sizes::modules },
    Rule { name: "packages", why: "two cores build everything", check: packages::check },
    Rule { name: "faults", why: "every fault code has a page, and every page a code", check: faults::check },
    Rule { name: "words", why: "the repository speaks of the project alone", check: words::check },
    Rule { name: "exceptions", why: "an exception that is no longer needed goes", check: exceptions::stale },
];

/// Checks the rules over the tracked files and prints the breaches.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::read(root)?;
    let mut passed = true;
    for rule in RULES {
        for breach in breaches(&rule, &tree) {
            passed = false;
            say(&format!("{}: {} [{}: {}]", breach.at, breach.what, rule.name, rule.why));
        }
    }
    let licences = run_licences(root)?;
    if passed && licences {
        say(&format!("{} rules hold over {} files", RULES.len() + 1, tree.files.len()));
    }
    Ok(passed && licences)
}

/// Checks the licence of every locked package against `deny.toml`.
pub(crate) fn run_licences(root: &Path) -> anyhow::Result<bool> {
    let allowed = licences::allowed(&std::fs::read_to_string(root.join("deny.toml"))?);
    let breaches = licences::check(&licences::packages(root)?, &allowed);
    for breach in &breaches {
        say(&format!(
            "{}: {} [licences: users must be able to build a business on it]",
            breach.at, breach.what
        ));
    }
    Ok(breaches.is_empty())
}

/// What breaks a rule and is not an exception.
fn breaches(rule: &Rule, tree: &Tree) -> Vec<Breach> {
    let mut found = (rule.check)(tree);
    found.retain(|breach| !exceptions::excepts(rule.name, &breach.at));
    found
}

#[cfg(test)]
mod tests;
