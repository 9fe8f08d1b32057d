//! Requests and answers over plain connections: what is sent, what is read, when a connection is used
//! again, where redirects lead, and what a lost connection is called.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use nave_call::{HostPolicy, Outgoing, Transport};
use url::Url;

use crate::system::{Guest, Names, System, get, naming, outcome, transport};

const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

fn local() -> (Transport, Arc<HostPolicy>) {
    (transport(&Names::new("a.example=127.0.0.1; b.example=127.0.0.1")), naming(&["a.example", "b.example"]))
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    pairs.iter().map(pair).collect()
}

#[tokio::test]
async fn a_request_goes_out_as_it_was_given() {
    let (transport, hosts) = local();
    let system = System::answering("HTTP/1.1 201 Created\r\nx-a: b\r\ncontent-length: 2\r\n\r\nok").await;
    let outgoing = Outgoing {
        method: Method::POST,
        body: Some("{\"a\":1}".into()),
        headers: headers(&[("content-type", "application/json"), ("x-trace", "1")]),
        ..get(&system.at("http", "a.example", "/v1/x%2Fy?q=a%20b&r=|#part"), &hosts)
    };
    let incoming = transport.send(outgoing).await.unwrap();
    assert_eq!((incoming.status, &incoming.body[..]), (201, &b"ok"[..]));
    assert_eq!(incoming.headers["x-a"], "b");
    let port = system.address.port();
    let agent = env!("CARGO_PKG_VERSION");
    assert_eq!(
        system.requests(),
        [format!(
            "POST /v1/x%2Fy?q=a%20b&r=| HTTP/1.1\r\ncontent-type: application/json\r\nx-trace: 1\r\n\
             accept-encoding: gzip\r\nuser-agent: nave/{agent}\r\nhost: a.example:{port}\r\n\
             content-length: 7\r\n\r\n{{\"a\":1}}"
        )]
    );
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let (transport, hosts) = local();
    let system = System::answering(EMPTY).await;
    let body: String = (0..300_000).map(|number| format!("{number:07}\n")).collect();
    let outgoing = Outgoing {
        method: Method::PUT,
        body: Some(body.clone().into()),
        ..get(&system.at("http", "a.example", "/"), &hosts)
    };
    assert_eq!(outcome(&transport, outgoing).await, "200");
    let [heard] = &system.requests()[..] else { panic!("one request") };
    assert!(heard.split_once("\r\n\r\n").unwrap().1 == body);
}

#[tokio::test]
async fn nobody_else_says_where_a_message_ends_or_goes() {
    let (transport, hosts) = local();
    let system = System::answering(EMPTY).await;
    let outgoing = Outgoing {
        method: Method::POST,
        body: Some("hello".into()),
        headers: headers(&[
            ("host", "other.example"),
            ("content-length", "500"),
            ("transfer-encoding", "chunked"),
            ("connection", "upgrade, x-kept"),
            ("upgrade", "websocket"),
            ("te", "trailers"),
            ("expect", "100-continue"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "Basic eDp5"),
            ("x-kept", "1"),
        ]),
        ..get(&system.at("http", "a.example", "/"), &hosts)
    };
    assert_eq!(outcome(&transport, outgoing).await, "200");
    let [heard] = &system.requests()[..] else { panic!("one request") };
    let mut names: Vec<&str> =
        heard.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept-encoding", "content-length", "host", "user-agent", "x-kept"]);
    assert!(
        heard.contains("host: a.example:") && heard.ends_with("content-length: 5\r\n\r\nhello"),
        "{heard}"
    );
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let (transport, hosts) = local();
    let system = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc").await;
    for _ in 0..20 {
        assert_eq!(outcome(&transport, get(&system.at("http", "a.example", "/"), &hosts)).await, "200");
    }
    assert_eq!(system.accepted(), 1);
    assert_eq!(outcome(&transport, get(&system.at("http", "b.example", "/"), &hosts)).await, "200");
    assert_eq!(system.accepted(), 2, "another name is another host, whatever its address");
}

