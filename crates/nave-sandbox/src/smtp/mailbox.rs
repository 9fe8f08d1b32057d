//! The messages a sandbox took: the latest, within bounds, and the names of those it took before.

use std::collections::{BTreeSet, VecDeque};

use crate::smtp::message::Message;

/// Bytes of messages that are kept; the oldest go first.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// Names of messages that are remembered.
const MOST_NAMES: usize = 50_000;

/// Everything that was taken.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    /// How many were ever kept, those dropped since included.
    taken: u64,
    messages: VecDeque<Message>,
    bytes: usize,
    names: BTreeSet<String>,
    order: VecDeque<String>,
}

impl Mailbox {
    /// Keeps a message, and says whether it is new. A known name is not kept twice where names count.
    pub(crate) fn take(&mut self, message: Message, names_count: bool, most: usize) -> bool {
        if let Some(name) = message.id.as_ref().filter(|_| names_count) {
            if !self.names.insert(name.clone()) {
                return false;
            }
            self.order.push_back(name.clone());
            if self.order.len() > MOST_NAMES
                && let Some(oldest) = self.order.pop_front()
            {
                self.names.remove(&oldest);
            }
        }
        self.taken = self.taken.saturating_add(1);
        self.bytes = self.bytes.saturating_add(message.raw.len());
        self.messages.push_back(message);
        while self.messages.len() > most || self.bytes > MOST_BYTES {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.raw.len());
        }
        true
    }

    /// How many were ever kept.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// The messages, the oldest first.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.messages.iter().cloned().collect()
    }
}
