//! What is in doubt: settled by the same key, by a look, or by nobody; and never repeated.

use nave_connector::manifest::{OperationNotes, Settle};
use nave_store::record::CallState;

use super::ledger::rig;
use super::*;
use crate::fixture::notebook::Notebook;
use crate::settle::Ended;

fn with_key(hours: Option<u32>) -> Manifest {
    let rule = IdempotencyRule { header: "Idempotency-Key".into(), methods: vec!["POST".into()], hours };
    Manifest { idempotency: Some(rule), ..manifest() }
}

fn with_look() -> Manifest {
    let settle = Settle {
        read: "list_deals".into(),
        with: "{region: (.amount | tostring)}".into(),
        found: ".[0]".into(),
    };
    let notes = OperationNotes { settle: Some(settle), ..OperationNotes::default() };
    Manifest { operations: [("create_deal".to_owned(), notes)].into_iter().collect(), ..manifest() }
}

/// A flow's call.
fn request(perhaps_sent: bool) -> CallRequest {
    CallRequest {
        call_id: Some("run/deal".into()),
        idempotency_key: Some("run/deal".into()),
        perhaps_sent,
        ..CallRequest::new("crm", "create_deal", json!({"amount": 7}))
    }
}

/// How a call ended, in a word.
fn word(ended: &Ended) -> String {
    match ended {
        Ended::Done(answer) => format!("done {}", answer.value),
        Ended::NotDone(fault) => format!("not done {}", fault.code),
        Ended::InDoubt(fault) => format!("in doubt {}", fault.code),
        Ended::Unknown(fault) => format!("unknown {}", fault.code),
    }
}

/// A call that was under way when the hub stopped, and what becomes of it at the next start. Systems
/// answer by method: a creation, a look. Gives the end, who said so, and how many creations were sent.
async fn recovered(
    manifest: Manifest,
    later: Duration,
    create: impl Fn() -> Result<Incoming, Fault> + Send + Sync + 'static,
    look: impl Fn() -> Result<Incoming, Fault> + Send + Sync + 'static,
) -> (String, Option<String>, usize) {
    let notebook: Arc<Notebook> = Arc::default();
    let mut rig = Rig::new(manifest, &keyed(), move |_, sent| match sent.method.as_str() {
        "GET" => look(),
        _ => create(),
    });
    rig.caller = rig.caller.with_ledger(Arc::clone(&notebook) as _, "default");
    let first = request(false);
    let call = Box::pin(rig.caller.settle_or_call(&first));
    tokio::time::timeout(Duration::from_millis(500), call).await.unwrap_err();
    assert_eq!(notebook.told(), Some((CallState::Intended, 1, None)));
    rig.caller.clock.sleep(later).await;
    let settled = rig.caller.settle_or_call(&request(true)).await;
    let creations = rig.sent().iter().filter(|sent| sent.method == "POST").count();
    (word(&settled.ended), settled.conclusion.map(|conclusion| conclusion.by), creations - 1)
}

