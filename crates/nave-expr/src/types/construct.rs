//! The types that functions and literals give, by name.

use std::rc::Rc;

use super::{Array, Booleans, Lazy, Numbers, Object, Texts, Type, Unknown};

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
        let constants = texts.iter().map(|text| (*text).to_owned()).collect();
        Type { texts: Some(Texts { constants: Some(constants), ..Texts::default() }), ..Type::default() }
    }

    /// A list of any length whose items are all of one type.
    pub fn array_of(items: Type<'a>) -> Self {
        let array = Array { first: Vec::new(), rest: Lazy::known(items), least: 0, most: None };
        Type { arrays: Some(Rc::new(array)), ..Type::default() }
    }

    /// An object.
    pub fn object(object: Object<'a>) -> Self {
        Type { objects: vec![Rc::new(object)], ..Type::default() }
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
