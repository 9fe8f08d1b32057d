//! The types that functions and literals give, by name.

use std::rc::Rc;

use nave_model::Decimal;
use serde_json::{Number, Value as Json};

use super::algebra::{MOST_FIRST, length};
use super::{Array, Booleans, Field, Lazy, Numbers, Object, Texts, Type, Unknown};

/// Constants nested deeper than this are known only in part.
const DEEPEST: usize = 64;

impl<'a> Type<'a> {
    /// A value that never exists.
    pub fn never() -> Self {
        Type::default()
    }

    /// A value of which nothing is known, and why.
    pub fn anything(why: impl Into<Rc<str>>) -> Self {
        Type { unknown: Some(Unknown { why: why.into() }), ..Type::default() }
    }

    /// `null`.
    pub fn null() -> Self {
        Type { null: true, ..Type::default() }
    }

    /// `true` or `false`.
    pub fn boolean() -> Self {
        Type { booleans: Booleans { yes: true, no: true }, ..Type::default() }
    }

    /// Any number.
    pub fn number() -> Self {
        Type { numbers: Some(Numbers::default()), ..Type::default() }
    }

    /// Any whole number.
    pub fn integer() -> Self {
        Type { numbers: Some(Numbers { integer: true, ..Numbers::default() }), ..Type::default() }
    }

    /// Any text.
    pub fn text() -> Self {
        Type { texts: Some(Texts::default()), ..Type::default() }
    }

    /// Any text of a JSON Schema format, for example `date-time`.
    pub fn text_of_format(format: &str) -> Self {
        Type { texts: Some(Texts { format: Some(format.into()), ..Texts::default() }), ..Type::default() }
    }

    /// One of these texts.
    pub fn one_of(texts: &[&str]) -> Self {
        let constants: Rc<[String]> = texts.iter().map(|text| (*text).to_owned()).collect();
        let lengths = || texts.iter().map(|text| length(text));
        let texts = Texts {
            least: lengths().min().unwrap_or_default(),
            most: lengths().max(),
            constants: Some(constants),
            ..Texts::default()
        };
        Type { texts: Some(texts), ..Type::default() }
    }

    /// Exactly this value.
    pub fn constant(value: &Json) -> Self {
        constant_within(value, 0)
    }

    /// A list of any length whose items are all of one type.
    pub fn array_of(items: Type<'a>) -> Self {
        Type::array(Array { first: Vec::new(), rest: Lazy::known(items), least: 0, most: None })
    }

    /// A list of exactly these items.
    pub fn list(items: Vec<Type<'a>>) -> Self {
        let length = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let mut items = items.into_iter();
        let first = items.by_ref().take(MOST_FIRST).map(Lazy::known).collect();
        let rest = Lazy::known(Type::union_of(items));
        Type::array(Array { first, rest, least: length, most: Some(length) })
    }

    /// A list.
    pub fn array(array: Array<'a>) -> Self {
        Type { arrays: Some(Rc::new(array)), ..Type::default() }
    }

    /// An object.
    pub fn object(object: Object<'a>) -> Self {
        Type { objects: vec![Rc::new(object)], ..Type::default() }
    }

    /// An object with exactly these fields, all of which it has.
    pub fn record(fields: impl IntoIterator<Item = (Rc<str>, Type<'a>)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name, Field::required(Lazy::known(value))));
        Type::object(Object { fields: fields.collect(), closed: true, ..Object::default() })
    }

    /// An object with fields of any names, all of one type.
    pub fn map_of(values: Type<'a>) -> Self {
        Type::object(Object { rest: Some(Lazy::known(values)), ..Object::default() })
    }

    /// The same, or `null`.
    #[must_use]
    pub fn or_null(self) -> Self {
        Type { null: true, ..self }
    }
}

impl<'a> Lazy<'a> {
    /// A type that is known.
    pub fn known(known: Type<'a>) -> Self {
        Lazy::Known(Rc::new(known))
    }
}

impl<'a> Field<'a> {
    /// A field that is always there.
    pub fn required(value: Lazy<'a>) -> Self {
        Field { required: true, ..Field::optional(value) }
    }

    /// A field that may be missing.
    pub fn optional(value: Lazy<'a>) -> Self {
        Field { value, required: false, read_only: false, write_only: false, sensitive: None }
    }
}

/// The one text of a number; equal numbers have equal texts.
pub(super) fn number_text(number: &Number) -> String {
    Decimal::parse(number.as_str()).map_or_else(|| number.to_string(), |decimal| decimal.to_string())
}

fn constant_within<'a>(value: &Json, depth: usize) -> Type<'a> {
    if depth > DEEPEST {
        return Type::anything("a constant is nested too deep to be looked at");
    }
    match value {
        Json::Null => Type::null(),
        Json::Bool(value) => Type { booleans: Booleans { yes: *value, no: !*value }, ..Type::default() },
        Json::Number(number) => {
            let integer = Decimal::parse(number.as_str()).is_some_and(|decimal| decimal.is_whole());
            let constants: Rc<[String]> = [number_text(number)].into_iter().collect();
            let numbers = Numbers { integer, constants: Some(constants), least: None, most: None };
            Type { numbers: Some(numbers), ..Type::default() }
        }
        Json::String(text) => Type::one_of(&[text]),
        Json::Array(items) => Type::list(items.iter().map(|item| constant_within(item, depth + 1)).collect()),
        Json::Object(members) => {
            let fields = members.iter();
            Type::record(
                fields.map(|(name, value)| (name.as_str().into(), constant_within(value, depth + 1))),
            )
        }
    }
}
