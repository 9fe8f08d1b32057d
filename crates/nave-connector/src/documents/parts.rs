//! A document as text cut into parts, each parsed when first used: a cold start reads the text of
//! twenty large descriptions and parses only what is called.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

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
    text: Arc<str>,
    /// Sorted by pointer.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    pointer: Box<str>,
    range: Range<usize>,
    value: OnceLock<Option<Value>>,
}

impl Parts {
    /// Parts of a text: the pointer of each, and where in the text its JSON stands.
    pub fn new(text: Arc<str>, ranges: impl IntoIterator<Item = (Box<str>, Range<usize>)>) -> Self {
        let mut parts: Vec<Part> = ranges
            .into_iter()
            .map(|(pointer, range)| Part { pointer, range, value: OnceLock::new() })
            .collect();
        parts.sort_unstable_by(|a, b| a.pointer.cmp(&b.pointer));
        Parts { text, parts }
    }

    /// The value at a pointer, parsing the part it lies in on first use. A pointer to a whole
    /// container of parts finds nothing.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        for container in CONTAINERS {
            let Some(rest) = pointer.strip_prefix(container) else { continue };
            if rest.is_empty() {
                return None;
            }
            let Some(rest) = rest.strip_prefix('/') else { continue };
            let end = rest.find('/').unwrap_or(rest.len());
            let (part, inside) = pointer.split_at_checked(container.len() + 1 + end)?;
            return walk(self.part(part)?, inside);
        }
        walk(self.part("")?, pointer)
    }

    fn part(&self, pointer: &str) -> Option<&Value> {
        let index = self.parts.binary_search_by(|part| part.pointer.as_ref().cmp(pointer)).ok()?;
        let part = self.parts.get(index)?;
        let parse = || serde_json::from_str(self.text.get(part.range.clone())?).ok();
        part.value.get_or_init(parse).as_ref()
    }

    /// Every part as its pointer and JSON text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts
            .iter()
            .map(|part| (part.pointer.as_ref(), self.text.get(part.range.clone()).unwrap_or_default()))
    }
}

/// Whether a pointer leads to a whole container, which is never one thing to refer to.
pub(crate) fn is_container(pointer: &str) -> bool {
    CONTAINERS.contains(&pointer)
}

/// Cuts a tree into parts: the pointer and JSON text of each is handed on; the rest, with its
/// containers emptied, under the empty pointer. Nothing large is copied.
pub fn split(tree: &Value, mut hand_on: impl FnMut(&str, &str)) {
    for container in CONTAINERS {
        let Some(Value::Object(members)) = tree.pointer(container) else { continue };
        for (name, member) in members {
            hand_on(&nave_model::place::child(container, name), &member.to_string());
        }
    }
    hand_on("", &without_containers(tree, "").to_string());
}

fn without_containers(value: &Value, pointer: &str) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    if CONTAINERS.contains(&pointer) {
        return Value::Object(Map::new());
    }
    if !pointer.is_empty() && pointer != "/components" {
        return value.clone();
    }
    let kept = members.iter().map(|(name, member)| {
        (name.clone(), without_containers(member, &nave_model::place::child(pointer, name)))
    });
    Value::Object(kept.collect())
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
            "parameters": [{"not": "a container"}],
        });
        let mut text = String::new();
        let mut ranges = Vec::new();
        split(&tree, |pointer, part| {
            ranges.push((pointer.into(), text.len()..text.len() + part.len()));
            text.push_str(part);
        });
        let parts = Parts::new(text.into(), ranges);
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
        assert_eq!(parts.get("/paths"), None);
    }
}
