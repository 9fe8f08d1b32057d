//! Systems that answer badly, are away, or refuse the credential: what is in doubt is settled by people and
//! never repeated, what passes is held back on disk and drained.

use std::time::Duration;

use nave_engine::Figure;
use nave_model::Event;
use nave_store::batch::{Batch, Intake, Intent, Message, NewMessage, Op};
use nave_store::record::{CallFilter, CallState, Filter, Page};
use serde_json::json;

use crate::rig::{Rig, Setup, event};

const FULFIL: &str = r#"
flow: fulfil
trigger: shop.order.placed
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
  - shipped: shop.ship
    with: "{ order: $reserved.id, amount }"
output: $shipped.id
"#;

async fn rig(has_keys: bool, faults: &str) -> Rig {
    let mut rig = Rig::still(&[FULFIL], Setup { has_keys, is_fast: true, ..Setup::default() });
    rig.faults(faults);
    rig.start().await;
    rig
}

/// Waits until this many runs are in a state.
async fn in_state(rig: &Rig, state: &str, count: usize) {
    let filter = Filter { state: Some(state.to_owned()), ..Filter::default() };
    rig.when(|| async { (rig.runs(filter.clone()).await.len() == count).then_some(()) }).await;
}

fn figure(figures: &[Figure], name: &str) -> f64 {
    figures.iter().filter(|figure| figure.name == name).map(|figure| figure.value).fold(0.0, f64::max)
}

