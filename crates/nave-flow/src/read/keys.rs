//! Keys of a mapping: those that must be there, those that may, and the nearest of those that may not.

use std::ops::Range;

use nave_model::similar::did_you_mean;

use super::{Reader, clipped};
use crate::document::{Content, Mapping, Node};

impl Reader<'_> {
    /// The keys with values that a node must be.
    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str, hint: &str) -> Option<&'n Mapping> {
        if let Content::Mapping(members) = &node.content {
            return Some(members);
        }
        self.wrong_with(node.range(), format!("{what} is keys with values, not {}", node.sort()), hint);
        None
    }

    /// The list that a node must be.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str, hint: &str) -> Option<&'n [Node]> {
        if let Content::List(items) = &node.content {
            return Some(items);
        }
        self.wrong_with(node.range(), format!("{what} is a list, not {}", node.sort()), hint);
        None
    }

    /// The value of a key, where there is one. A key with nothing behind it is wrong.
    pub(super) fn get<'n>(&mut self, members: &'n Mapping, key: &str) -> Option<&'n Node> {
        let member = members.get(key)?;
        if member.value.is_absent() {
            self.wrong_with(
                member.key.clone(),
                format!("`{key}` has nothing behind it"),
                "give it a value, or take it away",
            );
            return None;
        }
        Some(&member.value)
    }

    /// The value of a key that must be there; where it is not, that is said at `owner`.
    pub(super) fn required<'n>(
        &mut self,
        members: &'n Mapping,
        key: &str,
        owner: Range<usize>,
        what: &str,
        hint: &str,
    ) -> Option<&'n Node> {
        if !members.contains_key(key) {
            self.wrong_with(owner, format!("{what} needs `{key}`"), hint);
            return None;
        }
        self.get(members, key)
    }

    /// Says which keys a mapping may not have.
    pub(super) fn only(&mut self, members: &Mapping, known: &[&str], what: &str) {
        for (key, member) in members {
            if !known.contains(&key.as_str()) {
                let hint = did_you_mean(key, known.iter().copied()).unwrap_or_else(|| listed(known));
                self.wrong_with(member.key.clone(), format!("{what} has no key `{}`", clipped(key)), hint);
            }
        }
    }
}

/// The keys that may stand somewhere.
pub(super) fn listed(known: &[&str]) -> String {
    match known {
        [only] => format!("its only key is `{only}`"),
        known => format!("its keys are `{}`", known.join("`, `")),
    }
}
