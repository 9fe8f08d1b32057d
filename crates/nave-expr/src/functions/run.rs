//! What the functions share when they run: reading arguments, and making texts and lists within a budget.

use crate::budget::Meter;
use crate::error::Error;
use crate::value::{Value, shortened};

/// The first argument; the evaluator hands in as many as the function's arity says.
pub(crate) fn first<'v, 'a>(arguments: &'v [Value<'a>]) -> &'v Value<'a> {
    arguments.first().unwrap_or(&Value::Null)
}

/// The second argument.
pub(crate) fn second<'v, 'a>(arguments: &'v [Value<'a>]) -> &'v Value<'a> {
    arguments.get(1).unwrap_or(&Value::Null)
}

/// The third argument.
pub(crate) fn third<'v, 'a>(arguments: &'v [Value<'a>]) -> &'v Value<'a> {
    arguments.get(2).unwrap_or(&Value::Null)
}

/// The text a value is, if it is one.
pub(crate) fn as_text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    }
}

/// The double a number is, if it is one.
pub(crate) fn as_double(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Number(number) => Some(number.as_f64()),
        _ => None,
    }
}

/// A text made by a function, charged.
///
/// # Errors
/// The budget has not so many bytes left.
pub(crate) fn make_text<'a>(meter: &Meter, text: impl Into<String>) -> Result<Value<'a>, Error<'a>> {
    let text = text.into();
    meter.bytes(text.len())?;
    Ok(Value::text(text))
}

/// A value that was made around others, unless it is too deep.
///
/// # Errors
/// It has more levels than the budget allows.
pub(crate) fn bounded<'a>(meter: &Meter, value: Value<'a>) -> Result<Value<'a>, Error<'a>> {
    if u64::from(value.depth()) > meter.depth() {
        return Err(meter.too_deep());
    }
    Ok(value)
}

/// A count as a number.
pub(crate) fn count<'a>(count: usize) -> Value<'a> {
    Value::number(as_f64(count))
}

/// A count as a double; counts of things in memory are far below 2^53.
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}

/// A double as an index: truncated, `None` where it is below zero, beyond all lists or no number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
pub(crate) fn index(number: f64) -> Option<usize> {
    let whole = number.trunc();
    (0.0..4_294_967_296.0).contains(&whole).then_some(whole as usize)
}

/// The values in a list or object (`.[]`).
///
/// # Errors
/// It is neither; the message is jq's.
pub(crate) fn values<'a>(meter: &Meter, value: &Value<'a>) -> Result<Vec<Value<'a>>, Error<'a>> {
    match value {
        Value::Array(items) => {
            meter.items(items.len())?;
            Ok(items.iter().collect())
        }
        Value::Object(members) => {
            meter.items(members.len())?;
            Ok(members.iter().map(|(_, value)| value).collect())
        }
        other => Err(Error::new(format!("Cannot iterate over {} ({})", other.type_name(), shortened(other)))),
    }
}
