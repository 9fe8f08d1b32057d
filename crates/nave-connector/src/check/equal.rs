//! When two JSON values are the same, as JSON Schema counts it: numbers by value, objects without order.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use nave_model::Decimal;
use serde_json::{Number, Value};

/// Whether two values are equal (JSON Schema 2020-12 core, section 4.2.2).
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// The order of two numbers, exact whatever their length.
pub(super) fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => Some(decimal(a)?.cmp(&decimal(b)?)),
    }
}

fn decimal(number: &Number) -> Option<Decimal> {
    Decimal::parse(number.as_str())
}

/// The positions of the first two items that are the same.
pub(super) fn repeated(items: &[Value]) -> Option<(usize, usize)> {
    if items.len() <= 16 {
        let mut pairs = items.iter().enumerate().flat_map(|(later, b)| {
            items.iter().take(later).enumerate().map(move |(earlier, a)| (earlier, a, later, b))
        });
        return pairs.find(|(_, a, _, b)| same(a, b)).map(|(earlier, _, later, _)| (earlier, later));
    }
    let mut seen = BTreeSet::new();
    let later = items.iter().position(|item| !seen.insert(canonical(item)))?;
    let item = items.get(later)?;
    let earlier = items.iter().position(|other| same(other, item))?;
    Some((earlier, later))
}

/// A text that is equal for equal values.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => decimal(number).map_or_else(|| number.to_string(), |one| one.to_string()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let mut fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::String(name.clone()), canonical(value)))
                .collect();
            fields.sort_unstable();
            format!("{{{}}}", fields.join(","))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

/// Whether `number` is a multiple of `divisor`; decimals within the precision of a double.
pub(super) fn is_multiple(number: &Number, divisor: &Number) -> bool {
    if let (Some(number), Some(divisor)) = (number.as_i128(), divisor.as_i128()) {
        return divisor == 0 || number % divisor == 0;
    }
    let (Some(number), Some(divisor)) = (number.as_f64(), divisor.as_f64()) else { return true };
    let quotient = number / divisor;
    quotient.is_finite() && (quotient - quotient.round()).abs() <= 1e-9 * quotient.abs().max(1.0)
}

/// Whether a number is whole, however it is written (`1.0` is).
pub(super) fn is_whole(number: &Number) -> bool {
    !number.is_f64() || decimal(number).is_some_and(|decimal| decimal.is_whole())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(same(&json!([1, {"a": 1.0}]), &json!([1.0, {"a": 1}])));
        assert!(!same(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)));
        assert!(!same(&json!("1"), &json!(1)));
        let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(same(&number("1.10"), &number("11e-1")));
        assert!(!same(&number("0.12345678901234567891"), &number("0.12345678901234567892")));
        assert!(!same(&json!({"a": 1}), &json!({"a": 1, "b": 1})));
    }

    #[test]
    fn repeated_items_are_found_in_short_and_long_arrays() {
        assert_eq!(repeated(&[json!(1), json!("1"), json!(1.0)]), Some((0, 2)));
        let mut many: Vec<Value> = (0..100).map(|n| json!({"n": n, "x": true})).collect();
        assert_eq!(repeated(&many), None);
        many.push(json!({"x": true, "n": 7}));
        assert_eq!(repeated(&many), Some((7, 100)));
    }

    #[test]
    fn multiples_of_decimals_are_multiples() {
        let check = |number: Value, divisor: Value| {
            is_multiple(number.as_number().unwrap(), divisor.as_number().unwrap())
        };
        assert!(check(json!(19.99), json!(0.01)));
        assert!(!check(json!(19.995), json!(0.01)));
        assert!(check(json!(6), json!(3)));
        assert!(!check(json!(7), json!(3)));
    }
}
