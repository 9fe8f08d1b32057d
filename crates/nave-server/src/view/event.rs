//! Events and dead letters as the API shows them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nave_model::Body;
use nave_store::batch::Message;
use nave_store::record::{DeadLetter, KeptEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Placed, Run, Why, trace_id, traceparent};

/// An event that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Its place in the store, for `after`.
    pub place: String,
    /// The sender's id, or one made by the hub.
    pub id: String,
    /// Who sent it.
    pub source: String,
    /// What happened: `crm.deal.stage_changed`.
    #[serde(rename = "type")]
    pub name: String,
    /// What it is about, where the sender says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened, where the sender says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// When it was accepted.
    pub received_ms: u64,
    /// The `traceparent` it came with or was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The id of that trace: what the log is searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Its extension attributes and its `dataschema`, where it came as a CloudEvent that had some.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, String>,
    /// Media type of its body.
    pub media: String,
    /// Bytes of its body.
    pub length: u64,
    /// Whose it is.
    pub tenant: String,
    /// Whether its lane has handled it.
    pub handled: bool,
}

/// An event with its data and what it caused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventDetail {
    /// The event.
    #[serde(flatten)]
    pub event: Event,
    /// Its body, where that is JSON and small enough to be kept with the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Its body in base64, where it is not JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_base64: Option<String>,
    /// SHA-256 of a large body, which is kept by itself: `GET /api/v1/blobs/{sha256}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_sha256: Option<String>,
    /// The runs it began, the newest first, 100 at most.
    pub runs: Vec<Run>,
}

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventQuery {
    /// Of this name.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// From this source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// With this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Accepted at this time or later: RFC 3339, or milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Accepted before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Behind this one: `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Which of the events with an id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventOne {
    /// From this source, where several senders use the same ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What became of events that were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// Each event, in the order they were sent. All of them are on disk.
    pub events: Vec<AcceptedEvent>,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcceptedEvent {
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// Its place in the store.
    pub place: String,
    /// Whether it was there before; then nothing else happens.
    pub duplicate: bool,
}

/// A message that could not be handled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dead {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// The flow that could not handle it, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// Why.
    pub why: Why,
    /// What helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// When it was given up.
    pub at_ms: u64,
    /// What it is: `event`, `start`, `told`.
    pub kind: String,
    /// The event's id and name, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<(String, String)>,
    /// The message: of an event its attributes and data, else what the engine was to do.
    pub message: Value,
}

/// Which dead letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadQuery {
    /// Behind this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Which dead letters are put back: those named, or those that fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Revive {
    /// These.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Those of this flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// Those with this fault's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many at most: 1 to 10000. Default 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

impl From<&KeptEvent> for Event {
    fn from(kept: &KeptEvent) -> Self {
        let event = &kept.event;
        Event {
            place: kept.place.clone(),
            id: event.id.clone(),
            source: event.source.clone(),
            name: event.name.clone(),
            subject: event.subject.clone(),
            time_ms: event.time_ms,
            received_ms: event.received_ms,
            trace: traceparent(event.trace.as_deref()),
            trace_id: trace_id(event.trace.as_deref()),
            extensions: event.extensions.clone(),
            media: event.media.clone(),
            length: match &event.body {
                Body::Inline(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                Body::Blob { length, .. } => *length,
            },
            tenant: kept.tenant.clone(),
            handled: kept.consumed,
        }
    }
}

impl EventDetail {
    pub(crate) fn new(kept: &KeptEvent, runs: Vec<Run>) -> Self {
        let (data, data_base64, data_sha256) = body(&kept.event.body);
        EventDetail { event: Event::from(kept), data, data_base64, data_sha256, runs }
    }
}

/// A body as JSON, else in base64, else by its hash.
fn body(body: &Body) -> (Option<Value>, Option<String>, Option<String>) {
    match body {
        Body::Inline(bytes) => match serde_json::from_slice(bytes) {
            Ok(value) => (Some(value), None, None),
            Err(_) => (None, Some(STANDARD.encode(bytes)), None),
        },
        Body::Blob { sha256, .. } => (None, None, Some(sha256.clone())),
    }
}

impl From<DeadLetter> for Dead {
    fn from(letter: DeadLetter) -> Self {
        let (code, message, hint) = letter.reason;
        let (kind, event, shown) = match &letter.message {
            Message::Event(event) => {
                let (data, data_base64, data_sha256) = body(&event.body);
                let shown = serde_json::json!({
                    "id": event.id, "source": event.source, "type": event.name, "subject": event.subject,
                    "media": event.media, "data": data, "data_base64": data_base64,
                    "data_sha256": data_sha256,
                });
                ("event", Some((event.id.clone(), event.name.clone())), shown)
            }
            Message::Start(bytes) => ("start", None, json(bytes)),
            Message::Told { run, what } => {
                ("told", None, serde_json::json!({ "run": run, "what": json(what) }))
            }
        };
        Dead {
            id: letter.id,
            tenant: letter.tenant,
            flow: letter.flow,
            why: Why { code, message },
            hint,
            at_ms: letter.at_ms,
            kind: kind.to_owned(),
            event,
            message: shown,
        }
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(STANDARD.encode(bytes)))
}

impl Placed for Event {
    fn place(&self) -> String {
        self.place.clone()
    }
}

impl Placed for Dead {
    fn place(&self) -> String {
        self.id.clone()
    }
}