#[tokio::test]
async fn a_connection_carries_one_request_at_a_time() {
    let (transport, hosts) = local();
    let gate = Arc::new(tokio::sync::Barrier::new(3));
    let waiting = Arc::clone(&gate);
    let system = System::playing(move |mut guest| {
        let gate = Arc::clone(&waiting);
        async move {
            while guest.request().await.is_some() {
                gate.wait().await;
                guest.send(EMPTY).await;
            }
        }
    })
    .await;
    let address = system.at("http", "a.example", "/");
    let send = || outcome(&transport, get(&address, &hosts));
    // Each is answered only once all three were heard, so no two can share a connection.
    assert_eq!(tokio::join!(send(), send(), send()), ("200".into(), "200".into(), "200".into()));
    assert_eq!(system.accepted(), 3);
}

#[tokio::test]
async fn a_connection_the_system_closes_is_replaced() {
    let (transport, hosts) = local();
    let system = System::playing(|mut guest: Guest| async move {
        guest.request().await;
        guest.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    })
    .await;
    for turn in 1..=3 {
        assert_eq!(outcome(&transport, get(&system.at("http", "a.example", "/"), &hosts)).await, "200");
        assert_eq!(system.accepted(), turn);
    }
}

#[tokio::test]
async fn a_read_follows_redirects() {
    let (transport, hosts) = local();
    let system = System::playing(|mut guest| async move {
        while let Some(request) = guest.request().await {
            let answer = match request.split(' ').nth(1).unwrap() {
                "/a" => "HTTP/1.1 301 Moved\r\nlocation: b?x=1\r\ncontent-length: 4\r\n\r\nhere",
                "/b?x=1" => "HTTP/1.1 307 Moved\r\nlocation: /c\r\ncontent-length: 0\r\n\r\n",
                _ => "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nend",
            };
            guest.send(answer).await;
        }
    })
    .await;
    let incoming = transport.send(get(&system.at("http", "a.example", "/a"), &hosts)).await.unwrap();
    assert_eq!((incoming.status, &incoming.body[..]), (200, &b"end"[..]));
    assert_eq!(incoming.url.path(), "/c");
    assert_eq!(system.requests().len(), 3);
}

#[tokio::test]
async fn redirects_end() {
    let (transport, hosts) = local();
    let system =
        System::answering("HTTP/1.1 302 Found\r\nlocation: /again?key=secret\r\ncontent-length: 0\r\n\r\n")
            .await;
    let fault = transport.send(get(&system.at("http", "a.example", "/"), &hosts)).await.unwrap_err();
    assert_eq!(
        fault.message,
        format!("more than 5 redirects; the next led to `{}`", system.at("http", "a.example", "/again"))
    );
    assert_eq!((fault.code.name, fault.status), ("E-REDIRECT-REFUSED", Some(302)));
    assert_eq!(system.requests().len(), 6);
    let post = Outgoing { method: Method::POST, ..get(&system.at("http", "a.example", "/"), &hosts) };
    assert_eq!(outcome(&transport, post).await, "E-REDIRECT-REFUSED");
    assert_eq!(system.requests().len(), 7, "a write is not sent twice");
}

#[tokio::test]
async fn another_origin_gets_no_credential() {
    let (transport, _) = local();
    let other = System::answering(EMPTY).await;
    let location = other.at("http", "b.example", "/landing");
    let system =
        System::answering(format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"))
            .await;
    let address = system.at("http", "a.example", "/?api_key=k1");
    let hosts = Arc::new(HostPolicy {
        credential_origins: vec![Url::parse(&address).unwrap().origin()],
        ..(*naming(&["a.example", "b.example"])).clone()
    });
    let mut with = headers(&[("cookie", "session=k2"), ("x-api-key", "k3"), ("accept", "text/plain")]);
    let mut secret = HeaderValue::from_static("Bearer k4");
    secret.set_sensitive(true);
    with.insert(header::AUTHORIZATION, secret);
    let outgoing = Outgoing { headers: with, credential: true, ..get(&address, &hosts) };
    assert_eq!(outcome(&transport, outgoing).await, "200");
    let [first] = &system.requests()[..] else { panic!("one request") };
    let [landed] = &other.requests()[..] else { panic!("one request") };
    for key in ["k1", "k2", "k3", "k4"] {
        assert!(first.contains(key), "{key} goes to its own system");
        assert!(!landed.contains(key), "{key} goes nowhere else: {landed}");
    }
    assert!(landed.contains("accept: text/plain\r\n"));
}

#[tokio::test]
async fn a_credential_is_bound_to_its_origins() {
    let (transport, hosts) = local();
    let system = System::answering(EMPTY).await;
    let address = system.at("http", "a.example", "/?key=k");
    let mut secret = HeaderValue::from_static("Bearer k");
    secret.set_sensitive(true);
    let marked = HeaderMap::from_iter([(header::AUTHORIZATION, secret)]);
    for outgoing in [
        Outgoing { credential: true, ..get(&address, &hosts) },
        Outgoing { headers: marked, ..get(&address, &hosts) },
    ] {
        let fault = transport.send(outgoing).await.unwrap_err();
        let origin = system.at("http", "a.example", "");
        assert_eq!(fault.code.name, "E-ADDRESS-REFUSED");
        assert_eq!(fault.message, format!("the connection's credential may not be sent to `{origin}`"));
    }
    assert_eq!(system.accepted(), 0);
}

/// Plays one connection and says how the request ends.
async fn ends<F: Future<Output = ()> + Send + 'static>(
    play: impl Fn(Guest) -> F + Send + Sync + 'static,
) -> String {
    let (transport, hosts) = local();
    let system = System::playing(play).await;
    outcome(&transport, get(&system.at("http", "a.example", "/"), &hosts)).await
}

