//! One attempt from the request to the last byte of the answer: guard, send, follow redirects, read,
//! and each of it within its time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName,
    HeaderValue, PROXY_AUTHORIZATION, RANGE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use http::{Method, Request, Response, Uri};
use http_body::Body;
use hyper_util::client::legacy::connect::capture_connection;
use nave_model::Fault;
use nave_model::fault::codes;
use url::Url;

use super::body::{self, Coding};
use super::pool::{Pooled, Pools};
use super::upload::{Progress, Upload};
use super::{Incoming, Limits, Outgoing, failure, guard, redirect};
use crate::clock::Clock;

/// What the transport decides about a message and its connection, nobody else.
const OWN: [HeaderName; 11] = [
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    UPGRADE,
    TE,
    TRAILER,
    EXPECT,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// How Nave names itself where a request does not say otherwise.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("nave/", env!("CARGO_PKG_VERSION")));

/// Time left of an attempt.
struct Deadline<'a> {
    clock: &'a dyn Clock,
    end: Duration,
}

impl Deadline<'_> {
    /// Waits for `limit`, or until the attempt's time is used up.
    async fn wait(&self, limit: Duration) {
        let left = self.end.saturating_sub(self.clock.now());
        self.clock.sleep(limit.min(left)).await;
    }

    fn passed(&self) -> bool {
        self.clock.now() >= self.end
    }
}

pub(super) async fn run(pools: &Pools, clock: &dyn Clock, outgoing: Outgoing) -> Result<Incoming, Fault> {
    let Outgoing { method, mut url, mut headers, body, mut credential, limits, hosts } = outgoing;
    let deadline = Deadline { clock, end: clock.now().saturating_add(limits.attempt) };
    let client = pools.under(&hosts);
    complete(&mut headers);
    url.set_fragment(None);
    let mut followed = 0;
    loop {
        guard::check_url(&url, &hosts)?;
        if (credential || headers.values().any(HeaderValue::is_sensitive)) && !hosts.admits_credential(&url) {
            return Err(unbound(&url));
        }
        let may_go_on = matches!(method, Method::GET | Method::HEAD);
        let kept = if may_go_on { headers.clone() } else { HeaderMap::new() };
        let request = request(&method, &url, headers, body.clone())?;
        let response = exchange(&client, &deadline, request, limits).await?;
        let Some(next) = redirect::target(&method, &url, response.status(), response.headers())? else {
            return read(response, &deadline, limits, url).await;
        };
        followed += 1;
        if followed > redirect::MOST {
            let message =
                format!("more than {} redirects; the next led to {}", redirect::MOST, redirect::shown(&next));
            return Err(Fault::new(codes::REDIRECT_REFUSED, message).with_status(response.status().as_u16()));
        }
        headers = redirect::carried(kept, &url, &next);
        // A redirect's location is the system's own words: no credential of ours stands in its query.
        credential = false;
        url = next;
    }
}

