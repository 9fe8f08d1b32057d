//! One trace from whatever comes in through everything it causes: calls, their retries, runs of other flows,
//! events and the runs they begin, deliveries.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::BTreeSet;

use http::{HeaderMap, Method};
use nave_connector::signature::{Delivery, Signature};
use nave_model::trace;
use nave_server::view::RunDetail;
use nave_server::{Hub, Mode};
use serde_json::{Value, json};

use crate::rig::{Asker, Place};
use crate::system::{Sent, System};

const CONNECTOR: &str = "connector: notes\ntitle: Notes\nsummary: Keeps notes.\ndescription: openapi.yaml\n\
    webhooks:\n  signature: {kind: standard_webhooks}\n  event: {name: /type, id: /id}\n\
    events:\n  note.changed: {summary: A note was changed., schema: \"#/components/schemas/Note\"}\n\
    operations:\n  create_note: {summary: Keep a note.}\n";

const HOOK: &str = "flow: hook\nwebhook: shop/orders\n\
    schema: { type: object, required: [id], properties: { id: { type: string } } }\n\
    steps:\n  - kept: notes.create_note\n    with: |\n      { text: .id }\n";

const GATHERS: &str = "flow: gathers\ntrigger: { webhook: shop/many, batch: { size: 1, within: 1h } }\n\
    steps:\n  - kept: notes.create_note\n    with: |\n      { text: \"some\" }\n";

const HEARD: &str = "flow: heard\ntrigger: notes.note.changed\nsteps:\n  - kept: notes.create_note\n    with: |\n      { text: .id }\n";

/// Calls, runs another flow, and sends an event that begins a third.
const ALL: &str = "flow: all\ntrigger: manual\nsteps:\n  - kept: notes.create_note\n    with: |\n      { text: \"first\" }\n  \
    - child: run child\n    with: |\n      { text: \"second\" }\n  - told: emit thing.heard\n    with: |\n      { text: \"third\" }\n";

const CHILD: &str = "flow: child\ntrigger: manual\nsteps:\n  - kept: notes.create_note\n    with: |\n      { text: \"second\" }\n";

const SECRET: &str = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ=";

/// What came with a trace of this number.
fn came(number: u8) -> (String, String) {
    let trace = format!("4bf92f3577b34da6a3ce929d0e0e47{number:02x}");
    (format!("00-{trace}-00f067aa0ba902b7-01"), trace)
}

struct Traced {
    hub: Hub,
    asker: Asker,
    system: System,
    _place: Place,
}

impl Traced {
    /// A hub in production whose one system is on loopback, and has the first call of each trace made again.
    async fn new() -> Traced {
        let system = System::new(|before, sent| {
            let trace = |sent: &Sent| trace::id(&sent.headers["traceparent"]).map(str::to_owned);
            let is_first = !before.iter().any(|one| one.path == sent.path && trace(one) == trace(sent));
            match (sent.path.as_str(), is_first) {
                ("/hooks", _) => "204 Taken",
                (_, true) => "429 Slow\r\nretry-after: 0",
                _ => "201 Made",
            }
        })
        .await;
        let place = Place::new();
        place.write("connectors/notes/connector.yaml", CONNECTOR);
        let description = std::fs::read_to_string(place.path("connectors/notes/openapi.yaml")).unwrap();
        let schemas = "  schemas:\n    Note: {type: object, required: [id], properties: {id: {type: string}, type: {type: string}}}\n";
        place.write("connectors/notes/openapi.yaml", &format!("{description}{schemas}"));
        place.write("secret", SECRET);
        place.write(
            "connections/notes.yaml",
            &format!(
                "connector: notes\naddress: {}\nallow_private_hosts: [127.0.0.1]\n\
                 credential: {{ secret: {{ file: secret }} }}\nwebhook: {{ secret: {{ file: secret }} }}\n",
                system.address
            ),
        );
        place.write(
            "endpoints/shop.yaml",
            &format!(
                "url: {}/hooks\nevents: [thing.heard]\nsecret: {{ file: secret }}\nallow_private_hosts: [127.0.0.1]\n",
                system.address
            ),
        );
        for (file, text) in
            [("hook", HOOK), ("gathers", GATHERS), ("heard", HEARD), ("all", ALL), ("child", CHILD)]
        {
            place.write(&format!("flows/{file}.yaml"), text);
        }
        let hub = Hub::start(place.options(Mode::Serve, &[])).await.unwrap();
        let asker = Asker(hub.client().unwrap());
        Traced { hub, asker, system, _place: place }
    }

    /// Sends something in a trace of this number, and looks at the requests that follow, `count` of them.
    async fn check(&self, number: u8, send: impl AsyncFnOnce(&Asker, HeaderMap), count: usize) {
        let before = self.system.sent(0).await.len();
        let (parent, trace) = came(number);
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", parent.parse().unwrap());
        headers.insert("tracestate", "rojo=00f067aa0ba902b7".parse().unwrap());
        send(&self.asker, headers).await;
        let sent = self.system.sent(before + count).await.split_off(before);
        let mut spans = BTreeSet::from(["00f067aa0ba902b7".to_owned()]);
        for one in &sent {
            let parts: Vec<&str> = one.headers["traceparent"].split('-').collect();
            assert_eq!((parts[0], parts[1], parts[3]), ("00", trace.as_str(), "01"), "{number}: {one:?}");
            assert_eq!(one.headers["tracestate"], "rojo=00f067aa0ba902b7", "{number}: {one:?}");
            assert!(
                spans.insert(parts[2].to_owned()),
                "{number}: each request is a span of its own: {sent:#?}"
            );
        }
        assert_eq!(sent.len(), count, "{number}: {sent:#?}");
    }
}

