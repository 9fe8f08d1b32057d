//! Flows that start, hear and wait for one another, and flows that take several events together.

use nave_store::record::{Filter, Page};
use serde_json::{Value, json};

use crate::rig::{Rig, Setup};

const PARENT: &str = r#"
flow: parent
trigger: shop.order.placed
steps:
  - child: run child
    with: "{ order, amount }"
  - loose: run child
    with: '{ order: "loose", amount: 1 }'
    wait: false
  - told: emit order.done
    with: "{ order }"
output: $child.id
"#;

const CHILD: &str = r#"
flow: child
trigger: manual
input: { type: object, required: [order, amount], properties: { order: { type: string }, amount: { type: number } } }
steps:
  - shipped: shop.ship
    with: "{ order, amount }"
  - odd: raise odd
    if: .amount == 13
output: $shipped
"#;

const HEARS: &str = r#"
flow: hears
trigger: order.done
steps:
  - noted: shop.reserve
    with: '{ order: "noted", amount: 1 }'
"#;

const TOGETHER: &str = r#"
flow: together
trigger:
  event: shop.order.placed
  batch: { size: 3, within: 20ms }
steps:
  - sum: set
    value: "[.[].amount] | add"
output: $sum
"#;

fn of(flow: &str) -> Filter {
    Filter { flow: Some(flow.to_owned()), ..Filter::default() }
}

#[tokio::test]
async fn a_child_gives_its_output_and_an_event_reaches_others() {
    let rig = Rig::new(&[PARENT, CHILD, HEARS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.record.state, "completed", "{view:#?}");
    assert!(view.output.unwrap().is_string());
    let children = rig.until(of("child"), 2).await;
    assert!(children.iter().all(|child| child.cause == format!("run:{}", view.record.id)));
    rig.until(of("hears"), 1).await;
    assert_eq!((rig.effects("ship"), rig.effects("reserve")), (2, 1));
    let traces: std::collections::BTreeSet<String> = rig
        .runs(Filter::default())
        .await
        .into_iter()
        .map(|run| run.trace.unwrap().split('-').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(traces.len(), 1, "one trace from the event through all that follows");
}

#[tokio::test]
async fn a_fault_of_a_child_is_its_parents() {
    let rig = Rig::new(&[PARENT, CHILD, HEARS]).await;
    rig.placed(json!({"order": "a", "amount": 13})).await;
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.record.fault.unwrap().0, "odd");
    assert_eq!(view.steps.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn events_are_taken_together() {
    let mut rig = Rig::still(&[TOGETHER], Setup { is_paused: true, ..Setup::default() });
    rig.start().await;
    for amount in 1..=7 {
        rig.placed(json!({"order": format!("{amount}"), "amount": amount})).await;
        if amount == 4 {
            rig.kill();
            rig.start().await;
        }
    }
    let runs = rig.until(of("together"), 3).await;
    let mut sums: Vec<f64> = Vec::new();
    let mut taken = 0;
    for run in &runs {
        let view = rig.engine().run(&run.id).await.unwrap();
        assert!(view.input.as_array().unwrap().len() <= 3);
        taken += view.input.as_array().unwrap().len();
        sums.push(view.output.as_ref().and_then(Value::as_f64).unwrap());
    }
    assert_eq!((taken, sums.iter().sum::<f64>().to_string().as_str()), (7, "28"), "{sums:?}");
    assert!(rig.store.cursors("group:".to_owned()).await.unwrap().is_empty());
    assert!(rig.store.dead(None, Page::default()).await.unwrap().is_empty());
}
