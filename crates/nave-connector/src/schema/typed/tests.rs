//! Operations and events, and the types they have.

use nave_expr::types::Type;
use serde_json::{Value, json};

use super::{argument_type, event_names, event_type, result_type};
use crate::Connector;
use crate::openapi::{Input, NoResolver, import};
use crate::source;

fn connector(paths: &Value) -> Connector {
    let tree = json!({
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://shop.example"}],
        "paths": paths,
        "webhooks": {
            "order.paid": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/order"}}}}}},
            "order.lost": {"post": {}},
        },
        "components": {"schemas": {
            "order": {"type": "object", "required": ["id", "total"], "properties": {
                "id": {"type": "string", "readOnly": true}, "total": {"type": "integer"}, "note": {"type": "string"},
            }},
        }},
    });
    let source = source::read("shop.json", tree.to_string().as_bytes()).unwrap();
    import(Input { name: "shop", source, manifest: None, overlay: None, resolver: &NoResolver })
        .unwrap()
        .connector
}

fn fields(known: &Type<'_>) -> Vec<String> {
    let forms = known.objects.iter().map(|object| {
        let fields = object.fields.iter().map(|(name, field)| {
            let mark = match (field.is_set_by_system(), field.required) {
                (true, _) => " (set by the system)",
                (false, true) => "",
                (false, false) => "?",
            };
            format!("{name}{mark}: {}", field.value.get())
        });
        fields.collect::<Vec<_>>().join(", ")
    });
    forms.collect()
}

/// Arguments, form by form, and result of the only operation.
#[track_caller]
fn check(operation: &Value, arguments: &[&str], result: &str) {
    let connector = connector(&json!({"/orders/{id}": {"post": operation}}));
    let operation = connector.operation_at(0).unwrap();
    assert_eq!(fields(&argument_type(&connector, operation)), arguments);
    assert_eq!(result_type(&connector, operation).to_string(), result);
}

fn parameters() -> Value {
    json!([
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "expand", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
    ])
}

#[test]
fn body_fields_stand_beside_parameters() {
    check(
        &json!({
            "parameters": parameters(),
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/order"}}}},
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/order"}}}}},
        }),
        &["id: string, expand?: list of string, total: integer, note?: string"],
        "shop.order",
    );
    check(
        &json!({
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/order"}}}},
            "responses": {"200": {"description": ""}},
        }),
        &["id: string, total: integer, note?: string"],
        "null",
    );
}

#[test]
fn a_body_that_need_not_be_sent_makes_two_forms() {
    check(
        &json!({
            "parameters": parameters(),
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}}}},
            "responses": {"204": {"description": ""}},
        }),
        &["id: string, expand?: list of string, a: string", "id: string, expand?: list of string"],
        "null",
    );
}

#[test]
fn a_body_without_fields_stands_under_its_name() {
    check(
        &json!({
            "parameters": parameters(),
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}}},
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}, "text/plain": {}}},
                "202": {"description": ""},
                "400": {"description": "", "content": {"application/json": {"schema": {"type": "boolean"}}}},
            },
        }),
        &["id: string, expand?: list of string, body: list of integer"],
        "string or null",
    );
}

#[test]
fn what_is_not_described_is_said_so() {
    let connector = connector(&json!({"/orders": {"get": {
        "operationId": "orders", "responses": {"200": {"description": "", "content": {"application/json": {}}}},
    }}}));
    let operation = connector.operation_at(0).unwrap();
    let why = result_type(&connector, operation).unknown.unwrap().why;
    assert_eq!(&*why, "the answer of shop.orders is not described");
}

#[test]
fn events_hold_what_webhooks_send() {
    let connector = connector(&json!({}));
    assert_eq!(event_names(&connector), ["order.paid", "order.lost"]);
    let event = |name: &str| event_type(&connector, name).map(|known| known.to_string());
    assert_eq!(event("order.paid").as_deref(), Some("shop.order"));
    assert_eq!(event("order.lost").as_deref(), Some("anything"));
    assert_eq!(event("order.gone"), None);
}
