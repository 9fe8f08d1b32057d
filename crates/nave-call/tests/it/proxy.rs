//! Through a proxy: the guard applies to the proxy's address, targets are still judged as they stand,
//! and what a proxy refuses is said in plain words.

use std::sync::Arc;

use nave_call::{HostPolicy, Outgoing};
use tokio::net::TcpStream;
use url::Url;

use crate::system::{Guest, Names, System, get, outcome, transport};
use crate::tls;

fn through(proxy: &System, allow: &[&str]) -> Arc<HostPolicy> {
    Arc::new(HostPolicy {
        allow_private: allow.iter().map(|host| (*host).to_owned()).collect(),
        proxy: Some(Url::parse(&proxy.at("http", "proxy.example", "")).unwrap()),
        credential_origins: Vec::new(),
    })
}

fn names() -> Arc<Names> {
    Names::new("proxy.example=127.0.0.1")
}

#[tokio::test]
async fn plain_http_asks_the_proxy_for_the_whole_address() {
    let proxy = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let names = names();
    let outgoing = get("http://api.example/v1?x=1", &through(&proxy, &["proxy.example"]));
    assert_eq!(outcome(&transport(&names), outgoing).await, "200");
    let [heard] = &proxy.requests()[..] else { panic!("one request") };
    assert!(heard.starts_with("GET http://api.example/v1?x=1 HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("host: api.example\r\n"), "{heard}");
    assert_eq!(names.asked("api.example"), 0, "the proxy looks names up");
}

/// A proxy that opens tunnels to one system, whatever it was asked for.
async fn tunnelling(target: &System) -> System {
    let target = target.address;
    System::playing(move |mut guest: Guest| async move {
        if guest.request().await.is_some_and(|request| request.starts_with("CONNECT ")) {
            let mut system = TcpStream::connect(target).await.unwrap();
            guest.send("HTTP/1.1 200 Connection established\r\nx-proxy: 1\r\n\r\n").await;
            drop(tokio::io::copy_bidirectional(&mut guest.stream, &mut system).await);
        }
    })
    .await
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let authority = tls::Authority::new();
    let system = System::secure(authority.acceptor("api.example", &[]), |mut guest| async move {
        while guest.request().await.is_some() {
            guest.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let proxy = tunnelling(&system).await;
    let transport = authority.trusted(&names());
    let hosts = through(&proxy, &["proxy.example"]);
    for _ in 0..3 {
        assert_eq!(outcome(&transport, get("https://api.example/v1", &hosts)).await, "200");
    }
    assert_eq!((proxy.accepted(), system.accepted()), (1, 1), "the tunnel is used again");
    assert_eq!(proxy.requests(), ["CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n"]);
    assert!(system.requests()[0].starts_with("GET /v1 HTTP/1.1\r\n"), "{:?}", system.requests());
    let fault = transport.send(get("https://other.example/", &hosts)).await.unwrap_err();
    assert_eq!(fault.message, "`other.example` has a certificate for another name");
}

#[tokio::test]
async fn a_private_proxy_must_be_named() {
    let proxy = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for scheme in ["http", "https"] {
        let outgoing = get(&format!("{scheme}://api.example/"), &through(&proxy, &["api.example"]));
        assert_eq!(outcome(&transport(&names()), outgoing).await, "E-ADDRESS-REFUSED");
    }
    let literal = Arc::new(HostPolicy {
        proxy: Some(Url::parse(&proxy.at("http", "127.0.0.1", "")).unwrap()),
        ..HostPolicy::default()
    });
    assert_eq!(
        outcome(&transport(&names()), get("http://api.example/", &literal)).await,
        "E-ADDRESS-REFUSED"
    );
    assert_eq!(proxy.accepted(), 0);
}

#[tokio::test]
async fn a_proxy_is_no_way_around_the_guard() {
    let proxy = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let hosts = through(&proxy, &["proxy.example"]);
    for host in
        ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "2130706433", "10.0.0.1", "x.localhost"]
    {
        for scheme in ["http", "https"] {
            let outgoing = get(&format!("{scheme}://{host}/"), &hosts);
            assert_eq!(outcome(&transport(&names()), outgoing).await, "E-ADDRESS-REFUSED", "{scheme} {host}");
        }
    }
    assert_eq!(proxy.accepted(), 0);
}

/// What an answer to `CONNECT` leads to.
async fn refused(answer: &'static str) -> String {
    let proxy = System::playing(move |mut guest| async move {
        guest.request().await;
        guest.send(answer).await;
    })
    .await;
    let outgoing: Outgoing = get("https://api.example/", &through(&proxy, &["proxy.example"]));
    let fault = transport(&names()).send(outgoing).await.unwrap_err();
    assert_eq!(fault.code.name, "E-UNREACHABLE", "{}", fault.message);
    fault.message.clone()
}

#[tokio::test]
async fn a_refused_tunnel_is_explained() {
    let forbidden = refused("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    assert_eq!(forbidden, "the proxy refused a tunnel to `api.example:443`: 403");
    let password = refused("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    assert_eq!(password, "the proxy asks for a user name and password");
    assert_eq!(refused("220 mail.example ESMTP\r\n\r\n").await, "the proxy's answer is not HTTP/1.1");
    let silent = refused("").await;
    assert_eq!(silent, "the proxy broke the connection before there was a tunnel");
}
