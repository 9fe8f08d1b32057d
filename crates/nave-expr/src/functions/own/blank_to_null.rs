//! `blank_to_null`: systems that say "nothing" with an empty text.

use crate::functions::run::as_text;
use crate::functions::signature::{Call, Text};
use crate::functions::{Example, Function};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "blank_to_null",
    arity: 0,
    parameters: &[],
    summary: "null for a text that is empty or holds white space only; anything else as it is.",
    is_jq: false,
    examples: &[Example {
        program: "map(blank_to_null)",
        input: r#"["", " \n", "x", 0, null]"#,
        output: r#"[null, null, "x", 0, null]"#,
    }],
    run: |meter, input, _| match as_text(input) {
        Some(text) if text.chars().all(char::is_whitespace) => {
            meter.steps(text.len() / 16)?;
            Ok(Value::Null)
        }
        _ => Ok(input.clone()),
    },
    types: |input, arguments| {
        let may_be_blank = input.texts.as_ref().is_some_and(|texts| match &texts.constants {
            Some(constants) => constants.iter().any(|text| text.chars().all(char::is_whitespace)),
            None => true,
        });
        let output = if may_be_blank && input.may_be(Text) { input.clone().or_null() } else { input.clone() };
        Call::new("blank_to_null", input, arguments).gives(output)
    },
}];
