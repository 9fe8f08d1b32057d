//! Numbers as jq 1.8 counts them: doubles when calculated with, exactly what was written until then.

use std::cmp::Ordering;

use nave_model::Decimal;
use serde_json::Value as Json;

use super::Text;

/// A number.
#[derive(Debug, Clone)]
pub enum Number<'a> {
    /// The result of a calculation; may be not a number or infinite.
    Double(f64),
    /// As it stands in the source, by the grammar of JSON.
    Written(Text<'a>),
}

impl<'a> Number<'a> {
    /// A number as it stands in the source.
    pub fn written(text: &'a str) -> Self {
        Number::Written(Text::Given(text))
    }

    /// The nearest double.
    pub fn as_f64(&self) -> f64 {
        match self {
            Number::Double(number) => *number,
            Number::Written(text) => text.as_str().parse().unwrap_or(f64::NAN),
        }
    }

    /// The exact value; `None` for what is no number or infinite.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Number::Double(number) => Decimal::parse(&double_text(*number)?),
            Number::Written(text) => Decimal::parse(text.as_str()),
        }
    }

    /// As JSON: not a number is `null`, what is beyond a double is the largest one (jq 1.8).
    pub fn to_json(&self) -> Json {
        let text = match self {
            Number::Written(text) => return text.as_str().parse().map_or(Json::Null, Json::Number),
            Number::Double(number) if number.is_nan() => return Json::Null,
            Number::Double(number) => double_text(number.clamp(f64::MIN, f64::MAX)),
        };
        text.and_then(|text| text.parse().ok()).map_or(Json::Null, Json::Number)
    }

    /// The order of two numbers; written ones are compared exactly. Not a number is below all others,
    /// itself included (jq's manual, "sort").
    pub fn order(&self, other: &Number<'_>) -> Ordering {
        if let (Number::Written(a), Number::Written(b)) = (self, other) {
            if a == b {
                return Ordering::Equal;
            }
            if let (Some(a), Some(b)) = (Decimal::parse(a.as_str()), Decimal::parse(b.as_str())) {
                return a.cmp(&b);
            }
        }
        let (a, b) = (self.as_f64(), other.as_f64());
        match a.partial_cmp(&b) {
            Some(order) => order,
            None if a.is_nan() => Ordering::Less,
            None => Ordering::Greater,
        }
    }
}

/// The shortest text that reads as this double, whole numbers without a fraction; `None` for what JSON
/// cannot write.
fn double_text(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    if number.fract() == 0.0 && number.abs() < 1e17 {
        return Some(format!("{number:.0}"));
    }
    Some(serde_json::Number::from_f64(number)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_stays_and_what_is_calculated_is_short() {
        for (number, expected) in [
            (Number::written("1.10"), "1.10"),
            (Number::written("12345678901234567890.123"), "12345678901234567890.123"),
            (Number::Double(3.0), "3"),
            (Number::Double(-0.0), "-0"),
            (Number::Double(0.1), "0.1"),
            (Number::Double(f64::NAN), "null"),
            (Number::Double(f64::INFINITY), "1.7976931348623157e+308"),
        ] {
            assert_eq!(number.to_json().to_string(), expected);
        }
    }

    #[test]
    fn written_numbers_are_compared_exactly() {
        let order = |a, b| Number::written(a).order(&Number::written(b));
        assert_eq!(order("1.0", "1"), Ordering::Equal);
        assert_eq!(order("9007199254740993", "9007199254740992"), Ordering::Greater);
        assert_eq!(Number::Double(f64::NAN).order(&Number::Double(f64::NAN)), Ordering::Less);
        assert_eq!(Number::Double(1.0).order(&Number::written("1")), Ordering::Equal);
    }
}
