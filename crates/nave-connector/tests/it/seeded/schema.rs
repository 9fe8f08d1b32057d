//! Changes a vendor may make to a schema, each at one place that a mapping uses.

use serde_json::{Value, json};

use super::mapping::misspelt;
use super::values::{kinds, required};

/// A change of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Renamed,
    Type,
    Nullable,
    Optional,
    ConstantAdded,
    ConstantRemoved,
    RequiredAdded,
    List,
    One,
}

/// What may happen to something a mapping reads.
pub(super) const OF_SOURCE: [Change; 7] = [
    Change::Renamed,
    Change::Type,
    Change::Nullable,
    Change::Optional,
    Change::ConstantAdded,
    Change::List,
    Change::One,
];

/// What may happen to something a mapping gives.
pub(super) const OF_TARGET: [Change; 6] = [
    Change::Renamed,
    Change::Type,
    Change::ConstantRemoved,
    Change::RequiredAdded,
    Change::List,
    Change::One,
];

/// Makes a change at every one of these schemas that allows it. `given` are values that were found there.
/// `false`: none does, and nothing is changed.
pub(super) fn apply(tree: &mut Value, change: Change, pointers: &[String], given: &[Value]) -> bool {
    let edit = |tree: &mut Value, pointer: &str| match change {
        Change::Renamed => rename(tree, pointer),
        Change::Type => replace(tree, pointer, other_type),
        Change::Nullable => replace(tree, pointer, nullable),
        Change::Optional => optional(tree, pointer),
        Change::ConstantAdded => replace(tree, &resolved(tree, pointer), constant_added),
        Change::ConstantRemoved => {
            replace(tree, &resolved(tree, pointer), |schema| constant_removed(schema, given))
        }
        Change::RequiredAdded => {
            given.iter().any(Value::is_object).then(|| required_added(tree, pointer)).flatten()
        }
        Change::List => replace(tree, pointer, list),
        Change::One => replace(tree, pointer, one),
    };
    pointers.iter().filter(|pointer| edit(tree, pointer).is_some()).count() > 0
}

/// Adds a query parameter that must be given.
pub(super) fn add_parameter(tree: &mut Value, operation: &str) {
    let is_old = tree.get("swagger").is_some();
    let object = tree.pointer_mut(operation).and_then(Value::as_object_mut).unwrap();
    let mut parameter = json!({"name": "nave_region", "in": "query", "required": true});
    match is_old {
        true => parameter["type"] = json!("string"),
        false => parameter["schema"] = json!({"type": "string"}),
    }
    object.entry("parameters").or_insert_with(|| json!([])).as_array_mut().unwrap().push(parameter);
}

/// The schema that holds a property, and the property's name.
fn holder(pointer: &str) -> Option<(&str, String)> {
    let (properties, name) = pointer.rsplit_once('/')?;
    let holder = properties.strip_suffix("/properties")?;
    Some((holder, name.replace("~1", "/").replace("~0", "~")))
}

fn rename(tree: &mut Value, pointer: &str) -> Option<()> {
    let parameter = pointer.strip_suffix("/schema").unwrap_or(pointer);
    let parameter = tree.pointer_mut(parameter)?;
    if let Some(location) = parameter.get("in") {
        if location == "path" {
            return None;
        }
        let name = misspelt(parameter.get("name")?.as_str()?);
        parameter["name"] = json!(name);
        return Some(());
    }
    let (holder, name) = holder(pointer)?;
    let schema = tree.pointer_mut(holder)?;
    let new = misspelt(&name);
    let renamed =
        |(old, value): (String, Value)| if old == name { (new.clone(), value) } else { (old, value) };
    let fields = schema.get_mut("properties")?.as_object_mut()?;
    *fields = std::mem::take(fields).into_iter().map(renamed).collect();
    for one in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        if *one == name {
            *one = json!(new);
        }
    }
    Some(())
}

