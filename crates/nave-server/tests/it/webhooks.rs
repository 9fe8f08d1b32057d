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

/// Sends a signed webhook and gives the status.
async fn send(place: &Place, asker: &Asker, id: &str, body: &str, spoil: bool) -> u16 {
    let secret = std::fs::read_to_string(place.path(".nave/dev/webhook-secret")).unwrap();
    let signature: Signature = serde_json::from_value(json!({ "kind": "standard_webhooks" })).unwrap();
    let url = format!("http://{}/webhooks/notes", asker.0.address());
    let delivery = Delivery { method: "POST", url: &url, headers: &[], body: body.as_bytes() };
    let now_ms = jiff::Timestamp::now().as_millisecond().try_into().unwrap();
    let signed = signature.sign(delivery, secret.trim(), id, now_ms).unwrap();
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
