//! Objects: fields that are missing, fields that nobody takes, and the fields that both have.

use std::rc::Rc;

use nave_model::fault::codes;
use nave_model::similar::nearest;

use super::super::{Field, Lazy, Object};
use super::Token;
use super::walk::Walk;
use super::words;

/// More fields than this that nobody takes are named in one sentence.
const MOST_EXTRA: usize = 3;

/// A field that is needed and not given for certain.
pub(super) struct Missing {
    pub name: Rc<str>,
    /// Whether it may be given all the same.
    pub is_possible: bool,
}

/// Compares two objects. `is_sure`: the value is one of no other objects.
pub(super) fn compare(walk: &mut Walk<'_>, from: &Object<'_>, to: &Object<'_>, is_sure: bool) -> bool {
    if let (Some(rest), true) = (&from.rest, from.fields.is_empty())
        && !to.fields.is_empty()
        && let Some(unknown) = &rest.get().unknown
    {
        return walk.doubt(&unknown.why, |walk| words::unknown_fields(walk, &unknown.why, to));
    }
    let mut missing = missing(from, to, is_sure);
    let mut extra: Vec<Rc<str>> = Vec::new();
    let mut fits = true;
    for (name, given) in &from.fields {
        fits &= match (to.fields.get(name), &to.rest) {
            (Some(taken), _) if taken.is_set_by_system() => walk
                .inside(Token::Field(Rc::clone(name)), |walk| {
                    walk.report(codes::MAPPING_EXTRA, |walk| words::read_only(walk, name))
                }),
            (Some(taken), _) => field(walk, name, given, &taken.value),
            (None, Some(rest)) => field(walk, name, given, rest),
            (None, None) if given.value.get().is_never() => true,
            (None, None) => {
                extra.push(Rc::clone(name));
                false
            }
        };
        if walk.quiet && !fits {
            return false;
        }
    }
    refuse_extra(walk, to, &extra, &mut missing);
    for one in &missing {
        fits &= walk.inside(Token::Field(Rc::clone(&one.name)), |walk| {
            let wanted = to.fields.get(&one.name).map(|field| field.value.get());
            walk.report(codes::MAPPING_REQUIRED, |walk| words::missing(walk, one, wanted.as_deref()))
        });
    }
    match &from.rest {
        Some(rest) => fits & others(walk, from, to, rest),
        None => fits,
    }
}

fn field(walk: &mut Walk<'_>, name: &Rc<str>, given: &Field<'_>, taken: &Lazy<'_>) -> bool {
    walk.inside(Token::Field(Rc::clone(name)), |walk| walk.lazies(&given.value, taken))
}

fn missing(from: &Object<'_>, to: &Object<'_>, is_sure: bool) -> Vec<Missing> {
    let needed = to.fields.iter().filter(|(_, field)| field.required && !field.is_set_by_system());
    let missing = needed.filter_map(|(name, _)| {
        let given = from.fields.get(name);
        if given.is_some_and(Field::is_certain) {
            return None;
        }
        let is_possible = given.is_some() || from.rest.is_some() || !is_sure;
        Some(Missing { name: Rc::clone(name), is_possible })
    });
    missing.collect()
}

/// Reports the fields that nobody takes. Where one is like a missing one, the two are one mistake.
fn refuse_extra(walk: &mut Walk<'_>, to: &Object<'_>, extra: &[Rc<str>], missing: &mut Vec<Missing>) {
    if walk.quiet {
        return;
    }
    if extra.len() > MOST_EXTRA {
        walk.report(codes::MAPPING_EXTRA, |walk| words::many_extra(walk, extra, to));
        return;
    }
    for name in extra {
        let near = nearest(name, missing.iter().map(|one| &*one.name), 1);
        let position = near.first().and_then(|near| missing.iter().position(|one| &*one.name == *near));
        let meant = position.map(|position| missing.remove(position).name);
        walk.inside(Token::Field(Rc::clone(name)), |walk| {
            walk.report(codes::MAPPING_EXTRA, |walk| words::extra(walk, name, meant.as_deref(), to))
        });
    }
}

/// The fields of any name that may be given.
fn others(walk: &mut Walk<'_>, from: &Object<'_>, to: &Object<'_>, rest: &Lazy<'_>) -> bool {
    let given = rest.get();
    if given.is_never() {
        return true;
    }
    match (&to.rest, &given.unknown) {
        (Some(taken), _) => {
            let fits = walk.inside(Token::Values, |walk| walk.lazies(rest, taken));
            // A field that the target names may be among them.
            let named = to.fields.iter().filter(|(name, _)| !from.fields.contains_key(*name));
            let mut all_fit = fits;
            for (name, taken) in named {
                if walk.quiet && !all_fit {
                    return false;
                }
                let token = Token::Field(Rc::clone(name));
                all_fit &= given.is_unknown() || walk.inside(token, |walk| walk.lazies(rest, &taken.value));
            }
            all_fit
        }
        (None, Some(unknown)) => {
            walk.doubt(&unknown.why, |walk| words::unknown_fields(walk, &unknown.why, to))
        }
        (None, None) => walk.report(codes::MAPPING_EXTRA, |walk| words::any_extra(walk, to)),
    }
}