#[tokio::test]
async fn nobody_knows_nobody_repeats_and_a_person_settles() {
    let mut rig = rig(false, "reset").await;
    for order in ["a", "b"] {
        rig.placed(json!({"order": order, "amount": 1})).await;
    }
    in_state(&rig, "unknown", 2).await;
    rig.faults("");
    rig.kill();
    rig.start().await;
    let unknown = CallFilter { state: Some(CallState::Unknown), ..CallFilter::default() };
    let listed = rig.store.calls(unknown, Page::default()).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!((rig.effects("reserve"), rig.sandbox.count("reserve").received), (2, 2));
    let of = |order: &'static str| Filter { cause: Some(order.to_owned()), ..Filter::default() };
    let done = rig.runs(of("a")).await.remove(0).id;
    let failed = rig.runs(of("b")).await.remove(0).id;
    let engine = rig.engine();
    engine.settle(&format!("{done}/reserved"), Ok(json!({"id": "found"})), "ann").await.unwrap();
    engine.settle(&format!("{failed}/reserved"), Err("not there".to_owned()), "ann").await.unwrap();
    let again = engine.settle(&format!("{failed}/reserved"), Ok(json!(1)), "ann").await;
    assert!(again.is_err(), "it is known by now");
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.record.state, "completed");
    assert_eq!(view.steps[1].input.as_ref().unwrap()["order"], "found");
    let view = rig.ended_of("b", 1).await.remove(0);
    assert_eq!((view.record.state.as_str(), view.record.fault.unwrap().1.as_str()), ("failed", "not there"));
    assert_eq!((rig.sandbox.count("reserve").received, rig.effects("ship")), (2, 1));
    let audit = rig.store.audit("default".to_owned(), 0, 100).await.unwrap();
    let words: Vec<_> = audit
        .iter()
        .filter(|entry| entry.entry.on.starts_with(&done))
        .map(|entry| format!("{} {}", entry.entry.what, entry.entry.detail["state"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(
        words,
        [
            "call.intended ",
            "call.concluded unknown",
            "call.settled ",
            "call.intended ",
            "call.concluded done"
        ]
    );
}

#[tokio::test]
async fn an_outage_is_waited_for_and_drained_in_order() {
    let mut rig = rig(true, "503;effect=none").await;
    let orders: Vec<String> = (0..6).map(|number| format!("order-{number}")).collect();
    for (number, order) in (1..).zip(&orders) {
        rig.placed(json!({"order": order, "amount": 1})).await;
        in_state(&rig, "parked", number).await;
    }
    let figures = rig.engine().figures().await.unwrap();
    assert_eq!((figure(&figures, "nave_parked"), figure(&figures, "nave_connection_held")), (6.0, 1.0));
    assert!(figure(&figures, "nave_parked_age_seconds") > 0.0);
    // Also over a restart, and new ones come behind the old ones.
    rig.kill();
    rig.start().await;
    rig.placed(json!({"order": "order-6", "amount": 1})).await;
    in_state(&rig, "parked", 7).await;
    let run = rig.runs(Filter::default()).await.remove(0);
    let view = rig.engine().run(&run.id).await.unwrap();
    assert_eq!(view.steps[0].state, "parked", "{view:#?}");
    assert_eq!(rig.effects("reserve"), 0);
    rig.faults("");
    rig.engine().resume("default", "shop").await.unwrap();
    let ended = rig.until(Filter::default(), 7).await;
    assert!(ended.iter().all(|run| run.state == "completed"));
    assert_eq!((rig.effects("reserve"), rig.effects("ship")), (7, 7));
    let received = rig.sandbox.received();
    let first = received.iter().find(|received| {
        received.operation == "reserve" && received.outcome == nave_sandbox::record::Outcome::Effect
    });
    let oldest = format!("{}/reserved", ended[0].id);
    assert_eq!(first.unwrap().key.as_deref(), Some(oldest.as_str()), "the oldest is tried first");
    assert!(rig.store.parked("default".to_owned(), None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dead_credential_is_waited_for() {
    let rig = rig(false, "expired").await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    in_state(&rig, "parked", 1).await;
    let run = rig.runs(Filter::default()).await.remove(0);
    assert!(run.fault.unwrap().0.starts_with("E-AUTH"));
    rig.faults("");
    rig.engine().resume("default", "shop").await.unwrap();
    assert_eq!(rig.ended_of("a", 1).await.remove(0).record.state, "completed");
    assert_eq!((rig.effects("reserve"), rig.effects("ship")), (1, 1));
}

#[tokio::test]
async fn a_drained_hub_leaves_nothing_in_doubt() {
    let mut rig = Rig::still(&[FULFIL], Setup { has_keys: false, ..Setup::default() });
    rig.faults("latency=20..60");
    rig.start().await;
    for number in 0..20 {
        rig.placed(json!({"order": format!("{number}"), "amount": 1})).await;
    }
    rig.when(|| async { (rig.effects("reserve") > 0).then_some(()) }).await;
    rig.engine().drain(Duration::from_secs(10)).await;
    let calls = rig.store.calls(CallFilter::default(), Page::default()).await.unwrap();
    assert!(calls.iter().all(|call| call.state == CallState::Done), "{calls:#?}");
    // What is accepted now waits, and says how long.
    let mut waits = event("shop.order.placed", "late", &json!({"order": "late", "amount": 1}));
    let now_ms = u64::try_from(rig.clock.wall().as_millisecond()).unwrap();
    waits.received_ms = now_ms - 5_000;
    let waits = NewMessage { tenant: "default".into(), lane: 0, dedup: None, message: Message::Event(waits) };
    rig.store.append(Intake { messages: vec![waits], cursors: Vec::new(), now_ms }).await.unwrap();
    let figures = rig.engine().figures().await.unwrap();
    assert!(figure(&figures, "nave_lane_backlog") >= 1.0);
    assert!(figure(&figures, "nave_lane_age_seconds") >= 5.0);
    rig.kill();
    rig.start().await;
    let ended = rig.until(Filter::default(), 21).await;
    assert!(ended.iter().all(|run| run.state == "completed"), "{ended:#?}");
    assert_eq!((rig.effects("reserve"), rig.effects("ship")), (21, 21));
}

#[tokio::test]
async fn what_a_person_had_under_way_is_listed_after_a_crash() {
    let mut rig = Rig::still(&[FULFIL], Setup { has_keys: false, ..Setup::default() });
    let intent = Intent {
        id: "direct-1".to_owned(),
        tenant: "default".to_owned(),
        connection: "shop".to_owned(),
        operation: "reserve".to_owned(),
        effect: "write".to_owned(),
        digest: String::new(),
        key: None,
        principal: "person".to_owned(),
        run: None,
        trace: None,
        arguments: json!({"order": "a", "amount": 1}).to_string().into_bytes(),
    };
    let ops = vec![Op::Intend(Box::new(intent))];
    rig.store.commit(Batch { fence: None, ops, now_ms: 1 }).await.unwrap();
    rig.start().await;
    let call = loop {
        let call = rig.store.call("direct-1".to_owned()).await.unwrap().unwrap();
        if call.state != CallState::Intended {
            break call;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((call.state, rig.sandbox.count("reserve").received), (CallState::Unknown, 0));
    rig.engine().settle("direct-1", Ok(json!({"id": "r1"})), "ann").await.unwrap();
    let call = rig.store.call("direct-1".to_owned()).await.unwrap().unwrap();
    assert_eq!((call.state, call.conclusion.unwrap().by.as_str()), (CallState::Done, "ann"));
    let audit = rig.store.audit("default".to_owned(), 0, 10).await.unwrap();
    let words: Vec<_> = audit.iter().map(|entry| entry.entry.what.as_str()).collect();
    assert_eq!(words, ["call.concluded", "call.settled"]);
}

#[tokio::test]
async fn what_cannot_be_read_holds_up_nobody() {
    let rig = rig(true, "").await;
    let now_ms = 1;
    let nonsense = |message| NewMessage { tenant: "default".into(), lane: 1, dedup: None, message };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
    let body = nave_model::event::Body::Inline(deep);
    let unreadable = Event { body, ..event("shop.order.placed", "deep", &json!({})) };
    let messages = vec![
        nonsense(Message::Start(b"nonsense".to_vec())),
        nonsense(Message::Told { run: "nobody".to_owned(), what: b"{}".to_vec() }),
        nonsense(Message::Event(unreadable)),
        nonsense(Message::Event(event("shop.order.placed", "a", &json!({"order": "a", "amount": 1})))),
    ];
    rig.store.append(Intake { messages, cursors: Vec::new(), now_ms }).await.unwrap();
    assert_eq!(rig.ended_of("a", 1).await.remove(0).record.state, "completed");
    let dead = rig.store.dead(None, Page::default()).await.unwrap();
    let codes: Vec<_> = dead.iter().map(|letter| letter.reason.0.as_str()).collect();
    assert_eq!(codes, ["E-EVENT-INVALID", "E-STORE-CORRUPT", "E-STORE-CORRUPT"]);
}
