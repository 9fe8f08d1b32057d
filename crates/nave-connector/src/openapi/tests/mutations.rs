//! A description changed at random places is imported or refused, and never does harm.

use proptest::prelude::*;

use super::*;

fn base() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://{v}.acme.example", "variables": {"v": {"default": "a"}}}],
        "security": [{"key": []}],
        "paths": {
            "/a/{id}": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "get": {"operationId": "getA", "responses": {"200": {"$ref": "#/components/responses/A"}, "default": {}}},
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                    "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}},
                },
            },
            "/b": {"$ref": "#/components/pathItems/B"},
        },
        "webhooks": {"w": {"post": {"requestBody": {"content": {}}}}},
        "components": {
            "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}},
            "responses": {"A": {"description": "A", "headers": {"X": {"schema": {}}}, "content": {"*/*": {"schema": {"$ref": "#a"}}}}},
            "pathItems": {"B": {"put": {"requestBody": {"$ref": "#/components/requestBodies/B"}}}},
            "requestBodies": {"B": {"required": true, "content": {"multipart/form-data": {
                "schema": {"properties": {"f": {"format": "binary"}}}, "encoding": {"f": {"contentType": "image/png"}}}}}},
            "schemas": {"A": {"$anchor": "a", "type": "object", "properties": {"next": {"$ref": "#/components/schemas/A"},
                "all": {"allOf": [{"$ref": "#/components/schemas/E"}]}}}, "E": {"enum": ["x", "y"]}},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "K"}},
        },
    })
}

fn swagger() -> Value {
    json!({
        "swagger": "2.0",
        "info": {"title": "T"},
        "host": "acme.example", "basePath": "/v1", "schemes": ["https"],
        "consumes": ["application/json"], "produces": ["application/json"],
        "paths": {"/a/{id}": {
            "get": {"parameters": [{"$ref": "#/parameters/Id"}, {"name": "q", "in": "query", "type": "array",
                "items": {"type": "string"}, "collectionFormat": "multi"}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/A"}, "headers": {"X": {"type": "integer"}}}}},
            "post": {"consumes": ["multipart/form-data"], "parameters": [{"$ref": "#/parameters/Id"},
                {"name": "f", "in": "formData", "type": "file"}], "responses": {"default": {"$ref": "#/responses/E"}}},
            "put": {"parameters": [{"$ref": "#/parameters/Id"},
                {"name": "b", "in": "body", "required": true, "schema": {"$ref": "#/definitions/A"}}]},
        }},
        "parameters": {"Id": {"name": "id", "in": "path", "required": true, "type": "string"}},
        "responses": {"E": {"schema": {"type": "file"}, "examples": {"application/json": {}}}},
        "definitions": {"A": {"type": "object", "properties": {"a": {"$ref": "#/definitions/A"}, "b": {"type": ["string"]}}}},
        "securityDefinitions": {"o": {"type": "oauth2", "flow": "implicit", "scopes": {"s": "S"}}},
        "security": [{"o": ["s"]}],
    })
}

/// The mutable value at the n-th place of a walk through everything.
fn nth<'a>(value: &'a mut Value, n: &mut usize) -> Option<&'a mut Value> {
    if *n == 0 {
        return Some(value);
    }
    *n -= 1;
    match value {
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, n)),
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, n)),
        _ => None,
    }
}

fn replacement() -> impl Strategy<Value = Value> {
    let place = prop::sample::select(vec![
        "#",
        "#/",
        "#/paths",
        "#/components/schemas/A",
        "#/components/schemas/E",
        "#/components/parameters/Id",
        "#/components/pathItems/B",
        "#/definitions/A",
        "#/parameters/Id",
        "#/responses/E",
        "#/parameters",
        "#/paths/~1a~1{id}",
        "#/paths/~1a~1{id}/get",
        "#a",
        "#none",
        "other.json",
        "",
    ]);
    prop_oneof![
        Just(json!(null)),
        Just(json!([])),
        Just(json!({})),
        Just(json!("text")),
        Just(json!(-1)),
        Just(json!(true)),
        Just(json!([{}, null, "x"])),
        place.clone().prop_map(|to| json!({"$ref": to})),
        place.clone().prop_map(|to| json!({"allOf": [{"$ref": to}]})),
        place.prop_map(|to| json!({"$dynamicRef": to, "$id": "x", "itemSchema": {}})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn nothing_does_harm(
        old in any::<bool>(),
        changes in prop::collection::vec((0_usize..160, replacement()), 1..6),
    ) {
        let mut tree = if old { swagger() } else { base() };
        for (place, value) in changes {
            if let Some(found) = nth(&mut tree, &mut place.clone()) {
                *found = value;
            }
        }
        let source = crate::source::read("api.json", tree.to_string().as_bytes()).unwrap();
        let Ok(import) = import(Input { name: "a", source, manifest: None, overlay: None, resolver: &NoResolver }) else {
            return Ok(());
        };
        let Import { connector, report } = import;
        prop_assert_eq!(report.operations, connector.entries().len() + report.refused.len());
        let (again, _) = crate::cache::read(&crate::cache::write(&connector, &report)).unwrap();
        for entry in connector.entries() {
            let (before, after) = (connector.operation(&entry.name), again.operation(&entry.name));
            prop_assert!(before.is_ok(), "{:?} {}", before, tree);
            prop_assert_eq!(format!("{:?}", before), format!("{:?}", after), "{}", tree);
        }
        for refused in &report.refused {
            prop_assert!(refused.problem.at.line.is_some(), "{:?} {}", refused, tree);
        }
    }
}
