//! The messages of functions that name the values they fail on, in jq's words.

use crate::error::Error;
use crate::value::{Value, shortened};

/// `string ("abc") cannot be parsed as a number`.
pub(crate) fn type_error<'a>(bad: &Value<'_>, what: &str) -> Error<'a> {
    Error::new(format!("{} ({}) {what}", bad.type_name(), shortened(bad)))
}

/// `string ("a") and number (1) cannot be added`.
pub(crate) fn type_error_of_two<'a>(first: &Value<'_>, second: &Value<'_>, what: &str) -> Error<'a> {
    let (one, other) = (shortened(first), shortened(second));
    Error::new(format!("{} ({one}) and {} ({other}) {what}", first.type_name(), second.type_name()))
}

/// `Cannot index object with number (0)`.
pub(crate) fn cannot_index<'a>(value: &Value<'_>, part: &Value<'_>) -> Error<'a> {
    Error::new(format!("Cannot index {} with {} ({})", value.type_name(), part.type_name(), shortened(part)))
}

/// A number that is calculated of others. Where there is none, though all of those are numbers, it fails:
/// not a number would come out as null where a number is promised.
pub(crate) fn calculated<'a>(
    result: f64,
    given: &[f64],
    failure: impl FnOnce() -> Error<'a>,
) -> Result<Value<'a>, Error<'a>> {
    let is_none = result.is_nan() && !given.iter().any(|number| number.is_nan());
    if is_none { Err(failure()) } else { Ok(Value::number(result)) }
}
