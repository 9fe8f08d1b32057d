//! The functions of C's mathematical library that jq has. One library calculates them on every machine,
//! so that a run repeated elsewhere gives the same digits.

use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_double, first, second, third};
use crate::functions::signature::{Call, Number};
use crate::functions::{Example, Function, Rule, Run, Typed};
use crate::types::{Complaint, Numbers, Type};
use crate::value::Value;

mod library;

/// Functions of the input.
pub(super) const ONE: &[Function] = &[
    function(
        "acos",
        0,
        "The angle with this cosine.",
        &[Example { program: "acos", input: "1", output: "0" }],
        |_, input, _| one(input, libm::acos),
        |input, arguments| of_input("acos", input, arguments),
    ),
    function(
        "acosh",
        0,
        "The inverse hyperbolic cosine.",
        &[Example { program: "acosh", input: "1", output: "0" }],
        |_, input, _| one(input, libm::acosh),
        |input, arguments| of_input("acosh", input, arguments),
    ),
    function(
        "asin",
        0,
        "The angle with this sine.",
        &[Example { program: "asin", input: "0", output: "0" }],
        |_, input, _| one(input, libm::asin),
        |input, arguments| of_input("asin", input, arguments),
    ),
    function(
        "asinh",
        0,
        "The inverse hyperbolic sine.",
        &[Example { program: "asinh", input: "0", output: "0" }],
        |_, input, _| one(input, libm::asinh),
        |input, arguments| sure("asinh", input, arguments),
    ),
    function(
        "atan",
        0,
        "The angle with this tangent.",
        &[Example { program: "atan", input: "0", output: "0" }],
        |_, input, _| one(input, libm::atan),
        |input, arguments| sure("atan", input, arguments),
    ),
    function(
        "atanh",
        0,
        "The inverse hyperbolic tangent.",
        &[Example { program: "atanh", input: "0", output: "0" }],
        |_, input, _| one(input, libm::atanh),
        |input, arguments| of_input("atanh", input, arguments),
    ),
    function(
        "cbrt",
        0,
        "The cube root.",
        &[Example { program: "cbrt", input: "-27", output: "-3" }],
        |_, input, _| one(input, libm::cbrt),
        |input, arguments| sure("cbrt", input, arguments),
    ),
    function(
        "ceil",
        0,
        "The least whole number that is not below.",
        &[Example { program: "ceil", input: "1.2", output: "2" }],
        |_, input, _| one(input, libm::ceil),
        |input, arguments| whole("ceil", input, arguments),
    ),
    function(
        "cos",
        0,
        "The cosine of an angle.",
        &[Example { program: "cos", input: "0", output: "1" }],
        |_, input, _| one(input, libm::cos),
        |input, arguments| of_input("cos", input, arguments),
    ),
    function(
        "cosh",
        0,
        "The hyperbolic cosine.",
        &[Example { program: "cosh", input: "0", output: "1" }],
        |_, input, _| one(input, libm::cosh),
        |input, arguments| sure("cosh", input, arguments),
    ),
    function(
        "erf",
        0,
        "The error function.",
        &[Example { program: "erf", input: "0", output: "0" }],
        |_, input, _| one(input, libm::erf),
        |input, arguments| sure("erf", input, arguments),
    ),
    function(
        "erfc",
        0,
        "One less the error function.",
        &[Example { program: "erfc", input: "0", output: "1" }],
        |_, input, _| one(input, libm::erfc),
        |input, arguments| sure("erfc", input, arguments),
    ),
    function(
        "exp",
        0,
        "e to this power.",
        &[Example { program: "exp", input: "0", output: "1" }],
        |_, input, _| one(input, libm::exp),
        |input, arguments| sure("exp", input, arguments),
    ),
    function(
        "exp10",
        0,
        "Ten to this power.",
        &[Example { program: "exp10", input: "3", output: "1000" }],
        |_, input, _| one(input, libm::exp10),
        |input, arguments| sure("exp10", input, arguments),
    ),
    function(
        "exp2",
        0,
        "Two to this power.",
        &[Example { program: "exp2", input: "10", output: "1024" }],
        |_, input, _| one(input, libm::exp2),
        |input, arguments| sure("exp2", input, arguments),
    ),
    function(
        "expm1",
        0,
        "e to this power, less one, exact near zero.",
        &[Example { program: "expm1", input: "0", output: "0" }],
        |_, input, _| one(input, libm::expm1),
        |input, arguments| sure("expm1", input, arguments),
    ),
    function(
        "fabs",
        0,
        "The number without its sign, calculated.",
        &[Example { program: "fabs", input: "-1.5", output: "1.5" }],
        |_, input, _| one(input, libm::fabs),
        |input, arguments| sure("fabs", input, arguments),
    ),
    function(
        "floor",
        0,
        "The greatest whole number that is not above.",
        &[Example { program: "floor", input: "-1.2", output: "-2" }],
        |_, input, _| one(input, libm::floor),
        |input, arguments| whole("floor", input, arguments),
    ),
    function(
        "gamma",
        0,
        "The logarithm of the gamma function's size, as `lgamma`.",
        &[Example { program: "gamma", input: "1", output: "0" }],
        |_, input, _| one(input, libm::lgamma),
        |input, arguments| sure("gamma", input, arguments),
    ),
    function(
        "j0",
        0,
        "The Bessel function of the first kind of order 0.",
        &[Example { program: "j0", input: "0", output: "1" }],
        |_, input, _| one(input, libm::j0),
        |input, arguments| of_input("j0", input, arguments),
    ),
    function(
        "j1",
        0,
        "The Bessel function of the first kind of order 1.",
        &[Example { program: "j1", input: "0", output: "0" }],
        |_, input, _| one(input, libm::j1),
        |input, arguments| of_input("j1", input, arguments),
    ),
    function(
        "lgamma",
        0,
        "The logarithm of the gamma function's size.",
        &[Example { program: "lgamma", input: "2", output: "0" }],
        |_, input, _| one(input, libm::lgamma),
        |input, arguments| sure("lgamma", input, arguments),
    ),
    function(
        "log",
        0,
        "The natural logarithm.",
        &[Example { program: "log", input: "1", output: "0" }],
        |_, input, _| one(input, libm::log),
        |input, arguments| of_positive("log", input, arguments),
    ),
    function(
        "log10",
        0,
        "The logarithm to base ten.",
        &[Example { program: "log10", input: "1000", output: "3" }],
        |_, input, _| one(input, libm::log10),
        |input, arguments| of_positive("log10", input, arguments),
    ),
    function(
        "log1p",
        0,
        "The natural logarithm of one more, exact near zero.",
        &[Example { program: "log1p", input: "0", output: "0" }],
        |_, input, _| one(input, libm::log1p),
        |input, arguments| of_input("log1p", input, arguments),
    ),
    function(
        "log2",
        0,
        "The logarithm to base two.",
        &[Example { program: "log2", input: "8", output: "3" }],
        |_, input, _| one(input, libm::log2),
        |input, arguments| of_positive("log2", input, arguments),
    ),
    function(
        "logb",
        0,
        "The exponent of the number's binary form.",
        &[Example { program: "logb", input: "10", output: "3" }],
        |_, input, _| one(input, library::logb),
        |input, arguments| sure("logb", input, arguments),
    ),
    function(
        "nearbyint",
        0,
        "The nearest whole number, of two equally near ones the even one.",
        &[Example { program: "nearbyint", input: "2.5", output: "2" }],
        |_, input, _| one(input, libm::rint),
        |input, arguments| whole("nearbyint", input, arguments),
    ),
    function(
        "rint",
        0,
        "The nearest whole number, of two equally near ones the even one.",
        &[Example { program: "rint", input: "3.5", output: "4" }],
        |_, input, _| one(input, libm::rint),
        |input, arguments| whole("rint", input, arguments),
    ),
    function(
        "round",
        0,
        "The nearest whole number, of two equally near ones the one further from zero.",
        &[Example { program: "round", input: "-2.5", output: "-3" }],
        |_, input, _| one(input, libm::round),
        |input, arguments| whole("round", input, arguments),
    ),
    function(
        "significand",
        0,
        "The number scaled by a power of two to lie from 1 up to 2.",
        &[Example { program: "significand", input: "10", output: "1.25" }],
        |_, input, _| one(input, library::significand),
        |input, arguments| sure("significand", input, arguments),
    ),
    function(
        "sin",
        0,
        "The sine of an angle.",
        &[Example { program: "sin", input: "0", output: "0" }],
        |_, input, _| one(input, libm::sin),
        |input, arguments| of_input("sin", input, arguments),
    ),
    function(
        "sinh",
        0,
        "The hyperbolic sine.",
        &[Example { program: "sinh", input: "0", output: "0" }],
        |_, input, _| one(input, libm::sinh),
        |input, arguments| sure("sinh", input, arguments),
    ),
    function(
        "sqrt",
        0,
        "The square root.",
        &[Example { program: "sqrt", input: "9", output: "3" }],
        |_, input, _| one(input, libm::sqrt),
        |input, arguments| of_positive("sqrt", input, arguments),
    ),
    function(
        "tan",
        0,
        "The tangent of an angle.",
        &[Example { program: "tan", input: "0", output: "0" }],
        |_, input, _| one(input, libm::tan),
        |input, arguments| of_input("tan", input, arguments),
    ),
    function(
        "tanh",
        0,
        "The hyperbolic tangent.",
        &[Example { program: "tanh", input: "0", output: "0" }],
        |_, input, _| one(input, libm::tanh),
        |input, arguments| sure("tanh", input, arguments),
    ),
    function(
        "tgamma",
        0,
        "The gamma function.",
        &[Example { program: "tgamma", input: "5", output: "24" }],
        |_, input, _| one(input, libm::tgamma),
        |input, arguments| of_positive("tgamma", input, arguments),
    ),
    function(
        "trunc",
        0,
        "The number without its fraction.",
        &[Example { program: "trunc", input: "-1.7", output: "-1" }],
        |_, input, _| one(input, libm::trunc),
        |input, arguments| whole("trunc", input, arguments),
    ),
    function(
        "y0",
        0,
        "The Bessel function of the second kind of order 0.",
        &[Example { program: "y0", input: "-1", output: "null" }],
        |_, input, _| one(input, libm::y0),
        |input, arguments| of_input("y0", input, arguments),
    ),
    function(
        "y1",
        0,
        "The Bessel function of the second kind of order 1.",
        &[Example { program: "y1", input: "-1", output: "null" }],
        |_, input, _| one(input, libm::y1),
        |input, arguments| of_input("y1", input, arguments),
    ),
];

