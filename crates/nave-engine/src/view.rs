//! What people and programs are shown of the engine: runs with their steps, and what just happened.

use nave_store::record::RunRecord;
use serde::Serialize;
use serde_json::Value;

pub(crate) mod derive;

/// A run with everything that is known about it.
#[derive(Debug, Clone, Serialize)]
pub struct RunView {
    /// Its record.
    #[serde(flatten)]
    pub record: RunRecord,
    /// The trigger's data.
    pub input: Value,
    /// What it gave, once it completed.
    pub output: Option<Value>,
    /// Its steps in the order they began, rounds and undos included.
    pub steps: Vec<StepView>,
}

/// A step of a run.
#[derive(Debug, Clone, Serialize)]
pub struct StepView {
    /// Its name with the rounds it stands in: `project`, `lines[3]/charge`, `undo:project`.
    pub task: String,
    /// What it does: `call`, `wait`, `listen`, `ask`, `run`, `emit`.
    pub verb: String,
    /// On what: `erp.create_project`, an event's name, a flow's name, a question.
    pub on: String,
    /// What went in.
    pub input: Option<Value>,
    /// What came out.
    pub output: Option<Value>,
    /// `open`, `done`, `failed`, `unknown`, `parked`, `dropped`.
    pub state: String,
    /// The fault's code and message.
    pub fault: Option<(String, String)>,
    /// How often a call was sent, as the ledger counted.
    pub attempts: Option<u32>,
    /// When it began: milliseconds since 1970, UTC.
    pub began_ms: u64,
    /// When it ended.
    pub ended_ms: Option<u64>,
}

/// Something that just happened, for live streams. Lost when nobody listens; the store knows all of it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Notice {
    /// An event was accepted.
    Event {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Whose.
        tenant: String,
        /// When.
        at_ms: u64,
    },
    /// A run began, changed or ended.
    Run {
        /// Its id.
        run: String,
        /// Its flow.
        flow: String,
        /// Whose.
        tenant: String,
        /// `running`, `waiting`, `completed`, `failed`, …
        state: String,
        /// When.
        at_ms: u64,
    },
    /// A step of a run began or ended.
    Step {
        /// The run.
        run: String,
        /// Its flow.
        flow: String,
        /// The step.
        task: String,
        /// What it does and on what: `call erp.create_project`.
        what: String,
        /// `began`, `done`, `failed`, `unknown`, `parked`.
        state: String,
        /// The fault's code and message, or what came out in short.
        detail: Option<String>,
        /// When.
        at_ms: u64,
    },
    /// A connection's work is held back, or goes on.
    Parked {
        /// The connection.
        connection: String,
        /// Whether it is held back.
        held: bool,
        /// Why.
        reason: Option<String>,
        /// When.
        at_ms: u64,
    },
    /// An outgoing webhook was sent or given up.
    Delivery {
        /// Its id.
        id: String,
        /// The endpoint.
        endpoint: String,
        /// `delivered`, `failed`, `waiting`.
        state: String,
        /// When.
        at_ms: u64,
    },
}
