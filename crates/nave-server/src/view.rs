//! What the hub's API takes and gives, as types: the shapes of its description, of the client and of the
//! command line. What they mean is decided elsewhere; how they are asked for is `api.rs`.
//!
//! Times are milliseconds since 1970, UTC (`…_ms`). Ids are texts that order by time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod batch;
mod call;
mod connection;
mod endpoint;
mod event;
mod flow;
mod hub;
mod mail;
mod run;

pub use batch::{BadRecord, Batch, BatchBad, BatchFormat, BatchOptions, BatchQuery, BatchState, NewBatch};
pub use call::{Call, CallQuery, CallState, Conclusion, Settle, SettleOutcome};
pub(crate) use connection::word;
pub use connection::{Breaker, Connection, ConnectionDetail, Delivery, DeliveryQuery, DeliveryState, Parked};
pub use endpoint::{DeliverAgain, DeliveredAgain, Endpoint};
pub use event::{Accepted, AcceptedEvent, Dead, DeadQuery, Event, EventDetail, EventOne, EventQuery, Revive};
pub use flow::{Flow, FlowDetail, Source, Trigger};
pub use hub::{
    Audit, AuditQuery, Backup, BackupMade, Info, Limits, Problem, Project, Store, StreamQuery, Swept,
};
pub use mail::{Mail, MailQuery};
pub use run::{
    Answer, Approval, ApprovalQuery, Bulk, BulkDone, BulkRefused, Cancel, Phase, Replay, Run, RunDetail,
    RunFilter, RunQuery, RunState, Start, Started, StepAt, StepView, Verdict,
};

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `after` for the items that follow; absent: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A fault's code and message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// The fault's code; `docs/faults/` has a page for each.
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
}

impl From<(String, String)> for Why {
    fn from((code, message): (String, String)) -> Self {
        Why { code, message }
    }
}

/// The `traceparent` of a trace that is kept.
pub(crate) fn traceparent(kept: Option<&str>) -> Option<String> {
    kept.map(|kept| nave_model::trace::parent(kept).to_owned())
}

/// Its id.
pub(crate) fn trace_id(kept: Option<&str>) -> Option<String> {
    kept.and_then(nave_model::trace::id).map(str::to_owned)
}

/// What names an item where `after` of the next part begins.
pub(crate) trait Placed {
    /// The text for `after`.
    fn place(&self) -> String;
}

/// A part of a list that was asked for with a limit: a full part may have more behind it.
pub(crate) fn part<T: Placed>(items: Vec<T>, most: usize) -> Listed<T> {
    let next = (items.len() >= most).then(|| items.last().map(Placed::place)).flatten();
    Listed { items, next }
}
