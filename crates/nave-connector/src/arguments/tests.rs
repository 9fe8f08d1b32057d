//! Examples of the flat argument object.

use serde_json::{Value, json};

use super::*;
use crate::documents::{Dialect, Place};
use crate::operation::{Media, Style};

fn parameter(name: &str, location: Location) -> Parameter {
    Parameter {
        name: name.into(),
        argument: String::new(),
        location,
        style: Style::Simple,
        explode: false,
        allow_reserved: false,
        required: false,
        deprecated: false,
        description: None,
        schema: None,
        content: None,
        example: None,
    }
}

fn body(codec: Codec, schema: &str) -> Body {
    let media = Media {
        media_type: "application/json".into(),
        codec,
        schema: Some(Place::new(schema)),
        encoding: IndexMap::new(),
        example: None,
    };
    Body { required: true, description: None, media, others: Vec::new() }
}

/// Lays out parameters `(name, location)` and a JSON body; gives the parameters' argument names, the
/// body's arguments as a value, and the ambiguous names.
#[track_caller]
fn check(parameters: &[(&str, Location)], schema: Option<Value>, expected: &(&[&str], Value, &[&str])) {
    let documents = Documents::single("test", Dialect::OpenApi30, json!({"body": schema}));
    let mut laid: Vec<Parameter> =
        parameters.iter().map(|(name, location)| parameter(name, *location)).collect();
    let body = schema.map(|_| body(Codec::Json, "/body"));
    let arguments = layout(&documents, &mut laid, body.as_ref());
    let names: Vec<&str> = laid.iter().map(|parameter| parameter.argument.as_str()).collect();
    let body = match &arguments.body {
        BodyArguments::None => Value::Null,
        BodyArguments::Whole { argument } => json!(argument),
        BodyArguments::Fields { fields } => json!(fields),
    };
    let ambiguous: Vec<&str> = arguments.ambiguous.keys().map(String::as_str).collect();
    assert_eq!((names.as_slice(), body, ambiguous.as_slice()), *expected);
}

#[test]
fn names_that_mean_one_thing_stay() {
    let schema = json!({"properties": {"amount": {}, "reason": {}}});
    check(
        &[("id", Location::Path), ("X-Key", Location::Header)],
        Some(schema),
        &(&["id", "X-Key"], json!({"amount": "amount", "reason": "reason"}), &[]),
    );
}

#[test]
fn names_that_mean_two_things_are_qualified() {
    let schema = json!({"properties": {"id": {}, "name": {}}});
    check(
        &[("id", Location::Path), ("id", Location::Query)],
        Some(schema),
        &(&["path_id", "query_id"], json!({"body_id": "id", "name": "name"}), &["id"]),
    );
    check(
        &[("id", Location::Path), ("id", Location::Cookie), ("path_id", Location::Query)],
        None,
        &(&["path_id_2", "cookie_id", "path_id"], Value::Null, &["id"]),
    );
}

#[test]
fn fields_only_the_system_sets_take_no_name() {
    let schema = json!({"properties": {"id": {"readOnly": true}, "name": {}}});
    check(&[("id", Location::Path)], Some(schema), &(&["id"], json!({"name": "name"}), &[]));
}

#[test]
fn a_body_without_fields_is_one_argument() {
    check(&[], Some(json!({"type": "array", "items": {}})), &(&[], json!("body"), &[]));
    check(&[], Some(json!({"type": "object"})), &(&[], json!("body"), &[]));
    check(&[("body", Location::Query)], Some(json!({})), &(&["body"], json!("request_body"), &[]));
}

#[test]
fn composition_gives_the_union() {
    let schema = json!({"oneOf": [{"properties": {"a": {}}}, {"allOf": [{"properties": {"b": {}}}]}]});
    check(&[], Some(schema), &(&[], json!({"a": "a", "b": "b"}), &[]));
}
