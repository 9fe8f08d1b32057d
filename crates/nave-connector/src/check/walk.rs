//! The walk through a schema and a value side by side. Schemas are read as they stand in the document:
//! nothing is compiled or inlined, and the work is bounded by a budget.

use std::collections::BTreeMap;

use nave_model::fault::codes;
use nave_model::{At, Code, Problem};
use serde_json::{Map, Value};

use crate::check::Direction;
use crate::check::frame::{Frame, Reach};
use crate::check::repair::{self, Fix};
use crate::check::words::{alternatives, is_sensitive, show, show_typed, type_names, with_article};
use crate::check::{binary, equal};
use crate::schema::Schema;

/// Schemas that may be applied in one check, besides some for each part of the value. Towers of
/// alternatives that would take forever end here with `E-ARG-LIMIT`.
const BUDGET: u32 = 100_000;
/// Schemas that may be applied for each part of the value. Real descriptions take one to ten.
const BUDGET_PER_PART: u32 = 60;
/// Steps between the root and the deepest value or composed schema. The walk uses the stack.
pub(super) const DEEPEST: u16 = 160;
/// The most problems one check reports.
pub(super) const MOST_PROBLEMS: usize = 20;
/// Results of alternatives remembered, so that nesting them does not multiply the work.
const REMEMBERED: usize = 50_000;

/// A value, the schema in hand and the place, passed down together.
#[derive(Clone, Copy)]
pub(super) struct Here<'h, 'a> {
    pub schema: Schema<'a>,
    pub value: &'h Value,
    pub frame: &'h Frame<'h, 'a>,
}

impl<'h, 'a> Here<'h, 'a> {
    /// The value at a place, under the schema it has to fit as a whole.
    pub(super) fn at(value: &'h Value, frame: &'h Frame<'h, 'a>) -> Self {
        Here { schema: frame.whole, value, frame }
    }

    /// The value in words, for a message.
    pub(super) fn shown(&self) -> String {
        show(self.value, self.is_sensitive())
    }

    pub(super) fn is_sensitive(&self) -> bool {
        self.frame.name().is_some_and(is_sensitive)
            || self.schema.keyword("format").and_then(Value::as_str) == Some("password")
    }
}

/// One check under way.
pub(super) struct Checker<'a> {
    pub direction: Direction,
    /// Inside `not`, `if` and `contains` a schema is a question, not a demand: plain JSON Schema, no
    /// closed objects, no repairs, no direction.
    pub exact: bool,
    /// Only whether it fits is asked; nothing is written down.
    pub quiet: bool,
    /// Values may be repaired where nothing is lost.
    pub repairing: bool,
    /// How many explanations of alternatives are inside each other.
    pub explaining: usize,
    pub problems: Vec<Problem>,
    pub fixes: Vec<Fix>,
    /// Repaired values in hand: their addresses mean nothing once they are gone.
    pub temporaries: usize,
    /// Schemas that may still be applied; `None` once there were too many.
    budget: Option<u32>,
    remembered: BTreeMap<(usize, usize, bool, bool), bool>,
    schemas: std::marker::PhantomData<&'a ()>,
}

impl<'a> Checker<'a> {
    /// A check of a value of so many parts, which decide how much work is allowed.
    pub(super) fn new(direction: Direction, parts: usize) -> Self {
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        Checker {
            direction,
            exact: false,
            quiet: false,
            repairing: false,
            explaining: 0,
            problems: Vec::new(),
            fixes: Vec::new(),
            budget: Some(parts.saturating_mul(BUDGET_PER_PART).saturating_add(BUDGET)),
            temporaries: 0,
            remembered: BTreeMap::new(),
            schemas: std::marker::PhantomData,
        }
    }

    /// The problems found. Where the budget ran out, that is the only one: the others may be wrong.
    pub(super) fn finish(self) -> Vec<Problem> {
        if self.budget.is_some() {
            return self.problems;
        }
        let message = "checking this value against its schema takes more work than is allowed";
        let problem = Problem::new(code_for(self.direction, codes::ARGUMENT_LIMIT), At::pointer(""), message);
        vec![problem.hint("give less at once, or fewer levels")]
    }

    /// Whether the rules for requests are in force: closed objects, read-only fields, repairs.
    pub(super) fn is_demanding(&self) -> bool {
        self.direction == Direction::Request && !self.exact
    }

    /// Takes from the budget; `false` when it is used up.
    pub(super) fn spend(&mut self, work: usize) -> bool {
        let work = u32::try_from(work).unwrap_or(u32::MAX);
        self.budget = self.budget.and_then(|left| left.checked_sub(work));
        self.budget.is_some()
    }

    /// Whether a first problem decides: nothing more would be written down.
    pub(super) fn is_settled(&self) -> bool {
        self.quiet || self.problems.len() >= MOST_PROBLEMS
    }

