//! Whole calls: flat arguments against an operation.

use super::*;
use crate::check::{Checked, arguments, response};
use crate::openapi::{Input, NoResolver, import};

fn acme() -> crate::Connector {
    let schema = object(&json!({
        "charge": {"type": "string", "maxLength": 20},
        "amount": {"type": "integer", "minimum": 1},
        "id": {"type": "string"},
        "metadata": {"type": "object", "properties": {"note": {"type": "string"}}},
        "live": {"type": "boolean"},
    }));
    let mut schema = schema;
    schema["required"] = json!(["charge"]);
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    let limit = json!({"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}});
    let tree = json!({
        "openapi": "3.0.0", "info": {"title": "Acme", "version": "1"},
        "paths": {
            "/refunds/{id}": {"post": {
                "operationId": "refund", "parameters": [id, limit],
                "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}, "4XX": {}},
            }},
            "/things": {"get": {"operationId": "things", "parameters": [limit], "responses": {"default": {}}}},
            "/raw": {"put": {"operationId": "raw", "requestBody": {"required": true, "content": {
                "application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}}},
                "responses": {"200": {}}}},
        },
    });
    let source = crate::source::read("acme.json", tree.to_string().as_bytes()).unwrap();
    import(Input { name: "acme", source, manifest: None, overlay: None, resolver: &NoResolver })
        .unwrap()
        .connector
}

fn call(operation: &str, given: &Value) -> Result<Checked, Vec<String>> {
    let connector = acme();
    let operation = connector.operation(operation).unwrap();
    arguments(&connector, operation, given)
        .map_err(|fault| fault.problems.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn refused(operation: &str, given: &Value, expected: &[&str]) {
    assert_eq!(call(operation, given).unwrap_err(), expected);
}

/// Three things real descriptions do: a path parameter with the schema of a read-only property, a required
/// name without a property, and an answer without content that is described with some.
#[test]
fn what_descriptions_say_carelessly_is_taken_as_meant() {
    let number = json!({"type": "integer", "readOnly": true});
    let tree = json!({
        "openapi": "3.0.0", "info": {"title": "Acme", "version": "1"},
        "paths": {"/alerts/{number}": {"put": {
            "operationId": "alert",
            "parameters": [{"name": "number", "in": "path", "required": true, "schema": number}],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {
                "type": "object", "required": ["name"], "properties": {"Name": {"type": "string"}}}}}},
            "responses": {"204": {"content": {"application/json": {"schema": {"type": "object"}}}}},
        }}},
    });
    let source = crate::source::read("acme.json", tree.to_string().as_bytes()).unwrap();
    let input = Input { name: "acme", source, manifest: None, overlay: None, resolver: &NoResolver };
    let connector = import(input).unwrap().connector;
    let operation = connector.operation("alert").unwrap();
    assert!(arguments(&connector, operation, &json!({"number": 5, "name": "n"})).is_ok());
    assert!(arguments(&connector, operation, &json!({"number": 5, "name": "n", "nome": "n"})).is_err());
    assert_eq!(response(&connector, operation, 204, &Value::Null), []);
    assert_ne!(response(&connector, operation, 204, &json!([])), []);
}

#[test]
fn good_arguments_are_taken_apart() {
    let given = json!({"path_id": "r", "limit": 5, "charge": "ch_1", "body_id": "b"});
    let checked = call("refund", &given).unwrap();
    assert_eq!(checked.parameters, [(0, json!("r")), (1, json!(5))]);
    assert_eq!(checked.body, Some(json!({"charge": "ch_1", "id": "b"})));
    assert_eq!(checked.repairs, []);
    let connector = acme();
    let operation = connector.operation("refund").unwrap();
    let joined = crate::arguments::join(operation, checked.parameters, checked.body);
    assert_eq!(joined, given);
}

#[test]
fn lossless_repairs_are_made_and_reported() {
    let given = json!({"path_id": 7, "limit": "5", "charge": "ch_1", "live": "true", "amount": 5.0});
    let checked = call("refund", &given).unwrap();
    assert_eq!(checked.parameters, [(0, json!("7")), (1, json!(5))]);
    assert_eq!(checked.body, Some(json!({"charge": "ch_1", "live": true, "amount": 5})));
    let told: Vec<&str> = checked.repairs.iter().map(|repair| repair.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "`path_id` was given as 7 and is sent as \"7\"",
            "`limit` was given as \"5\" and is sent as 5",
            "`live` was given as \"true\" and is sent as true",
            "`amount` was given as 5.0 and is sent as 5",
        ]
    );
    refused(
        "refund",
        &json!({"path_id": "r", "charge": "c", "limit": "500"}),
        &["/limit: `limit` must be at most 100, not 500"],
    );
}

#[test]
fn wrong_names_are_told_the_right_ones() {
    refused(
        "refund",
        &json!({"path_id": "r", "charge": "ch_1", "amuont": 5}),
        &["/amuont: unknown argument `amuont`; did you mean `amount`?"],
    );
    refused(
        "refund",
        &json!({"id": "r", "charge": "ch_1", "path_id": "x"}),
        &["/id: `id` stands for more than one argument of `refund`; give `path_id` or `body_id`"],
    );
    refused(
        "refund",
        &json!({"path_id": "r", "chrage": "ch_1"}),
        &["/chrage: unknown argument `chrage`; did you mean `charge`, which is required?"],
    );
    refused(
        "refund",
        &json!({"path_id": "r", "charge": "ch_1", "body": "x"}),
        &["/body: unknown argument `body`; did you mean `body_id`?"],
    );
    refused(
        "raw",
        &json!({"bdoy": [1]}),
        &["/bdoy: unknown argument `bdoy`; did you mean `body`, which is required?"],
    );
    refused("things", &json!({"limt": 5}), &["/limt: unknown argument `limt`; did you mean `limit`?"]);
}

#[test]
fn wrong_places_are_told_the_right_ones() {
    refused(
        "refund",
        &json!({"path_id": "r", "charge": "c", "metadata": {"limit": 5}}),
        &[
            "/metadata/limit: unknown field `limit` in `metadata`; `limit` is a query parameter: give it at the top, beside `metadata`",
        ],
    );
    refused(
        "refund",
        &json!({"path_id": "r", "charge": "c", "note": "x"}),
        &["/note: unknown argument `note`; `note` belongs inside `metadata`"],
    );
    refused(
        "refund",
        &json!({"path_id": "r", "body": {"charge": "c"}}),
        &[
            "/charge: `charge` is required (string)",
            "/body: unknown argument `body`; did you mean `body_id`? Or: give what is inside `body` directly, without `body` around it",
        ],
    );
    refused(
        "things",
        &json!({"query": {"limit": 5}}),
        &[
            "/query: unknown argument `query`; give what is inside `query` directly, without `query` around it",
        ],
    );
}

#[test]
fn what_is_missing_is_named() {
    refused("refund", &json!({"charge": "c"}), &["/path_id: `path_id` is required (path, string)"]);
    refused(
        "refund",
        &json!({"path_id": "", "charge": "c"}),
        &["/path_id: `path_id` must not be empty: it is part of the path"],
    );
    refused("refund", &json!({"path_id": "r"}), &["/charge: `charge` is required (string)"]);
    refused("raw", &json!({}), &["/body: `body` is required (array of integer)"]);
    refused(
        "raw",
        &json!({"body": [1, "x"]}),
        &["/body/1: `body[1]` must be an integer, not the string \"x\""],
    );
    let connector = acme();
    let fault = arguments(&connector, connector.operation("raw").unwrap(), &json!([])).unwrap_err();
    assert_eq!(fault.message, "the arguments of `raw` must be one JSON object");
}

#[test]
fn answers_are_checked_by_status() {
    let connector = acme();
    let operation = connector.operation("refund").unwrap();
    let told = |status, body| {
        response(&connector, operation, status, &body).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(told(200, json!([])), [""; 0]);
    assert_eq!(
        told(200, json!({})),
        ["/: the answer must be an array, not an empty object; give a list, in brackets, even of one"]
    );
    assert_eq!(told(404, json!({"any": 1})), [""; 0]);
    assert_eq!(
        told(500, json!(null)),
        ["/: `refund` answered 500, which is not described; described are 200, 4XX"]
    );
}
