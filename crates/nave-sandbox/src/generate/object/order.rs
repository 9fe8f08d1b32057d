//! Times of one object in their order: nothing is updated before it was created, or ends before it starts.

use nave_connector::Schema;
use serde_json::{Map, Value};

use super::property_schemas;
use crate::generate::plausible::split_name;
use crate::generate::shape::Shape;

/// Words of names, the earlier first. Only times whose names are alike but for these words are compared.
const PAIRS: [(&str, &str); 14] = [
    ("created", "updated"),
    ("created", "modified"),
    ("created", "closed"),
    ("created", "completed"),
    ("created", "expires"),
    ("created", "due"),
    ("start", "end"),
    ("started", "ended"),
    ("starts", "ends"),
    ("from", "to"),
    ("since", "until"),
    ("opened", "closed"),
    ("issued", "due"),
    ("sent", "delivered"),
];
/// Keywords that set limits which a value of another property need not keep.
const LIMITS: [&str; 10] =
    ["$ref", "allOf", "anyOf", "oneOf", "enum", "const", "pattern", "minimum", "maximum", "multipleOf"];

/// Exchanges times that stand the wrong way round.
pub(super) fn put_in_order(shape: &Shape<'_>, members: &mut Map<String, Value>) {
    let times: Vec<(String, Vec<String>)> = members
        .iter()
        .filter(|(_, value)| is_time(value))
        .map(|(name, _)| (name.clone(), split_name(name)))
        .collect();
    for (early, late) in PAIRS {
        for (one, words) in times.iter().filter(|(_, words)| words.iter().any(|word| word == early)) {
            let replaced = |word: &String| if word == early { late.to_owned() } else { word.clone() };
            let wanted: Vec<String> = words.iter().map(replaced).collect();
            let Some((other, _)) = times.iter().find(|(_, words)| *words == wanted) else { continue };
            exchange(shape, members, one, other);
        }
    }
}

/// Exchanges two times if the first is later and each may stand where the other does.
fn exchange(shape: &Shape<'_>, members: &mut Map<String, Value>, early: &str, late: &str) {
    let (Some(first), Some(second)) = (members.get(early), members.get(late)) else { return };
    let wrong = match (first, second) {
        (Value::String(first), Value::String(second)) => first.len() == second.len() && first > second,
        (Value::Number(first), Value::Number(second)) => first.as_i64() > second.as_i64(),
        _ => false,
    };
    if wrong && are_alike(shape, early, late) {
        let (first, second) = (first.clone(), second.clone());
        members.insert(early.to_owned(), second);
        members.insert(late.to_owned(), first);
    }
}

/// Whether two properties take the same values: neither has limits, or both have the same.
fn are_alike(shape: &Shape<'_>, one: &str, other: &str) -> bool {
    let (one, other) = (property_schemas(shape, one), property_schemas(shape, other));
    let limits = |schema: &Schema<'_>| LIMITS.map(|keyword| schema.value.get(keyword).cloned());
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| limits(one) == limits(other))
}

/// A date, a point in time, or seconds since 1970.
fn is_time(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok()
        }
        Value::Number(number) => number.as_i64().is_some_and(|seconds| seconds > 1_000_000_000),
        _ => false,
    }
}
