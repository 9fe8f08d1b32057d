//! What is in the ledger before, while and after a call is made.

use nave_store::record::CallState;

use super::*;
use crate::fixture::notebook::Notebook;

/// A rig whose caller keeps a ledger, and the ledger. The system is told what the ledger says of the call.
pub(super) fn rig(
    manifest: Manifest,
    system: impl Fn(usize, Option<CallState>) -> Result<Incoming, Fault> + Send + Sync + 'static,
) -> (Rig, Arc<Notebook>) {
    let notebook: Arc<Notebook> = Arc::default();
    let told = Arc::clone(&notebook);
    let mut rig =
        Rig::new(manifest, &keyed(), move |number, _| system(number, told.told().map(|kept| kept.0)));
    rig.caller = rig.caller.with_ledger(Arc::clone(&notebook) as _, "default");
    (rig, notebook)
}

#[tokio::test(start_paused = true)]
async fn the_intent_stands_before_the_effect_and_the_outcome_after() {
    let (rig, notebook) = rig(manifest(), |_, kept| {
        assert_eq!(kept, Some(CallState::Intended));
        answer(201, &json!({"id": "1"}))
    });
    rig.call("create_deal", json!({"amount": 1})).await.unwrap();
    assert_eq!(notebook.told(), Some((CallState::Done, 1, Some("answer".into()))));
    assert_eq!(notebook.audited(), ["call.intended", "call.concluded"]);
    let intent = notebook.only().unwrap().intent;
    assert_eq!((intent.operation.as_str(), intent.principal.as_str()), ("create_deal", "person"));
    assert_eq!(intent.arguments, br#"{"amount":1}"#);
    assert_eq!(intent.digest, crate::ledger::digest(&json!({"amount": 1})));
}

#[tokio::test(start_paused = true)]
async fn no_record_no_call() {
    let (rig, notebook) = rig(manifest(), |_, _| answer(201, &json!({"id": "1"})));
    notebook.set_full(true);
    let fault = rig.call("create_deal", json!({"amount": 1})).await.unwrap_err();
    assert_eq!(fault.code, codes::STORE_FULL);
    assert!(rig.sent().is_empty() && notebook.only().is_none());
    rig.call("get_deal", json!({"id": "1"})).await.unwrap();
    assert_eq!(rig.sent().len(), 1, "a read needs no record");
}

#[tokio::test(start_paused = true)]
async fn refusals_and_lost_answers_are_told_apart() {
    for (ends, state, by) in [
        (answer(422, &json!({})), CallState::NotDone, "answer"),
        (lost(codes::TLS), CallState::NotDone, "not-sent"),
        (lost(codes::TIMEOUT), CallState::Unknown, "no-answer"),
        (answer(503, &json!({})), CallState::Unknown, "no-answer"),
        (lost(codes::RESPONSE_LIMIT), CallState::Unknown, "no-answer"),
        (lost(codes::REDIRECT_REFUSED), CallState::Unknown, "no-answer"),
    ] {
        let (rig, notebook) = rig(manifest(), move |_, _| ends.clone());
        let fault = rig.call("create_deal", json!({"amount": 1})).await.unwrap_err();
        assert_eq!(notebook.told(), Some((state, 1, Some(by.into()))), "{fault:?}");
        assert_eq!(rig.sent().len(), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_differs_from_its_description_was_done_or_not_but_not_refused() {
    let notebook: Arc<Notebook> = Arc::default();
    let mut connections = keyed();
    connections["crm"]["strict"] = json!(true);
    let mut rig = Rig::new(manifest(), &connections, |_, _| answer(201, &json!({"id": 1})));
    rig.caller = rig.caller.with_ledger(Arc::clone(&notebook) as _, "default");
    let fault = rig.call("create_deal", json!({"amount": 1})).await.unwrap_err();
    assert_eq!(fault.code, codes::RESPONSE_DRIFT);
    assert_eq!(notebook.told().unwrap().0, CallState::Unknown);
}

#[tokio::test(start_paused = true)]
async fn only_attempts_that_may_have_been_done_are_counted() {
    let unsent = [codes::UNREACHABLE, codes::UNREACHABLE];
    let (unreachable, notebook) = rig(manifest(), move |number, _| match unsent.get(number - 1) {
        Some(code) => lost(*code),
        None => answer(201, &json!({"id": "1"})),
    });
    unreachable.call("create_deal", json!({"amount": 1})).await.unwrap();
    assert_eq!(notebook.told(), Some((CallState::Done, 1, Some("answer".into()))));

    let (lossy, notebook) = rig(manifest(), |number, _| match number {
        1 | 2 => lost(codes::CONNECTION_LOST),
        _ => answer(200, &json!({"id": "1"})),
    });
    lossy.call("put_deal", json!({"path_id": "1", "body_id": "1"})).await.unwrap();
    assert_eq!(notebook.told(), Some((CallState::Done, 3, Some("key".into()))));
}

#[tokio::test(start_paused = true)]
async fn giving_up_leaves_the_truth_behind() {
    let (rig, notebook) = rig(manifest(), |_, _| answer(201, &json!({"id": "1"})));
    let call = rig.call("create_deal", json!({"amount": 1}));
    tokio::time::timeout(Duration::from_millis(500), call).await.unwrap_err();
    assert_eq!(notebook.told(), Some((CallState::Intended, 1, None)), "sent, and nobody knows");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_is_not_sent_and_not_tried_again() {
    let (rig, notebook) = rig(manifest(), |_, _| answer(429, &json!({})));
    let cancel = tokio_util::sync::CancellationToken::new();
    let request = CallRequest {
        cancel: Some(cancel.clone()),
        ..CallRequest::new("crm", "create_deal", json!({"amount": 1}))
    };
    let call = rig.caller.call(request.clone());
    let stop = async {
        rig.caller.clock.sleep(Duration::from_millis(1100)).await;
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(call, stop);
    assert_eq!(ended.unwrap_err().code, codes::RATE_LIMITED);
    assert_eq!(notebook.told(), Some((CallState::NotDone, 1, Some("answer".into()))));
    assert_eq!(rig.caller.call(request).await.unwrap_err().code, codes::FLOW_CANCELLED);
    assert_eq!(rig.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_tightened() {
    for most in [1, 2] {
        let (rig, _) = rig(manifest(), |_, _| answer(429, &json!({})));
        let request = CallRequest {
            attempts: Some(most),
            ..CallRequest::new("crm", "create_deal", json!({"amount": 1}))
        };
        let settled = rig.caller.settle_or_call(&request).await;
        assert!(settled.is_used_up);
        assert_eq!(rig.sent().len(), most as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn the_trace_goes_on_with_a_new_span_for_every_attempt() {
    let (rig, notebook) = rig(manifest(), |number, _| match number {
        1 => answer(429, &json!({})),
        _ => answer(201, &json!({"id": "1"})),
    });
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = CallRequest {
        trace: Some(trace.into()),
        ..CallRequest::new("crm", "create_deal", json!({"amount": 1}))
    };
    rig.caller.call(request).await.unwrap();
    let sent: Vec<String> =
        rig.sent().iter().map(|sent| sent.headers["traceparent"].to_str().unwrap().to_owned()).collect();
    assert!(sent.iter().all(|sent| sent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-")), "{sent:?}");
    assert!(sent[0] != sent[1] && sent[0] != trace, "{sent:?}");
    assert_eq!(notebook.only().unwrap().intent.trace.as_deref(), Some(trace));
}
