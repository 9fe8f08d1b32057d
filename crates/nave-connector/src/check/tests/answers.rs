//! Answers: everything that does not fit is drift, and unknown fields are fine.

use super::*;

#[track_caller]
fn drift(schema: &Value, given: &Value, expected: &[&str]) {
    let documents = Documents::single("test", Dialect::OpenApi30, schema.clone());
    let schema = Schema::at(&documents, &Place::new("")).unwrap();
    let found = value(schema, given, Direction::Response);
    assert!(found.iter().all(|problem| problem.code == nave_model::fault::codes::RESPONSE_DRIFT));
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}

#[test]
fn answers_may_say_more_but_not_otherwise() {
    let schema = json!({
        "type": "object",
        "properties": {"id": {"type": "string", "readOnly": true}, "secret": {"writeOnly": true}},
        "required": ["id", "secret"],
    });
    drift(&schema, &json!({"id": "a", "new": 1}), &[]);
    drift(
        &schema,
        &json!({"id": 5}),
        &["/id: `id` must be a string, not the number 5; write it in quotes, exactly as it is meant"],
    );
    drift(&schema, &json!({}), &["/id: `id` is required (string)"]);
    drift(
        &schema,
        &json!({"id": "a", "secret": 1}),
        &["/secret: `secret` is described as write-only, but it was answered"],
    );
}
