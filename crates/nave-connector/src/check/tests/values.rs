//! Single values and objects.

use super::*;

#[test]
fn types() {
    check(&json!({"type": "integer"}), &json!(5), &[]);
    check(&json!({"type": "integer"}), &json!(5.0), &[]);
    check(&json!({"type": "number"}), &json!(5), &[]);
    check(
        &json!({"type": "integer"}),
        &json!("5"),
        &[
            "/: the value must be an integer, not the string \"5\"; write the number without quotes and without a fraction",
        ],
    );
    check(
        &json!({"type": ["string", "null"]}),
        &json!([1]),
        &["/: the value must be a string or null, not an array of one item"],
    );
    check(
        &json!({"type": "array"}),
        &json!("a"),
        &["/: the value must be an array, not the string \"a\"; give a list, in brackets, even of one"],
    );
    check(
        &object(&json!({"a": {"type": "string"}})),
        &json!({"a": null}),
        &["/a: `a` must be a string, not null; leave it out where there is no value"],
    );
}

#[test]
fn null_is_a_value_only_where_it_is_allowed() {
    check(&json!({"type": "string", "nullable": true, "enum": ["a"]}), &json!(null), &[]);
    check(&json!({"type": ["string", "null"]}), &json!(null), &[]);
    check(&json!({"nullable": true, "allOf": [{"type": "object"}]}), &json!(null), &[]);
}

#[test]
fn texts_and_numbers() {
    check(&json!({"maxLength": 2}), &json!("äö"), &[]);
    check(
        &json!({"maxLength": 2}),
        &json!("abc"),
        &["/: the value is too long: 3 characters, at most 2 are allowed"],
    );
    check(&json!({"minLength": 1}), &json!(""), &["/: the value must not be empty"]);
    check(
        &json!({"pattern": "^[a-z]+$"}),
        &json!("A"),
        &["/: the value must match `^[a-z]+$`; \"A\" does not"],
    );
    check(&json!({"pattern": "^(?=x)"}), &json!("A"), &[]);
    check(&json!({"minimum": 1}), &json!(0), &["/: the value must be at least 1, not 0"]);
    check(
        &json!({"minimum": 1, "exclusiveMinimum": true}),
        &json!(1),
        &["/: the value must be more than 1, not 1"],
    );
    check(&json!({"exclusiveMaximum": 5}), &json!(5), &["/: the value must be less than 5, not 5"]);
    check(
        &json!({"multipleOf": 0.01}),
        &json!(4.999),
        &["/: the value must be a multiple of 0.01, not 4.999"],
    );
    check(
        &json!({"type": "integer", "format": "int32"}),
        &json!(3_000_000_000_u32),
        &["/: the value must be between -2147483648 and 2147483647 (int32), not 3000000000"],
    );
    check(
        &json!({"format": "date"}),
        &json!("23.11.2026"),
        &["/: the value must be a date such as `2026-11-23`, not \"23.11.2026\""],
    );
}

#[test]
fn enumerations_name_the_nearest_value() {
    let schema = json!({"enum": ["duplicate", "fraudulent", "requested_by_customer"]});
    check(
        &schema,
        &json!("fraud"),
        &[
            "/: the value must be one of `duplicate`, `fraudulent` or `requested_by_customer`, not \"fraud\"; did you mean `fraudulent`?",
        ],
    );
    check(&json!({"const": "a"}), &json!("b"), &["/: the value must be \"a\", not \"b\""]);
    let many: Vec<String> = (0..2_000).map(|n| format!("zone-{n:04}")).collect();
    let found = problems(Dialect::OpenApi30, &json!({"enum": many}), &json!("zone-12x4"), Direction::Request);
    assert!(found[0].len() < 300, "{found:?}");
    assert!(found[0].contains("(2000 in all)") && found[0].contains("did you mean `zone-1204`"), "{found:?}");
}

#[test]
fn given_values_are_shown_short_and_secrets_not_at_all() {
    let long = "x".repeat(500);
    let found = problems(Dialect::OpenApi30, &json!({"type": "integer"}), &json!(long), Direction::Request);
    assert!(found[0].len() < 120, "{found:?}");
    check(
        &object(&json!({"api_key": {"type": "string", "pattern": "^sk_"}})),
        &json!({"api_key": "hunter2"}),
        &["/api_key: `api_key` must match `^sk_`; a string of 7 characters (not shown) does not"],
    );
}

#[test]
fn arrays() {
    let schema = json!({"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": true});
    check(&schema, &json!([1, 2]), &[]);
    check(&schema, &json!([]), &["/: the value must have at least 1 items, not an empty array"]);
    check(&schema, &json!([1, 1]), &["/: the value must not repeat an item: items 0 and 1 are the same"]);
    check(&schema, &json!([1, "x"]), &["/1: `[1]` must be an integer, not the string \"x\""]);
}

