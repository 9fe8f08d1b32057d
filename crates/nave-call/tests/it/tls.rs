//! Real TLS with certificates made for the test: whom Nave trusts, what it says when it does not, and
//! HTTP/2.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use nave_call::{Limits, Outgoing, Resolve, SystemClock, Transport, TransportOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::system::{Guest, Names, System, get, naming, outcome, transport};

/// A certificate authority of the test's own.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Authority {
        Authority::named("Authority of the test")
    }

    fn named(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate.
    pub(crate) fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A transport that trusts this authority.
    pub(crate) fn trusted(&self, names: &Arc<Names>) -> Transport {
        let resolver: Arc<dyn Resolve> = Arc::clone(names) as _;
        let extra_roots = vec![self.root()];
        Transport::new(TransportOptions { resolver, extra_roots, clock: Arc::new(SystemClock::new()) })
            .unwrap()
    }

    /// TLS for a host by this authority, with these protocols on offer.
    pub(crate) fn acceptor(&self, host: &str, protocols: &[&str]) -> TlsAcceptor {
        self.acceptor_with(host, protocols, |_| ())
    }

    fn acceptor_with(
        &self,
        host: &str,
        protocols: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        acceptor(certificate.der().clone(), &key, protocols)
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair, protocols: &[&str]) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

async fn answer(mut guest: Guest) {
    while guest.request().await.is_some() {
        guest.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    }
}

/// What a call to `https://a.example` at this system ends in.
async fn check(transport: &Transport, acceptor: TlsAcceptor, expected: &str) {
    let system = System::secure(acceptor, answer).await;
    let outgoing = get(&system.at("https", "a.example", "/"), &naming(&["a.example"]));
    let found = match transport.send(outgoing).await {
        Ok(incoming) => incoming.status.to_string(),
        Err(fault) => format!("{}: {}", fault.code, fault.message),
    };
    assert_eq!(found, expected);
    let heard = usize::from(expected == "200");
    assert_eq!((system.accepted(), system.requests().len()), (1, heard), "no request before trust");
}

#[tokio::test]
async fn certificates_are_checked_and_explained() {
    let names = Names::new("a.example=127.0.0.1");
    let authority = Authority::new();
    let trusting = authority.trusted(&names);
    check(&trusting, authority.acceptor("a.example", &[]), "200").await;
    let expired = authority.acceptor_with("a.example", &[], |p| p.not_after = date_time_ymd(2020, 1, 1));
    check(&trusting, expired, "E-TLS: `a.example` has an expired certificate").await;
    let early = authority.acceptor_with("a.example", &[], |p| p.not_before = date_time_ymd(2090, 1, 1));
    check(&trusting, early, "E-TLS: `a.example` has a certificate that is not valid yet").await;
    for host in ["b.example", "x.a.example", "*.a.example", "*.example", "127.0.0.1"] {
        let other = authority.acceptor(host, &[]);
        check(&trusting, other, "E-TLS: `a.example` has a certificate for another name").await;
    }
    let unknown = "E-TLS: `a.example` has a certificate from an unknown authority, or a self-signed one";
    check(&trusting, Authority::named("Another").acceptor("a.example", &[]), unknown).await;
    check(&transport(&names), authority.acceptor("a.example", &[]), unknown).await;
    let key = KeyPair::generate().unwrap();
    let alone = CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    check(&trusting, acceptor(alone.der().clone(), &key, &[]), unknown).await;
    let forged = "E-TLS: `a.example` has a certificate with a wrong signature";
    check(&trusting, Authority::new().acceptor("a.example", &[]), forged).await;
}

#[tokio::test]
async fn an_address_can_have_a_certificate_too() {
    let authority = Authority::new();
    let system = System::secure(authority.acceptor("127.0.0.1", &[]), answer).await;
    let outgoing = get(&system.at("https", "127.0.0.1", "/"), &naming(&["127.0.0.1"]));
    assert_eq!(outcome(&authority.trusted(&Names::new("")), outgoing).await, "200");
}

#[tokio::test]
async fn plain_http_behind_https_is_explained() {
    let names = Names::new("a.example=127.0.0.1");
    let system = System::playing(|mut guest| async move {
        guest.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        guest.gone().await;
    })
    .await;
    let outgoing = get(&system.at("https", "a.example", "/"), &naming(&["a.example"]));
    let fault = transport(&names).send(outgoing).await.unwrap_err();
    assert_eq!(
        (fault.code.name, fault.message.as_str()),
        ("E-TLS", "`a.example` does not speak TLS on this port")
    );
    let closing = System::playing(|guest| async move { drop(guest) }).await;
    let outgoing = get(&closing.at("https", "a.example", "/"), &naming(&["a.example"]));
    assert_eq!(outcome(&transport(&names), outgoing).await, "E-UNREACHABLE");
}

#[tokio::test]
async fn https_does_not_lead_to_http() {
    let authority = Authority::new();
    let plain = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let location = plain.at("http", "a.example", "/?token=t");
    let system = System::secure(authority.acceptor("a.example", &[]), move |mut guest| {
        let location = location.clone();
        async move {
            guest.request().await;
            guest
                .send(format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"))
                .await;
        }
    })
    .await;
    let transport = authority.trusted(&Names::new("a.example=127.0.0.1"));
    let outgoing = get(&system.at("https", "a.example", "/"), &naming(&["a.example"]));
    let fault = transport.send(outgoing).await.unwrap_err();
    let shown = plain.at("http", "a.example", "/");
    assert_eq!(fault.message, format!("the redirect leads from HTTPS to `{shown}`"));
    assert_eq!(plain.accepted(), 0);
}

/// Serves HTTP/2 on a connection: answers with the method, path and body it was sent.
async fn serve_http2(guest: Guest) {
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| async move {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let text = format!("{} {} {}", head.method, head.uri.path(), String::from_utf8_lossy(&body));
        let mut response = http::Response::new(Full::<bytes::Bytes>::from(text));
        match head.uri.path() {
            "/flood" => {
                for number in 0..2000 {
                    let name = http::HeaderName::try_from(format!("x-{number}")).unwrap();
                    response.headers_mut().insert(name, http::HeaderValue::from_static("0123456789abcdef"));
                }
            }
            "/refuse" => *response.status_mut() = StatusCode::TOO_MANY_REQUESTS,
            _ => {}
        }
        Ok::<_, hyper::Error>(response)
    });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    drop(connection.serve_connection(TokioIo::new(guest.stream), service).await);
}

#[tokio::test]
async fn http2_carries_many_requests_on_one_connection() {
    let authority = Authority::new();
    let system = System::secure(authority.acceptor("a.example", &["h2", "http/1.1"]), serve_http2).await;
    let transport = authority.trusted(&Names::new("a.example=127.0.0.1"));
    let hosts = naming(&["a.example"]);
    let post = |number: usize| Outgoing {
        method: Method::POST,
        body: Some(format!("body {number}").into()),
        ..get(&system.at("https", "a.example", &format!("/{number}")), &hosts)
    };
    let first = transport.send(post(0)).await.unwrap();
    assert_eq!(first.body, "POST /0 body 0");
    let sending = (1..=50).map(|number| transport.send(post(number)));
    for (number, answer) in futures_util::future::join_all(sending).await.into_iter().enumerate() {
        let number = number + 1;
        assert_eq!(answer.unwrap().body, format!("POST /{number} body {number}"));
    }
    assert_eq!(system.accepted(), 1);
    assert_eq!(outcome(&transport, get(&system.at("https", "a.example", "/refuse"), &hosts)).await, "429");
    let flooded = outcome(&transport, get(&system.at("https", "a.example", "/flood"), &hosts)).await;
    assert_eq!(flooded, "E-CONNECTION-LOST", "a flood of headers is cut off");
}

#[tokio::test]
async fn a_silent_http2_connection_is_not_used_again() {
    let authority = Authority::new();
    let system = System::secure(authority.acceptor("a.example", &["h2"]), |guest| async move {
        // Greets as HTTP/2 does, and then says no more.
        let mut guest = guest;
        guest.send([0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
        guest.gone().await;
    })
    .await;
    let transport = authority.trusted(&Names::new("a.example=127.0.0.1"));
    let limits = Limits { first_byte: Duration::from_millis(80), ..Limits::default() };
    for turn in 1..=2 {
        let outgoing = get(&system.at("https", "a.example", "/"), &naming(&["a.example"]));
        assert_eq!(outcome(&transport, Outgoing { limits, ..outgoing }).await, "E-TIMEOUT");
        assert_eq!(system.accepted(), turn);
    }
}

#[test]
fn an_extra_root_must_be_a_certificate() {
    let extra_roots = vec![CertificateDer::from(b"not a certificate".to_vec())];
    let fault = Transport::new(TransportOptions { extra_roots, ..TransportOptions::default() }).unwrap_err();
    assert_eq!(fault.code.name, "E-SETTING-INVALID");
}
