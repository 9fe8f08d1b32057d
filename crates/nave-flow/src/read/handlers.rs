//! `catch`: which faults are handled, and how.

use std::ops::Range;

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use super::{Reader, clipped};
use crate::document::{Content, Mapping, Node};
use crate::flow::Handler;

/// The kinds of faults, as they are written.
const KINDS: [&str; 12] = [
    "invalid",
    "unknown",
    "refused",
    "unauthenticated",
    "conflict",
    "limited",
    "unavailable",
    "unreachable",
    "timeout",
    "mismatch",
    "unsupported",
    "internal",
];

impl Reader<'_> {
    /// A handler, or a list of them.
    pub(super) fn handlers(&mut self, node: &Node) -> Option<Vec<Handler>> {
        let items = match &node.content {
            Content::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if items.is_empty() {
            self.wrong_with(node.range(), "`catch` handles nothing", "write a handler with `steps`");
            return None;
        }
        let mut handlers: Vec<Handler> = Vec::with_capacity(items.len());
        for item in items {
            let takes_all = |handler: &Handler| handler.codes.is_empty() && handler.kinds.is_empty();
            if handlers.iter().any(takes_all) {
                let message = "this handler is never taken: one before it takes every fault".to_owned();
                let hint = Some("put it before that handler".to_owned());
                let problem = self.problem(codes::FLOW_UNREACHABLE, item.range(), message, hint);
                self.warnings.push(problem);
            }
            handlers.extend(self.handler(item));
        }
        (handlers.len() == items.len()).then_some(handlers)
    }

    fn handler(&mut self, node: &Node) -> Option<Handler> {
        let hint = "write `codes`, `kinds` or neither, and `steps`";
        let members = self.mapping(node, "a handler", hint)?;
        self.only(members, &["codes", "kinds", "as", "steps"], "a handler");
        let codes = self.fault_codes(members);
        let kinds = self.fault_kinds(members);
        let mark = self.scope.mark();
        let variable = self.bound(members);
        if let Some(name) = &variable {
            self.scope.show(name);
        }
        let block = self.maybe_block(members, node.range(), "a handler");
        self.scope.back(mark);
        Some(Handler { codes: codes?, kinds: kinds?, variable, block: block? })
    }

    /// The variable behind `as`, where there is one that can be used.
    pub(super) fn bound(&mut self, members: &Mapping) -> Option<String> {
        let node = self.get(members, "as")?;
        let name = self.text(node, "as")?.text.trim();
        self.variable(name, node.range()).then(|| name.to_owned())
    }

    fn fault_codes(&mut self, members: &Mapping) -> Option<Vec<String>> {
        let Some(node) = self.get(members, "codes") else { return absent(members, "codes") };
        let mut known = Some(Vec::new());
        for (code, range) in self.texts(node, "codes") {
            if !self.is_code(code, range) {
                known = None;
            } else if let Some(known) = &mut known {
                known.push(code.to_owned());
            }
        }
        known.filter(|known| !known.is_empty())
    }

    /// Whether a code can ever come: it is one of Nave's, or one that a flow raises.
    fn is_code(&mut self, code: &str, range: Range<usize>) -> bool {
        let ours = || codes::ALL.iter().map(|code| code.name);
        let is_ours = ours().any(|known| known == code);
        // Codes of flows that are run are known only to the check of the whole project.
        let may_be_raised =
            self.names.raised.contains(code) || (self.names.runs_flows && !code.starts_with("E-"));
        if is_ours || may_be_raised {
            return true;
        }
        let raised = self.names.raised.iter().map(String::as_str);
        let hint = did_you_mean(code, ours().chain(raised)).unwrap_or_else(|| {
            "a code is one of Nave's, listed in `docs/faults/`, or one that this flow raises".to_owned()
        });
        self.unknown(range, format!("there is no fault code `{}`", clipped(code)), Some(hint));
        false
    }

    fn fault_kinds(&mut self, members: &Mapping) -> Option<Vec<String>> {
        let Some(node) = self.get(members, "kinds") else { return absent(members, "kinds") };
        let mut known = Some(Vec::new());
        for (kind, range) in self.texts(node, "kinds") {
            if KINDS.contains(&kind) {
                if let Some(known) = &mut known {
                    known.push(kind.to_owned());
                }
                continue;
            }
            let hint = did_you_mean(kind, KINDS)
                .unwrap_or_else(|| format!("the kinds are `{}`", KINDS.join("`, `")));
            self.unknown(range, format!("there is no kind of fault `{}`", clipped(kind)), Some(hint));
            known = None;
        }
        known.filter(|known| !known.is_empty())
    }
}

/// No list where no key is; nothing where the key is wrong.
fn absent(members: &Mapping, key: &str) -> Option<Vec<String>> {
    (!members.contains_key(key)).then(Vec::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_are_known() {
        for code in codes::ALL {
            let kind = serde_json::to_value(code.kind).unwrap();
            assert!(KINDS.contains(&kind.as_str().unwrap()), "{kind}");
        }
    }
}
