//! Any text as an overlay, a manifest and a file of cases.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nave_connector::manifest::Manifest;
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::{Case, overlay, source};
use serde_json::{Value, json};

/// What overlays are applied to.
static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let operation = json!({"operationId": "a", "tags": ["x", "y"], "parameters": [{"name": "p", "in": "query"}], "responses": {}});
    json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": operation}, "/b/{c}": {"put": operation}}})
});

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        drop(Case::parse("case.md", text));
    }
    if let Ok(manifest) = Manifest::read("connector.yaml", input) {
        let source = source::read("description", DESCRIPTION.to_string().as_bytes()).expect("a tree is JSON");
        drop(import(Input {
            name: "fuzzed",
            source,
            manifest: Some(manifest),
            overlay: None,
            resolver: &NoResolver,
        }));
    }
    let Ok(overlay) = source::read("overlay.yaml", input) else { return };
    let mut tree = DESCRIPTION.clone();
    if overlay::apply(&mut tree, &overlay).is_err() {
        return;
    }
    let source = source::read("description", tree.to_string().as_bytes()).expect("a tree is JSON");
    drop(import(Input { name: "fuzzed", source, manifest: None, overlay: None, resolver: &NoResolver }));
});
