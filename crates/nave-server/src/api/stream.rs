//! What happens, as it happens: server-sent events (WHATWG HTML section 9.2). A stream that is cut can go
//! on behind the last event it saw, as long as the hub remembers it; what happened in between and is
//! forgotten by then stands in the lists.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::Method;
use nave_model::Fault;
use nave_model::fault::codes;

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, flows};
use crate::feed::{Reader, Wanted};
use crate::state::State;
use crate::view::StreamQuery;

/// The media type of server-sent events.
const MEDIA: &str = "text/event-stream";
/// A sign of life goes out when nothing else did for this long, so that proxies keep the stream open.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) fn group() -> Group {
    Group {
        name: "stream",
        about: "What happens, as it happens.",
        endpoints: vec![
            Endpoint::new(
                ("stream.open", Method::GET, "/stream"),
                "Streams what happens, as server-sent events.",
                open,
            )
            .more(
                "Each event has a kind (`event`, `run`, `step`, `parked`, `delivery`, `batch`, `mail`), a number as its id and \
                 JSON as its data. With `Last-Event-ID` the stream goes on behind that number, as far as the \
                 hub remembers; an event of kind `gap` says that something in between was forgotten. A comment \
                 every 15 seconds is a sign of life.",
            )
            .query::<StreamQuery>()
            .gives_media(MEDIA)
            .faults(&[codes::FLOW_NAME]),
        ],
    }
}

async fn open(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query = request.query::<StreamQuery>()?;
    flows::meant(&state.engine.flows(), query.flow.as_deref())?;
    let wanted = Wanted::of(query)?;
    let last = match request.headers.get("last-event-id").map(http::HeaderValue::to_str) {
        None => None,
        Some(Ok(text)) => Some(text.parse().map_err(|_| not_a_number())?),
        Some(Err(_)) => return Err(not_a_number()),
    };
    let reader = state.feed.reader(wanted, last);
    Ok(answer::stream(MEDIA, bits(state, reader)))
}

fn not_a_number() -> Fault {
    Fault::new(codes::ARGUMENT_VALUE, "`Last-Event-ID` is not a number this hub gave")
}

/// The stream: a first comment, so that the reader knows it is open; then what comes, or signs of life;
/// the end with the hub.
fn bits(state: Arc<State>, reader: Reader) -> impl Stream<Item = Bytes> + Send {
    futures_util::stream::unfold((state, reader, true), |(state, mut reader, first)| async move {
        if first {
            return Some((Bytes::from_static(b": open\n\n"), (state, reader, false)));
        }
        let bit = tokio::select! {
            biased;
            next = reader.next() => next?,
            () = state.stopped() => return None,
            () = state.clock.sleep(HEARTBEAT) => Bytes::from_static(b": still here\n\n"),
        };
        Some((bit, (state, reader, false)))
    })
}
