//! Runs from an event to their end.

use serde_json::json;

use crate::rig::{Rig, told};

const FULFIL: &str = r#"
flow: fulfil
trigger: shop.order.placed
when: .amount > 0
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
    undo: shop.release
  - charged: shop.charge
    with: "{ order, amount }"
    undo: shop.refund
  - shipped: shop.ship
    with: "{ order: $charged.id, amount }"
output: "{ shipment: $shipped.id }"
"#;

/// States of the steps of a run, in short.
fn steps(view: &nave_engine::view::RunView) -> Vec<String> {
    view.steps.iter().map(|step| format!("{} {} {}", step.task, step.on, step.state)).collect()
}

#[tokio::test]
async fn an_event_becomes_a_run_that_ends() {
    let rig = Rig::new(&[FULFIL]).await;
    let mut notices = rig.engine().watch();
    rig.placed(json!({"order": "a", "amount": 5})).await;
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.record.state, "completed", "{view:#?}");
    assert_eq!(
        steps(&view),
        ["reserved shop.reserve done", "charged shop.charge done", "shipped shop.ship done"]
    );
    assert_eq!(view.input, json!({"order": "a", "amount": 5}));
    assert_eq!(view.steps[2].input.as_ref().unwrap()["order"], view.steps[1].output.as_ref().unwrap()["id"]);
    assert_eq!(view.output.unwrap()["shipment"], view.steps[2].output.as_ref().unwrap()["id"]);
    assert!(view.steps.iter().all(|step| step.attempts == Some(1)), "{:?}", view.steps);
    assert_eq!((rig.effects("reserve"), rig.effects("charge"), rig.effects("ship")), (1, 1, 1));
    assert_eq!(
        told(&mut notices, "run completed").await,
        [
            "event shop.order.placed",
            "step reserved began",
            "run running",
            "step reserved done",
            "step charged began",
            "run running",
            "step charged done",
            "step shipped began",
            "run running",
            "step shipped done",
            "run completed",
        ]
    );
}

#[tokio::test]
async fn the_same_event_twice_is_one() {
    let rig = Rig::new(&[FULFIL]).await;
    for _ in 0..3 {
        rig.placed(json!({"order": "a", "amount": 5})).await;
    }
    rig.placed(json!({"order": "b", "amount": 5})).await;
    rig.ended_of("b", 1).await;
    rig.ended_of("a", 1).await;
    assert_eq!(rig.effects("ship"), 2);
}

#[tokio::test]
async fn what_a_flow_does_not_want_begins_nothing() {
    let rig = Rig::new(&[FULFIL]).await;
    rig.placed(json!({"order": "a", "amount": 0})).await;
    rig.placed(json!({"order": "b", "amount": 1})).await;
    rig.ended_of("b", 1).await;
    assert_eq!(rig.runs(Default::default()).await.len(), 1);
}

#[tokio::test]
async fn what_fails_is_undone() {
    let flow = FULFIL
        .replace("flow: fulfil", "flow: refuse")
        .replace("  - shipped:", "  - refused: raise too-much\n    if: .amount > 100\n  - shipped:");
    let rig = Rig::new(&[&flow]).await;
    rig.placed(json!({"order": "a", "amount": 500})).await;
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.record.state, "failed");
    assert_eq!(view.record.fault.as_ref().unwrap().0, "too-much");
    assert_eq!(
        steps(&view),
        [
            "reserved shop.reserve done",
            "charged shop.charge done",
            "undo:charged shop.refund done",
            "undo:reserved shop.release done",
        ]
    );
    assert_eq!((rig.effects("refund"), rig.effects("release"), rig.effects("ship")), (1, 1, 0));
}
