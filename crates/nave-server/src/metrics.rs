//! `GET /metrics`: Prometheus text (OpenMetrics 1.0). What is counted here is what passes the socket; what
//! the store, the engine and the process say of themselves is asked when the page is. `docs/metrics.md`
//! lists every name; a test keeps that list and the page equal.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use nave_model::Fault;
use nave_model::fault::codes;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::api::{Answer, answer};
use crate::http::Front;
use crate::state::State;

mod figures;
mod process;

/// What the page is.
const MEDIA: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Where a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Route {
    Webhook,
    Api,
    Health,
    Metrics,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: Route,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: Route,
}

/// What passes the socket.
pub(crate) struct HttpMetrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
}

/// Bounds in seconds: an acknowledgement takes milliseconds, a backup minutes.
fn histogram() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0])
}

impl HttpMetrics {
    /// Nothing was counted yet.
    pub(crate) fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("nave");
        let requests = Family::<Labels, Counter>::default();
        registry.register(
            "http_requests",
            "Requests by where they went and how they were answered",
            requests.clone(),
        );
        let seconds = Family::<OfRoute, Histogram, fn() -> Histogram>::new_with_constructor(histogram);
        let help = "How long requests took, from their head to the head of the answer";
        registry.register_with_unit("http_request", help, Unit::Seconds, seconds.clone());
        Arc::new(HttpMetrics { registry, requests, seconds })
    }

    /// Counts a request.
    pub(crate) fn count(&self, route: Route, status: u16, took: Duration) {
        self.requests.get_or_create(&Labels { route, status }).inc();
        self.seconds.get_or_create(&OfRoute { route }).observe(took.as_secs_f64());
    }
}

/// The page.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn answer(front: &Front, state: &State) -> Result<Answer, Fault> {
    let mut page = String::new();
    let mut asked = figures::hub(state);
    asked.extend(state.engine.figures().await?);
    asked.extend(figures::endpoints(&state.deliveries.health().await?, state.now_ms()));
    asked.extend(figures::sources(&state.sources.health().await));
    asked.extend(figures::room(&state.places.store));
    asked.extend(process::figures());
    let written = encode_registry(&mut page, &front.metrics.registry)
        .and_then(|()| figures::write(&mut page, &asked))
        .and_then(|()| encode_eof(&mut page));
    written.map_err(|error| {
        Fault::new(codes::INTERNAL, "the metrics cannot be written").with_detail(error.to_string())
    })?;
    Ok(answer::of(StatusCode::OK, MEDIA, page))
}
