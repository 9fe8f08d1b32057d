//! `truncate_text`: a text that fits where only so many characters do.

use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_double, as_text, first, index, make_text};
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::{Texts, Type};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "truncate_text",
    arity: 1,
    parameters: &["most"],
    summary: "The first so many characters of a text, counted as code points, as `length` does: a letter whose mark stands behind it may lose the mark.",
    is_jq: false,
    examples: &[
        Example { program: "truncate_text(4)", input: r#""Süßwaren""#, output: r#""Süßw""# },
        Example { program: "truncate_text(40)", input: r#""short""#, output: r#""short""# },
        Example {
            program: "truncate_text(-1)",
            input: r#""x""#,
            output: "error: number (-1) is no number of characters",
        },
    ],
    run: |meter, input, arguments| {
        let text = as_text(input).ok_or_else(|| type_error(input, "is no text to shorten"))?;
        let most = as_double(first(arguments)).filter(|most| *most >= 0.0).and_then(index);
        let most: Result<usize, Error<'_>> =
            most.ok_or_else(|| type_error(first(arguments), "is no number of characters"));
        meter.steps(text.len() / 16)?;
        match text.char_indices().nth(most?) {
            Some((end, _)) => make_text(meter, text.get(..end).unwrap_or_default()),
            None => Ok(input.clone()),
        }
    },
    types: |input, arguments| {
        let most = arguments.first().and_then(|most| most.numbers.as_ref()?.highest());
        let most = most.filter(|most| *most >= 0.0 && *most < 4e9).and_then(index).map(|most| most as u64);
        let texts = Texts { most, ..Texts::default() };
        let output = Type { texts: Some(texts), ..Type::default() };
        Call::new("truncate_text", input, arguments).input(&[Text])?.argument(0, &[Number])?.gives(output)
    },
}];