#[tokio::test(start_paused = true)]
async fn a_system_that_honours_keys_is_asked_again() {
    let made = || answer(201, &json!({"id": "1"}));
    let never = || answer(500, &json!({}));
    let soon = Duration::from_secs(1);
    let ended = recovered(with_key(None), soon, made, never).await;
    assert_eq!(ended, (r#"done {"id":"1"}"#.into(), Some("key".into()), 1));
    let ended = recovered(with_key(Some(24)), soon, made, never).await;
    assert_eq!(ended.2, 1);
    // The system has forgotten the key: sending again would be a second effect.
    let ended = recovered(with_key(Some(24)), Duration::from_hours(25), made, never).await;
    assert_eq!(ended, ("unknown E-OUTCOME-UNKNOWN".into(), Some("no-answer".into()), 0));
    // A refusal of the credential says nothing about the first attempt.
    let ended = recovered(with_key(None), soon, || answer(401, &json!({})), never).await;
    assert_eq!(ended, ("in doubt E-AUTH-REJECTED".into(), None, 1));
    let ended = recovered(with_key(None), soon, || answer(422, &json!({})), never).await;
    assert_eq!(ended, ("not done E-REJECTED".into(), Some("answer".into()), 1));
}

#[tokio::test(start_paused = true)]
async fn a_look_settles_what_keys_cannot() {
    let made = || answer(201, &json!({"id": "2"}));
    let soon = Duration::from_secs(1);
    let ended = recovered(with_look(), soon, made, || answer(200, &json!([{"id": "1"}]))).await;
    assert_eq!(ended, (r#"done {"id":"1"}"#.into(), Some("read-back".into()), 0));
    // Provably not done: it is made as if for the first time.
    let ended = recovered(with_look(), soon, made, || answer(200, &json!([]))).await;
    assert_eq!(ended, (r#"done {"id":"2"}"#.into(), Some("answer".into()), 1));
    let ended = recovered(with_look(), soon, made, || answer(404, &json!({}))).await;
    assert_eq!(ended.2, 1, "there is no such thing");
    // The look cannot be taken: in doubt until it can.
    let ended = recovered(with_look(), soon, made, || answer(403, &json!({}))).await;
    assert_eq!(ended, ("in doubt E-FORBIDDEN".into(), None, 0));
}

#[tokio::test(start_paused = true)]
async fn without_key_and_look_nobody_knows() {
    let ended = recovered(
        manifest(),
        Duration::from_secs(1),
        || answer(201, &json!({"id": "1"})),
        || answer(200, &json!([])),
    );
    assert_eq!(ended.await, ("unknown E-OUTCOME-UNKNOWN".into(), Some("no-answer".into()), 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_at_once() {
    let notebook: Arc<Notebook> = Arc::default();
    for (found, expected, by) in [
        (json!([{"id": "1"}]), r#"done {"id":"1"}"#, "read-back"),
        (json!([]), "not done E-TIMEOUT", "read-back"),
    ] {
        let mut rig = Rig::new(with_look(), &keyed(), move |_, sent| match sent.method.as_str() {
            "GET" => answer(200, &found),
            _ => lost(codes::TIMEOUT),
        });
        rig.caller = rig.caller.with_ledger(Arc::clone(&notebook) as _, "default");
        let settled = rig.caller.settle_or_call(&request(false)).await;
        assert_eq!(word(&settled.ended), expected);
        assert_eq!(settled.conclusion.unwrap().by, by);
        assert_eq!(rig.sent().last().unwrap().url.query(), Some("region=7"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_finds_nothing_is_taken_twice() {
    let rig = Rig::new(with_look(), &keyed(), |number, sent| match (number, sent.method.as_str()) {
        (_, "POST") => lost(codes::CONNECTION_LOST),
        (2, _) => answer(200, &json!([])),
        _ => answer(200, &json!([{"id": "late"}])),
    });
    let settled = rig.caller.settle_or_call(&request(false)).await;
    assert_eq!(word(&settled.ended), r#"done {"id":"late"}"#);
    let times = rig.times();
    assert!(times[2] - times[1] >= Duration::from_secs(5), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_nothing_in_doubt_and_is_begun_afresh() {
    let (rig, notebook) = rig(manifest(), |number, _| match number {
        1 => answer(401, &json!({})),
        _ => answer(201, &json!({"id": "1"})),
    });
    let settled = rig.caller.settle_or_call(&request(false)).await;
    assert_eq!(word(&settled.ended), "not done E-AUTH-REJECTED");
    let ledger = rig.caller.ledger.as_ref().unwrap();
    ledger.conclude(rig.caller.clock.as_ref(), &request(true), settled.conclusion.unwrap()).await.unwrap();
    assert_eq!(notebook.told().unwrap().0, CallState::NotDone);
    let settled = rig.caller.settle_or_call(&request(true)).await;
    assert_eq!(word(&settled.ended), r#"done {"id":"1"}"#);
    assert_eq!(notebook.only().unwrap().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_to_be_removed_and_is_gone_is_removed() {
    let manifest = Manifest {
        operations: [(
            "put_deal".to_owned(),
            OperationNotes { effect: Some(nave_model::Effect::Destructive), ..OperationNotes::default() },
        )]
        .into_iter()
        .collect(),
        ..manifest()
    };
    let (rig, _) = rig(manifest, |number, _| match number {
        1 => lost(codes::CONNECTION_LOST),
        _ => answer(404, &json!({})),
    });
    let remove = CallRequest {
        call_id: Some("run/gone".into()),
        ..CallRequest::new("crm", "put_deal", json!({"path_id": "1", "body_id": "1"}))
    };
    let settled = rig.caller.settle_or_call(&remove).await;
    assert_eq!(word(&settled.ended), "done null");
    assert_eq!(settled.conclusion.unwrap().by, "key");
}
