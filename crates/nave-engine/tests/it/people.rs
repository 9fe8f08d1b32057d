//! What people decide: answers, cancelling, trying again, skipping, replaying, moving to a new version,
//! dead letters.

use nave_flow::decide::Verdict;
use nave_model::fault::codes;
use nave_store::batch::{Batch, Conclusion, Intent, Op};
use nave_store::record::{CallState, Filter, Page};
use serde_json::json;

use crate::rig::{Rig, event};

const ASKS: &str = r#"
flow: asks
trigger: shop.order.placed
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
  - approve: ask sales
    title: Ship ${.order}?
  - shipped: shop.ship
    with: "{ order, amount }"
"#;

/// Refused by the system as long as it says so.
const CALLS: &str = r#"
flow: calls
trigger: shop.order.placed
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
  - price: set
    value: (.customer // "0") | tonumber
  - charged: shop.charge
    with: "{ order, amount: $price }"
"#;

#[tokio::test]
async fn people_answer_once() {
    let rig = Rig::new(&[ASKS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let run = rig.run_in("asks", "waiting").await;
    let asks = rig.store.asks(None, Page::default()).await.unwrap();
    assert_eq!((asks[0].id.clone(), asks[0].title.as_str()), (format!("{run}/approve"), "Ship a?"));
    let engine = rig.engine();
    let answer = |role: &'static str| {
        engine.answer(&asks[0].id, "ann", role, Verdict::Approved, Some("fine".to_owned()))
    };
    assert_eq!(answer("cook").await.unwrap_err().code, codes::NOT_ALLOWED);
    answer("sales").await.unwrap();
    assert_eq!(answer("sales").await.unwrap_err().code, codes::RUN_UNKNOWN);
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.record.state, "completed");
    assert_eq!(view.steps[1].output.as_ref().unwrap()["by"], "ann");
    assert!(rig.store.asks(None, Page::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_cancelled_run_ends_and_stays_ended() {
    let rig = Rig::new(&[ASKS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let run = rig.run_in("asks", "waiting").await;
    rig.engine().cancel(&run, "ann", Some("wrong".to_owned())).await.unwrap();
    let view = rig.engine().run(&run).await.unwrap();
    assert_eq!(view.record.state, "cancelled");
    assert_eq!(view.record.fault.unwrap().1, "ann cancelled the run: wrong");
    assert!(rig.store.asks(None, Page::default()).await.unwrap().is_empty());
    assert_eq!(rig.engine().cancel(&run, "ann", None).await.unwrap_err().code, codes::CONFLICT);
    let audit = rig.store.audit("default".to_owned(), 0, 100).await.unwrap();
    assert!(audit.iter().any(|entry| entry.entry.what == "run.cancelled" && entry.entry.who == "ann"));
}

#[tokio::test]
async fn what_is_not_there_is_unknown() {
    let rig = Rig::new(&[ASKS]).await;
    let engine = rig.engine();
    for id in ["", "x", "00000000000000000000000000"] {
        assert_eq!(engine.cancel(id, "ann", None).await.unwrap_err().code, codes::RUN_UNKNOWN, "{id}");
        assert_eq!(engine.run(id).await.unwrap_err().code, codes::RUN_UNKNOWN, "{id}");
        assert_eq!(engine.retry(id, None, "ann").await.unwrap_err().code, codes::RUN_UNKNOWN, "{id}");
        assert_eq!(engine.replay(id, None, "ann").await.unwrap_err().code, codes::RUN_UNKNOWN, "{id}");
        assert_eq!(engine.revive(id, "ann").await.unwrap_err().code, codes::RUN_UNKNOWN, "{id}");
        assert_eq!(
            engine.settle(id, Ok(json!(1)), "ann").await.unwrap_err().code,
            codes::RUN_UNKNOWN,
            "{id}"
        );
        let answered = engine.answer(id, "ann", "sales", Verdict::Approved, None).await;
        assert_eq!(answered.unwrap_err().code, codes::RUN_UNKNOWN, "{id}");
    }
}

#[tokio::test]
async fn a_failed_step_is_skipped_or_replayed_with_the_corrected_flow() {
    let mut rig = Rig::new(&[CALLS]).await;
    for order in ["a", "b"] {
        rig.placed(json!({"order": order, "amount": 1, "customer": "no number"})).await;
    }
    let failed = rig.ended_of("a", 1).await.remove(0);
    let other = rig.ended_of("b", 1).await.remove(0);
    assert_eq!(failed.record.state, "failed", "{failed:#?}");
    // Again it fails in the same way, and is at the same place.
    rig.engine().retry(&failed.record.id, None, "ann").await.unwrap();
    assert_eq!(rig.engine().run(&failed.record.id).await.unwrap().record.state, "failed");
    let corrected =
        CALLS.replace(r#"(.customer // "0") | tonumber"#, "7").replace("charge\n", "charge\n    if: true\n");
    rig.load(&[&corrected]).await;
    let again = rig.engine().replay(&failed.record.id, Some("charged".to_owned()), "ann").await.unwrap();
    let filter = Filter { cause: Some(format!("replay:{}:ann", failed.record.id)), ..Filter::default() };
    let replayed = rig.until(filter, 1).await.remove(0);
    assert_eq!((replayed.id.as_str(), replayed.state.as_str()), (again.as_str(), "completed"));
    assert_eq!(replayed.replay_of.as_ref(), Some(&failed.record.id));
    assert_eq!(rig.effects("reserve"), 2, "what was kept is not done again");
    rig.engine().skip(&other.record.id, None, "ann").await.unwrap();
    let skipped = rig.ended_of("b", 1).await.remove(0);
    assert_eq!(skipped.steps.len(), 2, "{skipped:#?}");
    // A replay from the beginning asks the system with the same key, which it knows.
    rig.engine().replay(&failed.record.id, None, "ann").await.unwrap();
    let filter = Filter { cause: Some(format!("replay:{}:ann", failed.record.id)), ..Filter::default() };
    rig.until(filter, 2).await;
    assert_eq!(rig.effects("reserve"), 2);
    assert_eq!(rig.sandbox.count("reserve").replayed, 1);
}

#[tokio::test]
async fn a_waiting_run_moves_where_the_new_version_acts_alike() {
    let mut rig = Rig::new(&[ASKS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let run = rig.run_in("asks", "waiting").await;
    let same = rig.engine().migrate(&run, "ann").await.unwrap_err();
    assert_eq!(same.code, codes::CONFLICT);
    rig.load(&[&ASKS.replace("shop.reserve", "shop.charge")]).await;
    let otherwise = rig.engine().migrate(&run, "ann").await.unwrap_err();
    let said = "the new version would have acted otherwise: a call of `shop.charge` at `reserved` instead of a \
                call of `shop.reserve` at `reserved`";
    assert_eq!((otherwise.code, otherwise.message.as_str()), (codes::CONFLICT, said));
    let moved = "shipped: shop.ship\n    with: '{ order: \"moved\", amount }'";
    rig.load(&[&ASKS.replace("shipped: shop.ship\n    with: \"{ order, amount }\"", moved)]).await;
    rig.engine().migrate(&run, "ann").await.unwrap();
    rig.kill();
    rig.start().await;
    let ask = format!("{run}/approve");
    rig.engine().answer(&ask, "ann", "sales", Verdict::Approved, None).await.unwrap();
    let view = rig.ended_of("a", 1).await.remove(0);
    assert_eq!(view.record.state, "completed");
    assert_eq!(view.steps[2].input.as_ref().unwrap()["order"], "moved");
}

#[tokio::test]
async fn what_a_flow_cannot_handle_is_put_aside_and_back() {
    let bad = "flow: bad\ntrigger: shop.order.placed\nwhen: ((.customer // \"0\") | tonumber) > 0\nsteps:\n  - a: shop.ship\n    \
               with: \"{ order, amount }\"\n";
    let mut rig = Rig::new(&[ASKS, bad]).await;
    rig.placed(json!({"order": "a", "amount": 1, "customer": "no number"})).await;
    rig.run_in("asks", "waiting").await;
    let dead = rig.store.dead(None, Page::default()).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].flow.as_deref(), Some("bad"));
    assert_eq!(dead[0].reason.0, "E-EXPR-FAILED");
    rig.load(&[&bad.replace("((.customer // \"0\") | tonumber) > 0", "true")]).await;
    rig.engine().revive(&dead[0].id, "ann").await.unwrap();
    rig.until(Filter { flow: Some("bad".to_owned()), ..Filter::default() }, 1).await;
    assert!(rig.store.dead(None, Page::default()).await.unwrap().is_empty());
    assert_eq!(rig.runs(Filter { flow: Some("asks".to_owned()), ..Filter::default() }).await.len(), 1);
}

#[tokio::test]
async fn two_who_decide_in_the_same_moment_decide_once() {
    let flow = "flow: picky\ntrigger: shop.order.placed\nwhen: (.order | tonumber) > 1\nsteps:\n  - said: set\n    value: 1\n";
    let mut rig = Rig::new(&[flow]).await;
    let placed = event("shop.order.placed", "a", &json!({"order": "a", "amount": 1}));
    let place = rig.engine().accept("default", vec![placed], Vec::new()).await.unwrap().remove(0);
    rig.consumed(place).await;
    let letter = rig.store.dead(None, Page::default()).await.unwrap().remove(0);
    rig.load(&[&flow.replace("(.order | tonumber) > 1", "true")]).await;
    let engine = rig.engine();
    let (one, other) = tokio::join!(engine.revive(&letter.id, "ann"), engine.revive(&letter.id, "bob"));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    rig.until(Filter::default(), 1).await;
    rig.placed(json!({"order": "b", "amount": 1})).await;
    assert_eq!(rig.until(Filter::default(), 2).await.len(), 2, "it began once");
    // A call that belongs to no run, and that nobody knows the outcome of.
    let intent = Intent {
        id: "direct".to_owned(),
        tenant: "default".to_owned(),
        connection: "shop".to_owned(),
        operation: "reserve".to_owned(),
        effect: "write".to_owned(),
        digest: String::new(),
        key: None,
        principal: "person".to_owned(),
        run: None,
        trace: None,
        arguments: b"{}".to_vec(),
    };
    let conclusion = Conclusion {
        id: "direct".to_owned(),
        state: CallState::Unknown,
        code: None,
        message: None,
        status: None,
        by: "recovery".to_owned(),
    };
    let ops = vec![Op::Intend(Box::new(intent)), Op::Conclude(Box::new(conclusion))];
    rig.store.commit(Batch { fence: None, ops, now_ms: 1 }).await.unwrap();
    let done = engine.settle("direct", Ok(json!({"id": "x"})), "ann");
    let (one, other) = tokio::join!(done, engine.settle("direct", Err("not there".to_owned()), "bob"));
    assert!(one.is_ok() && other.unwrap_err().code == codes::CONFLICT, "{one:?}");
    assert_eq!(rig.store.call("direct".to_owned()).await.unwrap().unwrap().state, CallState::Done);
}
