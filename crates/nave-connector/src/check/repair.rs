//! Repairs that lose nothing: `"5"` where only a number is meant, `5` where only a text is. Anything
//! that would guess at a meaning is a hint instead.

use serde_json::{Number, Value};

use crate::check::walk::Here;
use crate::check::words::type_names;

/// A repair found by the walk.
#[derive(Debug, Clone)]
pub(super) struct Fix {
    pub pointer: String,
    pub subject: String,
    pub from: Value,
    pub to: Value,
}

impl Fix {
    pub(super) fn new(here: Here<'_, '_>, to: Value) -> Self {
        let (pointer, subject) = (here.frame.pointer(), here.frame.subject());
        Fix { pointer, subject, from: here.value.clone(), to }
    }
}

/// The same value in a type that is admitted, where exactly this value is meant beyond doubt.
///
/// A text becomes a number only if the number is written back as exactly that text, so `"007"`,
/// `"1.50"` and numbers beyond the precision of a double stay refused.
pub(super) fn lossless(types: &Value, value: &Value) -> Option<Value> {
    let admits = |name: &str| type_names(types).any(|admitted| admitted == name);
    match value {
        Value::String(text) if !admits("string") => {
            if admits("integer") || admits("number") {
                let number = exact_number(text)?;
                return (admits("number") || !number.is_f64()).then_some(Value::Number(number));
            }
            match text.as_str() {
                "true" if admits("boolean") => Some(Value::Bool(true)),
                "false" if admits("boolean") => Some(Value::Bool(false)),
                _ => None,
            }
        }
        Value::Number(number) if !number.is_f64() && admits("string") => {
            Some(Value::String(number.to_string()))
        }
        _ => None,
    }
}

fn exact_number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        let number = Number::from(whole);
        return (number.to_string() == text).then_some(number);
    }
    let number = Number::from_f64(text.parse::<f64>().ok()?)?;
    (number.to_string() == text).then_some(number)
}

/// A whole number without its fraction, where integers are admitted and other numbers are not.
pub(super) fn whole(types: &Value, number: &Number) -> Option<Value> {
    if type_names(types).any(|name| name == "number") || !type_names(types).any(|name| name == "integer") {
        return None;
    }
    let float = number.as_f64()?;
    let text = format!("{float:.0}");
    let exact = float.abs() < 9_007_199_254_740_992.0;
    exact.then(|| text.parse::<i64>().ok().map(Value::from)).flatten()
}

/// What to do about a value of the wrong type, where that is plain.
pub(super) fn advice(types: &Value, value: &Value) -> Option<String> {
    let admits = |name: &str| type_names(types).any(|admitted| admitted == name);
    let advice = match value {
        Value::Null => "leave it out where there is no value",
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Object(_) if admits("array") => {
            "give a list, in brackets, even of one"
        }
        Value::String(text) if text.trim_start().starts_with('{') && admits("object") => {
            "give the object itself, not its text"
        }
        Value::String(text) if admits("integer") && text.parse::<f64>().is_ok() => {
            "write the number without quotes and without a fraction"
        }
        Value::String(text) if admits("number") && text.parse::<f64>().is_ok() => {
            "write the number without quotes"
        }
        Value::Number(_) if admits("integer") => "a whole number is needed",
        Value::Number(_) if type_names(types).all(|name| matches!(name, "string" | "null")) => {
            "write it in quotes, exactly as it is meant"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(types: &Value, value: &Value, expected: Option<&Value>) {
        assert_eq!(lossless(types, value).as_ref(), expected, "{types} {value}");
    }

    #[test]
    fn only_what_loses_nothing_is_repaired() {
        check(&json!("integer"), &json!("5"), Some(&json!(5)));
        check(&json!(["integer", "null"]), &json!("-5"), Some(&json!(-5)));
        check(&json!("number"), &json!("1.5"), Some(&json!(1.5)));
        check(&json!("boolean"), &json!("true"), Some(&json!(true)));
        check(&json!("string"), &json!(5), Some(&json!("5")));
        for refused in ["007", "+5", " 5", "5.0", "1e3", "", "0x5", "9007199254740993.5"] {
            check(&json!("integer"), &json!(refused), None);
        }
        check(&json!("number"), &json!("1.50"), None);
        check(&json!("boolean"), &json!("yes"), None);
        check(&json!("string"), &json!(1.5), None);
        check(&json!("string"), &json!(true), None);
        check(&json!("array"), &json!("x"), None);
    }

    #[test]
    fn whole_numbers_lose_their_fraction() {
        assert_eq!(whole(&json!("integer"), json!(5.0).as_number().unwrap()), Some(json!(5)));
        assert_eq!(whole(&json!("number"), json!(5.0).as_number().unwrap()), None);
        assert_eq!(whole(&json!("integer"), json!(1e300).as_number().unwrap()), None);
    }
}
