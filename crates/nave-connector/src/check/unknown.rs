//! Closed objects: in requests, a name that no applying schema declares is refused, although JSON Schema
//! would let it pass, because it is nearly always a misspelling or in the wrong place.

use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::similar::nearest;
use nave_model::{At, Problem};
use serde_json::{Map, Value};

use crate::check::branch::{chosen, derived};
use crate::check::frame::{Flat, Reach};
use crate::check::general::dynamic_target;
use crate::check::object::covers;
use crate::check::walk::{Checker, Here, code_for};
use crate::check::wrong_place;
use crate::schema::Schema;
use crate::schema::fields::{fields as declared_fields, is_read_only};

/// The most field names a hint lists where no name is near.
const LISTED: usize = 10;

/// Whether a schema requires a name, though it may not declare it: what is demanded is not unknown.
fn demands(schema: Schema<'_>, name: &str) -> bool {
    let names = schema.keyword("required").and_then(Value::as_array);
    names.is_some_and(|names| names.iter().any(|required| required.as_str() == Some(name)))
}

impl<'a> Checker<'a> {
    /// Refuses the names of an object that nothing declares. An object whose schemas declare no fields is
    /// open.
    pub(super) fn refuse_unknown(&mut self, fields: &Map<String, Value>, here: Here<'_, 'a>) -> bool {
        let direct = here.schema.resolve().ok().and_then(|schema| schema.keyword("properties")?.as_object());
        if direct.is_some_and(|direct| fields.keys().all(|name| direct.contains_key(name))) {
            return true;
        }
        let mut applied = Vec::new();
        if self.gather_applied(here, &mut applied) {
            return true;
        }
        let declares = |schema: &Schema<'a>| {
            schema.keyword("properties").and_then(Value::as_object).is_some_and(|names| !names.is_empty())
        };
        if !applied.iter().any(declares) {
            return true;
        }
        let mut known = true;
        for (name, value) in fields {
            let covered = applied.iter().any(|schema| {
                covers(*schema, name)
                    || demands(*schema, name)
                    || schema.keyword("unevaluatedProperties").is_some_and(|open| open != &Value::Bool(false))
            });
            known &= covered || self.unknown(name, value, here);
            if self.is_settled() && !known {
                return false;
            }
        }
        known
    }

    /// The schema objects that apply to a value in place: through references, `allOf`, the branches that
    /// fit (all of them where none does), and conditions. Gives whether one of them admits any object.
    pub(super) fn gather_applied(&mut self, here: Here<'_, 'a>, applied: &mut Vec<Schema<'a>>) -> bool {
        let Some(keywords) = here.schema.keywords() else { return here.schema.value == &Value::Bool(true) };
        if here.frame.depth > super::walk::DEEPEST || !self.spend(1) {
            return false;
        }
        let mut open = false;
        if let Ok(Some(target)) = here.schema.reference() {
            open |= self.gather_entered(target, here, applied);
            if !here.schema.dialect().keeps_reference_siblings() {
                return open;
            }
        }
        applied.push(here.schema);
        for (keyword, operand) in keywords {
            match (keyword.as_str(), operand) {
                ("allOf", Value::Array(members)) => {
                    for member in members {
                        // A part that asks for nothing does not open the whole.
                        self.gather_entered(here.schema.with(member), here, applied);
                    }
                }
                ("oneOf" | "anyOf", Value::Array(members)) => {
                    open |= self.gather_branches(members, here, applied);
                }
                ("$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                    if let Some(target) = dynamic_target(reference, here) {
                        self.gather_entered(target, here, applied);
                    }
                }
                ("if", condition) => self.gather_conditional(condition, here, applied),
                ("dependentSchemas" | "dependencies", Value::Object(dependents)) => {
                    for (name, schema) in dependents {
                        if here.value.get(name).is_some() {
                            self.gather_entered(here.schema.with(schema), here, applied);
                        }
                    }
                }
                ("discriminator", operand) => {
                    let alone =
                        here.schema.keyword("oneOf").is_none() && here.schema.keyword("anyOf").is_none();
                    if let Some(target) = derived(operand, here).filter(|_| alone && !self.exact) {
                        self.gather_entered(target, here, applied);
                    }
                }
                _ => {}
            }
        }
        open
    }

    fn gather_entered(
        &mut self,
        schema: Schema<'a>,
        here: Here<'_, 'a>,
        applied: &mut Vec<Schema<'a>>,
    ) -> bool {
        if here.frame.is_applying(schema) {
            return false;
        }
        let frame = here.frame.under(schema, Reach::Branch);
        self.gather_applied(Here { schema, value: here.value, frame: &frame }, applied)
    }

    fn gather_branches(
        &mut self,
        members: &'a [Value],
        here: Here<'_, 'a>,
        applied: &mut Vec<Schema<'a>>,
    ) -> bool {
        let branches = || members.iter().map(|member| here.schema.with(member));
        let chosen = chosen(here, members).filter(|_| !self.exact);
        let mut fitting: Vec<Schema<'a>> = chosen.into_iter().collect();
        for branch in branches().filter(|_| chosen.is_none()) {
            if self.fits(branch, here) {
                fitting.push(branch);
            }
        }
        if fitting.is_empty() && !self.exact {
            fitting.extend(branches());
        }
        let mut open = false;
        for branch in fitting {
            open |= admits_any_object(branch);
            open |= self.gather_entered(branch, here, applied);
        }
        open
    }

    fn gather_conditional(
        &mut self,
        condition: &'a Value,
        here: Here<'_, 'a>,
        applied: &mut Vec<Schema<'a>>,
    ) {
        let condition = here.schema.with(condition);
        let holds = self.holds(condition, here);
        if holds {
            self.gather_entered(condition, here, applied);
        }
        if let Some(consequence) = here.schema.keyword(if holds { "then" } else { "else" }) {
            self.gather_entered(here.schema.with(consequence), here, applied);
        }
    }

    /// Reports a name that is not declared, with the name or place that was probably meant.
    pub(super) fn unknown(&mut self, name: &str, value: &Value, here: Here<'_, 'a>) -> bool {
        if self.is_settled() {
            return false;
        }
        let parent = here.frame.pointer();
        let place = child(&parent, name);
        let code = code_for(self.direction, codes::ARGUMENT_UNKNOWN);
        if self.problems.iter().any(|p| p.code == code && p.at.pointer.as_deref() == Some(place.as_str())) {
            return false;
        }
        let message = match here.frame.flat() {
            Some(_) => format!("unknown argument `{name}`"),
            None => format!("unknown field `{name}` in {}", here.frame.subject()),
        };
        let mut problem = Problem::new(code, At::pointer(place), message);
        problem.hint = self.suggestion(name, value, &parent, here);
        if self.problems.len() < super::walk::MOST_PROBLEMS {
            self.push(problem);
        }
        false
    }

    fn suggestion(&mut self, name: &str, value: &Value, parent: &str, here: Here<'_, 'a>) -> Option<String> {
        let mut declared = declared_fields(here.frame.whole).declared;
        let discriminator = here.frame.whole.resolve().ok().and_then(|whole| whole.keyword("discriminator"));
        if let Some(target) = discriminator.and_then(|operand| derived(operand, here)) {
            declared.extend(declared_fields(target).declared);
        }
        let given = here.value.as_object();
        let free = |name: &str| given.is_none_or(|given| !given.contains_key(name));
        let settable = declared.iter().filter(|(_, schema)| !is_read_only(**schema)).map(|(name, _)| *name);
        let own = settable.filter(|name| free(name)).map(|name| here.frame.caller_name(name));
        let beside = here.frame.flat().into_iter().flat_map(Flat::free_names);
        let candidates: Vec<&str> = own.chain(beside).collect();
        let near = nearest(name, candidates.iter().copied(), 3);
        let elsewhere = wrong_place::suggestion(name, value, here.frame);
        if let Some(missing) = self.take_missing(&near, parent) {
            return Some(format!("did you mean `{missing}`, which is required?"));
        }
        match (near.as_slice(), elsewhere) {
            ([], Some(elsewhere)) => Some(elsewhere),
            ([], None) if candidates.is_empty() => None,
            ([], None) if candidates.len() <= LISTED => {
                Some(format!("it takes `{}`", candidates.join("`, `")))
            }
            ([], None) => None,
            (_, elsewhere) => {
                let meant = nave_model::similar::did_you_mean(name, near.iter().copied())?;
                Some(match elsewhere {
                    Some(elsewhere) => format!("{meant} Or: {elsewhere}"),
                    None => meant,
                })
            }
        }
    }

    /// Where a required name is missing and an unknown one is like it, the two problems are one.
    fn take_missing(&mut self, near: &[&str], parent: &str) -> Option<String> {
        let code = code_for(self.direction, codes::ARGUMENT_REQUIRED);
        let found = near.iter().find_map(|name| {
            let place = child(parent, name);
            let missing = |problem: &Problem| {
                problem.code == code && problem.at.pointer.as_deref() == Some(place.as_str())
            };
            Some((self.problems.iter().position(missing)?, (*name).to_owned()))
        });
        let (position, name) = found?;
        self.problems.remove(position);
        Some(name)
    }
}

/// Whether a branch admits objects of any shape: `true`, `{}`, or nothing but `type: object`.
fn admits_any_object(schema: Schema<'_>) -> bool {
    let Ok(schema) = schema.resolve() else { return false };
    let Some(keywords) = schema.keywords() else { return schema.value == &Value::Bool(true) };
    let silent = |name: &str| {
        matches!(name, "description" | "title" | "example" | "examples" | "default" | "nullable")
            || name.starts_with("x-")
    };
    keywords.iter().all(|(name, operand)| silent(name) || (name == "type" && operand == "object"))
}
