//! The names and positions a value has.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_f64, count, first, index};
use crate::functions::shape;
use crate::functions::signature::{Call, Kind, List, Null, Number, Object, Text};
use crate::functions::{Example, Function, Typed};
use crate::types::{Complaint, Type};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "keys",
        arity: 0,
        parameters: &[],
        summary: "The names of an object, sorted; the positions of a list.",
        is_jq: true,
        examples: &[
            Example { program: "keys", input: r#"{"zip": 1, "city": 2}"#, output: r#"["city", "zip"]"# },
            Example { program: "keys", input: r#"["a", "b"]"#, output: "[0, 1]" },
            Example { program: "keys", input: "null", output: "error: null (null) has no keys" },
        ],
        run: |meter, input, _| keys(meter, input, true),
        types: |input, arguments| keys_type("keys", input, arguments),
    },
    Function {
        name: "keys_unsorted",
        arity: 0,
        parameters: &[],
        summary: "The names of an object in its order; the positions of a list.",
        is_jq: true,
        examples: &[Example {
            program: "keys_unsorted",
            input: r#"{"zip": 1, "city": 2}"#,
            output: r#"["zip", "city"]"#,
        }],
        run: |meter, input, _| keys(meter, input, false),
        types: |input, arguments| keys_type("keys_unsorted", input, arguments),
    },
    Function {
        name: "has",
        arity: 1,
        parameters: &["key"],
        summary: "Whether an object has a member of this name, or a list an item at this position.",
        is_jq: true,
        examples: &[
            Example { program: r#"map(has("id"))"#, input: r#"[{"id": null}, {}]"#, output: "[true, false]" },
            Example { program: "has(2)", input: r#"["a", "b"]"#, output: "false" },
            Example {
                program: r#"has("id")"#,
                input: "[7]",
                output: "error: Cannot check whether array has a string key",
            },
        ],
        run: |_, input, arguments| has(input, first(arguments)),
        types: |input, arguments| {
            Call::new("has", input, arguments)
                .input(&[Object, List, Null])?
                .argument(0, &keys_of(input))?
                .gives(Type::boolean())
        },
    },
];

fn keys<'a>(meter: &Meter, input: &Value<'a>, is_sorted: bool) -> Result<Value<'a>, Error<'a>> {
    match input {
        Value::Object(members) => {
            meter.items(members.len())?;
            let members = if is_sorted { members.sorted() } else { members.iter().collect() };
            Ok(Value::array(members.into_iter().map(|(name, _)| Value::Text(name)).collect()))
        }
        Value::Array(items) => {
            meter.items(items.len())?;
            Ok(Value::array((0..items.len()).map(count).collect()))
        }
        other => Err(type_error(other, "has no keys")),
    }
}

fn has<'a>(value: &Value<'_>, key: &Value<'_>) -> Result<Value<'a>, Error<'a>> {
    let has = match (value, key) {
        (Value::Null, _) => false,
        (Value::Object(members), Value::Text(name)) => members.get(name.as_str()).is_some(),
        (Value::Array(items), Value::Number(position)) => {
            // A fraction is cut off, so that what lies between -1 and 0 is the first position.
            let position = position.as_f64();
            let position = if position > -1.0 { index(position.max(0.0)) } else { None };
            position.is_some_and(|position| as_f64(position) < as_f64(items.len()))
        }
        _ => {
            let (value, key) = (value.type_name(), key.type_name());
            return Err(Error::new(format!("Cannot check whether {value} has a {key} key")));
        }
    };
    Ok(Value::Bool(has))
}

fn keys_type<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    let call = Call::new(name, input, arguments).input(&[Object, List])?;
    call.gives(Type::array_of(shape::keys(input)))
}

/// What a value of this type can be asked for; a null has no keys, whatever they are.
fn keys_of(of: &Type<'_>) -> Vec<Kind> {
    match (of.may_be(Object), of.may_be(List)) {
        (true, false) => vec![Text],
        (false, true) => vec![Number],
        (true, true) => vec![Text, Number],
        (false, false) => Kind::ALL.to_vec(),
    }
}
