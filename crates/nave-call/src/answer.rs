//! What a call is asked for and what it gives back.

use std::time::Duration;

use indexmap::IndexMap;
use nave_connector::check::Repair;
use nave_model::Problem;
use nave_store::batch::Fence;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::admit::Priority;

/// One call, as its caller puts it.
#[derive(Debug, Clone)]
pub struct CallRequest {
    /// Name of the connection.
    pub connection: String,
    /// Name of the operation in the connection's connector.
    pub operation: String,
    /// Flat arguments: one JSON object.
    pub arguments: Value,
    /// Whose call it is: ledger and audit chain are kept for this tenant, and neither answers nor idempotency
    /// keys are shared with another. `None`: the ledger's own.
    pub tenant: Option<String>,
    /// Who calls.
    pub principal: Principal,
    /// How urgent it is.
    pub priority: Priority,
    /// The same key for the same intended effect: a second call with it gets the first one's answer.
    pub idempotency_key: Option<String>,
    /// Its id in the ledger, where its caller keeps the outcome: `run/task` of a flow. `None`: one is made,
    /// and the pipeline keeps the outcome itself.
    pub call_id: Option<String>,
    /// The lane that makes it; the intent is written only while it is still owned.
    pub fence: Option<Fence>,
    /// The run it belongs to.
    pub run: Option<String>,
    /// The trace it belongs to, as [`nave_model::trace`] keeps it. It goes on with a span for each attempt.
    pub trace: Option<String>,
    /// The most attempts, those the ledger counted before included. `None`: as time and budget allow.
    pub attempts: Option<u32>,
    /// The ledger may hold an intent of this call from earlier: what it says decides whether the call is
    /// sent, sent again with the same key, looked up, or left alone.
    pub perhaps_sent: bool,
    /// Once cancelled, what was not sent is not sent, and nothing is tried again.
    pub cancel: Option<CancellationToken>,
}

impl CallRequest {
    /// A person's call.
    pub fn new(connection: &str, operation: &str, arguments: Value) -> Self {
        CallRequest {
            connection: connection.to_owned(),
            operation: operation.to_owned(),
            arguments,
            tenant: None,
            principal: Principal::Person,
            priority: Priority::Person,
            idempotency_key: None,
            call_id: None,
            fence: None,
            run: None,
            trace: None,
            attempts: None,
            perhaps_sent: false,
            cancel: None,
        }
    }
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Principal {
    /// A person.
    Person,
    /// An AI agent or another program that decides for itself.
    Agent,
    /// A flow somebody wrote and checked.
    Flow,
}

impl Principal {
    /// The word for it, as ledger and audit keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Principal::Person => "person",
            Principal::Agent => "agent",
            Principal::Flow => "flow",
        }
    }
}

/// A good answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The decoded body; `null` where there was none.
    pub value: Value,
    /// Headers that are safe and useful to show, by their names in small letters.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, String>,
    /// What was changed in the arguments, without loss, before they were sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
    /// Where the answer differs from its description, and what the system announced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Problem>,
    /// How often it was sent. 0: answered from the cache or by an earlier call.
    pub attempts: u32,
    /// Whether it was remembered and not sent.
    pub from_cache: bool,
    /// Time from call to answer.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
}

impl Answer {
    /// An answer with nothing but a status and a value.
    pub(crate) fn new(status: u16, value: Value) -> Self {
        Answer {
            status,
            value,
            headers: IndexMap::new(),
            repairs: Vec::new(),
            findings: Vec::new(),
            attempts: 0,
            from_cache: false,
            elapsed: Duration::ZERO,
        }
    }
}

fn millis<S: serde::Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}
