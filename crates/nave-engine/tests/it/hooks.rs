//! Webhooks from the signed request to the run: with the connectors that ship, the example project, a real
//! store and a real engine.

use std::sync::Arc;

use nave_connector::signature::Capture;
use nave_engine::intake::{self, Hook, HookAnswer, Target};
use nave_model::event::Body;
use nave_store::Store;
use nave_store::record::{EventFilter, Filter, Page};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::frail::Frail;
use crate::hub::{Hub, PUBLIC, SECRET, example, keeper};

/// A connection of a connector that ships.
fn connection(connector: &str) -> (String, String) {
    let text = format!("connector: {connector}\nwebhook: {{ secret: {{ file: SECRET }} }}\n");
    (format!("connections/{connector}.yaml"), text)
}

/// Checks that a delivery of a system, signed as the vendor would, is kept as these events:
/// `name | id | subject | body`.
async fn check(connector: &str, headers: &[(&str, &str)], body: &Value, expected: &[&str]) {
    let hub = Hub::new([connection(connector)]).await;
    let answer = hub.deliver(connector, hub.signed(connector, headers, &body.to_string()).await).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let mut kept = hub.events().await;
    kept.reverse();
    let told: Vec<String> = kept
        .iter()
        .map(|event| {
            let Body::Inline(bytes) = &event.body else { panic!("a small body became a blob") };
            let subject = event.subject.as_deref().unwrap_or_default();
            format!("{} | {} | {subject} | {}", event.name, event.id, String::from_utf8_lossy(bytes))
        })
        .collect();
    let mut sorted = told;
    sorted.sort();
    let mut expected: Vec<String> = expected.iter().map(|&text| text.to_owned()).collect();
    expected.sort();
    assert_eq!(sorted, expected);
    assert!(kept.iter().all(|event| event.source == format!("/connections/{connector}")));
}

#[tokio::test]
async fn stripe_sends_one_event() {
    let body = json!({
        "id": "evt_1Pz", "object": "event", "type": "invoice.paid", "created": 1_796_050_800,
        "data": {"object": {"id": "in_9", "object": "invoice"}},
    });
    let kept = format!("stripe.invoice.paid | evt_1Pz | in_9 | {body}");
    check("stripe", &[], &body, &[&kept]).await;
}

#[tokio::test]
async fn an_event_that_nobody_named_is_kept() {
    let body = json!({"id": "evt_2", "type": "thing.made up", "data": {"object": {}}});
    let kept = format!("stripe.thing.made_up | evt_2 |  | {body}");
    check("stripe", &[], &body, &[&kept]).await;
}

#[tokio::test]
async fn hubspot_sends_a_list() {
    let one = json!({
        "eventId": 1, "subscriptionId": 22, "occurredAt": 1_796_050_800_000_u64, "objectId": 512,
        "subscriptionType": "deal.propertyChange", "propertyName": "dealstage", "propertyValue": "closedwon",
    });
    let other = json!({
        "eventId": 2, "subscriptionId": 23, "occurredAt": 1_796_050_800_001_u64, "objectId": 7,
        "subscriptionType": "contact.creation",
    });
    let kept = [
        format!("hubspot.deal.property_changed | 22-1-512-1796050800000 | 512 | {one}"),
        format!("hubspot.contact.created | 23-2-7-1796050800001 | 7 | {other}"),
    ];
    check("hubspot", &[], &json!([one, other]), &[&kept[0], &kept[1]]).await;
}

#[tokio::test]
async fn slack_wraps_its_events() {
    let body = json!({
        "type": "event_callback", "event_id": "Ev08", "event_time": 1_796_050_800,
        "event": {"type": "message", "channel_type": "channel", "channel": "C024", "text": "hello"},
    });
    let kept = format!("slack.message.channels | Ev08 | C024 | {body}");
    check("slack", &[], &body, &[&kept]).await;
}

#[tokio::test]
async fn slack_asks_first() {
    let hub = Hub::new([connection("slack")]).await;
    let asked = json!({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aB"}).to_string();
    let answer = hub.deliver("slack", hub.signed("slack", &[], &asked).await).await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"3eZbrw1aB".as_slice()));
    let unsigned = Capture { body: asked.into_bytes(), ..hub.capture("slack", &[], "") };
    assert_eq!(hub.deliver("slack", unsigned).await.status, 401);
    assert!(hub.events().await.is_empty());
}

