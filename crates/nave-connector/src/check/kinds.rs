//! What tells alternatives apart: the types they admit, their names, and tag fields with fixed values.
//! Used to explain, never to decide.

use serde_json::Value;

use crate::check::equal::same;
use crate::check::walk::type_fits;
use crate::schema::Schema;
use crate::schema::fields::fields;

/// References and compositions followed to learn a schema's types.
const DEEPEST: usize = 6;

/// The types a schema admits; `None`: any.
pub(super) struct Kinds(Option<Vec<&'static str>>);

const NAMES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

impl Kinds {
    pub(super) fn admit(&self, value: &Value) -> bool {
        let fits = |names: &Vec<&'static str>| names.iter().any(|name| type_fits(&Value::from(*name), value));
        self.0.as_ref().is_none_or(fits)
    }

    pub(super) fn names(self) -> Vec<&'static str> {
        self.0.unwrap_or_default()
    }
}

/// The types a schema admits, as far as they are plain to see.
pub(super) fn kinds(schema: Schema<'_>) -> Kinds {
    Kinds(kinds_within(schema, 0))
}

fn kinds_within(schema: Schema<'_>, depth: usize) -> Option<Vec<&'static str>> {
    let keywords = schema.keywords()?;
    if depth > DEEPEST {
        return None;
    }
    if let Ok(Some(target)) = schema.reference() {
        return kinds_within(target, depth + 1);
    }
    if let Some(types) = keywords.get("type") {
        let named = super::words::type_names(types).map(|name| if name == "file" { "string" } else { name });
        let known = named.filter_map(|name| NAMES.into_iter().find(|known| *known == name)).collect();
        return Some(known).filter(|known: &Vec<_>| !known.is_empty());
    }
    if let Some(values) = keywords.get("enum").and_then(Value::as_array) {
        return Some(values.iter().take(64).map(kind_of).collect());
    }
    if let Some(value) = keywords.get("const") {
        return Some(vec![kind_of(value)]);
    }
    if let Some(members) = keywords.get("allOf").and_then(Value::as_array) {
        return members.iter().find_map(|member| kinds_within(schema.with(member), depth + 1));
    }
    for composition in ["oneOf", "anyOf"] {
        if let Some(members) = keywords.get(composition).and_then(Value::as_array) {
            let each = members.iter().take(32).map(|member| kinds_within(schema.with(member), depth + 1));
            return each.collect::<Option<Vec<_>>>().map(|kinds| kinds.concat());
        }
    }
    keywords.contains_key("properties").then(|| vec!["object"])
}

/// The name of a value's type.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What people call a branch: its title, else the name it is referred to by, else its tag.
pub(super) fn label(schema: Schema<'_>) -> Option<String> {
    let resolved = schema.resolve().ok()?;
    if let Some(title) = resolved.keyword("title").and_then(Value::as_str) {
        return Some(title.chars().take(60).collect());
    }
    let reference = schema.keyword("$ref").and_then(Value::as_str);
    reference.and_then(|reference| reference.rsplit('/').next()).map(crate::documents::unescape)
}

/// A field with fixed values that says which branch is meant.
pub(super) struct Tag<'a> {
    pub name: String,
    branches: Vec<(Schema<'a>, Vec<Value>)>,
    others: Vec<Value>,
}

impl<'a> Tag<'a> {
    /// A tag whose values are known and whose branches are not.
    pub(super) fn named(name: &str, values: Vec<Value>) -> Self {
        Tag { name: name.to_owned(), branches: Vec::new(), others: values }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.branches.iter().flat_map(|(_, values)| values).chain(&self.others)
    }

    pub(super) fn branches_for(&self, given: &Value) -> Vec<Schema<'a>> {
        let fitting =
            self.branches.iter().filter(|(_, values)| values.iter().any(|value| same(value, given)));
        fitting.map(|(branch, _)| *branch).collect()
    }
}

/// The first field that every one of several branches fixes to values of its own.
pub(super) fn shared_tag<'a>(branches: &[Schema<'a>]) -> Option<Tag<'a>> {
    if branches.len() < 2 {
        return None;
    }
    let mut tags = branches.iter().take(256).map(|branch| (*branch, fixed_fields(*branch)));
    let (first, own) = tags.next()?;
    let rest: Vec<_> = tags.collect();
    for (name, values) in own {
        let mut tag = Tag { name: name.clone(), branches: vec![(first, values)], others: Vec::new() };
        for (branch, fixed) in &rest {
            let found = fixed.iter().find(|(other, _)| *other == name);
            tag.branches.extend(found.map(|(_, values)| (*branch, values.clone())));
        }
        let complete = tag.branches.len() == branches.len();
        if complete && differs(&tag) {
            return Some(tag);
        }
    }
    None
}

/// Whether the values of at least two branches have nothing in common.
fn differs(tag: &Tag<'_>) -> bool {
    let Some(((_, first), rest)) = tag.branches.split_first() else { return false };
    rest.iter().any(|(_, values)| !values.iter().any(|value| first.iter().any(|other| same(value, other))))
}

fn fixed_fields(branch: Schema<'_>) -> Vec<(String, Vec<Value>)> {
    let fixed = |schema: Schema<'_>| {
        let schema = schema.resolve().ok()?;
        match (schema.keyword("const"), schema.keyword("enum")) {
            (Some(value), _) => Some(vec![value.clone()]),
            (None, Some(Value::Array(values))) if values.len() <= 64 => Some(values.clone()),
            _ => None,
        }
    };
    let declared = fields(branch).declared.into_iter();
    declared.filter_map(|(name, schema)| Some((name.to_owned(), fixed(schema)?))).collect()
}

/// The branches none of whose constants contradicts a field of the value; all, where none is left.
pub(super) fn agreeing<'a>(branches: &[Schema<'a>], value: &Value) -> Vec<Schema<'a>> {
    let agrees = |branch: &&Schema<'a>| {
        fixed_fields(**branch).iter().all(|(name, values)| match (value.get(name), values.as_slice()) {
            (Some(given), [only]) => same(given, only),
            _ => true,
        })
    };
    let left: Vec<Schema<'a>> = branches.iter().take(256).filter(agrees).copied().collect();
    if left.is_empty() { branches.to_vec() } else { left }
}
