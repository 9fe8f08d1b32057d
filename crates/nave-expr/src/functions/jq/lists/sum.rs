//! `add`: the sum of a list's items, in one pass whatever they are.

use std::rc::Rc;

use indexmap::IndexMap;

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::{calculated, type_error_of_two};
use crate::functions::run::values;
use crate::functions::shape;
use crate::functions::signature::{Call, List, Object};
use crate::functions::{Example, Function};
use crate::value::{Text, Value};

pub(super) const ADD: Function = Function {
    name: "add",
    arity: 0,
    parameters: &[],
    summary: "The items added up: numbers, texts, lists and objects each in their way; null of an empty list.",
    is_jq: true,
    examples: &[
        Example { program: "add", input: "[10, null, 2.5]", output: "12.5" },
        Example { program: "add", input: r#"{"a": "x", "b": "y"}"#, output: r#""xy""# },
        Example { program: "add", input: r#"[{"a": 1}, {"b": 2}, {"a": 3}]"#, output: r#"{"a": 3, "b": 2}"# },
        Example { program: "add", input: "[]", output: "null" },
        Example {
            program: "add",
            input: r#"["a", 1]"#,
            output: r#"error: string ("a") and number (1) cannot be added"#,
        },
    ],
    run: |meter, input, _| {
        let mut sum = Sum::Nothing;
        for item in values(meter, input)? {
            sum = sum.plus(meter, item)?;
        }
        Ok(sum.value())
    },
    types: |input, arguments| {
        let mut call = Call::new("add", input, arguments).input(&[List, Object])?;
        let (sum, clash) = shape::sum("add", input);
        if let Some(clash) = clash {
            call.warn(clash);
        }
        call.gives(sum)
    },
};

/// What was added up so far, open for more, so that no sum is copied to grow.
enum Sum<'a> {
    Nothing,
    /// One value, or what numbers came to.
    One(Value<'a>),
    Text(String),
    List(Vec<Value<'a>>),
    Object(IndexMap<Text<'a>, Value<'a>>),
}

impl<'a> Sum<'a> {
    fn plus(self, meter: &Meter, item: Value<'a>) -> Result<Self, Error<'a>> {
        if matches!(item, Value::Null) {
            return Ok(self);
        }
        match (self.open(meter, &item)?, item) {
            (Sum::Nothing, item) => Ok(Sum::One(item)),
            (Sum::One(Value::Number(sum)), Value::Number(item)) => {
                let (one, other) = (sum.as_f64(), item.as_f64());
                let failure = || {
                    let (sum, item) = (Value::Number(sum.clone()), Value::Number(item.clone()));
                    type_error_of_two(&sum, &item, "cannot be added because the result is no number")
                };
                Ok(Sum::One(calculated(one + other, &[one, other], failure)?))
            }
            (Sum::Text(mut sum), Value::Text(item)) => {
                meter.bytes(item.as_str().len())?;
                sum.push_str(item.as_str());
                Ok(Sum::Text(sum))
            }
            (Sum::List(mut sum), Value::Array(items)) => {
                meter.items(items.len())?;
                sum.extend(items.iter());
                Ok(Sum::List(sum))
            }
            (Sum::Object(mut sum), Value::Object(members)) => {
                meter.items(members.len())?;
                sum.extend(members.iter());
                Ok(Sum::Object(sum))
            }
            (sum, item) => Err(type_error_of_two(&sum.value(), &item, "cannot be added")),
        }
    }

    /// Opens a single value where another of its sort is about to follow.
    fn open(self, meter: &Meter, next: &Value<'a>) -> Result<Self, Error<'a>> {
        Ok(match (self, next) {
            (Sum::One(Value::Text(text)), Value::Text(_)) => {
                meter.bytes(text.as_str().len())?;
                Sum::Text(text.as_str().to_owned())
            }
            (Sum::One(Value::Array(items)), Value::Array(_)) => {
                meter.items(items.len())?;
                Sum::List(items.into_vec())
            }
            (Sum::One(Value::Object(members)), Value::Object(_)) => {
                meter.items(members.len())?;
                Sum::Object(members.into_map())
            }
            (sum, _) => sum,
        })
    }

    fn value(self) -> Value<'a> {
        match self {
            Sum::Nothing => Value::Null,
            Sum::One(value) => value,
            Sum::Text(text) => Value::Text(Text::Made(Rc::from(text))),
            Sum::List(items) => Value::array(items),
            Sum::Object(members) => Value::object(members),
        }
    }
}
