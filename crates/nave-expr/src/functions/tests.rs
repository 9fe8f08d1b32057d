//! Every function does what its examples say, and nothing panics or goes on beyond its budget.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::Program;
use crate::budget::Budget;
use crate::types::fixture::Document;

#[test]
fn examples_hold() {
    let mut wrong = Vec::new();
    for function in all() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for example in function.examples {
            let found = run(example);
            let expected = match serde_json::from_str::<Json>(example.output) {
                Ok(json) => json.to_string(),
                Err(_) => example.output.to_owned(),
            };
            let is_of_it = example.program.contains(function.name);
            if found != expected || !is_of_it {
                wrong.push(format!("{} on {}: {found}, not {expected}", example.program, example.input));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What an example gives: JSON, digits as they are written, or the message behind `error: `.
fn run(example: &Example) -> String {
    let input: Json = serde_json::from_str(example.input).unwrap();
    let program =
        Program::compile(example.program, &[]).unwrap_or_else(|wrong| panic!("{example:?}: {wrong:?}"));
    match program.one(&input, &[], Budget::default()) {
        Ok(json) => json.to_string(),
        Err(fault) => format!("error: {}", fault.message),
    }
}

#[test]
fn names_are_told_once() {
    let mut seen = std::collections::BTreeSet::new();
    for function in all() {
        assert!(seen.insert((function.name, function.arity)), "{}", function.name);
        assert!(function.summary.ends_with('.'), "{}", function.name);
        assert_eq!(function.parameters.len(), function.arity, "{}", function.name);
    }
}

/// Values of every sort, with the texts that functions look into.
fn values() -> impl Strategy<Value = Json> {
    let texts = prop::sample::select(vec![
        "",
        "a",
        "EUR",
        "DE",
        "+49 170 1234567",
        "jo@example.com",
        "Dr. Jo van Doe, Jr.",
        "2024-02-29",
        "2024-02-29T12:00:00Z",
        "Europe/Berlin",
        "%Y-%m-%d",
        "%999d%c%Z%s",
        "1.234,56",
        "12345678901234567890.5",
        "1e99999",
        "-1e-99999",
        "nan",
        "[1,{\"a\":null}]",
        "ü\u{0}\u{7f}😀",
        "true",
        ",",
        ".",
    ]);
    let numbers = prop::sample::select(vec![
        "0",
        "-0",
        "1",
        "-1",
        "2.5",
        "1e400",
        "-1e-400",
        "9007199254740993",
        "1709251199.5",
        "1e18",
        "4294967296",
        "0.1",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        numbers.prop_map(|number| number.parse().map(Json::Number).unwrap()),
        any::<f64>().prop_map(Json::from),
        texts.prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let names = prop::sample::select(vec!["key", "Name", "value", "given", "suffix", "x"])
            .prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::vec((names, inner), 0..5)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever it is called on, a function gives a value, fails, or ends at its budget; and what a type
    /// rule refuses never gives a value, while what it lets through is of the type it tells.
    #[test]
    fn nothing_panics_and_types_hold(
        input in values(),
        other in values(),
        arguments in prop::collection::vec(values(), 3),
        steps in 1_u64..200,
    ) {
        for function in all() {
            let arguments = &arguments[..function.arity];
            let call = |budget| {
                let meter = Meter::new(budget);
                let arguments: Vec<Value<'_>> = arguments.iter().map(Value::from).collect();
                let found = function.call(&meter, &Value::from(&input), &arguments);
                found.map(|value| value.to_json())
            };
            let found = call(Budget::default());
            drop(call(Budget { steps, bytes: steps, depth: 2 }));
            match found {
                Ok(value) => {
                    let arguments: Vec<Type<'_>> = arguments.iter().map(Type::constant).collect();
                    let input = Type::constant(&input);
                    let either = input.union(&Type::constant(&other));
                    for input in [input, either] {
                        let typed = (function.types)(&input, &arguments);
                        prop_assert!(
                            is_told(function, &typed, &value),
                            "{} of {input:?} with {arguments:?} gives {value}, not {typed:?}", function.name
                        );
                    }
                }
                Err(Error::Raised { value, .. }) => prop_assert!(matches!(value, Value::Text(_))),
                Err(_) => {}
            }
        }
    }
}

/// Whether a type rule that said this allows a function to give that.
fn is_told(function: &Function, typed: &Result<Typed<'_>, Complaint>, value: &Json) -> bool {
    match typed {
        Ok(typed) => typed.output.accepts(value),
        // A wrong argument may go unused (`join` of one item needs no separator), and by accident of how jq
        // says them a few functions give something where it makes no sense.
        Err(complaint) => gives_by_accident(function) || complaint.message.starts_with("the "),
    }
}

#[test]
fn the_documentation_is_what_the_functions_say() {
    let committed = include_str!("../../../../docs/functions.md");
    let advice = "cargo run -p nave-expr --example functions > docs/functions.md";
    assert!(committed == reference(), "docs/functions.md is not what the functions say: {advice}");
}

/// What a function gives by its types; inputs and arguments are JSON Schemas.
#[track_caller]
fn types(name: &str, input: &Json, arguments: &[Json], expected: &str) {
    let all = std::iter::once(input).chain(arguments).cloned().collect::<Vec<Json>>();
    let schemas = Document::new(Json::Array(all));
    let input = schemas.at("/0");
    let arguments: Vec<Type<'_>> =
        (1..=arguments.len()).map(|number| schemas.at(&format!("/{number}"))).collect();
    let function = find(name, arguments.len()).unwrap();
    let found = match (function.types)(&input, &arguments) {
        Ok(Typed { output, may_fail: None }) => output.to_string(),
        Ok(Typed { output, may_fail: Some(why) }) => format!("{output}; {why}"),
        Err(complaint) => format!("no: {}", complaint.message),
    };
    assert_eq!(found, expected, "{name}");
}

#[test]
fn types_are_as_exact_as_they_can_be() {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let code = |codes: &[&str]| json!({"enum": codes});
    types("sort", &texts, &[], "list of string");
    types("min", &texts, &[], "string or null");
    types("min", &json!({"type": "array", "items": {"type": "integer"}, "minItems": 1}), &[], "integer");
    types("length", &json!({"type": ["string", "null"]}), &[], "integer of at least 0");
    types("tonumber", &json!({"type": ["string", "null"]}), &[], "number; `tonumber` fails on null");
    types("tonumber", &json!({"enum": ["1", "x"]}), &[], "number; `tonumber` fails on \"x\"");
    types("tonumber", &json!({"enum": ["x"]}), &[], "no: `tonumber` fails on \"x\"");
    types(
        "join",
        &json!({"type": "number"}),
        &[json!({"type": "string"})],
        "no: `join` works on a list or an object, and this is a number",
    );
    types("add", &json!({"type": "array", "items": {"type": "integer"}}), &[], "integer or null");
    types(
        "keys",
        &json!({"type": "object", "properties": {"a": {}, "b": {}}, "additionalProperties": false}),
        &[],
        "list of one of \"a\" or \"b\"",
    );
    types("keys", &json!({"type": "object", "properties": {"a": {}}}), &[], "list of string");
    types(
        "flatten",
        &json!({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
        &[],
        "list of integer",
    );
    types("ascii_downcase", &code(&["EUR", "USD"]), &[], "one of \"eur\" or \"usd\"");
    types("currency_code", &code(&["eur", "978"]), &[], "\"EUR\"");
    types(
        "to_minor_units",
        &json!({"type": "number"}),
        &[code(&["EUT"])],
        "no: \"EUT\" is no currency of ISO 4217",
    );
    types(
        "to_minor_units",
        &json!({"type": "number"}),
        &[code(&["EUR", "EUT"])],
        "integer; \"EUT\" is no currency of ISO 4217",
    );
    types(
        "to_zone",
        &json!({"type": "string"}),
        &[code(&["Europe/Berln"])],
        "no: \"Europe/Berln\" is no time zone of the IANA database",
    );
    types("blank_to_null", &code(&["", "x"]), &[], "one of \"\" or \"x\" or null");
    types(
        "split",
        &json!({"type": "string"}),
        &[json!({"type": "integer"})],
        "no: the argument of `split` must be a string, and this is a number",
    );
    types("type", &json!({"type": ["string", "null"]}), &[], "one of \"null\" or \"string\"");
    types("not", &json!({"type": "object"}), &[], "false");
    types(
        "split_name",
        &json!({"type": "string"}),
        &[],
        "object with given, middle, family, prefix and 1 more",
    );
}

#[test]
fn long_texts_are_not_looked_through_for_free() {
    let text = Json::from("1".repeat(64_000));
    for function in all() {
        let meter = Meter::new(Budget { steps: 500, ..Budget::default() });
        let arguments = vec![Value::Null; function.arity];
        let found = function.call(&meter, &Value::from(&text), &arguments);
        assert!(matches!(found, Err(Error::Limit { .. })), "{}", function.name);
    }
}
