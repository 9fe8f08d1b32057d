//! Whose turn it is: ordering keys, places of a flow, fair shares of tenants.

use std::sync::Arc;

use nave_engine::Options;
use nave_store::Store;
use nave_store::record::{Filter, Phase};
use proptest::prelude::*;
use serde_json::json;

use crate::frail::Frail;
use crate::rig::{Rig, Setup, event};

const KEYED: &str = r#"
flow: keyed
trigger: shop.order.placed
key: .customer
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
  - charged: shop.charge
    with: "{ order, amount }"
"#;

const NARROW: &str = r#"
flow: narrow
trigger: shop.order.placed
concurrency: 2
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
  - heard: listen shop.order.paid
    when: true
"#;

#[tokio::test]
async fn runs_with_the_same_key_follow_one_another() {
    let rig = Rig::new(&[KEYED]).await;
    rig.faults("latency=1..10");
    for number in 0..60 {
        let customer = ["ann", "bob", "cleo"][number % 3];
        rig.placed(json!({"order": format!("{number:02}"), "amount": 1, "customer": customer})).await;
    }
    let runs = rig.until(Filter::default(), 60).await;
    for customer in ["ann", "bob", "cleo"] {
        let of: Vec<_> = runs.iter().filter(|run| run.key.as_deref() == Some(customer)).collect();
        assert_eq!(of.len(), 20);
        assert!(of.is_sorted_by_key(|run| &run.cause), "in the order of their events");
        let mut ended = 0;
        for run in of {
            let view = rig.engine().run(&run.id).await.unwrap();
            assert!(view.steps[0].began_ms >= ended, "one after the other");
            ended = run.ended_ms.unwrap();
        }
    }
}

#[tokio::test]
async fn a_flow_has_so_many_places() {
    let rig = Rig::new(&[NARROW]).await;
    for number in 0..5 {
        rig.placed(json!({"order": format!("{number}"), "amount": 1})).await;
    }
    let in_phase = |phase| {
        let filter = Filter { phase: Some(phase), ..Filter::default() };
        rig.runs(filter)
    };
    for round in 0..3_usize {
        let places = ((5 - 2 * round).min(2), 3_usize.saturating_sub(2 * round));
        rig.when(|| async {
            let found = (in_phase(Phase::Waiting).await.len(), in_phase(Phase::Queued).await.len());
            (found == places).then_some(())
        })
        .await;
        assert!(in_phase(Phase::Active).await.is_empty());
        let paid = event("shop.order.paid", &format!("paid-{round}"), &json!({"order": "x", "amount": 1}));
        rig.accept("default", paid).await;
        rig.until(Filter::default(), (2 * (round + 1)).min(5)).await;
    }
    assert_eq!(rig.effects("reserve"), 5);
}

#[tokio::test]
async fn a_queued_run_can_be_given_up() {
    let flow = NARROW.replace("concurrency: 2", "concurrency: 1\nkey: .customer");
    let rig = Rig::new(&[&flow]).await;
    for (order, customer) in [("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", "ann")] {
        rig.placed(json!({"order": order, "amount": 1, "customer": customer})).await;
    }
    let queued = Filter { phase: Some(Phase::Queued), ..Filter::default() };
    let queued =
        rig.when(|| async { Some(rig.runs(queued.clone()).await).filter(|runs| runs.len() == 3) }).await;
    for run in queued.iter().take(2) {
        rig.engine().cancel(&run.id, "ann", None).await.unwrap();
    }
    assert_eq!(rig.engine().run(&queued[0].id).await.unwrap().record.state, "cancelled");
    rig.run_in("narrow", "waiting").await;
    for number in 0..2 {
        let paid = event("shop.order.paid", &format!("paid-{number}"), &json!({"order": "x", "amount": 1}));
        rig.accept("default", paid).await;
        rig.until(Filter::default(), 3 + number).await;
        if number == 0 {
            rig.run_in("narrow", "waiting").await;
        }
    }
    assert_eq!(rig.effects("reserve"), 2, "`b` and `c` never began");
}

