//! What a text begins and ends with.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::run::{as_text, first, make_text};
use crate::functions::signature::Call;
use crate::functions::signature::Text;
use crate::functions::{Example, Function, Typed};
use crate::types::{Complaint, Type};
use crate::value::Value;

const STARTS: &str = "startswith() requires string inputs";
const ENDS: &str = "endswith() requires string inputs";

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "startswith",
        arity: 1,
        parameters: &["text"],
        summary: "Whether a text begins with the argument.",
        is_jq: true,
        examples: &[
            Example {
                program: r#"map(startswith("cus_"))"#,
                input: r#"["cus_1", "ch_1"]"#,
                output: "[true, false]",
            },
            Example {
                program: r#"startswith("x")"#,
                input: "1",
                output: "error: startswith() requires string inputs",
            },
        ],
        run: |_, input, arguments| {
            let (text, start) = texts(input, arguments, STARTS)?;
            Ok(Value::Bool(text.starts_with(start)))
        },
        types: |input, arguments| both("startswith", input, arguments, Type::boolean()),
    },
    Function {
        name: "endswith",
        arity: 1,
        parameters: &["text"],
        summary: "Whether a text ends with the argument.",
        is_jq: true,
        examples: &[
            Example { program: r#"endswith(".pdf")"#, input: r#""invoice.pdf""#, output: "true" },
            Example {
                program: "endswith(1)",
                input: r#""x""#,
                output: "error: endswith() requires string inputs",
            },
        ],
        run: |_, input, arguments| {
            let (text, end) = texts(input, arguments, ENDS)?;
            Ok(Value::Bool(text.ends_with(end)))
        },
        types: |input, arguments| both("endswith", input, arguments, Type::boolean()),
    },
    Function {
        name: "ltrimstr",
        arity: 1,
        parameters: &["text"],
        summary: "The text without the argument at its beginning.",
        is_jq: true,
        examples: &[
            Example { program: r#"ltrimstr("cus_")"#, input: r#""cus_7""#, output: r#""7""# },
            Example { program: r#"ltrimstr("cus_")"#, input: r#""ch_7""#, output: r#""ch_7""# },
            Example {
                program: r#"ltrimstr("cus_")"#,
                input: "7",
                output: "error: startswith() requires string inputs",
            },
        ],
        run: |meter, input, arguments| strip(meter, input, arguments, true, false),
        types: |input, arguments| both("ltrimstr", input, arguments, Type::text()),
    },
    Function {
        name: "rtrimstr",
        arity: 1,
        parameters: &["text"],
        summary: "The text without the argument at its end.",
        is_jq: true,
        examples: &[
            Example { program: r#"rtrimstr(" GmbH")"#, input: r#""Nord GmbH""#, output: r#""Nord""# },
            Example {
                program: r#"rtrimstr("x")"#,
                input: "[]",
                output: "error: endswith() requires string inputs",
            },
        ],
        run: |meter, input, arguments| strip(meter, input, arguments, false, true),
        types: |input, arguments| both("rtrimstr", input, arguments, Type::text()),
    },
    Function {
        name: "trimstr",
        arity: 1,
        parameters: &["text"],
        summary: "The text without the argument at its beginning and its end.",
        is_jq: true,
        examples: &[Example { program: r#"trimstr("*")"#, input: r#""*bold*""#, output: r#""bold""# }],
        run: |meter, input, arguments| strip(meter, input, arguments, true, true),
        types: |input, arguments| both("trimstr", input, arguments, Type::text()),
    },
    Function {
        name: "trim",
        arity: 0,
        parameters: &[],
        summary: "The text without white space at its beginning and its end.",
        is_jq: true,
        examples: &[
            Example { program: "trim", input: r#""\t Jo \u00a0\n""#, output: r#""Jo""# },
            Example { program: "trim", input: "1", output: "error: trim input must be a string" },
        ],
        run: |meter, input, _| trim(meter, input, str::trim),
        types: |input, arguments| Call::new("trim", input, arguments).input(&[Text])?.gives(Type::text()),
    },
    Function {
        name: "ltrim",
        arity: 0,
        parameters: &[],
        summary: "The text without white space at its beginning.",
        is_jq: true,
        examples: &[Example { program: "ltrim", input: r#"" Jo ""#, output: r#""Jo ""# }],
        run: |meter, input, _| trim(meter, input, str::trim_start),
        types: |input, arguments| Call::new("ltrim", input, arguments).input(&[Text])?.gives(Type::text()),
    },
    Function {
        name: "rtrim",
        arity: 0,
        parameters: &[],
        summary: "The text without white space at its end.",
        is_jq: true,
        examples: &[Example { program: "rtrim", input: r#"" Jo ""#, output: r#"" Jo""# }],
        run: |meter, input, _| trim(meter, input, str::trim_end),
        types: |input, arguments| Call::new("rtrim", input, arguments).input(&[Text])?.gives(Type::text()),
    },
];

fn texts<'v, 'a>(
    input: &'v Value<'a>,
    arguments: &'v [Value<'a>],
    wrong: &str,
) -> Result<(&'v str, &'v str), Error<'a>> {
    as_text(input).zip(as_text(first(arguments))).ok_or_else(|| Error::new(wrong))
}

fn strip<'a>(
    meter: &Meter,
    input: &Value<'a>,
    arguments: &[Value<'a>],
    at_start: bool,
    at_end: bool,
) -> Result<Value<'a>, Error<'a>> {
    let (whole, affix) = texts(input, arguments, if at_start { STARTS } else { ENDS })?;
    let text = if at_start { whole.strip_prefix(affix).unwrap_or(whole) } else { whole };
    let text = if at_end { text.strip_suffix(affix).unwrap_or(text) } else { text };
    if text.len() == whole.len() {
        return Ok(input.clone());
    }
    make_text(meter, text)
}

/// The standard library's white space is jq's list: Unicode's property.
fn trim<'a>(meter: &Meter, input: &Value<'a>, trim: fn(&str) -> &str) -> Result<Value<'a>, Error<'a>> {
    let whole = as_text(input).ok_or_else(|| Error::new("trim input must be a string"))?;
    let text = trim(whole);
    if text.len() == whole.len() {
        return Ok(input.clone());
    }
    make_text(meter, text)
}

fn both<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
    output: Type<'a>,
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Text])?.argument(0, &[Text])?.gives(output)
}
