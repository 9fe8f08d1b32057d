//! What no well-meaning client sends: requests that are too large, broken, ambiguous, slow or from a page of
//! another site, byte by byte over a socket. Each is answered, or its connection closed, and the hub goes on.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

use nave_server::{Hub, Mode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::rig::Place;

/// A hub, and the line that carries its token.
async fn hub() -> (Place, Hub, String) {
    let place = Place::new();
    let hub = Hub::start(place.options(Mode::Dev, &[("bodies.webhook", "100KB")])).await.unwrap();
    let token = std::fs::read_to_string(place.path(".nave/token")).unwrap();
    let token = format!("Authorization: Bearer {}\r\n", token.trim());
    (place, hub, token)
}

/// Everything a hub says to these bytes until it closes, or until `enough` stands in it.
pub(crate) async fn said(hub: &Hub, bytes: &[u8], enough: Option<&str>) -> String {
    let mut stream = TcpStream::connect(hub.address()).await.unwrap();
    let (mut from, mut to) = stream.split();
    // The hub may have closed before everything was sent.
    let sending = async { to.write_all(bytes).await.ok() };
    let reading = async {
        let (mut all, mut piece) = (Vec::new(), vec![0; 8192]);
        loop {
            match from.read(&mut piece).await {
                Ok(0) | Err(_) => return all,
                Ok(count) => all.extend_from_slice(&piece[..count]),
            }
            if enough.is_some_and(|enough| String::from_utf8_lossy(&all).contains(enough)) {
                return all;
            }
        }
    };
    let (_, all) = tokio::join!(sending, reading);
    String::from_utf8_lossy(&all).into_owned()
}

/// One request, after whose answer the hub closes.
async fn check(hub: &Hub, request: &str, expected: &str) -> String {
    let (line, rest) = request.split_once("\r\n").unwrap();
    let request = format!("{line}\r\nHost: {}\r\nConnection: close\r\n{rest}", hub.address());
    let answer = said(hub, request.as_bytes(), None).await;
    assert!(answer.starts_with(expected), "{line}: {answer}");
    answer
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_and_hurts_nobody() {
    let (_place, hub, _) = hub().await;
    let long = "a".repeat(700_000);
    let many: String = (0..300).map(|number| format!("X-{number}: 1\r\n")).collect();
    for (request, expected) in [
        ("\u{16}\u{3}\u{1}\u{2}\r\n\r\n".to_owned(), "HTTP/1.1 400"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "HTTP/1.1 400"),
        (format!("GET / HTTP/1.1\r\nX: {long}\r\n\r\n"), "HTTP/1.1 431"),
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), "HTTP/1.1 431"),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(70_000)), "HTTP/1.1 414"),
        ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(), "HTTP/1.1 400"),
        ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(), "HTTP/1.1 400"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(), "HTTP/1.1 400"),
    ] {
        let answer = said(&hub, request.as_bytes(), None).await;
        let shown: String = request.chars().take(40).collect();
        assert!(answer.starts_with(expected), "{shown:?}: {answer:?}");
    }
    check(&hub, "GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 200").await;
    hub.stop().await;
}

