//! Objects: what is required, a choice of what is optional, and what those two bring with them.

use indexmap::IndexSet;
use nave_connector::Schema;
use nave_connector::check::Direction;
use nave_connector::schema::fields::{is_read_only, is_write_only};
use serde_json::{Map, Value};

use crate::generate::array::as_size;
use crate::generate::pattern::Pattern;
use crate::generate::plausible;
use crate::generate::shape::Shape;
use crate::generate::walk::{Appetite, Dead, Walk};

mod order;

/// The most optional properties taken for one object.
const MOST_OPTIONAL: usize = 64;
/// The most properties whose name is not described.
const MOST_INVENTED: usize = 64;

/// An object that fits a shape.
pub(super) fn make(walk: &mut Walk<'_>, shape: &Shape<'_>) -> Result<Value, Dead> {
    let shape = &with_dependents(shape);
    if !shape.choices.is_empty() || shape.impossible {
        return walk.make(shape.clone(), "");
    }
    let draft = Draft::of(shape, walk.plan.direction);
    let chosen = draft.choose(walk);
    let mut members = Map::new();
    for name in draft.order(&chosen) {
        if draft.hidden.contains(name) {
            continue;
        }
        let required = draft.required.contains(name);
        match member(walk, shape, name, required) {
            Ok(value) => {
                members.insert(name.to_owned(), value);
            }
            Err(dead) if required => return Err(dead),
            Err(_) => {}
        }
    }
    invent(walk, shape, &draft, &mut members)?;
    drop_lonely(shape, &mut members);
    order::put_in_order(shape, &mut members);
    Ok(Value::Object(members))
}

/// What is known about an object before anything is made.
struct Draft<'s, 'a> {
    shape: &'s Shape<'a>,
    /// Declared properties in the order described.
    declared: IndexSet<&'a str>,
    /// Properties that must be there.
    required: IndexSet<&'a str>,
    /// Properties that must not be there in this direction, or that a closed part does not know.
    hidden: IndexSet<&'a str>,
    /// Properties whose presence demands a whole schema; taken only where required.
    heavy: IndexSet<&'a str>,
    /// The least and the most properties.
    least: usize,
    most: usize,
}

