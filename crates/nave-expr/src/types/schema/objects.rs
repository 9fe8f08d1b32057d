//! What schemas say about objects: the fields of all parts together, and whether there may be others.

use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::super::{Field, Lazy, Object, Type, Unknown, pattern};
use super::tags::Tag;
use super::ways::Way;
use super::{Place, unknown};

/// Patterns for names that are looked at.
const MOST_PATTERNS: usize = 64;

/// The objects that all parts admit.
pub(super) fn object<'a>(way: &Way<'a>) -> Object<'a> {
    let parts = &way.parts;
    let mut places: IndexMap<&'a str, Vec<Place<'a>>> = IndexMap::new();
    for part in parts {
        for (name, schema) in members(*part, "properties") {
            places.entry(name).or_default().push(part.with(schema));
        }
    }
    let only_dependent = dependent_fields(parts, &places);
    let speaks = |part: &&Place<'a>| {
        part.keyword("patternProperties").is_some()
            || part.keyword("additionalProperties").is_some_and(Json::is_object)
    };
    for part in parts.iter().filter(speaks) {
        for (name, places) in &mut places {
            places.extend(beside(*part, name));
        }
    }
    places.extend(only_dependent);
    let required = required(parts);
    let rest = rest(parts);
    let closed = rest.is_none() && way.open.is_none() && parts.iter().any(|part| is_closed(*part));
    let rest = match rest {
        Some(rest) => Some(rest),
        None if closed => None,
        None => open(way, places.is_empty())
            .map(|why| Lazy::known(Type { unknown: Some(why), ..Type::default() })),
    };
    let mut fields: IndexMap<Rc<str>, Field<'a>> = IndexMap::with_capacity(places.len());
    for (name, places) in places {
        fields.insert(name.into(), field(&places, required.contains(&name)));
    }
    for name in required {
        if !fields.contains_key(name) {
            fields.insert(name.into(), Field::required(undescribed(name, rest.as_ref())));
        }
    }
    if let Some(tag) = &way.tag {
        mark(&mut fields, tag);
    }
    Object { name: way.name.clone(), fields, rest, closed }
}

fn members<'a>(part: Place<'a>, keyword: &str) -> impl Iterator<Item = (&'a str, &'a Json)> {
    let members = part.keyword(keyword).and_then(Json::as_object);
    members.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
}

fn required<'a>(parts: &[Place<'a>]) -> Vec<&'a str> {
    let mut names = indexmap::IndexSet::new();
    for part in parts {
        let listed = part.keyword("required").and_then(Json::as_array).into_iter().flatten();
        names.extend(listed.filter_map(Json::as_str));
    }
    names.into_iter().collect()
}

/// The fields that are described only for objects with a certain other field: they may be there.
fn dependent_fields<'a>(
    parts: &[Place<'a>],
    known: &IndexMap<&'a str, Vec<Place<'a>>>,
) -> IndexMap<&'a str, Vec<Place<'a>>> {
    let mut found: IndexMap<&'a str, Vec<Place<'a>>> = IndexMap::new();
    for part in parts {
        let schemas = members(*part, "dependentSchemas").chain(members(*part, "dependencies"));
        for (_, schema) in schemas.filter(|(_, schema)| schema.is_object()) {
            let schema = part.with(schema);
            let schema = schema.target().unwrap_or(schema);
            for (name, field) in members(schema, "properties") {
                if !known.contains_key(name) {
                    found.entry(name).or_insert_with(|| vec![schema.with(field)]);
                }
            }
        }
    }
    found
}

/// What one part says about a field that another part names: by pattern, or about all it does not name.
fn beside<'a>(part: Place<'a>, name: &str) -> Vec<Place<'a>> {
    let patterns = members(part, "patternProperties").take(MOST_PATTERNS);
    let matching = patterns.filter(|(pattern, _)| pattern::matches(pattern, name) == Some(true));
    let mut found: Vec<Place<'a>> = matching.map(|(_, schema)| part.with(schema)).collect();
    if !names_itself(part, name)
        && let Some(schema @ Json::Object(_)) = part.keyword("additionalProperties")
    {
        found.push(part.with(schema));
    }
    found
}

/// Whether a part names a field itself. A pattern that cannot be checked might.
fn names_itself(part: Place<'_>, name: &str) -> bool {
    let named = part.keyword("properties").and_then(Json::as_object);
    named.is_some_and(|named| named.contains_key(name))
        || members(part, "patternProperties")
            .any(|(pattern, _)| pattern::matches(pattern, name) != Some(false))
}