    /// Writes a problem down, unless only the result is asked. Always `false`, the result to return.
    pub(super) fn report(&mut self, code: Code, here: Here<'_, 'a>, words: impl FnOnce() -> String) -> bool {
        if !self.is_settled() {
            let code = code_for(self.direction, code);
            self.problems.push(Problem::new(code, At::pointer(here.frame.pointer()), words()));
        }
        false
    }

    /// Gives the problem just reported a hint.
    pub(super) fn hint(&mut self, words: impl FnOnce() -> Option<String>) -> bool {
        if !self.quiet
            && let Some(problem) = self.problems.last_mut().filter(|problem| problem.hint.is_none())
        {
            problem.hint = words();
        }
        false
    }

    /// Checks a value at its own place: its schema, and that an object has no unknown names.
    pub(super) fn location(&mut self, value: &Value, frame: &Frame<'_, 'a>) -> bool {
        let here = Here::at(value, frame);
        if binary::is_content(value) && binary::is_admitted(frame.whole) {
            return true;
        }
        let fits = self.apply(here);
        match value {
            Value::Object(fields) if self.is_demanding() && (fits || !self.quiet) => {
                self.refuse_unknown(fields, here) && fits
            }
            _ => fits,
        }
    }

    /// Whether a value fits a schema that is one alternative or a condition; nothing is reported.
    pub(super) fn fits(&mut self, schema: Schema<'a>, here: Here<'_, 'a>) -> bool {
        let lasting = self.temporaries == 0;
        let key = (schema.identity(), std::ptr::from_ref(here.value).addr(), self.exact, self.repairing);
        if lasting && let Some(known) = self.remembered.get(&key) {
            return *known;
        }
        let quiet = std::mem::replace(&mut self.quiet, true);
        let frame = here.frame.under(schema, Reach::Branch);
        let fits = self.apply(Here { schema, value: here.value, frame: &frame });
        self.quiet = quiet;
        if lasting && self.remembered.len() < REMEMBERED {
            self.remembered.insert(key, fits);
        }
        fits
    }

    /// Whether a schema holds as plain JSON Schema.
    pub(super) fn holds(&mut self, schema: Schema<'a>, here: Here<'_, 'a>) -> bool {
        let exact = std::mem::replace(&mut self.exact, true);
        let holds = self.fits(schema, here);
        self.exact = exact;
        holds
    }

    /// Applies one schema to a value.
    pub(super) fn apply(&mut self, here: Here<'_, 'a>) -> bool {
        let keywords = match here.schema.value {
            Value::Object(keywords) => keywords,
            Value::Bool(false) => {
                return self.report(codes::ARGUMENT_VALUE, here, || {
                    format!("{} is not allowed here", here.frame.subject())
                });
            }
            _ => return true,
        };
        if here.frame.depth > DEEPEST {
            self.budget = None;
        }
        if !self.spend(1) {
            return false;
        }
        if here.value.is_null() && admits_null(keywords) {
            return true;
        }
        let mut fits = true;
        if let Some(Value::String(_)) = keywords.get("$ref") {
            fits = self.follow(here);
            if !here.schema.dialect().keeps_reference_siblings() || (self.quiet && !fits) {
                return fits;
            }
        }
        let Some(types) = keywords.get("type") else { return self.keywords(keywords, here) && fits };
        if type_fits(types, here.value) {
            self.note_whole(types, here);
            return self.keywords(keywords, here) && fits;
        }
        match self.repaired(types, here) {
            Some(value) => {
                self.temporaries += 1;
                let repaired_fits = self.keywords(keywords, Here { value: &value, ..here });
                self.temporaries -= 1;
                repaired_fits && fits
            }
            None => self.wrong_type(types, here),
        }
    }

    fn keywords(&mut self, keywords: &'a Map<String, Value>, here: Here<'_, 'a>) -> bool {
        let mut fits = true;
        for (keyword, operand) in keywords {
            fits &= self.keyword(keyword, operand, here);
            if self.budget.is_none() || (self.is_settled() && !fits) {
                return false;
            }
        }
        fits
    }

