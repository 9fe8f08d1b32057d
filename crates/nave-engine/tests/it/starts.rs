//! Starts that come from elsewhere than events: by hand, by triggers, by webhooks, from dead letters.

use nave_engine::Options;
use nave_engine::intake::{Hook, Hooks, Target, receive};
use nave_engine::sources::Begin;
use nave_model::fault::codes;
use nave_store::record::{Filter, Page, Phase};
use serde_json::{Value, json};
use std::time::Duration;

use crate::rig::{Rig, Setup};

const SHIP: &str = r#"
flow: ship
trigger: manual
input:
  type: object
  required: [order]
  properties: { order: { type: string }, amount: { type: integer, minimum: 1 } }
key: .order
steps:
  - shipped: shop.ship
    with: "{ order, amount: (.amount // 1) }"
"#;

const TOGETHER: &str = r#"
flow: together
trigger:
  webhook: in
  batch: { size: 3, within: 1h }
steps:
  - sum: set
    value: "[.[].amount] | add"
output: $sum
"#;

#[tokio::test]
async fn what_is_started_by_hand_has_the_shape_of_the_input() {
    let rig = Rig::new(&[SHIP]).await;
    let start = |data: Value, dedup: Option<&str>| {
        rig.engine().start_flow("default", "ship", data, "manual", dedup.map(str::to_owned), Vec::new())
    };
    let wrong = start(json!({"order": 5, "amount": 0}), None).await.unwrap_err();
    let mut problems: Vec<String> = wrong
        .problems
        .iter()
        .map(|problem| format!("{} {}", problem.code.name, problem.at.pointer.clone().unwrap_or_default()))
        .collect();
    problems.sort();
    assert_eq!(problems, ["E-ARG-TYPE /order", "E-ARG-VALUE /amount"]);
    assert_eq!(start(json!({}), None).await.unwrap_err().code, codes::ARGUMENT_REQUIRED);
    let run = start(json!({"order": "a"}), Some("once")).await.unwrap();
    assert_eq!(start(json!({"order": "a"}), Some("once")).await.unwrap(), run, "the same start");
    assert_eq!(rig.until(Filter::default(), 1).await[0].id, run);
    assert_eq!(rig.effects("ship"), 1);
    let nowhere = rig.engine().start_flow("default", "nowhere", json!({}), "manual", None, Vec::new()).await;
    assert_eq!(nowhere.unwrap_err().code, codes::FLOW_NAME);
}

#[tokio::test]
async fn several_starts_and_their_cursor_are_one() {
    let flow = SHIP
        .replace("key: .order", "key: (.customer // \"\") | ascii_downcase")
        .replace("order: { type: string }", "order: { type: string }, customer: { type: string }");
    let rig = Rig::new(&[&flow]).await;
    let starts = |customers: &[Value]| -> Vec<Begin> {
        let begin = |(number, customer): (usize, &Value)| Begin {
            data: json!({"order": format!("{number}"), "customer": customer}),
            dedup: format!("item-{number}"),
        };
        customers.iter().enumerate().map(begin).collect()
    };
    let cursor = |value: &str| vec![("poll:x".to_owned(), value.as_bytes().to_vec())];
    let bad = starts(&[json!("Ann"), json!(5), json!("ann")]);
    let refused = rig.engine().start_flows("default", "ship", bad, cursor("1")).await.unwrap();
    assert_eq!(refused.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1]);
    assert!(rig.store.cursor("poll:x".to_owned()).await.unwrap().is_none(), "one was refused");
    let good = starts(&[json!("Ann"), json!("ann"), json!("ANN"), json!("ann")]);
    let refused = rig.engine().start_flows("default", "ship", good, cursor("2")).await.unwrap();
    assert!(refused.is_empty());
    assert_eq!(rig.store.cursor("poll:x".to_owned()).await.unwrap().as_deref(), Some(b"2".as_slice()));
    let runs = rig.until(Filter::default(), 4).await;
    let causes: Vec<_> = runs.iter().map(|run| run.cause.as_str()).collect();
    assert_eq!(
        causes,
        ["item-0", "item-2", "item-1", "item-3"],
        "none twice, in the order they were handed in"
    );
    assert_eq!(rig.effects("ship"), 4);
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_taken_together() {
    let mut rig = Rig::still(&[TOGETHER], Setup { is_paused: true, ..Setup::default() });
    rig.start().await;
    let (caller, flows) = (rig.engine().caller(), rig.engine().flows());
    let (hooks, faults) = Hooks::load(&caller, &flows, "http://127.0.0.1:7466").await;
    assert!(faults.is_empty(), "{faults:?}");
    for amount in 1..=4 {
        let hook = Hook {
            target: Target::Path("in".to_owned()),
            method: "POST".to_owned(),
            uri: "https://hub.example/hooks/in".to_owned(),
            headers: vec![("Idempotency-Key".to_owned(), format!("k{amount}"))],
            body: json!({"amount": amount}).to_string().into_bytes(),
            now_ms: 1,
            has_token: true,
        };
        for _ in 0..2 {
            let answer = receive(rig.engine(), &hooks, hook.clone()).await;
            assert_eq!((answer.status, answer.body.as_slice()), (202, b"{}".as_slice()));
        }
    }
    let began = rig.clock.now();
    let runs = rig.until(Filter::default(), 2).await;
    assert!(rig.clock.now() - began >= Duration::from_secs(3600), "the last one waited for others");
    let mut outputs = Vec::new();
    for run in runs {
        outputs.push(rig.engine().run(&run.id).await.unwrap().output.unwrap().to_string());
    }
    assert_eq!(outputs, ["6", "4"]);
}

