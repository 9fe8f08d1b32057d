//! Schemas and the types they are read as.

use serde_json::{Value as Json, json};

use super::super::fixture::Document;
use super::super::{Lazy, Presence, Type};

fn document(schema: &Json) -> Document {
    Document::new(json!({
        "s": schema,
        "schemas": {
            "charge": {
                "type": "object",
                "required": ["id", "customer"],
                "properties": {
                    "id": {"type": "string"},
                    "customer": {"anyOf": [{"type": "string"}, {"$ref": "#/schemas/customer"}], "nullable": true},
                },
            },
            "customer": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "charges": {"type": "array", "items": {"$ref": "#/schemas/charge"}},
                },
            },
            "tree": {
                "properties": {
                    "value": {"type": "integer"},
                    "children": {"type": "array", "items": {"$ref": "#/schemas/tree"}},
                },
            },
            "round": {"allOf": [{"$ref": "#/schemas/round"}, {"type": "object", "properties": {"a": {}}}]},
            "circle": {"$ref": "#/schemas/circle"},
            "pet": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"type": "string"}},
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/schemas/cat", "dog": "dog"}},
            },
            "cat": {"allOf": [{"$ref": "#/schemas/pet"}, {"properties": {"lives": {"type": "integer"}}}]},
        },
    }))
}

#[track_caller]
fn check(schema: &Json, expected: &str) {
    let document = document(schema);
    assert_eq!(document.at("/s").to_string(), expected, "{}", document.tree["s"]);
}

#[test]
fn kinds_are_read_in_every_dialect() {
    check(&json!({"type": "string"}), "string");
    check(&json!({"type": ["string", "null"]}), "string or null");
    check(&json!({"type": "string", "nullable": true}), "string or null");
    check(&json!({"type": "string", "x-nullable": true}), "string or null");
    check(&json!({"$ref": "#/schemas/charge", "nullable": true}), "charge or null");
    check(&json!({"type": ["integer", "string"]}), "string or integer");
    check(&json!({"type": ["integer", "number"]}), "number");
    check(&json!({"type": "boolean"}), "boolean");
    check(&json!({"type": "file"}), "string or file");
    check(&json!({"type": "string", "format": "binary"}), "string (binary) or file");
    check(&json!({"type": "any"}), "anything");
    check(&json!({}), "anything");
    check(&json!(true), "anything");
    check(&json!(false), "nothing");
    check(&json!({"not": {}}), "nothing");
    check(&json!({"type": ["string", "null"], "not": {"type": "null"}}), "string");
    check(&json!({"type": ["string", "null"], "not": {"const": null}}), "string");
}

