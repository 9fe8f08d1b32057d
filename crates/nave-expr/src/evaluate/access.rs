//! Taking parts of values: fields, items, slices, everything. By jq 1.8 (`jv_get` and `parse_slice` of
//! its `jv_aux.c`), messages included.

use indexmap::IndexMap;

use crate::budget::Meter;
use crate::error::Error;
use crate::evaluate::operators::{count, part_of};
use crate::value::{Items, Members, Number, Text, Value, shortened};

type Got<'a> = Result<Value<'a>, Error<'a>>;

/// `value.name`
pub(crate) fn field<'a>(value: &Value<'a>, name: &str) -> Got<'a> {
    match value {
        Value::Object(members) => Ok(members.get(name).unwrap_or(Value::Null)),
        Value::Null => Ok(Value::Null),
        other => Err(cannot_index(other, &Value::text(name))),
    }
}

/// `value[key]`
pub(crate) fn index<'a>(meter: &Meter, value: &Value<'a>, key: &Value<'a>) -> Got<'a> {
    match (value, key) {
        (Value::Object(_), Value::Text(name)) => field(value, name.as_str()),
        (Value::Array(items), Value::Number(number)) => {
            Ok(position(number, items.len()).and_then(|position| items.get(position)).unwrap_or(Value::Null))
        }
        (Value::Array(_) | Value::Text(_), Value::Object(bounds)) => {
            let (start, end) = ends(bounds)?;
            slice(meter, value, &start, &end)
        }
        (Value::Array(items), Value::Array(part)) => positions(meter, items, part),
        (Value::Null, Value::Text(_) | Value::Number(_) | Value::Object(_)) => Ok(Value::Null),
        _ => Err(cannot_index(value, key)),
    }
}

fn cannot_index<'a>(value: &Value<'_>, key: &Value<'_>) -> Error<'a> {
    let (of, by) = (value.type_name(), key.type_name());
    Error::new(format!("Cannot index {of} with {by} ({})", shortened(key)))
}

/// The position that a number means in a list of this length, if there is one.
#[expect(clippy::cast_possible_truncation, reason = "clamped to 32 bits before, as jq does")]
fn position(number: &Number<'_>, length: usize) -> Option<usize> {
    let number = number.as_f64();
    if number.is_nan() {
        return None;
    }
    let number = number.clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i64;
    if number >= 0 {
        return usize::try_from(number).ok();
    }
    length.checked_sub(usize::try_from(-number).ok()?)
}

/// Where a list stands in another.
fn positions<'a>(meter: &Meter, items: &Items<'a>, part: &Items<'a>) -> Got<'a> {
    let mut found = Vec::new();
    for start in 0..items.len() {
        meter.steps(1)?;
        let mut is_equal = !part.is_empty();
        for (offset, wanted) in part.iter().enumerate() {
            is_equal = match items.get(start + offset) {
                Some(item) => item.equals(&wanted, meter)?,
                None => false,
            };
            if !is_equal {
                break;
            }
        }
        if is_equal {
            meter.items(1)?;
            found.push(count(start));
        }
    }
    Ok(Value::array(found))
}

/// `value[from:to]`
pub(crate) fn slice<'a>(meter: &Meter, value: &Value<'a>, from: &Value<'a>, to: &Value<'a>) -> Got<'a> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Array(items) => {
            let (start, end) = bounds(items.len(), from, to)?;
            match items {
                Items::Given(items) => {
                    Ok(Value::Array(Items::Given(items.get(start..end).unwrap_or_default())))
                }
                Items::Made(items) => {
                    meter.items(end - start)?;
                    Ok(Value::array(items.get(start..end).unwrap_or_default().to_vec()))
                }
            }
        }
        Value::Text(text) => {
            meter.steps(text.as_str().len() / 64)?;
            let (start, end) = bounds(text.as_str().chars().count(), from, to)?;
            Ok(Value::Text(characters(meter, text, start, end)?))
        }
        other => Err(cannot_index(other, &slice_key(from, to))),
    }
}

/// Characters of a text, by their numbers.
fn characters<'a>(meter: &Meter, text: &Text<'a>, start: usize, end: usize) -> Result<Text<'a>, Error<'a>> {
    let whole = text.as_str();
    let mut offsets = whole.char_indices().map(|(offset, _)| offset);
    let from = offsets.clone().nth(start).unwrap_or(whole.len());
    let to = offsets.nth(end).unwrap_or(whole.len());
    part_of(meter, text, from, to.saturating_sub(from))
}

/// A slice as a key of a path: `{"start": …, "end": …}`.
pub(crate) fn slice_key<'a>(from: &Value<'a>, to: &Value<'a>) -> Value<'a> {
    let mut members = IndexMap::with_capacity(2);
    members.insert(Text::Given("start"), from.clone());
    members.insert(Text::Given("end"), to.clone());
    Value::object(members)
}

/// Both ends of a slice that is a key of a path; both must be there.
pub(crate) fn ends<'a>(slice: &Members<'a>) -> Result<(Value<'a>, Value<'a>), Error<'a>> {
    match (slice.get("start"), slice.get("end")) {
        (Some(start), Some(end)) => Ok((start, end)),
        _ => Err(Error::new("Array/string slice indices must be integers")),
    }
}

/// The positions a slice means: negative ones count from the end, fractions widen it.
pub(crate) fn bounds<'a>(
    length: usize,
    from: &Value<'_>,
    to: &Value<'_>,
) -> Result<(usize, usize), Error<'a>> {
    let number = |value: &Value<'_>| match value {
        Value::Null => Ok(f64::NAN),
        Value::Number(number) => Ok(number.as_f64()),
        _ => Err(Error::new("Array/string slice indices must be integers")),
    };
    let (from, to) = (number(from)?, number(to)?);
    let size = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    let from_end = |bound: f64| if bound < 0.0 { bound + size } else { bound };
    let start = if from.is_nan() { 0.0 } else { from_end(from).clamp(0.0, size) }.floor();
    let mut end = if to.is_nan() { size } else { from_end(to) };
    if end < 0.0 {
        end = start;
    }
    let end = end.ceil().clamp(start, size);
    Ok((whole(start), whole(end)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a length")]
fn whole(number: f64) -> usize {
    number as usize
}

/// The error for iterating over what has no parts.
pub(crate) fn cannot_iterate<'a>(value: &Value<'_>) -> Error<'a> {
    Error::new(format!("Cannot iterate over {} ({})", value.type_name(), shortened(value)))
}
