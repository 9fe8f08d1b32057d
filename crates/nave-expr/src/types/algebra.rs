//! Unions: what may be one thing or another. Constants and alternatives are kept apart up to a bound,
//! and merged beyond it, so that a type never grows without end.

use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

use crate::value::Number;

use super::{Array, Booleans, Field, Lazy, Numbers, Object, Texts, Type};

/// More constants than this are not kept: any text, any number.
const MOST_CONSTANTS: usize = 1_000;
/// More alternatives of an object than this become one, field by field.
const MOST_ALTERNATIVES: usize = 64;
/// More first items of a list than this are not told apart.
pub(super) const MOST_FIRST: usize = 64;

impl<'a> Type<'a> {
    /// Either of two.
    #[must_use]
    pub fn union(&self, other: &Type<'a>) -> Type<'a> {
        if self.is_never() {
            return other.clone();
        }
        if other.is_never() {
            return self.clone();
        }
        Type {
            null: self.null || other.null,
            booleans: Booleans {
                yes: self.booleans.yes || other.booleans.yes,
                no: self.booleans.no || other.booleans.no,
            },
            numbers: either(&self.numbers, &other.numbers, numbers),
            texts: either(&self.texts, &other.texts, texts),
            arrays: either(&self.arrays, &other.arrays, |a, b| Rc::new(arrays(a, b))),
            objects: objects(&self.objects, &other.objects),
            unknown: self.unknown.clone().or_else(|| other.unknown.clone()),
        }
    }

    /// One of several; of none, never.
    pub fn union_of(types: impl IntoIterator<Item = Type<'a>>) -> Type<'a> {
        types.into_iter().reduce(|a, b| a.union(&b)).unwrap_or_default()
    }
}

fn either<T: Clone>(a: &Option<T>, b: &Option<T>, merge: impl Fn(&T, &T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(merge(a, b)),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    }
}

fn constants(a: &Option<Rc<[String]>>, b: &Option<Rc<[String]>>) -> Option<Rc<[String]>> {
    let (a, b) = (a.as_ref()?, b.as_ref()?);
    if Rc::ptr_eq(a, b) {
        return Some(Rc::clone(a));
    }
    let all: IndexSet<&String> = a.iter().chain(b.iter()).collect();
    (all.len() <= MOST_CONSTANTS).then(|| all.into_iter().cloned().collect())
}

fn numbers(a: &Numbers, b: &Numbers) -> Numbers {
    Numbers {
        integer: a.integer && b.integer,
        constants: constants(&a.constants, &b.constants),
        least: a.lowest().zip(b.lowest()).map(|(a, b)| a.min(b)),
        most: a.highest().zip(b.highest()).map(|(a, b)| a.max(b)),
    }
}

impl Numbers {
    /// The lowest it may be, where that is known.
    pub fn lowest(&self) -> Option<f64> {
        match &self.constants {
            Some(constants) => parsed(constants)?.into_iter().reduce(f64::min),
            None => self.least,
        }
    }

    /// The highest it may be, where that is known.
    pub fn highest(&self) -> Option<f64> {
        match &self.constants {
            Some(constants) => parsed(constants)?.into_iter().reduce(f64::max),
            None => self.most,
        }
    }
}

fn parsed(constants: &[String]) -> Option<Vec<f64>> {
    constants.iter().map(|text| double(text)).collect()
}

/// The double a number is calculated with; `None` for what is no number.
pub(crate) fn double(text: &str) -> Option<f64> {
    Some(Number::written(text).as_f64()).filter(|number| !number.is_nan())
}

fn texts(a: &Texts, b: &Texts) -> Texts {
    let same = |a: &Option<Rc<str>>, b: &Option<Rc<str>>| if a == b { a.clone() } else { None };
    Texts {
        constants: constants(&a.constants, &b.constants),
        format: same(&a.format, &b.format),
        least: a.shortest().min(b.shortest()),
        most: a.longest().zip(b.longest()).map(|(a, b)| a.max(b)),
        pattern: same(&a.pattern, &b.pattern),
    }
}

impl Texts {
    /// The least number of characters it may have.
    pub fn shortest(&self) -> u64 {
        let lengths = self.constants.iter().flat_map(|constants| constants.iter()).map(|text| length(text));
        lengths.min().unwrap_or(self.least)
    }

    /// The greatest number of characters it may have, where that is known.
    pub fn longest(&self) -> Option<u64> {
        let lengths = self.constants.iter().flat_map(|constants| constants.iter()).map(|text| length(text));
        lengths.max().or(self.most)
    }
}

pub(super) fn length(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

fn arrays<'a>(a: &Rc<Array<'a>>, b: &Rc<Array<'a>>) -> Array<'a> {
    if Rc::ptr_eq(a, b) {
        return (**a).clone();
    }
    let told_apart = a.first.len().max(b.first.len()).min(MOST_FIRST);
    let at = |array: &Array<'a>, index: usize| array.first.get(index).unwrap_or(&array.rest).clone();
    let first = (0..told_apart).map(|index| Lazy::any([at(a, index), at(b, index)]));
    let beyond = |array: &Array<'a>| array.first.iter().skip(told_apart).cloned().collect::<Vec<_>>();
    let rest = Lazy::any([a.rest.clone(), b.rest.clone()].into_iter().chain(beyond(a)).chain(beyond(b)));
    Array {
        first: first.collect(),
        rest,
        least: a.least.min(b.least),
        most: a.most.zip(b.most).map(|(a, b)| a.max(b)),
    }
}

fn objects<'a>(a: &[Rc<Object<'a>>], b: &[Rc<Object<'a>>]) -> Vec<Rc<Object<'a>>> {
    let mut all = a.to_vec();
    for object in b {
        if !all.iter().any(|other| Rc::ptr_eq(object, other) || is_same(object, other)) {
            all.push(Rc::clone(object));
        }
    }
    if all.len() > MOST_ALTERNATIVES { vec![Rc::new(merged(&all))] } else { all }
}

/// Whether two objects are described by the same schemas.
fn is_same(a: &Object<'_>, b: &Object<'_>) -> bool {
    let same_rest = match (&a.rest, &b.rest) {
        (None, None) => true,
        (Some(a), Some(b)) => is_same_lazy(a, b),
        _ => false,
    };
    same_rest
        && a.closed == b.closed
        && a.name == b.name
        && a.fields.len() == b.fields.len()
        && a.fields.iter().zip(&b.fields).all(|((name, a), (other, b))| {
            name == other && a.required == b.required && is_same_lazy(&a.value, &b.value)
        })
}

fn is_same_lazy(a: &Lazy<'_>, b: &Lazy<'_>) -> bool {
    match (a, b) {
        (Lazy::Known(a), Lazy::Known(b)) => Rc::ptr_eq(a, b) || is_same_flat(a, b),
        _ => a.identity() == b.identity(),
    }
}

/// Whether two types without lists and objects are the same.
fn is_same_flat(a: &Type<'_>, b: &Type<'_>) -> bool {
    let is_flat = |one: &Type<'_>| one.arrays.is_none() && one.objects.is_empty();
    is_flat(a)
        && is_flat(b)
        && a.null == b.null
        && a.booleans == b.booleans
        && a.numbers == b.numbers
        && a.texts == b.texts
        && a.unknown == b.unknown
}

/// All alternatives as one, field by field.
fn merged<'a>(all: &[Rc<Object<'a>>]) -> Object<'a> {
    let mut fields: IndexMap<Rc<str>, Vec<&Field<'a>>> = IndexMap::new();
    for (name, field) in all.iter().flat_map(|object| &object.fields) {
        fields.entry(Rc::clone(name)).or_default().push(field);
    }
    let fields = fields.into_iter().map(|(name, found)| {
        let others = all.iter().filter(|object| !object.fields.contains_key(&name));
        let rests = others.filter_map(|object| object.rest.clone());
        let field = Field {
            value: Lazy::any(found.iter().map(|field| field.value.clone()).chain(rests)),
            required: found.len() == all.len() && found.iter().all(|field| field.required),
            read_only: found.iter().all(|field| field.read_only),
            write_only: found.iter().any(|field| field.write_only),
            sensitive: found.iter().find_map(|field| field.sensitive.clone()),
        };
        (name, field)
    });
    let rests: Vec<Lazy<'a>> = all.iter().filter_map(|object| object.rest.clone()).collect();
    let name = all.first().and_then(|first| first.name.clone());
    Object {
        name: name.filter(|name| all.iter().all(|object| object.name.as_ref() == Some(name))),
        fields: fields.collect(),
        rest: (!rests.is_empty()).then(|| Lazy::any(rests)),
        closed: all.iter().all(|object| object.closed),
    }
}