#[test]
fn constants_are_kept() {
    check(&json!({"enum": ["a", "b", "c"]}), r#"one of "a", "b" or "c""#);
    check(&json!({"type": "string", "enum": ["a", "a", null]}), r#""a""#);
    check(&json!({"type": "string", "enum": ["a", null], "nullable": true}), r#""a" or null"#);
    check(&json!({"enum": [1, 1.0, 2, true, "x"]}), r#""x", one of 1 or 2 or true"#);
    check(&json!({"const": {"a": [1]}}), "object with a");
    check(&json!({"type": "integer", "enum": [1, 1.5]}), "1");
    check(&json!({"enum": ["a", "b", "c"], "not": {"enum": ["b"]}}), r#"one of "a" or "c""#);
    check(&json!({"enum": ["a", "b", "c", "d", "e", "f"]}), r#"one of "a", "b", "c" or "d" (and 2 more)"#);
}

#[test]
fn bounds_are_read_in_every_dialect() {
    check(&json!({"type": "integer", "minimum": 1, "maximum": 100}), "integer from 1 to 100");
    check(&json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true}), "integer of at least 1");
    check(&json!({"type": "integer", "exclusiveMaximum": 10}), "integer of at most 9");
    check(&json!({"type": "number", "exclusiveMinimum": 0}), "number of at least 0");
    check(&json!({"type": "number", "multipleOf": 1}), "integer");
    check(&json!({"allOf": [{"minimum": 1}, {"type": "integer", "minimum": 5}]}), "integer of at least 5");
}

#[test]
fn what_has_no_type_is_what_its_keywords_are_about() {
    check(&json!({"properties": {"a": {}}}), "object with a");
    check(&json!({"items": {"type": "string"}}), "list of string");
    check(&json!({"format": "date-time"}), "string (date-time)");
    check(&json!({"format": "int64"}), "number");
    check(&json!({"pattern": "^a"}), "string");
}

#[test]
fn lists_are_read_in_every_dialect() {
    check(&json!({"type": "array"}), "list of anything");
    check(
        &json!({"type": "array", "items": {"type": "string", "nullable": true}}),
        "list of (string or null)",
    );
    check(
        &json!({"type": "array", "items": [{"type": "string"}, {"type": "integer"}], "additionalItems": false}),
        "list of (string or integer)",
    );
    check(&json!({"type": "array", "prefixItems": [{"type": "string"}], "items": false}), "list of string");
    check(
        &json!({"type": "array", "prefixItems": [{"type": "string"}], "unevaluatedItems": false}),
        "list of string",
    );
    check(&json!({"type": "array", "items": false}), "empty list");
    check(&json!({"type": "array", "items": {"enum": ["a", "b"]}}), r#"list of one of "a" or "b""#);
}

#[test]
fn objects_say_what_they_hold() {
    check(&json!({"type": "object"}), "object");
    check(&json!({"type": "object", "additionalProperties": {"type": "string"}}), "map of string");
    check(&json!({"type": "object", "patternProperties": {"^x": {"type": "integer"}}}), "map of integer");
    check(&json!({"type": "object", "properties": {"a": {}, "b": {}}}), "object with a, b");
    check(
        &json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}, "d": {}, "e": {}}}),
        "object with a, b, c, d and 1 more",
    );
    check(&json!({"type": "object", "title": "Deal", "properties": {"a": {}}}), "Deal");
    check(&json!({"$ref": "#/schemas/charge"}), "charge");
    check(&json!({"allOf": [{"$ref": "#/schemas/charge"}, {"properties": {"more": {}}}]}), "charge");
}

#[test]
fn alternatives_stay_apart() {
    check(&json!({"anyOf": [{"type": "string"}, {"$ref": "#/schemas/customer"}]}), "string or customer");
    check(
        &json!({"oneOf": [{"$ref": "#/schemas/customer"}, {"$ref": "#/schemas/charge"}]}),
        "customer or charge",
    );
    check(&json!({"oneOf": [{"$ref": "#/schemas/customer"}, {"type": "null"}]}), "customer or null");
    check(&json!({"type": "string", "oneOf": [{"enum": ["a"]}, {"const": "b"}]}), r#"one of "a" or "b""#);
    check(
        &json!({"if": {"properties": {"k": {"const": 1}}}, "then": {"required": ["x"]}, "else": {"required": ["y"]}, "type": "object", "properties": {"k": {}}}),
        "object with k, x or object with k, y",
    );
    check(&json!({"type": "object", "oneOf": [{"type": "string"}]}), "anything");
}

#[test]
fn a_discriminator_names_the_derived() {
    check(&json!({"$ref": "#/schemas/pet"}), "pet or cat");
    let document = document(&json!({"$ref": "#/schemas/pet"}));
    let pet = document.at("/s");
    assert_eq!(pet.with_field_constant("kind", &json!("cat")).to_string(), "pet or cat");
    assert_eq!(pet.with_field_constant("kind", &json!("dog")).to_string(), "pet");
}

#[test]
fn circles_end() {
    check(&json!({"$ref": "#/schemas/circle"}), "anything");
    check(&json!({"$ref": "#/schemas/round"}), "round");
    check(&json!({"$ref": "#/nowhere"}), "anything");
    let document = document(&json!({}));
    let mut tree = document.at("/schemas/tree");
    for _ in 0..1_000 {
        assert_eq!(tree.field("value").value.to_string(), "integer or null");
        tree = tree.field("children").value.items();
    }
    let mut charge = document.at("/schemas/charge");
    for _ in 0..1_000 {
        charge = charge.field("customer").value.field("charges").value.items();
    }
    assert_eq!(charge.to_string(), "charge");
}

#[test]
fn names_carry_their_owner() {
    let document = Document {
        owner: Some("stripe"),
        ..document(&json!({"type": "array", "items": {"$ref": "#/schemas/charge"}}))
    };
    assert_eq!(document.at("/s").to_string(), "list of stripe.charge");
}

#[test]
fn old_dialects_ignore_what_stands_beside_a_reference() {
    let schema = json!({"$ref": "#/schemas/charge", "properties": {"more": {}}});
    let old = Document { keeps_siblings: false, ..document(&schema) };
    assert!(!old.at("/s").field_names().iter().any(|name| &**name == "more"));
    assert!(document(&schema).at("/s").field_names().iter().any(|name| &**name == "more"));
}

#[test]
fn why_nothing_is_known_is_said() {
    let document = document(&json!({
        "title": "Deal",
        "properties": {"metadata": {}, "free": {"type": "object"}, "list": {"type": "array"}},
    }));
    let why = |known: &Type<'_>| known.unknown.as_ref().map(|unknown| unknown.why.to_string());
    let deal = document.at("/s");
    let expect = |known: &Type<'_>, expected: &str| assert_eq!(why(known).as_deref(), Some(expected));
    expect(&deal.field("metadata").value, "the schema of `metadata` of Deal says nothing");
    expect(&deal.field("free").value.field("x").value, "its schema does not name its fields");
    expect(&deal.field("list").value.items(), "its schema does not describe its items");
    expect(&document.at("/schemas/circle"), "its schema says nothing");
}

#[test]
fn fields_of_several_parts_are_all_of_them() {
    let document = document(&json!({"allOf": [
        {"properties": {"a": {"type": ["string", "integer"]}}, "required": ["a"]},
        {"properties": {"a": {"type": ["integer", "null"]}}},
        {"additionalProperties": {"type": "integer", "minimum": 3}},
    ]}));
    let whole = document.at("/s");
    assert_eq!(whole.field("a").value.to_string(), "integer of at least 3");
    assert_eq!(whole.field("b").value.to_string(), "integer of at least 3 or null");
    assert!(matches!(whole.objects[0].fields["a"].value, Lazy::All(_)));
}

#[test]
fn absurd_schemas_end() {
    let two = |index: usize| json!({"anyOf": [{"required": [format!("a{index}")]}, {"required": [format!("b{index}")]}]});
    let tower: Vec<Json> = (0..3_000).map(two).collect();
    check(&json!({"allOf": tower, "title": "Tower"}), "anything");
    let few: Vec<Json> = (0..9).map(two).collect();
    let few = document(&json!({"allOf": few, "type": "object"})).at("/s").field("c").value.unknown.unwrap();
    assert_eq!(&*few.why, "its schema has too many alternatives");
    let branches: Vec<Json> = (0..5_000).map(|index| json!({"const": index})).collect();
    check(&json!({"oneOf": branches}), "anything");
    let forms: Vec<Json> =
        (0..100).map(|index| json!({"properties": {"a": {"const": index}}, "required": ["a"]})).collect();
    let forms = document(&json!({"oneOf": forms}));
    assert!(forms.at("/s").objects.len() <= 64);
    let first = r"one of 0, 1, 2 or 3 (and 96 more)";
    assert_eq!(forms.at("/s").field("a").value.to_string(), first);
    let forms: Vec<Json> = (0..250)
        .map(|index| json!({"properties": {"id": {"type": "string"}, format!("f{index}"): {}}, "required": ["id"]}))
        .collect();
    assert_eq!(document(&json!({"oneOf": forms})).at("/s").field("id").value.to_string(), "string");
    let mut deep = json!({"type": "string"});
    for _ in 0..40 {
        deep = json!({"anyOf": [deep, {"type": "integer"}]});
    }
    check(&deep, "string or integer");
    for _ in 0..40 {
        deep = json!({"allOf": [deep]});
    }
    check(&deep, "anything");
    let chain: serde_json::Map<String, Json> =
        (0..200).map(|index| (index.to_string(), json!({"$ref": format!("#/s/{}", index + 1)}))).collect();
    assert_eq!(document(&Json::Object(chain)).at("/s/0").to_string(), "anything");
    let fields: serde_json::Map<String, Json> =
        (0..20_000).map(|index| (format!("f{index}"), json!({"type": "string"}))).collect();
    check(&json!({"properties": fields}), "object with f0, f1, f2, f3 and 19996 more");
    let constants: Vec<Json> = (0..5_000).map(|index| json!(format!("c{index}"))).collect();
    check(&json!({"type": "string", "enum": constants}), "string");
    check(&json!({"const": constants}), "list of string");
}

#[test]
fn fields_say_whether_they_are_there() {
    let document = document(&json!({"oneOf": [
        {"required": ["kind", "iban"], "properties": {
            "kind": {"const": "bank"}, "iban": {"type": "string", "x-nave-sensitive": "personal data"},
        }},
        {"required": ["kind", "pin"], "properties": {
            "kind": {"const": "card"}, "pin": {"type": "string", "writeOnly": true}, "free": {"type": "object"},
        }},
    ]}));
    let method = document.at("/s");
    let check = |known: &Type<'_>, name: &str, presence: Presence, expected: &str| {
        let access = known.field(name);
        assert_eq!((access.presence, access.value.to_string().as_str()), (presence, expected), "{name}");
    };
    check(&method, "kind", Presence::Always, r#"one of "bank" or "card""#);
    check(&method, "iban", Presence::Maybe, "string or null");
    check(&method, "pin", Presence::Maybe, "string or null");
    check(&method, "nowhere", Presence::Never, "null");
    check(&method.clone().or_null(), "kind", Presence::Always, r#"one of "bank" or "card" or null"#);
    check(&Type::anything("it is not described"), "kind", Presence::Unknown, "anything");
    check(&Type::text(), "kind", Presence::Never, "nothing");
    assert_eq!(method.field("iban").sensitive.as_deref(), Some("personal data"));
    let bank = method.with_field_constant("kind", &json!("bank"));
    check(&bank, "iban", Presence::Always, "string");
    check(&bank, "free", Presence::Never, "null");
    check(&method.without_field_constant("kind", &json!("bank")), "iban", Presence::Never, "null");
    check(&method.with_field("free"), "kind", Presence::Always, r#""card""#);
    check(&method.with_field("free"), "free", Presence::Always, "object");
    check(&method.with_field("free").field("free").value, "x", Presence::Unknown, "anything");
    check(&method.without_field("iban"), "kind", Presence::Always, r#""card""#);
    let names: Vec<String> = method.field_names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["kind", "iban", "pin", "free"]);
}
