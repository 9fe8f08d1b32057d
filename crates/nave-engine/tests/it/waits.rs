//! Runs that wait: for a time, for an event, for both. Time is paused; the store holds it while it works.

use std::time::Duration;

use nave_store::record::{Filter, Phase};
use serde_json::json;

use crate::rig::{Rig, Setup, event};

const SLEEPS: &str = r#"
flow: sleeps
trigger: shop.order.placed
steps:
  - pause: wait 3d
  - again: wait 1h
output: .order
"#;

const LISTENS: &str = r#"
flow: listens
trigger: shop.order.placed
steps:
  - paid: try
    steps:
      - heard: listen shop.order.paid
        when: .amount > 10
        timeout: 1d
    catch:
      - codes: [E-FLOW-TIMEOUT]
        steps:
          - late: set
            value: '{ order: "late", amount: 0 }'
output: $paid.order
"#;

async fn paused(flows: &[&str]) -> Rig {
    let mut rig = Rig::still(flows, Setup { is_paused: true, ..Setup::default() });
    rig.start().await;
    rig
}

async fn paid(rig: &Rig, order: &str, amount: u32) {
    let event =
        event("shop.order.paid", &format!("{order}-paid"), &json!({"order": order, "amount": amount}));
    rig.accept("default", event).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_takes_its_time() {
    let rig = paused(&[SLEEPS]).await;
    let began = rig.clock.now();
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.output, Some(json!("a")));
    let took = rig.clock.now() - began;
    let least = Duration::from_secs(73 * 60 * 60);
    assert!(took >= least && took < least + Duration::from_secs(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_outlives_the_hub() {
    let mut rig = paused(&[SLEEPS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    rig.run_in("sleeps", "waiting").await;
    rig.kill();
    tokio::time::advance(Duration::from_secs(100 * 60 * 60)).await;
    rig.start().await;
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.steps.iter().map(|step| step.state.as_str()).collect::<Vec<_>>(), ["done", "done"]);
}

#[tokio::test(start_paused = true)]
async fn the_first_event_that_fits_is_taken() {
    let rig = paused(&[LISTENS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    rig.placed(json!({"order": "b", "amount": 1})).await;
    let waiting = Filter { phase: Some(Phase::Waiting), ..Filter::default() };
    rig.when(|| async { (rig.runs(waiting.clone()).await.len() == 2).then_some(()) }).await;
    paid(&rig, "small", 5).await;
    paid(&rig, "large", 50).await;
    for order in ["a", "b"] {
        let view = rig.ended_of(order, 1).await.remove(0);
        assert_eq!(view.output, Some(json!("large")));
        assert_eq!(view.steps[0].state, "done");
        assert_eq!(view.record.entries, 2, "what does not fit leaves nothing in the journal");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_is_told() {
    let rig = paused(&[LISTENS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.output, Some(json!("late")));
    assert_eq!(view.steps[0].state, "dropped");
}
