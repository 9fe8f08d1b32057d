//! What is given, what is taken, and what is said about it.

use serde_json::{Value as Json, json};

use super::super::Type;
use super::super::fixture::Document;
use super::{Assignment, assign, path_words};

const ASSIGNMENT: Assignment<'static> =
    Assignment { value: "the mapping", target: "erp.create_project", repairs: true };

fn document(from: &Json, to: &Json) -> Document {
    Document::new(json!({
        "from": from,
        "to": to,
        "schemas": {
            "customer": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
            "tree": {"type": "object", "properties": {
                "value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/schemas/tree"}},
            }},
            "other_tree": {"type": "object", "properties": {
                "value": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/schemas/other_tree"}},
            }},
            "text_tree": {"type": "object", "properties": {
                "value": {"type": "boolean"}, "children": {"type": "array", "items": {"$ref": "#/schemas/text_tree"}},
            }},
            "card": {"type": "object", "required": ["kind", "number"], "properties": {"kind": {"const": "card"}, "number": {"type": "string"}}},
            "bank": {"type": "object", "required": ["kind", "iban"], "properties": {"kind": {"const": "bank"}, "iban": {"type": "string"}}},
            "wallet": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "wallet"}}},
            "method": {"oneOf": [{"$ref": "#/schemas/card"}, {"$ref": "#/schemas/bank"}, {"$ref": "#/schemas/wallet"}]},
        },
    }))
}

#[track_caller]
fn check(from: &Json, to: &Json, expected: &[&str]) {
    let document = document(from, to);
    let found = assign(&document.at("/from"), &document.at("/to"), &ASSIGNMENT);
    let shown: Vec<String> = found
        .iter()
        .map(|one| {
            let kind = if one.is_warning { "warning " } else { "" };
            let hint = one.hint.as_ref().map(|hint| format!(" → {hint}")).unwrap_or_default();
            format!("{}: {kind}{one}{hint}", path_words(&one.path))
        })
        .collect();
    assert_eq!(shown, expected, "{from} → {to}");
}

/// A value of one field for a target of one field.
#[track_caller]
fn check_field(from: &Json, to: &Json, expected: &[&str]) {
    let object = |schema: &Json| json!({"type": "object", "required": ["x"], "properties": {"x": schema}});
    check(&object(from), &object(to), expected);
}

