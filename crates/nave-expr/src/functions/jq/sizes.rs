//! How long a value is.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::count;
use crate::functions::signature::{Call, List, Null, Number, Object, Text};
use crate::functions::{Example, Function};
use crate::types::{Numbers, Type};
use crate::value::{Number as Written, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "length",
        arity: 0,
        parameters: &[],
        summary: "How many characters a text has, items a list, members an object; of a number its size without sign, of null 0.",
        is_jq: true,
        examples: &[
            Example {
                program: "map(length)",
                input: r#"[[7, 8], "süd", {"a": 1}, null, -2.50]"#,
                output: "[2, 3, 1, 0, 2.50]",
            },
            Example { program: "length", input: "true", output: "error: boolean (true) has no length" },
        ],
        run: |_, input, _| length(input),
        types: |input, arguments| {
            let whole = Type {
                numbers: Some(Numbers { integer: true, least: Some(0.0), ..Numbers::default() }),
                ..Type::default()
            };
            let any =
                Type { numbers: Some(Numbers { least: Some(0.0), ..Numbers::default() }), ..Type::default() };
            Call::new("length", input, arguments)
                .input(&[List, Object, Text, Number, Null])?
                .gives(if input.may_be(Number) { any } else { whole })
        },
    },
    Function {
        name: "utf8bytelength",
        arity: 0,
        parameters: &[],
        summary: "How many bytes a text has in UTF-8.",
        is_jq: true,
        examples: &[
            Example { program: "utf8bytelength", input: r#""süd""#, output: "4" },
            Example {
                program: "utf8bytelength",
                input: "[7]",
                output: "error: array ([7]) only strings have UTF-8 byte length",
            },
        ],
        run: utf8_byte_length,
        types: |input, arguments| {
            Call::new("utf8bytelength", input, arguments).input(&[Text])?.gives(Type::integer())
        },
    },
];

/// jq's `length`, which other functions of jq are defined by.
pub(super) fn length<'a>(input: &Value<'a>) -> Result<Value<'a>, Error<'a>> {
    Ok(match input {
        Value::Array(items) => count(items.len()),
        Value::Object(members) => count(members.len()),
        Value::Text(text) => count(text.as_str().chars().count()),
        Value::Null => count(0),
        Value::Number(Written::Double(number)) => Value::number(number.abs()),
        Value::Number(Written::Written(text)) => match text.as_str().strip_prefix('-') {
            Some(size) => Value::Number(Written::Written(size.to_owned().into())),
            None => input.clone(),
        },
        Value::Bool(_) => return Err(type_error(input, "has no length")),
    })
}

fn utf8_byte_length<'a>(_: &Meter, input: &Value<'a>, _: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    match input {
        Value::Text(text) => Ok(count(text.as_str().len())),
        other => Err(type_error(other, "only strings have UTF-8 byte length")),
    }
}