#[tokio::test]
async fn the_recorded_deal_starts_its_flow() {
    let hub = Hub::new(example("deal-won")).await;
    let text = std::fs::read(example_file("deal-won/events/deal-won.http")).unwrap();
    let capture = Capture::parse("deal-won.http", &text).unwrap();
    let answer = hub.deliver_at("crm", capture.clone(), 1_796_050_802_000).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let deal: Value = serde_json::from_slice(&capture.body).unwrap();
    let run = hub.run_of("2211087-3181526809-1796050800000").await;
    assert_eq!(run.flow, "sales/onboard-won-deal");
    let view = hub.engine.run(&run.id).await.unwrap();
    assert_eq!(view.input, deal[0]["object"]);
    // The recording is as it would be made now.
    let again = hub.sign("crm", &capture, 1_796_050_801_250).await;
    assert_eq!(again.header("X-HubSpot-Signature-v3"), capture.header("X-HubSpot-Signature-v3"));
    // Long after, it has to be signed again; by its id it is the same event.
    let late = 1_796_150_000_000;
    assert_eq!(hub.deliver_at("crm", capture.clone(), late).await.status, 401);
    assert_eq!(hub.deliver_at("crm", hub.sign("crm", &capture, late).await, late).await.status, 200);
    assert_eq!(hub.events().await.len(), 1);
}

#[tokio::test]
async fn simultaneous_duplicates_are_one_run() {
    let hub = Arc::new(Hub::new([connection("stripe"), keeper("trigger: stripe.invoice.paid")]).await);
    let mut sending = JoinSet::new();
    for number in 0..400 {
        let body = json!({"id": format!("evt_{}", number % 4), "type": "invoice.paid"}).to_string();
        let hub = Arc::clone(&hub);
        sending
            .spawn(async move { hub.deliver("stripe", hub.signed("stripe", &[], &body).await).await.status });
    }
    assert!(sending.join_all().await.iter().all(|status| *status == 200));
    for number in 0..4 {
        hub.run_of(&format!("evt_{number}")).await;
    }
    assert_eq!(hub.events().await.len(), 4);
    assert_eq!(hub.runs().await.len(), 4);
}

#[tokio::test]
async fn a_large_body_is_a_blob_that_flows_can_read() {
    let hub = Hub::new([connection("stripe"), keeper("trigger: stripe.invoice.paid")]).await;
    let body = json!({"id": "evt_1", "type": "invoice.paid", "note": "x".repeat(70_000)});
    let sent = body.to_string();
    assert_eq!(hub.deliver("stripe", hub.signed("stripe", &[], &sent).await).await.status, 200);
    let events = hub.events().await;
    let Body::Blob { sha256, length } = &events[0].body else { panic!("{:?}", events[0]) };
    assert_eq!(*length, sent.len() as u64);
    assert_eq!(hub.store.blob(sha256.clone()).await.unwrap(), Some(sent.into_bytes()));
    let run = hub.run_of("evt_1").await;
    assert_eq!(hub.ended(&run.id).await.output, Some(json!({"kept": body})));
}

#[tokio::test]
async fn a_store_that_takes_nothing_has_the_sender_try_again() {
    let files = [connection("stripe"), keeper("trigger: stripe.invoice.paid")];
    let mut hub = Hub::new(files).await;
    let inner = Arc::clone(&hub.store);
    // The engine's own start is the one commit that works.
    let frail = Frail::new(Arc::clone(&inner), 1, false);
    hub.start_on(Arc::clone(&frail) as Arc<dyn Store>).await;
    let body = |id: &str| json!({"id": id, "type": "invoice.paid"}).to_string();
    assert_eq!(hub.deliver("stripe", hub.signed("stripe", &[], &body("evt_1")).await).await.status, 200);
    frail.stopped().await;
    let refused = hub.deliver("stripe", hub.signed("stripe", &[], &body("evt_2")).await).await;
    assert_eq!(refused.status, 503);
    assert!(refused.headers.iter().any(|(name, _)| name == "Retry-After"), "{refused:?}");
    hub.start_on(inner).await;
    assert_eq!(hub.deliver("stripe", hub.signed("stripe", &[], &body("evt_2")).await).await.status, 200);
    for id in ["evt_1", "evt_2"] {
        hub.run_of(id).await;
    }
    assert_eq!(hub.runs().await.len(), 2);
}

