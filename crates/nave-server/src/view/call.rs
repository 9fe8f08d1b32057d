//! Calls of the ledger as the API shows them, and how a person settles one.

use nave_store::record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Placed, Why, trace_id, traceparent};

/// A call that could have an effect, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Its id: of a flow's call, `run/task`.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// Through which connection.
    pub connection: String,
    /// Which operation.
    pub operation: String,
    /// Its effect: `write` or `destructive`.
    pub effect: String,
    /// SHA-256 of the arguments, in hex.
    pub digest: String,
    /// The idempotency key, where the system takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who called: `flow`, `agent:…`, `person:…`.
    pub principal: String,
    /// The run it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The `traceparent` it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The id of that trace: what the log is searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The arguments; never a credential.
    pub arguments: Value,
    /// When it was first about to be sent.
    pub intended_ms: u64,
    /// How often it was about to be sent.
    pub attempts: u32,
    /// How far it is.
    pub state: CallState,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Conclusion>,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallState {
    /// It was about to be sent, and nothing else is known yet.
    Intended,
    /// It was done.
    Done,
    /// It was provably not done.
    NotDone,
    /// Nobody knows: a person has to look and settle it.
    Unknown,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conclusion {
    /// The fault, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// What whoever settled it said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Who or what said so: `answer`, `key`, `read-back`, `person:…`, `recovery`.
    pub by: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
}

/// Which calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CallQuery {
    /// Through this connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// In this state; `unknown`: those a person has to settle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<CallState>,
    /// Of this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Intended at this time or later: RFC 3339, or milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Behind this one: `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What a person found out about a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// Whether it was done.
    pub outcome: SettleOutcome,
    /// What the system answered or would have answered; the step's result. Of `done` only.
    #[serde(default)]
    pub result: Value,
    /// Why it was not done. Of `not-done` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Whether a call was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettleOutcome {
    /// It was.
    Done,
    /// It was not.
    NotDone,
}

impl From<record::Call> for Call {
    fn from(call: record::Call) -> Self {
        let at_ms = call.concluded_ms;
        let conclusion = call.conclusion.map(|ended| Conclusion {
            message: ended.message.clone().filter(|_| ended.code.is_none()),
            why: ended.code.map(|code| Why { code, message: ended.message.unwrap_or_default() }),
            status: ended.status,
            by: ended.by,
            at_ms,
        });
        let intent = call.intent;
        Call {
            id: intent.id,
            tenant: intent.tenant,
            connection: intent.connection,
            operation: intent.operation,
            effect: intent.effect,
            digest: intent.digest,
            key: intent.key,
            principal: intent.principal,
            run: intent.run,
            trace: traceparent(intent.trace.as_deref()),
            trace_id: trace_id(intent.trace.as_deref()),
            arguments: serde_json::from_slice(&intent.arguments).unwrap_or_default(),
            intended_ms: call.intended_ms,
            attempts: call.attempts,
            state: call.state.into(),
            conclusion,
        }
    }
}

impl From<record::CallState> for CallState {
    fn from(state: record::CallState) -> Self {
        match state {
            record::CallState::Intended => CallState::Intended,
            record::CallState::Done => CallState::Done,
            record::CallState::NotDone => CallState::NotDone,
            record::CallState::Unknown => CallState::Unknown,
        }
    }
}

impl From<CallState> for record::CallState {
    fn from(state: CallState) -> Self {
        match state {
            CallState::Intended => record::CallState::Intended,
            CallState::Done => record::CallState::Done,
            CallState::NotDone => record::CallState::NotDone,
            CallState::Unknown => record::CallState::Unknown,
        }
    }
}

impl Placed for Call {
    fn place(&self) -> String {
        self.id.clone()
    }
}
