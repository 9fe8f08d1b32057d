//! Types that grow: whether one holds another, and what to make of one that would grow without end, as
//! the state of a `reduce` may.

use std::rc::Rc;

use crate::check::fields;
use crate::check::shape;
use crate::types::{Array, Field, Lazy, Numbers, Object, Texts, Type};

/// After so many rounds everything is known to be settled: see [`widened`].
pub(super) const ROUNDS: usize = 7;

/// Types inside types that are compared.
const DEEPEST: usize = 12;

/// Why nothing is known of what was cut.
const GROWS: &str = "a value that grows in `reduce` or `foreach` cannot be followed";

/// Whether every value of the smaller type is one of the larger; `false` where that is not certain.
pub(super) fn covers(larger: &Type<'_>, smaller: &Type<'_>) -> bool {
    within(larger, smaller, 0)
}

fn within(larger: &Type<'_>, smaller: &Type<'_>, depth: usize) -> bool {
    if larger.is_unknown() {
        return true;
    }
    if smaller.is_unknown() || depth > DEEPEST {
        return false;
    }
    let all = |larger: Option<&Rc<[String]>>, smaller: Option<&Rc<[String]>>| match (larger, smaller) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(larger), Some(smaller)) => smaller.iter().all(|constant| larger.contains(constant)),
    };
    let numbers = |larger: &Numbers, smaller: &Numbers| {
        all(larger.constants.as_ref(), smaller.constants.as_ref())
            && (!larger.integer || smaller.integer)
            && (larger.constants.is_some()
                || larger.least.is_none_or(|least| smaller.lowest().is_some_and(|lowest| lowest >= least))
                    && larger
                        .most
                        .is_none_or(|most| smaller.highest().is_some_and(|highest| highest <= most)))
    };
    let texts = |larger: &Texts, smaller: &Texts| {
        all(larger.constants.as_ref(), smaller.constants.as_ref())
            && (larger.constants.is_some()
                || (larger.format.is_none() || larger.format == smaller.format)
                    && (larger.pattern.is_none() || larger.pattern == smaller.pattern)
                    && smaller.shortest() >= larger.least
                    && larger
                        .most
                        .is_none_or(|most| smaller.longest().is_some_and(|longest| longest <= most)))
    };
    (larger.null || !smaller.null)
        && (larger.booleans.yes || !smaller.booleans.yes)
        && (larger.booleans.no || !smaller.booleans.no)
        && smaller
            .numbers
            .as_ref()
            .is_none_or(|smaller| larger.numbers.as_ref().is_some_and(|larger| numbers(larger, smaller)))
        && smaller
            .texts
            .as_ref()
            .is_none_or(|smaller| larger.texts.as_ref().is_some_and(|larger| texts(larger, smaller)))
        && smaller
            .arrays
            .as_ref()
            .is_none_or(|smaller| larger.arrays.as_ref().is_some_and(|larger| arrays(larger, smaller, depth)))
        && smaller.objects.iter().all(|smaller| {
            larger.objects.iter().any(|larger| Rc::ptr_eq(larger, smaller) || objects(larger, smaller, depth))
        })
}

fn lazies(larger: &Lazy<'_>, smaller: &Lazy<'_>, depth: usize) -> bool {
    larger.identity() == smaller.identity() || within(&larger.get(), &smaller.get(), depth + 1)
}

fn arrays(larger: &Array<'_>, smaller: &Array<'_>, depth: usize) -> bool {
    let told_apart = larger.first.len().max(smaller.first.len());
    let at = |array: &Array<'_>, index: usize| array.first.get(index).is_some();
    smaller.least >= larger.least
        && larger.most.is_none_or(|most| smaller.most.is_some_and(|smaller| smaller <= most))
        && (0..told_apart).all(|index| {
            let beyond =
                smaller.most.is_some_and(|most| usize::try_from(most).is_ok_and(|most| index >= most));
            beyond || {
                let one = if at(larger, index) { &larger.first[index] } else { &larger.rest };
                let other = if at(smaller, index) { &smaller.first[index] } else { &smaller.rest };
                lazies(one, other, depth)
            }
        })
        && (smaller.most.is_some_and(|most| usize::try_from(most).is_ok_and(|most| most <= told_apart))
            || lazies(&larger.rest, &smaller.rest, depth))
}

fn objects(larger: &Object<'_>, smaller: &Object<'_>, depth: usize) -> bool {
    let required = larger.fields.iter().filter(|(_, field)| field.is_certain());
    let has_all =
        required.into_iter().all(|(name, _)| smaller.fields.get(name).is_some_and(Field::is_certain));
    let fits = |name: &Rc<str>, field: &Field<'_>| match (larger.fields.get(name), &larger.rest) {
        (Some(other), _) => lazies(&other.value, &field.value, depth),
        (None, Some(rest)) => lazies(rest, &field.value, depth),
        (None, None) => false,
    };
    let rest = match (&larger.rest, &smaller.rest) {
        (_, None) => true,
        (None, Some(_)) => false,
        // Fields the larger names may be among those the smaller does not.
        (Some(larger_rest), Some(rest)) => {
            lazies(larger_rest, rest, depth)
                && larger
                    .fields
                    .iter()
                    .filter(|(name, _)| !smaller.fields.contains_key(*name))
                    .all(|(_, field)| lazies(&field.value, rest, depth))
        }
    };
    has_all && rest && smaller.fields.iter().all(|(name, field)| fits(name, field))
}

/// A larger type that holds this one, the coarser the later the round: first constants and lengths go,
/// then everything inside lists and objects, then all.
pub(super) fn widened<'a>(ty: &Type<'a>, round: usize) -> Type<'a> {
    match round {
        0 => ty.clone(),
        1..=2 => Type {
            numbers: ty
                .numbers
                .as_ref()
                .map(|numbers| Numbers { integer: numbers.integer, ..Numbers::default() }),
            texts: ty.texts.as_ref().map(|_| Texts::default()),
            arrays: ty.arrays.as_ref().map(|array| {
                let rest = Lazy::known(loose(&fields::items(array), round));
                Rc::new(Array { first: Vec::new(), rest, least: 0, most: None })
            }),
            objects: ty.objects.iter().map(|object| Rc::new(loose_object(object, round))).collect(),
            ..ty.clone()
        },
        3..=4 => {
            let anything = || Type::anything(GROWS);
            Type {
                numbers: ty.numbers.as_ref().map(|_| Numbers::default()),
                texts: ty.texts.as_ref().map(|_| Texts::default()),
                arrays: ty.arrays.as_ref().and_then(|_| Type::array_of(anything()).arrays),
                objects: match ty.objects.is_empty() {
                    true => Vec::new(),
                    false => vec![Rc::new(shape::open(anything()))],
                },
                ..ty.clone()
            }
        }
        _ => Type::anything(GROWS),
    }
}

/// Plain values inside, without constants.
fn loose<'a>(ty: &Type<'a>, round: usize) -> Type<'a> {
    if ty.arrays.is_none() && ty.objects.is_empty() { widened(ty, round) } else { ty.clone() }
}

fn loose_object<'a>(object: &Object<'a>, round: usize) -> Object<'a> {
    // Types from schemas are the same each time; only what the expression made can grow.
    let loosen = |lazy: &Lazy<'a>| match lazy {
        Lazy::Known(known) => Lazy::known(loose(known, round)),
        Lazy::Any(_) => Lazy::known(loose(&lazy.get(), round)),
        other => other.clone(),
    };
    let mut object = object.clone();
    for field in object.fields.values_mut() {
        field.value = loosen(&field.value);
    }
    object.rest = object.rest.as_ref().map(loosen);
    object
}
