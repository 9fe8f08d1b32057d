//! `mask_email`: an e-mail address that is recognised and not told.

use super::email::parts;
use crate::functions::run::make_text;
use crate::functions::signature::{Call, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "mask_email",
    arity: 0,
    parameters: &[],
    summary: "The e-mail address with three asterisks for all but the first character before the @, however many those are.",
    is_jq: false,
    examples: &[
        Example { program: "mask_email", input: r#""jo.doe@Example.com""#, output: r#""j***@example.com""# },
        Example { program: "mask_email", input: r#""j@example.com""#, output: r#""***@example.com""# },
    ],
    run: |meter, input, _| {
        let (name, domain) = parts(input)?;
        // A name of one character would be told whole.
        let start = if name.len() > 1 { name.get(..1).unwrap_or_default() } else { "" };
        make_text(meter, format!("{start}***@{domain}"))
    },
    types: |input, arguments| Call::new("mask_email", input, arguments).input(&[Text])?.gives(Type::text()),
}];
