//! Answers that are given twice: shared, kept, or a fallback's.

use super::*;

#[tokio::test(start_paused = true)]
async fn equal_reads_at_once_are_one() {
    let rig = Rig::new(manifest(), &keyed(), |number, _| answer(200, &json!({"id": number.to_string()})));
    let (one, two, other) = tokio::join!(
        rig.call("get_deal", json!({"id": "1"})),
        rig.call("get_deal", json!({"id": "1"})),
        rig.call("get_deal", json!({"id": "2"})),
    );
    assert_eq!(one.as_ref().unwrap().value, two.as_ref().unwrap().value);
    assert_eq!(rig.sent().len(), 2);
    let attempts = [one, two, other].map(|answer| answer.unwrap().attempts);
    assert_eq!(attempts, [1, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_made_once_for_its_key() {
    let rig = Rig::new(manifest(), &keyed(), |number, _| answer(201, &json!({"id": number.to_string()})));
    let request = |amount: i64| CallRequest {
        idempotency_key: Some("order-7".into()),
        ..CallRequest::new("crm", "create_deal", json!({"amount": amount}))
    };
    let first = rig.caller.call(request(1)).await.unwrap();
    assert_eq!(rig.caller.call(request(1)).await.unwrap().value, first.value);
    assert_eq!(rig.caller.call(request(2)).await.unwrap_err().code, codes::CONFLICT);
    assert_eq!(rig.sent().len(), 1);
    let plain = || rig.call("create_deal", json!({"amount": 1}));
    tokio::try_join!(plain(), plain()).unwrap();
    assert_eq!(rig.sent().len(), 3, "without a key every write is its own");
}

#[tokio::test(start_paused = true)]
async fn reads_are_kept_where_the_connection_says_so_until_a_write() {
    let mut connections = keyed();
    connections["crm"]["cache_seconds"] = json!(60);
    connections["plain"] = keyed()["crm"].clone();
    let rig = Rig::new(manifest(), &connections, |number, _| answer(200, &json!({"id": number.to_string()})));
    let read = || rig.call("get_deal", json!({"id": "1"}));
    let first = read().await.unwrap();
    let second = read().await.unwrap();
    assert_eq!((&second.value, second.from_cache, second.attempts), (&first.value, true, 0));
    rig.call("create_deal", json!({"amount": 1})).await.unwrap();
    assert!(!read().await.unwrap().from_cache);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(!read().await.unwrap().from_cache);
    for _ in 0..2 {
        let plain = rig.caller.call(CallRequest::new("plain", "get_deal", json!({"id": "1"}))).await.unwrap();
        assert!(!plain.from_cache);
    }
}

#[tokio::test(start_paused = true)]
async fn what_must_not_be_kept_is_not() {
    let mut connections = keyed();
    connections["crm"]["cache_seconds"] = json!(60);
    let headers = [("cache-control", "private, no-store")];
    let rig =
        Rig::new(manifest(), &connections, move |_, _| with_headers(200, &json!({"id": "1"}), &headers));
    for _ in 0..2 {
        assert!(!rig.call("get_deal", json!({"id": "1"})).await.unwrap().from_cache);
    }
}

#[tokio::test(start_paused = true)]
async fn the_fallback_takes_reads_while_the_system_is_down() {
    let mut connections = keyed();
    connections["crm"]["fallback"] = json!("replica");
    connections["replica"] = keyed()["crm"].clone();
    connections["replica"]["address"] = json!("https://replica.example/v1");
    let rig = Rig::new(manifest(), &connections, |_, sent| match sent.url.host_str() {
        Some("replica.example") => answer(200, &json!({"id": "r"})),
        _ => answer(503, &json!({})),
    });
    let calls =
        (0..40).map(|index| rig.call("put_deal", json!({"path_id": index.to_string(), "body_id": "x"})));
    futures_util::future::join_all(calls).await;
    let before = rig.sent().len();
    let answer = rig.call("get_deal", json!({"id": "1"})).await.unwrap();
    assert_eq!(answer.value, json!({"id": "r"}));
    assert_eq!(
        answer.findings[0].message,
        "the system of `crm` keeps failing; `replica` answered in its place"
    );
    assert_eq!(rig.sent().len(), before + 1);
    let write = rig.call("create_deal", json!({"amount": 1})).await.unwrap_err();
    assert_eq!(write.code, codes::BREAKER_OPEN);
    assert!(write.retry_after_ms.is_some());
}
