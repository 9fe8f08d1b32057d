//! What the operators do with two values, by jq 1.8 (`binop_*` of its `builtin.c`), messages included.

use crate::ast::Operator;
use crate::budget::Meter;
use crate::error::Error;
use crate::functions::compare;
use crate::functions::failure::calculated;
use crate::value::{Items, Members, Number, Text, Value, shortened};

type Made<'a> = Result<Value<'a>, Error<'a>>;

/// Bytes from which jq refuses to repeat a text.
const MOST_REPEATED: usize = 2_147_483_639;

/// Arithmetic and comparison.
pub(crate) fn binary<'a>(meter: &Meter, operator: Operator, left: Value<'a>, right: Value<'a>) -> Made<'a> {
    let order = |left: &Value<'_>, right: &Value<'_>| compare::order(meter, left, right);
    match operator {
        Operator::Add => add(meter, left, right),
        Operator::Subtract => subtract(meter, &left, &right),
        Operator::Multiply => multiply(meter, left, right),
        Operator::Divide => divide(meter, &left, &right),
        Operator::Remainder => remainder(&left, &right),
        Operator::Equal => Ok(Value::Bool(left.equals(&right, meter)?)),
        Operator::NotEqual => Ok(Value::Bool(!left.equals(&right, meter)?)),
        Operator::Less => Ok(Value::Bool(order(&left, &right)?.is_lt())),
        Operator::LessOrEqual => Ok(Value::Bool(order(&left, &right)?.is_le())),
        Operator::Greater => Ok(Value::Bool(order(&left, &right)?.is_gt())),
        Operator::GreaterOrEqual => Ok(Value::Bool(order(&left, &right)?.is_ge())),
        Operator::And => Ok(Value::Bool(left.is_truthy() && right.is_truthy())),
        Operator::Or => Ok(Value::Bool(left.is_truthy() || right.is_truthy())),
        Operator::Alternative => Ok(if left.is_truthy() { left } else { right }),
    }
}

/// The message for one value that something cannot be done with.
pub(crate) fn unfit<'a>(value: &Value<'_>, what: &str) -> Error<'a> {
    Error::new(format!("{} ({}) {what}", value.type_name(), shortened(value)))
}

/// The message for two values that something cannot be done with.
pub(crate) fn unfit_both<'a>(left: &Value<'_>, right: &Value<'_>, what: &str) -> Error<'a> {
    let (left_type, right_type) = (left.type_name(), right.type_name());
    let (left, right) = (shortened(left), shortened(right));
    Error::new(format!("{left_type} ({left}) and {right_type} ({right}) {what}"))
}

/// `left + right`
pub(crate) fn add<'a>(meter: &Meter, left: Value<'a>, right: Value<'a>) -> Made<'a> {
    match (left, right) {
        (Value::Null, other) | (other, Value::Null) => Ok(other),
        (Value::Number(left), Value::Number(right)) => {
            numbers(&left, &right, |left, right| left + right, "cannot be added")
        }
        (Value::Text(left), Value::Text(right)) => joined(meter, left.as_str(), right.as_str()),
        (Value::Array(left), Value::Array(right)) => {
            let depth = Value::Array(left.clone()).depth().max(Value::Array(right.clone()).depth());
            meter.items(right.len())?;
            let mut items = open_items(meter, left)?;
            items.extend(right.iter());
            Ok(Value::array_of_depth(items, depth))
        }
        (Value::Object(left), Value::Object(right)) => {
            meter.items(right.len())?;
            let depth = Value::Object(left.clone()).depth().max(Value::Object(right.clone()).depth());
            let mut members = open_members(meter, left)?;
            members.extend(right.iter());
            Ok(Value::object_of_depth(members, depth))
        }
        (left, right) => Err(unfit_both(&left, &right, "cannot be added")),
    }
}

