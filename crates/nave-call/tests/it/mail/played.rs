//! Mail servers that a test plays, line by line: TLS and what comes before it, and everything a server may
//! do that a good one does not.

use std::sync::Arc;

use nave_call::{CallRequest, SystemClock, TransportOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{caller, connector, letter};
use crate::system::naming;
use crate::tls::Authority;

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

async fn line(stream: &mut impl Stream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        match stream.read_u8().await {
            Ok(byte) => line.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(line).unwrap().trim_end().to_owned()
}

/// Says each answer after a line of the client; gives the lines, a message as `.`.
async fn play(stream: &mut impl Stream, answers: &[&str]) -> Vec<String> {
    let mut heard = Vec::new();
    for answer in answers {
        let mut said = line(stream).await;
        if heard.last().is_some_and(|last| last == "DATA") {
            while said != "." && !said.is_empty() || said.is_empty() && heard.len() > 100 {
                said = line(stream).await;
            }
            // Headers, an empty line, the text.
            while said != "." {
                said = line(stream).await;
            }
        }
        if said.is_empty() {
            break;
        }
        heard.push(said);
        drop(stream.write_all(format!("{answer}\r\n").as_bytes()).await);
    }
    heard
}

const TAKEN: [&str; 6] = ["235 ok", "250 ok", "250 ok", "354 go", "250 2.0.0 queued as 7", "221 bye"];

/// The outcome of a call at `scheme://mail.example:PORT`, whose server is played by `server`; names lead to
/// loopback, and `named` says whether the connection names the host on purpose.
async fn call<F: Future<Output = Vec<String>>>(
    authority: &Authority,
    (scheme, named): (&str, bool),
    server: impl FnOnce(TcpListener) -> F,
) -> (Result<Value, (String, String)>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let names = naming("mail.example", &["127.0.0.1"]);
    let options = TransportOptions {
        resolver: names,
        extra_roots: vec![authority.root()],
        clock: Arc::new(SystemClock::new()),
    };
    let hosts = if named { json!(["mail.example"]) } else { json!([]) };
    let address = format!("{scheme}://mail.example:{port}");
    let caller = caller(&connector(false), &address, &json!({"allow_private_hosts": hosts}), options);
    let calling = caller.call(CallRequest::new("mail", "send", letter()));
    let (outcome, heard) = tokio::join!(calling, server(listener));
    let outcome = outcome.map(|answer| answer.value);
    (outcome.map_err(|fault| (fault.code.name.to_owned(), fault.message.clone())), heard)
}

#[tokio::test]
async fn tls_comes_before_the_password() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("mail.example", &[]);
    let (outcome, heard) = call(&authority, ("smtp", true), async |listener| {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example ESMTP\r\n").await.unwrap();
        let mut heard = play(&mut stream, &["250-mail.example\r\n250 STARTTLS", "220 go"]).await;
        let mut stream = acceptor.accept(stream).await.unwrap();
        let answers = [&["250-mail.example\r\n250 AUTH PLAIN"][..], &TAKEN].concat();
        heard.extend(play(&mut stream, &answers).await);
        heard
    })
    .await;
    assert_eq!(outcome.unwrap()["reply"], "250 2.0.0 queued as 7");
    let heard: Vec<&str> = heard.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(heard, ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".", "QUIT"]);
}

#[tokio::test]
async fn smtps_is_tls_from_the_first_byte() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("mail.example", &[]);
    let (outcome, _) = call(&authority, ("smtps", true), async |listener| {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        stream.write_all(b"220 mail.example\r\n").await.unwrap();
        play(&mut stream, &[&["250-mail.example\r\n250 AUTH LOGIN", "334 u", "334 p"][..], &TAKEN].concat())
            .await
    })
    .await;
    assert_eq!(outcome.unwrap()["reply"], "250 2.0.0 queued as 7");
}

