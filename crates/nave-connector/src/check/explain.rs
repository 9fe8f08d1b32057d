//! Why a value fits none of several alternatives, in one readable reason: the branch that was most
//! probably meant is found by discriminator, by type, by tag fields, then by its problems.

use nave_model::Problem;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use serde_json::Value;

use crate::check::kinds::{Tag, agreeing, kinds, label, shared_tag};
use crate::check::walk::{Checker, Here, code_for, type_fits};
use crate::check::words::{alternatives, listed, show_typed, with_article};
use crate::schema::Schema;

/// Alternatives compared by their problems; of more than these the first are compared.
const COMPARED: usize = 24;
/// Explanations inside explanations. Further in, the first alternative of the right type speaks.
const NESTED: usize = 2;
/// Candidates among the allowed values that a hint compares.
const CANDIDATES: usize = 5_000;

impl<'a> Checker<'a> {
    /// Reports why `here.value` fits none of `members`. Always `false`.
    pub(super) fn explain(&mut self, members: &'a [Value], here: Here<'_, 'a>) -> bool {
        if let Some(known) = here.schema.keyword("discriminator").and_then(mapped)
            && here.value.is_object()
            && !known.values().any(|value| Some(value) == here.value.get(&known.name))
        {
            return self.wrong_tag(&known, here);
        }
        let all: Vec<Schema<'a>> = members.iter().map(|member| here.schema.with(member)).collect();
        let mut candidates: Vec<Schema<'a>> =
            all.iter().copied().filter(|branch| kinds(*branch).admit(here.value)).collect();
        if candidates.is_empty() {
            return self.no_such_type(&all, here);
        }
        if let Some(values) = all_values(&candidates) {
            return self.not_listed(&values, here);
        }
        if let Some(tag) = shared_tag(&candidates) {
            let meant: Vec<Schema<'a>> = match here.value.get(&tag.name) {
                Some(given) => tag.branches_for(given),
                None => Vec::new(),
            };
            if meant.is_empty() {
                return self.wrong_tag(&tag, here);
            }
            candidates = meant;
        }
        candidates = agreeing(&candidates, here.value);
        match candidates.as_slice() {
            [only] => self.branch(*only, here),
            [first, ..] if self.explaining >= NESTED => self.branch(*first, here),
            _ => self.nearest(&candidates, members.len(), here),
        }
    }

    fn no_such_type(&mut self, branches: &[Schema<'a>], here: Here<'_, 'a>) -> bool {
        let mut wanted: Vec<&'static str> = Vec::new();
        for name in branches.iter().flat_map(|branch| kinds(*branch).names()) {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        // `"5"` for an alternative of numbers only is told apart from a value of no use at all.
        let types = Value::from(wanted.iter().map(|name| Value::from(*name)).collect::<Vec<_>>());
        debug_assert!(!type_fits(&types, here.value));
        self.report(codes::ARGUMENT_TYPE, here, || {
            let wanted: Vec<String> = wanted.iter().map(|name| with_article(name)).collect();
            let given = show_typed(here.value, here.is_sensitive());
            format!("{} must be {}, not {given}", here.frame.subject(), alternatives(&wanted))
        });
        self.hint(|| super::repair::advice(&types, here.value))
    }

    fn not_listed(&mut self, values: &[Value], here: Here<'_, 'a>) -> bool {
        self.report(codes::ARGUMENT_VALUE, here, || {
            format!("{} must be one of {}, not {}", here.frame.subject(), listed(values), here.shown())
        });
        self.hint(|| nearest_value(values, here.value))
    }

    /// The field that says which alternative is meant is missing or has an unknown value.
    fn wrong_tag(&mut self, tag: &Tag<'a>, here: Here<'_, 'a>) -> bool {
        let values: Vec<Value> = tag.values().cloned().collect();
        match here.value.get(&tag.name) {
            Some(given) => {
                let frame = here.frame.field(&tag.name, here.schema);
                self.not_listed(&values, Here { value: given, frame: &frame, ..here })
            }
            None => {
                self.missing(&tag.name, "", here);
                self.hint(|| Some(format!("it says which shape is meant: {}", listed(&values))))
            }
        }
    }

    /// Several alternatives remain: the one with the fewest and deepest problems speaks.
    fn nearest(&mut self, candidates: &[Schema<'a>], shapes: usize, here: Here<'_, 'a>) -> bool {
        let mut compared: Vec<(Schema<'a>, Vec<Problem>)> = Vec::new();
        for branch in candidates.iter().take(COMPARED) {
            compared.push((*branch, self.problems_of(*branch, here)));
        }
        let own = here.frame.pointer();
        if let Some(words) = needs_one_of(&compared, &own, code_for(self.direction, codes::ARGUMENT_REQUIRED))
        {
            return self.report(codes::ARGUMENT_BRANCH, here, || match here.frame.name() {
                Some(_) => format!("{} needs {words}", here.frame.subject()),
                None => format!("give {words}"),
            });
        }
        let rank = |(branch, problems): &(Schema<'a>, Vec<Problem>)| {
            let shallow = problems.iter().filter(|problem| is_at(problem, &own)).count();
            (shallow, undeclared(*branch, here.value), problems.len())
        };
        let Some((branch, problems)) = compared.into_iter().min_by_key(rank) else { return false };
        let name = label(branch).map(|label| format!(", `{label}`")).unwrap_or_default();
        let mut problems = problems.into_iter();
        let Some(mut first) = problems.next() else { return false };
        let subject = here.frame.subject();
        first.message =
            format!("{subject} fits none of its {shapes} shapes; by the nearest{name}: {}", first.message);
        first.code = code_for(self.direction, codes::ARGUMENT_BRANCH);
        for problem in std::iter::once(first).chain(problems.take(2)) {
            self.push(problem);
        }
        false
    }

    fn problems_of(&mut self, branch: Schema<'a>, here: Here<'_, 'a>) -> Vec<Problem> {
        let outer = std::mem::take(&mut self.problems);
        let fixes = self.fixes.len();
        self.explaining += 1;
        self.branch(branch, here);
        self.explaining -= 1;
        self.fixes.truncate(fixes);
        std::mem::replace(&mut self.problems, outer)
    }
}

/// `did you mean …?` for a text that is not among the allowed values; how to write the value where it
/// is there in another type.
pub(super) fn nearest_value(values: &[Value], given: &Value) -> Option<String> {
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => given.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    did_you_mean(
        &text,
        values.iter().take(CANDIDATES).filter_map(Value::as_str).filter(|text| !text.is_empty()),
    )
}

/// The values of the tag a discriminator names, where it maps them.
fn mapped<'a>(operand: &Value) -> Option<Tag<'a>> {
    let name = operand.get("propertyName")?.as_str()?;
    let mapping = operand.get("mapping")?.as_object()?;
    let values = mapping.keys().map(|value| Value::from(value.as_str())).collect();
    Some(Tag::named(name, values))
}

/// All values the branches allow, where each of them is a list of values.
fn all_values(branches: &[Schema<'_>]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for branch in branches {
        let branch = branch.resolve().ok()?;
        match (branch.keyword("enum"), branch.keyword("const")) {
            (Some(Value::Array(listed)), _) => values.extend(listed.iter().take(CANDIDATES).cloned()),
            (_, Some(value)) => values.push(value.clone()),
            _ => return None,
        }
    }
    Some(values)
}

/// Whether a problem is at this place or at one of its own fields.
fn is_at(problem: &Problem, own: &str) -> bool {
    let pointer = problem.at.pointer.as_deref().unwrap_or_default();
    pointer.strip_prefix(own).is_some_and(|rest| rest.matches('/').count() <= 1)
}

/// How many of an object's fields a branch does not know.
fn undeclared(branch: Schema<'_>, value: &Value) -> usize {
    let Some(given) = value.as_object() else { return 0 };
    let known = crate::schema::fields::fields(branch);
    given.keys().filter(|name| !known.declared.contains_key(name.as_str())).count()
}

/// `` `a`, or `b` and `c` `` where all that the branches ask for is that some fields are there.
fn needs_one_of(
    compared: &[(Schema<'_>, Vec<Problem>)],
    own: &str,
    required: nave_model::Code,
) -> Option<String> {
    let mut sets = Vec::new();
    for (_, problems) in compared {
        let mut names = Vec::new();
        for problem in problems {
            let name = problem.at.pointer.as_deref()?.strip_prefix(own)?.strip_prefix('/')?;
            if problem.code != required || name.contains('/') {
                return None;
            }
            names.push(format!("`{}`", crate::documents::unescape(name)));
        }
        if names.is_empty() {
            return None;
        }
        sets.push(names.join(" and "));
    }
    (sets.len() > 1).then(|| alternatives(&sets))
}
