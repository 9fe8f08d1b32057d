//! How an endpoint is doing, for people and alarms.

use std::sync::Mutex;

use nave_model::Fault;
use nave_model::endpoint::Endpoint;
use nave_store::record::{DeliveryFilter, DeliveryState, Page};
use serde::Serialize;

use crate::shared::{Shared, lock};

/// How an endpoint is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndpointHealth {
    /// Its name.
    pub endpoint: String,
    /// Where deliveries are sent.
    pub url: String,
    /// In a word.
    pub state: EndpointState,
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
    /// What the last attempt that failed came to: HTTP status, or a fault's code and message.
    pub last_failure: Option<String>,
}

/// How an endpoint is doing, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// The last attempt succeeded, or there was none.
    Healthy,
    /// The last attempt failed.
    Failing,
    /// It answered 410; nothing is sent until it is enabled.
    Gone,
    /// Its document says so.
    Disabled,
}

/// Where a sender tells how it is doing.
#[derive(Debug, Default)]
pub(super) struct Report(Mutex<Counted>);

#[derive(Debug, Default, Clone)]
struct Counted {
    under_way: u32,
    delivered: u64,
    failed_attempts: u64,
    given_up: u64,
    last_delivered_ms: Option<u64>,
    failing_since_ms: Option<u64>,
    last_failure: Option<String>,
}

impl Report {
    pub(super) fn under_way(&self, count: usize) {
        lock(&self.0).under_way = u32::try_from(count).unwrap_or(u32::MAX);
    }

    pub(super) fn delivered(&self, now_ms: u64) {
        let mut counted = lock(&self.0);
        counted.delivered += 1;
        counted.last_delivered_ms = Some(now_ms);
        counted.failing_since_ms = None;
        counted.last_failure = None;
    }

    pub(super) fn failed(&self, now_ms: u64, told: &str, is_given_up: bool) {
        let mut counted = lock(&self.0);
        counted.failed_attempts += 1;
        counted.given_up += u64::from(is_given_up);
        counted.failing_since_ms.get_or_insert(now_ms);
        counted.last_failure = Some(told.to_owned());
    }

    /// Nothing could be sent: no fault of the endpoint.
    pub(super) fn held(&self, now_ms: u64, fault: &Fault) {
        let mut counted = lock(&self.0);
        counted.failing_since_ms.get_or_insert(now_ms);
        counted.last_failure = Some(format!("{}: {}", fault.code, fault.message));
    }
}

/// How an endpoint is doing.
pub(super) async fn health(
    shared: &Shared,
    name: &str,
    endpoint: &Endpoint,
    report: Option<&Report>,
) -> Result<EndpointHealth, Fault> {
    let counted = report.map(|report| lock(&report.0).clone()).unwrap_or_default();
    let filter = DeliveryFilter {
        endpoint: Some(name.to_owned()),
        state: Some(DeliveryState::Waiting),
        ..DeliveryFilter::default()
    };
    let oldest = shared.store.deliveries(filter, Page { after: None, most: 1 }).await?;
    let state = match (endpoint.disabled, shared.is_silent(name), counted.failing_since_ms) {
        (true, _, _) => EndpointState::Disabled,
        (false, true, _) => EndpointState::Gone,
        (false, false, Some(_)) => EndpointState::Failing,
        (false, false, None) => EndpointState::Healthy,
    };
    Ok(EndpointHealth {
        endpoint: name.to_owned(),
        url: endpoint.url.clone(),
        state,
        under_way: counted.under_way,
        oldest_waiting_ms: oldest.first().map(|delivery| delivery.created_ms),
        delivered: counted.delivered,
        failed_attempts: counted.failed_attempts,
        given_up: counted.given_up,
        last_delivered_ms: counted.last_delivered_ms,
        failing_since_ms: counted.failing_since_ms,
        last_failure: counted.last_failure,
    })
}
