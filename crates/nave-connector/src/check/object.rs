//! The keywords for objects.

use nave_expr::types::pattern;
use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::{At, Problem};
use serde_json::{Map, Value};

use crate::check::Direction;
use crate::check::frame::{Frame, Reach};
use crate::check::scalar::count;
use crate::check::walk::{Checker, Here, code_for};
use crate::check::words::expected;
use crate::schema::Schema;
use crate::schema::fields::{is_read_only, is_write_only, property};

impl<'a> Checker<'a> {
    pub(super) fn object_keyword(
        &mut self,
        keyword: &str,
        operand: &'a Value,
        fields: &Map<String, Value>,
        here: Here<'_, 'a>,
    ) -> bool {
        match (keyword, operand) {
            ("properties", Value::Object(properties)) => self.properties(properties, fields, here),
            ("required", Value::Array(names)) => self.required(names, fields, here),
            ("additionalProperties", schema) => self.additional(schema, fields, here),
            ("patternProperties", Value::Object(patterns)) => self.patterned(patterns, fields, here),
            ("propertyNames", schema) => self.names(schema, fields, here),
            ("minProperties", _) => {
                count(operand).is_none_or(|least| fields.len() >= least)
                    || self.extent(operand, "at least", here)
            }
            ("maxProperties", _) => {
                count(operand).is_none_or(|most| fields.len() <= most)
                    || self.extent(operand, "at most", here)
            }
            ("dependentRequired" | "dependentSchemas" | "dependencies", Value::Object(dependents)) => {
                self.dependents(dependents, fields, here)
            }
            ("unevaluatedProperties", schema) => self.unevaluated(schema, fields, here),
            _ => true,
        }
    }

    fn properties(
        &mut self,
        properties: &'a Map<String, Value>,
        fields: &Map<String, Value>,
        here: Here<'_, 'a>,
    ) -> bool {
        let mut fits = true;
        for (name, value) in fields {
            let Some(schema) = properties.get(name) else { continue };
            fits &= self.field(name, value, here.schema.with(schema), here);
            if self.is_settled() && !fits {
                return false;
            }
        }
        fits
    }

    fn field(&mut self, name: &str, value: &Value, schema: Schema<'a>, here: Here<'_, 'a>) -> bool {
        self.location(value, &Frame::field(here.frame, name, schema))
    }

    fn required(&mut self, names: &'a [Value], fields: &Map<String, Value>, here: Here<'_, 'a>) -> bool {
        let mut fits = true;
        for name in names.iter().filter_map(Value::as_str) {
            if !fields.contains_key(name) && !self.is_excused(name, here) {
                fits = self.missing(name, "", here);
            }
        }
        fits
    }

    /// OpenAPI: what is read-only is not required in requests, what is write-only not in answers.
    fn is_excused(&mut self, name: &str, here: Here<'_, 'a>) -> bool {
        if self.exact {
            return false;
        }
        let direct = here.schema.keyword("properties").and_then(|properties| properties.get(name));
        let schema = match direct {
            Some(schema) => Some(here.schema.with(schema)),
            None if self.spend(4) => property(here.frame.whole, name),
            None => None,
        };
        schema.is_some_and(|schema| match self.direction {
            Direction::Request => is_read_only(schema),
            Direction::Response => is_write_only(schema),
        })
    }

    /// Reports a missing field at the place where it should stand.
    pub(super) fn missing(&mut self, name: &str, because: &str, here: Here<'_, 'a>) -> bool {
        if self.is_settled() {
            return false;
        }
        let asked = property(here.frame.whole, name).and_then(expected);
        let kind = asked.map(|asked| format!(" ({asked})")).unwrap_or_default();
        self.report(codes::ARGUMENT_REQUIRED, here, || {
            let name = here.frame.caller_name(name);
            match here.frame.name() {
                Some(_) => format!("`{name}` is required in {}{kind}{because}", here.frame.subject()),
                None => format!("`{name}` is required{kind}{because}"),
            }
        });
        let place = child(&here.frame.pointer(), here.frame.caller_name(name));
        if let Some(problem) = self.problems.last_mut()
            && problem.code == code_for(self.direction, codes::ARGUMENT_REQUIRED)
        {
            problem.at = At::pointer(place);
        }
        false
    }

    fn additional(&mut self, schema: &'a Value, fields: &Map<String, Value>, here: Here<'_, 'a>) -> bool {
        if schema == &Value::Bool(true) {
            return true;
        }
        let mut fits = true;
        for (name, value) in fields {
            if names_itself(here.schema, name) {
                continue;
            }
            fits &= match schema {
                Value::Bool(false) => self.is_elsewhere(name, here) || self.unknown(name, value, here),
                _ => self.field(name, value, here.schema.with(schema), here),
            };
            if self.is_settled() && !fits {
                return false;
            }
        }
        fits
    }

