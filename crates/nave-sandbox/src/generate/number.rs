//! Numbers within their bounds, by name where the bounds leave room.

use serde_json::{Number, Value};

use crate::generate::plausible;
use crate::generate::rng::Rng;
use crate::generate::shape::Shape;

/// Whole numbers beyond this lose digits in many JSON readers (RFC 8259 section 6).
const EXACT: f64 = 9_007_199_254_740_991.0;

/// The bounds all parts of a shape set together.
struct Bounds {
    low: Option<f64>,
    high: Option<f64>,
    low_open: bool,
    high_open: bool,
    step: Option<f64>,
}

impl Bounds {
    fn of(shape: &Shape<'_>) -> Self {
        let mut bounds = Bounds { low: None, high: None, low_open: false, high_open: false, step: None };
        for (part, value) in shape.keyword("minimum") {
            // Draft 4, Swagger and OpenAPI 3.0: a boolean beside the bound says that it is open.
            let open = part.keyword("exclusiveMinimum").and_then(Value::as_bool) == Some(true);
            bounds.raise(value.as_f64(), open);
        }
        for (part, value) in shape.keyword("maximum") {
            let open = part.keyword("exclusiveMaximum").and_then(Value::as_bool) == Some(true);
            bounds.lower(value.as_f64(), open);
        }
        for (_, value) in shape.keyword("exclusiveMinimum") {
            bounds.raise(value.as_f64(), true);
        }
        for (_, value) in shape.keyword("exclusiveMaximum") {
            bounds.lower(value.as_f64(), true);
        }
        for (_, format) in shape.keyword("format") {
            match format.as_str() {
                Some("int32") => bounds.within(f64::from(i32::MIN), f64::from(i32::MAX)),
                Some("int64") => bounds.within(-EXACT, EXACT),
                _ => {}
            }
        }
        let steps = shape.keyword("multipleOf").filter_map(|(_, step)| step.as_f64());
        // Of several steps the largest is used; what does not fit the others is found by the check.
        bounds.step = steps.filter(|step| *step > 0.0 && step.is_finite()).reduce(f64::max);
        bounds
    }

    fn within(&mut self, low: f64, high: f64) {
        if self.low.is_some() || self.high.is_some() {
            self.raise(Some(low), false);
            self.lower(Some(high), false);
        }
    }

    fn raise(&mut self, low: Option<f64>, open: bool) {
        let Some(low) = low else { return };
        match self.low {
            Some(before) if before > low => {}
            Some(before) if before.to_bits() == low.to_bits() => self.low_open |= open,
            _ => (self.low, self.low_open) = (Some(low), open),
        }
    }

    fn lower(&mut self, high: Option<f64>, open: bool) {
        let Some(high) = high else { return };
        match self.high {
            Some(before) if before < high => {}
            Some(before) if before.to_bits() == high.to_bits() => self.high_open |= open,
            _ => (self.high, self.high_open) = (Some(high), open),
        }
    }

    fn hold(&self, value: f64) -> bool {
        let above = self.low.is_none_or(|low| if self.low_open { value > low } else { value >= low });
        let below = self.high.is_none_or(|high| if self.high_open { value < high } else { value <= high });
        above && below
    }
}

/// A whole number, or `None` where the bounds leave none.
pub(super) fn integer(shape: &Shape<'_>, name: &str, rng: &mut Rng) -> Option<Value> {
    let bounds = Bounds::of(shape);
    let step = bounds.step.map_or(1.0, |step| if step.fract() == 0.0 { step } else { 1.0 });
    let suggested = to_f64(plausible::number_by_name(name, rng));
    if let Some(value) = fitted(&bounds, (suggested / step).round() * step) {
        return Some(value);
    }
    let low = bounds.low.map_or(f64::NEG_INFINITY, |low| (low / step).ceil() * step);
    let low = if bounds.low_open && bounds.low == Some(low) { low + step } else { low };
    let high = bounds.high.map_or(f64::INFINITY, |high| (high / step).floor() * step);
    let low = if low.is_finite() { low } else { high - 100.0 * step };
    let room = ((high.min(low + 100.0 * step) - low) / step).max(0.0);
    let steps = (to_f64(rng.between(0, 9_999)) / 10_000.0 * (room.floor() + 1.0)).floor();
    fitted(&bounds, low + steps * step).or_else(|| fitted(&bounds, low))
}

/// Any number, or `None` where the bounds leave none.
pub(super) fn number(shape: &Shape<'_>, name: &str, rng: &mut Rng) -> Option<Value> {
    let bounds = Bounds::of(shape);
    if bounds.step.is_some_and(|step| step.fract() == 0.0) {
        return integer(shape, name, rng);
    }
    let suggested = to_f64(plausible::number_by_name(name, rng)) + to_f64(rng.between(0, 3)) * 0.25;
    let value = stepped(&bounds, suggested);
    if bounds.hold(value) {
        return Number::from_f64(value).map(Value::Number);
    }
    let (low, high) = match (bounds.low, bounds.high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + 100.0),
        (None, Some(high)) => (high - 100.0, high),
        (None, None) => (0.0, 100.0),
    };
    let share = to_f64(rng.between(1, 99)) / 100.0;
    let tries = [stepped(&bounds, low + (high - low) * share), low + (high - low) / 2.0, low, high];
    let value = tries.into_iter().find(|value| bounds.hold(*value))?;
    Number::from_f64(value).map(Value::Number)
}

/// The nearest multiple of the step. A step such as 0.01 is divided by, not multiplied with, so that
/// 0.07 does not become 0.07000000000000001.
fn stepped(bounds: &Bounds, value: f64) -> f64 {
    let Some(step) = bounds.step else { return value };
    let inverse = (1.0 / step).round();
    if (inverse * step - 1.0).abs() < 1e-9 {
        (value * inverse).round() / inverse
    } else {
        (value / step).round() * step
    }
}

fn fitted(bounds: &Bounds, value: f64) -> Option<Value> {
    if !bounds.hold(value) || !value.is_finite() || value.abs() > EXACT {
        return None;
    }
    // Exact: a whole number within ±2⁵³ prints without a fraction.
    let whole: i64 = format!("{value:.0}").parse().ok()?;
    Some(Value::Number(whole.into()))
}

/// Exact for everything made here: suggestions stay far below 2⁵³.
fn to_f64(value: i64) -> f64 {
    let value = value.clamp(-9_007_199_254_740_991, 9_007_199_254_740_991);
    let high = i32::try_from(value >> 32).unwrap_or(0);
    let low = u32::try_from(value & 0xffff_ffff).unwrap_or(0);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}