#[test]
fn objects_are_closed_in_requests() {
    let schema = object(&json!({"amount": {"type": "integer"}, "reason": {"type": "string"}}));
    check(&schema, &json!({"amount": 5}), &[]);
    check(
        &schema,
        &json!({"amuont": 5}),
        &["/amuont: unknown field `amuont` in the value; did you mean `amount`?"],
    );
    check(
        &schema,
        &json!({"zzz": 5}),
        &["/zzz: unknown field `zzz` in the value; it takes `amount`, `reason`"],
    );
    assert!(problems(Dialect::OpenApi30, &schema, &json!({"zzz": 5}), Direction::Response).is_empty());
    check(&json!({"type": "object"}), &json!({"anything": 1}), &[]);
    check(&json!({"properties": {"a": {}}, "additionalProperties": true}), &json!({"b": 1}), &[]);
    check(&json!({"properties": {"a": {}}, "patternProperties": {"^x-": {}}}), &json!({"x-b": 1}), &[]);
}

#[test]
fn closed_objects_count_the_fields_of_all_parts() {
    let closed =
        |name: &str| json!({"properties": {name: {"type": "integer"}}, "additionalProperties": false});
    let schema = json!({"allOf": [closed("a"), closed("b")]});
    check(&schema, &json!({"a": 1, "b": 2}), &[]);
    check(&schema, &json!({"a": 1, "c": 2}), &["/c: unknown field `c` in the value; did you mean `b`?"]);
}

#[test]
fn required_fields() {
    let schema = json!({
        "type": "object",
        "properties": {"id": {"readOnly": true}, "amount": {"type": "integer"}, "at": {"type": "object",
            "properties": {"zone": {"enum": ["a", "b"]}}, "required": ["zone"]}},
        "required": ["id", "amount"],
    });
    check(&schema, &json!({"amount": 1}), &[]);
    check(&schema, &json!({}), &["/amount: `amount` is required (integer)"]);
    check(
        &schema,
        &json!({"amuont": 1}),
        &["/amuont: unknown field `amuont` in the value; did you mean `amount`, which is required?"],
    );
    check(
        &schema,
        &json!({"amount": 1, "at": {}}),
        &["/at/zone: `zone` is required in `at` (one of `a` or `b`)"],
    );
    check(
        &schema,
        &json!({"amount": 1, "id": "x"}),
        &["/id: `id` is set by the system and cannot be sent; leave it out"],
    );
}

#[test]
fn fields_in_the_wrong_place_are_told_where_they_belong() {
    let schema = object(&json!({
        "metadata": object(&json!({"colour": {}})),
        "items": {"type": "array", "items": object(&json!({"price": {}}))},
        "quantity": {},
    }));
    check(
        &schema,
        &json!({"colour": 1}),
        &["/colour: unknown field `colour` in the value; `colour` belongs inside `metadata`"],
    );
    check(
        &schema,
        &json!({"price": 1}),
        &["/price: unknown field `price` in the value; `price` belongs inside `items[]`"],
    );
    check(
        &schema,
        &json!({"metadata": {"quantity": 1}}),
        &[
            "/metadata/quantity: unknown field `quantity` in `metadata`; `quantity` belongs beside `metadata`, not inside it",
        ],
    );
    check(
        &schema,
        &json!({"data": {"quantity": 1}}),
        &[
            "/data: unknown field `data` in the value; did you mean `metadata`? Or: give what is inside `data` directly, without `data` around it",
        ],
    );
}

#[test]
fn fields_that_need_each_other() {
    check(
        &json!({"dependentRequired": {"card": ["cvc"]}}),
        &json!({"card": 1}),
        &["/cvc: `cvc` is required where `card` is given"],
    );
    let schema = json!({
        "if": {"properties": {"kind": {"const": "card"}}, "required": ["kind"]},
        "then": {"required": ["number"]}, "else": {"required": ["iban"]},
    });
    check(&schema, &json!({"kind": "card"}), &["/number: `number` is required"]);
    check(&schema, &json!({"kind": "sepa"}), &["/iban: `iban` is required"]);
    check(&json!({"minProperties": 1}), &json!({}), &["/: the value must have at least 1 fields, not 0"]);
    check(
        &json!({"propertyNames": {"pattern": "^[a-z]+$"}}),
        &json!({"A": 1}),
        &["/A: `A` is not allowed as a name in the value"],
    );
}

#[test]
fn files_are_texts_or_base64_objects() {
    let schema = object(&json!({"file": {"type": "string", "format": "binary"}, "name": {"type": "string"}}));
    check(&schema, &json!({"file": {"base64": "aGk=", "filename": "a.txt"}}), &[]);
    check(&schema, &json!({"file": "hi"}), &[]);
    check(&schema, &json!({"name": {"base64": "aGk="}}), &["/name: `name` must be a string, not an object"]);
}

#[test]
fn references_keep_or_lose_their_siblings_by_dialect() {
    let schema = json!({"$ref": "#/$defs/s", "maxLength": 1, "$defs": {"s": {"type": "string"}}});
    let given = json!("abc");
    assert_eq!(problems(Dialect::Draft7, &schema, &given, Direction::Request).len(), 0);
    assert_eq!(problems(Dialect::Draft2020, &schema, &given, Direction::Request).len(), 1);
    check(
        &json!({"$ref": "#/nowhere"}),
        &json!(1),
        &["/: the value cannot be checked: the reference `#/nowhere` leads nowhere"],
    );
}
