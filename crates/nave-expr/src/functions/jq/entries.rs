//! Objects as lists of names and values, and back.

use indexmap::IndexMap;

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{bounded, count, values};
use crate::functions::shape;
use crate::functions::signature::{Call, List, Object};
use crate::functions::{Example, Function};
use crate::types::{Presence, Type};
use crate::value::{Text, Value, shortened};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "to_entries",
        arity: 0,
        parameters: &[],
        summary: "The members of an object as a list of `{key, value}`, in its order.",
        is_jq: true,
        examples: &[
            Example {
                program: "to_entries",
                input: r#"{"net": 10, "tax": 2}"#,
                output: r#"[{"key": "net", "value": 10}, {"key": "tax", "value": 2}]"#,
            },
            Example { program: "to_entries", input: r#"["x"]"#, output: r#"[{"key": 0, "value": "x"}]"# },
            Example { program: "to_entries", input: "7", output: "error: number (7) has no keys" },
        ],
        run: to_entries,
        types: |input, arguments| {
            let call = Call::new("to_entries", input, arguments).input(&[Object, List])?;
            let entry = Type::record([("key".into(), shape::keys(input)), ("value".into(), input.values())]);
            let (least, most) = if input.may_be(Object) { (0, None) } else { shape::bounds(input) };
            call.gives(shape::list(entry, least, most))
        },
    },
    Function {
        name: "from_entries",
        arity: 0,
        parameters: &[],
        summary: "The object whose members a list names as `{key, value}`; `name`, `Key`, `Name` and `Value` are understood too.",
        is_jq: true,
        examples: &[
            Example {
                program: "from_entries",
                input: r#"[{"name": "net", "value": 10}, {"Key": "tax", "Value": 2}, {"key": "fee"}]"#,
                output: r#"{"net": 10, "tax": 2, "fee": null}"#,
            },
            Example { program: "from_entries", input: "[]", output: "{}" },
            Example {
                program: "from_entries",
                input: r#"[{"value": 1}]"#,
                output: "error: Cannot use null (null) as object key",
            },
            Example {
                program: "from_entries",
                input: "[7]",
                output: r#"error: Cannot index number with string ("Name")"#,
            },
        ],
        run: from_entries,
        types: |input, arguments| {
            let call = Call::new("from_entries", input, arguments).input(&[List, Object])?;
            let entry = input.values();
            let (value, spare) = (entry.field("value"), entry.field("Value"));
            let value = match value.presence {
                Presence::Always => value.value,
                Presence::Never => spare.value,
                Presence::Maybe | Presence::Unknown => value.value.union(&spare.value),
            };
            call.gives(Type::map_of(value))
        },
    },
];

fn to_entries<'a>(meter: &Meter, input: &Value<'a>, _: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let entries: Vec<(Value<'a>, Value<'a>)> = match input {
        Value::Object(members) => members.iter().map(|(name, value)| (Value::Text(name), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(position, item)| (count(position), item)).collect()
        }
        other => return Err(type_error(other, "has no keys")),
    };
    meter.items(entries.len().saturating_mul(3))?;
    let entry = |(key, value)| {
        let members = [(Text::Given("key"), key), (Text::Given("value"), value)];
        Value::object(members.into_iter().collect())
    };
    bounded(meter, Value::array(entries.into_iter().map(entry).collect()))
}

fn from_entries<'a>(meter: &Meter, input: &Value<'a>, _: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let mut object = IndexMap::new();
    for entry in values(meter, input)? {
        let entry = match entry {
            Value::Object(members) => Some(members),
            Value::Null => None,
            // jq looks for the last spelling last, and that is where it fails.
            other => {
                return Err(Error::new(format!("Cannot index {} with string (\"Name\")", other.type_name())));
            }
        };
        let member = |name: &str| entry.as_ref().and_then(|members| members.get(name));
        let key = ["key", "Key", "name"].into_iter().filter_map(member).find(Value::is_truthy);
        let key = match key.or_else(|| member("Name")) {
            Some(Value::Text(key)) => key,
            other => {
                let other = other.unwrap_or(Value::Null);
                return Err(Error::new(format!(
                    "Cannot use {} ({}) as object key",
                    other.type_name(),
                    shortened(&other)
                )));
            }
        };
        object.insert(key, member("value").or_else(|| member("Value")).unwrap_or(Value::Null));
    }
    Ok(Value::object(object))
}
