//! A document as text cut into parts, each parsed when first used: a cold start reads the text of
//! twenty large descriptions and parses only what is called.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::documents::walk;

/// Containers whose members are parts of their own, by pointer.
const CONTAINERS: [&str; 16] = [
    "/paths",
    "/webhooks",
    "/definitions",
    "/parameters",
    "/responses",
    "/components/schemas",
    "/components/parameters",
    "/components/responses",
    "/components/requestBodies",
    "/components/headers",
    "/components/examples",
    "/components/links",
    "/components/callbacks",
    "/components/pathItems",
    "/components/mediaTypes",
    "/$defs",
];

/// The parts of one document: pointer of each part → its text and, once used, its value.
#[derive(Debug, Default)]
pub struct Parts {
    parts: BTreeMap<String, Part>,
}

#[derive(Debug)]
struct Part {
    text: Box<str>,
    value: OnceLock<Option<Value>>,
}

impl Parts {
    /// Parts from the pairs of pointer and JSON text that [`split`] made.
    pub fn new(parts: impl IntoIterator<Item = (String, Box<str>)>) -> Self {
        let parts = parts
            .into_iter()
            .map(|(pointer, text)| (pointer, Part { text, value: OnceLock::new() }))
            .collect();
        Parts { parts }
    }

    /// The value at a pointer, parsing the part it lies in on first use.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        for container in CONTAINERS {
            let Some(rest) = pointer.strip_prefix(container).and_then(|rest| rest.strip_prefix('/')) else {
                continue;
            };
            let end = rest.find('/').unwrap_or(rest.len());
            let (part, inside) = pointer.split_at_checked(container.len() + 1 + end)?;
            return walk(self.parts.get(part)?.value()?, inside);
        }
        walk(self.parts.get("")?.value()?, pointer)
    }
}

impl Part {
    fn value(&self) -> Option<&Value> {
        self.value.get_or_init(|| serde_json::from_str(&self.text).ok()).as_ref()
    }
}

/// Cuts a tree into parts: pointer and JSON text of each, the rest under the empty pointer.
pub fn split(tree: &Value) -> Vec<(String, String)> {
    let mut rest = tree.clone();
    let mut parts = Vec::new();
    for container in CONTAINERS {
        let Some(Value::Object(members)) = rest.pointer_mut(container).map(Value::take) else { continue };
        for (name, member) in members {
            parts.push((nave_model::place::child(container, &name), member.to_string()));
        }
    }
    parts.push((String::new(), rest.to_string()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_answer_like_the_whole() {
        let tree = json!({
            "info": {"title": "T"},
            "paths": {"/a/{b}": {"get": {"x": [1, 2]}}},
            "components": {"schemas": {"S": {"type": "string"}}, "securitySchemes": {"k": 1}},
        });
        let parts = Parts::new(split(&tree).into_iter().map(|(pointer, text)| (pointer, text.into())));
        for pointer in [
            "/info/title",
            "/paths/~1a~1{b}/get/x/1",
            "/components/schemas/S",
            "/components/securitySchemes/k",
            "/components/schemas/None",
            "/nowhere",
        ] {
            assert_eq!(parts.get(pointer), tree.pointer(pointer), "{pointer}");
        }
    }
}
