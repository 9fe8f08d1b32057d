//! The keywords that apply to values of every type: parts, conditions, fixed values, read-only marks.
//! Alternatives are left to `branch`.

use nave_model::fault::codes;
use serde_json::Value;

use crate::check::equal;
use crate::check::frame::Reach;
use crate::check::walk::{Checker, Here};
use crate::check::words::{listed, show};
use crate::schema::Schema;

impl<'a> Checker<'a> {
    /// `$dynamicRef` and `$recursiveRef` are followed like a `$ref`: descriptions are not extended from
    /// outside, which is the one thing they add. One that leads nowhere asks for nothing.
    pub(super) fn dynamic(&mut self, reference: &str, here: Here<'_, 'a>) -> bool {
        dynamic_target(reference, here).is_none_or(|target| self.enter(target, here))
    }

    pub(super) fn all_of(&mut self, members: &'a [Value], here: Here<'_, 'a>) -> bool {
        let mut fits = true;
        for member in members {
            let schema = here.schema.with(member);
            let frame = here.frame.under(schema, Reach::Part);
            fits &= self.apply(Here { schema, value: here.value, frame: &frame });
            if self.is_settled() && !fits {
                return false;
            }
        }
        fits
    }

    pub(super) fn not(&mut self, schema: &'a Value, here: Here<'_, 'a>) -> bool {
        !self.holds(here.schema.with(schema), here)
            || match together(schema) {
                Some(names) => {
                    self.report(codes::ARGUMENT_VALUE, here, || format!("{names} cannot be given together"));
                    self.hint(|| Some("leave all but one of them out".to_owned()))
                }
                None => self.report(codes::ARGUMENT_VALUE, here, || {
                    format!("{} has a form that is excluded: {}", here.frame.subject(), here.shown())
                }),
            }
    }

    pub(super) fn conditional(&mut self, condition: &'a Value, here: Here<'_, 'a>) -> bool {
        let consequence = if self.holds(here.schema.with(condition), here) { "then" } else { "else" };
        let Some(consequence) = here.schema.keyword(consequence) else { return true };
        let schema = here.schema.with(consequence);
        let frame = here.frame.under(schema, Reach::Branch);
        self.apply(Here { schema, value: here.value, frame: &frame })
    }

    pub(super) fn listed(&mut self, values: &'a [Value], here: Here<'_, 'a>) -> bool {
        if !self.spend(values.len() / 64) || values.iter().any(|value| equal::same(value, here.value)) {
            return self.spend(0);
        }
        self.report(codes::ARGUMENT_VALUE, here, || {
            format!("{} must be one of {}, not {}", here.frame.subject(), listed(values), here.shown())
        });
        self.hint(|| super::explain::nearest_value(values, here.value))
    }

    pub(super) fn not_const(&mut self, value: &'a Value, here: Here<'_, 'a>) -> bool {
        self.report(codes::ARGUMENT_VALUE, here, || {
            format!("{} must be {}, not {}", here.frame.subject(), show(value, false), here.shown())
        })
    }
}

/// Where a `$dynamicRef` or `$recursiveRef` leads.
pub(super) fn dynamic_target<'a>(reference: &str, here: Here<'_, 'a>) -> Option<Schema<'a>> {
    let documents = here.schema.documents;
    let place = documents.target(here.schema.document, reference).ok()?;
    Schema::at(documents, &place).ok()
}

/// The names a `not: {required: […]}` forbids together.
fn together(schema: &Value) -> Option<String> {
    let keywords = schema.as_object().filter(|keywords| keywords.len() == 1)?;
    let names = keywords.get("required")?.as_array().filter(|names| names.len() > 1)?;
    let names: Vec<String> = names.iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
    Some(names.join(" and "))
}
