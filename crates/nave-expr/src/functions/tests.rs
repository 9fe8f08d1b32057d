//! Every function does what its examples say, and nothing panics or goes on beyond its budget.

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
            assert_eq!(found, expected, "{} on {}", example.program, example.input);
        }
    }
    eprintln!("skipped: {skipped:?}");
}

#[test]
fn names_are_told_once() {
    let mut seen = std::collections::BTreeSet::new();
    for function in all() {
        assert!(seen.insert((function.name, function.arity)), "{}", function.name);
        assert!(function.summary.ends_with('.'), "{}", function.name);
    }
}
