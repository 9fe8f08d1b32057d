//! `oneOf`, `anyOf` and discriminators: one readable reason.

use super::*;

fn shape(tag: &str, field: &str) -> Value {
    json!({
        "type": "object", "title": tag,
        "properties": {"type": {"const": tag}, field: {"type": "integer"}},
        "required": ["type", field],
    })
}

#[test]
fn any_branch_will_do() {
    let schema = json!({"oneOf": [{"type": "string"}, {"enum": ["a"]}]});
    check(&schema, &json!("a"), &[]);
    check(&json!({"not": schema}), &json!("a"), &[]);
    check(
        &json!({"not": {"type": "string"}}),
        &json!("a"),
        &["/: the value has a form that is excluded: \"a\""],
    );
}

#[test]
fn a_type_no_branch_has_is_a_type_error() {
    let schema = json!({"anyOf": [{"type": "string"}, {"type": "object", "properties": {"a": {}}}]});
    check(&schema, &json!(5), &["/: the value must be a string or an object, not the number 5"]);
}

#[test]
fn the_only_branch_of_the_type_speaks_for_itself() {
    let schema = json!({"anyOf": [
        {"type": "object", "properties": {"size": {"type": "integer"}}}, {"type": "string", "enum": [""]},
    ]});
    check(&schema, &json!({"size": "big"}), &["/size: `size` must be an integer, not the string \"big\""]);
    check(&schema, &json!({"sice": 1}), &["/sice: unknown field `sice` in the value; did you mean `size`?"]);
    check(&schema, &json!("x"), &["/: the value must be one of `\"\"`, not \"x\""]);
}

#[test]
fn values_of_several_enumerations_are_one_list() {
    let schema = json!({"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"const": "cat"}]});
    check(
        &schema,
        &json!("cta"),
        &["/: the value must be one of `a`, `b` or `cat`, not \"cta\"; did you mean `cat`?"],
    );
}

#[test]
fn a_tag_field_chooses_the_branch() {
    let schema = json!({"oneOf": [shape("card", "number"), shape("sepa", "iban")]});
    check(&schema, &json!({"type": "card", "number": 1}), &[]);
    check(
        &schema,
        &json!({"type": "card", "number": "x"}),
        &["/number: `number` must be an integer, not the string \"x\""],
    );
    check(
        &schema,
        &json!({"type": "crad", "number": 1}),
        &["/type: `type` must be one of `card` or `sepa`, not \"crad\"; did you mean `card`?"],
    );
    check(
        &schema,
        &json!({"number": 1}),
        &["/type: `type` is required (always `card`); it says which shape is meant: `card` or `sepa`"],
    );
    check(
        &schema,
        &json!({"type": "card", "number": 1, "iban": 2}),
        &["/iban: unknown field `iban` in the value"],
    );
}

#[test]
fn a_discriminator_chooses_the_branch() {
    let schema = json!({
        "oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Sepa"}],
        "discriminator": {"propertyName": "kind", "mapping": {"c": "#/components/schemas/Card", "s": "Sepa"}},
        "components": {"schemas": {
            "Card": object(&json!({"kind": {"type": "string"}, "number": {"type": "integer"}})),
            "Sepa": object(&json!({"kind": {"type": "string"}, "iban": {"type": "string", "minLength": 2}})),
        }},
    });
    check(&schema, &json!({"kind": "s", "iban": "DE"}), &[]);
    check(&schema, &json!({"kind": "s", "iban": ""}), &["/iban: `iban` must not be empty"]);
    check(
        &json!({"oneOf": [{"type": "object", "required": ["x"]}], "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}}}),
        &json!({"kind": "cta"}),
        &["/kind: `kind` must be one of `cat`, not \"cta\"; did you mean `cat`?"],
    );
}

#[test]
fn a_discriminator_without_branches_adds_the_derived_schema() {
    let pet = json!({
        "type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"],
        "discriminator": {"propertyName": "kind"},
        "components": {"schemas": {"Cat": {"allOf": [
            {"$ref": "#"}, {"type": "object", "properties": {"lives": {"type": "integer"}}},
        ]}}},
    });
    check(&pet, &json!({"kind": "Cat", "lives": 9}), &[]);
    check(
        &pet,
        &json!({"kind": "Cat", "lives": "x"}),
        &["/lives: `lives` must be an integer, not the string \"x\""],
    );
    check(
        &pet,
        &json!({"kind": "Cat", "livse": 9}),
        &["/livse: unknown field `livse` in the value; did you mean `lives`?"],
    );
}

#[test]
fn branches_that_only_require_fields_are_listed() {
    let schema = json!({
        "type": "object", "properties": {"a": {}, "b": {}, "c": {}},
        "anyOf": [{"required": ["a"]}, {"required": ["b", "c"]}],
    });
    check(&schema, &json!({"b": 1, "c": 1}), &[]);
    check(&schema, &json!({}), &["/: give `a` or `b` and `c`"]);
}

#[test]
fn the_nearest_branch_speaks_for_several() {
    let schema = json!({"anyOf": [
        {"title": "Person", "type": "object", "properties": {"first": {"type": "string"}, "last": {"type": "string"}}, "required": ["first", "last"]},
        {"title": "Company", "type": "object", "properties": {"company": {"type": "string"}, "seat": {"type": "string"}}, "required": ["company"]},
    ]});
    check(
        &schema,
        &json!({"company": 5}),
        &[
            "/company: the value fits none of its 2 shapes; by the nearest, `Company`: `company` must be a string, not the number 5; write it in quotes, exactly as it is meant",
        ],
    );
}

#[test]
fn a_constant_that_is_contradicted_rules_a_branch_out() {
    let schema = json!({"oneOf": [
        {"type": "object", "properties": {"type": {"const": "workspace"}, "workspace": {"const": true}}, "required": ["workspace"]},
        {"type": "object", "properties": {"type": {"const": "page"}, "page": {"type": "string"}}, "required": ["page"]},
        {"type": "object", "properties": {"block": {"type": "string"}}, "required": ["block"]},
    ]});
    check(
        &schema,
        &json!({"type": "page", "pgae": "x"}),
        &["/: give `page` or `block`", "/pgae: unknown field `pgae` in the value; did you mean `page`?"],
    );
}
