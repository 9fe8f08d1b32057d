//! Deliveries to real servers on loopback: each event once to each endpoint, signed, tried again, given up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nave_call::clock::Sleep;
use nave_call::{Clock, SystemClock, Transport, TransportOptions};
use nave_engine::deliveries::{Deliveries, EndpointState};
use nave_model::Event;
use nave_store::record::{Delivery, DeliveryFilter, DeliveryState, Page};
use serde_json::json;

use crate::hub::{Hub, SECRET, keeper};
use crate::receiver::{Receiver, body, is_signed};
use crate::rig::event;

/// A clock on which this many seconds pass in one second of the machine.
#[derive(Debug)]
struct FastClock(u32, SystemClock, Timestamp);

impl Clock for FastClock {
    fn now(&self) -> Duration {
        self.1.now() * self.0
    }

    fn wall(&self) -> Timestamp {
        self.2 + self.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.1.sleep(duration / self.0)
    }
}

fn fast(factor: u32) -> Arc<dyn Clock> {
    let clock = SystemClock::new();
    let wall = clock.wall();
    Arc::new(FastClock(factor, clock, wall))
}

/// The document of an endpoint for some events.
fn endpoint(name: &str, url: &str, events: &str, more: &str) -> (String, String) {
    let text = format!(
        "url: {url}\nevents: {events}\nsecret: {{ file: SECRET }}\nallow_private_hosts: [127.0.0.1]\n{more}"
    );
    (format!("endpoints/{name}.yaml"), text)
}

/// A connection whose events start flows.
fn stripe() -> (String, String) {
    ("connections/stripe.yaml".to_owned(), "connector: stripe\n".to_owned())
}

/// A hub whose endpoints are told of what it accepts.
struct Told {
    hub: Hub,
    deliveries: Arc<Deliveries>,
}

impl Told {
    async fn new(files: impl IntoIterator<Item = (String, String)>, clock: Arc<dyn Clock>) -> Told {
        let files: BTreeMap<String, String> = files.into_iter().collect();
        Told::with(Hub::on(files, false, clock).await).await
    }

    async fn with(hub: Hub) -> Told {
        let transport = Transport::new(TransportOptions::default()).unwrap();
        let deliveries = Deliveries::start(Arc::clone(&hub.engine), transport).await;
        Told { hub, deliveries }
    }

    async fn happened(&self, name: &str, id: &str) {
        let received_ms = self.hub.now_ms();
        let event = Event { received_ms, ..event(name, id, &json!({"id": id, "amount": 1.50})) };
        self.hub.engine.accept("default", vec![event], Vec::new()).await.unwrap();
    }

    async fn kept(&self) -> Vec<Delivery> {
        let page = Page { after: None, most: 1_000 };
        self.hub.store.deliveries(DeliveryFilter::default(), page).await.unwrap()
    }

    /// All deliveries, once there are this many in a state.
    async fn until(&self, state: DeliveryState, count: usize) -> Vec<Delivery> {
        self.hub
            .when(|| async {
                let kept = self.kept().await;
                (kept.iter().filter(|one| one.state == state).count() >= count).then_some(kept)
            })
            .await
    }
}

fn machine() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

#[tokio::test]
async fn an_event_reaches_those_who_want_it_signed() {
    let one = Receiver::new(|_| 200).await;
    let other = Receiver::new(|_| 204).await;
    let files = [
        endpoint("one", &one.url, "[\"crm.*\"]", "headers: { X-Team: blue }\n"),
        endpoint("other", &other.url, "[crm.deal.lost]", ""),
    ];
    let told = Told::new(files, machine()).await;
    told.happened("crm.deal.won", "a").await;
    told.happened("erp.order.paid", "b").await;
    told.happened("crm.deal.lost", "c").await;
    told.happened("crm.deal.lost", "c").await;
    told.until(DeliveryState::Delivered, 3).await;
    let mut came = one.came(2).await;
    came.sort_by_key(|delivery| body(delivery)["id"].as_str().unwrap().to_owned());
    assert_eq!(came.len(), 2);
    for delivery in &came {
        assert!(is_signed(delivery, &one.url, SECRET));
        assert!(!is_signed(delivery, &one.url, "somebodyelseskey"));
        assert_eq!(delivery.header("x-team"), Some("blue"));
        assert_eq!(delivery.header("content-type"), Some("application/json"));
        assert_eq!(delivery.target, "/hooks?team=blue");
    }
    let first = body(&came[0]);
    assert_eq!(
        (&first["type"], &first["data"]),
        (&json!("crm.deal.won"), &json!({"id": "a", "amount": 1.50}))
    );
    let lost = other.came(1).await;
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].header("webhook-id"), came[1].header("webhook-id"), "one event has one id");
    // What came of a delivery is written before it is counted.
    let health = told.hub.when(|| async {
        let health = told.deliveries.health().await.unwrap();
        (health.iter().map(|one| one.delivered).sum::<u64>() >= 3).then_some(health)
    });
    let health = health.await;
    let told: Vec<_> = health.iter().map(|one| (one.endpoint.as_str(), one.state, one.delivered)).collect();
    assert_eq!(told, [("one", EndpointState::Healthy, 2), ("other", EndpointState::Healthy, 1)]);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_tells_nobody() {
    // Each answer of 3xx names another address; what is signed for one receiver goes to no other.
    let receiver = Receiver::new(|number| [307, 301, 200][number]).await;
    let told = Told::new([endpoint("one", &receiver.url, "[\"*\"]", "")], fast(3_000)).await;
    told.happened("crm.deal.won", "a").await;
    let kept = told.until(DeliveryState::Delivered, 1).await;
    assert_eq!(kept[0].attempts, 3);
    let came = receiver.came(3).await;
    assert!(came.iter().all(|one| one.method == "POST" && one.target == "/hooks?team=blue"), "{came:?}");
}