#[test]
fn what_fits_says_nothing() {
    for (from, to) in [
        (json!({"type": "string"}), json!({"type": ["string", "null"]})),
        (json!({"type": "integer"}), json!({"type": "number"})),
        (json!({"const": "a"}), json!({"enum": ["a", "b"]})),
        (json!({"type": "string"}), json!({"type": "string", "format": "email"})),
        (json!({"type": "integer"}), json!({"type": "integer", "minimum": 1})),
        (json!({"type": "integer"}), json!({"type": "string"})),
        (json!({"const": "5"}), json!({"type": "integer"})),
        (json!({"const": "true"}), json!({"type": "boolean"})),
        (json!({"type": "string", "format": "int64"}), json!({"type": "integer"})),
        (
            json!({"type": "array", "items": {"const": 1}}),
            json!({"type": "array", "items": {"type": "integer"}}),
        ),
        (json!({"type": "string"}), json!({})),
        (json!({}), json!({})),
        (json!({"$ref": "#/schemas/customer"}), json!({"$ref": "#/schemas/customer"})),
        (json!({"$ref": "#/schemas/card"}), json!({"$ref": "#/schemas/method"})),
        (json!({"$ref": "#/schemas/method"}), json!({"$ref": "#/schemas/method"})),
        (json!({"type": "string"}), json!({"anyOf": [{"type": "string"}, {"$ref": "#/schemas/customer"}]})),
        (
            json!({"type": "object", "additionalProperties": {"const": "a"}}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
        ),
    ] {
        check_field(&from, &to, &[]);
    }
}

#[test]
fn wrong_kinds_are_said_once() {
    check_field(
        &json!({"type": "string"}),
        &json!({"type": "number"}),
        &[
            "x: E-MAP-TYPE `x` is string, and `erp.create_project` needs a number → make it a number: `… | tonumber`",
        ],
    );
    check_field(
        &json!({"type": ["string", "null"]}),
        &json!({"type": "number"}),
        &[
            "x: E-MAP-TYPE `x` is string or null, and `erp.create_project` needs a number → make it a number: `… | tonumber`",
        ],
    );
    check_field(
        &json!({"type": "number"}),
        &json!({"type": "string"}),
        &[
            "x: E-MAP-TYPE `x` is number, and `erp.create_project` needs a string → make it a text: `… | tostring`",
        ],
    );
    check_field(
        &json!({"type": "number"}),
        &json!({"type": "integer"}),
        &[
            "x: E-MAP-TYPE `x` may have a fraction, and `erp.create_project` needs a whole number → make it whole: `… | round`, `… | floor` or `… | ceil`",
        ],
    );
    check_field(
        &json!({"type": "array", "items": {"type": "string"}}),
        &json!({"type": "string"}),
        &[
            "x: E-MAP-TYPE `x` is list of string, and `erp.create_project` needs a string → give one of the items, for example the first: `.[0]`",
        ],
    );
    check_field(
        &json!({"type": "string"}),
        &json!({"type": "array", "items": {"type": "string"}}),
        &[
            "x: E-MAP-TYPE `x` is string, and `erp.create_project` needs a list of string → give a list, in brackets, even of one: `[…]`",
        ],
    );
    check_field(
        &json!({"anyOf": [{"type": "string"}, {"$ref": "#/schemas/customer"}]}),
        &json!({"type": "string"}),
        &[
            "x: E-MAP-TYPE `x` is string or customer, and `erp.create_project` needs a string → give its `id`: `if type == \"object\" then .id else . end`",
        ],
    );
    check_field(
        &json!({"const": "007"}),
        &json!({"type": "integer"}),
        &[
            "x: E-MAP-TYPE `x` is \"007\", and `erp.create_project` needs an integer → make it a number: `… | tonumber`",
        ],
    );
}

#[test]
fn null_is_said_apart() {
    check_field(
        &json!({"type": ["string", "null"]}),
        &json!({"type": "string"}),
        &[
            "x: E-MAP-NULL `x` may be null (string or null), and `erp.create_project` needs a string → say what to give then, for example `… // \"\"`, or leave it out where there is none",
        ],
    );
    check_field(
        &json!({"type": "null"}),
        &json!({"enum": ["a", "b"]}),
        &[
            "x: E-MAP-NULL `x` is null, and `erp.create_project` needs one of \"a\" or \"b\" → say what to give then, for example `… // \"a\"`, or leave it out where there is none",
        ],
    );
}

#[test]
fn values_that_are_not_allowed_are_named() {
    check_field(
        &json!({"enum": ["open", "drafft"]}),
        &json!({"enum": ["open", "draft", "closed"]}),
        &[
            "x: E-MAP-VALUE `x` may be \"drafft\", and only \"open\", \"draft\" or \"closed\" are allowed by `erp.create_project` → did you mean \"draft\"?",
        ],
    );
    check_field(
        &json!({"type": "string"}),
        &json!({"enum": ["open", "closed"]}),
        &[
            "x: E-MAP-VALUE `x` may be any text, and only \"open\" or \"closed\" are allowed by `erp.create_project` → turn each value into one of them, for example with `if … then … else … end`",
        ],
    );
    check_field(
        &json!({"const": 200}),
        &json!({"type": "integer", "minimum": 1, "maximum": 100}),
        &["x: E-MAP-VALUE `x` is 200, and only an integer from 1 to 100 is allowed by `erp.create_project`"],
    );
    check_field(
        &json!({"type": "integer", "minimum": 200}),
        &json!({"type": "integer", "maximum": 100}),
        &[
            "x: E-MAP-VALUE `x` is integer of at least 200, and `erp.create_project` needs an integer of at most 100",
        ],
    );
    check_field(
        &json!({"const": ""}),
        &json!({"type": "string", "minLength": 1}),
        &[
            "x: E-MAP-VALUE `x` is \"\", and only texts that are not empty are allowed by `erp.create_project`",
        ],
    );
    check_field(
        &json!({"const": "tomorrow"}),
        &json!({"type": "string", "format": "date"}),
        &[
            "x: E-MAP-VALUE `x` is \"tomorrow\", and only a date such as `2026-11-23` is allowed by `erp.create_project`",
        ],
    );
    check_field(
        &json!({"const": "x1"}),
        &json!({"type": "string", "pattern": "^C-\\d+$"}),
        &[
            "x: E-MAP-VALUE `x` is \"x1\", and only what matches `^C-\\d+$` is allowed by `erp.create_project`",
        ],
    );
    check_field(
        &json!({"type": "boolean"}),
        &json!({"const": true}),
        &["x: E-MAP-VALUE `x` may be false, and only true is allowed by `erp.create_project`"],
    );
    check_field(
        &json!({"type": "array", "maxItems": 0}),
        &json!({"type": "array", "minItems": 1}),
        &["x: E-MAP-VALUE `x` has no items, and `erp.create_project` needs at least 1 items"],
    );
}

#[test]
fn formats_that_are_apart_do_not_fit() {
    check_field(
        &json!({"type": "string", "format": "date-time"}),
        &json!({"type": "string", "format": "date"}),
        &[
            "x: E-MAP-TYPE `x` is a date and time such as `2026-11-23T10:00:00Z`, and `erp.create_project` needs a date such as `2026-11-23` → take the day alone: `.[0:10]`",
        ],
    );
}

#[test]
fn missing_and_unknown_fields_are_found() {
    let to = json!({"type": "object", "required": ["customer_no", "name"], "properties": {
        "customer_no": {"type": "string"}, "name": {"type": "string"}, "note": {"type": "string"},
        "id": {"type": "string", "readOnly": true},
    }});
    let given = |properties: Json, required: Json| json!({"type": "object", "properties": properties, "required": required});
    let text = || json!({"type": "string"});
    check(
        &given(json!({"name": text()}), json!(["name"])),
        &to,
        &[
            "customer_no: E-MAP-REQUIRED `erp.create_project` needs `customer_no` (string), and the mapping never gives it",
        ],
    );
    check(
        &given(json!({"name": text(), "customer_no": text()}), json!(["customer_no"])),
        &to,
        &[
            "name: E-MAP-REQUIRED `erp.create_project` needs `name` (string), and it may be missing → give it in any case: `name: (.name // …)`",
        ],
    );
    check(
        &given(json!({"name": text(), "customer_nr": text()}), json!(["customer_nr", "name"])),
        &to,
        &[
            "customer_nr: E-MAP-EXTRA `erp.create_project` does not take `customer_nr` → did you mean `customer_no`, which is required?",
        ],
    );
    check(
        &given(
            json!({"name": text(), "customer_no": text(), "nota": text(), "id": text()}),
            json!(["customer_no", "name"]),
        ),
        &to,
        &[
            "id: E-MAP-EXTRA `id` is set by the system, and cannot be given to `erp.create_project` → leave it out",
            "nota: E-MAP-EXTRA `erp.create_project` does not take `nota` → did you mean `note`?",
        ],
    );
    check(
        &given(
            json!({"name": text(), "customer_no": text(), "q": {}, "r": {}, "s": {}, "t": {}}),
            json!(["customer_no", "name"]),
        ),
        &to,
        &[
            ": E-MAP-EXTRA `erp.create_project` does not take `q`, `r`, `s` and `t` → it takes `customer_no`, `name`, `note`, `id`",
        ],
    );
    check(
        &json!({"type": "object", "additionalProperties": {"type": "string"}}),
        &to,
        &[
            "customer_no: E-MAP-REQUIRED `erp.create_project` needs `customer_no` (string), and it may be missing → give it in any case: `customer_no: (.customer_no // …)`",
            "name: E-MAP-REQUIRED `erp.create_project` needs `name` (string), and it may be missing → give it in any case: `name: (.name // …)`",
            ": E-MAP-EXTRA the mapping may have fields of any name, and `erp.create_project` names its own → it takes `customer_no`, `name`, `note`, `id`",
        ],
    );
}

#[test]
fn places_inside_are_named() {
    let list = |item: Json| json!({"type": "array", "items": {"type": "object", "required": ["price"], "properties": {"price": item}}});
    check_field(
        &list(json!({"type": "string"})),
        &list(json!({"type": "boolean"})),
        &["x[].price: E-MAP-TYPE `x[].price` is string, and `erp.create_project` needs a boolean"],
    );
    check_field(
        &json!({"type": "array", "items": {"type": "object", "properties": {}, "additionalProperties": false}}),
        &list(json!({"type": "boolean"})),
        &[
            "x[].price: E-MAP-REQUIRED `x[]` of `erp.create_project` needs `price` (boolean), and the mapping never gives it",
        ],
    );
    check_field(
        &json!({"type": "object", "additionalProperties": {"type": "string"}}),
        &json!({"type": "object", "additionalProperties": {"type": "boolean"}}),
        &["x.*: E-MAP-TYPE `x.*` is string, and `erp.create_project` needs a boolean"],
    );
}

#[test]
fn what_nobody_can_tell_is_one_warning() {
    check_field(
        &json!({}),
        &json!({"$ref": "#/schemas/customer"}),
        &[
            "x: warning E-MAP-UNKNOWN nobody can tell whether `x` fits, because its schema says nothing; `erp.create_project` needs customer → check it where it matters, for example with `if type == \"string\" then … else … end`",
        ],
    );
    check_field(
        &json!({"type": "object"}),
        &json!({"$ref": "#/schemas/customer"}),
        &[
            "x: warning E-MAP-UNKNOWN nobody can tell which fields `x` has, because its schema does not name its fields; `erp.create_project` takes `id` and `name` → name the fields that are meant: `{ name: .name }`",
        ],
    );
}

#[test]
fn the_nearest_form_is_explained_in_a_sentence() {
    let given = |kind: &str| json!({"type": "object", "required": ["kind", "iban"], "properties": {"kind": {"const": kind}, "iban": {"type": "string"}}});
    check_field(&given("bank"), &json!({"$ref": "#/schemas/method"}), &[]);
    check_field(
        &given("card"),
        &json!({"$ref": "#/schemas/method"}),
        &["x.iban: E-MAP-EXTRA `x` of `erp.create_project` does not take `iban` → it takes `kind`, `number`"],
    );
    check_field(
        &given("cash"),
        &json!({"$ref": "#/schemas/method"}),
        &[
            "x.kind: E-MAP-VALUE `x.kind` is \"cash\", and only \"card\", \"bank\" or \"wallet\" are allowed by `erp.create_project`",
        ],
    );
    check_field(
        &json!({"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}),
        &json!({"oneOf": [
            {"title": "A", "type": "object", "required": ["a", "c"], "properties": {"a": {}, "c": {}}},
            {"title": "B", "type": "object", "required": ["b"], "properties": {"b": {"type": "boolean"}}},
        ]}),
        &[
            "x.b: E-MAP-TYPE `x` fits none of the 2 forms `erp.create_project` takes; the nearest is B: `x.b` is string, and `erp.create_project` needs a boolean",
        ],
    );
}

#[test]
fn every_value_of_a_tag_may_have_its_own_form() {
    check_field(
        &json!({"type": "object", "required": ["kind", "v"], "properties": {"kind": {"enum": ["a", "b"]}, "v": {"type": "string"}}}),
        &json!({"oneOf": [
            {"type": "object", "required": ["v"], "properties": {"kind": {"const": "a"}, "v": {"type": "string"}}},
            {"type": "object", "properties": {"kind": {"const": "b"}, "v": {"type": "string"}}},
        ]}),
        &[],
    );
}

#[test]
fn recursive_schemas_are_compared() {
    check_field(&json!({"$ref": "#/schemas/tree"}), &json!({"$ref": "#/schemas/other_tree"}), &[]);
    check_field(
        &json!({"$ref": "#/schemas/tree"}),
        &json!({"$ref": "#/schemas/text_tree"}),
        &["x.value: E-MAP-TYPE `x.value` is integer, and `erp.create_project` needs a boolean"],
    );
}

#[test]
fn one_type_includes_another() {
    let includes = |to: Json, from: Json| {
        let document = document(&from, &to);
        document.at("/to").includes(&document.at("/from"))
    };
    assert!(includes(json!({"type": "number"}), json!({"type": "integer", "minimum": 3})));
    assert!(!includes(json!({"type": "number", "minimum": 4}), json!({"type": "integer", "minimum": 3})));
    assert!(!includes(json!({"type": "string"}), json!({})));
    assert!(includes(json!({}), json!({"type": "string"})));
    assert!(!includes(json!({"type": "string"}), json!({"type": "integer"})));
    assert!(includes(json!({"$ref": "#/schemas/tree"}), json!({"$ref": "#/schemas/tree"})));
    assert!(Type::number().includes(&Type::never()));
}

#[test]
fn comparing_absurd_types_ends() {
    // Every field of every level refers to the next level by a schema of its own.
    let level = |index: usize, last: &str| {
        let field = |name: &str| {
            let next = if index < 12 {
                json!({"$ref": format!("#/levels/{}", index + 1)})
            } else {
                json!({"type": last})
            };
            (name.to_owned(), json!({"allOf": [next], "title": format!("{name}{index}")}))
        };
        let fields: serde_json::Map<String, Json> = ["a", "b", "c", "d"].into_iter().map(field).collect();
        json!({"type": "object", "properties": fields})
    };
    let tower = |last: &str| {
        let levels: serde_json::Map<String, Json> =
            (0..13).map(|index| (index.to_string(), level(index, last))).collect();
        Document::new(json!({"levels": levels}))
    };
    let (from, to) = (tower("string"), tower("boolean"));
    let found = assign(&from.at("/levels/0"), &to.at("/levels/0"), &ASSIGNMENT);
    assert_eq!(found.len(), 51);
    assert_eq!(
        found.last().unwrap().message,
        "the mapping is too large to be compared in full with what `erp.create_project` takes"
    );
    let (from, to) = (tower("string"), tower("string"));
    assert!(to.at("/levels/0").includes(&from.at("/levels/0")));
}
