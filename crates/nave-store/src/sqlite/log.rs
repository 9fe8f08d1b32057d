//! When the log beside the main file is written back. Doing it is left to `writer.rs`.

use super::pack::column;

/// Bytes of a page.
pub(super) const PAGE: u64 = 8192;

/// What is in the log.
pub(super) struct LogState {
    /// Whether somebody reads from it, so that it cannot begin anew.
    pub(super) busy: bool,
    /// Pages in it.
    pub(super) frames: i64,
}

/// When the log is to be written back. Its file says nothing of that: it keeps its length when the log begins anew.
/// Whoever reads for a long time (a copy, a proof) keeps it from that; then it is not tried at each turn.
#[derive(Debug)]
pub(super) struct Log {
    /// Pages after which it is written back.
    limit: i64,
    due: i64,
    seen: i64,
}

impl Log {
    pub(super) fn new(bytes: u64) -> Log {
        let limit = column(bytes / PAGE).max(1);
        Log { limit, due: limit, seen: 0 }
    }

    pub(super) fn is_due(&mut self, frames: i64) -> bool {
        if frames < self.seen {
            // It began anew.
            self.due = self.limit;
        }
        self.seen = frames;
        frames >= self.due
    }

    pub(super) fn tried(&mut self, frames: i64) {
        self.due = frames.saturating_add(self.limit);
    }
}
