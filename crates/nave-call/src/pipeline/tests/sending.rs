//! What leaves, what does not, and what comes back.

use super::*;
use crate::answer::Principal;

#[tokio::test(start_paused = true)]
async fn a_call_is_sent_as_described_with_its_credential() {
    let body = json!({"id": "7", "echo": format!("Bearer {KEY}")});
    let mut manifest = manifest();
    manifest.headers.insert("Crm-Version".into(), "3".into());
    let headers = [("x-request-id", "r-1"), ("set-cookie", "s=1")];
    let rig = Rig::new(manifest, &keyed(), move |_, _| with_headers(200, &body, &headers));
    let answer = rig.call("get_deal", json!({"id": "a/b"})).await.unwrap();
    assert_eq!(answer.value, json!({"id": "7", "echo": "Bearer [redacted]"}));
    assert_eq!(answer.headers.keys().collect::<Vec<_>>(), ["content-type", "x-request-id"]);
    assert_eq!((answer.attempts, answer.from_cache, answer.elapsed.as_secs()), (1, false, 1));
    let sent = &rig.sent()[0];
    assert_eq!(sent.url.as_str(), "https://crm.example/v1/deals/a%2Fb");
    let authorization = &sent.headers["authorization"];
    assert_eq!(authorization, &format!("Bearer {KEY}"));
    assert!(authorization.is_sensitive() && sent.credential);
    assert_eq!(sent.headers["accept"], "application/json, */*;q=0.1");
    assert_eq!(sent.headers["crm-version"], "3");
    let origins: Vec<String> =
        sent.hosts.credential_origins.iter().map(|origin| origin.ascii_serialization()).collect();
    assert_eq!(origins, ["https://crm.example"]);
}

/// A call that must not leave: its fault's code and a part of its message or hint.
#[track_caller]
fn refused(rig: &Rig, found: Result<Answer, Fault>, code: Code, words: &str) {
    let fault = found.unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    let told = format!("{fault} {}", fault.hint.as_deref().unwrap_or_default());
    assert!(told.contains(words), "{told}");
    assert_eq!(rig.sent().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_call_never_leaves() {
    let rig = Rig::new(manifest(), &keyed(), |_, _| answer(200, &json!({})));
    let found = rig.call("get_dael", json!({})).await;
    refused(&rig, found, codes::OPERATION_UNKNOWN, "did you mean `get_deal`");
    let found = rig.call("create_deal", json!({"amuont": 1})).await;
    refused(&rig, found, codes::ARGUMENT_UNKNOWN, "did you mean `amount`");
    let found = rig.caller.call(CallRequest::new("crn", "get_deal", json!({}))).await;
    refused(&rig, found, codes::CONNECTION_UNKNOWN, "did you mean `crm`");
    let key = Some("two words".to_owned());
    let request = CallRequest { idempotency_key: key, ..CallRequest::new("crm", "create_deal", json!({})) };
    let found = rig.caller.call(request).await;
    refused(&rig, found, codes::ARGUMENT_VALUE, "visible ASCII");
}

#[tokio::test(start_paused = true)]
async fn agents_do_what_the_connection_allows() {
    let all = json!({
        "none": {"connector": "crm", "agents": "none"},
        "read": {"connector": "crm"},
        "write": {"connector": "crm", "agents": "write"},
    });
    let rig = Rig::new(manifest(), &all, |_, _| answer(200, &json!({})));
    for (connection, operation, allowed) in [
        ("none", "get_status", false),
        ("read", "get_status", true),
        ("read", "create_deal", false),
        ("write", "create_deal", true),
    ] {
        let request =
            CallRequest { principal: Principal::Agent, ..CallRequest::new(connection, operation, json!({})) };
        let code = rig.caller.call(request).await.map_err(|fault| fault.code);
        assert_eq!(code != Err(codes::NOT_ALLOWED), allowed, "{connection} {operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_is_missing_or_would_be_read_by_others_stays_here() {
    let none = json!({"crm": {"connector": "crm"}});
    let rig = Rig::new(manifest(), &none, |_, _| answer(200, &json!({})));
    let found = rig.call("list_deals", json!({})).await;
    refused(&rig, found, codes::CREDENTIAL_MISSING, "Ask your admin.");
    let mut gone = keyed();
    gone["crm"]["credential"]["secret"]["file"] = json!("/nowhere/key");
    let rig = Rig::new(manifest(), &gone, |_, _| answer(200, &json!({})));
    let found = rig.call("list_deals", json!({})).await;
    refused(&rig, found, codes::CREDENTIAL_MISSING, "`/nowhere/key` cannot be read");
    let mut open = keyed();
    open["crm"]["address"] = json!("http://crm.example/v1");
    let rig = Rig::new(manifest(), &open, |_, _| answer(200, &json!({})));
    let found = rig.call("list_deals", json!({})).await;
    refused(&rig, found, codes::ADDRESS_REFUSED, "without TLS");
    open["crm"]["allow_private_hosts"] = json!(["crm.example"]);
    let rig = Rig::new(manifest(), &open, |_, _| answer(200, &json!({})));
    rig.call("list_deals", json!({})).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn defaults_fill_what_was_not_given() {
    let mut connections = keyed();
    connections["crm"]["defaults"] = json!({"region": "eu", "unheard_of": 1});
    let rig = Rig::new(manifest(), &connections, |_, _| answer(200, &json!([])));
    rig.call("list_deals", json!({})).await.unwrap();
    rig.call("list_deals", json!({"region": "us"})).await.unwrap();
    rig.call("get_deal", json!({"id": "1"})).await.unwrap();
    let queries: Vec<_> = rig.sent().iter().map(|sent| sent.url.query().map(str::to_owned)).collect();
    assert_eq!(queries, [Some("region=eu".to_owned()), Some("region=us".to_owned()), None]);
}

#[tokio::test(start_paused = true)]
async fn drift_is_a_finding_unless_the_connection_is_strict() {
    let odd = json!({"id": 7});
    let headers = [("sunset", "Fri, 31 Dec 2027 23:59:59 GMT")];
    let rig = Rig::new(manifest(), &keyed(), {
        let odd = odd.clone();
        move |_, _| with_headers(200, &odd, &headers)
    });
    let answer = rig.call("get_deal", json!({"id": "1"})).await.unwrap();
    let found: Vec<Code> = answer.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(found.first(), Some(&codes::DEPRECATED));
    assert_eq!(found.len(), 2, "{:?}", answer.findings);
    let mut connections = keyed();
    connections["crm"]["strict"] = json!(true);
    let rig = Rig::new(manifest(), &connections, move |_, _| super::answer(200, &odd));
    let fault = rig.call("get_deal", json!({"id": "1"})).await.unwrap_err();
    assert_eq!((fault.code, fault.status), (codes::RESPONSE_DRIFT, Some(200)));
    assert!(fault.message.starts_with("the answer of `crm.get_deal` does not have"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn what_a_failure_says_is_told_without_the_secret() {
    let body = json!({"message": format!("no such key: {KEY}")});
    let rig = Rig::new(manifest(), &keyed(), move |_, _| answer(422, &body));
    let fault = rig.call("list_deals", json!({})).await.unwrap_err();
    assert_eq!(fault.message, "`crm.list_deals`: the system answered 422: no such key: [redacted]");
    assert_eq!((fault.code, fault.status), (codes::REJECTED, Some(422)));
}
