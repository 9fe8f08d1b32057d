//! Connections with what is held back at them, and deliveries to endpoints, as the API shows them.

use nave_store::record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Placed, Why};

/// A connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Its connector.
    pub connector: String,
    /// Where its system is, where the connection says so; in `nave dev`, where its sandbox is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether a sandbox stands in for its system.
    pub sandbox: bool,
    /// What agents may do: `none`, `read`, `write`.
    pub agents: String,
    /// Whether calls go to the system, or are held back because it failed.
    #[serde(default)]
    pub breaker: Breaker,
    /// When a call will find out whether the system works again, while the breaker is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker_until_ms: Option<u64>,
    /// Calls that are held back.
    pub parked: u64,
    /// Since when the oldest of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked_since_ms: Option<u64>,
}

/// How the breaker of a connection stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Breaker {
    /// Calls go.
    #[default]
    Closed,
    /// Calls are held back: the system failed too often.
    Open,
    /// One call finds out whether the system works again.
    HalfOpen,
}

/// A connection with the calls that are held back at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionDetail {
    /// The connection.
    #[serde(flatten)]
    pub connection: Connection,
    /// Calls that are held back, the oldest first, 100 at most.
    pub held: Vec<Parked>,
    /// How many operations its connector has.
    pub operations: usize,
}

/// A call that is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parked {
    /// The call's id: `run/task`.
    pub id: String,
    /// Which operation.
    pub operation: String,
    /// Which run.
    pub run: String,
    /// The task in it.
    pub task: String,
    /// Why.
    pub why: Why,
    /// Since when.
    pub since_ms: u64,
    /// How often it was tried.
    pub attempts: u32,
}

/// An outgoing webhook for one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// The endpoint.
    pub endpoint: String,
    /// The event's id.
    pub event: String,
    /// The event's name.
    #[serde(rename = "type")]
    pub name: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was made.
    pub created_ms: u64,
    /// When it is to be sent next, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_ms: Option<u64>,
    /// What the endpoint answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// The endpoint has it.
    Delivered,
    /// It was given up.
    Failed,
}

/// Which deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryQuery {
    /// To this endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// In this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<DeliveryState>,
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

impl From<record::Parked> for Parked {
    fn from(parked: record::Parked) -> Self {
        Parked {
            id: parked.id,
            operation: parked.operation,
            run: parked.run,
            task: parked.task,
            why: parked.reason.into(),
            since_ms: parked.since_ms,
            attempts: parked.attempts,
        }
    }
}

impl From<record::Delivery> for Delivery {
    fn from(delivery: record::Delivery) -> Self {
        let state = delivery.state.into();
        Delivery {
            id: delivery.id,
            tenant: delivery.tenant,
            endpoint: delivery.endpoint,
            event: delivery.event.id,
            name: delivery.event.name,
            state,
            attempts: delivery.attempts,
            created_ms: delivery.created_ms,
            next_ms: (state == DeliveryState::Waiting).then_some(delivery.next_ms),
            last: delivery.last,
        }
    }
}

impl From<record::DeliveryState> for DeliveryState {
    fn from(state: record::DeliveryState) -> Self {
        match state {
            record::DeliveryState::Waiting => DeliveryState::Waiting,
            record::DeliveryState::Delivered => DeliveryState::Delivered,
            record::DeliveryState::Failed => DeliveryState::Failed,
        }
    }
}

impl From<DeliveryState> for record::DeliveryState {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Waiting => record::DeliveryState::Waiting,
            DeliveryState::Delivered => record::DeliveryState::Delivered,
            DeliveryState::Failed => record::DeliveryState::Failed,
        }
    }
}

impl Placed for Delivery {
    fn place(&self) -> String {
        self.id.clone()
    }
}

/// The word a document has for a setting: `read`, `write`.
pub(crate) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
