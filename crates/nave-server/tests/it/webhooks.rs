//! Webhooks over real HTTP: signed, proven, durable before they are answered, once however often they come.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

use http::Method;
use nave_connector::signature::{Delivery, Signature};
use serde_json::{Value, json};

use crate::rig::{Asker, Place};

const CONNECTOR: &str = "connector: notes\ntitle: Notes\nsummary: Keeps notes.\ndescription: openapi.yaml\n\
    webhooks:\n  signature: {kind: standard_webhooks}\n  event: {name: /type, id: /id}\n\
    events:\n  note.changed: {summary: A note was changed., schema: \"#/components/schemas/Note\"}\n\
    operations:\n  create_note: {summary: Keep a note.}\n";

const HEARD: &str = "flow: heard\ntrigger: notes.note.changed\nsteps:\n  - kept: notes.create_note\n    with: |\n      { text: .id }\n";

/// A project whose connection takes webhooks, signed in dev with the secret the hub made.
fn place() -> Place {
    let place = Place::new();
    place.write("connectors/notes/connector.yaml", CONNECTOR);
    let description = std::fs::read_to_string(place.path("connectors/notes/openapi.yaml")).unwrap();
    let schemas = "  schemas:\n    Note: {type: object, required: [id], properties: {id: {type: string}, type: {type: string}}}\n";
    place.write("connectors/notes/openapi.yaml", &format!("{description}{schemas}"));
    place.write(
        "connections/notes.yaml",
        "connector: notes\nwebhook: {secret: {env: NAVE_TEST_NO_SUCH_SECRET}}\n",
    );
    place.write("flows/heard.yaml", HEARD);
    place
}

/// The headers that sign a webhook with the secret the hub made.
fn proof(place: &Place, asker: &Asker, id: &str, body: &[u8]) -> Vec<(String, String)> {
    let secret = std::fs::read_to_string(place.path(".nave/dev/webhook-secret")).unwrap();
    let signature: Signature = serde_json::from_value(json!({ "kind": "standard_webhooks" })).unwrap();
    let url = format!("http://{}/webhooks/notes", asker.0.address());
    let delivery = Delivery { method: "POST", url: &url, headers: &[], body };
    let now_ms = jiff::Timestamp::now().as_millisecond().try_into().unwrap();
    signature.sign(delivery, secret.trim(), id, now_ms).unwrap()
}

/// Sends a signed webhook and gives the status.
async fn send(place: &Place, asker: &Asker, id: &str, body: &str, spoil: bool) -> u16 {
    let signed = proof(place, asker, id, body.as_bytes());
    let mut headers = http::HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    for (name, value) in signed {
        headers.insert(http::HeaderName::try_from(name.as_str()).unwrap(), value.parse().unwrap());
    }
    let body = if spoil { format!("{body} ") } else { body.to_owned() };
    asker.0.send(Method::POST, "/webhooks/notes", headers, body.into()).await.unwrap().status.as_u16()
}

#[tokio::test]
async fn a_signed_webhook_is_an_event_once() {
    let place = place();
    let (hub, asker) = place.dev().await;
    let mut stream = asker.stream("kinds=run&flow=heard").await;
    let body = json!({ "type": "note.changed", "id": "n1" }).to_string();
    assert_eq!(send(&place, &asker, "w1", &body, true).await, 401);
    for _ in 0..2 {
        assert!((200..300).contains(&send(&place, &asker, "w1", &body, false).await));
    }
    while !stream.next().await.unwrap().unwrap().data.contains("completed") {}
    let events = asker.get("/events?type=notes.note.changed").await;
    assert_eq!(events["items"].as_array().unwrap().len(), 1, "{events}");
    assert_eq!(asker.runs("flow=heard").await.len(), 1);
    hub.stop().await;
}

#[tokio::test]
async fn a_flows_own_webhook_asks_for_the_token_and_keeps_its_trace() {
    let place = place();
    place.write(
        "flows/hook.yaml",
        "flow: hook\nwebhook: shop/orders\nschema: { type: object, required: [id], properties: { id: { type: string } } }\n\
         steps:\n  - kept: notes.create_note\n    with: |\n      { text: .id }\n",
    );
    let (hub, asker) = place.dev().await;
    let kind = [("content-type", "application/json")];
    let wrong = asker.raw(Method::POST, "/hooks/shop/orders", &kind, "{}").await;
    assert_eq!(wrong.status.as_u16(), 422, "{wrong:?}");
    let answer = asker.raw(Method::POST, "/hooks/shop/orders", &kind, r#"{"id":"o1"}"#).await;
    let started: Value = serde_json::from_slice(&answer.body).unwrap();
    asker.settled(started["run"].as_str().unwrap(), &["completed"]).await;
    let secret = nave_model::Secret::new("nave_guess");
    let stranger = Asker(nave_server::Client::new(hub.address(), secret));
    let refused = stranger.raw(Method::POST, "/hooks/shop/orders", &kind, r#"{"id":"o2"}"#).await;
    assert_eq!(refused.status.as_u16(), 401);
    assert_eq!(asker.raw(Method::POST, "/hooks/nothing", &kind, "{}").await.status.as_u16(), 404);
    assert_eq!(asker.raw(Method::POST, "/webhooks/nothing", &kind, "{}").await.status.as_u16(), 404);
    let large = "x".repeat(6_000_000);
    assert_eq!(asker.raw(Method::POST, "/hooks/shop/orders", &kind, &large).await.status.as_u16(), 413);
    hub.stop().await;
}

#[tokio::test]
async fn a_body_is_kept_byte_for_byte_whatever_it_is_and_however_it_came() {
    let place = place();
    let (hub, asker) = place.dev().await;
    // Names twice, decimals as they stand, white space, bytes of another encoding, nothing at all, and more
    // than is kept beside its event.
    let padded = format!("\u{feff} {{\"type\":\"note.changed\", \"pad\":\"{}\"}}\r\n", "x".repeat(80_000));
    let bodies: [(&str, &[u8]); 5] = [
        ("n1", b"{ \"type\":\"note.changed\", \"id\":\"n1\",\r\n\t\"amount\":1.500, \"a\":1, \"a\":2, \"s\":\"\\u00e9\" }\n"),
        ("w2", b"{\"type\":\"note.changed\",\"x\":\"caf\xe9\"}"),
        ("w3", b"\x00\xff\xfe\r\n\r\n"),
        ("w4", b""),
        ("w5", padded.as_bytes()),
    ];
    for (id, body) in bodies {
        let mut request = format!(
            "POST /webhooks/notes HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json; charset=iso-8859-1\r\n",
            hub.address()
        );
        for (name, value) in proof(&place, &asker, if id == "n1" { "w1" } else { id }, body) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("Transfer-Encoding: chunked\r\n\r\n");
        let mut bytes = request.into_bytes();
        // In pieces that break characters and lines.
        for piece in body.chunks(if body.len() > 1_000 { 7_001 } else { 3 }) {
            bytes.extend(format!("{:x}\r\n", piece.len()).as_bytes());
            bytes.extend(piece);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
        let answer = crate::hostile::said(&hub, &bytes, None).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{id}: {answer}");
        let kept = asker.raw(Method::GET, &format!("/api/v1/events/{id}/body"), &[], "").await;
        assert!(kept.body == body, "{id}: {:?}", kept.body);
        assert_eq!(kept.headers["content-type"], "application/json; charset=iso-8859-1");
    }
    hub.stop().await;
}
