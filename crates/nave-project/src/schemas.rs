//! The JSON Schemas for editors, kept equal to the types.

use std::collections::{BTreeMap, BTreeSet};

use nave_model::connection::{Agents, Connection, Credential, Limits, SecretSource, Timeouts, Webhook};
use nave_model::endpoint::Endpoint;
use serde_json::{Value, json};

use crate::documents;
use crate::endpoints;
use crate::settings::{self, Settings};

/// Checks that a schema accepts a value with every field set, and knows exactly its fields.
#[track_caller]
fn check(schema: &str, full: &Value, refused: &[Value]) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(full), "{:?}", validator.iter_errors(full).next().map(|e| e.to_string()));
    for wrong in refused {
        assert!(!validator.is_valid(wrong), "{wrong} should be refused");
    }
    same_fields(&schema, full, "");
}

/// The properties of the schema and the keys of the value are the same set, at every closed object.
#[track_caller]
fn same_fields(schema: &Value, value: &Value, at: &str) {
    let (Some(properties), Some(keys)) = (schema["properties"].as_object(), value.as_object()) else {
        return;
    };
    let described: BTreeSet<&String> = properties.keys().collect();
    let held: BTreeSet<&String> = keys.keys().collect();
    assert_eq!(described, held, "at `{at}/`");
    for (key, value) in keys {
        assert!(properties[key]["description"].is_string(), "`{at}/{key}` has no description");
        same_fields(&properties[key], value, &format!("{at}/{key}"));
    }
}

#[test]
fn the_schema_of_settings_is_the_type() {
    // No `..Default`: a new field must be added here, and then to the schema.
    let hub = include_str!("../../nave-server/src/nave.default.yaml");
    let full = Settings {
        name: Some("shop".into()),
        log: "info".into(),
        cache: true,
        catalogue: false,
        hub: nave_connector::source::read("hub", hub.as_bytes()).unwrap().tree,
    };
    let refused = [json!({"unknown": 1}), json!({"cache": "yes"}), json!({"hub": {"listne": "x"}})];
    check(settings::SCHEMA, &serde_json::to_value(full).unwrap(), &refused);
}

#[test]
fn the_schema_of_endpoints_is_the_type() {
    let source = || SecretSource::Env("KEY".into());
    let full = Endpoint {
        url: "https://shop.example/hooks".into(),
        events: vec!["crm.deal.won".into(), "erp.*".into(), "*".into()],
        secret: source(),
        previous: Some(source()),
        headers: BTreeMap::from([("X-Team".into(), "blue".into())]),
        allow_private_hosts: vec!["shop.internal".into()],
        proxy: Some("http://proxy.example:3128".into()),
        concurrency: Some(8),
        disabled: true,
    };
    let full = serde_json::to_value(full).unwrap();
    let refused = [
        json!({"url": "https://shop.example", "events": ["*"]}),
        json!({"url": "https://shop.example", "events": [], "secret": {"env": "KEY"}}),
        json!({"url": "https://shop.example", "events": ["a*"], "secret": {"env": "KEY"}}),
        json!({"url": "https://shop.example", "events": ["*"], "secret": "whsec_x"}),
    ];
    check(endpoints::SCHEMA, &full, &refused);
}

#[test]
fn the_schema_of_connections_is_the_type() {
    let source = || Some(SecretSource::Env("KEY".into()));
    let full = Connection {
        connector: "erp".into(),
        address: Some("https://erp.example".into()),
        variables: BTreeMap::from([("region".into(), "eu".into())]),
        credential: Some(Credential {
            scheme: Some("key".into()),
            secret: source(),
            username: source(),
            password: Some(SecretSource::File("password".into())),
        }),
        webhook: Some(Webhook {
            secret: source(),
            previous: source(),
            token: source(),
            url: Some("https://hub.example/webhooks/erp".into()),
            unsigned: true,
        }),
        agents: Agents::Write,
        strict: true,
        allow_private_hosts: vec!["erp.intern.example".into()],
        proxy: Some("http://proxy.example:3128".into()),
        limits: Limits {
            per_second: Some(1.5),
            burst: Some(2),
            concurrency: Some(3),
            queue: Some(4),
            response_bytes: Some(5),
        },
        timeouts: Timeouts {
            connect_ms: Some(1),
            first_byte_ms: Some(2),
            attempt_ms: Some(3),
            total_ms: Some(4),
        },
        fallback: Some("other".into()),
        cache_seconds: Some(60),
        defaults: BTreeMap::from([("team".into(), json!(7))]),
    };
    let mut full = serde_json::to_value(full).unwrap();
    let refused = [
        json!({}),
        json!({"connector": "erp", "adress": "https://erp.example"}),
        json!({"connector": "erp", "agents": "all"}),
        json!({"connector": "erp", "credential": {"secret": "sk_live"}}),
        json!({"connector": "erp", "limits": {"per_second": 0}}),
    ];
    // Their members are the user's own names, so the schema lists none.
    let free = ["variables", "defaults"];
    assert!(free.iter().all(|key| full[key].is_object()));
    check(documents::CONNECTION_SCHEMA, &full, &refused);
    full["agents"] = json!("none");
    let read: Connection = serde_json::from_value(full).unwrap();
    assert_eq!(read.agents, Agents::None);
}
