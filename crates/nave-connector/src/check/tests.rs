//! Examples of what is refused, in which words; and the same rules measured against another validator.

use serde_json::{Value, json};

use crate::check::{Direction, value};
use crate::documents::{Dialect, Documents, Place};
use crate::schema::Schema;

mod alternatives;
mod answers;
mod calls;
mod differential;
mod hostile;
mod values;

/// The problems of a value under a schema, as a person reads them.
fn problems(dialect: Dialect, schema: &Value, given: &Value, direction: Direction) -> Vec<String> {
    let documents = Documents::single("test", dialect, schema.clone());
    let schema = Schema::at(&documents, &Place::new("")).unwrap();
    value(schema, given, direction).iter().map(ToString::to_string).collect()
}

/// Checks values of a request under an OpenAPI 3.0 schema; no lines: accepted.
#[track_caller]
fn check(schema: &Value, given: &Value, expected: &[&str]) {
    assert_eq!(problems(Dialect::OpenApi30, schema, given, Direction::Request), expected);
}

fn object(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties})
}
