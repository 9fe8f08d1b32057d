//! Deliveries: outgoing webhooks and how far each is.

use std::sync::Arc;

use http::Method;
use nave_model::Fault;
use nave_store::record::{DeliveryFilter, Page};

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, time};
use crate::state::{State, TENANT};
use crate::view::{Delivery, DeliveryQuery, Listed, part};

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
            .gives::<Listed<Delivery>>(200),
        ],
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: DeliveryQuery = request.query()?;
    let most = time::part(query.limit)?;
    let filter = DeliveryFilter {
        tenant: Some(TENANT.to_owned()),
        endpoint: query.endpoint,
        state: query.state.map(Into::into),
        due_ms: None,
        since_ms: time::moment("since", query.since.as_deref())?,
        until_ms: time::moment("until", query.until.as_deref())?,
    };
    let found = state.store().deliveries(filter, Page { after: query.after, most }).await?;
    answer::ok(&part(found.into_iter().map(Delivery::from).collect(), most))
}
