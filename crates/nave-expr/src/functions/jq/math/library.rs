//! What C's mathematical library has and `libm` lacks or names otherwise.

/// The number scaled by a power of two to lie from 1 up to 2.
pub(super) fn significand(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    let (fraction, _) = libm::frexp(number);
    fraction * 2.0
}

/// The exponent of the binary form: minus infinity of zero.
pub(super) fn logb(number: f64) -> f64 {
    if number == 0.0 {
        return f64::NEG_INFINITY;
    }
    if !number.is_finite() {
        return number.abs();
    }
    let (_, exponent) = libm::frexp(number);
    f64::from(exponent - 1)
}

/// Fraction and whole part, both with the sign of the number.
pub(super) fn modf(number: f64) -> (f64, f64) {
    if number.is_infinite() {
        return (0.0_f64.copysign(number), number);
    }
    let whole = number.trunc();
    ((number - whole).copysign(number), whole)
}

/// The first number times two to the power of the second, which is cut to a whole number.
pub(super) fn ldexp(number: f64, exponent: f64) -> f64 {
    libm::ldexp(number, integer(exponent))
}

/// The same with a floating exponent, which must be whole (glibc, `scalb`).
pub(super) fn scalb(number: f64, exponent: f64) -> f64 {
    if number.is_nan() || exponent.is_nan() {
        return f64::NAN;
    }
    if exponent.is_infinite() {
        return if exponent > 0.0 {
            number * exponent
        } else if number == 0.0 {
            number
        } else {
            number / -exponent
        };
    }
    if exponent.fract() != 0.0 {
        return f64::NAN;
    }
    libm::ldexp(number, integer(exponent))
}

/// The order from which on Bessel functions are not calculated: their recurrence takes a step for each.
const MOST_ORDER: i32 = 1_000;

/// Bessel function of the first kind; not a number beyond orders of 1,000.
pub(super) fn jn(order: f64, number: f64) -> f64 {
    let order = integer(order);
    if order.unsigned_abs() > MOST_ORDER.unsigned_abs() { f64::NAN } else { libm::jn(order, number) }
}

/// Bessel function of the second kind; not a number beyond orders of 1,000.
pub(super) fn yn(order: f64, number: f64) -> f64 {
    let order = integer(order);
    if order.unsigned_abs() > MOST_ORDER.unsigned_abs() { f64::NAN } else { libm::yn(order, number) }
}

/// Cut to a whole number, and to the nearest there is.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is beyond the bounds is the bound, not a number is 0"
)]
fn integer(number: f64) -> i32 {
    number as i32
}
