//! `only_digits`: what is left of a number that was written with decoration.

use crate::functions::failure::type_error;
use crate::functions::run::{as_text, make_text};
use crate::functions::signature::{Call, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "only_digits",
    arity: 0,
    parameters: &[],
    summary: "The digits 0 to 9 of a text, and nothing else.",
    is_jq: false,
    examples: &[
        Example { program: "only_digits", input: r#""DE 12-345.678""#, output: r#""12345678""# },
        Example {
            program: "only_digits",
            input: "5",
            output: "error: number (5) is no text to take digits from",
        },
    ],
    run: |meter, input, _| {
        let text = as_text(input).ok_or_else(|| type_error(input, "is no text to take digits from"))?;
        meter.steps(text.len() / 16)?;
        make_text(meter, text.chars().filter(char::is_ascii_digit).collect::<String>())
    },
    types: |input, arguments| Call::new("only_digits", input, arguments).input(&[Text])?.gives(Type::text()),
}];