/// A calculation with two numbers, which fails where infinite ones make none.
fn numbers<'a>(
    left: &Number<'a>,
    right: &Number<'a>,
    calculate: fn(f64, f64) -> f64,
    what: &str,
) -> Made<'a> {
    let (one, other) = (left.as_f64(), right.as_f64());
    calculated(calculate(one, other), &[one, other], || {
        let (left, right) = (Value::Number(left.clone()), Value::Number(right.clone()));
        unfit_both(&left, &right, &format!("{what} because the result is no number"))
    })
}

/// The items of a list, to change; copied, at its cost, where others hold them.
pub(crate) fn open_items<'a>(meter: &Meter, items: Items<'a>) -> Result<Vec<Value<'a>>, Error<'a>> {
    match &items {
        Items::Made(made) if made.is_alone() => {}
        items => meter.items(items.len())?,
    }
    Ok(items.into_vec())
}

/// The members of an object, to change; copied, at its cost, where others hold them.
pub(crate) fn open_members<'a>(
    meter: &Meter,
    members: Members<'a>,
) -> Result<indexmap::IndexMap<Text<'a>, Value<'a>>, Error<'a>> {
    match &members {
        Members::Made(made) if made.is_alone() => {}
        members => meter.items(members.len())?,
    }
    Ok(members.into_map())
}

fn joined<'a>(meter: &Meter, left: &str, right: &str) -> Made<'a> {
    meter.bytes(left.len().saturating_add(right.len()))?;
    let mut text = String::with_capacity(left.len() + right.len());
    text.push_str(left);
    text.push_str(right);
    Ok(Value::text(text))
}

fn subtract<'a>(meter: &Meter, left: &Value<'a>, right: &Value<'a>) -> Made<'a> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            numbers(left, right, |left, right| left - right, "cannot be subtracted")
        }
        (Value::Array(items), Value::Array(without)) => {
            let mut kept = Vec::new();
            for item in items.iter() {
                let mut is_kept = true;
                for other in without.iter() {
                    if item.equals(&other, meter)? {
                        is_kept = false;
                        break;
                    }
                }
                if is_kept {
                    meter.items(1)?;
                    kept.push(item);
                }
            }
            Ok(Value::array(kept))
        }
        _ => Err(unfit_both(left, right, "cannot be subtracted")),
    }
}

fn multiply<'a>(meter: &Meter, left: Value<'a>, right: Value<'a>) -> Made<'a> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            numbers(&left, &right, |left, right| left * right, "cannot be multiplied")
        }
        (Value::Text(text), Value::Number(times)) | (Value::Number(times), Value::Text(text)) => {
            repeat(meter, text.as_str(), times.as_f64())
        }
        (Value::Object(left), Value::Object(right)) => merge(meter, left, &right),
        (left, right) => Err(unfit_both(&left, &right, "cannot be multiplied")),
    }
}

fn repeat<'a>(meter: &Meter, text: &str, times: f64) -> Made<'a> {
    if times < 0.0 || times.is_nan() {
        return Ok(Value::Null);
    }
    let times = saturate(times);
    let length = text.len().saturating_mul(times);
    if length >= MOST_REPEATED {
        return Err(Error::new("Repeat string result too long"));
    }
    meter.bytes(length)?;
    Ok(Value::text(if text.is_empty() { String::new() } else { text.repeat(times) }))
}

/// A number of something: without its fraction, at most what a 32-bit number holds, at least 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
pub(crate) fn saturate(number: f64) -> usize {
    number.clamp(0.0, 2_147_483_647.0) as usize
}

/// Deep merge: objects under the same name are merged, all else is replaced.
fn merge<'a>(meter: &Meter, left: Members<'a>, right: &Members<'a>) -> Made<'a> {
    let depth = Value::Object(left.clone()).depth().max(Value::Object(right.clone()).depth());
    meter.items(right.len())?;
    let mut members = open_members(meter, left)?;
    for (name, value) in right.iter() {
        let under = members.get_mut(&name).map(|under| std::mem::replace(under, Value::Null));
        let merged = match (under, value) {
            (Some(Value::Object(under)), Value::Object(value)) => merge(meter, under, &value)?,
            (_, value) => value,
        };
        members.insert(name, merged);
    }
    Ok(Value::object_of_depth(members, depth))
}

