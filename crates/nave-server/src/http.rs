//! The hub's socket: connections with HTTP/1.1, kept alive and pipelined, and where each request goes.
//! Served with hyper itself: between the socket and a webhook's durable acknowledgement stands nothing
//! that allocates.

use std::convert::Infallible;
use std::net::SocketAddr;
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
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::api::{Answer, Payload, answer};
use crate::http::impatient::Impatient;
use crate::metrics::{HttpMetrics, Route};
use crate::state::{Stage, State, over};
use crate::trace;

pub(crate) mod body;
mod guard;
mod impatient;
mod open;
mod route;
mod webhook;

/// The most connections at the same time, where the process may open enough files; more wait in the
/// listener's queue.
const CONNECTIONS: usize = 16_384;
/// Connections that may wait in the listener's queue. What comes on top is dropped by the kernel, and its
/// sender tries again after a second, then three, and so on: to him the hub is away.
const QUEUE: u32 = 4096;
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

/// Listens at an address.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As every listener does: connections of an earlier process that linger do not hold the address.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

/// Connections that are taken at the same time. A quarter of the files the process may open is left for the
/// store and for the systems that are called.
fn places() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = open_files(&limits).unwrap_or(4 * CONNECTIONS);
    (files / 4 * 3).clamp(64, CONNECTIONS)
}

/// The soft limit of open files, as `proc_pid_limits(5)` writes it; `None` where there is none.
fn open_files(limits: &str) -> Option<usize> {
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// Accepts connections until the hub drains, then lets requests under way end.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>) {
    let places = Arc::new(Semaphore::new(places()));
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
    // Without `pipeline_flush`: it keeps an answer back while anything of a next request was read, and loses
    // the answer to what cannot be read.
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).half_close(true);
    let stream = Impatient::new(stream, Arc::clone(&front.clock));
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
    let trace = trace::of(request.headers());
    let shown = tracing::enabled!(tracing::Level::DEBUG).then(|| request.uri().path().to_owned());
    let (route, mut answer) = route::answer(front, request, &trace).await;
    if let Ok(value) = http::HeaderValue::try_from(nave_model::trace::parent(&trace)) {
        answer.headers_mut().insert(nave_model::trace::PARENT, value);
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
            tracing::error!(code = fault.code.name, %fault, detail, trace_id, "a request failed");
        }
        // What it says may hold what was sent.
        _ => tracing::debug!(code = fault.code.name, trace_id, "a request was refused"),
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

#[cfg(test)]
mod tests {
    use super::open_files;

    #[test]
    fn the_limit_of_open_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max processes             95                   95                   processes\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(
            open_files("Max open files            unlimited            unlimited            files"),
            None
        );
        assert_eq!(open_files(""), None);
    }
}
