//! Where a request goes. Webhooks first: they are many, and nothing else is asked of them here.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use crate::api::endpoint::Endpoint;
use crate::api::request;
use crate::api::{Answer, PREFIX, answer, groups};
use crate::http::{Front, Routed, body, busy, failed, guard, head, open, webhook};
use crate::metrics::{self, Route};
use crate::state::{Stage, State};

/// Answers a request.
pub(super) async fn answer(front: &Arc<Front>, request: Request<Incoming>, trace: &str) -> Routed {
    let method = request.method().clone();
    let (route, answered) = routed(front, request, trace).await;
    (route, head(&method, answered.unwrap_or_else(|fault| failed(&fault, trace))))
}

async fn routed(
    front: &Arc<Front>,
    request: Request<Incoming>,
    trace: &str,
) -> (Route, Result<Answer, Fault>) {
    if let Some(target) = webhook::target(request.uri().path()) {
        let answered = match target {
            Ok(target) => webhook::answer(front, target, request, trace).await,
            Err(fault) => Err(fault),
        };
        return (Route::Webhook, answered);
    }
    if let Err(fault) = guard::host(request.uri(), request.headers()) {
        return (Route::Other, Err(fault));
    }
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    match path {
        "/healthz" if reading => return (Route::Health, Ok(open::health())),
        "/readyz" if reading => return (Route::Health, Ok(open::ready(front))),
        _ => {}
    }
    if let Some(found) = path.strip_prefix("/faults/").filter(|_| reading).and_then(open::fault) {
        return (Route::Other, Ok(found));
    }
    let Some(state) = front.state.get() else {
        return (Route::Other, Err(busy(&front.stage.borrow())));
    };
    if path == "/metrics" && reading {
        let answered = match guard::token(state, request.headers()) {
            Ok(()) => metrics::answer(front, state).await,
            Err(fault) => Err(fault),
        };
        return (Route::Metrics, answered);
    }
    if path.starts_with(PREFIX) {
        return (Route::Api, api(front, state, request, trace).await);
    }
    let fault = Fault::new(codes::ENDPOINT_UNKNOWN, format!("nothing is at `{path}`"));
    (Route::Other, Err(fault.with_hint(format!("the API is below `{PREFIX}`"))))
}

/// A request below the API's prefix.
async fn api(
    front: &Front,
    state: &Arc<State>,
    request: Request<Incoming>,
    trace: &str,
) -> Result<Answer, Fault> {
    guard::token(state, request.headers())?;
    let by = guard::person(request.headers())?;
    let path = request.uri().path().to_owned();
    let below = path.strip_prefix(PREFIX).unwrap_or_default();
    let (endpoint, values) = match found(request.method(), below) {
        Found::Endpoint(endpoint, values) => (endpoint, values),
        Found::Methods(methods) => return Ok(not_allowed(&methods)),
        Found::Nothing => return Err(unknown(&path)),
    };
    if *front.stage.borrow() == Stage::Stopped {
        return Err(busy(&Stage::Stopped));
    }
    let parameters = decoded(values)?;
    let (parts, incoming) = request.into_parts();
    plain(&parts.headers)?;
    let streamed = endpoint.body.as_ref().is_some_and(|body| body.streamed);
    let (body, stream) = match streamed {
        true => (bytes::Bytes::new(), Some(incoming)),
        false => (body::read(incoming, state.config.bodies.request, &*front.clock).await?, None),
    };
    if !body.is_empty() && endpoint.body.is_none() {
        return Err(Fault::new(codes::ARGUMENT_SHAPE, "this endpoint takes no body"));
    }
    let query = parts.uri.query().unwrap_or_default().to_owned();
    if !query.is_empty() && endpoint.query.is_none() {
        return Err(Fault::new(codes::ARGUMENT_UNKNOWN, "this endpoint takes no query"));
    }
    let (headers, trace) = (parts.headers, trace.to_owned());
    let request = request::Request { parameters, query, headers, body, stream, by, trace };
    endpoint.answer(Arc::clone(state), request).await
}

/// Refuses a body that is compressed on the way: its bytes are not what its type says.
fn plain(headers: &http::HeaderMap) -> Result<(), Fault> {
    let encoded = headers.get(header::CONTENT_ENCODING).filter(|value| *value != "identity");
    let Some(encoding) = encoded else { return Ok(()) };
    let encoding = encoding.to_str().unwrap_or_default();
    let message = format!("a body with the content encoding `{encoding}` is not taken");
    Err(Fault::new(codes::ARGUMENT_SHAPE, message).with_hint("send it as it is"))
}

/// What is at a path.
enum Found<'a> {
    Endpoint(&'static Endpoint, Vec<(&'static str, &'a str)>),
    Methods(Vec<&'static Method>),
    Nothing,
}

fn found<'a>(method: &Method, path: &'a str) -> Found<'a> {
    // HEAD is answered as GET is (RFC 9110 section 9.3.2).
    let wanted = if *method == Method::HEAD { &Method::GET } else { method };
    let mut methods = Vec::new();
    for endpoint in groups().iter().flat_map(|group| &group.endpoints) {
        let Some(values) = endpoint.fits(path) else { continue };
        if endpoint.method == *wanted {
            return Found::Endpoint(endpoint, values);
        }
        methods.push(&endpoint.method);
    }
    if methods.is_empty() { Found::Nothing } else { Found::Methods(methods) }
}

fn not_allowed(methods: &[&'static Method]) -> Answer {
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    let names = names.join(", ");
    let fault = Fault::new(codes::ENDPOINT_UNKNOWN, "this path is there, and not with this method")
        .with_hint(format!("possible: {names}"));
    let mut answer = answer::fault_as(&fault, StatusCode::METHOD_NOT_ALLOWED);
    if let Ok(value) = HeaderValue::try_from(names) {
        answer.headers_mut().insert(header::ALLOW, value);
    }
    answer
}

fn unknown(path: &str) -> Fault {
    let fault = Fault::new(codes::ENDPOINT_UNKNOWN, format!("the API has nothing at `{path}`"));
    let known: Vec<String> = groups()
        .iter()
        .flat_map(|group| &group.endpoints)
        .map(|endpoint| format!("{PREFIX}{}", endpoint.path))
        .collect();
    match did_you_mean(path, known.iter().map(String::as_str)) {
        Some(hint) => fault.with_hint(hint),
        None => fault.with_hint(format!("`GET {PREFIX}/openapi.json` lists what there is")),
    }
}

fn decoded(values: Vec<(&'static str, &str)>) -> Result<Vec<(&'static str, String)>, Fault> {
    values
        .into_iter()
        .map(|(name, value)| {
            let decoded = percent_encoding::percent_decode_str(value).decode_utf8();
            decoded
                .map(|value| (name, value.into_owned()))
                .map_err(|_| Fault::new(codes::ARGUMENT_VALUE, format!("`{name}` in the path is not UTF-8")))
        })
        .collect()
}