impl<'s, 'a> Draft<'s, 'a> {
    fn of(shape: &'s Shape<'a>, direction: Direction) -> Self {
        let declared: IndexSet<&str> = shape
            .keyword("properties")
            .filter_map(|(_, properties)| properties.as_object())
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        let required = required(shape);
        let mut hidden = IndexSet::new();
        for name in declared.iter().chain(&required) {
            let foreign = |schema: Schema<'_>| match direction {
                Direction::Request => is_read_only(schema),
                Direction::Response => is_write_only(schema),
            };
            let schemas = property_schemas(shape, name);
            if schemas.into_iter().any(foreign) || is_closed_to(shape, name) {
                hidden.insert(*name);
            }
        }
        let size = |keyword| shape.keyword(keyword).filter_map(|(_, value)| as_size(value));
        let least = size("minProperties").max().unwrap_or(0);
        let most = size("maxProperties").min().unwrap_or(usize::MAX);
        let heavy = dependents(shape).map(|(name, _)| name).collect();
        Draft { shape, declared, required, hidden, heavy, least, most }
    }

    /// Optional properties to take.
    fn choose(&self, walk: &mut Walk<'_>) -> IndexSet<&'a str> {
        let appetite = std::mem::take(&mut walk.appetite);
        let percent = match (appetite, walk.sparing(), walk.depth) {
            (Appetite::Everything, ..) => 100,
            (Appetite::Nothing, ..) | (_, true, _) => 0,
            (_, _, 0 | 1) => walk.plan.optional,
            (_, _, 2) => walk.plan.optional * 3 / 5,
            _ => walk.plan.optional / 4,
        };
        let optional = self.declared.iter().copied().filter(|name| {
            !self.required.contains(name) && !self.hidden.contains(name) && !self.heavy.contains(name)
        });
        let optional: Vec<&str> = optional.collect();
        let room = self.most.saturating_sub(self.required.len()).min(MOST_OPTIONAL);
        let mut chosen: IndexSet<&str> =
            optional.iter().copied().filter(|_| walk.rng.chance(percent)).take(room).collect();
        // A form cannot carry an object without members; elsewhere the least number decides.
        let least = self.least.max(usize::from(walk.plan.plain));
        let missing = least.saturating_sub(self.required.len());
        if chosen.len() < missing {
            chosen.extend(optional.into_iter().take(missing.min(room)));
        }
        let mut position = 0;
        while let Some(name) = chosen.get_index(position).copied() {
            chosen.extend(companions(self.shape, name));
            position += 1;
        }
        chosen
    }

    /// Everything to make, in the order described.
    fn order(&self, chosen: &IndexSet<&'a str>) -> Vec<&'a str> {
        let wanted = |name: &&&str| self.required.contains(**name) || chosen.contains(**name);
        let described = self.declared.iter().filter(wanted);
        let others = self.required.iter().filter(|name| !self.declared.contains(**name));
        described.chain(others).copied().collect()
    }
}

/// One property's value.
fn member(walk: &mut Walk<'_>, shape: &Shape<'_>, name: &str, required: bool) -> Result<Value, Dead> {
    let demanded = Shape::of(property_schemas(shape, name));
    if let Some(tag) = shape.tags.get(name) {
        let tag = Value::String(tag.clone());
        if walk.fits_all(&demanded, &tag) {
            return Ok(tag);
        }
    }
    // An optional property may not use up what the required ones need.
    let reserve = if required { 0 } else { walk.fuel / 2 };
    walk.fuel -= reserve;
    let made = walk.make(demanded, name);
    walk.fuel += reserve;
    made
}

/// The schemas a property must fit: those that declare it, and `additionalProperties` of the parts
/// that do not.
fn property_schemas<'a>(shape: &Shape<'a>, name: &str) -> Vec<Schema<'a>> {
    let schemas = shape.parts.iter().filter_map(|part| {
        let declared = part.keyword("properties").and_then(|properties| properties.get(name));
        let found =
            declared.or_else(|| part.keyword("additionalProperties").filter(|rest| rest.is_object()))?;
        Some(part.with(found))
    });
    schemas.collect()
}

/// A part that says `additionalProperties: false` and does not know the name.
fn is_closed_to(shape: &Shape<'_>, name: &str) -> bool {
    shape.keyword("additionalProperties").any(|(part, rest)| {
        let declared = part.keyword("properties").is_some_and(|properties| properties.get(name).is_some());
        rest.as_bool() == Some(false) && !declared && part.keyword("patternProperties").is_none()
    })
}

/// Required names, and those that required names bring with them.
fn required<'a>(shape: &Shape<'a>) -> IndexSet<&'a str> {
    let lists = shape.keyword("required").filter_map(|(_, names)| names.as_array());
    let mut required: IndexSet<&str> = lists.flatten().filter_map(Value::as_str).collect();
    let mut position = 0;
    while let Some(name) = required.get_index(position).copied() {
        required.extend(companions(shape, name));
        position += 1;
    }
    required
}

/// The names `dependentRequired` (or `dependencies`) demands beside a name.
fn companions<'a>(shape: &Shape<'a>, name: &str) -> Vec<&'a str> {
    let lists = ["dependentRequired", "dependencies"]
        .into_iter()
        .flat_map(|keyword| shape.keyword(keyword))
        .filter_map(|(_, dependencies)| dependencies.get(name)?.as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}

