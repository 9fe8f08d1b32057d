//! Endpoints of outgoing webhooks as the API shows them, and what can be asked of them.

use nave_engine::deliveries::EndpointHealth;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::view::word;

/// How an endpoint of outgoing webhooks is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Where deliveries are sent.
    pub url: String,
    /// `healthy`, `failing`, `gone` (it answered 410), `disabled`.
    pub state: String,
    /// Deliveries under way right now.
    pub under_way: u32,
    /// When the oldest delivery that waits was made: milliseconds since 1970, UTC.
    pub oldest_waiting_ms: Option<u64>,
    /// Deliveries it took since the hub began.
    pub delivered: u64,
    /// Attempts that failed since the hub began.
    pub failed_attempts: u64,
    /// Deliveries that were given up since the hub began.
    pub given_up: u64,
    /// When it last took one.
    pub last_delivered_ms: Option<u64>,
    /// Since when no attempt has succeeded.
    pub failing_since_ms: Option<u64>,
    /// What the last attempt that failed came to.
    pub last_failure: Option<String>,
}

impl From<EndpointHealth> for Endpoint {
    fn from(health: EndpointHealth) -> Self {
        Endpoint {
            name: health.endpoint,
            url: health.url,
            state: word(health.state),
            under_way: health.under_way,
            oldest_waiting_ms: health.oldest_waiting_ms,
            delivered: health.delivered,
            failed_attempts: health.failed_attempts,
            given_up: health.given_up,
            last_delivered_ms: health.last_delivered_ms,
            failing_since_ms: health.failing_since_ms,
            last_failure: health.last_failure,
        }
    }
}

/// Which events are delivered again: those that were accepted in a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverAgain {
    /// Accepted at this time or later: RFC 3339, or milliseconds since 1970.
    pub since: String,
    /// Accepted before this time; left out: until now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// How many events are delivered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveredAgain {
    /// Deliveries that were put into the endpoint's queue.
    pub deliveries: u64,
}
