//! Two tenants at the engine's door: what is one's is as if it were not there for the other, and what one
//! chooses as a key means nothing for the other.

use nave_call::CallRequest;
use nave_flow::decide::Verdict;
use nave_model::fault::codes;
use nave_store::record::{CallFilter, CallState, Filter, Page};
use serde_json::{Value, json};

use crate::rig::{Rig, Setup, event};

const PAY: &str = r#"
flow: pay
trigger: [shop.order.placed, manual]
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
output: $reserved.id
"#;

const ASKS: &str = r#"
flow: asks
trigger: shop.order.paid
when: (.order | tonumber) > 0
steps:
  - approve: ask sales
    title: Ship?
"#;

const TENANTS: [&str; 2] = ["north", "south"];

async fn calls_of(rig: &Rig, tenant: &str) -> Vec<nave_store::record::Call> {
    let filter = CallFilter { tenant: Some(tenant.to_owned()), ..CallFilter::default() };
    rig.store.calls(filter, Page::default()).await.unwrap()
}

#[tokio::test]
async fn nobody_sees_or_settles_what_is_anothers() {
    let mut rig = Rig::still(&[PAY], Setup { has_keys: false, is_fast: true, ..Setup::default() });
    rig.faults("reset");
    rig.start().await;
    for tenant in TENANTS {
        // The same event of the same source, for each of them.
        let placed = event("shop.order.placed", "a", &json!({"order": "a", "amount": 1}));
        rig.accept(tenant, placed).await;
    }
    let unknown = Filter { state: Some("unknown".to_owned()), ..Filter::default() };
    let runs =
        rig.when(|| async { Some(rig.runs(unknown.clone()).await).filter(|runs| runs.len() == 2) }).await;
    rig.faults("");
    let north = runs.iter().find(|run| run.tenant == "north").unwrap();
    let south = runs.iter().find(|run| run.tenant == "south").unwrap();
    for (tenant, run) in [("north", north), ("south", south)] {
        let calls = calls_of(&rig, tenant).await;
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].intent.tenant.as_str(), calls[0].intent.run.as_ref()), (tenant, Some(&run.id)));
        let chain = rig.store.audit(tenant.to_owned(), 0, 100).await.unwrap();
        assert!(!chain.is_empty() && chain.iter().all(|entry| entry.entry.on.starts_with(&run.id)));
        assert_eq!(nave_store::audit::broken(0, nave_store::audit::START, &chain), None);
    }
    assert!(rig.store.audit("default".to_owned(), 0, 100).await.unwrap().is_empty());
    assert!(calls_of(&rig, "default").await.is_empty());
    let call = format!("{}/reserved", north.id);
    let (own, other) = (rig.engine().of("north"), rig.engine().of("south"));
    assert_eq!(own.run(&north.id).await.unwrap().record.tenant, "north");
    assert_eq!(own.call(&call).await.unwrap().intent.id, call);
    let id = || None::<String>;
    let refused = [
        other.run(&north.id).await.map(drop),
        other.call(&call).await.map(drop),
        other.settle(&call, Ok(json!({"id": "x"})), "eve").await,
        other.cancel(&north.id, "eve", None).await,
        other.retry(&north.id, None, "eve").await,
        other.skip(&north.id, None, "eve").await,
        other.replay(&north.id, id(), "eve").await.map(drop),
        other.migrate(&north.id, "eve").await,
    ];
    assert!(
        refused.iter().all(|result| result.as_ref().unwrap_err().code == codes::RUN_UNKNOWN),
        "{refused:?}"
    );
    assert_eq!(calls_of(&rig, "north").await[0].state, CallState::Unknown, "it is not settled");
    own.settle(&call, Ok(json!({"id": "found"})), "ann").await.unwrap();
    let ended = rig.until(Filter { tenant: Some("north".to_owned()), ..Filter::default() }, 1).await;
    assert_eq!(ended[0].state, "completed");
    assert_eq!(calls_of(&rig, "south").await[0].state, CallState::Unknown);
    assert_eq!(rig.sandbox.count("reserve").received, 2);
}

