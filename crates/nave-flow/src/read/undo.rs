//! `undo`: what takes a step back.

use super::Reader;
use crate::document::{Content, Node};
use crate::flow::{Undo, UndoWith};

const FORM: &str = "write `undo: connection.operation`, or `undo: { call: connection.operation, with: … }`";

impl Reader<'_> {
    /// `connection.operation`, or the same with its arguments.
    pub(super) fn undo(&mut self, node: &Node) -> Option<Undo> {
        if let Content::Text(text) = &node.content {
            let (connection, operation) = self.operation(text.text.trim(), node.range())?;
            return Some(Undo { connection, operation, with: UndoWith::ByName, at: self.at(node.range()) });
        }
        let members = self.mapping(node, "`undo`", FORM)?;
        self.only(members, &["call", "with"], "`undo`");
        let with = self.optional_value(members, "with");
        let call = self.required(members, "call", node.range(), "`undo`", FORM)?;
        let text = self.text(call, "call")?.text.trim();
        let (connection, operation) = self.operation(text, call.range())?;
        let with = match with {
            Some(with) => UndoWith::Written(with),
            // Arguments that cannot be read are not taken by name instead.
            None if members.contains_key("with") => return None,
            None => UndoWith::ByName,
        };
        Some(Undo { connection, operation, with, at: self.at(node.range()) })
    }
}
