//! When a call is sent again, and when never.

use super::*;
use crate::admit::Priority;

fn with_key_header() -> Manifest {
    let rule =
        IdempotencyRule { header: "Idempotency-Key".into(), methods: vec!["POST".into()], hours: None };
    Manifest { idempotency: Some(rule), ..manifest() }
}

/// How often this operation is sent when the first two attempts end so, and how it ends itself.
async fn attempts(manifest: Manifest, operation: &str, code: Option<Code>, status: u16) -> (usize, bool) {
    let rig = Rig::new(manifest, &keyed(), move |number, _| match (number, code) {
        (1 | 2, Some(code)) => lost(code),
        (1 | 2, None) => answer(status, &json!({})),
        _ => answer(200, &json!({"id": "1"})),
    });
    let arguments = match operation {
        "create_deal" => json!({"amount": 1}),
        "put_deal" => json!({"path_id": "1", "body_id": "1"}),
        _ => json!({"id": "1"}),
    };
    let ended = rig.call(operation, arguments).await;
    (rig.sent().len(), ended.is_ok())
}

#[tokio::test(start_paused = true)]
async fn what_is_harmless_is_sent_again_and_nothing_else() {
    for operation in ["get_deal", "put_deal"] {
        assert_eq!(attempts(manifest(), operation, Some(codes::CONNECTION_LOST), 0).await, (3, true));
        assert_eq!(attempts(manifest(), operation, None, 503).await, (3, true));
        assert_eq!(attempts(manifest(), operation, None, 404).await, (1, false));
    }
    let create = "create_deal";
    assert_eq!(attempts(manifest(), create, Some(codes::CONNECTION_LOST), 0).await, (1, false));
    assert_eq!(attempts(manifest(), create, None, 503).await, (1, false));
    assert_eq!(attempts(manifest(), create, Some(codes::UNREACHABLE), 0).await, (3, true));
    assert_eq!(attempts(manifest(), create, None, 429).await, (3, true));
    assert_eq!(attempts(with_key_header(), create, Some(codes::TIMEOUT), 0).await, (3, true));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_says_so() {
    let rig = Rig::new(manifest(), &keyed(), |_, _| lost(codes::TIMEOUT));
    let fault = rig.call("create_deal", json!({"amount": 1})).await.unwrap_err();
    assert_eq!(fault.hint.as_deref(), Some("it may have been done: look before you call again"));
}

#[tokio::test(start_paused = true)]
async fn the_key_is_the_same_for_every_attempt_and_new_for_every_call() {
    let rig = Rig::new(with_key_header(), &keyed(), |number, _| match number {
        1 | 2 => lost(codes::CONNECTION_LOST),
        _ => answer(201, &json!({"id": "1"})),
    });
    rig.call("create_deal", json!({"amount": 1})).await.unwrap();
    rig.call("create_deal", json!({"amount": 1})).await.unwrap();
    let own = CallRequest {
        idempotency_key: Some("order-7".into()),
        ..CallRequest::new("crm", "create_deal", json!({"amount": 1}))
    };
    rig.caller.call(own).await.unwrap();
    let keys: Vec<String> =
        rig.sent().iter().map(|sent| sent.headers["idempotency-key"].to_str().unwrap().to_owned()).collect();
    assert!(keys[0] == keys[1] && keys[1] == keys[2] && keys[2] != keys[3], "{keys:?}");
    assert_eq!(keys[4], "order-7");
}

#[tokio::test(start_paused = true)]
async fn what_the_system_says_about_waiting_is_kept() {
    let rig = Rig::new(manifest(), &keyed(), |number, _| match number {
        1 => with_headers(429, &json!({}), &[("retry-after", "30")]),
        _ => answer(200, &json!({"id": "1"})),
    });
    rig.call("get_deal", json!({"id": "1"})).await.unwrap();
    let times = rig.times();
    assert!((30..33).contains(&(times[1] - times[0]).as_secs()), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_the_call_may_take_is_the_callers() {
    let rig = Rig::new(manifest(), &keyed(), |_, _| with_headers(429, &json!({}), &[("retry-after", "600")]));
    let fault = rig.call("get_deal", json!({"id": "1"})).await.unwrap_err();
    assert_eq!((fault.code, fault.retry_after_ms), (codes::RATE_LIMITED, Some(600_000)));
    assert!(rig.caller.clock.now() < Duration::from_secs(5));
    let next = rig.call("get_deal", json!({"id": "2"})).await.unwrap_err();
    assert_eq!(next.code, codes::RATE_LIMITED);
    assert_eq!(rig.sent().len(), 1, "the pause holds for every call");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_in_its_time() {
    let rig = Rig::new(manifest(), &keyed(), |_, _| answer(503, &json!({"message": "down"})));
    let fault = rig.call("get_deal", json!({"id": "1"})).await.unwrap_err();
    assert_eq!(fault.code, codes::UNAVAILABLE);
    assert!(fault.message.contains("down (tried "), "{fault}");
    assert!(rig.caller.clock.now() <= Duration::from_secs(121));
    let last = rig.sent().pop().unwrap();
    assert!(last.limits.attempt <= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_rotated_credential_is_read_again_once() {
    let rig = Rig::new(manifest(), &keyed(), |_, sent| match sent.headers["authorization"].to_str() {
        Ok("Bearer new-secret") => answer(200, &json!({"id": "1"})),
        _ => answer(401, &json!({})),
    });
    assert_eq!(rig.call("get_deal", json!({"id": "1"})).await.unwrap_err().code, codes::CREDENTIAL_REJECTED);
    assert_eq!(rig.sent().len(), 1, "nothing changed, so there is nothing to try");
    std::fs::write(rig.folder.path().join("key"), "new-secret").unwrap();
    rig.call("get_deal", json!({"id": "1"})).await.unwrap();
    assert_eq!(rig.sent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_system_that_is_down_gets_no_more_than_the_budget() {
    let mut connections = keyed();
    connections["crm"]["timeouts"] = json!({"total_ms": 60_000});
    let rig = Arc::new(Rig::new(manifest(), &connections, |_, _| answer(503, &json!({}))));
    let calls = (0..500).map(|index| {
        let rig = Arc::clone(&rig);
        async move {
            rig.caller.clock.sleep(Duration::from_millis(index * 100)).await;
            let request = CallRequest {
                priority: Priority::Flow,
                ..CallRequest::new("crm", "get_deal", json!({"id": index.to_string()}))
            };
            rig.caller.call(request).await.unwrap_err().code
        }
    });
    let codes_seen = futures_util::future::join_all(calls).await;
    let seconds = rig.caller.clock.now().as_secs();
    let attempts = rig.sent().len() as u64;
    assert!(attempts <= 500 + 100 + 10 * (seconds + 1), "{attempts} attempts in {seconds} s");
    // The breaker stops nearly all of them long before the budget does.
    assert!(attempts < 120, "{attempts} attempts");
    assert!(codes_seen.contains(&codes::BREAKER_OPEN));
}
