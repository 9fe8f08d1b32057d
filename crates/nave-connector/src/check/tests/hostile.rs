//! Schemas and values made to hang, overflow or exhaust: each ends, soon, with a problem or a verdict.

use super::*;
use nave_model::fault::codes;

fn codes_of(schema: &Value, given: &Value) -> Vec<&'static str> {
    let documents = Documents::single("test", Dialect::Draft2020, schema.clone());
    let schema = Schema::at(&documents, &Place::new("")).unwrap();
    value(schema, given, Direction::Request).iter().map(|problem| problem.code.name).collect()
}

#[test]
fn references_in_circles_end() {
    let round = json!({"$ref": "#"});
    assert!(codes_of(&round, &json!(1)).is_empty());
    let all = json!({"allOf": [{"$ref": "#"}, {"anyOf": [{"$ref": "#"}, {"$ref": "#/allOf/1"}]}], "type": "string"});
    assert_eq!(codes_of(&all, &json!(1)), [codes::ARGUMENT_TYPE.name]);
    let unevaluated =
        json!({"allOf": [{"$ref": "#"}], "properties": {"a": {}}, "unevaluatedProperties": false});
    assert_eq!(codes_of(&unevaluated, &json!({"b": 1})), [codes::ARGUMENT_UNKNOWN.name]);
}

/// Every level offers the next one several times, and none of it fits in the end.
#[test]
fn towers_of_alternatives_end() {
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for given in [json!(1), json!({"a": 1}), json!([[1]])] {
            let mut levels = serde_json::Map::new();
            for level in 0..40 {
                let next = json!({"$ref": format!("#/$defs/l{}", level + 1)});
                levels.insert(format!("l{level}"), json!({keyword: [next, next, next]}));
            }
            levels.insert("l40".to_owned(), json!({"type": "string"}));
            let schema = json!({"$ref": "#/$defs/l0", "$defs": levels});
            let found = codes_of(&schema, &given);
            assert!(!found.is_empty(), "{keyword} {given}");
        }
    }
}

#[test]
fn towers_over_nested_values_end() {
    let schema = json!({
        "anyOf": [{"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}, "required": ["x"]},
            {"type": "object", "properties": {"b": {"$ref": "#"}, "a": {"$ref": "#"}}, "required": ["y"]},
            {"type": "object", "properties": {"a": {"$ref": "#"}}, "minProperties": 1}],
    });
    let mut given = json!({"z": 1});
    for _ in 0..60 {
        given = json!({"a": given});
    }
    assert!(!codes_of(&schema, &given).is_empty());
}

#[test]
fn depth_is_bounded_in_values_and_schemas() {
    let items = json!({"type": "array", "items": {"$ref": "#"}});
    let mut given = json!([]);
    for _ in 0..500 {
        given = json!([given]);
    }
    assert_eq!(codes_of(&items, &given), [codes::ARGUMENT_LIMIT.name]);
    let mut schema = json!({"type": "string"});
    for _ in 0..500 {
        schema = json!({"allOf": [schema]});
    }
    assert_eq!(codes_of(&schema, &json!(1)), [codes::ARGUMENT_LIMIT.name]);
}

#[test]
fn wide_values_and_huge_lists_end() {
    let unique = json!({"uniqueItems": true, "items": {"enum": (0..5_000).collect::<Vec<_>>()}});
    let given: Vec<u32> = (0..20_000).collect();
    assert!(!codes_of(&unique, &json!(given)).is_empty());
    let names: serde_json::Map<String, Value> = (0..20_000).map(|n| (format!("n{n}"), json!(n))).collect();
    let declared: serde_json::Map<String, Value> = (0..5_000).map(|n| (format!("m{n}"), json!({}))).collect();
    let found = codes_of(&json!({"properties": declared}), &Value::Object(names));
    assert_eq!(found.len(), 20);
}

#[test]
fn malformed_keywords_ask_for_nothing() {
    let schema = json!({
        "type": 5, "enum": {}, "required": true, "properties": [], "items": 7, "allOf": {}, "anyOf": "x",
        "minLength": "a", "maximum": {}, "pattern": 1, "format": [], "$ref": 3, "discriminator": 9,
        "dependentRequired": [], "additionalProperties": 3, "patternProperties": 3, "multipleOf": 0,
    });
    for given in [json!(1), json!("a"), json!([1]), json!({"a": 1}), json!(null)] {
        assert!(codes_of(&schema, &given).is_empty(), "{given}");
    }
}
