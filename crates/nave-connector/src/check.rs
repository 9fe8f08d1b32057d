//! Checked arguments: what the check hands to [`crate::request`].

use serde_json::Value;

/// Arguments that were checked and sorted by where they go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checked {
    /// Position in the operation's parameters, and the value.
    pub parameters: Vec<(usize, Value)>,
    /// The body.
    pub body: Option<Value>,
    /// What was repaired.
    pub repairs: Vec<Repair>,
}

/// A value that was repaired without loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    /// JSON pointer into the arguments.
    pub at: String,
    /// The value as given.
    pub from: Value,
    /// The value as used.
    pub to: Value,
    /// What was done, in one sentence.
    pub message: String,
}
