//! Every function does what its examples say, and nothing panics or goes on beyond its budget.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::budget::Budget;

/// The value of `name` or `name(json; json)` on an input; `None` for other programs.
fn run<'a>(
    meter: &Meter,
    program: &str,
    input: &'a Json,
    arguments: &'a [Json],
) -> Option<Result<Value<'a>, Error<'a>>> {
    let name = program.split('(').next().unwrap();
    let function = find(name, arguments.len())?;
    let arguments: Vec<Value<'_>> = arguments.iter().map(Value::from).collect();
    Some((function.run)(meter, &Value::from(input), &arguments))
}

fn text(value: &Value<'_>) -> String {
    let mut text = String::new();
    value.write_text(&Meter::new(Budget::default()), &mut text).unwrap();
    text
}

fn arguments(program: &str) -> Option<Vec<Json>> {
    let Some((_, list)) = program.strip_suffix(')').and_then(|program| program.split_once('(')) else {
        return Some(Vec::new());
    };
    list.split("; ").map(|argument| serde_json::from_str(argument).ok()).collect()
}

#[test]
fn examples_hold() {
    let mut skipped = Vec::new();
    let mut wrong = Vec::new();
    for function in all() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for example in function.examples {
            let input: Json =
                serde_json::from_str(example.input).unwrap_or_else(|error| panic!("{example:?}: {error}"));
            let (inputs, program) =
                match example.program.strip_prefix("map(").and_then(|program| program.strip_suffix(')')) {
                    Some(inner) => (input.as_array().unwrap().clone(), inner),
                    None => (vec![input.clone()], example.program),
                };
            let Some(arguments) = arguments(program)
                .filter(|list| find(program.split('(').next().unwrap(), list.len()).is_some())
            else {
                skipped.push(example.program);
                continue;
            };
            let meter = Meter::new(Budget::default());
            let results: Result<Vec<String>, String> = inputs
                .iter()
                .map(|input| match run(&meter, program, input, &arguments).unwrap() {
                    Ok(value) => Ok(text(&value)),
                    Err(Error::Raised { value: Value::Text(message), .. }) => {
                        Err(format!("error: {}", message.as_str()))
                    }
                    Err(other) => panic!("{other:?}"),
                })
                .collect();
            let found = match results {
                Ok(values) if example.program.starts_with("map(") => format!("[{}]", values.join(",")),
                Ok(values) => values.concat(),
                Err(message) => message,
            };
            let expected = match serde_json::from_str::<Json>(example.output) {
                Ok(json) => text(&Value::from(&json)),
                Err(_) => example.output.to_owned(),
            };
            if found != expected {
                wrong.push(format!("{} on {}: {found}, not {expected}", example.program, example.input));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?} skipped {skipped:#?}");
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
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever it is called on, a function gives a value, fails, or ends at its budget; and what a type
    /// rule refuses never gives a value, while what it lets through is of the type it tells.
    #[test]
    fn nothing_panics_and_types_hold(
        input in values(),
        arguments in prop::collection::vec(values(), 3),
        steps in 1_u64..200,
    ) {
        for function in all() {
            let arguments = &arguments[..function.arity];
            let call = |budget| {
                let meter = Meter::new(budget);
                let arguments: Vec<Value<'_>> = arguments.iter().map(Value::from).collect();
                let found = (function.run)(&meter, &Value::from(&input), &arguments);
                found.map(|value| value.to_json())
            };
            let found = call(Budget::default());
            drop(call(Budget { steps, bytes: steps, depth: 2 }));
            let types: Vec<Type<'_>> = arguments.iter().map(Type::constant).collect();
            match (found, (function.types)(&Type::constant(&input), &types)) {
                (Ok(value), Ok(typed)) => {
                    prop_assert!(
                        typed.output.accepts(&value),
                        "{} on {input} with {arguments:?} gives {value}, not {:?}", function.name, typed.output
                    );
                }
                // A wrong argument may go unused: `join` of one item needs no separator.
                (Ok(_), Err(complaint)) if complaint.message.starts_with("the ") => {}
                // By accident of how jq says them, these give something where it makes no sense.
                (Ok(_), Err(_)) if ["reverse", "indices", "index", "rindex"].contains(&function.name) => {}
                (Ok(value), Err(complaint)) => {
                    prop_assert!(false, "{} on {input} with {arguments:?} gives {value}: {complaint:?}", function.name);
                }
                (Err(Error::Raised { value, .. }), _) => prop_assert!(matches!(value, Value::Text(_))),
                (Err(_), _) => {}
            }
        }
    }
}

#[test]
fn the_documentation_is_what_the_functions_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/functions.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    assert!(
        committed == reference(),
        "docs/functions.md is not what the functions say: run this test with UPDATE=1"
    );
}
