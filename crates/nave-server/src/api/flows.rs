//! Flows, as new runs begin with them.

use std::sync::Arc;

use http::Method;
use nave_engine::FlowSet;
use nave_engine::project::Runnable;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer};
use crate::state::{State, TENANT};
use crate::view::{Flow, FlowDetail, Listed, Source};

pub(super) fn group() -> Group {
    Group {
        name: "flows",
        about: "What the project says shall happen. A name holds `/`: write it as `%2F` in a path.",
        endpoints: vec![
            Endpoint::new(("flows.list", Method::GET, "/flows"), "Lists the flows that run.", list)
                .gives::<Listed<Flow>>(200),
            Endpoint::new(
                ("flows.show", Method::GET, "/flows/{flow}"),
                "Shows a flow with its document.",
                show,
            )
            .gives::<FlowDetail>(200)
            .faults(&[codes::FLOW_NAME]),
            Endpoint::new(
                ("sources.list", Method::GET, "/sources"),
                "Lists schedules and polls with how each is doing.",
                sources,
            )
            .gives::<Listed<Source>>(200),
        ],
    }
}

async fn list(state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    let items = state.engine.flows().flows.values().map(Flow::from).collect();
    answer::ok(&Listed { items, next: None })
}

/// A flow by its name.
///
/// # Errors
/// `E-FLOW-NAME`, with the nearest names.
pub(super) fn one<'a>(flows: &'a FlowSet, name: &str) -> Result<&'a Runnable, Fault> {
    flows.flows.get(name).ok_or_else(|| {
        let fault = Fault::new(codes::FLOW_NAME, format!("there is no flow `{name}`"));
        match did_you_mean(name, flows.flows.keys().map(String::as_str)) {
            Some(hint) => fault.with_hint(hint),
            None => fault.with_hint("`nave check` says what is wrong with a flow that is missing here"),
        }
    })
}

/// A name that nothing was found by: of a flow there is, or a mistake.
///
/// # Errors
/// `E-FLOW-NAME`, with the nearest names.
pub(super) fn meant(flows: &FlowSet, name: Option<&str>) -> Result<(), Fault> {
    name.map_or(Ok(()), |name| one(flows, name).map(drop))
}

async fn show(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let (name, flows) = (request.parameter("flow"), state.engine.flows());
    let runnable = one(&flows, name)?;
    let under_way = state.store().under_way(TENANT.to_owned(), name.to_owned(), None).await?;
    answer::ok(&FlowDetail { flow: Flow::from(runnable), under_way, text: runnable.definition.text.clone() })
}

async fn sources(state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    let items = state.sources.health().await.into_iter().map(Source::from).collect();
    answer::ok(&Listed { items, next: None })
}
