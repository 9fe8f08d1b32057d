//! What happened outside a run, and how things end.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::fault::FaultRecord;

/// What starts a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The run's id: idempotency keys are made of it, so it is never used again.
    pub run: String,
    /// Milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// The trigger's data; for a trigger with a batch, the list of them.
    pub data: Arc<Value>,
    /// What the run may use.
    #[serde(default)]
    pub limits: Limits,
}

/// What keeps a run from growing without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most rounds of one `for`.
    pub rounds: u32,
    /// The most steps that may be taken without waiting for anything.
    pub steps: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { rounds: 100_000, steps: 1_000_000 }
    }
}

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// What.
    pub what: Happened,
}

/// What happened. Names are those of the actions that asked for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// A call ended.
    CallEnded {
        /// Which.
        task: String,
        /// How.
        outcome: CallOutcome,
    },
    /// The ledger, a read-back or a person settled a call whose outcome was unknown.
    Settled {
        /// Which.
        task: String,
        /// How it ended after all.
        outcome: CallOutcome,
    },
    /// A timer's time has come.
    TimerFired {
        /// Which.
        timer: String,
    },
    /// An event arrived that a `listen` may mean.
    EventArrived {
        /// Whose.
        subscription: String,
        /// The event's data.
        data: Arc<Value>,
    },
    /// A run that this one started and waits for has ended.
    FlowEnded {
        /// Which.
        child: String,
        /// How.
        outcome: Outcome,
    },
    /// A person answered.
    Answered {
        /// Which question.
        approval: String,
        /// Who.
        by: String,
        /// As what.
        role: String,
        /// The answer.
        verdict: Verdict,
        /// What they said.
        comment: Option<String>,
    },
    /// The run shall end.
    Cancel {
        /// Who wants it.
        by: String,
        /// Why.
        reason: Option<String>,
    },
    /// A person has a failed step, or an undo that failed, tried again.
    Retry {
        /// Its name as in the fault, or `undo:` and a name.
        step: String,
    },
    /// A person declares a failed step, or an undo that failed, done by other means.
    Skip {
        /// Its name as in the fault, or `undo:` and a name.
        step: String,
    },
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// It was done.
    Done {
        /// The operation's answer.
        result: Arc<Value>,
    },
    /// It was provably not done.
    Failed {
        /// Why.
        fault: FaultRecord,
    },
    /// Nobody knows. The run waits until it is settled.
    Unknown {
        /// Why.
        fault: FaultRecord,
    },
}

/// A person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No.
    Refused,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should.
    Completed {
        /// What it gives.
        output: Arc<Value>,
    },
    /// By a fault that nothing handled. What could be undone is undone.
    Failed {
        /// Which.
        fault: FaultRecord,
        /// What should have been undone and is not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_undone: Vec<NotUndone>,
    },
    /// It was cancelled. What could be undone is undone.
    Cancelled {
        /// By whom and why.
        fault: FaultRecord,
        /// What should have been undone and is not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_undone: Vec<NotUndone>,
    },
}

/// An effect that should have been undone and is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotUndone {
    /// The step, with its rounds.
    pub task: String,
    /// The arguments of the undo; `None` where they could not be made.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub arguments: Option<Arc<Value>>,
    /// Why it failed.
    pub fault: FaultRecord,
    /// How often it was tried.
    pub attempts: u32,
}

/// A value that is there, null included; without this, a null would be read as nothing.
pub(super) fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<Value>>, D::Error> {
    Arc::deserialize(from).map(Some)
}
