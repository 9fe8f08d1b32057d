//! The fields of an object schema as a reader wants them: in order, with what each must be told about.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Schema;
use crate::schema::fields as declared;

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
        declared::is_read_only(self.schema)
    }

    /// Whether the vendor says not to use it any more.
    pub fn deprecated(&self) -> bool {
        self.keyword("deprecated") == Some(&Value::Bool(true))
    }

    fn keyword(&self, name: &str) -> Option<&'a Value> {
        self.schema.keyword(name).or_else(|| self.schema.resolve().ok()?.keyword(name))
    }
}

/// Composition nested deeper than this is not looked into for required names.
const DEEPEST: usize = 12;

/// The fields of an object schema in the order described. A field that only some branches of a
/// `oneOf` or `anyOf` require is not required.
pub fn fields(schema: Schema<'_>) -> Vec<Field<'_>> {
    let mut required = BTreeSet::new();
    collect_required(schema, DEEPEST, &mut required);
    let declared = declared::fields(schema).declared;
    declared
        .into_iter()
        .map(|(name, schema)| Field { name, schema, required: required.contains(name) })
        .collect()
}

fn collect_required<'a>(schema: Schema<'a>, depth: usize, required: &mut BTreeSet<&'a str>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let Ok(schema) = schema.resolve() else { return };
    if let Ok(Some(target)) = schema.reference() {
        collect_required(target, depth, required);
    }
    let list = |keyword: &str| schema.keyword(keyword).and_then(Value::as_array).into_iter().flatten();
    required.extend(list("required").filter_map(Value::as_str));
    for member in list("allOf") {
        collect_required(schema.with(member), depth, required);
    }
}

/// The schema fields are looked up in: through references and arrays.
pub(super) fn inner(schema: Schema<'_>) -> Schema<'_> {
    let mut schema = schema;
    for _ in 0..DEEPEST {
        let Ok(resolved) = schema.resolve() else { return schema };
        schema = resolved;
        match schema.keyword("items").filter(|items| items.is_object()) {
            Some(items) => schema = schema.with(items),
            None => return schema,
        }
    }
    schema
}