#[tokio::test]
async fn both_secrets_sign_while_one_is_rotated() {
    const BEFORE: &str = "whsec_dGhlIG9uZSBiZWZvcmUgdGhpcw==";
    let receiver = Receiver::new(|_| 200).await;
    let before = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(before.path(), BEFORE).unwrap();
    let previous = format!("previous: {{ file: {} }}\n", before.path().display());
    let told = Told::new([endpoint("one", &receiver.url, "[\"*\"]", &previous)], machine()).await;
    told.happened("crm.deal.won", "a").await;
    let came = receiver.came(1).await;
    assert!(is_signed(&came[0], &receiver.url, SECRET) && is_signed(&came[0], &receiver.url, BEFORE));
    assert!(!is_signed(&came[0], &receiver.url, "whsec_c29tZWJvZHkgZWxzZQ=="));
}

#[tokio::test]
async fn what_failed_is_sent_again() {
    let receiver = Receiver::new(|number| if number < 2 { 500 } else { 200 }).await;
    let told = Told::new([endpoint("one", &receiver.url, "[\"*\"]", "")], fast(3_000)).await;
    told.happened("crm.deal.won", "a").await;
    let kept = told.until(DeliveryState::Delivered, 1).await;
    assert_eq!((kept.len(), kept[0].attempts, kept[0].last.as_deref()), (1, 3, Some("200")));
    let came = receiver.came(3).await;
    assert!(came.iter().all(|one| one.header("webhook-id") == came[0].header("webhook-id")));
    assert!(came.iter().all(|one| one.body == came[0].body && is_signed(one, &receiver.url, SECRET)));
    let parents: BTreeSet<&str> = came.iter().map(|one| one.header("traceparent").unwrap()).collect();
    let traces: BTreeSet<Option<&str>> = parents.iter().map(|parent| nave_model::trace::id(parent)).collect();
    assert_eq!((traces.len(), parents.len()), (1, 3), "one trace, and a span for each attempt");
    let health = &told.deliveries.health().await.unwrap()[0];
    assert_eq!((health.state, health.failed_attempts, health.delivered), (EndpointState::Healthy, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn it_is_given_up_after_three_days() {
    // The guard refuses the address, so nothing waits for a socket while time is paused.
    let text = "url: https://127.0.0.1:9/hooks\nevents: [\"*\"]\nsecret: { file: SECRET }\n".to_owned();
    let files = BTreeMap::from([("endpoints/one.yaml".to_owned(), text)]);
    let told = Told::with(Hub::on(files, true, machine()).await).await;
    let mut notices = told.hub.engine.watch();
    told.happened("crm.deal.won", "a").await;
    let mut times = Vec::new();
    while times.len() < 10 {
        if let nave_engine::view::Notice::Delivery { at_ms, state, .. } = notices.recv().await.unwrap() {
            times.push((at_ms, state));
        }
    }
    let hours: Vec<f64> = times.windows(2).map(|pair| (pair[1].0 - pair[0].0) as f64 / 3_600_000.0).collect();
    let expected = [5.0 / 3600.0, 5.0 / 60.0, 0.5, 2.0, 5.0, 10.0, 14.0, 20.0, 24.0];
    for (waited, expected) in hours.iter().zip(expected) {
        assert!((expected..expected * 1.1 + 0.02).contains(waited), "{hours:?}");
    }
    let kept = told.kept().await;
    assert_eq!((kept[0].state, kept[0].attempts), (DeliveryState::Failed, 10));
    assert!(kept[0].last.as_deref().unwrap().starts_with("E-ADDRESS-REFUSED"), "{:?}", kept[0].last);
    let health = &told.deliveries.health().await.unwrap()[0];
    assert_eq!((health.state, health.given_up), (EndpointState::Failing, 1));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_nothing_until_it_is_enabled() {
    let receiver = Receiver::new(|number| if number == 0 { 410 } else { 200 }).await;
    let files =
        [endpoint("one", &receiver.url, "[\"*\"]", ""), stripe(), keeper("trigger: stripe.invoice.paid")];
    let mut told = Told::new(files, machine()).await;
    let began = told.hub.now_ms();
    told.happened("stripe.invoice.paid", "a").await;
    told.until(DeliveryState::Failed, 1).await;
    // It is remembered when the hub starts again.
    told.deliveries.stop().await;
    let store = Arc::clone(&told.hub.store);
    told.hub.start_on(store).await;
    told = Told::with(told.hub).await;
    told.happened("stripe.invoice.paid", "b").await;
    // Its run begins in the batch that would hold the delivery.
    told.hub.run_of("b").await;
    let health = &told.deliveries.health().await.unwrap()[0];
    assert_eq!((health.state, receiver.so_far()), (EndpointState::Gone, 1));
    told.deliveries.enable("one").await.unwrap();
    assert_eq!(told.deliveries.replay("one", began, told.hub.now_ms() + 1).await.unwrap(), 2);
    told.until(DeliveryState::Delivered, 2).await;
    let mut ids: Vec<String> =
        receiver.came(3).await[1..].iter().map(|one| body(one)["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(told.deliveries.replay("one", 0, began).await.unwrap(), 0);
    assert_eq!(told.deliveries.replay("on", 0, 1).await.unwrap_err().code.name, "E-RUN-UNKNOWN");
}

#[tokio::test]
async fn one_that_hangs_keeps_nobody_waiting() {
    let hanging = Receiver::new(|_| 0).await;
    let receiver = Receiver::new(|_| 200).await;
    let files = [
        endpoint("hanging", &hanging.url, "[\"*\"]", "concurrency: 2\n"),
        endpoint("well", &receiver.url, "[\"*\"]", ""),
    ];
    let told = Told::new(files, machine()).await;
    for number in 0..50 {
        told.happened("crm.deal.won", &format!("e{number}")).await;
    }
    told.until(DeliveryState::Delivered, 50).await;
    assert_eq!(receiver.came(50).await.len(), 50);
    // As many as may be under way, and no more.
    assert_eq!(hanging.came(2).await.len(), 2);
    let health = &told.deliveries.health().await.unwrap()[0];
    assert_eq!((health.endpoint.as_str(), health.under_way), ("hanging", 2));
    assert!(health.oldest_waiting_ms.is_some());
}

#[tokio::test]
async fn what_was_under_way_is_sent_after_the_next_start() {
    let receiver = Receiver::new(|number| if number == 0 { 0 } else { 200 }).await;
    let mut told = Told::new([endpoint("one", &receiver.url, "[\"*\"]", "")], machine()).await;
    told.happened("crm.deal.won", "a").await;
    receiver.came(1).await;
    told.deliveries.stop().await;
    let store = Arc::clone(&told.hub.store);
    told.hub.start_on(store).await;
    told = Told::with(told.hub).await;
    told.until(DeliveryState::Delivered, 1).await;
    let came = receiver.came(2).await;
    assert_eq!(came[0].header("webhook-id"), came[1].header("webhook-id"));
    assert_eq!(told.kept().await.len(), 1);
}

#[tokio::test]
async fn a_large_body_is_delivered_whole() {
    let receiver = Receiver::new(|_| 200).await;
    let told = Told::new([endpoint("one", &receiver.url, "[\"*\"]", "")], machine()).await;
    let data = json!({"note": "x".repeat(100_000)});
    nave_engine::intake::accept(&told.hub.engine, vec![event("crm.deal.won", "a", &data)]).await.unwrap();
    assert_eq!(body(&receiver.came(1).await[0])["data"], data);
    told.until(DeliveryState::Delivered, 1).await;
}

#[tokio::test]
async fn without_its_secret_nothing_is_sent_and_nothing_lost() {
    let receiver = Receiver::new(|_| 200).await;
    let secret = tempfile::tempdir().unwrap();
    let path = secret.path().join("key");
    let text = format!(
        "url: {}\nevents: [\"*\"]\nsecret: {{ file: {} }}\nallow_private_hosts: [127.0.0.1]\n",
        receiver.url,
        path.display()
    );
    let told = Told::new([("endpoints/one.yaml".to_owned(), text)], fast(1_000)).await;
    told.happened("crm.deal.won", "a").await;
    let failing = async {
        loop {
            let health = &told.deliveries.health().await.unwrap()[0];
            if let Some(failure) = &health.last_failure {
                return failure.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    assert!(failing.await.starts_with("E-AUTH-MISSING"));
    assert_eq!(told.kept().await[0].attempts, 0);
    std::fs::write(&path, SECRET).unwrap();
    assert!(is_signed(&receiver.came(1).await[0], &receiver.url, SECRET));
}

#[tokio::test]
async fn a_disabled_endpoint_is_told_nothing() {
    let receiver = Receiver::new(|_| 200).await;
    let disabled = endpoint("one", &receiver.url, "[\"*\"]", "disabled: true\n");
    let told = Told::new([disabled, stripe(), keeper("trigger: stripe.invoice.paid")], machine()).await;
    told.happened("stripe.invoice.paid", "a").await;
    told.hub.run_of("a").await;
    assert!(told.kept().await.is_empty());
    assert_eq!(told.deliveries.health().await.unwrap()[0].state, EndpointState::Disabled);
}
