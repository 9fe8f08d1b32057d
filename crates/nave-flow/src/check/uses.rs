//! What a flow uses of the world: for "who uses what", and for "what breaks" when a system changes.

use nave_model::At;
use serde::Serialize;

/// Everything a flow uses, each list in the order in which it was met.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Uses {
    /// Operations it calls.
    pub operations: Vec<OperationUse>,
    /// What it reads of answers, events and other data.
    pub reads: Vec<Read>,
    /// Events it begins with, waits for or sends.
    pub events: Vec<EventUse>,
    /// Flows it runs.
    pub flows: Vec<FlowUse>,
    /// Roles it asks.
    pub roles: Vec<RoleUse>,
}

/// An operation that is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationUse {
    /// The connection.
    pub connection: String,
    /// The connector, where the connection exists.
    pub connector: Option<String>,
    /// The operation.
    pub operation: String,
    /// The step; `None`: a trigger polls it.
    pub step: Option<String>,
    /// What it is called for.
    pub purpose: Purpose,
    /// The arguments that may be given, as JSON pointers in which `*` is any item or any name, the outer
    /// ones first.
    pub arguments: Vec<String>,
    /// Where it is named.
    pub at: At,
}

/// What an operation is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// A step does it.
    Step,
    /// It takes a step back.
    Undo,
    /// A trigger looks for changes with it.
    Poll,
}

/// Something that is read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Read {
    /// Of what.
    pub source: Source,
    /// What of it, as a JSON pointer in which `*` is any item or any name; empty: all of it.
    pub pointer: String,
    /// The step that reads it; `None`: something that stands outside the steps.
    pub step: Option<String>,
    /// Where it is read.
    pub at: At,
}

/// Where data comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Source {
    /// The answer of an operation.
    Answer {
        /// The connection.
        connection: String,
        /// The operation.
        operation: String,
    },
    /// The data of an event.
    Event {
        /// The connection; `None`: flows emit it.
        connection: Option<String>,
        /// The event.
        event: String,
    },
    /// The body of a webhook.
    Webhook {
        /// Its path.
        path: String,
    },
    /// The time that `every` and `cron` give.
    Schedule,
    /// The input a run was started with.
    Input,
    /// The output of another flow.
    Flow {
        /// The flow.
        flow: String,
    },
    /// The answer of a person who was asked, or a fault that is handled.
    Hub,
}

/// An event that is used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventUse {
    /// The connection; `None`: flows emit it.
    pub connection: Option<String>,
    /// The event; of events that flows emit, the whole name.
    pub event: String,
    /// The step; `None`: it begins the flow.
    pub step: Option<String>,
    /// What for.
    pub how: How,
    /// Where it is named.
    pub at: At,
}

/// What an event is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It begins the flow.
    Trigger,
    /// A step waits for it.
    Listen,
    /// A step sends it.
    Emit,
}

/// A flow that is run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowUse {
    /// The flow.
    pub flow: String,
    /// The step.
    pub step: String,
    /// Where it is named.
    pub at: At,
}

/// A role that is asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoleUse {
    /// The role.
    pub role: String,
    /// The step.
    pub step: String,
    /// Where it is named.
    pub at: At,
}
