//! Runs, their steps, and the questions they ask people, as the API shows and takes them.

use nave_store::record::{self, RunRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Placed, Why, trace_id, traceparent};

/// A run of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its id; ids of later runs are greater.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// Its flow.
    pub flow: String,
    /// Hash of the flow's version it runs by.
    pub definition: String,
    /// Its ordering key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// More about that: `running`, `waiting`, `parked`, `completed`, `failed`, `cancelled`, …
    pub state: String,
    /// What began it: an event's id, `manual`, a parent run.
    pub cause: String,
    /// The run that waits for its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The run it is a replay of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<String>,
    /// When it was made.
    pub created_ms: u64,
    /// When it last changed.
    pub changed_ms: u64,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
    /// The fault it ended with or waits because of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Why>,
    /// The `traceparent` it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The id of that trace: what the log is searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It waits for its turn: for its key, or for a free place of its flow.
    Queued,
    /// It has calls under way.
    Active,
    /// It waits for something from outside: a time, an event, a person, another run, a repair.
    Waiting,
    /// It ended.
    Ended,
}

/// What a run does, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It waits for its turn.
    Queued,
    /// It has calls under way.
    Running,
    /// It waits for a time, an event, a person or another run.
    Waiting,
    /// A call of it is held back until its connection works again.
    Parked,
    /// Nobody knows how a call of it ended; a person settles it.
    Unknown,
    /// It ends, and lets what is under way end.
    Stopping,
    /// What it did is taken back.
    Undoing,
    /// It did what it should.
    Completed,
    /// It ended with a fault.
    Failed,
    /// A person ended it.
    Cancelled,
}

/// A run with its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunDetail {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// The trigger's data.
    pub input: Value,
    /// What it gave, once it completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Its steps in the order they began, rounds and undos included.
    pub steps: Vec<StepView>,
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Step")]
pub struct StepView {
    /// Its name with the rounds it stands in: `project`, `lines[3]/charge`, `undo:project`.
    pub task: String,
    /// What it does: `call`, `wait`, `listen`, `ask`, `run`, `emit`.
    pub verb: String,
    /// On what: `erp.create_project`, an event's name, a flow's name, a question.
    pub on: String,
    /// What went in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// `open`, `done`, `failed`, `unknown`, `parked`, `dropped`.
    pub state: String,
    /// Why it failed or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Why>,
    /// How often a call was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// When it began.
    pub began_ms: u64,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
}

/// Which runs, and which part of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunQuery {
    /// Of this flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// In this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<RunState>,
    /// In this phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// With this ordering key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Begun by this event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Made at this time or later: RFC 3339, or milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Made before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Behind this one: `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Which runs something is done to. Everything that is set must fit; at least one thing must be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunFilter {
    /// Of this flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// In this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<RunState>,
    /// In this phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// With this ordering key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Begun by this event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// With a fault of this code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Made at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Made before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Something done to many runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// To which.
    pub filter: RunFilter,
    /// To how many at most: 1 to 10000. Default 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// Only say to which it would be done.
    #[serde(default)]
    pub dry: bool,
    /// Why, for the record; of a cancel only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of something done to many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BulkDone {
    /// The ids it was done to, or would be done to.
    pub done: Vec<String>,
    /// Those that could not have it.
    pub refused: Vec<BulkRefused>,
    /// Whether more fit than were allowed at once; then ask again.
    pub more: bool,
}

/// One that could not have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BulkRefused {
    /// Its id.
    pub id: String,
    /// Why.
    pub why: Why,
}

/// Starts a flow by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The flow.
    pub flow: String,
    /// Its input. Default: null.
    #[serde(default)]
    pub data: Value,
    /// What makes it the same start: a second one with this key begins nothing and gives the first one's
    /// run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A run that will begin; it is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// Its id.
    pub run: String,
}

/// Cancels a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cancel {
    /// Why, for the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The step that is tried again or skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StepAt {
    /// Its name as the run shows it; absent: the one the run failed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// A run begun again by the flow's present version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Replay {
    /// Steps before this one keep the results they had; absent: all are done again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// A question to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Its id: `run/approval`.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// The run that asks.
    pub run: String,
    /// The run's name for it.
    pub approval: String,
    /// The flow of the run.
    pub flow: String,
    /// Who may answer.
    pub roles: Vec<String>,
    /// How many must approve.
    pub approvals: u32,
    /// The question, in one line.
    pub title: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it was asked.
    pub asked_ms: u64,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
}

/// Which questions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApprovalQuery {
    /// Behind this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Yes or no.
    pub verdict: Verdict,
    /// The role the person answers in; absent: the first one that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What the person says to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No.
    Refused,
}

impl From<RunRecord> for Run {
    fn from(record: RunRecord) -> Self {
        Run {
            id: record.id,
            tenant: record.tenant,
            flow: record.flow,
            definition: record.definition,
            key: record.key,
            phase: record.phase.into(),
            state: record.state,
            cause: record.cause,
            parent: record.parent.map(|(run, _)| run),
            replay_of: record.replay_of,
            created_ms: record.created_ms,
            changed_ms: record.changed_ms,
            ended_ms: record.ended_ms,
            fault: record.fault.map(Why::from),
            trace: traceparent(record.trace.as_deref()),
            trace_id: trace_id(record.trace.as_deref()),
        }
    }
}

impl From<record::Phase> for Phase {
    fn from(phase: record::Phase) -> Self {
        match phase {
            record::Phase::Queued => Phase::Queued,
            record::Phase::Active => Phase::Active,
            record::Phase::Waiting => Phase::Waiting,
            record::Phase::Ended => Phase::Ended,
        }
    }
}

impl From<Phase> for record::Phase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Queued => record::Phase::Queued,
            Phase::Active => record::Phase::Active,
            Phase::Waiting => record::Phase::Waiting,
            Phase::Ended => record::Phase::Ended,
        }
    }
}

impl From<nave_engine::view::RunView> for RunDetail {
    fn from(view: nave_engine::view::RunView) -> Self {
        RunDetail {
            run: view.record.into(),
            input: view.input,
            output: view.output,
            steps: view.steps.into_iter().map(StepView::from).collect(),
        }
    }
}

impl From<nave_engine::view::StepView> for StepView {
    fn from(step: nave_engine::view::StepView) -> Self {
        StepView {
            task: step.task,
            verb: step.verb,
            on: step.on,
            input: step.input,
            output: step.output,
            state: step.state,
            fault: step.fault.map(Why::from),
            attempts: step.attempts,
            began_ms: step.began_ms,
            ended_ms: step.ended_ms,
        }
    }
}

impl From<record::Ask> for Approval {
    fn from(ask: record::Ask) -> Self {
        Approval {
            id: ask.id,
            tenant: ask.tenant,
            run: ask.run,
            approval: ask.approval,
            flow: ask.flow,
            roles: ask.roles,
            approvals: ask.approvals,
            title: ask.title,
            message: ask.message,
            asked_ms: ask.asked_ms,
            expires_ms: ask.expires_ms,
        }
    }
}

impl From<Verdict> for nave_flow::decide::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approved => nave_flow::decide::Verdict::Approved,
            Verdict::Refused => nave_flow::decide::Verdict::Refused,
        }
    }
}

impl Placed for Run {
    fn place(&self) -> String {
        self.id.clone()
    }
}

impl Placed for Approval {
    fn place(&self) -> String {
        self.id.clone()
    }
}
