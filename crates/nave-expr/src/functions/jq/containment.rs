//! Whether one value lies within another.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::compare::equal;
use crate::functions::failure::type_error_of_two;
use crate::functions::run::first;
use crate::functions::signature::{Boolean, Call};
use crate::functions::{Example, Function, Typed};
use crate::types::{Complaint, Type};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "contains",
        arity: 1,
        parameters: &["part"],
        summary: "Whether the argument lies in the input: as part of a text, as items of a list, as members of an object, at every depth.",
        is_jq: true,
        examples: &[
            Example { program: r#"contains("won")"#, input: r#""closedwon""#, output: "true" },
            Example { program: r#"contains(["vip"])"#, input: r#"["new", "viper"]"#, output: "true" },
            Example {
                program: r#"contains({"a": {"b": 2}})"#,
                input: r#"{"a": {"b": 2, "c": 3}}"#,
                output: "true",
            },
            Example {
                program: "contains(1)",
                input: r#""1""#,
                output: r#"error: string ("1") and number (1) cannot have their containment checked"#,
            },
        ],
        run: |meter, input, arguments| contains(meter, input, first(arguments)),
        types: |input, arguments| rule("contains", input, arguments),
    },
    Function {
        name: "inside",
        arity: 1,
        parameters: &["whole"],
        summary: "Whether the input lies in the argument: `contains` the other way round.",
        is_jq: true,
        examples: &[
            Example { program: r#"inside("closedwon")"#, input: r#""won""#, output: "true" },
            Example { program: r#"inside(["vip", "new"])"#, input: r#"["old"]"#, output: "false" },
        ],
        run: |meter, input, arguments| contains(meter, first(arguments), input),
        types: |input, arguments| rule("inside", input, arguments),
    },
];

fn contains<'a>(meter: &Meter, whole: &Value<'_>, part: &Value<'_>) -> Result<Value<'a>, Error<'a>> {
    if !same_kind(whole, part) {
        return Err(type_error_of_two(whole, part, "cannot have their containment checked"));
    }
    Ok(Value::Bool(holds(meter, whole, part)?))
}

fn holds<'a>(meter: &Meter, whole: &Value<'_>, part: &Value<'_>) -> Result<bool, Error<'a>> {
    meter.steps(1)?;
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, part) in part.iter() {
                match whole.get(name.as_str()) {
                    Some(whole) if same_kind(&whole, &part) && holds(meter, &whole, &part)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Value::Array(whole), Value::Array(part)) => {
            for part in part.iter() {
                let mut is_there = false;
                for whole in whole.iter() {
                    meter.steps(1)?;
                    is_there = same_kind(&whole, &part) && holds(meter, &whole, &part)?;
                    if is_there {
                        break;
                    }
                }
                if !is_there {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Text(whole), Value::Text(part)) => {
            meter.steps(whole.as_str().len() / 64)?;
            Ok(whole.as_str().contains(part.as_str()))
        }
        _ => equal(meter, whole, part),
    }
}

/// For jq `true` and `false` are of two kinds.
fn same_kind(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one == other,
        _ => one.type_name() == other.type_name(),
    }
}

fn rule<'a>(name: &'static str, input: &Type<'a>, arguments: &[Type<'a>]) -> Result<Typed<'a>, Complaint> {
    let mut call = Call::new(name, input, arguments);
    if let Some(argument) = arguments.first().filter(|argument| !argument.is_unknown() && !input.is_unknown())
    {
        let (mine, its) = (input.kinds(), argument.kinds());
        if !mine.is_empty() && !its.is_empty() {
            call = call.argument(0, &mine)?;
            if mine.len() + its.len() > 2 || mine.contains(&Boolean) {
                call.warn(format!("`{name}` fails where its input and its argument are of two sorts"));
            }
        }
    }
    call.gives(Type::boolean())
}
