//! The types of the variables a condition may use, as the decision hands them in.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_expr::types::{Field, Lazy, Object, Type};

use super::Known;

/// The variables by name, without `$`, in the order of [`crate::rules::VARIABLES`].
pub(super) fn types<'a>(known: &Known<'_>) -> [(&'static str, Type<'a>); 5] {
    let facts = &known.facts;
    let operation = [
        ("name", Type::one_of(&[facts.name.as_str()])),
        ("effect", Type::one_of(&[facts.effect.as_str()])),
        ("tags", Type::array_of(Type::text())),
    ];
    let principal = [
        ("kind", Type::one_of(&["agent", "person", "flow"])),
        ("name", Type::text()),
        ("roles", Type::array_of(Type::text())),
    ];
    let connection = [
        ("name", Type::one_of(&[facts.connection.as_str()])),
        ("connector", Type::one_of(&[facts.connector.as_str()])),
    ];
    let time = [
        ("at", Type::text_of_format("date-time")),
        ("date", Type::text_of_format("date")),
        ("hour", Type::integer()),
        ("minute", Type::integer()),
        ("weekday", Type::integer()),
    ];
    let usage = ["minute", "hour", "day"].map(|window| (window, Type::integer()));
    [
        ("operation", object("the operation", operation)),
        ("principal", object("the principal", principal)),
        ("connection", object("the connection", connection)),
        ("time", object("the time", time)),
        ("usage", object("the usage", usage)),
    ]
}

fn object<'a, const N: usize>(name: &str, fields: [(&str, Type<'a>); N]) -> Type<'a> {
    let field = |ty| Field {
        value: Lazy::known(ty),
        required: true,
        read_only: false,
        write_only: false,
        sensitive: None,
    };
    let fields: IndexMap<Rc<str>, Field<'a>> =
        fields.into_iter().map(|(name, ty)| (Rc::from(name), field(ty))).collect();
    Type::object(Object { name: Some(name.into()), fields, rest: None, closed: true })
}
