//! The keywords for strings and numbers.

use std::cmp::Ordering;

use nave_expr::types::{format, pattern};
use nave_model::fault::codes;
use serde_json::{Number, Value};

use crate::check::equal;
use crate::check::walk::{Checker, Here};

impl<'a> Checker<'a> {
    pub(super) fn string_keyword(
        &mut self,
        keyword: &str,
        operand: &'a Value,
        text: &str,
        here: Here<'_, 'a>,
    ) -> bool {
        match (keyword, operand) {
            ("maxLength", _) => self.longest(operand, text, here),
            ("minLength", _) => self.shortest(operand, text, here),
            ("pattern", Value::String(pattern)) => {
                pattern::matches(pattern, text) != Some(false)
                    || self.report(codes::ARGUMENT_VALUE, here, || {
                        format!("{} must match `{pattern}`; {} does not", here.frame.subject(), here.shown())
                    })
            }
            ("format", Value::String(format)) => {
                let Some(wanted) = format::objection(format, text) else { return true };
                self.report(codes::ARGUMENT_VALUE, here, || {
                    format!("{} must be {wanted}, not {}", here.frame.subject(), here.shown())
                })
            }
            _ => true,
        }
    }

    fn longest(&mut self, operand: &Value, text: &str, here: Here<'_, 'a>) -> bool {
        let Some(most) = count(operand) else { return true };
        if text.len() <= most {
            return true;
        }
        let length = text.chars().count();
        length <= most
            || self.report(codes::ARGUMENT_VALUE, here, || {
                let subject = here.frame.subject();
                format!("{subject} is too long: {length} characters, at most {most} are allowed")
            })
    }

    fn shortest(&mut self, operand: &Value, text: &str, here: Here<'_, 'a>) -> bool {
        let Some(least) = count(operand) else { return true };
        let length = text.chars().count();
        length >= least
            || self.report(codes::ARGUMENT_VALUE, here, || match length {
                0 => format!("{} must not be empty", here.frame.subject()),
                _ => {
                    let subject = here.frame.subject();
                    format!("{subject} is too short: {length} characters, at least {least} are needed")
                }
            })
    }

    pub(super) fn number_keyword(
        &mut self,
        keyword: &str,
        operand: &'a Value,
        number: &Number,
        here: Here<'_, 'a>,
    ) -> bool {
        match (keyword, operand) {
            ("minimum", Value::Number(bound)) => {
                // Draft 4, Swagger 2.0 and OpenAPI 3.0 write exclusive bounds as a boolean beside them.
                match here.schema.keyword("exclusiveMinimum") {
                    Some(Value::Bool(true)) => self.bound(number, bound, "more than", here),
                    _ => self.bound(number, bound, "at least", here),
                }
            }
            ("maximum", Value::Number(bound)) => match here.schema.keyword("exclusiveMaximum") {
                Some(Value::Bool(true)) => self.bound(number, bound, "less than", here),
                _ => self.bound(number, bound, "at most", here),
            },
            ("exclusiveMinimum", Value::Number(bound)) => self.bound(number, bound, "more than", here),
            ("exclusiveMaximum", Value::Number(bound)) => self.bound(number, bound, "less than", here),
            ("multipleOf", Value::Number(divisor)) => {
                equal::is_multiple(number, divisor)
                    || self.report(codes::ARGUMENT_VALUE, here, || {
                        format!("{} must be a multiple of {divisor}, not {number}", here.frame.subject())
                    })
            }
            ("format", Value::String(format)) => self.range(format, number, here),
            _ => true,
        }
    }

    fn bound(&mut self, number: &Number, bound: &Number, relation: &str, here: Here<'_, 'a>) -> bool {
        let order = equal::compare(number, bound);
        let fits = match relation {
            "at least" => order != Some(Ordering::Less),
            "at most" => order != Some(Ordering::Greater),
            "more than" => order == Some(Ordering::Greater),
            _ => order == Some(Ordering::Less),
        };
        fits || self.report(codes::ARGUMENT_VALUE, here, || {
            format!("{} must be {relation} {bound}, not {number}", here.frame.subject())
        })
    }

    fn range(&mut self, format: &str, number: &Number, here: Here<'_, 'a>) -> bool {
        let Some((least, most)) = format::integer_range(format) else { return true };
        let fits = match number.as_i128() {
            Some(whole) => (least..=most).contains(&whole),
            None => number.as_f64().is_none_or(|float| float.abs() <= 1.9e19),
        };
        fits || self.report(codes::ARGUMENT_VALUE, here, || {
            let subject = here.frame.subject();
            format!("{subject} must be between {least} and {most} ({format}), not {number}")
        })
    }
}

/// A count as a keyword gives it; some descriptions write `5.0`, or a text.
pub(super) fn count(operand: &Value) -> Option<usize> {
    let whole = operand.as_u64().or_else(|| {
        let float = operand.as_f64().filter(|float| float.fract() == 0.0)?;
        format!("{float:.0}").parse().ok()
    })?;
    usize::try_from(whole).ok()
}
