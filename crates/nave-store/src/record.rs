//! What is read back.

use nave_model::{Event, Fault};
use serde::{Deserialize, Serialize};

use crate::batch::{Audited, Conclusion, Intent, Message};

/// What became of a message that was to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its lane; of a duplicate, that of the first one.
    pub lane: u32,
    /// Its position in the lane; of a duplicate, that of the first one.
    pub position: u64,
    /// Whether it was there before.
    pub duplicate: bool,
}

/// Messages of a tenant in a lane that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Whose.
    pub tenant: String,
    /// Position up to which they are consumed.
    pub consumed: u64,
    /// Position of the last one.
    pub last: u64,
}

/// A message in a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// Its position.
    pub position: u64,
    /// Whose.
    pub tenant: String,
    /// What it says. A record that is not what was written is a fault of its own, so that one bad record
    /// does not hide those behind it.
    pub message: Result<Message, Fault>,
}

/// A run, as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id; ids of later runs are greater.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// The lane it lives in.
    pub lane: u32,
    /// Its flow.
    pub flow: String,
    /// Hash of the definition it runs by.
    pub definition: String,
    /// Its ordering key.
    pub key: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// More about that, as people see it: `running`, `unknown`, `stopping`, `undoing`, …
    pub state: String,
    /// What began it: an event's id, `manual`, a parent run.
    pub cause: String,
    /// Parent run and the parent's name for it, where one waits for its end.
    pub parent: Option<(String, String)>,
    /// The run it is a replay of.
    pub replay_of: Option<String>,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_ms: u64,
    /// When it last changed.
    pub changed_ms: u64,
    /// When it ended.
    pub ended_ms: Option<u64>,
    /// How many entries its journal has.
    pub entries: u32,
    /// The fault's code and message it ended with or waits because of.
    pub fault: Option<(String, String)>,
    /// The trace it belongs to.
    pub trace: Option<String>,
}

/// How far a run is, as far as the store has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It waits for its turn: for its key, or for a free place of its flow.
    Queued,
    /// It has calls under way or to be made: it must be loaded to go on.
    Active,
    /// It waits for something that comes from outside: a time, an event, a person, another run, a repair.
    Waiting,
    /// It ended.
    Ended,
}

/// An entry of a run's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number; 0 is the start.
    pub number: u32,
    /// When: milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// What, in the engine's own form.
    pub bytes: Vec<u8>,
}

/// A run's state after some entries of its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// How many entries are in it.
    pub entries: u32,
    /// The state, in the engine's own form.
    pub bytes: Vec<u8>,
}

/// Which runs. Everything that is set must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose.
    pub tenant: Option<String>,
    /// Of which flow.
    pub flow: Option<String>,
    /// In which state, as people see it.
    pub state: Option<String>,
    /// In which phase.
    pub phase: Option<Phase>,
    /// With which ordering key.
    pub key: Option<String>,
    /// Begun by which event.
    pub cause: Option<String>,
    /// Created at this time or later.
    pub since_ms: Option<u64>,
    /// Created before this time.
    pub until_ms: Option<u64>,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Behind this one: the id of the last that was seen. It may be gone meanwhile; behind one that is gone for
    /// more than an hour, or never was there, is nothing.
    pub after: Option<String>,
    /// How many at most; 0 means 100.
    pub most: usize,
}

/// A timer that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Whose.
    pub run: String,
    /// Its name.
    pub name: String,
    /// When: milliseconds since 1970, UTC.
    pub at_ms: u64,
}

/// Somebody who waits for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Which run.
    pub run: String,
    /// The lane of the run.
    pub lane: u32,
    /// Its name for it.
    pub name: String,
    /// Where each lane was when it was written; empty: nobody looks for earlier events.
    pub until: Vec<u64>,
}

impl Subscription {
    /// Whether whoever handles an event at this place tells the run of it. Of those before, the run's own lane
    /// does.
    pub fn is_told(&self, lane: u32, position: u64) -> bool {
        let until = usize::try_from(lane).ok().and_then(|lane| self.until.get(lane));
        until.is_none_or(|until| position > *until)
    }
}

/// Events that were appended after a run began to wait for one of them, and before that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Whose.
    pub tenant: String,
    /// Which run.
    pub run: String,
    /// Its name for it.
    pub name: String,
    /// The event's name.
    pub event: String,
    /// Behind these positions of the lanes.
    pub since: Vec<u64>,
    /// Up to these.
    pub until: Vec<u64>,
}

/// A question to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Its id: `run/approval`.
    pub id: String,
    /// Whose.
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
    /// One line.
    pub title: String,
    /// More.
    pub message: Option<String>,
    /// When it was asked.
    pub asked_ms: u64,
    /// When it expires.
    pub expires_ms: Option<u64>,
}

/// A call that is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The call's id: `run/task`.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// At which connection.
    pub connection: String,
    /// Which operation.
    pub operation: String,
    /// Which run.
    pub run: String,
    /// The lane of the run.
    pub lane: u32,
    /// The task in it.
    pub task: String,
    /// Why: a fault's code and message.
    pub reason: (String, String),
    /// Since when; kept when it is parked again.
    pub since_ms: u64,
    /// How often it was tried.
    pub attempts: u32,
}