fn divide<'a>(meter: &Meter, left: &Value<'a>, right: &Value<'a>) -> Made<'a> {
    match (left, right) {
        (Value::Number(dividend), Value::Number(divisor)) => {
            if divisor.as_f64() == 0.0 {
                return Err(unfit_both(left, right, "cannot be divided because the divisor is zero"));
            }
            numbers(dividend, divisor, |left, right| left / right, "cannot be divided")
        }
        (Value::Text(text), Value::Text(separator)) => split(meter, text, separator.as_str()),
        _ => Err(unfit_both(left, right, "cannot be divided")),
    }
}

/// The parts of a text between separators; without a separator, its characters. Nothing has no parts.
pub(crate) fn split<'a>(meter: &Meter, text: &Text<'a>, separator: &str) -> Made<'a> {
    let whole = text.as_str();
    let mut parts = Vec::new();
    let mut push = |part: &str, offset: usize| {
        meter.items(1)?;
        parts.push(Value::Text(part_of(meter, text, offset, part.len())?));
        Ok(())
    };
    if whole.is_empty() {
        return Ok(Value::array(Vec::new()));
    }
    if separator.is_empty() {
        let mut letter = [0; 4];
        for (offset, character) in whole.char_indices() {
            push(character.encode_utf8(&mut letter), offset)?;
        }
        return Ok(Value::array(parts));
    }
    meter.steps(whole.len() / 64)?;
    let mut offset = 0;
    for part in whole.split(separator) {
        push(part, offset)?;
        offset += part.len() + separator.len();
    }
    Ok(Value::array(parts))
}

/// A part of a text: borrowed where the text was handed in, else copied at its cost.
pub(crate) fn part_of<'a>(
    meter: &Meter,
    text: &Text<'a>,
    offset: usize,
    length: usize,
) -> Result<Text<'a>, Error<'a>> {
    let range = offset..offset.saturating_add(length);
    match text {
        Text::Given(text) => Ok(Text::Given(text.get(range).unwrap_or_default())),
        Text::Made(text) => {
            meter.bytes(length)?;
            Ok(Text::Made(text.get(range).unwrap_or_default().into()))
        }
    }
}

/// The remainder of whole numbers: both lose their fraction, what is too large is the largest, and the
/// sign is the dividend's.
fn remainder<'a>(left: &Value<'a>, right: &Value<'a>) -> Made<'a> {
    let (Value::Number(dividend), Value::Number(divisor)) = (left, right) else {
        return Err(unfit_both(left, right, "cannot be divided (remainder)"));
    };
    let (dividend, divisor) = (dividend.as_f64(), divisor.as_f64());
    if dividend.is_nan() || divisor.is_nan() {
        return Ok(Value::number(f64::NAN));
    }
    match whole(dividend).checked_rem(whole(divisor)) {
        Some(rest) => Ok(Value::number(double(rest))),
        // The one other case without an answer, the smallest number by -1, has the rest 0.
        None if whole(divisor) != 0 => Ok(Value::number(0.0)),
        None => Err(unfit_both(left, right, "cannot be divided (remainder) because the divisor is zero")),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from a double saturates, as jq does here")]
fn whole(number: f64) -> i64 {
    number as i64
}

#[expect(clippy::cast_precision_loss, reason = "jq calculates with doubles")]
fn double(number: i64) -> f64 {
    number as f64
}

/// `-value`
pub(crate) fn negate<'a>(value: &Value<'a>) -> Made<'a> {
    match value {
        Value::Number(number) => Ok(Value::Number(number.negated())),
        other => Err(unfit(other, "cannot be negated")),
    }
}

/// A count as a number.
pub(crate) fn count<'a>(count: usize) -> Value<'a> {
    Value::Number(Number::Double(u32::try_from(count).map_or(f64::INFINITY, f64::from)))
}
