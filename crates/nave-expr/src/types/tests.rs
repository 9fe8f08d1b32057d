//! Laws of types over random schemas and values that satisfy them.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, test_runner::TestCaseError};
use serde_json::{Value as Json, json};

use super::assign::{Assignment, assign};
use super::fixture::Document;
use super::{Kind, Type};
use shape::{Choices, Shape, shapes};

mod shape;

const STRICT: Assignment<'static> = Assignment { value: "the value", target: "the target", repairs: false };

fn document(shapes: &[&Shape], new: bool) -> Document {
    let schemas: Vec<Json> = shapes.iter().map(|shape| shape.schema(new)).collect();
    Document::new(shape::document(&Json::from(schemas)))
}

fn choices() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    collection::vec(any::<u8>(), 0..64)
}

proptest! {
    #[test]
    fn what_satisfies_a_schema_lies_in_its_type(shape in shapes(), choices in choices(), new in any::<bool>()) {
        let document = document(&[&shape], new);
        let value = shape.value(&mut Choices(&choices));
        let known = document.at("/schemas/0");
        prop_assert!(known.accepts(&value), "{value} in {known}: {}", shape.schema(new));
        prop_assert!(known.includes(&Type::constant(&value)), "{value} in {known}: {}", shape.schema(new));
        if let Some(constants) = known.constants() {
            prop_assert!(constants.iter().any(|one| Type::constant(one).accepts(&value)), "{value}: {known}");
        }
        inside(&known, &value)?;
        narrowed(&known, &value)?;
    }

    #[test]
    fn a_union_holds_what_both_hold(a in shapes(), b in shapes(), choices in choices(), new in any::<bool>()) {
        let document = document(&[&a, &b], new);
        let (one, other) = (document.at("/schemas/0"), document.at("/schemas/1"));
        let (left, right) = (one.union(&other), other.union(&one));
        for value in [a.value(&mut Choices(&choices)), b.value(&mut Choices(&choices))] {
            prop_assert!(left.accepts(&value) && right.accepts(&value), "{value} in {left}");
            if one.accepts(&value) && other.accepts(&value) {
                prop_assert!(one.may_equal(&other), "{value} in {one} and {other}");
            }
            inside(&left, &value)?;
            narrowed(&left, &value)?;
        }
        prop_assert_eq!(one.union(&one).to_string(), one.to_string());
        prop_assert!(left.is_unknown() || left.includes(&one), "{one} in {left}");
    }

    #[test]
    fn what_may_be_assigned_is_accepted(
        a in shapes(), b in shapes(), choices in choices(), new in any::<bool>(), wider in any::<bool>(),
    ) {
        // Two shapes seldom fit each other; one is often made from the other.
        let b = if wider { Shape::Nullable(Box::new(Shape::Either(vec![b, a.clone()]))) } else { b };
        let document = document(&[&a, &b], new);
        let (from, to) = (document.at("/schemas/0"), document.at("/schemas/1"));
        let value = a.value(&mut Choices(&choices));
        let found = assign(&from, &to, &STRICT);
        if found.is_empty() && !a.has_bounds() && !b.has_bounds() {
            prop_assert!(to.accepts(&value), "{value}: {} to {}", a.schema(new), b.schema(new));
        }
        if to.includes(&from) {
            prop_assert!(to.accepts(&value), "{value}: {} in {}", a.schema(new), b.schema(new));
        }
        prop_assert!(!wider || found.iter().all(|one| one.is_warning), "{} to {}: {found:?}", a.schema(new), b.schema(new));
        let own = assign(&from, &from, &STRICT);
        prop_assert!(own.is_empty(), "{}: {own:?}", a.schema(new));
    }

    #[test]
    fn every_type_has_words(shape in shapes(), new in any::<bool>()) {
        let words = document(&[&shape], new).at("/schemas/0").to_string();
        prop_assert!(!words.is_empty() && words.len() < 400, "{words}");
    }
}

/// What is reached for in a value lies in what is reached for in its type.
fn inside(known: &Type<'_>, value: &Json) -> Result<(), TestCaseError> {
    for name in ["a", "kind", "other", "nowhere"] {
        if value.is_object() || value.is_null() {
            let (field, access) = (value.get(name).unwrap_or(&Json::Null), known.field(name));
            prop_assert!(access.value.accepts(field), ".{name} of {value}: {}", access.value);
        }
    }
    if let Some(items) = value.as_array() {
        for item in items {
            prop_assert!(known.items().accepts(item), ".[] of {value}: {}", known.items());
        }
        for index in [-2, -1, 0, 1, 5] {
            let position = usize::try_from(if index < 0 { items.len() as i64 + index } else { index });
            let item = position.ok().and_then(|position| items.get(position)).unwrap_or(&Json::Null);
            let found = known.index(index);
            prop_assert!(found.accepts(item), ".[{index}] of {value} in {known}: {found}");
        }
    }
    for item in value.as_object().into_iter().flat_map(|members| members.values()) {
        prop_assert!(known.values().accepts(item), ".[] of {value}: {}", known.values());
    }
    Ok(())
}

/// What a test finds true of a value keeps it in the type the test leaves.
fn narrowed(known: &Type<'_>, value: &Json) -> Result<(), TestCaseError> {
    for kind in Kind::ALL {
        let left = if Kind::of(value) == kind { known.only(kind) } else { known.without(kind) };
        prop_assert!(left.accepts(value), "{value} in {left} of {known}");
    }
    let is_truthy = !matches!(value, Json::Null | Json::Bool(false));
    let left = if is_truthy { known.truthy_part() } else { known.falsy_part() };
    prop_assert!(left.accepts(value), "{value} in {left} of {known}");
    prop_assert!(known.only_constant(value).accepts(value));
    for other in [json!("x"), json!(1), json!(null), json!(true)] {
        if other != *value {
            prop_assert!(known.without_constant(&other).accepts(value), "{value} in {known} without {other}");
        }
    }
    for name in ["a", "kind"] {
        let Some(members) = value.as_object() else { continue };
        let left = match members.get(name) {
            Some(_) => known.with_field(name),
            None => known.without_field(name),
        };
        prop_assert!(left.accepts(value), "{value} in {left} of {known}");
        let field = members.get(name).unwrap_or(&Json::Null);
        let left = known.with_field_constant(name, field);
        prop_assert!(left.accepts(value), "{value} in {left} of {known} where {name} is {field}");
        let left = known.without_field_constant(name, &json!("none of them"));
        prop_assert!(left.accepts(value), "{value} in {left} of {known}");
    }
    Ok(())
}
