//! The operations of a description: every method of every path item, behind references too.

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
