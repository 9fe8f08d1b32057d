//! What a run waits for, for people and for recovery.

use serde::Serialize;

use super::fault::FaultRecord;

/// One thing a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    /// The name it was asked for under.
    pub task: String,
    /// What is waited for.
    pub what: Awaited,
}

/// What can be waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Awaited {
    /// The end of a call.
    Call,
    /// Somebody who settles a call whose outcome is unknown.
    Settlement(FaultRecord),
    /// A time.
    Time,
    /// An event.
    Event,
    /// The end of another run.
    Flow,
    /// People.
    Answer,
    /// A person who decides about a step that failed.
    Decision(FaultRecord),
}
