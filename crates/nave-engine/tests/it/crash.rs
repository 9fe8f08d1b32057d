//! A flow of every verb, killed at every commit, before and after it is on disk: it comes to the same end,
//! and everything is done once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use nave_flow::decide::Verdict;
use nave_store::Store;
use nave_store::record::{Filter, Page, Phase};
use serde_json::json;

use crate::frail::Frail;
use crate::rig::{Rig, Setup, event};

/// Calls one after the other, side by side, in a loop; a wait, a child, an event, a question, an undo.
const PARENT: &str = r#"
flow: parent
trigger: shop.order.placed
key: .customer
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
  - lines: for
    in: (.lines // [])
    as: line
    parallel: 2
    steps:
      - packed: shop.ship
        with: "{ order: $line, amount: 1 }"
  - pause: wait 1ms
  - paid: listen shop.order.paid
    when: .order == "pay"
  - child: run child
    with: "{ order, amount }"
  - approve: ask sales
    title: Ship?
  - said: emit order.done
    with: "{ order }"
  - safe: try
    steps:
      - charged: shop.charge
        with: "{ order, amount }"
        undo: shop.refund
      - fails: raise nope
    catch:
      - codes: [nope]
        steps:
          - fine: set
            value: 1
output: "{ child: $child.id }"
"#;

const CHILD: &str = r#"
flow: child
trigger: manual
input: { type: object, required: [order], properties: { order: { type: string }, amount: { type: number } } }
steps:
  - stock: shop.get_stock
    with: "{ order }"
  - taken: shop.release
    with: "{ id: $stock.id }"
output: "{ id: $taken.id }"
"#;

const HEARD: &str = r#"
flow: heard
trigger: order.done
steps:
  - noted: shop.reserve
    with: '{ order: "noted", amount: 1 }'
"#;

/// Takes everything to its end, answering what is asked; gives effects by idempotency key.
async fn finish(rig: &Rig) {
    let engine = Arc::clone(rig.engine());
    let paid = event("shop.order.paid", "paid", &json!({"order": "pay", "amount": 1}));
    loop {
        let ended = rig.runs(Filter { phase: Some(Phase::Ended), ..Filter::default() }).await;
        if ended.len() >= 3 {
            break;
        }
        let parent = rig.runs(Filter { flow: Some("parent".to_owned()), ..Filter::default() }).await;
        // What is asked of a hub that was killed in the meantime is asked again of the next.
        if let Some(parent) = parent.first()
            && let Ok(view) = engine.run(&parent.id).await
            && view.steps.iter().any(|step| step.task == "paid")
        {
            engine.accept("default", vec![paid.clone()], Vec::new()).await.ok();
        }
        for ask in rig.store.asks(None, Page::default()).await.unwrap() {
            engine.answer(&ask.id, "ann", "sales", Verdict::Approved, None).await.ok();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Kills the hub at a commit; gives whether there was such a commit.
async fn check(commits: i64, is_written: bool) -> bool {
    let mut rig = Rig::still(&[PARENT, CHILD, HEARD], Setup::default());
    rig.start().await;
    let data = json!({"order": "a", "amount": 5, "customer": "c", "lines": ["x", "y", "z"]});
    rig.placed(data).await;
    rig.kill();
    let frail = Frail::new(Arc::clone(&rig.store), commits, is_written);
    rig.start_on(Arc::<Frail>::clone(&frail) as Arc<dyn Store>).await;
    let was_killed = tokio::select! {
        () = frail.stopped() => true,
        () = finish(&rig) => false,
    };
    rig.kill();
    rig.start().await;
    finish(&rig).await;
    let at = format!("killed at commit {commits}, written: {is_written}");
    let runs = rig.runs(Filter::default()).await;
    let mut ended: Vec<String> = runs.iter().map(|run| format!("{} {}", run.flow, run.state)).collect();
    ended.sort();
    assert_eq!(ended, ["child completed", "heard completed", "parent completed"], "{at}");
    let mut effects: BTreeMap<String, u32> = BTreeMap::new();
    for received in rig.sandbox.received() {
        if received.outcome == nave_sandbox::record::Outcome::Effect && received.operation != "get_stock" {
            *effects.entry(format!("{} {}", received.operation, received.key.unwrap())).or_default() += 1;
        }
    }
    assert!(effects.values().all(|count| *count == 1), "{at}: {effects:#?}");
    assert_eq!(effects.len(), 8, "{at}: {effects:#?}");
    assert_eq!(rig.effects("ship"), 3, "{at}");
    assert_eq!((rig.effects("charge"), rig.effects("refund")), (1, 1), "{at}");
    let open = rig.store.calls(nave_store::record::CallFilter::default(), Page::default()).await.unwrap();
    assert!(open.iter().all(|call| call.conclusion.is_some()), "{at}: {open:#?}");
    was_killed
}

/// Several at a time, because most of the time is spent waiting for the disk.
const AT_ONCE: i64 = 8;

#[tokio::test]
async fn killed_at_every_commit_it_does_everything_once() {
    for is_written in [false, true] {
        let mut commits = 1;
        loop {
            let checks = (commits..commits + AT_ONCE).map(|commits| check(commits, is_written));
            let were_killed = futures_util::future::join_all(checks).await;
            commits += AT_ONCE;
            if were_killed.contains(&false) {
                break;
            }
        }
        assert!(commits > 15, "there were only {commits} commits");
    }
}
