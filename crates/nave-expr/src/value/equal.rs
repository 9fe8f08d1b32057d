//! Equality of values within a budget: an object is compared name by name, without sorting.

use super::{Number, Value};
use crate::budget::Meter;
use crate::error::Error;

impl Value<'_> {
    /// Whether two values are equal. The same as an equal order, and quicker; but as in jq 1.8 one and
    /// the same list or object equals itself, even where it holds what is no number.
    ///
    /// # Errors
    /// The steps are used up: values share their parts, so that two small ones may have more parts to
    /// compare than there is time.
    pub fn equals<'e>(&self, other: &Value<'_>, meter: &Meter) -> Result<bool, Error<'e>> {
        meter.steps(1)?;
        match (self, other) {
            (Value::Array(a), Value::Array(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                if self.is_same(other) {
                    return Ok(true);
                }
                for (a, b) in a.iter().zip(b.iter()) {
                    if !a.equals(&b, meter)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Object(a), Value::Object(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                if self.is_same(other) {
                    return Ok(true);
                }
                for (name, value) in a.iter() {
                    match b.get(name.as_str()) {
                        Some(other) if value.equals(&other, meter)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            (Value::Text(a), Value::Text(b)) => {
                meter.steps(a.as_str().len().min(b.as_str().len()) / 64)?;
                Ok(a == b)
            }
            _ => Ok(self.order(other).is_eq()),
        }
    }

    /// Whether both are one and the same thing in memory, or the same scalar.
    pub(crate) fn is_same(&self, other: &Value<'_>) -> bool {
        use super::{Items, Members};
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(Number::Double(a)), Value::Number(Number::Double(b))) => {
                a.to_bits() == b.to_bits()
            }
            (Value::Number(Number::Written(a)), Value::Number(Number::Written(b)))
            | (Value::Text(a), Value::Text(b)) => std::ptr::eq(a.as_str(), b.as_str()),
            (Value::Array(Items::Given(a)), Value::Array(Items::Given(b))) => std::ptr::eq(*a, *b),
            (Value::Array(Items::Made(a)), Value::Array(Items::Made(b))) => a.is_same(b),
            (Value::Object(Members::Given(a)), Value::Object(Members::Given(b))) => std::ptr::eq(*a, *b),
            (Value::Object(Members::Made(a)), Value::Object(Members::Made(b))) => a.is_same(b),
            _ => false,
        }
    }
}
