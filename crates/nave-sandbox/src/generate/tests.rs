//! Examples of values made from schemas.

use super::*;
use nave_connector::{Dialect, Documents, Place};
use serde_json::json;

fn documents(dialect: Dialect, schema: Value) -> Documents {
    let components = json!({
        "Node": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/Node"}},
        }},
        "Endless": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/Endless"}}},
        "Cat": {"type": "object", "required": ["kind", "claws"], "properties": {
            "kind": {"type": "string"}, "claws": {"type": "integer"}}},
        "Dog": {"type": "object", "required": ["kind", "bark"], "properties": {
            "kind": {"type": "string"}, "bark": {"type": "boolean"}}},
    });
    Documents::single("test", dialect, json!({"schema": schema, "components": components}))
}

/// Values for many seeds, each of which must pass the check.
#[track_caller]
fn made(dialect: Dialect, schema: Value, direction: Direction) -> Vec<Value> {
    let purpose = Purpose { name: "", direction, plain: false };
    let documents = documents(dialect, schema);
    let schema = Schema::at(&documents, &Place::new("/schema")).unwrap();
    let values = (0..40).map(|seed| {
        let made = value(schema, &mut Rng::new(seed), purpose).unwrap();
        let problems = check::value(schema, &made, direction);
        assert!(problems.is_empty(), "{made} has problems: {problems:?}");
        made
    });
    values.collect()
}

#[track_caller]
fn check_all(schema: Value, holds: impl Fn(&Value) -> bool) {
    for direction in [Direction::Request, Direction::Response] {
        for value in made(Dialect::Draft2020, schema.clone(), direction) {
            assert!(holds(&value), "unexpected value {value}");
        }
    }
}

#[test]
fn every_keyword_is_met() {
    check_all(json!({"type": "string", "minLength": 3, "maxLength": 5}), |v| {
        (3..=5).contains(&v.as_str().unwrap().len())
    });
    check_all(json!({"type": "string", "pattern": "^AC[0-9a-f]{32}$"}), |v| v.as_str().unwrap().len() == 34);
    check_all(json!({"type": "integer", "minimum": 7, "maximum": 9}), |v| {
        (7..=9).contains(&v.as_i64().unwrap())
    });
    check_all(json!({"type": "integer", "exclusiveMinimum": 7, "exclusiveMaximum": 9}), |v| v == &json!(8));
    check_all(json!({"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 1}), Value::is_number);
    check_all(json!({"type": "integer", "multipleOf": 7, "minimum": 1000}), |v| v.as_i64().unwrap() % 7 == 0);
    check_all(json!({"enum": ["a", "b"]}), |v| ["a", "b"].contains(&v.as_str().unwrap()));
    check_all(json!({"const": {"a": 1}}), |v| v == &json!({"a": 1}));
    check_all(
        json!({"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": true, "minItems": 3}),
        |v| v.as_array().unwrap().len() == 3,
    );
    check_all(
        json!({"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false, "type": "array"}),
        |v| v.as_array().unwrap().len() <= 2,
    );
    check_all(json!({"type": "array", "contains": {"const": 5}, "items": {"type": "integer"}}), |v| {
        v.as_array().unwrap().contains(&json!(5))
    });
    check_all(
        json!({"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}}),
        |v| v.as_object().unwrap().len() >= 2,
    );
    check_all(
        json!({"type": "object", "propertyNames": {"pattern": "^x_[a-z]{3}$"}, "minProperties": 1}),
        |v| v.as_object().unwrap().keys().all(|k| k.starts_with("x_")),
    );
    check_all(
        json!({"type": "object", "patternProperties": {"^k[0-9]$": {"type": "boolean"}}, "minProperties": 1,
        "additionalProperties": false}),
        |v| v.as_object().unwrap().values().all(Value::is_boolean),
    );
    check_all(
        json!({"properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["b"]}, "type": "object"}),
        |v| v.get("a").is_none() || v.get("b").is_some(),
    );
    check_all(
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}},
        "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": {"const": 1}}}}}),
        |v| v["b"] == 1,
    );
    check_all(json!({"type": "integer", "minimum": 0, "maximum": 3, "not": {"enum": [0, 1, 2]}}), |v| {
        v == &json!(3)
    });
}

#[test]
fn composition_is_met() {
    check_all(
        json!({"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"type": "string", "maxLength": 4}}}]}),
        |v| v["a"].as_str().unwrap().len() <= 4,
    );
    check_all(json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}), |v| v.is_string() || v.is_i64());
    check_all(
        json!({"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["x", "y"]}},
            "if": {"properties": {"kind": {"const": "x"}}}, "then": {"required": ["extra"]}}),
        |v| v["kind"] == "y" || v.get("extra").is_some(),
    );
    check_all(
        json!({"oneOf": [{"$ref": "#/components/Cat"}, {"$ref": "#/components/Dog"}],
            "discriminator": {"propertyName": "kind", "mapping": {"meow": "#/components/Cat"}}}),
        |v| v["kind"] == if v.get("claws").is_some() { "meow" } else { "Dog" },
    );
}

#[test]
fn alternatives_exclude_each_other_in_requests() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}], "additionalProperties": false});
    for value in made(Dialect::Draft2020, schema, Direction::Request) {
        assert_eq!(value.as_object().unwrap().len(), 1, "{value}");
    }
}

#[test]
fn recursion_ends() {
    check_all(json!({"$ref": "#/components/Node"}), |v| v["name"].is_string());
    let documents = documents(Dialect::Draft2020, json!({"$ref": "#/components/Endless"}));
    let schema = Schema::at(&documents, &Place::new("/schema")).unwrap();
    let fault = value(schema, &mut Rng::new(1), Purpose::ANSWER).unwrap_err();
    assert_eq!(fault.code, codes::SCHEMA_INVALID);
    assert!(fault.message.contains("round in a circle"), "{}", fault.message);
}

