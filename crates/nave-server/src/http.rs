//! The hub's socket: connections with HTTP/1.1, kept alive and pipelined, and where each request goes.
//! Served with hyper itself: between the socket and a webhook's durable acknowledgement stands nothing
//! that allocates.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use nave_call::Clock;
use nave_model::Fault;
use nave_model::fault::codes;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::api::{Answer, Payload, answer};
use crate::metrics::{HttpMetrics, Route};
use crate::state::{Stage, State, over};
use crate::trace;

pub(crate) mod body;
mod guard;
mod open;
mod route;
mod webhook;

/// Connections at the same time; more wait in the listener's queue.
const CONNECTIONS: usize = 4096;
/// How long a client may take for the head of a request.
const HEAD: Duration = Duration::from_secs(15);
/// How long to wait when no connection can be accepted, for example because files are short.
const BREATHER: Duration = Duration::from_millis(50);

/// What requests are answered with. It is there before the hub is, so that it can be asked how far it is.
pub(crate) struct Front {
    pub(crate) state: OnceLock<Arc<State>>,
    pub(crate) stage: watch::Sender<Stage>,
    pub(crate) metrics: Arc<HttpMetrics>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Accepts connections until the hub drains, then lets requests under way end.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut over = pin!(over(front.stage.subscribe()));
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        tokio::select! {
            () = &mut over => break,
            (accepted, place) = next => match accepted {
                Ok((stream, _)) => {
                    let front = Arc::clone(&front);
                    connections.spawn(async move {
                        connection(stream, front).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    front.clock.sleep(BREATHER).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: TcpStream, front: Arc<Front>) {
    stream.set_nodelay(true).ok();
    let mut over = pin!(over(front.stage.subscribe()));
    let asked = Arc::clone(&front);
    let service = service_fn(move |request| {
        let front = Arc::clone(&asked);
        async move { Ok::<_, Infallible>(answered(&front, request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).pipeline_flush(true).half_close(true);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut told = false;
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = over.as_mut(), if !told => {
                told = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// One request, answered, counted and logged.
async fn answered(front: &Arc<Front>, request: Request<Incoming>) -> Answer {
    let began = front.clock.now();
    let method = request.method().clone();
    let trace = trace::of(request.headers().get(trace::HEADER).map(http::HeaderValue::as_bytes));
    let shown = tracing::enabled!(tracing::Level::DEBUG).then(|| request.uri().path().to_owned());
    let (route, mut answer) = route::answer(front, request, &trace).await;
    if let Ok(value) = http::HeaderValue::try_from(trace.as_str()) {
        answer.headers_mut().insert(trace::HEADER, value);
    }
    let status = answer.status();
    let took = front.clock.now().saturating_sub(began);
    front.metrics.count(route, status.as_u16(), took);
    if let Some(path) = shown {
        let (status, trace_id) = (status.as_u16(), trace::id(&trace));
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(%method, path, status, took_us, trace_id, "request");
    }
    answer
}

/// The answer for a fault: to the client its message, to the log its detail.
pub(crate) fn failed(fault: &Fault, trace: &str) -> Answer {
    let trace_id = trace::id(trace);
    match fault.code.blame {
        nave_model::Blame::Hub => {
            let detail = fault.detail.as_deref().unwrap_or_default();
            tracing::error!(code = fault.code.name, message = %fault, detail, trace_id, "a request failed");
        }
        _ => tracing::debug!(code = fault.code.name, message = %fault, trace_id, "a request was refused"),
    }
    answer::fault(fault)
}

/// The fault of a hub that cannot serve now.
fn busy(stage: &Stage) -> Fault {
    Fault::new(codes::HUB_BUSY, format!("the hub is {}", stage.word())).with_retry_after_ms(1000)
}

/// A short text.
fn plain(status: StatusCode, text: String) -> Answer {
    answer::of(status, "text/plain; charset=utf-8", text)
}

/// The answer without its body, as HEAD wants it (RFC 9110 section 9.3.2).
fn head(method: &Method, answer: Answer) -> Answer {
    if *method != Method::HEAD {
        return answer;
    }
    let (parts, _) = answer.into_parts();
    Response::from_parts(parts, Payload::whole(bytes::Bytes::new()))
}

/// A request's kind, for the counts.
pub(crate) type Routed = (Route, Answer);