/// Functions of two arguments; the input does not count.
pub(super) const TWO: &[Function] = &[
    function(
        "atan2",
        2,
        "The angle of the point with this height and this width.",
        &[Example { program: "atan2(0; 1)", input: "null", output: "0" }],
        |_, _, arguments| two(arguments, libm::atan2),
        |input, arguments| sure_of_arguments("atan2", input, arguments),
    ),
    function(
        "copysign",
        2,
        "The first number with the sign of the second.",
        &[Example { program: "copysign(2; -1)", input: "null", output: "-2" }],
        |_, _, arguments| two(arguments, libm::copysign),
        |input, arguments| sure_of_arguments("copysign", input, arguments),
    ),
    function(
        "drem",
        2,
        "What remains of a division whose quotient is the nearest whole number.",
        &[Example { program: "drem(10; 3)", input: "null", output: "1" }],
        |_, _, arguments| two(arguments, libm::remainder),
        |input, arguments| of_arguments("drem", input, arguments),
    ),
    function(
        "fdim",
        2,
        "How much the first number is above the second, and 0 where it is not.",
        &[Example { program: "fdim(5; 3)", input: "null", output: "2" }],
        |_, _, arguments| two(arguments, libm::fdim),
        |input, arguments| of_arguments("fdim", input, arguments),
    ),
    function(
        "fmax",
        2,
        "The greater of two numbers.",
        &[Example { program: "fmax(1; 2)", input: "null", output: "2" }],
        |_, _, arguments| two(arguments, libm::fmax),
        |input, arguments| sure_of_arguments("fmax", input, arguments),
    ),
    function(
        "fmin",
        2,
        "The lesser of two numbers.",
        &[Example { program: "fmin(1; 2)", input: "null", output: "1" }],
        |_, _, arguments| two(arguments, libm::fmin),
        |input, arguments| sure_of_arguments("fmin", input, arguments),
    ),
    function(
        "fmod",
        2,
        "What remains of a division whose quotient is cut to a whole number.",
        &[Example { program: "fmod(7.5; 2)", input: "null", output: "1.5" }],
        |_, _, arguments| two(arguments, libm::fmod),
        |input, arguments| of_arguments("fmod", input, arguments),
    ),
    function(
        "hypot",
        2,
        "The square root of the sum of two squares.",
        &[Example { program: "hypot(3; 4)", input: "null", output: "5" }],
        |_, _, arguments| two(arguments, libm::hypot),
        |input, arguments| sure_of_arguments("hypot", input, arguments),
    ),
    function(
        "jn",
        2,
        "The Bessel function of the first kind of this order.",
        &[Example { program: "jn(2; 0)", input: "null", output: "0" }],
        |_, _, arguments| two(arguments, library::jn),
        |input, arguments| of_arguments("jn", input, arguments),
    ),
    function(
        "ldexp",
        2,
        "The first number times two to the power of the second.",
        &[Example { program: "ldexp(3; 2)", input: "null", output: "12" }],
        |_, _, arguments| two(arguments, library::ldexp),
        |input, arguments| sure_of_arguments("ldexp", input, arguments),
    ),
    function(
        "nextafter",
        2,
        "The double beside the first number on the way to the second.",
        &[Example { program: "nextafter(1; 1)", input: "null", output: "1" }],
        |_, _, arguments| two(arguments, libm::nextafter),
        |input, arguments| sure_of_arguments("nextafter", input, arguments),
    ),
    function(
        "nexttoward",
        2,
        "The double beside the first number on the way to the second.",
        &[Example { program: "nexttoward(2; 2)", input: "null", output: "2" }],
        |_, _, arguments| two(arguments, libm::nextafter),
        |input, arguments| sure_of_arguments("nexttoward", input, arguments),
    ),
    function(
        "pow",
        2,
        "The first number to the power of the second.",
        &[Example { program: "pow(2; 10)", input: "null", output: "1024" }],
        |_, _, arguments| two(arguments, libm::pow),
        |input, arguments| of_arguments("pow", input, arguments),
    ),
    function(
        "remainder",
        2,
        "What remains of a division whose quotient is the nearest whole number.",
        &[Example { program: "remainder(5; 3)", input: "null", output: "-1" }],
        |_, _, arguments| two(arguments, libm::remainder),
        |input, arguments| of_arguments("remainder", input, arguments),
    ),
    function(
        "scalb",
        2,
        "The first number times two to the power of the second.",
        &[Example { program: "scalb(3; 2)", input: "null", output: "12" }],
        |_, _, arguments| two(arguments, library::scalb),
        |input, arguments| of_arguments("scalb", input, arguments),
    ),
    function(
        "scalbln",
        2,
        "The first number times two to the power of the second.",
        &[Example { program: "scalbln(3; 2)", input: "null", output: "12" }],
        |_, _, arguments| two(arguments, library::ldexp),
        |input, arguments| sure_of_arguments("scalbln", input, arguments),
    ),
    function(
        "yn",
        2,
        "The Bessel function of the second kind of this order.",
        &[Example { program: "yn(2; -1)", input: "null", output: "null" }],
        |_, _, arguments| two(arguments, library::yn),
        |input, arguments| of_arguments("yn", input, arguments),
    ),
];

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
            let (a, b) = (number(first(arguments))?, number(second(arguments))?);
            Ok(Value::number(libm::fma(a, b, number(third(arguments))?)))
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
    Ok(Value::number(function(number(input)?)))
}

