//! The order of values and sorting by it, within a budget: values may share parts, so that comparing two
//! can take far longer than holding them.

use std::cmp::Ordering;

use crate::budget::Meter;
use crate::error::Error;
use crate::value::{Members, Value};

/// The order of two values ([`Value::order`]), a step for every part that is compared.
///
/// # Errors
/// There are not so many steps left.
pub(crate) fn order<'a>(meter: &Meter, one: &Value<'_>, other: &Value<'_>) -> Result<Ordering, Error<'a>> {
    meter.steps(1)?;
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            for (a, b) in one.iter().zip(other.iter()) {
                let order = order(meter, &a, &b)?;
                if order.is_ne() {
                    return Ok(order);
                }
            }
            Ok(one.len().cmp(&other.len()))
        }
        (Value::Object(one), Value::Object(other)) => objects(meter, one, other),
        (Value::Text(one), Value::Text(other)) => {
            meter.steps(one.as_str().len().min(other.as_str().len()) / 64)?;
            Ok(one.as_str().cmp(other.as_str()))
        }
        _ => Ok(one.order(other)),
    }
}

/// Whether two values are equal.
///
/// # Errors
/// There are not enough steps left.
pub(crate) fn equal<'a>(meter: &Meter, one: &Value<'_>, other: &Value<'_>) -> Result<bool, Error<'a>> {
    Ok(order(meter, one, other)?.is_eq())
}

/// Sorts by a key, equal ones in the order they have. jq orders not a number below itself, which the
/// standard library's sorting may answer with a panic; this merges, and takes any answer.
///
/// # Errors
/// There are not enough steps left.
pub(crate) fn sort<'a, 'v, T>(
    meter: &Meter,
    mut items: Vec<T>,
    key: impl Fn(&T) -> &Value<'v>,
) -> Result<Vec<T>, Error<'a>> {
    meter.items(items.len())?;
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        let mut rest = items.into_iter().peekable();
        while rest.peek().is_some() {
            let left: Vec<T> = rest.by_ref().take(width).collect();
            let right: Vec<T> = rest.by_ref().take(width).collect();
            merge(meter, left, right, &key, &mut merged)?;
        }
        items = merged;
        width = width.saturating_mul(2);
    }
    Ok(items)
}

fn merge<'a, 'v, T>(
    meter: &Meter,
    left: Vec<T>,
    right: Vec<T>,
    key: &impl Fn(&T) -> &Value<'v>,
    merged: &mut Vec<T>,
) -> Result<(), Error<'a>> {
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let is_second = order(meter, key(one), key(other))?.is_gt();
        merged.extend(if is_second { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(())
}

fn objects<'a>(meter: &Meter, one: &Members<'_>, other: &Members<'_>) -> Result<Ordering, Error<'a>> {
    meter.steps(one.len().saturating_add(other.len()))?;
    let (one, other) = (one.sorted(), other.sorted());
    let names = one.iter().map(|(name, _)| name.as_str()).cmp(other.iter().map(|(name, _)| name.as_str()));
    if names.is_ne() {
        return Ok(names);
    }
    for ((_, a), (_, b)) in one.iter().zip(&other) {
        let order = order(meter, a, b)?;
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use serde_json::json;

    #[test]
    fn sorting_is_stable_and_takes_what_is_no_number() {
        let meter = Meter::new(Budget::default());
        let json = json!([[2, "a"], [1, "b"], [2, "c"], [1, "d"], [0, "e"]]);
        let Value::Array(items) = Value::from(&json) else { panic!() };
        let pairs: Vec<(Value<'_>, Value<'_>)> = items
            .iter()
            .map(|pair| match pair {
                Value::Array(pair) => (pair.get(0).unwrap(), pair.get(1).unwrap()),
                _ => panic!(),
            })
            .collect();
        let sorted = sort(&meter, pairs, |(key, _)| key).unwrap();
        let letters: Vec<String> = sorted.iter().map(|(_, letter)| letter.to_json().to_string()).collect();
        assert_eq!(letters, ["\"e\"", "\"b\"", "\"d\"", "\"a\"", "\"c\""]);
        let numbers: Vec<Value<'_>> = (0..200_i32)
            .map(|n| Value::number(if n % 3 == 0 { f64::NAN } else { f64::from(n % 7) }))
            .collect();
        let sorted = sort(&meter, numbers, |number| number).unwrap();
        assert_eq!(sorted.len(), 200);
        assert_eq!(sorted.last().unwrap().to_json(), json!(6));
    }

    #[test]
    fn what_is_shared_is_compared_within_the_steps() {
        let mut value = Value::Null;
        for _ in 0..100 {
            value = Value::array(vec![value.clone(), value]);
        }
        let meter = Meter::new(Budget { steps: 10_000, ..Budget::default() });
        assert!(matches!(order(&meter, &value, &value.clone()), Err(Error::Limit { what: "steps", .. })));
    }

    #[test]
    fn the_order_is_that_of_values() {
        let meter = Meter::new(Budget::default());
        let values = [
            json!(null),
            json!(1),
            json!("b"),
            json!(["a", 1]),
            json!({"b": 1}),
            json!({"a": 2}),
            json!({"a": 1, "c": 0}),
        ];
        for one in &values {
            for other in &values {
                let (one, other) = (Value::from(one), Value::from(other));
                assert_eq!(order(&meter, &one, &other).unwrap(), one.order(&other));
            }
        }
    }
}