/// Names whose presence demands a whole schema, with that schema.
fn dependents<'a>(shape: &Shape<'a>) -> impl Iterator<Item = (&'a str, Schema<'a>)> {
    let members = ["dependentSchemas", "dependencies"].into_iter().flat_map(|keyword| {
        shape.keyword(keyword).filter_map(|(part, found)| Some((part, found.as_object()?)))
    });
    let pairs = members
        .flat_map(|(part, found)| found.iter().map(move |(name, schema)| (name.as_str(), part.with(schema))));
    pairs.filter(|(_, schema)| !schema.value.is_array()).collect::<Vec<_>>().into_iter()
}

/// The shape with the schemas that its required names bring with them.
fn with_dependents<'a>(shape: &Shape<'a>) -> Shape<'a> {
    let mut shape = shape.clone();
    for _ in 0..16 {
        let before = shape.parts.len();
        let required = required(&shape);
        let brought: Vec<Schema<'a>> = dependents(&shape)
            .filter(|(name, _)| required.contains(name))
            .map(|(_, schema)| schema)
            .collect();
        brought.into_iter().for_each(|schema| shape.add(schema));
        if shape.parts.len() == before {
            break;
        }
    }
    shape
}

/// Adds members of undescribed names: where the schema is a map, or demands more than it describes.
fn invent(
    walk: &mut Walk<'_>,
    shape: &Shape<'_>,
    draft: &Draft<'_, '_>,
    members: &mut Map<String, Value>,
) -> Result<(), Dead> {
    let named = draft.declared.is_empty() && draft.required.is_empty();
    let is_map = shape.has("patternProperties")
        || shape.keyword("additionalProperties").any(|(_, rest)| rest.is_object());
    let wanted = match named && (walk.plan.plain || (is_map && !walk.sparing())) {
        true => 1,
        false => 0,
    };
    let wanted = members.len().max(draft.least).max(wanted).min(draft.most);
    let mut tries = wanted.saturating_sub(members.len()).min(MOST_INVENTED) * 4;
    while members.len() < wanted {
        let must = members.len() < draft.least;
        if tries == 0 {
            return if must { Err(Dead::Contradiction) } else { Ok(()) };
        }
        tries -= 1;
        match invented(walk, shape) {
            Ok((name, value)) => {
                members.insert(name, value);
            }
            Err(dead) if must => return Err(dead),
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// A name that is not described, and a value for it.
fn invented(walk: &mut Walk<'_>, shape: &Shape<'_>) -> Result<(String, Value), Dead> {
    let patterned = shape.keyword("patternProperties").find_map(|(part, patterns)| {
        let (pattern, schema) = patterns.as_object()?.iter().next()?;
        Some((pattern, part.with(schema)))
    });
    let name = match (patterned, shape.has("propertyNames")) {
        (Some((pattern, _)), _) => {
            let text = Pattern::new(pattern).and_then(|pattern| pattern.text(walk.rng, 1, 64));
            text.ok_or(Dead::Contradiction)?
        }
        (None, true) => {
            let names = Shape::of(shape.keyword("propertyNames").map(|(part, names)| part.with(names)));
            walk.make(names, "key")?.as_str().ok_or(Dead::Contradiction)?.to_owned()
        }
        (None, false) => plausible::key(walk.rng),
    };
    if patterned.is_none() && is_closed_to(shape, &name) {
        return Err(Dead::Contradiction);
    }
    let mut demanded = Shape::of(property_schemas(shape, &name));
    if let Some((_, schema)) = patterned {
        demanded.add(schema);
    }
    let value = walk.make(demanded, &name)?;
    Ok((name, value))
}

/// Optional properties that demand a companion which could not be made are taken out again.
fn drop_lonely(shape: &Shape<'_>, members: &mut Map<String, Value>) {
    if !shape.has("dependentRequired") && !shape.has("dependencies") {
        return;
    }
    for _ in 0..members.len() {
        let lonely = members.keys().find(|name| {
            companions(shape, name).into_iter().any(|companion| !members.contains_key(companion))
        });
        let Some(lonely) = lonely.cloned() else { return };
        members.remove(&lonely);
    }
}