fn optional(tree: &mut Value, pointer: &str) -> Option<()> {
    let (holder, name) = holder(pointer)?;
    let names = tree.pointer_mut(holder)?.get_mut("required")?.as_array_mut()?;
    let before = names.len();
    names.retain(|one| *one != name);
    (names.len() < before).then_some(())
}

/// Where references from a place lead in the end.
pub(super) fn resolved(tree: &Value, pointer: &str) -> String {
    let mut pointer = pointer.to_owned();
    let reference = |pointer: &str| tree.pointer(pointer)?.get("$ref")?.as_str();
    while let Some(reference) = reference(&pointer) {
        pointer = reference.trim_start_matches('#').to_owned();
    }
    pointer
}

fn required_added(tree: &mut Value, pointer: &str) -> Option<()> {
    let schema = tree.pointer_mut(&resolved(tree, pointer))?;
    let fields = schema.get_mut("properties")?.as_object_mut()?;
    fields.insert("nave_region".into(), json!({"type": "string"}));
    let mut names: Vec<String> = required(schema).map(str::to_owned).collect();
    names.push("nave_region".into());
    schema["required"] = json!(names);
    Some(())
}

/// Replaces the schema at a place, or its own, where it is a parameter of Swagger 2.0.
fn replace(tree: &mut Value, pointer: &str, edit: impl Fn(&Value) -> Option<Value>) -> Option<()> {
    let place = tree.pointer_mut(pointer)?;
    let new = edit(place)?;
    if place.get("in").is_none() {
        *place = new;
        return Some(());
    }
    let parameter = place.as_object_mut()?;
    parameter.retain(|name, _| matches!(name.as_str(), "name" | "in" | "required"));
    let new = new.as_object()?.clone();
    parameter
        .extend(new.into_iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "in" | "required")));
    Some(())
}

fn other_type(schema: &Value) -> Option<Value> {
    Some(match kinds(schema).first().copied() {
        Some("string") => json!({"type": "integer"}),
        Some("integer" | "number") => json!({"type": "boolean"}),
        Some("boolean") => json!({"type": "string"}),
        Some("object") => json!({"type": "string"}),
        Some("array") => json!({"type": "object", "properties": {"data": schema}, "required": ["data"]}),
        _ if schema.get("$ref").is_some() => json!({"type": "boolean"}),
        _ => return None,
    })
}

fn nullable(schema: &Value) -> Option<Value> {
    let is_already = schema.get("nullable").is_some() || schema.get("x-nullable").is_some();
    // The one form that every dialect reads alike.
    (!is_already).then(|| json!({"anyOf": [schema, {"enum": [null]}]}))
}

fn constant_added(schema: &Value) -> Option<Value> {
    let mut constants = schema.get("enum")?.as_array()?.clone();
    constants.first()?.as_str()?;
    constants.insert(0, json!("nave_new"));
    let mut schema = schema.clone();
    schema["enum"] = json!(constants);
    Some(schema)
}

fn constant_removed(schema: &Value, given: &[Value]) -> Option<Value> {
    let constants = schema.get("enum")?.as_array()?;
    let removed = constants.iter().find(|one| given.contains(one))?;
    let left: Vec<&Value> = constants.iter().filter(|one| *one != removed).collect();
    (!left.is_empty()).then(|| {
        let left = json!(left);
        let mut schema = schema.clone();
        schema["enum"] = left;
        schema
    })
}

fn list(schema: &Value) -> Option<Value> {
    let is_list = kinds(schema).first() == Some(&"array");
    let mut items = schema.clone();
    if let Some(fields) = items.as_object_mut().filter(|fields| fields.contains_key("in")) {
        fields.retain(|name, _| !matches!(name.as_str(), "name" | "in" | "required"));
    }
    (!is_list).then(|| json!({"type": "array", "items": items}))
}

fn one(schema: &Value) -> Option<Value> {
    (kinds(schema).first() == Some(&"array")).then(|| schema.get("items").cloned())?
}
