//! A defect of the hub itself: a panic in the middle of deciding. It is one dead letter with a clear fault; its lane
//! and all others go on, and what was put aside can be put back.

use std::sync::Arc;
use std::time::Duration;

use nave_model::fault::codes;
use nave_store::Store;
use nave_store::batch::Message;
use nave_store::record::{DeadLetter, Filter, Page};
use serde_json::json;

use crate::frail::Frail;
use crate::rig::{Rig, Setup, event};

const PAY: &str = r#"
flow: pay
trigger: [shop.order.placed, shop.order.paid]
key: "\"one\""
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
"#;

const LISTENS: &str = r#"
flow: listens
trigger: shop.order.placed
steps:
  - heard: listen shop.order.paid
    when: true
output: $heard.order
"#;

async fn rig(flows: &[&str]) -> (Rig, Arc<Frail>) {
    let mut rig = Rig::still(flows, Setup::default());
    let frail = Frail::new(Arc::clone(&rig.store), i64::MAX, false);
    rig.start_on(Arc::<Frail>::clone(&frail) as Arc<dyn Store>).await;
    (rig, frail)
}

/// The only dead letter, once it is there.
async fn letter(rig: &Rig) -> DeadLetter {
    loop {
        let mut dead = rig.store.dead(None, Page::default()).await.unwrap();
        assert!(dead.len() < 2, "{dead:#?}");
        match dead.pop() {
            Some(letter) => return letter,
            None => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn an_event_that_makes_deciding_panic_is_put_aside_alone() {
    // All events of one lane, because their flow orders its runs.
    let (rig, frail) = rig(&[PAY]).await;
    frail.curse(Some("shop.order.paid"));
    let order = |id: &str| json!({"order": id, "amount": 1});
    let mut events: Vec<_> =
        (0..5).map(|number| event("shop.order.placed", &format!("{number}"), &order("a"))).collect();
    events.insert(2, event("shop.order.paid", "cursed", &order("b")));
    rig.engine().accept("default", events, Vec::new()).await.unwrap();
    let ended = rig.until(Filter::default(), 5).await;
    assert!(ended.iter().all(|run| run.state == "completed"), "{ended:#?}");
    let dead = letter(&rig).await;
    assert_eq!((dead.reason.0.as_str(), dead.tenant.as_str()), ("E-INTERNAL", "default"));
    assert!(!dead.reason.1.contains("cursed"), "what a panic says is for the log: {}", dead.reason.1);
    assert!(matches!(&dead.message, Message::Event(event) if event.id == "cursed"), "{dead:#?}");
    // Nothing is lost: without the defect, it is done.
    frail.curse(None);
    rig.engine().revive(&dead.id, "ann").await.unwrap();
    rig.until(Filter::default(), 6).await;
    assert_eq!(rig.effects("reserve"), 6);
}

#[tokio::test]
async fn a_run_that_makes_deciding_panic_stops_nobody_else() {
    let (rig, frail) = rig(&[LISTENS]).await;
    for order in ["a", "b"] {
        rig.placed(json!({"order": order, "amount": 1})).await;
    }
    let waiting = Filter { state: Some("waiting".to_owned()), ..Filter::default() };
    let runs =
        rig.when(|| async { Some(rig.runs(waiting.clone()).await).filter(|runs| runs.len() == 2) }).await;
    let (cursed, other) = (runs[0].id.clone(), runs[1].id.clone());
    frail.curse(Some(&cursed));
    rig.accept("default", event("shop.order.paid", "paid", &json!({"order": "paid", "amount": 1}))).await;
    assert_eq!(rig.until(Filter::default(), 1).await[0].id, other);
    let dead = letter(&rig).await;
    assert_eq!(dead.reason.0, "E-INTERNAL");
    frail.curse(None);
    // The other run has ended and hears nothing a second time.
    rig.engine().revive(&dead.id, "ann").await.unwrap();
    let ended = rig.until(Filter::default(), 2).await;
    assert!(ended.iter().all(|run| run.state == "completed"), "{ended:#?}");
    assert_eq!(rig.engine().run(&cursed).await.unwrap().output, Some(json!("paid")));
}

#[tokio::test]
async fn who_asks_while_the_store_fails_is_answered() {
    let mut rig = Rig::still(&[LISTENS], Setup { is_fast: true, ..Setup::default() });
    rig.start().await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let run = rig.run_in("listens", "waiting").await;
    rig.kill();
    // Nothing more is written from the first commit of a lane on: it tries again and again.
    let frail = Frail::new(Arc::clone(&rig.store), i64::MAX, false);
    rig.start_on(Arc::<Frail>::clone(&frail) as Arc<dyn Store>).await;
    frail.break_writes();
    // Enough of them that every lane has one to write.
    for number in 0..32 {
        let id = format!("paid-{number}");
        rig.accept("default", event("shop.order.paid", &id, &json!({"order": "paid", "amount": 1}))).await;
    }
    for _ in 0..16 {
        frail.stopped().await;
    }
    for _ in 0..3 {
        let asked = rig.engine().cancel(&run, "ann", None);
        let fault = tokio::time::timeout(Duration::from_secs(20), asked).await.unwrap().unwrap_err();
        assert_eq!(fault.code, codes::STORE_FAILED);
    }
    frail.mend_writes();
    assert_eq!(rig.until(Filter::default(), 1).await[0].state, "completed", "it goes on by itself");
}