    /// Whether another part of the same `allOf` declares the name. JSON Schema would refuse every object
    /// with fields of two closed parts; vendors who write that mean the whole to be closed.
    fn is_elsewhere(&mut self, name: &str, here: Here<'_, 'a>) -> bool {
        self.is_demanding()
            && here.frame.reach == Reach::Part
            && self.spend(4)
            && property(here.frame.whole, name).is_some()
    }

    fn patterned(
        &mut self,
        patterns: &'a Map<String, Value>,
        fields: &Map<String, Value>,
        here: Here<'_, 'a>,
    ) -> bool {
        let mut fits = true;
        for (pattern, schema) in patterns {
            for (name, value) in fields {
                if pattern::matches(pattern, name) == Some(true) {
                    fits &= self.field(name, value, here.schema.with(schema), here);
                }
            }
        }
        fits
    }

    fn names(&mut self, schema: &'a Value, fields: &Map<String, Value>, here: Here<'_, 'a>) -> bool {
        let schema = here.schema.with(schema);
        let mut fits = true;
        for name in fields.keys() {
            let value = Value::String(name.clone());
            let frame = Frame::field(here.frame, name, schema);
            self.temporaries += 1;
            let named = self.holds(schema, Here::at(&value, &frame));
            self.temporaries -= 1;
            fits &= named
                || self.report(codes::ARGUMENT_UNKNOWN, Here::at(&value, &frame), || {
                    let asked = expected(schema).map(|asked| format!(" ({asked})")).unwrap_or_default();
                    format!("`{name}` is not allowed as a name in {}{asked}", here.frame.subject())
                });
        }
        fits
    }

    fn extent(&mut self, bound: &Value, relation: &str, here: Here<'_, 'a>) -> bool {
        let given = here.value.as_object().map_or(0, Map::len);
        self.report(codes::ARGUMENT_VALUE, here, || {
            let subject = here.frame.subject();
            format!("{subject} must have {relation} {bound} fields, not {given}")
        })
    }

    fn dependents(
        &mut self,
        dependents: &'a Map<String, Value>,
        fields: &Map<String, Value>,
        here: Here<'_, 'a>,
    ) -> bool {
        let mut fits = true;
        for (name, demand) in dependents.iter().filter(|(name, _)| fields.contains_key(*name)) {
            if let Value::Array(needed) = demand {
                for needed in needed.iter().filter_map(Value::as_str) {
                    let because = format!(" where `{}` is given", here.frame.caller_name(name));
                    fits &= fields.contains_key(needed) || self.missing(needed, &because, here);
                }
                continue;
            }
            let schema = here.schema.with(demand);
            let frame = here.frame.under(schema, Reach::Branch);
            fits &= self.apply(Here { schema, value: here.value, frame: &frame });
        }
        fits
    }

    fn unevaluated(&mut self, schema: &'a Value, fields: &Map<String, Value>, here: Here<'_, 'a>) -> bool {
        if schema == &Value::Bool(true) {
            return true;
        }
        let mut applied = Vec::new();
        self.gather_applied(here, &mut applied);
        let mut fits = true;
        for (name, value) in fields {
            let own = here.schema.identity();
            let evaluated = applied.iter().any(|other| {
                covers(*other, name)
                    || (other.identity() != own && other.keyword("unevaluatedProperties").is_some())
            });
            fits &= evaluated
                || match schema {
                    Value::Bool(false) => self.unknown(name, value, here),
                    _ => self.field(name, value, here.schema.with(schema), here),
                };
        }
        fits
    }

    /// Writes down a problem as it is.
    pub(super) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// Whether a schema object names a field itself, by name or pattern. A pattern that cannot be checked
/// might.
pub(super) fn names_itself(schema: Schema<'_>, name: &str) -> bool {
    let named = schema.keyword("properties").and_then(Value::as_object);
    if named.is_some_and(|properties| properties.contains_key(name)) {
        return true;
    }
    let patterns = schema.keyword("patternProperties").and_then(Value::as_object);
    patterns
        .is_some_and(|patterns| patterns.keys().any(|pattern| pattern::matches(pattern, name) != Some(false)))
}

/// Whether a schema object says something about a field, or admits any.
pub(super) fn covers(schema: Schema<'_>, name: &str) -> bool {
    names_itself(schema, name) || schema.keyword("additionalProperties").is_some()
}
