//! What is inside a value: the type of a field, of an item, of everything there is. Types alone; what an
//! expression that reads them is told stands in `steps`.

use std::rc::Rc;

use crate::check::Count;
use crate::check::shape::{self, Sort, has};
use crate::types::{Array, Field, Lazy, Object, Presence, Type};

/// What reading something inside a value gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Read<'a> {
    /// What comes out where it can be read.
    pub(super) ty: Type<'a>,
    /// Sorts the value may be of and that nothing can be read from.
    pub(super) wrong: Vec<Sort>,
    /// A mark of the connector on what is read.
    pub(super) sensitive: Option<Rc<str>>,
    /// Nothing the value may be has such a field, though it may be an object.
    pub(super) is_lacking: bool,
}

/// `.name`
pub(super) fn field<'a>(ty: &Type<'a>, name: &str) -> Read<'a> {
    let found = ty.field(name);
    Read {
        ty: found.value,
        wrong: all_but(ty, &[Sort::Null, Sort::Object]),
        is_lacking: found.presence == Presence::Never && !ty.objects.is_empty(),
        sensitive: found.sensitive,
    }
}

/// The type of a field of an object, `null` where it may be missing; `None`: it has no such field.
pub(super) fn in_object<'a>(object: &Object<'a>, name: &str) -> Option<Type<'a>> {
    let value = (*object.value_of(name)?).clone();
    let is_certain = object.fields.get(name).is_some_and(Field::is_certain);
    Some(if is_certain { value } else { value.or_null() })
}

/// `.[name]`, where the name is any text.
pub(super) fn any_field<'a>(ty: &Type<'a>) -> Read<'a> {
    let mut read = Read { wrong: all_but(ty, &[Sort::Null, Sort::Object]), ..Read::default() };
    read.ty.unknown.clone_from(&ty.unknown);
    for object in &ty.objects {
        read.ty = shape::union(&read.ty, &values_of(object));
    }
    read.ty.null = true;
    read
}

/// `.[number]`; the number where it is known.
pub(super) fn item<'a>(ty: &Type<'a>, index: Option<f64>) -> Read<'a> {
    let value = match index.and_then(whole) {
        Some(index) => ty.index(index),
        None => Type { null: true, ..ty.items() },
    };
    Read { ty: value, wrong: all_but(ty, &[Sort::Null, Sort::Array]), ..Read::default() }
}

/// A number as an index: rounded down, as jq does.
pub(super) fn whole(index: f64) -> Option<i64> {
    let down = index.floor();
    // Texts of doubles without a fraction are those of whole numbers.
    if down.abs() < 1e15 { format!("{down:.0}").parse().ok() } else { None }
}

/// What any item of a list may be.
pub(super) fn items<'a>(array: &Array<'a>) -> Type<'a> {
    (*array.items().get()).clone()
}

/// What any value in an object may be.
pub(super) fn values_of<'a>(object: &Object<'a>) -> Type<'a> {
    let fields = object.fields.values().map(|field| &field.value);
    let mut all = Type::never();
    for value in fields.chain(&object.rest) {
        all = shape::union(&all, &value.get());
    }
    all
}

/// `.[]`, with how many come out.
pub(super) fn each<'a>(ty: &Type<'a>) -> (Read<'a>, Count) {
    let mut read = Read { wrong: all_but(ty, &[Sort::Array, Sort::Object]), ..Read::default() };
    read.ty.unknown.clone_from(&ty.unknown);
    let mut count: Option<Count> = ty.unknown.as_ref().map(|_| Count::ANY);
    let mut or = |other: Count| count = Some(count.map_or(other, |count| count.or(other)));
    if let Some(array) = &ty.arrays {
        read.ty = shape::union(&read.ty, &items(array));
        or(Count { some: array.least > 0, many: array.most.is_none_or(|most| most > 1) });
    }
    for object in &ty.objects {
        read.ty = shape::union(&read.ty, &values_of(object));
        let some = object.fields.values().any(|field| field.required && !field.write_only);
        or(Count { some, many: object.fields.len() > 1 || object.rest.is_some() || !object.closed });
    }
    (read, count.unwrap_or(Count::MAYBE))
}

/// `.[from:to]`
pub(super) fn slice<'a>(ty: &Type<'a>) -> Read<'a> {
    let mut read = Read { wrong: all_but(ty, &[Sort::Null, Sort::Text, Sort::Array]), ..Read::default() };
    read.ty.null = ty.null;
    read.ty.unknown.clone_from(&ty.unknown);
    if ty.texts.is_some() {
        read.ty.texts = Type::text().texts;
    }
    if let Some(array) = &ty.arrays {
        let some = Array { first: Vec::new(), rest: Lazy::known(items(array)), least: 0, most: array.most };
        read.ty.arrays = Some(Rc::new(some));
    }
    read
}

/// `.[list]`: where a list stands inside a list. Null has no such positions, though it has fields and items.
pub(super) fn positions<'a>(ty: &Type<'a>) -> Read<'a> {
    let mut read = Read { wrong: all_but(ty, &[Sort::Array]), ..Read::default() };
    read.ty = Type::array_of(Type::integer());
    read.ty.unknown.clone_from(&ty.unknown);
    read
}

/// The sorts a value may be of, without these; nothing where it is unknown, of which is spoken elsewhere.
fn all_but(ty: &Type<'_>, right: &[Sort]) -> Vec<Sort> {
    if ty.unknown.is_some() {
        return Vec::new();
    }
    Sort::ALL.into_iter().filter(|sort| !right.contains(sort) && has(ty, *sort)).collect()
}
