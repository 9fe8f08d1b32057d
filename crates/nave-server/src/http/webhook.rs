//! Webhooks in: `/webhooks/{connection}` and `/hooks/{path}`. The raw request is handed on as it came; what
//! it proves, holds and is answered is the engine's.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use nave_engine::intake::{self, Hook, HookAnswer, Target};
use nave_model::Fault;
use nave_model::fault::codes;

use crate::api::{Answer, Payload};
use crate::http::{Front, body, busy, guard};
use crate::state::Stage;
use crate::trace;

/// Which webhook a path is that of, if it is one.
///
/// # Errors
/// The path is not UTF-8.
pub(super) fn target(path: &str) -> Option<Result<Target, Fault>> {
    let decoded = |part: &str| match percent_encoding::percent_decode_str(part).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(Fault::new(codes::ENDPOINT_UNKNOWN, "the path is not UTF-8")),
    };
    if let Some(connection) = path.strip_prefix("/webhooks/") {
        return Some(decoded(connection).map(Target::Connection));
    }
    path.strip_prefix("/hooks/").map(|path| decoded(path).map(Target::Path))
}

/// Hands a webhook on and answers what comes back.
///
/// # Errors
/// The hub is starting or stopping, or the body is too large or broke off: nothing was accepted.
pub(super) async fn answer(
    front: &Arc<Front>,
    target: Target,
    request: Request<Incoming>,
    kept: &str,
) -> Result<Answer, Fault> {
    let stage = front.stage.borrow().clone();
    let Some(state) = front.state.get().filter(|_| stage == Stage::Ready) else {
        return Err(busy(&stage));
    };
    let (parts, incoming) = request.into_parts();
    let hooks = state.hooks();
    let body = body::read(incoming, hooks.most_bytes, &*front.clock).await?;
    // Said only where a token was sent: whoever guesses learns nothing from how long it takes.
    let has_token =
        parts.headers.contains_key(header::AUTHORIZATION) && guard::token(state, &parts.headers).is_ok();
    let hook = Hook {
        target,
        method: parts.method.as_str().to_owned(),
        uri: address(&parts.uri, &parts.headers),
        // The event carries on with the trace of the request.
        headers: trace::headers(&parts.headers, kept),
        body: Vec::from(body),
        now_ms: state.now_ms(),
        has_token,
    };
    Ok(answered(intake::receive(&state.engine, &hooks, hook).await, &parts.method))
}

/// The whole address as it was asked for.
fn address(uri: &http::Uri, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    format!("http://{host}{path}")
}

fn answered(given: HookAnswer, method: &Method) -> Answer {
    let body = if *method == Method::HEAD { Bytes::new() } else { Bytes::from(given.body) };
    let mut answer = http::Response::new(Payload::whole(body));
    *answer.status_mut() = StatusCode::from_u16(given.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in given.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}
