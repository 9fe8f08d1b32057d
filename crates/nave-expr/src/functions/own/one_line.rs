//! `one_line`: a text without line breaks.

use crate::functions::failure::type_error;
use crate::functions::run::{as_text, make_text};
use crate::functions::signature::{Call, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "one_line",
    arity: 0,
    parameters: &[],
    summary: "The text with one space for every run of spaces, tabs and line breaks, and none at its ends.",
    is_jq: false,
    examples: &[
        Example {
            program: "one_line",
            input: r#""  Main St. 5\r\n\tBerlin ""#,
            output: r#""Main St. 5 Berlin""#,
        },
        Example { program: "one_line", input: r#""\n""#, output: r#""""# },
    ],
    run: |meter, input, _| {
        let text = as_text(input).ok_or_else(|| type_error(input, "is no text to put on one line"))?;
        meter.bytes(text.len())?;
        make_text(meter, text.split_whitespace().collect::<Vec<_>>().join(" "))
    },
    types: |input, arguments| Call::new("one_line", input, arguments).input(&[Text])?.gives(Type::text()),
}];
