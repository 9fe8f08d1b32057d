//! Regular expressions of a description that cannot be checked: values they stand for are not held
//! back, and the report says so.

use std::collections::BTreeMap;

use nave_model::fault::codes;
use nave_model::{At, Problem};
use serde_json::Value;

use super::walk::{self, Members};
use crate::check::pattern_obstacle;
use crate::documents::Documents;

/// Different patterns looked at; compiling one costs up to a millisecond.
const MOST_PATTERNS: usize = 500;

/// Reports every pattern that cannot be checked, at the first place it stands.
pub(super) fn report(documents: &Documents, findings: &mut Vec<Problem>) {
    let mut patterns: BTreeMap<&str, At> = BTreeMap::new();
    for document in documents.all() {
        let Some(tree) = document.tree() else { continue };
        walk::objects(tree, Members::Keywords, &mut Vec::new(), &mut |path, object, members| {
            if members == Members::Names || patterns.len() >= MOST_PATTERNS {
                return;
            }
            let Some(pattern) = object.get("pattern").and_then(Value::as_str) else { return };
            patterns.entry(pattern).or_insert_with(|| At {
                pointer: Some(walk::pointer("", path)),
                ..At::file(document.name.clone())
            });
        });
    }
    for (pattern, at) in patterns {
        if let Some(obstacle) = pattern_obstacle(pattern) {
            let shown: String = pattern.chars().take(60).collect();
            let message = format!("the pattern `{shown}` is not checked: {obstacle}");
            findings.push(Problem::new(codes::SCHEMA_INVALID, at, message));
        }
    }
}