/// Sends a request that must be taken.
async fn post(asker: &Asker, path: &str, mut headers: HeaderMap, media: &str, body: &Value) {
    headers.insert("content-type", media.parse().unwrap());
    let answer = asker.0.send(Method::POST, path, headers, body.to_string().into()).await.unwrap();
    assert!(answer.status.is_success(), "{path}: {answer:?}");
}

fn signed(asker: &Asker, body: &Value, mut headers: HeaderMap) -> HeaderMap {
    let signature: Signature = serde_json::from_value(json!({ "kind": "standard_webhooks" })).unwrap();
    let (url, body) = (format!("http://{}/webhooks/notes", asker.0.address()), body.to_string());
    let delivery = Delivery { method: "POST", url: &url, headers: &[], body: body.as_bytes() };
    let now_ms = jiff::Timestamp::now().as_millisecond().try_into().unwrap();
    for (name, value) in signature.sign(delivery, SECRET, "w1", now_ms).unwrap() {
        headers.insert(http::HeaderName::try_from(name.as_str()).unwrap(), value.parse().unwrap());
    }
    headers
}

#[tokio::test]
async fn a_trace_goes_from_every_way_in_to_every_call() {
    const JSON: &str = "application/json";
    let traced = Traced::new().await;
    let hook = async |asker: &Asker, headers| {
        post(asker, "/hooks/shop/orders", headers, JSON, &json!({ "id": "o1" })).await;
    };
    traced.check(1, hook, 2).await;
    let gathered = async |asker: &Asker, headers| {
        post(asker, "/hooks/shop/many", headers, JSON, &json!({ "id": "o1" })).await;
    };
    traced.check(2, gathered, 2).await;
    let webhook = async |asker: &Asker, headers| {
        let body = json!({ "type": "note.changed", "id": "n1" });
        let headers = signed(asker, &body, headers);
        post(asker, "/webhooks/notes", headers, JSON, &body).await;
    };
    traced.check(3, webhook, 2).await;
    let binary = async |asker: &Asker, mut headers: HeaderMap| {
        for (name, value) in [("specversion", "1.0"), ("id", "b1"), ("source", "/t"), ("type", "thing.heard")]
        {
            let name = http::HeaderName::try_from(format!("ce-{name}")).unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        post(asker, "/api/v1/events", headers, JSON, &json!({ "text": "b" })).await;
    };
    // Its run makes a call, with a retry, and it is delivered.
    traced.check(4, binary, 3).await;
    let run = async |asker: &Asker, headers| {
        post(asker, "/api/v1/runs", headers, JSON, &json!({ "flow": "child" })).await;
    };
    traced.check(5, run, 2).await;
    // Three runs with a call each, one of them made again, and a delivery.
    let all = async |asker: &Asker, headers| {
        post(asker, "/api/v1/runs", headers, JSON, &json!({ "flow": "all" })).await;
    };
    traced.check(6, all, 5).await;
    traced.hub.stop().await;
}

#[tokio::test]
async fn a_cloud_event_carries_its_own_trace_and_keeps_its_extensions() {
    let traced = Traced::new().await;
    let structured = async |asker: &Asker, mut headers: HeaderMap| {
        // What stands in the event is the event's own; what stands in the headers is about the request.
        headers.insert("traceparent", came(99).0.parse().unwrap());
        let event = json!({
            "specversion": "1.0", "id": "s1", "source": "/t", "type": "thing.heard", "data": { "text": "s" },
            "traceparent": came(7).0, "tracestate": "rojo=00f067aa0ba902b7", "region": "eu", "priority": 3,
        });
        post(asker, "/api/v1/events", headers, "application/cloudevents+json", &event).await;
    };
    traced.check(7, structured, 3).await;
    let event = traced.asker.get("/events/s1").await;
    assert_eq!((&event["trace"], &event["trace_id"]), (&json!(came(7).0), &json!(came(7).1)));
    assert_eq!(event["extensions"], json!({ "region": "eu", "priority": "3" }));
    traced.hub.stop().await;
}

#[tokio::test]
async fn without_a_trace_the_hub_makes_one_that_people_can_look_for() {
    let traced = Traced::new().await;
    let event = json!({ "specversion": "1.0", "id": "e1", "source": "/t", "type": "thing.heard",
        "data": { "text": "e" }, "traceparent": "00-00000000000000000000000000000000-00f067aa0ba902b7-01" });
    post(&traced.asker, "/api/v1/events", HeaderMap::new(), "application/cloudevents+json", &event).await;
    let sent = traced.system.sent(3).await;
    let event = traced.asker.get("/events/e1").await;
    let trace = event["trace_id"].as_str().unwrap();
    assert_eq!(trace.len(), 32);
    for one in sent {
        assert!(one.headers["traceparent"].contains(trace), "{one:?}");
        assert!(!one.headers.contains_key("tracestate"));
    }
    let run: Value = traced.asker.get("/runs?flow=keep").await;
    let run: RunDetail = traced.asker.settled(run["items"][0]["id"].as_str().unwrap(), &["completed"]).await;
    assert_eq!(run.run.trace_id.as_deref(), Some(trace));
    let ledger = traced.asker.get("/ledger").await;
    assert_eq!(ledger["items"][0]["trace_id"], trace);
    traced.hub.stop().await;
}
