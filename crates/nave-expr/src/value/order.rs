//! The order of all values (jq's manual, "sort"): null, false, true, numbers, texts by code point, lists
//! item by item, objects by their sorted names and then value by value.

use std::cmp::Ordering;

use super::{Members, Text, Value};

impl Value<'_> {
    /// The order of two values.
    pub fn order(&self, other: &Value<'_>) -> Ordering {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a.order(b),
            // UTF-8 sorts as code points do.
            (Value::Text(a), Value::Text(b)) => a.as_str().cmp(b.as_str()),
            (Value::Array(a), Value::Array(b)) => {
                let pairs = a.iter().zip(b.iter());
                let different = pairs.map(|(a, b)| a.order(&b)).find(|order| order.is_ne());
                different.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Value::Object(a), Value::Object(b)) => objects(a, b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.order(other).is_eq()
    }
}

impl<'a> Members<'a> {
    /// All of them, in the order of their names.
    pub fn sorted(&self) -> Vec<(Text<'a>, Value<'a>)> {
        let mut members: Vec<_> = self.iter().collect();
        members.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
        members
    }
}

fn rank(value: &Value<'_>) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::Text(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

fn objects(a: &Members<'_>, b: &Members<'_>) -> Ordering {
    let (a, b) = (a.sorted(), b.sorted());
    let names = |members: &[(Text<'_>, Value<'_>)]| -> Vec<String> {
        members.iter().map(|(name, _)| name.as_str().to_owned()).collect()
    };
    names(&a).cmp(&names(&b)).then_with(|| {
        let different = a.iter().zip(&b).map(|((_, a), (_, b))| a.order(b)).find(|order| order.is_ne());
        different.unwrap_or(Ordering::Equal)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_of_all_types_have_one_order() {
        let sorted = [
            json!(null),
            json!(false),
            json!(true),
            json!(-1),
            json!(0.5),
            json!("a"),
            json!("aa"),
            json!([]),
            json!([1]),
            json!([1, 0]),
            json!({}),
            json!({"a": 2}),
            json!({"a": 1, "b": 0}),
            json!({"b": 0}),
        ];
        for (position, one) in sorted.iter().enumerate() {
            for (other_position, other) in sorted.iter().enumerate() {
                let order = Value::from(one).order(&Value::from(other));
                assert_eq!(order, position.cmp(&other_position), "{one} {other}");
            }
        }
    }
}
