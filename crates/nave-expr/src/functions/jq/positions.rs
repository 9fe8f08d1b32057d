//! Where something stands in a text or a list.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::compare::equal;
use crate::functions::failure::{cannot_index, type_error};
use crate::functions::run::{count, first};
use crate::functions::signature::{Call, List, Null, Number, Object, Text};
use crate::functions::{Example, Function, Typed};
use crate::types::{Complaint, Type};
use crate::value::{Items, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "indices",
        arity: 1,
        parameters: &["part"],
        summary: "All places where the argument stands: in characters of a text, in items of a list; a list is looked for as a run of items.",
        is_jq: true,
        examples: &[
            Example { program: r#"indices("an")"#, input: r#""banane""#, output: "[1, 3]" },
            Example { program: r#"indices("o")"#, input: r#""äöo""#, output: "[2]" },
            Example { program: "indices([1, 2])", input: "[0, 1, 2, 1, 2]", output: "[1, 3]" },
            Example { program: "indices(1)", input: "[1, 0, 1]", output: "[0, 2]" },
            Example {
                program: "indices(1)",
                input: r#""a1""#,
                output: "error: Cannot index string with number (1)",
            },
        ],
        run: |meter, input, arguments| indices(meter, input, first(arguments)),
        types: |input, arguments| rule("indices", input, arguments, Type::array_of(Type::integer())),
    },
    Function {
        name: "index",
        arity: 1,
        parameters: &["part"],
        summary: "The first place where the argument stands; null where it does not.",
        is_jq: true,
        examples: &[
            Example { program: r#"index("@")"#, input: r#""jo@x@y""#, output: "2" },
            Example { program: r#"index("z")"#, input: r#""abc""#, output: "null" },
        ],
        run: |meter, input, arguments| match indices(meter, input, first(arguments))? {
            Value::Array(places) => Ok(places.get(0).unwrap_or(Value::Null)),
            Value::Null => Ok(Value::Null),
            other => Err(cannot_index(&other, &Value::number(0.0))),
        },
        types: |input, arguments| rule("index", input, arguments, Type::integer().or_null()),
    },
    Function {
        name: "rindex",
        arity: 1,
        parameters: &["part"],
        summary: "The last place where the argument stands; null where it does not.",
        is_jq: true,
        examples: &[Example { program: r#"rindex("@")"#, input: r#""jo@x@y""#, output: "4" }],
        run: |meter, input, arguments| match indices(meter, input, first(arguments))? {
            Value::Array(places) => Ok(places.iter().next_back().unwrap_or(Value::Null)),
            Value::Null => Ok(Value::Null),
            other => Err(cannot_index(&other, &Value::number(-1.0))),
        },
        types: |input, arguments| rule("rindex", input, arguments, Type::integer().or_null()),
    },
    Function {
        name: "_strindices",
        arity: 1,
        parameters: &["part"],
        summary: "All places where one text stands in another, of which `indices` is made.",
        is_jq: true,
        examples: &[
            Example { program: r#"_strindices("b")"#, input: r#""abb""#, output: "[1, 2]" },
            Example {
                program: r#"_strindices("b")"#,
                input: "1",
                output: "error: number (1) cannot be searched, as it is not a string",
            },
            Example {
                program: "_strindices(1)",
                input: r#""b""#,
                output: "error: number (1) is not a string",
            },
        ],
        run: |meter, input, arguments| match (input, first(arguments)) {
            (Value::Text(text), Value::Text(part)) => in_text(meter, text.as_str(), part.as_str()),
            (Value::Text(_), other) => Err(type_error(other, "is not a string")),
            (other, _) => Err(type_error(other, "cannot be searched, as it is not a string")),
        },
        types: |input, arguments| {
            let call = Call::new("_strindices", input, arguments).input(&[Text])?.argument(0, &[Text])?;
            call.gives(Type::array_of(Type::integer()))
        },
    },
];

/// jq falls back to `.[$argument]` for what is neither in a list nor a text in a text; what that can mean
/// for a place (a member of an object, a part of a text) is kept where it means anything.
fn indices<'a>(meter: &Meter, input: &Value<'a>, part: &Value<'a>) -> Result<Value<'a>, Error<'a>> {
    match (input, part) {
        (Value::Array(items), Value::Array(part)) => {
            meter.items(part.len())?;
            in_list(meter, items, &part.iter().collect::<Vec<_>>())
        }
        (Value::Array(items), item) => in_list(meter, items, std::slice::from_ref(item)),
        (Value::Text(text), Value::Text(part)) => in_text(meter, text.as_str(), part.as_str()),
        (Value::Null, Value::Text(_) | Value::Number(_) | Value::Object(_)) => Ok(Value::Null),
        (Value::Object(members), Value::Text(name)) => Ok(members.get(name.as_str()).unwrap_or(Value::Null)),
        _ => Err(cannot_index(input, part)),
    }
}

fn in_list<'a>(meter: &Meter, items: &Items<'a>, part: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let mut places = Vec::new();
    for place in 0..items.len() {
        meter.steps(1)?;
        let mut is_here = !part.is_empty() && part.len() <= items.len() - place;
        for (offset, wanted) in part.iter().enumerate() {
            is_here =
                is_here && items.get(place + offset).map_or(Ok(false), |item| equal(meter, &item, wanted))?;
            if !is_here {
                break;
            }
        }
        if is_here {
            meter.items(1)?;
            places.push(count(place));
        }
    }
    Ok(Value::array(places))
}

fn in_text<'a>(meter: &Meter, text: &str, part: &str) -> Result<Value<'a>, Error<'a>> {
    meter.steps(text.len() / 16)?;
    let mut places = Vec::new();
    let (mut characters, mut rest) = (0, text);
    while !part.is_empty() {
        let Some(found) = rest.find(part) else { break };
        let (before, behind) = rest.split_at_checked(found).unwrap_or((rest, ""));
        meter.items(1)?;
        characters += before.chars().count();
        places.push(count(characters));
        // Places may overlap: the search goes on one character further.
        characters += 1;
        let mut letters = behind.chars();
        letters.next();
        rest = letters.as_str();
    }
    Ok(Value::array(places))
}

fn rule<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
    output: Type<'a>,
) -> Result<Typed<'a>, Complaint> {
    let mut call = Call::new(name, input, arguments).input(&[Text, List, Null])?;
    if !input.may_be(List) {
        call = call.argument(0, if input.may_be(Text) { &[Text] } else { &[Text, Number, Object] })?;
    }
    let output = if input.may_be(Null) { output.or_null() } else { output };
    // jq takes the argument for a name then.
    let output = if input.may_be(Object) {
        output.union(&Type::anything("of an object it gives one of its members"))
    } else {
        output
    };
    call.gives(output)
}
