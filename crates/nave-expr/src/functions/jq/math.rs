//! The functions of C's mathematical library that jq has. One library calculates them on every machine,
//! so that a run repeated elsewhere gives the same digits.

use crate::error::Error;
use crate::functions::failure::{calculated, type_error, type_error_of_two};
use crate::functions::run::{as_double, first, second, third};
use crate::functions::{Example, Function, Rule, Run};
use crate::value::Value;

mod library;
mod one;
mod rules;
mod two;

pub(super) use one::ONE;
use rules::{of_arguments, two_numbers};
pub(super) use two::TWO;

/// Functions that take or give other numbers of numbers.
pub(super) const OTHERS: &[Function] = &[
    Function {
        name: "fma",
        arity: 3,
        parameters: &["x", "y", "z"],
        summary: "The product of the first two numbers and the third added, rounded once.",
        is_jq: true,
        examples: &[
            Example { program: "fma(2; 3; 4)", input: "null", output: "10" },
            Example {
                program: r#"fma(2; "3"; 4)"#,
                input: "null",
                output: r#"error: string ("3") number required"#,
            },
        ],
        run: |_, _, arguments| {
            let (one, other) = (first(arguments), second(arguments));
            let (a, b, c) = (number(one)?, number(other)?, number(third(arguments))?);
            let failure = || type_error_of_two(one, other, "have no result that is a number");
            calculated(libm::fma(a, b, c), &[a, b, c], failure)
        },
        types: |input, arguments| of_arguments("fma", input, arguments),
    },
    function(
        "frexp",
        0,
        "The number as a fraction from 0.5 up to 1 and the power of two it is to be multiplied by.",
        &[Example { program: "frexp", input: "10", output: "[0.625, 4]" }],
        |_, input, _| {
            let (fraction, exponent) = libm::frexp(number(input)?);
            Ok(Value::array(vec![Value::number(fraction), Value::number(f64::from(exponent))]))
        },
        |input, arguments| two_numbers("frexp", input, arguments),
    ),
    function(
        "modf",
        0,
        "The fraction and the whole part of a number.",
        &[Example { program: "modf", input: "-3.25", output: "[-0.25, -3]" }],
        |_, input, _| {
            let (fraction, whole) = library::modf(number(input)?);
            Ok(Value::array(vec![Value::number(fraction), Value::number(whole)]))
        },
        |input, arguments| two_numbers("modf", input, arguments),
    ),
    function(
        "lgamma_r",
        0,
        "The logarithm of the gamma function's size, and its sign.",
        &[Example { program: "lgamma_r", input: "1", output: "[0, 1]" }],
        |_, input, _| {
            let (logarithm, sign) = libm::lgamma_r(number(input)?);
            Ok(Value::array(vec![Value::number(logarithm), Value::number(f64::from(sign))]))
        },
        |input, arguments| two_numbers("lgamma_r", input, arguments),
    ),
];

const fn function(
    name: &'static str,
    arity: usize,
    summary: &'static str,
    examples: &'static [Example],
    run: Run,
    types: Rule,
) -> Function {
    let parameters: &[&str] = match arity {
        0 => &[],
        _ => &["x", "y"],
    };
    Function { name, arity, parameters, summary, is_jq: true, examples, run, types }
}

fn number<'a>(value: &Value<'_>) -> Result<f64, Error<'a>> {
    as_double(value).ok_or_else(|| type_error(value, "number required"))
}

fn one<'a>(input: &Value<'a>, function: fn(f64) -> f64) -> Result<Value<'a>, Error<'a>> {
    let given = number(input)?;
    calculated(function(given), &[given], || type_error(input, "has no result that is a number"))
}

fn two<'a>(arguments: &[Value<'a>], function: fn(f64, f64) -> f64) -> Result<Value<'a>, Error<'a>> {
    let (one, other) = (first(arguments), second(arguments));
    let (a, b) = (number(one)?, number(other)?);
    let failure = || type_error_of_two(one, other, "have no result that is a number");
    calculated(function(a, b), &[a, b], failure)
}
