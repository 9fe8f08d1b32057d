//! Decimal numbers as JSON writes them, exact whatever their length: order, equality, and whole
//! numbers of a smaller unit. Arithmetic is left to those who need it.

use std::cmp::Ordering;
use std::fmt;

/// Exponents beyond this are held at it: such numbers differ from each other by nothing anyone counts.
const MOST_EXPONENT: i64 = 1 << 40;

/// Decimals with at most this many digits before or behind the point are written without an exponent.
const PLAIN: i64 = 40;

/// An exact decimal number: `0.DIGITS` times ten to the `exponent`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    is_negative: bool,
    /// Digits without zeros at either end; empty for zero.
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a number by the grammar of RFC 8259 section 6. `None` where the text is none.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (mantissa, ""),
        };
        let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || has_leading_zero || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        Some(Decimal::assemble(is_negative, &format!("{whole}{fraction}"), exponent + length(whole)))
    }

    /// `units` times ten to the minus `places`: 1999 with 2 places is 19.99.
    pub fn scaled(units: i128, places: u32) -> Decimal {
        let digits = units.unsigned_abs().to_string();
        let exponent = length(&digits) - i64::from(places);
        Decimal::assemble(units < 0, &digits, exponent)
    }

    /// How many of the unit with this many places there are, where it is a whole number of them:
    /// 19.99 with 2 places is 1999, with 1 place nothing.
    pub fn units(&self, places: u32) -> Option<i128> {
        let zeros = self.exponent.checked_add(i64::from(places))?.checked_sub(length(&self.digits))?;
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = u32::try_from(zeros).ok()?;
        let units = self.digits.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(zeros)?)?;
        Some(if self.is_negative { -units } else { units })
    }

    /// The exact sum; `None` where it has more than 38 digits.
    pub fn plus(&self, other: &Decimal) -> Option<Decimal> {
        let places = u32::try_from(self.places().max(other.places())).ok()?;
        let sum = self.units(places)?.checked_add(other.units(places)?)?;
        Some(Decimal::scaled(sum, places))
    }

    /// Whether it has no fraction.
    pub fn is_whole(&self) -> bool {
        length(&self.digits) <= self.exponent || self.digits.is_empty()
    }

    /// Digits behind the point, without zeros at the end.
    pub fn places(&self) -> u64 {
        u64::try_from(length(&self.digits) - self.exponent).unwrap_or(0)
    }

    fn assemble(is_negative: bool, digits: &str, exponent: i64) -> Decimal {
        let kept = digits.trim_start_matches('0');
        let leading = length(digits) - length(kept);
        let kept = kept.trim_end_matches('0');
        if kept.is_empty() {
            return Decimal { is_negative: false, digits: String::new(), exponent: 0 };
        }
        let exponent = (exponent - leading).clamp(-MOST_EXPONENT, MOST_EXPONENT);
        Decimal { is_negative, digits: kept.to_owned(), exponent }
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits)),
            (self_is_zero, other_is_zero) => other_is_zero.cmp(&self_is_zero),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The one text of a number: equal numbers have equal texts, whatever they were read from.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        let sign = if self.is_negative { "-" } else { "" };
        let point = usize::try_from(self.exponent).unwrap_or(0);
        if self.exponent > PLAIN || self.exponent < -PLAIN {
            let (first, rest) = self.digits.split_at_checked(1).unwrap_or((&self.digits, ""));
            let point = if rest.is_empty() { "" } else { "." };
            return write!(f, "{sign}{first}{point}{rest}e{}", self.exponent - 1);
        }
        if self.exponent <= 0 {
            let zeros = usize::try_from(-self.exponent).unwrap_or(0);
            return write!(f, "{sign}0.{}{}", "0".repeat(zeros), self.digits);
        }
        match self.digits.split_at_checked(point) {
            Some((whole, "")) => write!(f, "{sign}{whole}"),
            Some((whole, fraction)) => write!(f, "{sign}{whole}.{fraction}"),
            None => write!(f, "{sign}{}{}", self.digits, "0".repeat(point - self.digits.len())),
        }
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().map_or(MOST_EXPONENT, |size| size.min(MOST_EXPONENT));
    Some(if text.starts_with('-') { -size } else { size })
}

fn length(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(MOST_EXPONENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn equal_numbers_have_one_text() {
        for (texts, expected) in [
            (&["0", "-0", "0.00", "0e9"][..], "0"),
            (&["1", "1.0", "10e-1", "0.1e1"], "1"),
            (&["1.10", "1.1", "110e-2"], "1.1"),
            (&["-0.05", "-5E-2"], "-0.05"),
            (&["1200", "1.2e3", "12e+2"], "1200"),
            (&["12345678901234567890.123456789"], "12345678901234567890.123456789"),
            (&["1e400", "10e399"], "1e400"),
            (&["1.5e-400"], "1.5e-400"),
        ] {
            for text in texts {
                assert_eq!(decimal(text).to_string(), expected, "{text}");
                assert_eq!(decimal(text), decimal(expected), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_json_number_is_refused() {
        for text in ["", "-", "01", ".5", "1.", "1e", "1e+", "+1", "0x1", "1_0", "NaN", "1 "] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_ordered_exactly() {
        let sorted = ["-1e400", "-2", "-1.5", "-1", "-1e-400", "0", "1e-400", "0.1", "0.11", "0.2", "1", "9"]
            .into_iter()
            .chain([
                "10",
                "9007199254740992.5",
                "9007199254740992.50000000001",
                "9007199254740993",
                "1e99999",
            ]);
        let sorted: Vec<Decimal> = sorted.map(decimal).collect();
        for (position, one) in sorted.iter().enumerate() {
            for (other_position, other) in sorted.iter().enumerate() {
                assert_eq!(one.cmp(other), position.cmp(&other_position), "{one} {other}");
            }
        }
    }

    #[test]
    fn units_are_whole_or_nothing() {
        assert_eq!(decimal("19.99").units(2), Some(1999));
        assert_eq!(decimal("19.99").units(1), None);
        assert_eq!(decimal("-0.5").units(3), Some(-500));
        assert_eq!(decimal("1e20").units(2), Some(10_i128.pow(22)));
        assert_eq!(decimal("1e300").units(0), None);
        assert_eq!(decimal("0").units(2), Some(0));
        assert_eq!(Decimal::scaled(-1999, 2), decimal("-19.99"));
        assert_eq!(Decimal::scaled(5, 3), decimal("0.005"));
        assert!(decimal("5.00").is_whole() && !decimal("5.01").is_whole() && decimal("0").is_whole());
        assert_eq!((decimal("5.010").places(), decimal("500").places()), (2, 0));
    }

    #[test]
    fn sums_are_exact_or_nothing() {
        assert_eq!(decimal("0.1").plus(&decimal("0.2")), Some(decimal("0.3")));
        assert_eq!(decimal("-5").plus(&decimal("4.99")), Some(decimal("-0.01")));
        assert_eq!(decimal("1e37").plus(&decimal("1e-37")), None);
    }

    #[test]
    fn absurd_exponents_end() {
        let text = format!("1e{}", "9".repeat(400));
        assert!(decimal(&text) > decimal("1e400"));
        assert!(decimal(&format!("1e-{}", "9".repeat(400))) < decimal("1e-400"));
        assert_eq!(decimal(&text).units(2), None);
    }
}