#[tokio::test]
async fn a_start_that_was_put_aside_begins_when_it_is_put_back() {
    let mut rig = Rig::new(&[SHIP, TOGETHER]).await;
    // Accepted, and not begun.
    rig.engine().drain(Duration::ZERO).await;
    let data = json!({"order": "a", "amount": 7});
    let run = rig.engine().start_flow("default", "ship", data, "manual", None, Vec::new()).await.unwrap();
    let text = rig.remove("ship");
    rig.kill();
    rig.start().await;
    let dead = loop {
        let dead = rig.store.dead(None, Page::default()).await.unwrap();
        if let Some(letter) = dead.into_iter().next() {
            break letter;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((dead.flow.as_deref(), dead.reason.0.as_str()), (Some("ship"), "E-FLOW-NAME"));
    rig.load(&[&text]).await;
    rig.engine().revive(&dead.id, "ann").await.unwrap();
    let ended = rig.until(Filter::default(), 1).await.remove(0);
    assert_eq!((ended.id, ended.state.as_str()), (run, "completed"));
    assert!(rig.store.dead(None, Page::default()).await.unwrap().is_empty());
}

/// A hub whose only place for runs of a lane is taken by a call that does not end, and a run behind it.
async fn started_and_not_taken_up() -> (Rig, String) {
    let options = Options { runs_per_tenant: 1, ..Options::default() };
    let mut rig = Rig::still(&[SHIP], Setup { options, ..Setup::default() });
    rig.faults("latency=600000..600000");
    rig.start().await;
    let start = |engine: std::sync::Arc<nave_engine::Engine>| async move {
        engine.start_flow("default", "ship", json!({"order": "a"}), "manual", None, Vec::new()).await.unwrap()
    };
    start(std::sync::Arc::clone(rig.engine())).await;
    rig.run_in("ship", "running").await;
    let run = start(std::sync::Arc::clone(rig.engine())).await;
    (rig, run)
}

#[tokio::test]
async fn a_run_is_known_from_the_moment_its_id_is_given_out() {
    let (mut rig, run) = started_and_not_taken_up().await;
    assert!(rig.store.run(run.clone()).await.unwrap().is_none(), "its lane has not come to it");
    let view = rig.engine().run(&run).await.unwrap();
    assert_eq!((view.record.state.as_str(), view.record.flow.as_str()), ("queued", "ship"));
    assert_eq!((view.record.key.as_deref(), view.record.cause.as_str()), (Some("a"), "manual"));
    assert_eq!((view.input, view.steps.len(), view.record.phase), (json!({"order": "a"}), 0, Phase::Queued));
    // Nothing but cancelling can be done with it yet, and of others nothing is known.
    assert_eq!(rig.engine().retry(&run, None, "ann").await.unwrap_err().code, codes::CONFLICT);
    let other = run.replace(|letter: char| letter.is_ascii_digit(), "7");
    assert_eq!(rig.engine().run(&other).await.unwrap_err().code, codes::RUN_UNKNOWN);
    rig.faults("");
    rig.kill();
    rig.start().await;
    let ended = rig.until(Filter::default(), 2).await;
    assert_eq!(ended[1].id, run);
    assert_eq!(rig.effects("ship"), 2);
}

#[tokio::test]
async fn a_run_that_was_not_taken_up_is_cancelled_and_never_begins() {
    let (mut rig, run) = started_and_not_taken_up().await;
    rig.engine().cancel(&run, "ann", Some("too early".to_owned())).await.unwrap();
    let view = rig.engine().run(&run).await.unwrap();
    assert_eq!((view.record.state.as_str(), view.record.phase), ("cancelled", Phase::Ended));
    assert!(view.record.fault.unwrap().1.contains("too early"));
    let again = rig.engine().cancel(&run, "ann", None).await.unwrap_err();
    assert_eq!(again.code, codes::CONFLICT);
    let audit = rig.store.audit("default".to_owned(), 0, 100).await.unwrap();
    assert!(audit.iter().any(|entry| entry.entry.what == "run.cancelled" && entry.entry.on == run));
    // Its start is passed over, also by a hub that only reads what was decided.
    rig.faults("");
    rig.kill();
    rig.start().await;
    let last = rig.engine().start_flow("default", "ship", json!({"order": "a"}), "manual", None, Vec::new());
    let last = last.await.unwrap();
    let ended = rig.until(Filter::default(), 3).await;
    let states: Vec<_> = ended.iter().map(|run| (run.id.as_str(), run.state.as_str())).collect();
    assert_eq!(states[1..], [(run.as_str(), "cancelled"), (last.as_str(), "completed")]);
    assert_eq!(rig.effects("ship"), 2);
    assert!(rig.store.cursors("forestalled:".to_owned()).await.unwrap().is_empty());
    assert!(rig.store.dead(None, Page::default()).await.unwrap().is_empty());
}
