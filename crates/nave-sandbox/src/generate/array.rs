//! Lists within their bounds.

use nave_connector::Schema;
use serde_json::Value;

use crate::generate::shape::Shape;
use crate::generate::walk::{Dead, Walk};

/// The most items a list is made with, whatever its schema demands.
const MOST_ITEMS: usize = 1_000;
/// How often an item is made anew where it repeats an earlier one.
const MOST_REPEATS: usize = 12;

/// A list that fits a shape.
pub(super) fn make(walk: &mut Walk<'_>, shape: &Shape<'_>, name: &str) -> Result<Value, Dead> {
    let least = bound(shape, "minItems").max().unwrap_or(0).max(usize::from(shape.has("contains")));
    let most = bound(shape, "maxItems").min().unwrap_or(usize::MAX);
    if least > most || least > MOST_ITEMS {
        return Err(if least > most { Dead::Contradiction } else { Dead::Size });
    }
    let wanted = match walk.sparing() {
        true => usize::from(walk.plan.plain),
        false => 1 + walk.rng.index(2),
    };
    let wanted = wanted.max(least).min(most);
    let unique = shape.keyword("uniqueItems").any(|(_, unique)| unique.as_bool() == Some(true));
    let mut items: Vec<Value> = Vec::new();
    let invent_before = walk.invent;
    while items.len() < wanted {
        let made = next(walk, shape, &items, unique, singular(name));
        walk.invent = true;
        match made {
            Ok(item) => items.push(item),
            Err(_) if items.len() >= least && !(walk.plan.plain && items.is_empty()) => break,
            Err(dead) => {
                walk.invent = invent_before;
                return Err(dead);
            }
        }
    }
    walk.invent = invent_before;
    Ok(Value::Array(items))
}

fn next(
    walk: &mut Walk<'_>,
    shape: &Shape<'_>,
    before: &[Value],
    unique: bool,
    name: &str,
) -> Result<Value, Dead> {
    let repeats = if unique { MOST_REPEATS } else { 1 };
    for attempt in 0..repeats {
        walk.invent |= attempt > 0;
        let item = walk.make(item_shape(shape, before.len()), name)?;
        if !unique || !before.contains(&item) {
            return Ok(item);
        }
    }
    Err(Dead::Contradiction)
}

/// What must hold of the item at a position. The items asked for by `contains` come first.
fn item_shape<'a>(shape: &Shape<'a>, position: usize) -> Shape<'a> {
    let mut demanded: Vec<Schema<'a>> = Vec::new();
    for part in &shape.parts {
        let tuple = ["prefixItems", "items"].iter().find_map(|word| part.keyword(word)?.as_array());
        let rest = match part.keyword("items") {
            Some(Value::Array(_)) => part.keyword("additionalItems"),
            schema => schema,
        };
        demanded.extend(tuple.and_then(|tuple| tuple.get(position)).or(rest).map(|found| part.with(found)));
        let contained = part.keyword("minContains").and_then(as_size).unwrap_or(1);
        if position < contained {
            demanded.extend(part.keyword("contains").map(|found| part.with(found)));
        }
    }
    Shape::of(demanded)
}

fn bound(shape: &Shape<'_>, keyword: &str) -> impl Iterator<Item = usize> {
    shape.keyword(keyword).filter_map(|(_, value)| as_size(value))
}

/// A count as written: some descriptions write `1.0`.
pub(super) fn as_size(value: &Value) -> Option<usize> {
    let whole = value.as_u64().or_else(|| format!("{:.0}", value.as_f64()?).parse().ok())?;
    usize::try_from(whole).ok()
}

/// What one item of a list of this name is called.
fn singular(name: &str) -> &str {
    name.strip_suffix('s').filter(|rest| rest.len() > 2 && !rest.ends_with('s')).unwrap_or(name)
}
