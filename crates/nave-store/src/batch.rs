//! What is written together: everything in it, or nothing.

use nave_model::Event;
use serde::{Deserialize, Serialize};

use crate::record::{Ask, DeadLetter, Delivery, Entry, Parked, RunRecord, Snapshot};

/// Messages coming in from outside a lane.
#[derive(Debug, Clone, Default)]
pub struct Intake {
    /// The messages, in order.
    pub messages: Vec<NewMessage>,
    /// Cursors that move with them: name and value.
    pub cursors: Vec<(String, Vec<u8>)>,
    /// Now: milliseconds since 1970, UTC.
    pub now_ms: u64,
}

/// A message for a lane.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Who owns it.
    pub tenant: String,
    /// Which lane it goes to.
    pub lane: u32,
    /// What makes it the same message: a second one with this key (per tenant) is not appended.
    pub dedup: Option<String>,
    /// What it says.
    pub message: Message,
}

/// What a lane is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// An event was accepted.
    Event(Event),
    /// A flow is to be started: the engine's own form, as JSON.
    Start(Vec<u8>),
    /// A run of this lane is told something: the engine's own form, as JSON.
    Told {
        /// Which run.
        run: String,
        /// What.
        what: Vec<u8>,
    },
}

/// Changes that belong together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Only while this holds.
    pub fence: Option<Fence>,
    /// The changes, in order.
    pub ops: Vec<Op>,
    /// Now: milliseconds since 1970, UTC.
    pub now_ms: u64,
}

/// The lane a batch is written for, and the epoch its owner took it at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// The lane.
    pub lane: u32,
    /// The epoch.
    pub epoch: u64,
}

/// One change.
#[derive(Debug, Clone)]
pub enum Op {
    /// The messages of a tenant in the fenced lane are consumed up to here.
    Consumed {
        /// Whose.
        tenant: String,
        /// Position of the last one.
        position: u64,
    },
    /// Appends a message to any lane.
    Append(NewMessage),
    /// Writes a run's record: new, or in place of the one with the same id.
    PutRun(Box<RunRecord>),
    /// Adds entries to a run's journal, in order; each number follows the one before.
    Journal {
        /// Which run.
        run: String,
        /// The entries.
        entries: Vec<Entry>,
    },
    /// Keeps a snapshot of a run, in place of the one before.
    Snapshot {
        /// Which run.
        run: String,
        /// The snapshot.
        snapshot: Snapshot,
    },
    /// Sets a timer of a run, or sets it again.
    SetTimer {
        /// Whose: a run's id, or any name that its owner knows.
        run: String,
        /// Its name.
        name: String,
        /// Milliseconds since 1970, UTC.
        at_ms: u64,
        /// The lane that is told.
        lane: u32,
    },
    /// A timer is not needed any more; one that is not there is no fault.
    DropTimer {
        /// Whose.
        run: String,
        /// Its name.
        name: String,
    },
    /// A run waits for events of a name.
    Subscribe {
        /// Whose.
        tenant: String,
        /// Which run.
        run: String,
        /// The lane of the run.
        lane: u32,
        /// Its name for it.
        name: String,
        /// The event's name.
        event: String,
    },
    /// From where on events count for a run that waits, which stands in the same batch before it. An event counts
    /// that was appended behind `since`. One that was appended before this is written may be handled by a lane
    /// that does not see the run wait yet: the store keeps where the lanes were ([`Window`]), so that those
    /// who handle later events pass over the earlier ones, and the run's own lane looks for these. In the run's
    /// own lane nothing overtakes the run: there, every event that is handled later counts.
    ///
    /// [`Window`]: crate::record::Window
    CountFrom {
        /// Whose.
        tenant: String,
        /// Which run.
        run: String,
        /// The lane of the run.
        lane: u32,
        /// Its name for it.
        name: String,
        /// The event's name.
        event: String,
        /// The position of the last message of each lane: [`Store::mark`](crate::Store::mark).
        since: Vec<u64>,
    },
    /// Events in a window were looked through: up to these positions, or all. Of another window than the one that
    /// ends there, nothing.
    Counted {
        /// Which run.
        run: String,
        /// Its name for it.
        name: String,
        /// Where the window ends.
        until: Vec<u64>,
        /// Up to where; `None`: up to its end.
        since: Option<Vec<u64>>,
    },
    /// A run waits no longer.
    Unsubscribe {
        /// Which run.
        run: String,
        /// Its name for it.
        name: String,
    },
    /// A question to people; with the same id, in place of the one before.
    PutAsk(Ask),
    /// A question is closed.
    CloseAsk {
        /// Its id.
        id: String,
    },
    /// Holds a call back.
    Park(Parked),
    /// A call is held back no longer; one that is not there is no fault.
    Unpark {
        /// Its id.
        id: String,
    },
    /// A call is about to be sent. A second intent with the same id counts another attempt.
    Intend(Box<Intent>),
    /// A call ended, or nobody knows.
    Conclude(Box<Conclusion>),
    /// A message that could not be handled.
    Dead(DeadLetter),
    /// A dead letter is gone: put back, or given up.
    Bury {
        /// Its id.
        id: String,
    },
    /// An outgoing delivery: new, or in place of the one with the same id.
    PutDelivery(Box<Delivery>),
    /// Moves a cursor; `None` forgets it, and one that is not there is no fault.
    Cursor {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<Vec<u8>>,
    },
    /// Keeps a flow's definition under its hash; one that is there stays.
    Definition {
        /// The hash.
        hash: String,
        /// The definition, in the engine's own form.
        bytes: Vec<u8>,
    },
    /// One more entry of the audit chain.
    Audit(Audited),
}

/// What is written down before a call is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The call's id: of a flow's call, `run/task`; else one made for it.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// Through which connection.
    pub connection: String,
    /// Which operation.
    pub operation: String,
    /// Its effect: `write` or `destructive`.
    pub effect: String,
    /// SHA-256 of the arguments as canonical JSON, in hex.
    pub digest: String,
    /// The idempotency key, where the system takes one.
    pub key: Option<String>,
    /// Who calls: `flow`, `agent:…`, `person:…`.
    pub principal: String,
    /// The run it belongs to.
    pub run: Option<String>,
    /// The trace it belongs to.
    pub trace: Option<String>,
    /// The arguments, so that its outcome can be looked up later, also by a person. Credentials are never
    /// among them.
    pub arguments: Vec<u8>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conclusion {
    /// The call's id.
    pub id: String,
    /// How.
    pub state: crate::record::CallState,
    /// The fault's code, where there was one.
    pub code: Option<String>,
    /// In a sentence, for people.
    pub message: Option<String>,
    /// HTTP status, where there was one.
    pub status: Option<u16>,
    /// Who or what said so: `answer`, `key`, `read-back`, `person:…`, `recovery`.
    pub by: String,
}

/// An entry for the audit chain; the store gives it its number, its predecessor's hash and its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audited {
    /// Whose chain.
    pub tenant: String,
    /// Who did it.
    pub who: String,
    /// What: `call.intended`, `call.concluded`, `run.cancelled`, …
    pub what: String,
    /// On what: a call's, run's or document's name.
    pub on: String,
    /// More, as JSON.
    pub detail: serde_json::Value,
}
