//! Examples of deliveries and the events in them.

use serde_json::{Value, json};

use super::{Found, Reader, drift, time};
use crate::Connector;
use crate::openapi::{Input, NoResolver, import};
use crate::source;

fn connector() -> Connector {
    let description = json!({
        "openapi": "3.1.0", "info": {"title": "Acme", "version": "1"},
        "components": {"schemas": {"Deal": {
            "type": "object", "required": ["id"], "properties": {"id": {"type": "string"}},
        }}},
    });
    let manifest = json!({
        "connector": "acme", "description": "openapi.json",
        "events": {
            "deal.won": {"summary": "A deal was won.", "vendor": "dealWon", "schema": "#/components/schemas/Deal"},
            "deal.lost": {"summary": "A deal was lost."},
        },
    });
    let manifest =
        crate::manifest::Manifest::read("connector.json", manifest.to_string().as_bytes()).unwrap();
    let source = source::read("openapi.json", description.to_string().as_bytes()).unwrap();
    let input =
        Input { name: "acme", source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
    import(input).unwrap().connector
}

#[track_caller]
fn check(rule: Value, headers: &[(&str, &str)], body: &Value, expected: &[Found]) {
    let reader = Reader::new(&serde_json::from_value(rule).unwrap()).unwrap();
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(reader.read(&connector(), body, &headers).unwrap(), expected);
}

fn named(name: &str, is_known: bool) -> Found {
    Found { name: name.to_owned(), is_known, ..Found::default() }
}

#[test]
fn a_body_is_one_event() {
    check(
        json!({"name": "/type", "id": "/id", "time": "/created", "subject": "/data/id"}),
        &[],
        &json!({"type": "dealWon", "id": "evt_1", "created": 1_790_000_000, "data": {"id": 7}}),
        &[Found {
            id: Some("evt_1".into()),
            time_ms: Some(1_790_000_000_000),
            subject: Some("7".into()),
            ..named("deal.won", true)
        }],
    );
}

#[test]
fn a_list_is_several() {
    check(
        json!({"items": "", "name": "/t", "id": "[.t, .n] | join(\"-\")", "data": "/deal"}),
        &[],
        &json!([{"t": "dealWon", "n": 1, "deal": {"id": "d"}}, {"t": "deal.lost", "n": 2}]),
        &[
            Found { id: Some("dealWon-1".into()), data: Some(json!({"id": "d"})), ..named("deal.won", true) },
            Found {
                id: Some("deal.lost-2".into()),
                data: Some(json!({"t": "deal.lost", "n": 2})),
                ..named("deal.lost", true)
            },
        ],
    );
}

#[test]
fn headers_and_the_whole_body_are_seen() {
    check(
        json!({"items": "/all", "name": "$headers[\"x-topic\"]", "subject": "$body.shop"}),
        &[("X-Topic", "dealWon")],
        &json!({"shop": "acme", "all": [1]}),
        &[Found { subject: Some("acme".into()), data: Some(json!(1)), ..named("deal.won", true) }],
    );
}

#[test]
fn what_nobody_knows_is_kept() {
    check(json!({"name": "/t"}), &[], &json!({"t": "deal/é 1"}), &[named("deal___1", false)]);
    check(json!({"name": "/t"}), &[], &json!({"t": null}), &[named("unnamed", false)]);
    check(json!({"items": "/e", "name": "/t"}), &[], &json!({"e": []}), &[]);
}

#[test]
fn what_cannot_be_read_is_a_fault() {
    let rule = json!({"items": "/e", "name": "/t"});
    let reader = Reader::new(&serde_json::from_value(rule).unwrap()).unwrap();
    let read = |body: &Value| reader.read(&connector(), body, &[]).unwrap_err().message.clone();
    for body in [json!({"e": 5}), json!({"e": null}), json!({}), Value::Null] {
        assert_eq!(read(&body), "the delivery has no list of events where it should be");
    }
    assert_eq!(read(&json!({"e": vec![0; 10_001]})), "the delivery has 10001 events, and 10000 are taken");
    let wrong = Reader::new(&serde_json::from_value(json!({"name": "nam"})).unwrap()).unwrap_err();
    assert_eq!(wrong.0, "name");
}

#[test]
fn times_are_read_as_vendors_write_them() {
    let check = |value: &Value, expected: Option<u64>| assert_eq!(time(value), expected, "{value}");
    check(&json!(1_790_000_000), Some(1_790_000_000_000));
    check(&json!("1790000000.25"), Some(1_790_000_000_000));
    check(&json!(1_790_000_000_123_u64), Some(1_790_000_000_123));
    check(&json!("2026-09-21T14:13:20Z"), Some(1_790_000_000_000));
    check(&json!("yesterday"), None);
    check(&json!(-1), None);
    check(&json!(null), None);
}

#[test]
fn drift_is_told() {
    assert_eq!(drift(&connector(), "deal.won", &json!({"id": "d", "new": 1})), []);
    assert_eq!(drift(&connector(), "deal.won", &json!({"id": 5})).len(), 1);
    assert_eq!(drift(&connector(), "deal.lost", &json!(5)), []);
}
