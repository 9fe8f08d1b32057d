//! What the engine writes in its own form: lines of journals, starts of flows, snapshots. All of it is JSON,
//! read back by versions to come: members may be added, never renamed.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_flow::decide::{Happened, Outcome, Start};
use nave_model::fault::codes;
use nave_model::{Event, Fault};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line of a run's journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Line {
    /// The run was made.
    Start {
        /// What `nave_flow::decide::start` is told.
        start: Start,
        /// Whether it waits for its turn first.
        #[serde(default, skip_serializing_if = "is_false")]
        queued: bool,
        /// Of a replay: what is put behind the idempotency key of a task, because what the key stands for
        /// at the system failed or was undone.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        keys: BTreeMap<String, String>,
        /// Of a replay that waits for its turn: what it is told as soon as it has begun.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        told: Vec<Happened>,
        /// Runs that were started with it, by the run's names for them.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        children: BTreeMap<String, String>,
    },
    /// Its turn came.
    Begun {
        /// As for `Start`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        children: BTreeMap<String, String>,
    },
    /// It was told something.
    Told {
        /// What.
        what: Happened,
        /// As for `Start`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        children: BTreeMap<String, String>,
    },
    /// One of its calls is held back.
    Parked {
        /// Which.
        task: String,
        /// Since when.
        since_ms: u64,
        /// Why: a fault's code and message.
        reason: (String, String),
    },
    /// It goes on by another definition.
    Moved {
        /// Its hash.
        definition: String,
        /// Who moved it.
        by: String,
    },
    /// It ended before its turn came.
    Dropped {
        /// How.
        outcome: Outcome,
    },
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What a lane is told to start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Startup {
    /// A run.
    Run(Box<Starting>),
    /// An event, for one flow alone: a dead letter that was put back.
    Offer {
        /// The flow.
        flow: String,
        /// The event.
        event: Event,
    },
    /// One of several items that a flow takes together.
    Item {
        /// The flow.
        flow: String,
        /// The item.
        item: Grouped,
    },
    /// A flow, with what was grouped for it.
    Group {
        /// The flow.
        flow: String,
        /// The items.
        together: Vec<Grouped>,
    },
}

/// One of several items that one run takes together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grouped {
    /// Its data.
    pub(crate) data: Arc<Value>,
    /// What it came from: an event's id.
    pub(crate) cause: String,
    /// Its trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<String>,
}

/// A run to be started. Its condition was looked at, and its lane is that of its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Starting {
    /// Its id.
    pub(crate) run: String,
    /// Its flow; the version is the one that is loaded when it is made.
    pub(crate) flow: String,
    /// Its data.
    pub(crate) data: Arc<Value>,
    /// What began it.
    pub(crate) cause: String,
    /// Who waits for its end: a run, and its name for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<(String, String)>,
    /// Its ordering key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// Its trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<String>,
    /// Of which run it is a replay, and with what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replay: Option<Box<Replay>>,
}

/// What a replay takes from the run before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replay {
    /// The run before.
    pub(crate) of: String,
    /// The run that idempotency keys are made of.
    pub(crate) base: String,
    /// What is put behind the keys of tasks.
    pub(crate) keys: BTreeMap<String, String>,
    /// What the new run is told at once: the results it keeps.
    pub(crate) told: Vec<Happened>,
}

/// As bytes.
pub(crate) fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| {
        Fault::new(codes::INTERNAL, "something cannot be written as JSON").with_detail(error.to_string())
    })
}

/// From bytes of a journal, message or snapshot.
pub(crate) fn from_bytes<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("{what} is not in a form that this version reads");
        Fault::new(codes::STORE_CORRUPT, message).with_detail(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(written: &Value) {
        let line: Line = from_bytes("a line", written.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&line).unwrap(), *written);
    }

    #[test]
    fn journals_of_today_are_read_for_ever() {
        check(&json!({"start": {"start": {
            "run": "a", "at_ms": 5, "data": {"price": 1.10}, "limits": {"rounds": 1, "steps": 2},
        }}}));
        check(&json!({"begun": {"children": {"child": "b"}}}));
        check(&json!({"told": {"what": {"timer-fired": {"timer": "wait:a"}}}}));
        check(&json!({"told": {"what": {"call-ended": {
            "task": "pay", "outcome": {"done": {"result": {"id": 1}}},
        }}}}));
        check(&json!({"parked": {"task": "pay", "since_ms": 1, "reason": ["E-UNREACHABLE", "away"]}}));
        check(&json!({"moved": {"definition": "abc", "by": "ann"}}));
        check(&json!({"dropped": {"outcome": {"completed": {"output": null}}}}));
    }

    #[test]
    fn what_is_not_a_line_is_a_fault() {
        assert_eq!(from_bytes::<Line>("a line", b"{}").unwrap_err().code, codes::STORE_CORRUPT);
    }
}
