//! Blocks: lists of steps.

use std::ops::Range;

use nave_model::fault::codes;

use super::{MOST_BLOCKS, Reader};
use crate::document::{Content, Mapping, Node};
use crate::flow::Block;

/// How a single step is written.
pub(super) const FORM: &str = "a step is written `- name: verb`, for example `- project: erp.create_project`";

impl Reader<'_> {
    /// The block behind a key that must be there. It needs a step.
    pub(super) fn block(
        &mut self,
        members: &Mapping,
        key: &str,
        owner: Range<usize>,
        what: &str,
    ) -> Option<Block> {
        let node = self.required(members, key, owner, what, FORM)?;
        if matches!(&node.content, Content::List(items) if items.is_empty()) {
            self.wrong_with(node.range(), format!("{what} has no step"), FORM);
            return None;
        }
        self.steps(node)
    }

    /// The block of a case or a handler: `steps: []` says that there is nothing to do.
    pub(super) fn maybe_block(
        &mut self,
        members: &Mapping,
        owner: Range<usize>,
        what: &str,
    ) -> Option<Block> {
        let hint = "write `steps: []` where nothing is to be done";
        let node = self.required(members, "steps", owner, what, hint)?;
        self.steps(node)
    }

    /// Steps that stand one after the other. Those that are wrong are left out.
    pub(super) fn steps(&mut self, node: &Node) -> Option<Block> {
        let items = self.list(node, "a block of steps", "begin each step with `- `")?;
        if self.scope.blocks >= MOST_BLOCKS {
            let message = format!("the blocks are nested deeper than {MOST_BLOCKS} levels");
            let hint = "move the inner steps to a flow of their own, and `run` it".to_owned();
            let problem = self.problem(codes::DOCUMENT_LIMIT, node.range(), message, Some(hint));
            self.errors.push(problem);
            return None;
        }
        let mark = self.scope.mark();
        self.scope.blocks += 1;
        let mut steps = Vec::with_capacity(items.len());
        for item in items {
            steps.extend(self.step(item));
        }
        self.scope.blocks -= 1;
        self.scope.back(mark);
        Some(Block { steps })
    }

    /// The variable of a loop or a handler: it may not hide another name.
    pub(super) fn variable(&mut self, name: &str, range: Range<usize>) -> bool {
        if !self.step_name(name, range.clone(), "a variable") {
            return false;
        }
        let taken = match self.names.step(name) {
            Some(_) => Some("a step"),
            None if self.scope.sees(name) => Some("a variable around this one"),
            None => None,
        };
        if let Some(taken) = taken {
            let hint = "give the variable another name with `as`";
            self.wrong_with(range, format!("`{name}` is the name of {taken} already"), hint);
            return false;
        }
        true
    }
}
