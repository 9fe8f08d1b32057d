//! What schemas say about lists.

use std::rc::Rc;

use serde_json::Value as Json;

use super::super::algebra::MOST_FIRST;
use super::super::{Array, Lazy, Type};
use super::scalars::count;
use super::{Place, unknown};

/// The lists that all parts admit.
pub(super) fn array<'a>(parts: &[Place<'a>], name: Option<&Rc<str>>) -> Array<'a> {
    let told_apart = parts.iter().map(|part| prefix(*part).len()).max().unwrap_or(0).min(MOST_FIRST);
    let first = (0..told_apart).map(|index| all(parts.iter().filter_map(|part| item(*part, index)), name));
    let rest = all(parts.iter().filter_map(|part| others(*part)), name);
    let counts = |name: &'static str| parts.iter().filter_map(move |part| count(part.keyword(name)?));
    let ends = parts.iter().filter_map(|part| end(*part, parts));
    Array {
        first: first.collect(),
        rest,
        least: counts("minItems").max().unwrap_or_default(),
        most: counts("maxItems").chain(ends).min(),
    }
}

/// The schemas of the first items.
fn prefix<'a>(part: Place<'a>) -> &'a [Json] {
    match (part.keyword("prefixItems"), part.keyword("items")) {
        (Some(Json::Array(prefix)), _) | (None, Some(Json::Array(prefix))) => prefix,
        _ => &[],
    }
}

/// The schema of the items behind the first ones.
fn others(part: Place<'_>) -> Option<Place<'_>> {
    let schema = match part.keyword("items") {
        Some(Json::Array(_)) => part.keyword("additionalItems"),
        Some(schema) => Some(schema),
        None => part.keyword("unevaluatedItems"),
    };
    schema.map(|schema| part.with(schema))
}

fn item(part: Place<'_>, index: usize) -> Option<Place<'_>> {
    match prefix(part).get(index) {
        Some(schema) => Some(part.with(schema)),
        None => {
            others(part).filter(|_| !prefix(part).is_empty() || part.keyword("unevaluatedItems").is_none())
        }
    }
}

/// How long a list can be where no items may come behind the first ones.
fn end(part: Place<'_>, parts: &[Place<'_>]) -> Option<u64> {
    let (own, is_unevaluated) = match (part.keyword("items"), part.keyword("additionalItems")) {
        (Some(Json::Bool(false)), _) | (Some(Json::Array(_)), Some(Json::Bool(false))) => (true, false),
        (Some(_), _) => return None,
        (None, _) => (part.keyword("unevaluatedItems") == Some(&Json::Bool(false)), true),
    };
    // Items that another part describes are evaluated.
    let described = |other: &Place<'_>| {
        matches!(other.keyword("items"), Some(Json::Object(_) | Json::Bool(true)))
            || other.keyword("additionalItems").is_some()
            || other.keyword("contains").is_some()
    };
    let length = match is_unevaluated {
        true if parts.iter().any(described) => return None,
        true => parts.iter().map(|part| prefix(*part).len()).max().unwrap_or(0),
        false => prefix(part).len(),
    };
    own.then(|| u64::try_from(length).unwrap_or(u64::MAX))
}

fn all<'a>(places: impl Iterator<Item = Place<'a>>, name: Option<&Rc<str>>) -> Lazy<'a> {
    let places: Vec<Place<'a>> = places.collect();
    match places.as_slice() {
        [] => {
            let silent =
                Type { unknown: Some(unknown(name, "does not describe its items")), ..Type::default() };
            Lazy::known(silent)
        }
        [one] => Lazy::Schema(*one),
        _ => Lazy::All(places.into()),
    }
}
