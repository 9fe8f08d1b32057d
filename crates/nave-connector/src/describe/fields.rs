//! The fields an object schema declares, through references and composition.

use indexmap::IndexMap;
use serde_json::Value;

use crate::Schema;

/// A field of an object schema.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its schema as written, before following references.
    pub schema: Schema<'a>,
    /// Whether every object of the schema must have it.
    pub required: bool,
}

impl<'a> Field<'a> {
    /// Text for people, beside the reference or where it leads.
    pub fn description(&self) -> Option<&'a str> {
        self.keyword("description")?.as_str()
    }

    /// Whether only the system sets it.
    pub fn read_only(&self) -> bool {
        self.keyword("readOnly") == Some(&Value::Bool(true))
    }

    /// Whether the vendor says not to use it any more.
    pub fn deprecated(&self) -> bool {
        self.keyword("deprecated") == Some(&Value::Bool(true))
    }

    fn keyword(&self, name: &str) -> Option<&'a Value> {
        self.schema.keyword(name).or_else(|| self.schema.resolve().ok()?.keyword(name))
    }
}

/// Composition nested deeper than this is not looked into.
const DEEPEST: usize = 12;
/// An object with more fields than this is described by the first ones.
const MOST: usize = 4_000;

/// The fields of an object schema in the order described. A field that only some branches of a
/// `oneOf` or `anyOf` have is not required.
pub fn fields(schema: Schema<'_>) -> Vec<Field<'_>> {
    let mut found = IndexMap::new();
    collect(schema, true, DEEPEST, &mut found);
    found.into_values().collect()
}

fn collect<'a>(schema: Schema<'a>, all: bool, depth: usize, found: &mut IndexMap<&'a str, Field<'a>>) {
    if depth == 0 || found.len() >= MOST {
        return;
    }
    let Ok(schema) = schema.resolve() else { return };
    if let Ok(Some(target)) = schema.reference() {
        collect(target, all, depth - 1, found);
    }
    let required: Vec<&str> = schema
        .keyword("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if let Some(properties) = schema.keyword("properties").and_then(Value::as_object) {
        for (name, property) in properties {
            let field = Field { name, schema: schema.with(property), required: false };
            found.entry(name.as_str()).or_insert(field);
        }
    }
    for (keyword, every) in [("allOf", true), ("oneOf", false), ("anyOf", false)] {
        for branch in schema.keyword(keyword).and_then(Value::as_array).into_iter().flatten() {
            collect(schema.with(branch), all && every, depth - 1, found);
        }
    }
    for name in required {
        if let Some(field) = found.get_mut(name) {
            field.required |= all;
        }
    }
}

/// The schema fields are looked up in: through references, arrays and optional branches.
pub(super) fn inner(schema: Schema<'_>) -> Schema<'_> {
    let mut schema = schema;
    for _ in 0..DEEPEST {
        let Ok(resolved) = schema.resolve() else { return schema };
        schema = resolved;
        let next = schema.keyword("items").filter(|items| items.is_object());
        match next {
            Some(items) => schema = schema.with(items),
            None => return schema,
        }
    }
    schema
}