#[tokio::test]
async fn a_loud_tenant_does_not_hold_up_a_quiet_one() {
    let flow = KEYED.replace("key: .customer\n", "");
    let options = Options { loaded: 64, runs_per_tenant: 32, ..Options::default() };
    let mut rig = Rig::still(&[&flow], Setup { options, ..Setup::default() });
    rig.start().await;
    let of = |tenant: &str, count: usize| -> Vec<_> {
        let order = |number| format!("{tenant}{number}");
        (0..count)
            .map(|number| {
                event("shop.order.placed", &order(number), &json!({"order": order(number), "amount": 1}))
            })
            .collect()
    };
    rig.engine().accept("loud", of("loud", 1_000), Vec::new()).await.unwrap();
    rig.engine().accept("quiet", of("quiet", 50), Vec::new()).await.unwrap();
    let quiet = Filter { tenant: Some("quiet".to_owned()), ..Filter::default() };
    rig.until(quiet, 50).await;
    let loud = Filter { tenant: Some("loud".to_owned()), phase: Some(Phase::Ended), ..Filter::default() };
    let ended = rig.runs(loud).await.len();
    assert!(ended < 400, "{ended} runs of the loud tenant ended first");
    rig.until(Filter::default(), 1_050).await;
    assert_eq!(rig.effects("charge"), 1_050);
}

/// How many runs are in a phase.
async fn in_phase(rig: &Rig, phase: Phase) -> usize {
    rig.runs(Filter { phase: Some(phase), ..Filter::default() }).await.len()
}

#[tokio::test]
async fn a_new_version_may_count_runs_or_no_longer() {
    let free = NARROW.replace("concurrency: 2\n", "");
    let mut rig = Rig::new(&[&free]).await;
    let place = |number: u32| json!({"order": format!("{number}"), "amount": 1});
    for number in 0..5 {
        rig.placed(place(number)).await;
    }
    rig.when(|| async { (in_phase(&rig, Phase::Waiting).await == 5).then_some(()) }).await;
    // From now on two at a time: those under way count, wherever they are.
    rig.load(&[NARROW]).await;
    for number in 5..9 {
        rig.placed(place(number)).await;
    }
    rig.when(|| async { (in_phase(&rig, Phase::Queued).await == 4).then_some(()) }).await;
    let paid =
        |number: u32| event("shop.order.paid", &format!("p{number}"), &json!({"order": "x", "amount": 1}));
    rig.accept("default", paid(0)).await;
    rig.until(Filter::default(), 5).await;
    let is_two = || async {
        let found = (in_phase(&rig, Phase::Waiting).await, in_phase(&rig, Phase::Queued).await);
        (found == (2, 2)).then_some(())
    };
    rig.when(is_two).await;
    // And again as many as come.
    rig.load(&[&free]).await;
    rig.when(|| async { (in_phase(&rig, Phase::Waiting).await == 4).then_some(()) }).await;
    rig.accept("default", paid(1)).await;
    rig.until(Filter::default(), 9).await;
}

/// Events of some keys, and after how many commits the hub is killed; again and again until all is done.
async fn keys_keep_their_order(keys: Vec<u8>, kills: Vec<(i64, bool)>) {
    let mut rig = Rig::still(&[KEYED], Setup::default());
    rig.start().await;
    for (number, key) in keys.iter().enumerate() {
        let data = json!({"order": format!("{number:03}"), "amount": 1, "customer": format!("{key}")});
        rig.placed(data).await;
    }
    for (commits, is_written) in kills {
        rig.kill();
        let frail = Frail::new(Arc::clone(&rig.store), commits, is_written);
        rig.start_on(Arc::<Frail>::clone(&frail) as Arc<dyn Store>).await;
        tokio::select! {
            () = frail.stopped() => {}
            _ = rig.until(Filter::default(), keys.len()) => {}
        }
    }
    rig.kill();
    rig.start().await;
    let runs = rig.until(Filter::default(), keys.len()).await;
    assert_eq!(runs.len(), keys.len(), "every event once");
    let mut effects = Vec::new();
    for received in rig.sandbox.received() {
        if received.outcome == nave_sandbox::record::Outcome::Effect {
            effects.push(received.key.unwrap());
        }
    }
    for key in 0..u8::MAX {
        let of: Vec<_> = runs.iter().filter(|run| run.key == Some(key.to_string())).collect();
        assert!(of.is_sorted_by_key(|run| &run.cause), "in the order of their events");
        let expected: Vec<String> = of
            .iter()
            .flat_map(|run| ["reserved", "charged"].map(|step| format!("{}/{step}", run.id)))
            .collect();
        let done: Vec<String> = effects.iter().filter(|effect| expected.contains(effect)).cloned().collect();
        assert_eq!(done, expected, "one after the other, each once");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_killed_keys_keep_their_order(
        keys in prop::collection::vec(0_u8..4, 1..25),
        kills in prop::collection::vec((1_i64..20, any::<bool>()), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(keys_keep_their_order(keys, kills));
    }
}
