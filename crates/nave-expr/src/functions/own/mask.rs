//! `mask`: all but the end of a text made unreadable.

use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_double, as_text, first, index, make_text};
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "mask",
    arity: 1,
    parameters: &["keep"],
    summary: "The text with an asterisk for every character but the last so many. A text that is not longer than what would be kept is masked whole.",
    is_jq: false,
    examples: &[
        Example {
            program: "mask(4)",
            input: r#""DE89370400440532013000""#,
            output: r#""******************3000""#,
        },
        Example { program: "mask(4)", input: r#""1234""#, output: r#""****""# },
        Example { program: "mask(0)", input: r#""süß""#, output: r#""***""# },
        Example {
            program: "mask(-1)",
            input: r#""x""#,
            output: "error: number (-1) is no number of characters to keep",
        },
    ],
    run: |meter, input, arguments| {
        let text = as_text(input).ok_or_else(|| type_error(input, "is no text to mask"))?;
        let keep = as_double(first(arguments)).filter(|keep| *keep >= 0.0).and_then(index);
        let keep: Result<usize, Error<'_>> =
            keep.ok_or_else(|| type_error(first(arguments), "is no number of characters to keep"));
        let (keep, length) = (keep?, text.chars().count());
        let hidden = if keep < length { length - keep } else { length };
        meter.steps(length)?;
        let masked =
            text.chars().enumerate().map(|(position, letter)| if position < hidden { '*' } else { letter });
        make_text(meter, masked.collect::<String>())
    },
    types: |input, arguments| {
        Call::new("mask", input, arguments).input(&[Text])?.argument(0, &[Number])?.gives(Type::text())
    },
}];