/// The type of the fields that are not named, where a part speaks of them.
fn rest<'a>(parts: &[Place<'a>]) -> Option<Lazy<'a>> {
    let rests: Vec<Lazy<'a>> = parts.iter().filter_map(|part| own_rest(*part)).collect();
    let places: Vec<Place<'a>> = rests
        .iter()
        .filter_map(|rest| match rest {
            Lazy::Schema(place) => Some(*place),
            Lazy::Known(_) | Lazy::All(_) | Lazy::Any(_) => None,
        })
        .collect();
    match (places.as_slice(), rests.len()) {
        ([], _) => rests.into_iter().next(),
        ([one], _) => Some(Lazy::Schema(*one)),
        (several, _) => Some(Lazy::All(several.into())),
    }
}

fn own_rest<'a>(part: Place<'a>) -> Option<Lazy<'a>> {
    let patterns = members(part, "patternProperties").map(|(_, schema)| Lazy::Schema(part.with(schema)));
    let schema = part.keyword("additionalProperties").or_else(|| part.keyword("unevaluatedProperties"));
    let others = match schema {
        Some(Json::Bool(true)) => Some(Lazy::known(Type::anything("the schema admits fields of any name"))),
        Some(schema @ Json::Object(_)) => Some(Lazy::Schema(part.with(schema))),
        _ => None,
    };
    let all: Vec<Lazy<'a>> = patterns.chain(others).collect();
    (!all.is_empty()).then(|| Lazy::any(all))
}

fn is_closed(part: Place<'_>) -> bool {
    ["additionalProperties", "unevaluatedProperties"]
        .iter()
        .any(|name| part.keyword(name) == Some(&Json::Bool(false)))
}

/// Why there may be fields that are not named, where there may.
fn open(way: &Way<'_>, names_none: bool) -> Option<Unknown> {
    let why = way.open.or_else(|| names_none.then_some("does not name its fields"))?;
    Some(unknown(way.name.as_ref(), why))
}

fn field<'a>(places: &[Place<'a>], required: bool) -> Field<'a> {
    let value = match places {
        [one] => Lazy::Schema(*one),
        several => Lazy::All(several.into()),
    };
    let mut field = Field { required, ..Field::optional(value) };
    for place in places {
        note(*place, &mut field);
    }
    field
}

/// What a field's own schema marks; what the schema it refers to marks is looked up when it is asked. An
/// overlay marks what is sensitive with `x-nave-sensitive`: a word for it, or `true`; passwords are secret.
fn note(place: Place<'_>, field: &mut Field<'_>) {
    let Some(keywords) = place.value.as_object() else { return };
    let mut is_reference = false;
    let (mut read_only, mut write_only) = (false, false);
    for (keyword, operand) in keywords {
        match (keyword.as_str(), operand) {
            ("$ref", _) => is_reference = true,
            ("readOnly", Json::Bool(true)) => read_only = true,
            ("writeOnly", Json::Bool(true)) => write_only = true,
            ("x-nave-sensitive", Json::String(what)) => field.sensitive = Some(what.as_str().into()),
            ("x-nave-sensitive", Json::Bool(true)) => field.sensitive = Some("sensitive".into()),
            ("format", Json::String(format)) if format == "password" => {
                field.sensitive.get_or_insert_with(|| "secret".into());
            }
            _ => {}
        }
    }
    field.read_only |= read_only && !is_reference;
    field.write_only |= write_only && !is_reference;
}

/// A field that is required and that no part describes.
fn undescribed<'a>(name: &str, rest: Option<&Lazy<'a>>) -> Lazy<'a> {
    match rest {
        Some(rest) => rest.clone(),
        None => Lazy::known(Type::anything(format!("the schema requires `{name}` and does not describe it"))),
    }
}

/// The discriminator's field holds one of the values that lead here, unless the part says which itself.
fn mark(fields: &mut IndexMap<Rc<str>, Field<'_>>, tag: &Tag) {
    let values: Vec<&str> = tag.values.iter().map(String::as_str).collect();
    if let Some(field) = fields.get_mut(&tag.field)
        && field.value.get().texts.as_ref().is_some_and(|texts| texts.constants.is_none())
    {
        field.value = Lazy::known(Type::one_of(&values));
    }
}
