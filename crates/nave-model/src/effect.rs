//! What an operation does to the world, and whether doing it twice is harmless.

use serde::{Deserialize, Serialize};

/// What an operation does to the system it belongs to.
///
/// The order is the order of danger, so `max` of two effects is the safe choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Looks, and changes nothing.
    Read,
    /// Creates or changes something.
    Write,
    /// Removes, cancels, revokes or pays out something that cannot be brought back by the caller.
    Destructive,
}

impl Effect {
    /// The word used in documents, errors and the console.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Destructive => "destructive",
        }
    }
}

/// How an operation may be repeated when its answer was lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Idempotency {
    /// Repeating it has the effect of doing it once (RFC 9110 section 9.2.2, or the manifest says so).
    Natural,
    /// Repeating it is harmless only with the same key in this header or argument.
    Key {
        /// Header that carries the key, for example `Idempotency-Key`.
        header: String,
    },
    /// Repeating it may do it twice; it is never repeated by Nave.
    None,
}