/// A call of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What was intended.
    pub intent: Intent,
    /// When first.
    pub intended_ms: u64,
    /// How often it was about to be sent.
    pub attempts: u32,
    /// How far it is.
    pub state: CallState,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it ended.
    pub concluded_ms: Option<u64>,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallState {
    /// It was about to be sent, and nothing else is known yet.
    Intended,
    /// It was done.
    Done,
    /// It was provably not done.
    NotDone,
    /// Nobody knows.
    Unknown,
}

/// Which calls. Everything that is set must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Whose.
    pub tenant: Option<String>,
    /// Through which connection.
    pub connection: Option<String>,
    /// In which state.
    pub state: Option<CallState>,
    /// Of which run.
    pub run: Option<String>,
    /// Intended at this time or later.
    pub since_ms: Option<u64>,
}

/// Which events. Everything that is set must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Whose.
    pub tenant: Option<String>,
    /// Of which name.
    pub name: Option<String>,
    /// From which source.
    pub source: Option<String>,
    /// With which id.
    pub id: Option<String>,
    /// Accepted at this time or later.
    pub since_ms: Option<u64>,
    /// Accepted before this time.
    pub until_ms: Option<u64>,
}

/// An event that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptEvent {
    /// For [`Page::after`]: `lane-position`.
    pub place: String,
    /// Whose.
    pub tenant: String,
    /// Its lane.
    pub lane: u32,
    /// Its position in the lane.
    pub position: u64,
    /// Whether its lane has handled it.
    pub consumed: bool,
    /// The event.
    pub event: Event,
}

/// A message that could not be handled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// The lane and position it had.
    pub place: (u32, u64),
    /// The flow that could not handle it, where it was one.
    pub flow: Option<String>,
    /// Why: a fault's code, message and hint.
    pub reason: (String, String, Option<String>),
    /// When.
    pub at_ms: u64,
    /// The message.
    pub message: Message,
}

/// An outgoing webhook for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id; ids of later ones of an endpoint are greater.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// The endpoint.
    pub endpoint: String,
    /// The event that is delivered.
    pub event: Event,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was made.
    pub created_ms: u64,
    /// When it is to be sent next.
    pub next_ms: u64,
    /// What the endpoint answered last: HTTP status, or a fault's code and message.
    pub last: Option<String>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// The endpoint has it.
    Delivered,
    /// It was given up.
    Failed,
}

/// Which deliveries. Everything that is set must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Whose.
    pub tenant: Option<String>,
    /// To which endpoint.
    pub endpoint: Option<String>,
    /// In which state.
    pub state: Option<DeliveryState>,
    /// To be sent at this time or earlier.
    pub due_ms: Option<u64>,
    /// Made at this time or later.
    pub since_ms: Option<u64>,
    /// Made before this time.
    pub until_ms: Option<u64>,
}

/// An entry of the audit chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number in its chain, from 1.
    pub number: u64,
    /// When: milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// What.
    pub entry: Audited,
    /// Hash of the entry before, in hex; of the first, 64 zeros.
    pub before: String,
    /// SHA-256 over `before`, number, time and entry, in hex.
    pub hash: String,
}

/// How long and how much is kept. `None`: without end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Consumed events: milliseconds.
    pub events_ms: Option<u64>,
    /// Ended runs with their journals.
    pub runs_ms: Option<u64>,
    /// Calls of the ledger whose outcome is known.
    pub calls_ms: Option<u64>,
    /// Dedup keys.
    pub dedup_ms: Option<u64>,
    /// Dead letters.
    pub dead_ms: Option<u64>,
    /// Deliveries that ended.
    pub deliveries_ms: Option<u64>,
    /// The most bytes on disk; beyond, the oldest of what has ended goes first.
    pub most_bytes: Option<u64>,
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Default for Retention {
    /// 30 days of events, runs and deliveries, 90 of calls and dead letters, 14 of dedup keys, 50 GB.
    fn default() -> Self {
        Retention {
            events_ms: Some(30 * DAY_MS),
            runs_ms: Some(30 * DAY_MS),
            calls_ms: Some(90 * DAY_MS),
            dedup_ms: Some(14 * DAY_MS),
            dead_ms: Some(90 * DAY_MS),
            deliveries_ms: Some(30 * DAY_MS),
            most_bytes: Some(50_000_000_000),
        }
    }
}

/// What was dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Whole segments.
    pub segments: u64,
    /// Records of any kind.
    pub records: u64,
    /// Blobs nobody refers to.
    pub blobs: u64,
}

/// How a store is doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// Whether writing works; else why not.
    pub failing: Option<Fault>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the write-ahead log among them.
    pub log_bytes: u64,
    /// Commits so far: transactions synced.
    pub syncs: u64,
    /// Batches and intakes in them.
    pub batches: u64,
    /// Writes that wait right now.
    pub waiting: u64,
}
