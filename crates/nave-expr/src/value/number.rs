//! Numbers as jq 1.8 counts them: doubles when calculated with, exactly what was written until then.

use std::borrow::Cow;
use std::cmp::Ordering;

use nave_model::Decimal;
use serde_json::Value as Json;

use super::Text;

/// Decimal digits that a written number keeps when it is calculated with (jq 1.8,
/// `DEC_NUMBER_DOUBLE_PRECISION`); rounded half to even before the nearest double is taken.
const DIGITS: usize = 17;

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

    /// The double that is calculated with.
    pub fn as_f64(&self) -> f64 {
        match self {
            Number::Double(number) => *number,
            Number::Written(text) => double(text.as_str()),
        }
    }

    /// The exact value; `None` for what is no number or infinite.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Number::Double(number) if number.is_finite() => Decimal::parse(&double_text(*number)),
            Number::Double(_) => None,
            Number::Written(text) => Decimal::parse(text.as_str()),
        }
    }

    /// Whether it is no number.
    pub fn is_nan(&self) -> bool {
        matches!(self, Number::Double(number) if number.is_nan())
    }

    /// As JSON: not a number is `null`, what is beyond a double is the largest one (jq 1.8).
    pub fn to_json(&self) -> Json {
        match self {
            Number::Written(text) => text.as_str().parse().map_or(Json::Null, Json::Number),
            Number::Double(number) if number.is_nan() => Json::Null,
            Number::Double(number) => match whole(*number) {
                Some(whole) => Json::Number(whole.into()),
                None => double_text(*number).parse().map_or(Json::Null, Json::Number),
            },
        }
    }

    /// Its text by jq 1.8: a written number in the one form of its digits and exponent (`1.10`, `1E+2`;
    /// General Decimal Arithmetic, "to-scientific-string"), a double with the fewest digits that read as
    /// it, what is no number as `null`.
    pub fn write(&self, out: &mut String) {
        match self {
            Number::Written(text) => out.push_str(&scientific(text.as_str())),
            Number::Double(number) if number.is_nan() => out.push_str("null"),
            Number::Double(number) => out.push_str(&double_text(*number)),
        }
    }

    /// The same number with the other sign; digits stay as they are written.
    #[must_use]
    pub fn negated(&self) -> Self {
        match self {
            Number::Double(number) => Number::Double(-number),
            Number::Written(text) => match text.as_str().strip_prefix('-') {
                Some(positive) => Number::Written(positive.to_owned().into()),
                // Nothing minus zero is zero in decimal arithmetic: there is no negative one.
                None if is_zero(text.as_str()) => self.clone(),
                None => Number::Written(format!("-{}", text.as_str()).into()),
            },
        }
    }

    /// The order of two numbers; written ones are compared exactly. Not a number is below all others,
    /// itself included (jq's manual, "sort").
    pub fn order(&self, other: &Number<'_>) -> Ordering {
        if let (Number::Written(a), Number::Written(b)) = (self, other) {
            if a == b {
                return Ordering::Equal;
            }
            if let (Some(a), Some(b)) = (small(a.as_str()), small(b.as_str())) {
                return a.cmp(&b);
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

/// A whole number of few digits, which are most.
fn small(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let mut number: i64 = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + i64::from(digit);
    }
    Some(if is_negative { -number } else { number })
}

#[expect(clippy::cast_precision_loss, reason = "fifteen digits always fit")]
fn double(text: &str) -> f64 {
    match small(text) {
        // The sign of a negative zero needs the longer way.
        Some(number) if number != 0 => number as f64,
        _ if text.len() <= DIGITS => text.parse().unwrap_or(f64::NAN),
        _ => rounded(text).parse().unwrap_or(f64::NAN),
    }
}

/// A number with no more digits than jq calculates with.
fn rounded(text: &str) -> Cow<'_, str> {
    let Some(parts) = Parts::of(text) else { return Cow::Borrowed(text) };
    let Some((kept, cut)) = parts.digits.split_at_checked(DIGITS) else { return Cow::Borrowed(text) };
    let is_even = kept.bytes().next_back().is_some_and(|digit| digit % 2 == 0);
    let half = match cut.as_bytes() {
        [b'5', rest @ ..] if rest.iter().all(|digit| *digit == b'0') => !is_even,
        [first, ..] => *first >= b'5',
        [] => false,
    };
    let kept: u128 = kept.parse::<u128>().unwrap_or(0) + u128::from(half);
    let cut = i64::try_from(cut.len()).unwrap_or(i64::MAX);
    let sign = if parts.is_negative { "-" } else { "" };
    Cow::Owned(format!("{sign}{kept}e{}", parts.exponent.saturating_add(cut)))
}

/// A written number taken apart: digits without zeros before them, times ten to the exponent.
struct Parts {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Parts {
    fn of(text: &str) -> Option<Parts> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            // An exponent too long to read is beyond anything on its side.
            Some((mantissa, exponent)) => {
                let huge = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
                (mantissa, exponent.parse().unwrap_or(huge).clamp(i64::MIN / 4, i64::MAX / 4))
            }
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let places = i64::try_from(fraction.len()).ok()?;
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kept = digits.trim_start_matches('0');
        let digits = if kept.is_empty() { "0".to_owned() } else { kept.to_owned() };
        Some(Parts { is_negative, digits, exponent: exponent - places })
    }
}

/// Whether all its digits are zeros.
fn is_zero(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}

/// The one text of a written number's digits and exponent. Also reads what only programs may write:
/// `.5`, `5.`, `007`.
pub(crate) fn scientific(text: &str) -> Cow<'_, str> {
    if small(text).is_some_and(|number| number != 0) && !text.trim_start_matches('-').starts_with('0') {
        return Cow::Borrowed(text);
    }
    let Some(Parts { is_negative, digits, exponent }) = Parts::of(text) else { return Cow::Borrowed(text) };
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let adjusted = exponent.saturating_add(length - 1);
    let sign = if is_negative { "-" } else { "" };
    // The bounds of jq's decimal context: what is beyond is infinite, and printed as the largest double.
    if adjusted > 999_999_999 && digits != "0" {
        return Cow::Owned(format!("{sign}1.7976931348623157e+308"));
    }
    if exponent <= 0 && adjusted >= -6 {
        let point = usize::try_from(length + exponent).unwrap_or(0);
        return Cow::Owned(match digits.split_at_checked(point) {
            Some((whole, "")) => format!("{sign}{whole}"),
            Some((whole, fraction)) if !whole.is_empty() => format!("{sign}{whole}.{fraction}"),
            _ => {
                let zeros = usize::try_from(-(length + exponent)).unwrap_or(0);
                format!("{sign}0.{}{digits}", "0".repeat(zeros))
            }
        });
    }
    let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
    let point = if rest.is_empty() { "" } else { "." };
    Cow::Owned(format!("{sign}{first}{point}{rest}E{adjusted:+}"))
}

