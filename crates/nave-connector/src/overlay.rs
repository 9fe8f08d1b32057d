//! OpenAPI Overlay 1.0 and 1.1: corrections to a vendor's description, applied to its tree before it
//! is imported. What matches nothing any more is reported: the vendor changed something.

use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::{At, Fault, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::overlay::path::Query;
use crate::overlay::select::select;
use crate::source::{self, MOST_DEPTH, Source};

pub mod path;
pub mod select;

/// The most bytes an overlay's actions may copy into a description.
const MOST_COPIED: usize = 64 << 20;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Overlay {
    overlay: Value,
    #[serde(rename = "info")]
    _info: Value,
    #[serde(default, rename = "extends")]
    _extends: Option<String>,
    actions: Vec<Action>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Action {
    target: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    update: Option<Value>,
    #[serde(default)]
    copy: Option<String>,
    #[serde(default)]
    remove: bool,
}

/// Tells `update: null`, which is an update, from no update.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Applies an overlay's actions in order to a description's tree, and returns those that matched
/// nothing, each with its place in the overlay.
///
/// # Errors
/// The overlay is not well-formed, a target is no JSONPath (RFC 9535), an update does not fit what it
/// is merged into, or the result is larger or deeper than a description may be.
pub fn apply(tree: &mut Value, overlay: &Source) -> Result<Vec<Problem>, Fault> {
    let mut plain = overlay.clone();
    without_extensions(&mut plain.tree);
    let document: Overlay = source::typed(&plain, overlay.text.as_bytes(), codes::OVERLAY_INVALID)?;
    let version = document.overlay.as_str().unwrap_or_default();
    if !["1.0", "1.1"].iter().any(|known| version.starts_with(known)) {
        let fault = wrong(overlay, "/overlay", format!("overlay version {} is not known", document.overlay));
        return Err(fault.with_hint("Nave applies Overlay 1.0 and 1.1"));
    }
    let mut unmatched = Vec::new();
    let mut copied = 0;
    for (index, action) in document.actions.iter().enumerate() {
        let pointer = format!("/actions/{index}");
        let targets = find(tree, &action.target, overlay, &child(&pointer, "target"))?;
        if targets.is_empty() {
            unmatched.push(nothing_matched(overlay, action, &pointer));
            continue;
        }
        if action.remove {
            remove(tree, targets);
            continue;
        }
        let change = change(tree, action, overlay, &pointer)?;
        let Some(change) = change else { continue };
        for target in &targets {
            copied += weight(&change);
            if copied > MOST_COPIED {
                let message = format!("the overlay adds more than {} MB", MOST_COPIED >> 20);
                return Err(Fault::new(codes::DOCUMENT_LIMIT, message).with_at(place(overlay, &pointer)));
            }
            let Some(value) = tree.pointer_mut(target) else { continue };
            merge(value, change.clone()).map_err(|at| unfit(overlay, &pointer, target, &at))?;
        }
    }
    if is_deeper(tree, MOST_DEPTH) {
        let message = format!("the overlay nests the description deeper than {MOST_DEPTH} levels");
        return Err(Fault::new(codes::DOCUMENT_LIMIT, message).with_at(At::file(overlay.name.clone())));
    }
    Ok(unmatched)
}

/// Extensions (`x-…`) may stand in the overlay object and in actions, and say nothing to us.
fn without_extensions(tree: &mut Value) {
    let Value::Object(overlay) = tree else { return };
    overlay.retain(|key, _| !key.starts_with("x-"));
    for action in overlay.get_mut("actions").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(action) = action {
            action.retain(|key, _| !key.starts_with("x-"));
        }
    }
}

/// The pointers of what a JSONPath selects, without duplicates.
fn find(tree: &Value, path: &str, overlay: &Source, pointer: &str) -> Result<Vec<String>, Fault> {
    let query = Query::parse(path).map_err(|reason| {
        wrong(overlay, pointer, format!("`{path}` is not a JSONPath: {reason}"))
            .with_hint("paths are written as RFC 9535 says, for example `$.paths['/users'].get`")
    })?;
    let found = select(tree, &query).ok_or_else(|| {
        wrong(overlay, pointer, format!("`{path}` takes too long in a document of this size"))
    })?;
    let mut pointers: Vec<String> = found.into_iter().map(|node| node.pointer()).collect();
    let mut seen = std::collections::BTreeSet::new();
    pointers.retain(|pointer| seen.insert(pointer.clone()));
    Ok(pointers)
}

/// What an action merges into its targets.
fn change(tree: &Value, action: &Action, overlay: &Source, pointer: &str) -> Result<Option<Value>, Fault> {
    let Some(path) = &action.copy else { return Ok(action.update.clone()) };
    let pointer = child(pointer, "copy");
    let sources = find(tree, path, overlay, &pointer)?;
    match sources.as_slice() {
        [source] => Ok(tree.pointer(source).cloned()),
        [] => Err(wrong(overlay, &pointer, format!("`{path}` selects nothing to copy"))),
        several => {
            let message = format!("`{path}` selects {} values; one can be copied", several.len());
            Err(wrong(overlay, &pointer, message))
        }
    }
}

/// Removes values, the last of a list first, so that the others keep their places.
fn remove(tree: &mut Value, mut targets: Vec<String>) {
    targets.sort_by_key(|pointer| std::cmp::Reverse(order(pointer)));
    for target in targets {
        let Some((parent, token)) = target.rsplit_once('/') else {
            *tree = Value::Null;
            continue;
        };
        match tree.pointer_mut(parent) {
            Some(Value::Object(members)) => {
                members.shift_remove(&crate::documents::unescape(token));
            }
            Some(Value::Array(items)) => {
                if let Some(index) = token.parse::<usize>().ok().filter(|index| *index < items.len()) {
                    items.remove(index);
                }
            }
            Some(_) | None => {}
        }
    }
}

/// Numbers compare as numbers, so that item 10 comes after item 9.
fn order(pointer: &str) -> Vec<(Option<usize>, String)> {
    pointer.split('/').map(|token| (token.parse().ok(), token.to_owned())).collect()
}

/// Merges as Overlay 1.1 "Action Object" says. The error is where in the update it does not fit.
fn merge(target: &mut Value, change: Value) -> Result<(), String> {
    match (target, change) {
        (Value::Object(target), Value::Object(change)) => merge_objects(target, change),
        (Value::Array(target), Value::Array(mut change)) => {
            target.append(&mut change);
            Ok(())
        }
        (Value::Array(target), change) => {
            target.push(change);
            Ok(())
        }
        (target, change) => replace(target, change),
    }
}

fn merge_objects(target: &mut Map<String, Value>, change: Map<String, Value>) -> Result<(), String> {
    for (name, change) in change {
        let Some(member) = target.get_mut(&name) else {
            target.insert(name, change);
            continue;
        };
        let merged = match (&*member, &change) {
            (Value::Array(_), Value::Array(_)) => merge(member, change),
            (Value::Array(_), _) => Err(String::new()),
            _ => merge(member, change),
        };
        merged.map_err(|below| format!("{}{below}", child("", &name)))?;
    }
    Ok(())
}

fn replace(target: &mut Value, change: Value) -> Result<(), String> {
    let is_container = |value: &Value| value.is_object() || value.is_array();
    if is_container(target) || is_container(&change) {
        return Err(String::new());
    }
    *target = change;
    Ok(())
}

fn nothing_matched(overlay: &Source, action: &Action, pointer: &str) -> Problem {
    let why = action.description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
    let message = format!("the action on `{}` matches nothing{why}", action.target);
    Problem::new(codes::OVERLAY_UNMATCHED, place(overlay, pointer), message)
        .hint("the description changed: correct the target, or remove the action if it is no longer needed")
}

fn unfit(overlay: &Source, pointer: &str, target: &str, at: &str) -> Fault {
    let message = format!("the update does not fit what stands at `{target}{at}`");
    wrong(overlay, pointer, message)
        .with_hint("objects merge with objects, lists with lists, single values replace single values")
}

fn wrong(overlay: &Source, pointer: &str, message: String) -> Fault {
    Fault::new(codes::OVERLAY_INVALID, message).with_at(place(overlay, pointer))
}

fn place(overlay: &Source, pointer: &str) -> At {
    let found = source::locate(overlay.text.as_bytes(), pointer);
    At {
        file: Some(overlay.name.clone()),
        line: found.map(|(line, _)| line),
        column: found.map(|(_, column)| column),
        pointer: Some(pointer.to_owned()),
        ..At::default()
    }
}

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    80 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.iter().map(|(key, member)| key.len() + weight(member)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn is_deeper(value: &Value, most: usize) -> bool {
    match value {
        Value::Array(items) => most == 0 || items.iter().any(|item| is_deeper(item, most - 1)),
        Value::Object(members) => most == 0 || members.values().any(|member| is_deeper(member, most - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests;
