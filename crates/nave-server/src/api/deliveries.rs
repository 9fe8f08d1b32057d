//! Deliveries: outgoing webhooks and how far each is, and the endpoints they go to.

use std::sync::Arc;

use http::{Method, StatusCode};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{DeliveryFilter, Page};

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, time};
use crate::state::{State, TENANT};
use crate::view::{self, DeliverAgain, DeliveredAgain, Delivery, DeliveryQuery, Listed, part};

pub(super) fn group() -> Group {
    Group {
        name: "deliveries",
        about: "Outgoing webhooks.",
        endpoints: vec![
            Endpoint::new(
                ("deliveries.list", Method::GET, "/deliveries"),
                "Lists deliveries, the oldest first.",
                list,
            )
            .query::<DeliveryQuery>()
            .gives::<Listed<Delivery>>(200)
            .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(
                ("endpoints.list", Method::GET, "/endpoints"),
                "Lists the endpoints of outgoing webhooks with how each is doing.",
                endpoints,
            )
            .gives::<Listed<view::Endpoint>>(200),
            Endpoint::new(
                ("endpoints.enable", Method::POST, "/endpoints/{endpoint}/enable"),
                "Delivers again to an endpoint that answered that it is gone.",
                enable,
            )
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(
                ("endpoints.replay", Method::POST, "/endpoints/{endpoint}/replay"),
                "Delivers again what was accepted in a time, with the ids it had.",
                replay,
            )
            .takes::<DeliverAgain>()
            .gives::<DeliveredAgain>(202)
            .faults(&[codes::RUN_UNKNOWN]),
        ],
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: DeliveryQuery = request.query()?;
    let most = time::part(query.limit)?;
    let endpoint = query.endpoint.clone();
    let filter = DeliveryFilter {
        tenant: Some(TENANT.to_owned()),
        endpoint: query.endpoint,
        state: query.state.map(Into::into),
        due_ms: None,
        since_ms: time::moment("since", query.since.as_deref())?,
        until_ms: time::moment("until", query.until.as_deref())?,
    };
    let found = state.store().deliveries(filter, Page { after: query.after, most }).await?;
    if let Some(name) = endpoint.filter(|_| found.is_empty()) {
        state.deliveries.endpoint(&name)?;
    }
    answer::ok(&part(found.into_iter().map(Delivery::from).collect(), most))
}

async fn endpoints(state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    let items = state.deliveries.health().await?.into_iter().map(view::Endpoint::from).collect();
    answer::ok(&Listed { items, next: None })
}

async fn enable(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let endpoint = request.parameter("endpoint");
    state.deliveries.enable(endpoint).await?;
    state.audit(&request.by, "endpoint.enabled", endpoint).await?;
    Ok(answer::done())
}

async fn replay(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let asked: DeliverAgain = request.json()?;
    let since_ms = time::moment("since", Some(&asked.since))?.unwrap_or_default();
    let until_ms = time::moment("until", asked.until.as_deref())?.unwrap_or_else(|| state.now_ms());
    if since_ms >= until_ms {
        return Err(Fault::new(codes::ARGUMENT_VALUE, "`since` is not before `until`"));
    }
    let endpoint = request.parameter("endpoint");
    let deliveries = state.deliveries.replay(endpoint, since_ms, until_ms).await?;
    state.audit(&request.by, "endpoint.replayed", endpoint).await?;
    answer::json(StatusCode::ACCEPTED, &DeliveredAgain { deliveries })
}
