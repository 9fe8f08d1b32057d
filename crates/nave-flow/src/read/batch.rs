//! `batch`: how many items a run takes together.

use super::{BATCH_WITHIN_MS, Reader};
use crate::document::{Content, Node};
use crate::flow::Batch;

/// The most items of a batch.
pub(super) const MOST_ITEMS: u32 = 10_000;

impl Reader<'_> {
    /// `batch: 100`, or `batch: { size: 100, within: 10s }`.
    pub(super) fn batch(&mut self, node: &Node) -> Option<Batch> {
        let bounds = 1..=MOST_ITEMS;
        if matches!(node.content, Content::Number(_)) {
            let size = self.whole(node, "batch", bounds)?;
            return Some(Batch { size, within_ms: BATCH_WITHIN_MS });
        }
        let hint = "write `batch: 100`, or `batch: { size: 100, within: 10s }`";
        let members = self.mapping(node, "`batch`", hint)?;
        self.only(members, &["size", "within"], "`batch`");
        let within = self.optional_duration(members, "within", 1);
        let size = self.required(members, "size", node.range(), "`batch`", hint)?;
        let size = self.whole(size, "size", bounds)?;
        Some(Batch { size, within_ms: within.unwrap_or(BATCH_WITHIN_MS) })
    }
}
