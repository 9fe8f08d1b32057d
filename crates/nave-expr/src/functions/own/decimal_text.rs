//! `decimal_text`: a number written with a fixed number of decimal places.

use super::amount::{amount, rounded};
use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_double, as_text, first, index, make_text, second, third};
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "decimal_text",
        arity: 1,
        parameters: &["places"],
        summary: "The number as a text with so many decimal places, exact; the half is rounded to the even neighbour.",
        is_jq: false,
        examples: &[
            Example { program: "decimal_text(2)", input: "1234.5", output: r#""1234.50""# },
            Example { program: "decimal_text(0)", input: r#""2.5""#, output: r#""2""# },
            Example {
                program: "decimal_text(-1)",
                input: "1",
                output: "error: number (-1) is no number of decimal places",
            },
        ],
        run: |meter, input, arguments| {
            let text = fixed(input, first(arguments))?;
            make_text(meter, text)
        },
        types: |input, arguments| {
            Call::new("decimal_text", input, arguments)
                .input(&[Number, Text])?
                .argument(0, &[Number])?
                .gives(Type::text())
        },
    },
    Function {
        name: "decimal_text",
        arity: 3,
        parameters: &["places", "decimal", "group"],
        summary: "The same with these separators: the decimal one, and the one between groups of three digits, which may be empty.",
        is_jq: false,
        examples: &[
            Example {
                program: r#"decimal_text(2; ","; ".")"#,
                input: "-1234567.5",
                output: r#""-1.234.567,50""#,
            },
            Example { program: r#"decimal_text(0; "."; "")"#, input: "1234567", output: r#""1234567""# },
        ],
        run: separated,
        types: |input, arguments| {
            Call::new("decimal_text", input, arguments)
                .input(&[Number, Text])?
                .argument(0, &[Number])?
                .argument(1, &[Text])?
                .argument(2, &[Text])?
                .gives(Type::text())
        },
    },
];

fn fixed<'a>(input: &Value<'_>, places: &Value<'_>) -> Result<String, Error<'a>> {
    let amount = amount(input, "is no decimal number")?;
    let known = as_double(places).filter(|number| number.fract() == 0.0).and_then(index);
    let places = known.ok_or_else(|| type_error(places, "is no number of decimal places"))?;
    rounded(&amount, places).ok_or_else(|| Error::new("the number has too many digits to be written out"))
}

fn separated<'a>(meter: &Meter, input: &Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let (Some(point), Some(group)) = (as_text(second(arguments)), as_text(third(arguments))) else {
        return Err(Error::new("the separators of `decimal_text` must be texts"));
    };
    let text = fixed(input, first(arguments))?;
    let (sign, size) = match text.strip_prefix('-') {
        Some(size) => ("-", size),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    // A thousand digits need a third of it in separators.
    meter.bytes(group.len().saturating_mul(whole.len()).saturating_add(point.len()))?;
    let mut written = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            written.push_str(group);
        }
        written.push(digit);
    }
    if !fraction.is_empty() {
        written.push_str(point);
        written.push_str(fraction);
    }
    make_text(meter, written)
}
