//! Mail servers that a test plays, line by line: TLS and what comes before it, and everything a server may
//! do that a good one does not.

use std::sync::Arc;

use nave_call::{CallRequest, Caller, SystemClock, TransportOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{caller, connector, letter};
use crate::system::Names;
use crate::tls::Authority;

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// The next line of the client; `None` when it has gone.
async fn line(stream: &mut impl Stream) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(line).unwrap().trim_end().to_owned())
}

/// Says each answer after a line of the client; gives the lines, a message as `.`.
async fn play(stream: &mut impl Stream, answers: &[&str]) -> Vec<String> {
    let mut heard: Vec<String> = Vec::new();
    for answer in answers {
        let in_message = heard.last().is_some_and(|last| last == "DATA");
        let said = loop {
            match line(stream).await {
                Some(said) if in_message && said != "." => {}
                said => break said,
            }
        };
        let Some(said) = said else { break };
        heard.push(said);
        drop(stream.write_all(format!("{answer}\r\n").as_bytes()).await);
    }
    heard
}

const TAKEN: [&str; 6] = ["235 ok", "250 ok", "250 ok", "354 go", "250 2.0.0 queued as 7", "221 bye"];

/// A listener that is `scheme://mail.example`, and a caller with a connection to it that names the host on
/// purpose.
async fn prepare(authority: &Authority, scheme: &str, total_ms: u64) -> (TcpListener, Caller) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = TransportOptions {
        resolver: Names::new("mail.example=127.0.0.1"),
        extra_roots: vec![authority.root()],
        clock: Arc::new(SystemClock::new()),
    };
    let address = format!("{scheme}://mail.example:{port}");
    let change = json!({"allow_private_hosts": ["mail.example"], "timeouts": {"total_ms": total_ms}});
    (listener, caller(&connector(false), &address, &change, options))
}

async fn send(caller: &Caller) -> Result<Value, (String, String)> {
    let outcome = caller.call(CallRequest::new("mail", "send", letter())).await;
    outcome.map(|answer| answer.value).map_err(|fault| (fault.code.name.to_owned(), fault.message.clone()))
}

/// The outcome of a call whose server is played by `server`, and what the server heard.
async fn call<F: Future<Output = Vec<String>>>(
    authority: &Authority,
    scheme: &str,
    server: impl FnOnce(TcpListener) -> F,
) -> (Result<Value, (String, String)>, Vec<String>) {
    let (listener, caller) = prepare(authority, scheme, 20_000).await;
    tokio::join!(send(&caller), server(listener))
}

#[tokio::test]
async fn tls_comes_before_the_password() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("mail.example", &[]);
    let (outcome, heard) = call(&authority, "smtp", async |listener| {
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
    let (outcome, _) = call(&authority, "smtps", async |listener| {
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
    let (outcome, heard) = call(&authority, "smtp", async |listener| {
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

/// A server on a plain connection that says these answers to whoever comes, until the call is settled.
#[track_caller]
fn check(greeting: &str, answers: &[&str], code: &str, message: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let (listener, caller) = prepare(&Authority::new(), "smtp", 400).await;
        let serving = async {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                drop(stream.write_all(greeting.as_bytes()).await);
                play(&mut stream, answers).await;
            }
        };
        tokio::select! {
            outcome = send(&caller) => outcome,
            () = serving => unreachable!("it serves for ever"),
        }
    });
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
    let (outcome, _) = call(&authority, "smtp", async |listener| {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example\r\n").await.unwrap();
        let injected = "220 go\r\n250-mail.example\r\n250 AUTH PLAIN";
        play(&mut stream, &["250-mail.example\r\n250 STARTTLS", injected]).await
    })
    .await;
    assert_eq!(outcome.unwrap_err().0, "E-TLS");
}
