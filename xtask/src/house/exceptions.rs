//! The one list of exceptions from the rules of the house, each with its reason.

use crate::house::tree::Tree;
use crate::house::{Breach, RULES};

/// An exception: the rule, the file it does not hold for, and why.
pub(crate) struct Exception {
    rule: &'static str,
    file: &'static str,
    reason: &'static str,
}

/// All exceptions. "It grew" is not a reason.
pub(crate) const EXCEPTIONS: &[Exception] = &[Exception {
    rule: "words",
    file: "connectors/hubspot/openapi.yaml",
    reason: "one of HubSpot's task types has the name of an unfinished work's mark",
}];

/// Whether a breach of `rule` at `at` (a file, perhaps with a line) is an exception.
pub(crate) fn excepts(rule: &str, at: &str) -> bool {
    EXCEPTIONS.iter().any(|exception| exception.rule == rule && is_in(at, exception.file))
}

/// Exceptions that except nothing any more, or say no reason.
pub(crate) fn stale(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for exception in EXCEPTIONS {
        let rule = RULES.iter().find(|rule| rule.name == exception.rule);
        let used = rule
            .is_some_and(|rule| (rule.check)(tree).iter().any(|breach| is_in(&breach.at, exception.file)));
        if !used || exception.reason.len() < 10 {
            let what = format!("the exception from `{}` is not needed or gives no reason", exception.rule);
            breaches.push(Breach::new(exception.file, what));
        }
    }
    breaches
}

fn is_in(at: &str, file: &str) -> bool {
    at.strip_prefix(file).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
