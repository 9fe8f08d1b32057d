//! The operations of a description: every method of every path item, behind references too.

use std::collections::BTreeMap;

use nave_model::Problem;
use nave_model::fault::codes;
use nave_model::place::child;
use serde_json::Value;

use crate::documents::{Documents, Place, reference};

/// Methods that are keys of a path item: OpenAPI 3.2 has all of these, earlier ones fewer.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Path items behind each other by `$ref`.
const LONGEST_CHAIN: usize = 16;

/// One operation as found.
pub(super) struct Found {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) place: Place,
}

/// Every operation under `/paths`, in the order described.
pub(super) fn operations(documents: &Documents) -> Vec<Found> {
    let mut found = Vec::new();
    let tree = documents.document(0).and_then(|document| document.tree());
    let Some(paths) = tree.and_then(|tree| tree.get("paths")).and_then(Value::as_object) else {
        return found;
    };
    for path in paths.keys().filter(|path| path.starts_with('/')) {
        let items = items(documents, &Place::new(child("/paths", path)));
        let mut methods: Vec<String> = Vec::new();
        for (place, item) in items {
            for (method, place) in methods_of(&place, item) {
                if !methods.contains(&method) {
                    methods.push(method.clone());
                    found.push(Found { method, path: path.clone(), place });
                }
            }
        }
    }
    found
}

/// Reports what stands twice although it should name one thing: an `operationId`, and a path template
/// whose parameters only have other names. All of them stay usable.
pub(super) fn report_duplicates(documents: &Documents, found: &[Found], findings: &mut Vec<Problem>) {
    let mut ids: BTreeMap<&str, &Found> = BTreeMap::new();
    let mut templates: BTreeMap<(&str, String), &Found> = BTreeMap::new();
    for operation in found {
        let mut report = |what: String, first: &Found| {
            let first = format!("{} {}", first.method, first.path);
            let message = format!("{what} of `{first}` as well");
            findings.push(Problem::new(codes::DOCUMENT_DUPLICATE, documents.at(&operation.place), message));
        };
        let id = documents.get(&operation.place).and_then(|object| object.get("operationId")?.as_str());
        if let Some(id) = id {
            let first = *ids.entry(id).or_insert(operation);
            if !std::ptr::eq(first, operation) {
                report(format!("`{id}` is the operationId"), first);
            }
        }
        let first = *templates.entry((&operation.method, nameless(&operation.path))).or_insert(operation);
        if !std::ptr::eq(first, operation) {
            report(format!("`{}` is the path", operation.path), first);
        }
    }
}

/// A path template without the names of its parameters.
fn nameless(path: &str) -> String {
    let mut nameless = String::with_capacity(path.len());
    for (index, part) in path.split('{').enumerate() {
        match part.split_once('}') {
            Some((_, rest)) if index > 0 => {
                nameless.push_str("{}");
                nameless.push_str(rest);
            }
            _ => nameless.push_str(part),
        }
    }
    nameless
}

/// The path item of a path and, where it has a `$ref`, the path items behind it, nearest first. A
/// broken reference ends the list.
pub(super) fn items<'a>(documents: &'a Documents, place: &Place) -> Vec<(Place, &'a Value)> {
    let mut items = Vec::new();
    let mut place = place.clone();
    while let Some(item) = documents.get(&place) {
        let target = reference(item).and_then(|text| documents.target(place.document, text).ok());
        items.push((place, item));
        match target {
            Some(target) if items.len() < LONGEST_CHAIN => place = target,
            Some(_) | None => break,
        }
    }
    items
}

/// The methods of one path item with the places of their operation objects.
pub(super) fn methods_of(place: &Place, item: &Value) -> Vec<(String, Place)> {
    let mut methods = Vec::new();
    for (key, value) in item.as_object().into_iter().flatten() {
        let lower = key.to_ascii_lowercase();
        if METHODS.contains(&lower.as_str()) {
            methods.push((lower.to_ascii_uppercase(), place.child(key)));
        } else if key == "additionalOperations" {
            let place = place.child(key);
            for method in value.as_object().into_iter().flatten().map(|(method, _)| method) {
                methods.push((method.clone(), place.child(method)));
            }
        }
    }
    methods
}

/// The names between braces of a path template, in order.
pub(super) fn template_names(path: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in path.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}
