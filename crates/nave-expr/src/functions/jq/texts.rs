//! Texts taken apart, put together and changed letter by letter.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::{type_error, type_error_of_two};
use crate::functions::run::{as_double, as_text, first, index, make_text, values};
use crate::functions::signature::{Boolean, Call, List, Null, Number, Object, Text};
use crate::functions::{Example, Function, shape};
use crate::types::Type;
use crate::value::{Items, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "join",
        arity: 1,
        parameters: &["separator"],
        summary: "The items as one text with the argument between them; numbers and booleans are written out, null is empty.",
        is_jq: true,
        examples: &[
            Example {
                program: r#"join(", ")"#,
                input: r#"["Main St", 5, null, true]"#,
                output: r#""Main St, 5, , true""#,
            },
            Example { program: r#"join("-")"#, input: "[]", output: r#""""# },
            Example {
                program: r#"join("-")"#,
                input: r#"["a", [1]]"#,
                output: r#"error: string ("a-") and array ([1]) cannot be added"#,
            },
            Example { program: r#"join("-")"#, input: "7", output: "error: Cannot iterate over number (7)" },
        ],
        run: join,
        types: |input, arguments| {
            Call::new("join", input, arguments)
                .input(&[List, Object])?
                .values(&[Text, Number, Boolean, Null])?
                .argument(0, &[Text, Null])?
                .gives(Type::text())
        },
    },
    Function {
        name: "split",
        arity: 1,
        parameters: &["separator"],
        summary: "The parts of a text between the places where the argument stands; with an empty one, its letters.",
        is_jq: true,
        examples: &[
            Example {
                program: r#"split("@")"#,
                input: r#""jo@example.com""#,
                output: r#"["jo", "example.com"]"#,
            },
            Example { program: r#"split(",")"#, input: r#"",a,""#, output: r#"["", "a", ""]"# },
            Example { program: r#"split("")"#, input: r#""süß""#, output: r#"["s", "ü", "ß"]"# },
            Example { program: r#"split(",")"#, input: r#""""#, output: "[]" },
            Example {
                program: "split(1)",
                input: r#""a""#,
                output: "error: split input and separator must be strings",
            },
        ],
        run: |meter, input, arguments| match (as_text(input), as_text(first(arguments))) {
            (Some(text), Some(separator)) => split(meter, text, separator),
            _ => Err(Error::new("split input and separator must be strings")),
        },
        types: |input, arguments| {
            Call::new("split", input, arguments)
                .input(&[Text])?
                .argument(0, &[Text])?
                .gives(Type::array_of(Type::text()))
        },
    },
    Function {
        name: "explode",
        arity: 0,
        parameters: &[],
        summary: "The code points of a text.",
        is_jq: true,
        examples: &[
            Example { program: "explode", input: r#""Aé""#, output: "[65, 233]" },
            Example { program: "explode", input: "1", output: "error: explode input must be a string" },
        ],
        run: |meter, input, _| {
            let text = as_text(input).ok_or_else(|| Error::new("explode input must be a string"))?;
            meter.items(text.len())?;
            Ok(Value::array(text.chars().map(|letter| Value::number(f64::from(u32::from(letter)))).collect()))
        },
        types: |input, arguments| {
            Call::new("explode", input, arguments).input(&[Text])?.gives(Type::array_of(Type::integer()))
        },
    },
    Function {
        name: "implode",
        arity: 0,
        parameters: &[],
        summary: "The text of a list of code points; what is none becomes U+FFFD.",
        is_jq: true,
        examples: &[
            Example { program: "implode", input: "[65, 233, 1114112]", output: r#""Aé\ufffd""# },
            Example { program: "implode", input: "1", output: "error: implode input must be an array" },
            Example {
                program: "implode",
                input: r#"["x"]"#,
                output: r#"error: string ("x") can't be imploded, unicode codepoint needs to be numeric"#,
            },
        ],
        run: |meter, input, _| match input {
            Value::Array(items) => implode(meter, items),
            _ => Err(Error::new("implode input must be an array")),
        },
        types: |input, arguments| {
            Call::new("implode", input, arguments).input(&[List])?.values(&[Number])?.gives(Type::text())
        },
    },
    Function {
        name: "ascii",
        arity: 0,
        parameters: &[],
        summary: "The letter with this code from 0 to 127.",
        is_jq: true,
        examples: &[
            Example { program: "ascii", input: "65", output: r#""A""# },
            Example {
                program: "ascii",
                input: "200",
                output: "error: ascii only takes integers from 0 to 127",
            },
        ],
        run: |_, input, _| match as_double(input).and_then(index).and_then(|code| u8::try_from(code).ok()) {
            Some(code) if code.is_ascii() => Ok(Value::text(char::from(code).to_string())),
            _ => Err(Error::new("ascii only takes integers from 0 to 127")),
        },
        types: |input, arguments| Call::new("ascii", input, arguments).input(&[Number])?.gives(Type::text()),
    },
    Function {
        name: "ascii_downcase",
        arity: 0,
        parameters: &[],
        summary: "The text with A to Z in lower case.",
        is_jq: true,
        examples: &[Example { program: "ascii_downcase", input: r#""EUR Ü""#, output: r#""eur Ü""# }],
        run: |meter, input, _| letters(meter, input, |letter| letter.to_ascii_lowercase()),
        types: |input, arguments| {
            Call::new("ascii_downcase", input, arguments)
                .input(&[Text])?
                .gives(shape::changed_text(input, str::to_ascii_lowercase))
        },
    },
    Function {
        name: "ascii_upcase",
        arity: 0,
        parameters: &[],
        summary: "The text with a to z in upper case.",
        is_jq: true,
        examples: &[
            Example { program: "ascii_upcase", input: r#""de ü""#, output: r#""DE ü""# },
            Example { program: "ascii_upcase", input: "1", output: "error: explode input must be a string" },
        ],
        run: |meter, input, _| letters(meter, input, |letter| letter.to_ascii_uppercase()),
        types: |input, arguments| {
            Call::new("ascii_upcase", input, arguments)
                .input(&[Text])?
                .gives(shape::changed_text(input, str::to_ascii_uppercase))
        },
    },
];

fn join<'a>(meter: &Meter, input: &Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let separator = first(arguments);
    let mut joined: Option<String> = None;
    for item in values(meter, input)? {
        let mut text = match (joined.take(), separator) {
            (None, _) => String::new(),
            (Some(text), Value::Null) => text,
            (Some(mut text), Value::Text(separator)) => {
                meter.bytes(separator.as_str().len())?;
                text.push_str(separator.as_str());
                text
            }
            (Some(text), other) => {
                return Err(type_error_of_two(&Value::text(text), other, "cannot be added"));
            }
        };
        match &item {
            Value::Null => {}
            Value::Text(item) => {
                meter.bytes(item.as_str().len())?;
                text.push_str(item.as_str());
            }
            Value::Array(_) | Value::Object(_) => {
                return Err(type_error_of_two(&Value::text(text), &item, "cannot be added"));
            }
            scalar => scalar.write_text(meter, &mut text)?,
        }
        joined = Some(text);
    }
    Ok(Value::text(joined.unwrap_or_default()))
}

/// jq's `split/1` and `/` of two texts.
pub(crate) fn split<'a>(meter: &Meter, text: &str, separator: &str) -> Result<Value<'a>, Error<'a>> {
    if text.is_empty() {
        return Ok(Value::array(Vec::new()));
    }
    meter.bytes(text.len())?;
    meter.steps(text.len() / 16)?;
    let mut parts = Vec::new();
    let mut part = |part: &str| {
        meter.items(1)?;
        parts.push(Value::text(part));
        Ok(())
    };
    if separator.is_empty() {
        text.chars().try_for_each(|letter| part(letter.encode_utf8(&mut [0; 4])))?;
    } else {
        text.split(separator).try_for_each(part)?;
    }
    Ok(Value::array(parts))
}

fn implode<'a>(meter: &Meter, items: &Items<'a>) -> Result<Value<'a>, Error<'a>> {
    meter.steps(items.len())?;
    let mut text = String::new();
    for item in items.iter() {
        let code = as_double(&item).filter(|code| !code.is_nan());
        let code = code
            .ok_or_else(|| type_error(&item, "can't be imploded, unicode codepoint needs to be numeric"))?;
        // Cut to a whole number first, as in jq: -0.5 is code point 0.
        let code =
            index(code.trunc().abs()).filter(|_| code > -1.0).and_then(|code| u32::try_from(code).ok());
        text.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
    }
    make_text(meter, text)
}

fn letters<'a>(
    meter: &Meter,
    input: &Value<'a>,
    change: impl Fn(char) -> char,
) -> Result<Value<'a>, Error<'a>> {
    let text = as_text(input).ok_or_else(|| Error::new("explode input must be a string"))?;
    meter.bytes(text.len())?;
    Ok(Value::text(text.chars().map(change).collect::<String>()))
}