#[tokio::test]
async fn questions_and_dead_letters_are_their_tenants() {
    let rig = Rig::new(&[ASKS]).await;
    for order in ["1", "none"] {
        let paid = event("shop.order.paid", order, &json!({"order": order, "amount": 1}));
        let place = rig.engine().accept("north", vec![paid], Vec::new()).await.unwrap().remove(0);
        rig.consumed(place).await;
    }
    rig.run_in("asks", "waiting").await;
    let ask = rig.store.asks(Some("north".to_owned()), Page::default()).await.unwrap().remove(0);
    assert!(rig.store.asks(Some("south".to_owned()), Page::default()).await.unwrap().is_empty());
    let letter = rig.store.dead(Some("north".to_owned()), Page::default()).await.unwrap().remove(0);
    let (own, other) = (rig.engine().of("north"), rig.engine().of("south"));
    let answer = other.answer(&ask.id, "eve", "sales", Verdict::Approved, None).await;
    assert_eq!(answer.unwrap_err().code, codes::RUN_UNKNOWN);
    assert_eq!(other.revive(&letter.id, "eve").await.unwrap_err().code, codes::RUN_UNKNOWN);
    own.revive(&letter.id, "ann").await.unwrap();
    own.answer(&ask.id, "ann", "sales", Verdict::Approved, None).await.unwrap();
    assert_eq!(rig.until(Filter::default(), 1).await[0].tenant, "north");
    let chain = rig.store.audit("north".to_owned(), 0, 10).await.unwrap();
    let words: Vec<_> = chain.iter().map(|entry| entry.entry.what.as_str()).collect();
    assert_eq!(words, ["dead.revived", "ask.answered"]);
}

#[tokio::test]
async fn keys_of_two_tenants_do_not_meet() {
    let mut rig = Rig::still(&[PAY], Setup { has_keys: false, ..Setup::default() });
    rig.start().await;
    let mut runs = Vec::new();
    for tenant in TENANTS {
        for _ in 0..2 {
            let data = json!({"order": tenant, "amount": 1});
            let key = Some("once".to_owned());
            runs.push(rig.engine().start_flow(tenant, "pay", data, "manual", key, Vec::new()).await.unwrap());
        }
    }
    assert!(runs[0] == runs[1] && runs[2] == runs[3] && runs[1] != runs[2], "{runs:?}");
    rig.until(Filter::default(), 2).await;
    assert_eq!(rig.effects("reserve"), 2);
    // The same key at the same connection, with other arguments.
    let caller = rig.engine().caller();
    let call = |tenant: &str, order: &str| {
        let request = CallRequest {
            tenant: Some(tenant.to_owned()),
            idempotency_key: Some("mine".to_owned()),
            ..CallRequest::new("shop", "ship", json!({"order": order, "amount": 1}))
        };
        let caller = std::sync::Arc::clone(&caller);
        async move { caller.call(request).await.map(|answer| answer.value) }
    };
    let north: Value = call("north", "a").await.unwrap();
    assert_eq!(rig.effects("ship"), 1);
    call("south", "b").await.unwrap();
    assert_eq!(call("north", "a").await.unwrap(), north, "the same effect");
    assert_eq!(rig.effects("ship"), 2);
    for tenant in TENANTS {
        let direct: Vec<_> = calls_of(&rig, tenant).await;
        let shipped = direct.iter().filter(|call| call.intent.operation == "ship");
        assert_eq!(shipped.map(|call| call.intent.tenant.as_str()).collect::<Vec<_>>(), [tenant]);
        let chain = rig.store.audit(tenant.to_owned(), 0, 100).await.unwrap();
        assert_eq!(chain.iter().filter(|entry| entry.entry.who == "person").count(), 2);
    }
}