#[tokio::test]
async fn a_flow_has_a_signed_webhook() {
    let signed = "webhook: shop/orders\nschema: { type: object, required: [id] }\nsigned: { kind: standard_webhooks, secret: { file: SECRET } }";
    let hub = Hub::new([keeper(signed)]).await;
    let send = |body: &str, id: &str| {
        let rule = serde_json::from_str(r#"{"kind":"standard_webhooks"}"#).unwrap();
        let capture = hub.capture("", &[], body);
        capture.signed(&rule, "", SECRET, id, hub.now_ms()).unwrap()
    };
    let mut runs = Vec::new();
    for _ in 0..3 {
        let answer = hub.start("shop/orders", send(r#"{"id":1}"#, "m1"), false).await;
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
        runs.push(body(&answer)["run"].clone());
    }
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    let view = hub.ended(runs[0].as_str().unwrap()).await;
    assert_eq!(view.output, Some(json!({"kept": {"id": 1}})));
    let wrong = hub.start("shop/orders", send("{}", "m2"), false).await;
    assert_eq!(
        (wrong.status, body(&wrong)["problems"][0]["pointer"].clone()),
        (422, json!("/id")),
        "{}",
        body(&wrong)
    );
    assert_eq!(hub.start("shop/orders", hub.capture("", &[], r#"{"id":1}"#), true).await.status, 401);
    assert_eq!(hub.runs().await.len(), 1);
}

#[tokio::test]
async fn a_flow_without_a_signature_wants_the_token() {
    let hub = Hub::new([keeper("webhook: open")]).await;
    let capture = || hub.capture("", &[], r#"{"id":1}"#);
    assert_eq!(hub.start("open", capture(), false).await.status, 401);
    let answer = hub.start("open", capture(), true).await;
    assert_eq!(answer.status, 202);
    hub.ended(body(&answer)["run"].as_str().unwrap()).await;
}

#[tokio::test]
async fn the_address_that_is_signed_is_the_public_one() {
    let hub = Hub::new([connection("hubspot")]).await;
    let body = r#"[{"subscriptionType":"deal.creation","eventId":1}]"#;
    let mut inside =
        hub.hook(Target::Connection("hubspot".to_owned()), hub.signed("hubspot", &[], body).await);
    inside.uri = "http://10.0.0.7:7466/webhooks/hubspot".to_owned();
    assert_eq!(intake::receive(&hub.engine, &hub.hooks, inside).await.status, 200);
    assert_eq!(intake::own_address(PUBLIC, "hubspot"), "http://127.0.0.1:7466/webhooks/hubspot");
}

fn body(answer: &HookAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn example_file(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(path)
}

impl Hub {
    async fn deliver(&self, connection: &str, capture: Capture) -> HookAnswer {
        let hook = self.hook(Target::Connection(connection.to_owned()), capture);
        intake::receive(&self.engine, &self.hooks, hook).await
    }

    async fn deliver_at(&self, connection: &str, capture: Capture, now_ms: u64) -> HookAnswer {
        let hook = Hook { now_ms, ..self.hook(Target::Connection(connection.to_owned()), capture) };
        intake::receive(&self.engine, &self.hooks, hook).await
    }

    async fn start(&self, path: &str, capture: Capture, has_token: bool) -> HookAnswer {
        let hook = Hook { has_token, ..self.hook(Target::Path(path.to_owned()), capture) };
        intake::receive(&self.engine, &self.hooks, hook).await
    }

    fn hook(&self, target: Target, capture: Capture) -> Hook {
        Hook {
            target,
            uri: format!("{PUBLIC}{}", capture.target),
            method: capture.method,
            headers: capture.headers,
            body: capture.body,
            now_ms: self.now_ms(),
            has_token: false,
        }
    }

    fn capture(&self, connection: &str, headers: &[(&str, &str)], body: &str) -> Capture {
        let json = [("Content-Type", "application/json")];
        let headers = json.iter().chain(headers);
        Capture {
            method: "POST".to_owned(),
            target: format!("/webhooks/{connection}"),
            headers: headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    async fn signed(&self, connection: &str, headers: &[(&str, &str)], body: &str) -> Capture {
        self.sign(connection, &self.capture(connection, headers, body), self.now_ms()).await
    }

    async fn sign(&self, connection: &str, capture: &Capture, now_ms: u64) -> Capture {
        let caller = self.engine.caller();
        let (document, connector) = caller.account(connection).unwrap();
        let url = intake::own_address(PUBLIC, connection);
        intake::sign(connector, document.webhook.as_ref().unwrap(), &url, capture, now_ms).await.unwrap()
    }

    async fn events(&self) -> Vec<nave_model::Event> {
        let events =
            self.store.events(EventFilter::default(), Page { after: None, most: 1_000 }).await.unwrap();
        events.into_iter().map(|kept| kept.event).collect()
    }

    async fn runs(&self) -> Vec<nave_store::record::RunRecord> {
        self.store.runs(Filter::default(), Page { after: None, most: 1_000 }).await.unwrap()
    }
}
