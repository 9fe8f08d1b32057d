//! One sort of value made of another.

use crate::functions::failure::type_error;
use crate::functions::json::{read_json, read_number};
use crate::functions::run::as_text;
use crate::functions::shape;
use crate::functions::signature::{Boolean, Call, Kind, Number, Objection, Text};
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::{Number as Held, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "tostring",
        arity: 0,
        parameters: &[],
        summary: "A text as it is; anything else as JSON. Numbers keep the digits they were written with.",
        is_jq: true,
        examples: &[
            Example {
                program: "map(tostring)",
                input: r#"["x", 1.50, null, {"a": [1]}]"#,
                output: r#"["x", "1.50", "null", "{\"a\":[1]}"]"#,
            },
            Example {
                program: "tostring",
                input: "100000000000000000001",
                output: r#""100000000000000000001""#,
            },
        ],
        run: |meter, input, _| match input {
            Value::Text(_) => Ok(input.clone()),
            other => {
                let mut text = String::new();
                other.write_text(meter, &mut text)?;
                Ok(Value::text(text))
            }
        },
        types: |input, arguments| {
            let output = if input.kinds() == [Text] { input.clone() } else { Type::text() };
            Call::new("tostring", input, arguments).gives(output)
        },
    },
    Function {
        name: "tonumber",
        arity: 0,
        parameters: &[],
        summary: "The number a text spells, with all its digits; a number as it is. Unlike jq it takes neither `nan` nor `infinity` for one, since no system does.",
        is_jq: true,
        examples: &[
            Example { program: "map(tonumber)", input: r#"["19.90", "-.5", 5]"#, output: "[19.90, -0.5, 5]" },
            Example {
                program: "tonumber",
                input: r#""12345678901234567890.5""#,
                output: "12345678901234567890.5",
            },
            Example {
                program: "tonumber",
                input: r#"" 5""#,
                output: r#"error: string (" 5") cannot be parsed as a number"#,
            },
            Example {
                program: "tonumber",
                input: r#""nan""#,
                output: r#"error: string ("nan") cannot be parsed as a number"#,
            },
            Example {
                program: "tonumber",
                input: "null",
                output: "error: null (null) cannot be parsed as a number",
            },
        ],
        run: |meter, input, _| match input {
            Value::Number(_) => Ok(input.clone()),
            Value::Text(text) => {
                meter.bytes(text.as_str().len())?;
                let number = finite(text.as_str());
                Ok(Value::Number(number.ok_or_else(|| type_error(input, "cannot be parsed as a number"))?))
            }
            other => Err(type_error(other, "cannot be parsed as a number")),
        },
        types: |input, arguments| {
            let output = if input.kinds() == [Number] { input.clone() } else { Type::number() };
            Call::new("tonumber", input, arguments)
                .input(&[Number, Text])?
                .known_input(|text| spells("tonumber", finite(text).is_some(), text))?
                .gives(output)
        },
    },
    Function {
        name: "toboolean",
        arity: 0,
        parameters: &[],
        summary: "true or false from the text that spells it; a boolean as it is.",
        is_jq: true,
        examples: &[
            Example {
                program: "map(toboolean)",
                input: r#"["true", "false", true]"#,
                output: "[true, false, true]",
            },
            Example {
                program: "toboolean",
                input: r#""yes""#,
                output: r#"error: string ("yes") cannot be parsed as a boolean"#,
            },
        ],
        run: |_, input, _| match (input, as_text(input)) {
            (Value::Bool(_), _) => Ok(input.clone()),
            (_, Some("true")) => Ok(Value::Bool(true)),
            (_, Some("false")) => Ok(Value::Bool(false)),
            _ => Err(type_error(input, "cannot be parsed as a boolean")),
        },
        types: |input, arguments| {
            Call::new("toboolean", input, arguments)
                .input(&[Boolean, Text])?
                .known_input(|text| spells("toboolean", matches!(text, "true" | "false"), text))?
                .gives(Type::boolean())
        },
    },
    Function {
        name: "tojson",
        arity: 0,
        parameters: &[],
        summary: "The value as a JSON text.",
        is_jq: true,
        examples: &[Example {
            program: "tojson",
            input: r#"{"a": ["x", 1.50]}"#,
            output: r#""{\"a\":[\"x\",1.50]}""#,
        }],
        run: |meter, input, _| {
            let mut text = String::new();
            input.write_text(meter, &mut text)?;
            Ok(Value::text(text))
        },
        types: |input, arguments| Call::new("tojson", input, arguments).gives(Type::text()),
    },
    Function {
        name: "fromjson",
        arity: 0,
        parameters: &[],
        summary: "The value a JSON text spells.",
        is_jq: true,
        examples: &[
            Example { program: "fromjson", input: r#""{\"a\": [1.50]}""#, output: r#"{"a": [1.50]}"# },
            Example {
                program: "fromjson",
                input: r#""[1""#,
                output: "error: Unfinished JSON term at EOF at line 1, column 2 (while parsing '[1')",
            },
            Example {
                program: "fromjson",
                input: "1",
                output: "error: number (1) only strings can be parsed",
            },
        ],
        run: |meter, input, _| match input {
            Value::Text(text) => read_json(text.as_str(), meter),
            other => Err(type_error(other, "only strings can be parsed")),
        },
        types: |input, arguments| {
            Call::new("fromjson", input, arguments)
                .input(&[Text])?
                .gives(Type::anything("`fromjson` reads whatever its text holds"))
        },
    },
    Function {
        name: "type",
        arity: 0,
        parameters: &[],
        summary: "The name of the value's sort: null, boolean, number, string, array or object.",
        is_jq: true,
        examples: &[Example {
            program: "map(type)",
            input: r#"[null, true, 1, "a", [], {}]"#,
            output: r#"["null", "boolean", "number", "string", "array", "object"]"#,
        }],
        run: |_, input, _| Ok(Value::Text(crate::value::Text::Given(input.type_name()))),
        types: |input, arguments| {
            let names: Vec<&str> = input.kinds().into_iter().map(Kind::name).collect();
            Call::new("type", input, arguments).gives(Type::one_of(&names))
        },
    },
    Function {
        name: "not",
        arity: 0,
        parameters: &[],
        summary: "true of null and false, and false of anything else.",
        is_jq: true,
        examples: &[Example {
            program: "map(not)",
            input: r#"[null, false, 0, ""]"#,
            output: "[true, true, false, false]",
        }],
        run: |_, input, _| Ok(Value::Bool(!input.is_truthy())),
        types: |input, arguments| Call::new("not", input, arguments).gives(shape::negation(input)),
    },
];

/// A number that is written with digits.
fn finite<'a>(text: &str) -> Option<Held<'a>> {
    read_number(text).filter(|number| matches!(number, Held::Written(_)))
}

fn spells(name: &str, it_does: bool, text: &str) -> Result<(), Objection> {
    if it_does { Ok(()) } else { Err((format!("`{name}` fails on \"{text}\""), None)) }
}
