//! What numbers are, beside calculating with them.

use std::num::FpCategory;

use crate::functions::failure::type_error;
use crate::functions::run::as_double;
use crate::functions::signature::{Call, List, Number, Object, Text};
use crate::functions::{Example, Function};
use crate::types::{Booleans, Numbers, Type};
use crate::value::{Number as Held, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        arity: 0,
        parameters: &[],
        summary: "A number without its sign, with all its digits; texts, lists and objects as they are.",
        is_jq: true,
        examples: &[
            Example { program: "map(abs)", input: r#"[-1.50, 2, "a"]"#, output: r#"[1.50, 2, "a"]"# },
            Example { program: "abs", input: "null", output: "error: null (null) cannot be negated" },
        ],
        run: |_, input, _| match input {
            Value::Null | Value::Bool(_) => Err(type_error(input, "cannot be negated")),
            // A written number counts digit by digit, so that none is too small to have a sign.
            Value::Number(number) if number.order(&Held::written("0")).is_lt() => {
                Ok(Value::Number(number.negated()))
            }
            other => Ok(other.clone()),
        },
        types: |input, arguments| {
            let size = |numbers: &Numbers| Numbers {
                integer: numbers.integer,
                least: Some(0.0),
                ..Numbers::default()
            };
            let numbers = input.numbers.as_ref().map(size);
            let output = Type { numbers, null: false, booleans: Booleans::default(), ..input.clone() };
            Call::new("abs", input, arguments).input(&[Number, Text, List, Object])?.gives(output)
        },
    },
    Function {
        name: "infinite",
        arity: 0,
        parameters: &[],
        summary: "The number beyond all others; as JSON it is 1.7976931348623157e+308.",
        is_jq: true,
        examples: &[Example { program: "infinite > 1e308", input: "null", output: "true" }],
        run: |_, _, _| Ok(Value::number(f64::INFINITY)),
        types: |input, arguments| Call::new("infinite", input, arguments).gives(Type::number()),
    },
    Function {
        name: "nan",
        arity: 0,
        parameters: &[],
        summary: "What is no number, below all numbers and equal to nothing; as JSON it is null.",
        is_jq: true,
        examples: &[Example {
            program: "[nan] | [sort, (.[0] == .[0])] | tojson",
            input: "null",
            output: r#""[[null],false]""#,
        }],
        run: |_, _, _| Ok(Value::number(f64::NAN)),
        types: |input, arguments| Call::new("nan", input, arguments).gives(Type::number().or_null()),
    },
    Function {
        name: "isinfinite",
        arity: 0,
        parameters: &[],
        summary: "Whether a number is beyond all others or below them.",
        is_jq: true,
        examples: &[Example {
            program: "[isinfinite, (-infinite | isinfinite)]",
            input: "1",
            output: "[false, true]",
        }],
        run: |_, input, _| Ok(Value::Bool(as_double(input).is_some_and(f64::is_infinite))),
        types: |input, arguments| Call::new("isinfinite", input, arguments).gives(Type::boolean()),
    },
    Function {
        name: "isfinite",
        arity: 0,
        parameters: &[],
        summary: "Whether the value is a number that is not infinite.",
        is_jq: true,
        examples: &[Example { program: "map(isfinite)", input: r#"[1, "1"]"#, output: "[true, false]" }],
        run: |_, input, _| Ok(Value::Bool(as_double(input).is_some_and(|number| !number.is_infinite()))),
        types: |input, arguments| Call::new("isfinite", input, arguments).gives(Type::boolean()),
    },
    Function {
        name: "isnan",
        arity: 0,
        parameters: &[],
        summary: "Whether the value is no number though it counts as one.",
        is_jq: true,
        examples: &[Example { program: "[isnan, (nan | isnan)]", input: "1", output: "[false, true]" }],
        run: |_, input, _| Ok(Value::Bool(as_double(input).is_some_and(f64::is_nan))),
        types: |input, arguments| Call::new("isnan", input, arguments).gives(Type::boolean()),
    },
    Function {
        name: "isnormal",
        arity: 0,
        parameters: &[],
        summary: "Whether a number is neither zero, nor so small that digits are lost, nor infinite.",
        is_jq: true,
        examples: &[Example {
            program: "map(isnormal)",
            input: "[1, 0, 1e-310]",
            output: "[true, false, false]",
        }],
        run: |_, input, _| {
            Ok(Value::Bool(as_double(input).is_some_and(|number| number.classify() == FpCategory::Normal)))
        },
        types: |input, arguments| Call::new("isnormal", input, arguments).gives(Type::boolean()),
    },
    Function {
        name: "have_literal_numbers",
        arity: 0,
        parameters: &[],
        summary: "true: numbers keep the digits they were written with.",
        is_jq: true,
        examples: &[Example { program: "have_literal_numbers", input: "null", output: "true" }],
        run: |_, _, _| Ok(Value::Bool(true)),
        types: |input, arguments| Call::new("have_literal_numbers", input, arguments).gives(yes()),
    },
    Function {
        name: "have_decnum",
        arity: 0,
        parameters: &[],
        summary: "true: numbers that were written are compared digit by digit.",
        is_jq: true,
        examples: &[Example { program: "have_decnum", input: "null", output: "true" }],
        run: |_, _, _| Ok(Value::Bool(true)),
        types: |input, arguments| Call::new("have_decnum", input, arguments).gives(yes()),
    },
];

fn yes<'a>() -> Type<'a> {
    Type { booleans: Booleans { yes: true, no: false }, ..Type::default() }
}