/// Headers as they go out.
fn complete(headers: &mut HeaderMap) {
    for name in &OWN {
        headers.remove(name);
    }
    // A part of a packed body could not be unpacked.
    if !headers.contains_key(ACCEPT_ENCODING) && !headers.contains_key(RANGE) {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.entry(USER_AGENT).or_insert(AGENT);
}

fn request(
    method: &Method,
    url: &Url,
    headers: HeaderMap,
    body: Option<Bytes>,
) -> Result<Request<Upload>, Fault> {
    let uri: Uri = url.as_str().parse().map_err(|error: http::uri::InvalidUri| {
        Fault::new(codes::REQUEST_BUILD, "the address cannot be sent as it is").with_detail(error.to_string())
    })?;
    let mut request = Request::new(Upload::new(body));
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Sends one request and waits for the head of its answer.
async fn exchange(
    client: &Arc<Pooled>,
    deadline: &Deadline<'_>,
    mut request: Request<Upload>,
    limits: Limits,
) -> Result<Response<hyper::body::Incoming>, Fault> {
    let mut connection = capture_connection(&mut request);
    let progress = request.body().progress();
    let host = request.uri().authority().map(ToString::to_string);
    let host = host.as_deref().unwrap_or_default();
    let mut response = client.request(request);
    tokio::select! {
        biased;
        result = &mut response => return result.map_err(|error| failure::in_request(&error)),
        _ = connection.wait_for_connection_metadata() => {}
        () = deadline.wait(limits.connect) => {
            return Err(Fault::new(codes::UNREACHABLE, format!("no connection to `{host}` in the time allowed"))
                .with_hint("nothing was sent; is the system up, and may this machine reach it?"));
        }
    }
    tokio::select! {
        biased;
        result = &mut response => result.map_err(|error| failure::in_request(&error)),
        () = silence(deadline, limits.first_byte, &progress) => {
            // An HTTP/2 connection that does not answer may be dead: later requests open a new one.
            if let Some(connection) = connection.connection_metadata().as_ref() {
                connection.poison();
            }
            Err(Fault::new(codes::TIMEOUT, format!("`{host}` did not begin to answer in the time allowed")))
        }
    }
}

/// Ends when the system has taken no more of the body for `limit`, or the attempt's time is used up.
/// A system that still takes the body is slow, not silent.
async fn silence(deadline: &Deadline<'_>, limit: Duration, progress: &Progress) {
    loop {
        let before = progress.further_pieces();
        deadline.wait(limit).await;
        if progress.further_pieces() == before || deadline.passed() {
            return;
        }
    }
}

/// Reads the rest of an answer.
async fn read(
    response: Response<hyper::body::Incoming>,
    deadline: &Deadline<'_>,
    limits: Limits,
    url: Url,
) -> Result<Incoming, Fault> {
    let (mut head, incoming) = response.into_parts();
    // An answer to HEAD, or one without content, declares what is not there.
    let empty = incoming.is_end_stream();
    let coding = if empty { Ok(Coding::Identity) } else { Coding::of(&head.headers) };
    let reading = async { body::read(incoming, coding.clone()?, limits.response_bytes).await };
    let body = tokio::select! {
        biased;
        body = reading => body,
        () = deadline.wait(Duration::MAX) => {
            Err(Fault::new(codes::TIMEOUT, "the answer was not complete in the time allowed"))
        }
    };
    let body = body.map_err(|fault| fault.with_status(head.status.as_u16()))?;
    if coding != Ok(Coding::Identity) {
        head.headers.remove(CONTENT_ENCODING);
        head.headers.remove(CONTENT_LENGTH);
    }
    Ok(Incoming { status: head.status.as_u16(), headers: head.headers, body, url })
}

/// A credential on its way to where it does not belong.
fn unbound(url: &Url) -> Fault {
    let origin = url.origin().ascii_serialization();
    Fault::new(codes::ADDRESS_REFUSED, format!("the connection's credential may not be sent to `{origin}`"))
        .with_hint("a credential goes only to the address of its own connection")
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http_body_util::BodyExt;

    use super::*;
    use crate::clock::SystemClock;

    /// Seconds after which a system counts as silent that takes a piece of a body every 25 seconds,
    /// where it may be silent for 30.
    async fn check(body: usize, attempt: u64) -> u64 {
        let clock = SystemClock::new();
        let deadline = Deadline { clock: &clock, end: Duration::from_secs(attempt) };
        let mut upload = Upload::new(Some(vec![0; body].into()));
        let progress = upload.progress();
        let taking = async {
            while upload.frame().now_or_never().unwrap().is_some() {
                clock.sleep(Duration::from_secs(25)).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = taking => {}
            () = silence(&deadline, Duration::from_secs(30), &progress) => {}
        }
        clock.now().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_upload_is_not_silence() {
        const PIECES: usize = 64 * 1024;
        assert_eq!(check(0, 3600).await, 30);
        assert_eq!(check(100, 3600).await, 30, "a short body is no upload");
        assert_eq!(check(2 * PIECES, 3600).await, 60, "the second piece went after 25 seconds");
        assert_eq!(check(10 * PIECES, 3600).await, 270, "the last piece went after 225 seconds");
        assert_eq!(check(10 * PIECES, 100).await, 100, "the attempt's own limit stands");
    }
}
