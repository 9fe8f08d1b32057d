//! The fields an object schema declares, gathered through references and composition: what a person
//! may write there. Whether a given value fits is left to [`crate::check`].

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

use crate::schema::Schema;

/// The most schemas looked at to gather the fields of one object.
const MOST_SCHEMAS: usize = 4_000;
/// The most references and compositions between an object and one of its fields.
const DEEPEST: usize = 64;

/// The declared fields of an object schema.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    /// Name → schema as first declared, in the order described.
    pub declared: IndexMap<&'a str, Schema<'a>>,
    /// Names that are not declared are allowed too.
    pub open: bool,
}

/// The union of the fields that `schema` and everything composed into it declare.
///
/// Schemas that exclude objects by their `type` contribute nothing. The work is bounded: a schema of
/// absurd size gives the fields found within the bound.
pub fn fields(schema: Schema<'_>) -> Fields<'_> {
    let mut gathering = Gathering { fields: Fields::default(), seen: BTreeSet::new() };
    gathering.visit(schema, 0);
    gathering.fields
}

struct Gathering<'a> {
    fields: Fields<'a>,
    seen: BTreeSet<usize>,
}

impl<'a> Gathering<'a> {
    fn visit(&mut self, schema: Schema<'a>, depth: usize) {
        let identity = schema.identity();
        if depth > DEEPEST || self.seen.len() >= MOST_SCHEMAS || !self.seen.insert(identity) {
            return;
        }
        let Some(keywords) = schema.keywords() else { return };
        if let Ok(Some(target)) = schema.reference() {
            self.visit(target, depth + 1);
            if !schema.dialect().keeps_reference_siblings() {
                return;
            }
        }
        if !admits_object(schema) {
            return;
        }
        for (keyword, value) in keywords {
            self.keyword(schema, keyword, value, depth);
        }
    }

    fn keyword(&mut self, schema: Schema<'a>, keyword: &str, value: &'a Value, depth: usize) {
        match (keyword, value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    self.fields.declared.entry(name).or_insert(schema.with(property));
                }
            }
            ("allOf" | "oneOf" | "anyOf", Value::Array(members)) => {
                for member in members {
                    self.visit(schema.with(member), depth + 1);
                }
            }
            ("then" | "else", member) => self.visit(schema.with(member), depth + 1),
            ("dependentSchemas" | "dependencies", Value::Object(members)) => {
                for member in members.values() {
                    self.visit(schema.with(member), depth + 1);
                }
            }
            ("additionalProperties" | "unevaluatedProperties", Value::Bool(open)) => {
                self.fields.open |= *open;
            }
            ("additionalProperties" | "unevaluatedProperties" | "patternProperties", Value::Object(_)) => {
                self.fields.open = true;
            }
            _ => {}
        }
    }
}

/// The schema under which `schema`, or anything composed into it, declares a field of this name.
pub fn property<'a>(schema: Schema<'a>, name: &str) -> Option<Schema<'a>> {
    let mut left = 256;
    property_within(schema, name, 0, &mut left)
}

fn property_within<'a>(schema: Schema<'a>, name: &str, depth: usize, left: &mut u32) -> Option<Schema<'a>> {
    *left = left.checked_sub(1)?;
    if depth > DEEPEST {
        return None;
    }
    let keywords = schema.keywords()?;
    if let Some(found) = keywords.get("properties").and_then(|properties| properties.get(name)) {
        return Some(schema.with(found));
    }
    if let Ok(Some(target)) = schema.reference()
        && let Some(found) = property_within(target, name, depth + 1, left)
    {
        return Some(found);
    }
    let composed =
        ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|keyword| keywords.get(keyword)?.as_array());
    let conditional = ["then", "else"].into_iter().filter_map(|keyword| keywords.get(keyword));
    composed
        .flatten()
        .chain(conditional)
        .find_map(|member| property_within(schema.with(member), name, depth + 1, left))
}

/// Whether the schema's own `type` leaves room for objects.
fn admits_object(schema: Schema<'_>) -> bool {
    match schema.keyword("type") {
        Some(Value::String(one)) => one == "object",
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some("object")),
        _ => true,
    }
}

/// Whether the system alone sets a value of this schema: `readOnly`, through references and `allOf`.
pub fn is_read_only(schema: Schema<'_>) -> bool {
    let mut left = MOST_MARKED;
    marked(schema, "readOnly", 0, &mut left)
}

/// Whether a value of this schema is sent but never answered: `writeOnly`, through references and `allOf`.
pub fn is_write_only(schema: Schema<'_>) -> bool {
    let mut left = MOST_MARKED;
    marked(schema, "writeOnly", 0, &mut left)
}

/// The most schemas looked at for a mark: towers of `allOf` multiply with every level.
const MOST_MARKED: u32 = 256;

fn marked(schema: Schema<'_>, mark: &str, depth: usize, left: &mut u32) -> bool {
    let Some(rest) = left.checked_sub(1).filter(|_| depth <= 8) else { return false };
    *left = rest;
    let Some(keywords) = schema.keywords() else { return false };
    if let Ok(Some(target)) = schema.reference() {
        if marked(target, mark, depth + 1, left) {
            return true;
        }
        if !schema.dialect().keeps_reference_siblings() {
            return false;
        }
    }
    if keywords.get(mark).and_then(Value::as_bool) == Some(true) {
        return true;
    }
    let members = keywords.get("allOf").and_then(Value::as_array);
    members.is_some_and(|members| {
        members.iter().take(64).any(|member| marked(schema.with(member), mark, depth + 1, left))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Dialect, Documents};
    use serde_json::json;

    #[track_caller]
    fn check(schema: &Value, expected: &[&str], open: bool) {
        let tree = json!({"s": schema, "Named": {"properties": {"name": {}}}, "Round": {"allOf": [{"$ref": "#/Round"}]}});
        let documents = Documents::single("test", Dialect::OpenApi30, tree);
        let place = crate::documents::Place::new("/s");
        let found = fields(Schema::at(&documents, &place).unwrap());
        assert_eq!(found.declared.keys().copied().collect::<Vec<_>>(), expected);
        assert_eq!(found.open, open);
    }

    #[test]
    fn fields_are_gathered_through_composition() {
        check(&json!({"properties": {"a": {}, "b": {}}}), &["a", "b"], false);
        check(
            &json!({"allOf": [{"$ref": "#/Named"}, {"properties": {"b": {}, "name": {}}}]}),
            &["name", "b"],
            false,
        );
        check(
            &json!({"oneOf": [{"type": "array", "properties": {"no": {}}}, {"properties": {"x": {}}}]}),
            &["x"],
            false,
        );
        check(&json!({"$ref": "#/Named", "properties": {"ignored": {}}}), &["name"], false);
    }

    #[test]
    fn open_objects_say_so() {
        check(&json!({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}), &["a"], true);
        check(&json!({"properties": {"a": {}}, "additionalProperties": false}), &["a"], false);
    }

    #[test]
    fn circles_end() {
        check(&json!({"$ref": "#/Round"}), &[], false);
    }
}