#[tokio::test]
async fn a_body_is_taken_as_http_allows() {
    let (_place, hub, token) = hub().await;
    let post = |path: &str, rest: &str| format!("POST {path} HTTP/1.1\r\n{rest}");
    let start = r#"{"flow":"keep","data":{"text":"a"}}"#;
    let kind = format!("{token}Content-Type: application/json\r\n");
    let length = start.len();
    let (first, rest) = start.split_at_checked(5).unwrap();
    let chunked = format!(
        "{kind}Transfer-Encoding: chunked\r\n\r\n5\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
        rest.len()
    );
    check(&hub, &post("/api/v1/runs", &chunked), "HTTP/1.1 202").await;
    let expecting = format!("{kind}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n{start}");
    let answer = check(&hub, &post("/api/v1/runs", &expecting), "HTTP/1.1 100 Continue").await;
    assert!(answer.contains("HTTP/1.1 202"), "{answer}");
    // Who may not ask is told so before the body is sent.
    let stranger = format!("Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n");
    check(&hub, &post("/api/v1/runs", &stranger), "HTTP/1.1 401").await;
    check(&hub, &post("/api/v1/runs", &format!("{kind}\r\n")), "HTTP/1.1 400").await;
    check(&hub, &post("/webhooks/notes", "Content-Length: 99999999999\r\n\r\n"), "HTTP/1.1 413").await;
    let piece = format!("8000\r\n{}\r\n", "a".repeat(0x8000));
    let large = format!("Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", piece.repeat(5));
    check(&hub, &post("/webhooks/notes", &large), "HTTP/1.1 413").await;
    check(&hub, &post("/webhooks/notes", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "HTTP/1.1 400").await;
    // Both lengths at once could mean two different requests to a proxy and to the hub.
    let both = format!(
        "{kind}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"
    );
    let answer = check(&hub, &post("/api/v1/runs", &both), "HTTP/1.1 400").await;
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    hub.stop().await;
}

#[tokio::test]
async fn an_answer_does_not_wait_for_the_next_request() {
    let (_place, hub, _) = hub().await;
    let host = format!("Host: {}\r\n", hub.address());
    let one = format!("GET /healthz HTTP/1.1\r\n{host}\r\n");
    let answers = said(&hub, one.repeat(3).as_bytes(), Some("ok\n")).await;
    assert!(answers.starts_with("HTTP/1.1 200"), "{answers}");
    let half = said(&hub, format!("{one}GET /heal").as_bytes(), Some("ok\n")).await;
    assert!(half.starts_with("HTTP/1.1 200"), "{half}");
    let old = said(&hub, format!("GET /healthz HTTP/1.0\r\n{host}\r\n").as_bytes(), None).await;
    assert!(old.starts_with("HTTP/1.0 200") && old.ends_with("ok\n"), "{old}");
    hub.stop().await;
}

#[tokio::test]
async fn a_path_leads_nowhere_else() {
    let (_place, hub, token) = hub().await;
    for (path, expected) in [
        ("/api/v1/../../etc/passwd", 404),
        ("/api/v1/runs/..%2f..%2fetc", 404),
        ("/api/v1/runs/%00", 404),
        ("/api/v1/runs/%ff", 400),
        ("/api/v1/info/", 404),
        ("//api/v1/info", 404),
        ("/API/V1/INFO", 404),
        ("/faults/../../token", 404),
        ("/faults/E-RUN-UNKNOWN%2f..", 404),
        ("/.nave/token", 404),
    ] {
        check(&hub, &format!("GET {path} HTTP/1.1\r\n{token}\r\n"), &format!("HTTP/1.1 {expected}")).await;
    }
    for path in
        ["/webhooks/", "/webhooks/..", "/webhooks/%ff", "/webhooks/notes/more", "/hooks/", "/hooks/%2e%2e"]
    {
        check(&hub, &format!("POST {path} HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), "HTTP/1.1 404").await;
    }
    hub.stop().await;
}

#[tokio::test]
async fn no_page_of_another_site_may_ask() {
    let (_place, hub, token) = hub().await;
    let bare = token.split_once("Bearer ").unwrap().1.trim();
    for (request, expected) in [
        (format!("GET /api/v1/info HTTP/1.1\r\nOrigin: http://evil.example\r\n{token}\r\n"), 403),
        (format!("GET /api/v1/info HTTP/1.1\r\nOrigin: null\r\n{token}\r\n"), 403),
        ("OPTIONS /api/v1/runs HTTP/1.1\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n".to_owned(), 403),
        (format!("OPTIONS /api/v1/runs HTTP/1.1\r\n{token}\r\n"), 405),
        (format!("TRACE /api/v1/info HTTP/1.1\r\n{token}\r\n"), 405),
        // What stands in an address is kept in logs and histories.
        (format!("GET /api/v1/info?token={bare} HTTP/1.1\r\n\r\n"), 401),
        (format!("GET /api/v1/info?access_token={bare} HTTP/1.1\r\n\r\n"), 401),
        (format!("GET /api/v1/info HTTP/1.1\r\nCookie: token={bare}\r\n\r\n"), 401),
    ] {
        let answer = check(&hub, &request, &format!("HTTP/1.1 {expected}")).await.to_ascii_lowercase();
        assert!(!answer.contains("access-control-allow"), "{answer}");
        if let Some((_, body)) = answer.split_once("\r\n\r\n") {
            assert!(body.contains(&format!("\"status\":{expected}")), "{body}");
        }
    }
    let rebound =
        format!("GET /api/v1/info HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n{token}\r\n");
    assert!(said(&hub, rebound.as_bytes(), None).await.starts_with("HTTP/1.1 403"));
    let whole = format!(
        "GET http://evil.example/api/v1/info HTTP/1.1\r\nConnection: close\r\nHost: {}\r\n{token}\r\n",
        hub.address()
    );
    assert!(said(&hub, whole.as_bytes(), None).await.starts_with("HTTP/1.1 403"));
    hub.stop().await;
}