fn two<'a>(arguments: &[Value<'a>], function: fn(f64, f64) -> f64) -> Result<Value<'a>, Error<'a>> {
    let a = number(first(arguments))?;
    Ok(Value::number(function(a, number(second(arguments))?)))
}

/// Not a number is written as null.
fn result<'a>() -> Type<'a> {
    Type::number().or_null()
}

fn of_input<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(result())
}

/// Of numbers all of which have a result.
fn sure<'a>(name: &'static str, input: &Type<'a>, arguments: &[Type<'a>]) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(Type::number())
}

/// Of numbers that have a result where they are not below zero.
fn of_positive<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    let lowest = input.numbers.as_ref().and_then(Numbers::lowest);
    let is_positive = !input.is_unknown() && lowest.is_some_and(|lowest| lowest >= 0.0);
    let output = if is_positive { Type::number() } else { result() };
    Call::new(name, input, arguments).input(&[Number])?.gives(output)
}

fn whole<'a>(name: &'static str, input: &Type<'a>, arguments: &[Type<'a>]) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(Type::integer())
}

fn of_arguments<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    numbers(name, input, arguments)?.gives(result())
}

fn sure_of_arguments<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    numbers(name, input, arguments)?.gives(Type::number())
}

fn numbers<'t, 'a>(
    name: &'static str,
    input: &'t Type<'a>,
    arguments: &'t [Type<'a>],
) -> Result<Call<'t, 'a>, Complaint> {
    let mut call = Call::new(name, input, arguments);
    for position in 0..arguments.len() {
        call = call.argument(position, &[Number])?;
    }
    Ok(call)
}

fn two_numbers<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(Type::list(vec![result(), result()]))
}
