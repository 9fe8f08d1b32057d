//! Objects a target takes in several forms: whether one of them fits, and if none does, the nearest one
//! explained in a sentence.

use std::rc::Rc;

use super::super::{Lazy, Object, Type};
use super::Token;
use super::objects;
use super::walk::Walk;
use super::words;

/// Values of a field that says which form is meant, for each of which a form is looked for.
const MOST_VALUES: usize = 64;
/// Forms that are tried to find the nearest one.
const MOST_TRIED: usize = 32;
/// Explanations inside each other.
const DEEPEST: usize = 3;

/// Compares an object with the forms a target takes.
pub(super) fn compare<'a>(
    walk: &mut Walk<'_>,
    from: &Rc<Object<'a>>,
    forms: &[Rc<Object<'a>>],
    is_sure: bool,
) -> bool {
    if let Some(form) = fitting(walk, from, forms) {
        // Once more aloud, for what nobody can tell.
        return walk.quiet || objects::compare(walk, from, form, is_sure);
    }
    let Some(tag) = tag(forms) else { return explain(walk, from, forms, is_sure) };
    let given = Type { objects: vec![Rc::clone(from)], ..Type::default() };
    let Some(values) = given.field(&tag).value.constants().filter(|values| values.len() <= MOST_VALUES)
    else {
        return explain(walk, from, forms, is_sure);
    };
    // Every value of the tag may have its own form.
    if values.len() > 1 {
        for value in values {
            let one = given.with_field_constant(&tag, &value);
            for object in &one.objects {
                if fitting(walk, object, forms).is_none() {
                    return explain(walk, object, forms, is_sure);
                }
            }
        }
        return true;
    }
    explain(walk, from, forms, is_sure)
}

/// The first form that fits, one without doubt before others.
fn fitting<'f, 'a>(
    walk: &mut Walk<'_>,
    from: &Object<'a>,
    forms: &'f [Rc<Object<'a>>],
) -> Option<&'f Rc<Object<'a>>> {
    let doubted = walk.doubted;
    let mut likely = None;
    for form in forms {
        if !walk.spend() {
            return Some(form).filter(|_| !walk.strict);
        }
        if is_contradicted(from, form) {
            continue;
        }
        walk.doubted = false;
        let fits = walk.quietly(|walk| objects::compare(walk, from, form, true));
        if fits && !walk.doubted {
            walk.doubted = doubted;
            return Some(form);
        }
        if fits {
            likely = likely.or(Some(form));
        }
    }
    walk.doubted = doubted || likely.is_some();
    likely
}

/// Whether a field with fixed values rules a form out, which saves comparing the rest.
fn is_contradicted(from: &Object<'_>, form: &Object<'_>) -> bool {
    fixed(form)
        .any(|(name, taken)| from.fields.get(name).is_some_and(|given| !given.value.get().may_equal(&taken)))
}

/// The fields of a form that have fixed values.
fn fixed<'o, 'a>(form: &'o Object<'a>) -> impl Iterator<Item = (&'o str, Rc<Type<'a>>)> {
    let fields = form.fields.iter().filter(|(_, field)| is_cheap(&field.value));
    fields.filter_map(|(name, field)| {
        let value = field.value.get();
        value.constants().is_some_and(|values| !values.is_empty()).then_some((&**name, value))
    })
}

/// Whether a schema can be asked for constants without following where it leads.
fn is_cheap(lazy: &Lazy<'_>) -> bool {
    match lazy {
        Lazy::Known(_) => true,
        Lazy::Schema(place) => place.keyword("enum").is_some() || place.keyword("const").is_some(),
        Lazy::All(_) | Lazy::Any(_) => false,
    }
}

/// The first field that every form fixes, with different values.
fn tag(forms: &[Rc<Object<'_>>]) -> Option<Rc<str>> {
    let (first, others) = forms.split_first()?;
    let found = fixed(first).find(|(name, value)| {
        let others = others.iter().map(|form| fixed(form).find(|(other, _)| other == name));
        let values: Option<Vec<_>> = others.collect();
        values.is_some_and(|values| values.iter().any(|(_, other)| !value.may_equal(other)))
    });
    found.map(|(name, _)| name.into())
}

fn explain<'a>(walk: &mut Walk<'_>, from: &Rc<Object<'a>>, forms: &[Rc<Object<'a>>], is_sure: bool) -> bool {
    if walk.quiet {
        return false;
    }
    if let Some(tag) = tag(forms)
        && let Some(given) = from.fields.get(&tag)
    {
        let taken = forms.iter().filter_map(|form| Some((*form.value_of(&tag)?).clone()));
        let taken = Type::union_of(taken);
        if !walk.quietly(|walk| walk.types(&given.value.get(), &taken)) {
            return walk.inside(Token::Field(tag), |walk| walk.types(&given.value.get(), &taken));
        }
    }
    let likely = forms.iter().filter(|form| !is_contradicted(from, form));
    let mut likely: Vec<&Rc<Object<'a>>> = likely.take(MOST_TRIED).collect();
    if likely.is_empty() {
        likely = forms.iter().take(MOST_TRIED).collect();
    }
    let many = likely.len() > 1;
    walk.explaining += 1;
    let mut nearest = None;
    for form in likely {
        let found = std::mem::take(&mut walk.found);
        match walk.explaining <= DEEPEST {
            true => objects::compare(walk, from, form, is_sure),
            false => {
                walk.report(nave_model::fault::codes::MAPPING_TYPE, |walk| words::form(walk, from, form))
            }
        };
        let tried = std::mem::replace(&mut walk.found, found);
        let errors = tried.iter().filter(|mismatch| !mismatch.is_warning).count();
        if nearest.as_ref().is_none_or(|(least, _, _)| errors < *least) {
            nearest = Some((errors, tried, form));
        }
    }
    walk.explaining -= 1;
    if let Some((_, tried, form)) = nearest
        && let Some(mut first) = tried.into_iter().find(|mismatch| !mismatch.is_warning)
    {
        if many {
            first.message = words::nearest_form(walk, forms.len(), form, &first.message);
        }
        walk.found.push(first);
    }
    false
}
