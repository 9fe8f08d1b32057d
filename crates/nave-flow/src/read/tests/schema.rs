//! Flows as they are read, and as the JSON Schema for editors describes them.

use nave_model::place::child;
use serde_json::{Value, json};

use super::*;
use crate::read::SCHEMA;

/// A flow with every key of the top, every verb and every option.
pub(super) fn full() -> Value {
    json!({
        "flow": "sales/everything",
        "purpose": "Shows every key.",
        "owner": "sales operations",
        "tags": ["sales", "example"],
        "trigger": [
            "crm.deal.created",
            "manual",
            {"event": "crm.deal.updated", "batch": {"size": 100, "within": "10s"}},
            {"every": "1h", "missed": "skip"},
            {"cron": "0 7 * * 1-5", "zone": "Europe/Berlin", "missed": "all"},
            {
                "webhook": "orders/new", "schema": {"type": "object"}, "batch": 10,
                "signed": {
                    "kind": "standard_webhooks", "secret": {"env": "ORDERS"}, "previous": {"file": "old"},
                    "url": "https://hub.example/hooks/orders/new",
                },
            },
            {
                "each": "erp.list_orders changed", "with": {"state": "open"}, "items": ".orders[]",
                "id": ".id", "changed": ".updated_at", "every": "10m", "first": "all", "deleted": true,
                "batch": 50,
            },
            {"manual": true},
        ],
        "when": ".amount > 0",
        "key": ".id",
        "concurrency": 5,
        "timeout": "2d",
        "input": {"type": "object", "properties": {"id": {"type": "string"}}},
        "steps": steps(),
        "output": {"project": "${$project.id}", "kind": "onboarded"},
    })
}

fn steps() -> Value {
    json!([
        {
            "approve": "ask sales-lead, finance", "if": ".amount > 50000", "timeout": "3d", "note": "Two people.",
            "title": "Onboard ${.name}?", "message": "It costs ${.amount}.", "expires": "48h", "approvals": 2,
        },
        {
            "project": "erp.create_project", "with": "{ name }", "retry": {"attempts": 2}, "priority": "backfill",
            "undo": {"call": "erp.close_project", "with": "{ id: $project.id }"},
        },
        {"total": "set", "value": {"amount": "${.amount}", "list": [1, true, "x"]}},
        {
            "route": "switch",
            "cases": [{"when": ".kind == \"a\"", "steps": [{"a_only": "erp.a", "undo": "erp.not_a"}]}, {"when": true, "steps": []}],
            "else": [{"rest": "erp.rest"}],
        },
        {
            "lines": "for", "in": ".lines", "as": "line", "parallel": 4, "batch": 10,
            "steps": [{"book": "erp.book", "with": "$line"}],
        },
        {
            "both": "fork", "compete": true,
            "branches": {"left": [{"l": "erp.left"}], "right": [{"r": "erp.right"}]},
        },
        {
            "attempt": "try",
            "steps": [{"stop": "raise", "code": "out-of-stock", "message": "No ${.item} left."}],
            "catch": [
                {"codes": ["out-of-stock", "E-TIMEOUT"], "kinds": ["timeout"], "as": "fault", "steps": []},
                {"steps": [{"again": "raise not-sure", "if": "$total.amount > 1"}]},
            ],
        },
        {"pause": "wait 5m"},
        {"until_due": "wait", "until": ".due_at"},
        {"paid": "listen billing.invoice.paid", "when": ".id == $project.id", "timeout": "30d"},
        {"told": "emit deal.onboarded", "with": "{ id: $project.id }"},
        {"sub": "run finance/close-month", "with": ".", "wait": false, "undo": "erp.reopen"},
    ])
}

fn reads(flow: &Value) -> Result<(), String> {
    let read = read("f.json", flow.to_string().as_bytes());
    if read.errors.is_empty() { Ok(()) } else { Err(read.errors[0].to_string()) }
}

/// Every place in a value, from the outside inwards, but for those that are free.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in
                members.iter().filter(|(name, _)| !matches!(name.as_str(), "input" | "schema"))
            {
                places(member, &child(at, name), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The flow with one thing changed: each place replaced by something else, taken away, or with an
/// unknown key beside it.
fn variants(whole: &Value) -> Vec<(String, Value)> {
    let mut pointers = Vec::new();
    places(whole, "", &mut pointers);
    let others = [
        json!(true),
        json!(0),
        json!(1),
        json!(1.5),
        json!(99_999_999_999_u64),
        json!(""),
        json!("x"),
        json!("5m"),
        json!("erp.a"),
        json!("wait 5m"),
        json!("set"),
        json!("É x"),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"x": "x"}),
        json!({"x": "erp.x"}),
        json!([{"x": "erp.x"}]),
    ];
    let mut variants = Vec::new();
    for pointer in pointers {
        for other in &others {
            let mut changed = whole.clone();
            *changed.pointer_mut(&pointer).unwrap() = other.clone();
            variants.push((format!("{pointer} = {other}"), changed));
        }
        if let Some(Value::Object(_)) = whole.pointer(&pointer) {
            let mut changed = whole.clone();
            changed.pointer_mut(&pointer).unwrap()["unknown"] = json!("x y");
            variants.push((format!("{pointer} + unknown"), changed));
        }
        if let Some((parent, name)) = pointer.rsplit_once('/')
            && let Some(Value::Object(_)) = whole.pointer(parent)
        {
            let mut changed = whole.clone();
            changed.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
            variants.push((format!("{pointer} removed"), changed));
        }
    }
    variants
}

#[test]
fn the_schema_takes_all_that_the_reader_takes_and_refuses_most_that_it_refuses() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert_eq!(reads(&full()), Ok(()));
    assert!(
        validator.is_valid(&full()),
        "{:?}",
        validator.iter_errors(&full()).next().map(|error| error.to_string())
    );
    let (mut taken, mut refused, mut missed) = (0, 0, Vec::new());
    for (what, flow) in variants(&full()) {
        match (reads(&flow), validator.is_valid(&flow)) {
            (Ok(()), true) => taken += 1,
            (Err(_), false) => refused += 1,
            (Err(why), true) => missed.push(format!("{what}: {why}")),
            (Ok(()), false) => panic!("the schema refuses {what}, but the reader takes it"),
        }
    }
    // What a schema cannot say: which names and codes exist, two names in one step, expressions.
    assert!(taken > 150 && refused > 1000, "{taken} {refused}");
    assert!(missed.len() * 8 < refused, "{} of {}: {missed:#?}", missed.len(), refused);
}

#[test]
fn every_key_of_the_schema_is_in_the_example_and_described() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut keys = Vec::new();
    collect(&schema, &schema, &mut keys);
    let text = full().to_string();
    let short = ["event", "each", "every", "cron", "zone", "webhook", "schema", "manual"];
    for (key, is_described) in keys {
        assert!(is_described, "`{key}` has no description");
        assert!(
            short.contains(&key.as_str()) || text.contains(&format!("\"{key}\":")),
            "the example lacks `{key}`"
        );
    }
}

/// The names of all properties, and whether something describes them.
fn collect(whole: &Value, schema: &Value, found: &mut Vec<(String, bool)>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                for (key, property) in properties {
                    let target = property["$ref"]
                        .as_str()
                        .and_then(|target| whole.pointer(target.trim_start_matches('#')));
                    let described = |schema: &Value| schema["description"].is_string();
                    found.push((key.clone(), described(property) || target.is_some_and(described)));
                }
            }
            members.values().for_each(|member| collect(whole, member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(whole, item, found)),
        _ => {}
    }
}
