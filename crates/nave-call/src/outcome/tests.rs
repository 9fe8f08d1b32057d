//! Answers and what they mean, by example.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use nave_connector::manifest::{Auth, ErrorRule, FailedWhen, Manifest};
use nave_model::Code;
use serde_json::json;

use super::*;
use crate::fixture;

fn connector() -> Connector {
    let errors = ErrorRule {
        message: None,
        code: Some("/error".into()),
        failed_when: Some(FailedWhen { pointer: "/ok".into(), equals: json!(false) }),
        codes: [("not_authed".to_owned(), ErrorMeaning::Unauthenticated)].into_iter().collect(),
    };
    let auth = Auth { scheme: None, help: "Ask your admin.".into(), test: None };
    let manifest = Manifest { errors: Some(errors), auth: Some(auth), ..Manifest::default() };
    fixture::connector(manifest)
}

fn answer(status: u16, content_type: &'static str, body: &str) -> Incoming {
    Incoming {
        status,
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type))]),
        body: Bytes::copy_from_slice(body.as_bytes()),
        url: "https://crm.example/".parse().unwrap(),
    }
}

const JSON: &str = "application/json";

#[track_caller]
fn check(incoming: &Incoming, signals: &Signals, expected: &Result<Value, (Code, &str)>) {
    let connector = connector();
    let operation = connector.operation("get_deal").unwrap();
    let found = read(&connector, operation, incoming, signals);
    let found = found.as_ref().map_err(|fault| (fault.code, fault.message.as_str()));
    assert_eq!(found, expected.as_ref().map_err(|(code, message)| (*code, *message)));
}

#[test]
fn good_answers_are_values() {
    let none = Signals::default();
    check(&answer(200, JSON, r#"{"ok":true}"#), &none, &Ok(json!({"ok": true})));
    check(&answer(204, JSON, ""), &none, &Ok(Value::Null));
    check(&answer(304, JSON, ""), &none, &Ok(Value::Null));
}

#[test]
fn failures_carry_the_systems_words() {
    for (status, body, code, message) in [
        (402, r#"{"error":{"message":"Declined.","code":"card"}}"#, codes::REJECTED, "402: Declined. (card)"),
        (404, r#"{"type":"about:blank","title":"Not here","status":404}"#, codes::NOT_FOUND, "404: Not here"),
        (200, r#"{"ok":false,"error":"not_authed"}"#, codes::CREDENTIAL_REJECTED, "200: not_authed"),
        (200, r#"{"ok":false,"error":"odd"}"#, codes::REJECTED, "200: odd"),
        (503, "<html><h1>Bad gateway</h1>", codes::UNAVAILABLE, "503"),
        (500, "broken\n  in\tmany lines", codes::UNAVAILABLE, "500: broken in many lines"),
        (409, r#"{"errors":[{"message":"taken","code":7}]}"#, codes::CONFLICT, "409: taken (7)"),
    ] {
        let message = format!("`crm.get_deal`: the system answered {message}");
        let content_type = if status == 200 { JSON } else { "text/plain" };
        check(&answer(status, content_type, body), &Signals::default(), &Err((code, &message)));
    }
}

#[test]
fn long_messages_are_cut() {
    let incoming = answer(400, JSON, &json!({"message": "é".repeat(5000)}).to_string());
    let message = format!("`crm.get_deal`: the system answered 400: {}…", "é".repeat(300));
    check(&incoming, &Signals::default(), &Err((codes::REJECTED, &message)));
}

#[test]
fn an_answer_that_cannot_be_read_is_a_fault() {
    let connector = connector();
    let operation = connector.operation("get_deal").unwrap();
    let read = |status| read(&connector, operation, &answer(status, JSON, "{"), &Signals::default());
    assert_eq!(read(200).unwrap_err().code, codes::RESPONSE_SYNTAX);
    assert_eq!(read(500).unwrap_err().code, codes::UNAVAILABLE);
    assert_eq!(read(302).unwrap_err().code, codes::REDIRECT_REFUSED);
}

#[test]
fn who_must_wait_is_told_how_long() {
    let connector = connector();
    let operation = connector.operation("get_deal").unwrap();
    let read = |status, signals| {
        let fault = read(&connector, operation, &answer(status, JSON, "{}"), &signals).unwrap_err();
        (fault.code, fault.retry_after_ms)
    };
    let after = Signals { retry_after: Some(Duration::from_millis(1500)), ..Signals::default() };
    assert_eq!(read(429, after), (codes::RATE_LIMITED, Some(1500)));
    let exhausted = Signals { left: Some((0, Duration::from_secs(60))), ..Signals::default() };
    assert_eq!(read(403, exhausted), (codes::RATE_LIMITED, Some(60_000)));
    assert_eq!(read(403, Signals::default()), (codes::FORBIDDEN, None));
    assert_eq!(read(503, after), (codes::UNAVAILABLE, Some(1500)));
}

#[test]
fn a_rejected_credential_says_how_to_get_one() {
    let connector = connector();
    let operation = connector.operation("get_deal").unwrap();
    let fault = read(&connector, operation, &answer(401, JSON, "{}"), &Signals::default()).unwrap_err();
    assert_eq!(fault.hint.as_deref(), Some("Ask your admin."));
}
