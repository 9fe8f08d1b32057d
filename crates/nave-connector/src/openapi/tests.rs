//! Examples of descriptions and the operations they give.

use serde_json::{Value, json};

use super::*;
use crate::operation::{Codec, Location, Style};

fn imported(tree: &Value) -> Import {
    let source = crate::source::read("api.json", tree.to_string().as_bytes()).unwrap();
    import(Input { name: "acme", source, manifest: None, overlay: None, resolver: &NoResolver }).unwrap()
}

#[test]
fn a_plain_description_gives_its_operations() {
    let import = imported(&json!({
        "openapi": "3.0.0",
        "info": {"title": "Acme", "version": "1"},
        "servers": [{"url": "https://api.acme.example"}],
        "paths": {"/v1/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "post": {
                "summary": "Change a thing.",
                "requestBody": {"required": true, "content": {
                    "text/plain": {},
                    "application/json": {"schema": {"type": "object", "properties": {"size": {"type": "number"}}}},
                }},
                "responses": {"200": {"content": {"application/json": {"schema": {}}}}, "default": {}},
            },
        }},
    }));
    assert_eq!(import.report.refused, []);
    let operation = import.connector.operation("post_things_id").unwrap();
    assert_eq!(operation.summary.as_deref(), Some("Change a thing."));
    let parameter = operation.parameters.first().unwrap();
    assert_eq!(
        (parameter.location, parameter.style, parameter.required),
        (Location::Path, Style::Simple, true)
    );
    let body = operation.body.as_ref().unwrap();
    assert_eq!((body.media.codec, body.others.len()), (Codec::Json, 1));
    assert_eq!(operation.servers.first().unwrap().url, "https://api.acme.example");
}
