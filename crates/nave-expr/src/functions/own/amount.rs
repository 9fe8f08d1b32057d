//! Amounts as the money functions take them, exact to the last digit, and rounded as money is.

use nave_model::Decimal;

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::signature::Objection;
use crate::functions::tables::{Currency, beginning, currency};
use crate::value::{Number, Value};

/// Numbers with more digits than this, or exponents beyond it, are no amounts.
const MOST_DIGITS: usize = 1_000;

/// The exact number that a number is or a text spells.
///
/// # Errors
/// It is neither, or no number anyone pays.
pub(super) fn amount<'a>(value: &Value<'_>, wanted: &str) -> Result<Decimal, Error<'a>> {
    let text = match value {
        Value::Number(number) => return number.as_decimal().ok_or_else(|| type_error(value, wanted)),
        Value::Text(text) => text.as_str().trim(),
        _ => return Err(type_error(value, wanted)),
    };
    Decimal::parse(text).ok_or_else(|| type_error(value, wanted))
}

/// The currency that an argument names, and the places of its minor unit.
///
/// # Errors
/// It names none, or one that has no minor unit.
pub(super) fn places<'a>(meter: &Meter, argument: &Value<'_>) -> Result<(&'static Currency, u32), Error<'a>> {
    let Value::Text(code) = argument else {
        return Err(type_error(argument, "is no currency: a code such as \"EUR\" is"));
    };
    let currency = currency(code.as_str()).map_err(|objection| say(meter, &objection))?;
    match currency.places {
        Some(places) => Ok((currency, places)),
        None => Err(Error::new(format!("{} has no minor unit", currency.code))),
    }
}

/// The same for a type rule: what is wrong with a currency an argument names.
pub(super) fn check(code: &str) -> Result<(), Objection> {
    match currency(code)?.places {
        Some(_) => Ok(()),
        None => Err((format!("{} has no minor unit", beginning(code)), None)),
    }
}

/// Finding what was meant instead compares hundreds of names.
const STEPS_OF_A_HINT: usize = 10_000;

/// An objection as an error: message and hint in one sentence.
pub(super) fn say<'a>(meter: &Meter, (message, hint): &Objection) -> Error<'a> {
    if let Err(limit) = meter.steps(STEPS_OF_A_HINT) {
        return limit;
    }
    match hint {
        Some(hint) => Error::new(format!("{message}; {hint}")),
        None => Error::new(message.as_str()),
    }
}

/// A number by its exact text.
pub(super) fn number<'a>(text: String) -> Value<'a> {
    Value::Number(Number::Written(text.into()))
}

/// With exactly so many places, the half to the even neighbour ("banker's rounding", IEEE 754
/// roundTiesToEven). `None`: it would have more than a thousand digits.
pub(super) fn rounded(amount: &Decimal, places: usize) -> Option<String> {
    let text = amount.to_string();
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, text.as_str()),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let most = i64::try_from(MOST_DIGITS).ok()?;
    if whole.len() + fraction.len() > MOST_DIGITS || exponent > most || places > MOST_DIGITS {
        return None;
    }
    // All digits, and how many of them stand before the point.
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
    let mut point = i64::try_from(whole.len()).ok()? + exponent.max(-2 * most);
    while point < 1 {
        digits.insert(0, 0);
        point += 1;
    }
    let point = usize::try_from(point).ok()?;
    let kept = point + places;
    let dropped = digits.split_off(kept.min(digits.len()));
    digits.resize(kept, 0);
    let is_odd = digits.last().is_some_and(|digit| digit % 2 == 1);
    let rounds_up = match dropped.as_slice() {
        [5, rest @ ..] if rest.iter().all(|digit| *digit == 0) => is_odd,
        [first, ..] => *first >= 5,
        [] => false,
    };
    let point = if rounds_up && carry(&mut digits) { point + 1 } else { point };
    let text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
    let (whole, fraction) = text.split_at_checked(point)?;
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        kept => kept,
    };
    let sign = if is_negative && digits.iter().any(|digit| *digit != 0) { "-" } else { "" };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{dot}{fraction}"))
}

/// Adds one to the last digit; whether that needed a digit more in front.
fn carry(digits: &mut Vec<u8>) -> bool {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return false;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_goes_to_the_even_neighbour() {
        for (text, places, expected) in [
            ("2.345", 2, "2.34"),
            ("2.355", 2, "2.36"),
            ("2.3450001", 2, "2.35"),
            ("-2.345", 2, "-2.34"),
            ("-0.004", 2, "0.00"),
            ("9.995", 2, "10.00"),
            ("99.5", 0, "100"),
            ("0.5", 0, "0"),
            ("1.5", 0, "2"),
            ("7", 3, "7.000"),
            ("1e-50", 2, "0.00"),
            ("1e-99999", 2, "0.00"),
            ("0.05", 1, "0.0"),
            ("0.051", 1, "0.1"),
            ("12e41", 1, "1200000000000000000000000000000000000000000.0"),
        ] {
            assert_eq!(rounded(&Decimal::parse(text).unwrap(), places).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(rounded(&Decimal::parse("1e5000").unwrap(), 2), None);
        assert_eq!(rounded(&Decimal::parse("1").unwrap(), 5000), None);
    }
}
