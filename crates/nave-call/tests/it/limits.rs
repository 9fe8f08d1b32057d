//! Time and size are bounded: a system that is slow, endless or swollen costs a known amount and ends
//! in a fault that says which limit it was.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use nave_call::transport::Resolving;
use nave_call::{Clock, Incoming, Limits, Outgoing, Resolve, SystemClock, Transport, TransportOptions};
use nave_model::Fault;

use crate::system::{Guest, Names, System, get, naming, never, transport};

/// Sends one request under limits to a system played by a test.
async fn ask<F: Future<Output = ()> + Send + 'static>(
    limits: Limits,
    play: impl Fn(Guest) -> F + Send + Sync + 'static,
) -> Result<Incoming, Fault> {
    let system = System::playing(play).await;
    let outgoing = get(&system.at("http", "a.example", "/"), &naming(&["a.example"]));
    transport(&Names::new("a.example=127.0.0.1")).send(Outgoing { limits, ..outgoing }).await
}

#[track_caller]
fn check(result: Result<Incoming, Fault>, code: &str, message: &str) {
    let fault = result.unwrap_err();
    assert_eq!((fault.code.name, fault.message.as_str()), (code, message), "{:?}", fault.detail);
}

/// Short where a test waits for it, long everywhere else.
fn short(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

const SOON: Duration = Duration::from_millis(80);

#[tokio::test]
async fn the_first_byte_has_a_limit() {
    let system = System::playing(|mut guest| async move {
        guest.request().await;
        guest.gone().await;
    })
    .await;
    for body in [None, Some("{}".into())] {
        let clock = SystemClock::new();
        let outgoing = get(&system.at("http", "a.example", "/"), &naming(&["a.example"]));
        let limits = short(|l| l.first_byte = Duration::from_millis(400));
        let outgoing = Outgoing { method: http::Method::POST, body, limits, ..outgoing };
        let fault = transport(&Names::new("a.example=127.0.0.1")).send(outgoing).await.unwrap_err();
        assert_eq!(fault.code.name, "E-TIMEOUT");
        assert!(fault.message.ends_with("did not begin to answer in the time allowed"), "{}", fault.message);
        assert!(clock.now() < 2 * limits.first_byte, "a short body is no upload: {:?}", clock.now());
    }
}

#[tokio::test]
async fn an_endless_head_has_a_limit() {
    let result = ask(short(|l| l.first_byte = SOON), |mut guest| async move {
        guest.request().await;
        while guest.send("HTTP/1.1 102 Processing\r\n\r\n").await {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(result.await.unwrap_err().code.name, "E-TIMEOUT");
}

#[tokio::test]
async fn a_trickle_has_a_limit() {
    let result = ask(short(|l| l.attempt = Duration::from_millis(150)), |mut guest| async move {
        guest.request().await;
        guest.send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await;
        let mut beat = tokio::time::interval(Duration::from_millis(5));
        while guest.send("x").await {
            beat.tick().await;
        }
    });
    check(result.await, "E-TIMEOUT", "the answer was not complete in the time allowed");
}

#[tokio::test]
async fn a_redirect_does_not_wind_the_watch_up_again() {
    let limits = short(|l| l.attempt = Duration::from_millis(150));
    let result = ask(limits, |mut guest| async move {
        let mut beat = tokio::time::interval(Duration::from_millis(60));
        beat.tick().await;
        while guest.request().await.is_some() {
            beat.tick().await;
            guest.send("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    assert_eq!(result.await.unwrap_err().code.name, "E-TIMEOUT");
}

/// A name service that never answers.
#[derive(Debug)]
struct Silent;

impl Resolve for Silent {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn looking_up_has_a_limit() {
    let clock = Arc::new(SystemClock::new());
    let options = TransportOptions {
        resolver: Arc::new(Silent),
        extra_roots: Vec::new(),
        clock: Arc::clone(&clock) as _,
    };
    let result = Transport::new(options).unwrap().send(get("http://a.example/", &Arc::default())).await;
    check(result, "E-UNREACHABLE", "no connection to `a.example` in the time allowed");
    assert_eq!(clock.now().as_secs(), 5);
}

#[tokio::test]
async fn agreeing_on_tls_has_a_limit() {
    let system = System::playing(|guest| async move {
        never().await;
        drop(guest);
    })
    .await;
    let outgoing = get(&system.at("https", "a.example", "/"), &naming(&["a.example"]));
    let outgoing = Outgoing { limits: short(|l| l.connect = SOON), ..outgoing };
    let result = transport(&Names::new("a.example=127.0.0.1")).send(outgoing).await;
    assert_eq!(result.unwrap_err().code.name, "E-UNREACHABLE");
    assert_eq!(system.accepted(), 1);
}

#[tokio::test]
async fn headers_have_a_limit() {
    for line in ["x-long: y\r\n".to_owned(), format!("x-{}: y\r\n", "z".repeat(9000))] {
        let result = ask(Limits::default(), move |mut guest| {
            let line = line.clone();
            async move {
                guest.request().await;
                guest.send("HTTP/1.1 200 OK\r\n").await;
                while guest.send(&line).await {
                    tokio::task::yield_now().await;
                }
            }
        });
        check(result.await, "E-RESPONSE-LIMIT", "the answer's headers are larger than allowed");
    }
}

/// The result of reading this answer with room for a million bytes.
async fn read(head: &str, body: Vec<u8>) -> Result<Incoming, Fault> {
    let mut answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n").into_bytes();
    answer.extend(body);
    let answer = Arc::new(answer);
    ask(short(|l| l.response_bytes = 1_000_000), move |mut guest| {
        let answer = Arc::clone(&answer);
        async move {
            guest.request().await;
            guest.send(answer.as_slice()).await;
        }
    })
    .await
}

const TOO_LARGE: &str = "the answer is larger than 1000000 bytes";
const BROKEN: &str = "the answer's compressed body is broken or ends early";

#[tokio::test]
async fn a_body_has_a_limit() {
    let head = "content-length: 1000001\r\n";
    check(read(head, Vec::new()).await, "E-RESPONSE-LIMIT", TOO_LARGE);
    check(read("", vec![b'x'; 1_000_001]).await, "E-RESPONSE-LIMIT", TOO_LARGE);
    let fault = read(head, Vec::new()).await.unwrap_err();
    assert_eq!(fault.status, Some(200));
    assert_eq!(read("", vec![b'x'; 1_000_000]).await.unwrap().body.len(), 1_000_000);
    let declared = "content-length: 1000000\r\n";
    assert_eq!(read(declared, vec![b'x'; 1_000_000]).await.unwrap().body.len(), 1_000_000);
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn packed_bodies_are_unpacked() {
    let text = b"to be or not to be ".repeat(1000);
    let two_parts = [gzip(&text[..7]), gzip(&text[7..])].concat();
    for (coding, packed) in [
        ("gzip", gzip(&text)),
        ("X-GZIP", two_parts),
        ("identity, gzip", gzip(&text)),
        ("deflate", zlib(&text)),
        ("deflate", deflate(&text)),
    ] {
        let head = format!("content-encoding: {coding}\r\ncontent-length: {}\r\n", packed.len());
        let incoming = read(&head, packed).await.unwrap();
        assert!(incoming.body == text, "{coding}");
        assert!(incoming.headers.is_empty(), "{:?}", incoming.headers);
    }
    assert_eq!(
        read("content-encoding: gzip\r\ncontent-length: 0\r\n", Vec::new()).await.unwrap().body.len(),
        0
    );
}

#[tokio::test]
async fn what_is_not_there_needs_no_unpacking() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 99999999999\r\n\r\n";
    let system = System::answering(head).await;
    let outgoing = get(&system.at("http", "a.example", "/"), &naming(&["a.example"]));
    let outgoing = Outgoing { method: http::Method::HEAD, ..outgoing };
    let incoming = transport(&Names::new("a.example=127.0.0.1")).send(outgoing).await.unwrap();
    assert_eq!((incoming.status, incoming.body.len()), (200, 0));
    assert_eq!(incoming.headers["content-encoding"], "br");
}

#[tokio::test]
async fn a_packed_bomb_does_not_go_off() {
    // A gigabyte of zeros: one part repeated, since a packed body may consist of many.
    let part = gzip(&vec![0; 1 << 20]);
    let bomb = part.repeat(700);
    assert!(bomb.len() < 1_000_000, "small on the wire: {}", bomb.len());
    check(read("content-encoding: gzip\r\n", bomb).await, "E-RESPONSE-LIMIT", TOO_LARGE);
    let zeros = vec![0; 20 << 20];
    check(read("content-encoding: deflate\r\n", zlib(&zeros)).await, "E-RESPONSE-LIMIT", TOO_LARGE);
    check(read("content-encoding: deflate\r\n", deflate(&zeros)).await, "E-RESPONSE-LIMIT", TOO_LARGE);
    let exact = vec![7; 1_000_000];
    assert_eq!(read("content-encoding: gzip\r\n", gzip(&exact)).await.unwrap().body.len(), 1_000_000);
}

#[tokio::test]
async fn a_broken_packing_is_no_answer() {
    let packed = gzip(b"to be or not to be");
    let mut wrong_sum = packed.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    for body in [packed[..packed.len() - 9].to_vec(), wrong_sum, b"{\"not\":\"packed\"}".to_vec()] {
        check(read("content-encoding: gzip\r\n", body).await, "E-RESPONSE-SYNTAX", BROKEN);
    }
    let cut = zlib(b"to be or not to be");
    check(read("content-encoding: deflate\r\n", cut[..8].to_vec()).await, "E-RESPONSE-SYNTAX", BROKEN);
    let fault = read("content-encoding: br\r\n", vec![1]).await.unwrap_err();
    assert_eq!(fault.status, Some(200));
    for coding in ["br", "zstd", "gzip, gzip", "deflate, gzip", "x"] {
        let message = format!("the answer is packed as `{coding}`, which was not asked for");
        check(read(&format!("content-encoding: {coding}\r\n"), vec![1]).await, "E-RESPONSE-SYNTAX", &message);
    }
}