/// Answers with these bytes and closes.
async fn answered(bytes: &'static str) -> String {
    ends(move |mut guest| async move {
        guest.request().await;
        guest.send(bytes).await;
    })
    .await
}

#[tokio::test]
async fn a_lost_connection_may_have_sent_something() {
    assert_eq!(answered("").await, "E-CONNECTION-LOST");
    assert_eq!(answered("HTTP/1.1 200 OK\r\ncont").await, "E-CONNECTION-LOST");
    assert_eq!(answered("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await, "E-CONNECTION-LOST");
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    assert_eq!(answered(chunked).await, "E-CONNECTION-LOST");
    let broken = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    assert_eq!(answered(broken).await, "E-CONNECTION-LOST");
}

#[tokio::test]
async fn a_reset_connection_may_have_sent_something() {
    let system = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = system.local_addr().unwrap().port();
    let resetting = async {
        let (mut stream, _) = system.accept().await.unwrap();
        tokio::io::AsyncReadExt::read_u8(&mut stream).await.unwrap();
        stream.set_zero_linger().unwrap();
    };
    let (transport, hosts) = local();
    let outgoing = get(&format!("http://a.example:{port}/"), &hosts);
    let (found, ()) = tokio::join!(outcome(&transport, outgoing), resetting);
    assert_eq!(found, "E-CONNECTION-LOST");
}

#[tokio::test]
async fn what_is_not_http_is_not_an_answer() {
    assert_eq!(answered("SSH-2.0-OpenSSH_9.2\r\n\r\n").await, "E-RESPONSE-SYNTAX");
    assert_eq!(
        answered("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab").await,
        "E-RESPONSE-SYNTAX"
    );
    assert_eq!(answered("HTTP/1.1 abc\r\n\r\n").await, "E-RESPONSE-SYNTAX");
    assert_eq!(answered("\u{15}\u{3}\u{3}\0\u{2}\u{2}P").await, "E-RESPONSE-SYNTAX");
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens() {
    let system = System::answering(EMPTY).await;
    let address = system.at("http", "a.example", "/");
    drop(system);
    let (transport, hosts) = local();
    // The task that held the listener is ended by the runtime, at the latest when it next runs.
    tokio::task::yield_now().await;
    let fault = transport.send(get(&address, &hosts)).await.unwrap_err();
    assert_eq!(fault.code.name, "E-UNREACHABLE");
    assert!(fault.message.ends_with("connection refused"), "{}", fault.message);
    let fault = transport.send(get("http://none.example/", &hosts)).await.unwrap_err();
    assert_eq!(fault.code.name, "E-UNREACHABLE");
    assert_eq!(fault.message, "the host name `none.example` could not be looked up");
}

#[tokio::test]
async fn statuses_are_answers() {
    assert_eq!(answered("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n").await, "500");
    assert_eq!(answered("HTTP/1.1 204 No Content\r\n\r\n").await, "204");
    assert_eq!(answered("HTTP/1.1 304 Not Modified\r\nlocation: /x\r\n\r\n").await, "304");
    assert_eq!(answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end").await, "200");
    assert_eq!(answered("HTTP/1.0 418 I'm a teapot\r\n\r\nshort and stout").await, "418");
}