    fn keyword(&mut self, keyword: &str, operand: &'a Value, here: Here<'_, 'a>) -> bool {
        match (keyword, operand) {
            ("type" | "description" | "title" | "example" | "default" | "$ref" | "nullable", _) => true,
            ("enum", Value::Array(values)) => self.listed(values, here),
            ("const", value) => equal::same(value, here.value) || self.not_const(value, here),
            ("allOf", Value::Array(members)) => self.all_of(members, here),
            ("oneOf" | "anyOf", Value::Array(members)) => self.any_of(keyword, members, here),
            ("not", schema) => self.not(schema, here),
            ("if", condition) => self.conditional(condition, here),
            // OpenAPI 3.1 section 4.8.24.2: the mark is for properties, so a parameter that borrows the
            // schema of one may be sent.
            ("readOnly", Value::Bool(true)) if self.is_demanding() && !here.frame.is_parameter() => {
                self.report(codes::ARGUMENT_READ_ONLY, here, || {
                    format!("{} is set by the system and cannot be sent", here.frame.subject())
                });
                self.hint(|| Some("leave it out".to_owned()))
            }
            ("writeOnly", Value::Bool(true)) if self.direction == Direction::Response && !self.exact => self
                .report(codes::ARGUMENT_VALUE, here, || {
                    format!("{} is described as write-only, but it was answered", here.frame.subject())
                }),
            ("$dynamicRef" | "$recursiveRef", Value::String(reference)) => self.dynamic(reference, here),
            ("discriminator", operand) => self.discriminated(operand, here),
            _ => match here.value {
                Value::String(text) => self.string_keyword(keyword, operand, text, here),
                Value::Number(number) => self.number_keyword(keyword, operand, number, here),
                Value::Array(items) => self.array_keyword(keyword, operand, items, here),
                Value::Object(fields) => self.object_keyword(keyword, operand, fields, here),
                Value::Null | Value::Bool(_) => true,
            },
        }
    }

    fn follow(&mut self, here: Here<'_, 'a>) -> bool {
        match here.schema.reference() {
            Ok(Some(target)) => self.enter(target, here),
            Ok(None) => true,
            Err(fault) => self.report(fault.code, here, || {
                format!("{} cannot be checked: {}", here.frame.subject(), fault.message)
            }),
        }
    }

    /// Applies the target of a reference. A reference that leads back to a schema already being applied
    /// to the same value adds nothing.
    pub(super) fn enter(&mut self, target: Schema<'a>, here: Here<'_, 'a>) -> bool {
        if here.frame.is_applying(target) {
            return true;
        }
        let frame = here.frame.under(target, Reach::Own);
        self.apply(Here { schema: target, value: here.value, frame: &frame })
    }

    /// A whole number written with a fraction (`5.0`) is sent without it where only integers are meant.
    fn note_whole(&mut self, types: &Value, here: Here<'_, 'a>) {
        if let Value::Number(number) = here.value
            && number.is_f64()
            && self.repairing
            && !self.quiet
            && let Some(to) = repair::whole(types, number)
        {
            self.fixes.push(Fix::new(here, to));
        }
    }

    fn repaired(&mut self, types: &Value, here: Here<'_, 'a>) -> Option<Value> {
        if !self.repairing || !self.is_demanding() {
            return None;
        }
        let to = repair::lossless(types, here.value)?;
        if !self.quiet {
            self.fixes.push(Fix::new(here, to.clone()));
        }
        Some(to)
    }

    fn wrong_type(&mut self, types: &Value, here: Here<'_, 'a>) -> bool {
        self.report(codes::ARGUMENT_TYPE, here, || {
            let wanted: Vec<String> = type_names(types).map(with_article).collect();
            let given = show_typed(here.value, here.is_sensitive());
            format!("{} must be {}, not {given}", here.frame.subject(), alternatives(&wanted))
        });
        self.hint(|| repair::advice(types, here.value))
    }
}

/// How many values there are in a value, itself included, down to the deepest that is checked.
pub(super) fn parts(value: &Value) -> usize {
    parts_within(value, usize::from(DEEPEST))
}

fn parts_within(value: &Value, depth: usize) -> usize {
    let Some(depth) = depth.checked_sub(1) else { return 1 };
    match value {
        Value::Array(items) => items.iter().map(|item| parts_within(item, depth)).sum::<usize>() + 1,
        Value::Object(fields) => fields.values().map(|field| parts_within(field, depth)).sum::<usize>() + 1,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// The code of a problem: in answers every mismatch is drift.
pub(super) fn code_for(direction: Direction, code: Code) -> Code {
    match direction {
        Direction::Request => code,
        Direction::Response => codes::RESPONSE_DRIFT,
    }
}

/// `nullable` counts wherever it stands: vendors write it beside `$ref` and `enum`, and into 3.1.
fn admits_null(keywords: &Map<String, Value>) -> bool {
    ["nullable", "x-nullable"].iter().any(|name| keywords.get(*name) == Some(&Value::Bool(true)))
}

/// Whether a value has one of the types. Names that are not types of any dialect exclude nothing.
pub(super) fn type_fits(types: &Value, value: &Value) -> bool {
    match types {
        Value::String(name) => one_type_fits(name, value),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(|name| one_type_fits(name, value)),
        _ => true,
    }
}

fn one_type_fits(name: &str, value: &Value) -> bool {
    match name {
        "string" | "file" => value.is_string(),
        "object" => value.is_object(),
        "integer" => value.as_number().is_some_and(equal::is_whole),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => true,
    }
}
