//! Events: sent as CloudEvents, listed, shown with what they caused.

use std::sync::Arc;

use http::{Method, StatusCode};
use nave_engine::intake::{self, cloud_events};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{EventFilter, Filter, KeptEvent, Page};
use schemars::json_schema;

use crate::api::endpoint::{Endpoint, JSON};
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, time};
use crate::state::{State, TENANT};
use crate::trace;
use crate::view::{Accepted, AcceptedEvent, Event, EventDetail, EventOne, EventQuery, Listed, Run, part};

/// Runs that are shown with an event.
const RUNS: usize = 100;

/// Media types of events that are sent; anything else is the data of one in binary mode.
const SENT: &[&str] = &["application/cloudevents+json", "application/cloudevents-batch+json", JSON];

pub(super) fn group() -> Group {
    Group {
        name: "events",
        about: "What happened, as CloudEvents 1.0.",
        endpoints: vec![
            Endpoint::new(
                ("events.send", Method::POST, "/events"),
                "Accepts events: on disk when this answers.",
                send,
            )
            .more(
                "CloudEvents over HTTP: structured (`application/cloudevents+json`), batched \
                 (`application/cloudevents-batch+json`), or binary, where the attributes are `ce-…` headers and \
                 the body is the data. An event whose source and id were seen before is a duplicate: nothing \
                 else happens.",
            )
            .takes_any(SENT, |_| json_schema!({ "description": "One or several CloudEvents, or the data of one." }))
            .gives::<Accepted>(202)
            .faults(&[codes::EVENT_INVALID, codes::STORE_FULL, codes::STORE_FAILED]),
            Endpoint::new(
                ("events.list", Method::GET, "/events"),
                "Lists accepted events, the newest first.",
                list,
            )
            .query::<EventQuery>()
            .gives::<Listed<Event>>(200),
            Endpoint::new(
                ("events.show", Method::GET, "/events/{event}"),
                "Shows an event with its data and the runs it began.",
                show,
            )
            .query::<EventOne>()
            .gives::<EventDetail>(200)
            .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(
                ("events.body", Method::GET, "/events/{event}/body"),
                "Gives an event's body, byte for byte as it came.",
                body,
            )
            .query::<EventOne>()
            .gives_media("*/*")
            .faults(&[codes::RUN_UNKNOWN]),
        ],
    }
}

async fn send(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let headers = trace::headers(&request.headers, &request.trace);
    let mut events = cloud_events::parse(&headers, Vec::from(request.body), state.now_ms())?;
    for event in events.iter_mut().filter(|event| event.trace.is_none()) {
        event.trace = Some(request.trace.clone());
    }
    let names: Vec<(String, String)> =
        events.iter().map(|event| (event.id.clone(), event.source.clone())).collect();
    let appended = intake::accept(&state.engine, events).await?;
    let events = names.into_iter().zip(appended).map(|((id, source), place)| AcceptedEvent {
        id,
        source,
        place: format!("{}-{}", place.lane, place.position),
        duplicate: place.duplicate,
    });
    answer::json(StatusCode::ACCEPTED, &Accepted { events: events.collect() })
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: EventQuery = request.query()?;
    let most = time::part(query.limit)?;
    let filter = EventFilter {
        tenant: Some(TENANT.to_owned()),
        name: query.name,
        source: query.source,
        id: query.id,
        since_ms: time::moment("since", query.since.as_deref())?,
        until_ms: time::moment("until", query.until.as_deref())?,
    };
    let found = state.store().events(filter, Page { after: query.after, most }).await?;
    answer::ok(&part(found.iter().map(Event::from).collect(), most))
}

/// The newest event with the id.
async fn one(state: &State, request: &Request) -> Result<KeptEvent, Fault> {
    let id = request.parameter("event");
    let query: EventOne = request.query()?;
    let filter = EventFilter {
        tenant: Some(TENANT.to_owned()),
        id: Some(id.to_owned()),
        source: query.source,
        ..EventFilter::default()
    };
    let found = state.store().events(filter, Page { after: None, most: 1 }).await?;
    found.into_iter().next().ok_or_else(|| {
        Fault::new(codes::RUN_UNKNOWN, format!("there is no event `{id}`"))
            .with_hint("it was never accepted here, or is older than events are kept")
    })
}

async fn show(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let event = one(&state, &request).await?;
    let filter =
        Filter { tenant: Some(TENANT.to_owned()), cause: Some(event.event.id.clone()), ..Filter::default() };
    let runs = state.store().runs(filter, Page { after: None, most: RUNS }).await?;
    answer::ok(&EventDetail::new(&event, runs.into_iter().map(Run::from).collect()))
}

async fn body(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let event = one(&state, &request).await?.event;
    let bytes = match event.body {
        nave_model::Body::Inline(bytes) => bytes,
        nave_model::Body::Blob { sha256, .. } => state.store().blob(sha256).await?.ok_or_else(|| {
            Fault::new(codes::STORE_CORRUPT, format!("the body of the event `{}` is gone", event.id))
        })?,
    };
    let mut answer = answer::of(StatusCode::OK, "application/octet-stream", bytes);
    if let Ok(media) = http::HeaderValue::try_from(event.media) {
        answer.headers_mut().insert(http::header::CONTENT_TYPE, media);
    }
    // A page that was sent as an event must stay a file, even in a browser.
    let file = http::HeaderValue::from_static("attachment");
    answer.headers_mut().insert(http::header::CONTENT_DISPOSITION, file);
    Ok(answer)
}
