//! The sandbox as a server: HTTP (HTTP/1.1 and HTTP/2 on one port), or a mail server where its connector
//! speaks SMTP. What an answer is, is decided by [`Sandbox::handle`]; here it is sent: late, in drops, cut
//! off, reset or never, as it says.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use nave_connector::protocol::Protocol;
use nave_model::Fault;
use nave_model::fault::codes;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::refuse::problem;
use crate::sandbox::Sandbox;
use crate::serve::body::Pieces;
use crate::smtp;
use crate::wire::{Delivery, Reply, Request};

mod body;

/// The largest request body that is read.
const LARGEST_BODY: usize = 32 * 1024 * 1024;
/// How long answers under way may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(1);
/// How long to wait when no connection can be accepted, for example because files are short.
const BREATHER: Duration = Duration::from_millis(50);

/// Serves by the connector's own protocol until `stop` ends, then lets answers under way finish for a
/// second.
pub async fn serve(listener: TcpListener, sandbox: Arc<Sandbox>, stop: impl Future<Output = ()>) {
    let protocol = sandbox.connector.manifest.protocol;
    serve_by(protocol, listener, sandbox, stop).await;
}

/// Serves by HTTP whatever the connector's protocol: the way to the addresses below `/_nave/` of a sandbox
/// that is a mail server.
pub async fn serve_admin(listener: TcpListener, sandbox: Arc<Sandbox>, stop: impl Future<Output = ()>) {
    serve_by(Protocol::Http, listener, sandbox, stop).await;
}

async fn serve_by(
    protocol: Protocol,
    listener: TcpListener,
    sandbox: Arc<Sandbox>,
    stop: impl Future<Output = ()>,
) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the sandbox's time begins where it is served; all else is handed it"
    )]
    let began = Instant::now();
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (sandbox, closed) = (Arc::clone(&sandbox), closed.clone());
                    match protocol {
                        Protocol::Http => connections.spawn(connection(stream, sandbox, began, closed)),
                        Protocol::Smtp => connections.spawn(mail(stream, sandbox, began, closed)),
                    };
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox cannot accept a connection");
                    tokio::time::sleep(BREATHER).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    // Nobody listening means that no connection is left to be told.
    closing.send(true).ok();
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, finished).await.is_err() {
        connections.shutdown().await;
    }
}

/// One connection of a mail client.
async fn mail(stream: TcpStream, sandbox: Arc<Sandbox>, began: Instant, mut closed: watch::Receiver<bool>) {
    tokio::select! {
        () = smtp::connection(stream, &sandbox, began) => {}
        _ = closed.changed() => {}
    }
}

/// One connection until it ends, is reset by a fault, or the server stops.
async fn connection(
    stream: TcpStream,
    sandbox: Arc<Sandbox>,
    began: Instant,
    mut closed: watch::Receiver<bool>,
) {
    stream.set_nodelay(true).ok();
    // A second handle of the socket: a reset is arranged on it while the first is in use. The socket
    // closes, with a reset, when both are dropped.
    let Ok(stream) = stream.into_std() else { return };
    let Ok(handle) = stream.try_clone() else { return };
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    let reset = Arc::new(Notify::new());
    let resetting = Arc::clone(&reset);
    let service = service_fn(move |request| {
        let (sandbox, reset) = (Arc::clone(&sandbox), Arc::clone(&resetting));
        async move { Ok::<_, Infallible>(respond(&sandbox, began, &reset, request).await) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection to the sandbox ended early");
                }
                return;
            }
            () = reset.notified() => {
                SockRef::from(&handle).set_linger(Some(Duration::ZERO)).ok();
                return;
            }
            changed = closed.changed() => {
                if changed.is_err() {
                    return;
                }
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn respond(
    sandbox: &Sandbox,
    began: Instant,
    reset: &Notify,
    request: http::Request<Incoming>,
) -> Response<Pieces> {
    let head = request.method() == http::Method::HEAD;
    let reply = match read(request).await {
        Ok(request) => sandbox.handle(&request, began.elapsed()),
        Err(reply) => reply,
    };
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    let bodiless = head || reply.body.is_empty();
    match reply.delivery {
        Delivery::Silent => std::future::pending().await,
        Delivery::Reset => cut(reset).await,
        // Nothing to cut off but the connection itself.
        Delivery::Truncated if bodiless => cut(reset).await,
        Delivery::Truncated => response(&reply, Pieces::truncated(reply.body.clone())),
        Delivery::Trickle(pause) => response(&reply, Pieces::trickle(reply.body.clone(), pause)),
        Delivery::Whole => response(&reply, Pieces::whole(reply.body.clone())),
    }
}

/// Has the connection reset; never comes back.
async fn cut(reset: &Notify) -> Response<Pieces> {
    reset.notify_one();
    std::future::pending().await
}

async fn read(request: http::Request<Incoming>) -> Result<Request, Reply> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return Err(problem(413, &format!("The body is larger than {LARGEST_BODY} bytes.")));
        }
        Err(_) => return Err(problem(400, "The body ended early.")),
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<(String, String)> =
        parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    if !parts.headers.contains_key("host")
        && let Some(authority) = parts.uri.authority()
    {
        // HTTP/2 names the host beside the headers.
        headers.push(("host".to_owned(), authority.to_string()));
    }
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
    })
}

fn response(reply: &Reply, body: Pieces) -> Response<Pieces> {
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::OK);
    for (name, value) in &reply.headers {
        let pair = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()));
        if let (Ok(name), Ok(value)) = pair {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A sandbox that is served on a thread of its own until this is dropped: for tests without a runtime
/// of their own.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Starts serving on a free port of the loopback interface.
    ///
    /// # Errors
    /// No port can be listened on, or no thread can be started.
    pub fn start(sandbox: Arc<Sandbox>) -> Result<Self, Fault> {
        let fault = |error: std::io::Error| {
            Fault::new(codes::LISTEN, "the sandbox cannot be served").with_detail(error.to_string())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fault)?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let url = sandbox.url(address);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = move || {
            let stopped = async {
                // Dropping the sender stops the server as well.
                stopped.await.ok();
            };
            runtime.block_on(serve(listener, sandbox, stopped));
        };
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(serving).map_err(fault)?;
        Ok(Running { address, url, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address to put into a connection, for example `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        self.url.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