/// A double that is a whole number of at most sixteen digits, as one; jq writes longer ones otherwise.
#[expect(clippy::cast_possible_truncation, reason = "the bounds are those of fifteen digits")]
fn whole(number: f64) -> Option<i64> {
    let is_whole =
        number.fract() == 0.0 && number.abs() < 1e15 && !(number == 0.0 && number.is_sign_negative());
    is_whole.then_some(number as i64)
}

/// The fewest digits that read as this double, in the form of David Gay's `g_fmt` as jq 1.8 has it:
/// an exponent below 1e-4 and above fifteen zeros at the end. Infinities are the largest double.
fn double_text(number: f64) -> String {
    if let Some(whole) = whole(number) {
        return whole.to_string();
    }
    let scientific = format!("{:e}", number.clamp(f64::MIN, f64::MAX).abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    // Digits before the point.
    let point = exponent.parse::<i64>().unwrap_or(0) + 1;
    if number == 0.0 {
        return format!("{sign}0");
    }
    if point <= -4 || point > length + 15 {
        let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = point - 1;
        let side = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{dot}{rest}e{side}{:02}", exponent.abs());
    }
    if point <= 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(usize::try_from(-point).unwrap_or(0)));
    }
    match digits.split_at_checked(usize::try_from(point).unwrap_or(0)) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits}{}", "0".repeat(usize::try_from(point - length).unwrap_or(0))),
    }
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
    fn texts_are_jqs() {
        for (number, expected) in [
            (Number::written("1.0"), "1.0"),
            (Number::written("100e-2"), "1.00"),
            (Number::written("1e2"), "1E+2"),
            (Number::written("-1E-7"), "-1E-7"),
            (Number::written("0.00"), "0.00"),
            (Number::written("0.0000001"), "1E-7"),
            (Number::written("123.456e-3"), "0.123456"),
            (Number::written("9E999999999"), "9E+999999999"),
            (Number::written("9E9999999999"), "1.7976931348623157e+308"),
            (Number::Double(1e17), "1e+17"),
            (Number::Double(123_456_789_012_345_680_000.0), "123456789012345680000"),
            (Number::Double(1e15), "1000000000000000"),
            (Number::Double(1e16), "1e+16"),
            (Number::Double(0.0001), "0.0001"),
            (Number::Double(0.00001), "1e-05"),
            (Number::Double(1_000_000_000_000_000.5), "1000000000000000.5"),
            (Number::Double(-0.8999999999999999), "-0.8999999999999999"),
            (Number::Double(f64::NAN), "null"),
        ] {
            let mut text = String::new();
            number.write(&mut text);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn programs_may_write_numbers_loosely() {
        for (text, expected) in [(".5", "0.5"), ("5.", "5"), ("007", "7"), ("-.", "-."), ("0", "0")] {
            assert_eq!(scientific(text), expected);
        }
    }

    #[test]
    fn calculating_rounds_to_seventeen_digits_first() {
        for (text, expected) in [
            ("13911860366432393", 13_911_860_366_432_392.0),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("1000000000000000000000", 1e21),
            ("0.1", 0.1),
            ("-12", -12.0),
            ("1e400", f64::INFINITY),
        ] {
            assert_eq!(Number::written(text).as_f64().to_bits(), f64::to_bits(expected), "{text}");
        }
        assert!(Number::written("-0").as_f64().is_sign_negative());
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
