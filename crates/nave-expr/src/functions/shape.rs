//! Types of what functions make of lists, objects and texts, for the type rules.

use crate::types::{Array, Booleans, Field, Kind, Lazy, Numbers, Object, Texts, Type};

/// A list of items of one type, with the least and greatest number of them.
pub(crate) fn list(items: Type<'_>, least: u64, most: Option<u64>) -> Type<'_> {
    Type::array(Array { first: Vec::new(), rest: Lazy::known(items), least, most })
}

/// The least and greatest number of items of a list.
pub(crate) fn bounds(of: &Type<'_>) -> (u64, Option<u64>) {
    match &of.arrays {
        Some(array) if !of.is_unknown() => (array.least, array.most),
        _ => (0, None),
    }
}

/// A list of the same items in any order, as long as before.
pub(crate) fn reordered<'a>(of: &Type<'a>) -> Type<'a> {
    let (least, most) = bounds(of);
    list(of.items(), least, most)
}

/// The names an object can have: exactly these where its type is closed.
pub(crate) fn names<'a>(of: &Type<'a>) -> Type<'a> {
    let is_closed = |object: &Object<'_>| object.closed && object.rest.is_none();
    if of.is_unknown() || of.objects.is_empty() || !of.objects.iter().all(|object| is_closed(object)) {
        return Type::text();
    }
    let names = of.field_names();
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    if names.is_empty() { Type::never() } else { Type::one_of(&names) }
}

/// The names of an object and the positions of a list.
pub(crate) fn keys<'a>(of: &Type<'a>) -> Type<'a> {
    let names = if of.may_be(Kind::Object) { names(of) } else { Type::never() };
    if of.may_be(Kind::Array) { names.union(&Type::integer()) } else { names }
}

/// What `flatten` finds at the end: what is no list, so many levels down.
pub(crate) fn flat<'a>(of: &Type<'a>, levels: usize) -> Type<'a> {
    let item = of.values();
    if item.is_unknown() || item.arrays.is_none() {
        return item;
    }
    let others = item.without(Kind::Array);
    match levels.checked_sub(1) {
        Some(levels) => others.union(&flat(&item.only(Kind::Array), levels)),
        None => Type::anything("lists lie in lists without an end"),
    }
}

/// What the items add up to, and why adding them may fail.
pub(crate) fn sum<'a>(name: &str, of: &Type<'a>) -> (Type<'a>, Option<String>) {
    let (least, _) = bounds(of);
    let item = of.values();
    let may_be_null = least == 0 || of.may_be(Kind::Object) || item.may_be_null();
    let summand = item.without_null();
    let null = |sum: Type<'a>| if may_be_null { sum.or_null() } else { sum };
    if summand.is_unknown() {
        return (null(summand), None);
    }
    let sum = match summand.kinds().as_slice() {
        [] => Type::null(),
        [Kind::Number] => {
            let is_whole = summand.numbers.as_ref().is_some_and(|numbers| numbers.integer);
            null(if is_whole { Type::integer() } else { Type::number() })
        }
        [Kind::String] => null(Type::text()),
        [Kind::Array] => null(Type::array_of(summand.items())),
        [Kind::Object] => null(merged(&summand)),
        [Kind::Boolean] => return (null(summand), Some(format!("`{name}` fails on two booleans"))),
        _ => {
            let warning = format!("`{name}` fails where the items are of more than one sort");
            let lists = summand.only(Kind::Array);
            let mut sum = summand.without(Kind::Array).without(Kind::Object);
            sum.numbers = sum.numbers.map(|_| Numbers::default());
            sum.texts = sum.texts.map(|_| Texts::default());
            if lists.may_be(Kind::Array) {
                sum = sum.union(&Type::array_of(lists.items()));
            }
            if summand.may_be(Kind::Object) {
                sum = sum.union(&merged(&summand));
            }
            return (null(sum), Some(warning));
        }
    };
    (sum, None)
}

/// Objects put into one: it may have the fields of all, and has for certain what each of them has.
pub(crate) fn merged<'a>(of: &Type<'a>) -> Type<'a> {
    let rests = || of.objects.iter().filter_map(|object| object.rest.clone());
    let mut fields = indexmap::IndexMap::new();
    for name in of.field_names() {
        let known = || of.objects.iter().filter_map(|object| object.fields.get(&name));
        let value = Lazy::any(known().map(|field| field.value.clone()).chain(rests()));
        let is_everywhere = of.objects.iter().all(|object| object.fields.contains_key(&name));
        let required = is_everywhere && known().all(Field::is_certain);
        let sensitive = known().find_map(|field| field.sensitive.clone());
        fields.insert(name.clone(), Field { required, sensitive, ..Field::optional(value) });
    }
    let rest = rests().next().is_some().then(|| Lazy::any(rests()));
    let closed = of.objects.iter().all(|object| object.closed);
    Type::object(Object { name: None, fields, rest, closed })
}

/// `true` of what is never truthy, `false` of what always is.
pub(crate) fn negation<'a>(found: &Type<'a>) -> Type<'a> {
    let yes = !found.falsy_part().is_never();
    let no = !found.truthy_part().is_never();
    Type { booleans: Booleans { yes, no }, ..Type::default() }
}

/// The texts of a type, each changed.
pub(crate) fn changed_text<'a>(of: &Type<'a>, change: impl Fn(&str) -> String) -> Type<'a> {
    match of.texts.as_ref().and_then(|texts| texts.constants.as_ref()) {
        Some(constants) if !of.is_unknown() => {
            let constants: Vec<String> = constants.iter().map(|text| change(text)).collect();
            let mut constants: Vec<&str> = constants.iter().map(String::as_str).collect();
            constants.sort_unstable();
            constants.dedup();
            Type::one_of(&constants)
        }
        _ => Type::text(),
    }
}

/// What comes out of known texts where each becomes another; of texts that are not known, one of all.
pub(crate) fn known_text<'a>(
    of: &Type<'a>,
    all: &[&str],
    change: impl Fn(&str) -> Option<&'static str>,
) -> Type<'a> {
    let known = of.texts.as_ref().and_then(|texts| texts.constants.as_ref());
    match known {
        Some(constants) if of.kinds() == [Kind::String] => {
            let mut changed: Vec<&str> = constants.iter().filter_map(|text| change(text)).collect();
            changed.sort_unstable();
            changed.dedup();
            Type::one_of(&changed)
        }
        _ => Type::one_of(all),
    }
}