#[test]
fn older_dialects_are_met() {
    for dialect in [Dialect::OpenApi30, Dialect::Swagger2, Dialect::Draft4] {
        let schema = json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 2});
        assert!(made(dialect, schema, Direction::Request).iter().all(|value| value == &json!(2)));
    }
    let nullable = json!({"type": "object", "nullable": true, "required": ["next"],
        "properties": {"next": {"$ref": "#/schema"}}});
    assert!(
        made(Dialect::OpenApi30, nullable, Direction::Response)
            .iter()
            .all(|value| value["next"].is_null() || value["next"].is_object())
    );
}

#[test]
fn examples_are_preferred_where_they_fit() {
    check_all(json!({"type": "string", "example": "jenny"}), |v| v == "jenny");
    check_all(json!({"type": "integer", "example": "not a number", "default": 4}), |v| v == 4);
}

#[test]
fn each_direction_leaves_out_what_belongs_to_the_other() {
    let schema = json!({"type": "object", "required": ["id", "secret"], "properties": {
        "id": {"type": "string", "readOnly": true}, "secret": {"type": "string", "writeOnly": true}}});
    let documents = documents(Dialect::OpenApi30, schema);
    let schema = Schema::at(&documents, &Place::new("/schema")).unwrap();
    let names = |direction| {
        let purpose = Purpose { name: "", direction, plain: false };
        let made = value(schema, &mut Rng::new(5), purpose).unwrap();
        made.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(Direction::Request), ["secret"]);
    assert_eq!(names(Direction::Response), ["id"]);
}

#[test]
fn the_same_seed_gives_the_same_value() {
    let documents = documents(Dialect::Draft2020, json!({"$ref": "#/components/Node"}));
    let schema = Schema::at(&documents, &Place::new("/schema")).unwrap();
    let made = |seed| value(schema, &mut Rng::new(seed), Purpose::ANSWER).unwrap();
    assert_eq!(made(3), made(3));
    assert!((0..20).any(|seed| made(seed) != made(3)));
}

/// Schemas made to exhaust whoever walks them: each gives a value or a fault, quickly.
#[test]
fn hostile_schemas_are_bounded() {
    let wide: Vec<Value> =
        (0..1_000).map(|n| json!({"type": "object", "required": [format!("p{n}")]})).collect();
    let doubling = |keyword: &str| {
        let mut schemas = Map::new();
        for n in 0..40 {
            let next = json!({"$ref": format!("#/components/L{}", n + 1)});
            let twice = json!([next.clone(), {"type": "object", "properties": {"a": next.clone()}, "required": ["a"]}]);
            let mut level = json!({ keyword: twice });
            level["properties"] = json!({"b": next.clone(), "c": next});
            level["required"] = json!(["b", "c"]);
            schemas.insert(format!("L{n}"), level);
        }
        schemas.insert("L40".into(), json!({"type": "object"}));
        schemas
    };
    let mut deep = json!({"type": "string"});
    for _ in 0..400 {
        deep = json!({"type": "array", "items": deep, "minItems": 1});
    }
    let tree = |schema: Value, components: Value| json!({"schema": schema, "components": components});
    let trees = [
        tree(json!({"oneOf": wide}), json!({})),
        tree(json!({"allOf": wide}), json!({})),
        tree(json!({"$ref": "#/components/L0"}), doubling("oneOf").into()),
        tree(json!({"$ref": "#/components/L0"}), doubling("anyOf").into()),
        tree(json!({"$ref": "#/components/L0"}), doubling("allOf").into()),
        tree(deep, json!({})),
        tree(json!({"type": "string", "minLength": 1_000_000_000_000_u64}), json!({})),
        tree(json!({"type": "array", "minItems": 1_000_000_000, "items": {}}), json!({})),
        tree(json!({"type": "object", "minProperties": 1_000_000_000}), json!({})),
        tree(json!({"type": "string", "pattern": "((((a{90}){90}){90}){90})"}), json!({})),
        tree(json!({"allOf": [{"$ref": "#/schema"}], "not": {"$ref": "#/schema"}}), json!({})),
        tree(
            json!({"type": "number", "minimum": 1e308, "exclusiveMaximum": 1e308, "multipleOf": 1e-300}),
            json!({}),
        ),
    ];
    for tree in trees {
        for direction in [Direction::Request, Direction::Response] {
            let documents = Documents::single("test", Dialect::Draft2020, tree.clone());
            let schema = Schema::at(&documents, &Place::new("/schema")).unwrap();
            let made = value(schema, &mut Rng::new(1), Purpose { name: "", direction, plain: false });
            if let Ok(made) = made {
                assert_eq!(check::value(schema, &made, direction), []);
            }
        }
    }
}

#[test]
fn times_stand_in_their_order() {
    let at = json!({"type": "string", "format": "date-time"});
    let schema = json!({"type": "object",
        "required": ["created_at", "updated_at", "startDate", "endDate", "created", "modified"],
        "properties": {"created_at": at, "updated_at": at,
            "startDate": {"type": "string", "format": "date"}, "endDate": {"type": "string", "format": "date"},
            "created": {"type": "integer"}, "modified": {"type": "integer"}}});
    check_all(schema, |v| {
        let text = |name: &str| v[name].as_str().unwrap().to_owned();
        text("created_at") <= text("updated_at")
            && text("startDate") <= text("endDate")
            && v["created"].as_i64() <= v["modified"].as_i64()
    });
}
