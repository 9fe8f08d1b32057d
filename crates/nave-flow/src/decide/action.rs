//! What a run wants done. The engine does it and reports back with an event; doing an action a second
//! time after a crash is harmless, because its name or key says that it is the same one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::Outcome;
use crate::flow::Tighten;

/// One thing to do.
///
/// `task`, `subscription`, `child` and `approval` are names of steps with the rounds they stand in, for
/// example `charge` or `lines[3]/charge`; an undo is `undo:` and the name of what it takes back. Where a
/// person has something tried again, the attempt's number follows: `charge#2`. A run uses a name once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Make a call; `CallEnded` tells how it ended.
    Call {
        /// Who waits for it.
        task: String,
        /// The connection.
        connection: String,
        /// The operation.
        operation: String,
        /// The arguments.
        arguments: Arc<Value>,
        /// What the step tightens.
        tighten: Tighten,
        /// The idempotency key: the same whenever this action is decided again.
        key: String,
    },
    /// The answer is not needed any more: what was not sent is not sent, and nothing is tried again.
    /// `CallEnded` must still tell how it ended.
    CancelCall {
        /// Of which task.
        task: String,
    },
    /// Report `TimerFired` at this time or as soon as possible after it.
    SetTimer {
        /// Its name: `wait:`, `timeout:` or `expires:` and a step, or `run:timeout`; where it is set again,
        /// how often follows: `timeout:lines~1`.
        timer: String,
        /// Milliseconds since 1970, UTC.
        at_ms: u64,
    },
    /// A timer is not needed any more.
    DropTimer {
        /// Which.
        timer: String,
    },
    /// Hand over every event of this sort as `EventArrived`, until one was taken.
    Subscribe {
        /// Who waits for it.
        subscription: String,
        /// The connection; `None` for an event that flows emit.
        connection: Option<String>,
        /// The event's name.
        event: String,
    },
    /// No further events are needed.
    Unsubscribe {
        /// By whom.
        subscription: String,
    },
    /// Start a run of another flow; where `wait` is set, `FlowEnded` tells how it ended.
    StartFlow {
        /// Who starts it.
        child: String,
        /// The flow's name.
        flow: String,
        /// Its input.
        input: Arc<Value>,
        /// Whether this run waits for its end.
        wait: bool,
        /// The same whenever this action is decided again: the child is started once.
        key: String,
    },
    /// Cancel that run; `FlowEnded` must still tell how it ended.
    CancelFlow {
        /// Which.
        child: String,
    },
    /// Put a question to people; each answer is reported as `Answered`.
    Ask {
        /// Who asks.
        approval: String,
        /// The roles that may answer.
        roles: Vec<String>,
        /// How many different people must approve.
        approvals: u32,
        /// One line.
        title: String,
        /// More.
        message: Option<String>,
        /// When it expires, for people to see; a timer of its own does it.
        expires_at_ms: Option<u64>,
    },
    /// The question is closed: answered, expired, or not needed any more.
    WithdrawAsk {
        /// Which.
        approval: String,
    },
    /// Send an event to whoever listens. Nothing is reported back.
    Emit {
        /// The event's type.
        event: String,
        /// Its data.
        data: Arc<Value>,
        /// The same whenever this action is decided again: the event is sent once.
        key: String,
    },
    /// The run has ended. A failed one can go on when a person decides so, and then ends again.
    End {
        /// How.
        outcome: Outcome,
    },
}