#[tokio::test]
async fn another_server_s_certificate_gets_nothing() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("other.example", &[]);
    let (outcome, heard) = call(&authority, ("smtp", true), async |listener| {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example\r\n").await.unwrap();
        let heard = play(&mut stream, &["250-mail.example\r\n250 STARTTLS", "220 go"]).await;
        assert!(acceptor.accept(stream).await.is_err());
        heard
    })
    .await;
    assert_eq!(outcome.unwrap_err().0, "E-TLS");
    assert_eq!(heard.len(), 2);
}

/// A server on a plain connection that says these answers, to a host the connection names.
#[track_caller]
fn check(greeting: &'static str, answers: &'static [&'static str], code: &str, message: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (outcome, _) = runtime.block_on(call(&Authority::new(), ("smtp", true), async |listener| {
        let mut heard = Vec::new();
        // The call may come again while its time lasts.
        let serving = async {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                drop(stream.write_all(greeting.as_bytes()).await);
                heard = play(&mut stream, answers).await;
            }
        };
        drop(tokio::time::timeout(std::time::Duration::from_millis(2200), serving).await);
        heard
    }));
    let (found, told) = outcome.unwrap_err();
    assert_eq!(found, code, "{told}");
    assert!(told.starts_with(message), "{told}");
}

const HELLO: &str = "250-mail.example\r\n250 AUTH PLAIN";

#[test]
fn what_a_server_says_is_understood() {
    let host = "`mail.example`";
    check("220 hi\r\n", &["250 mail.example"], "E-AUTH-REJECTED", &format!("{host} takes no sign-in"));
    check("220 hi\r\n", &[HELLO, "535 no"], "E-AUTH-REJECTED", &format!("{host} did not accept"));
    check(
        "220 hi\r\n",
        &[HELLO, "235 ok", "552 5.3.4 large"],
        "E-REJECTED",
        &format!("{host} refused the sender"),
    );
    check(
        "220 hi\r\n",
        &[HELLO, "235 ok", "250 ok", "250 ok", "354 go", "554 5.7.1 spam"],
        "E-REJECTED",
        &format!("{host} refused the message: 554 5.7.1 spam"),
    );
    check(
        "220 hi\r\n",
        &["250-a\r\n250-SIZE 10\r\n250 AUTH PLAIN", "235 ok"],
        "E-REJECTED",
        &format!("{host} takes messages of at most 10 bytes"),
    );
}

#[test]
fn what_passes_is_told_as_passing() {
    let host = "`mail.example`";
    check("421 busy\r\n", &[], "E-UNREACHABLE", &format!("{host} takes no connections now: 421 busy"));
    check(
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        &[],
        "E-UNREACHABLE",
        &format!("the connection to {host} broke"),
    );
    check(
        "220 hi\r\n",
        &[HELLO, "235 ok", "250 ok", "450 4.2.0 greylisted"],
        "E-DEFERRED",
        &format!("{host} does not take the recipient `ann@a.example` now: 450"),
    );
    check(
        "220 hi\r\n",
        &[HELLO, "235 ok", "250 ok", "250 ok", "354 go", "451 4.3.0 later"],
        "E-DEFERRED",
        &format!("{host} does not take the message now: 451"),
    );
    check(
        "220 hi\r\n",
        &[HELLO, "235 ok", "421 closing"],
        "E-UNREACHABLE",
        &format!("{host} closed the connection: 421"),
    );
}

#[tokio::test]
async fn words_before_tls_are_not_believed() {
    let authority = Authority::new();
    let (outcome, _) = call(&authority, ("smtp", true), async |listener| {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example\r\n").await.unwrap();
        let injected = "220 go\r\n250-mail.example\r\n250 AUTH PLAIN";
        play(&mut stream, &["250-mail.example\r\n250 STARTTLS", injected]).await
    })
    .await;
    assert_eq!(outcome.unwrap_err().0, "E-TLS");
}
