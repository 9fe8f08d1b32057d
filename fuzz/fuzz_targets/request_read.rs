//! Any request to operations of every style and codec: reading ends, and what was read can be checked
//! and built.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nave_connector::request::{self, Incoming};
use nave_connector::route::{Found, Router};
use nave_connector::{Connector, check, response};
use nave_fuzz::own;
use serde_json::{Value, json};

/// One operation per media type, each with parameters of every location and style.
static SYSTEM: LazyLock<(Connector, Router)> = LazyLock::new(|| {
    let thing = json!({"type": "object", "additionalProperties": true, "xml": {"name": "thing"}, "properties": {
        "id": {"type": "integer", "xml": {"attribute": true}},
        "names": {"type": "array", "items": {"type": "string"}, "xml": {"wrapped": true}},
        "file": {"type": "string", "format": "binary"},
        "inner": {"$ref": "#/components/schemas/Thing"},
        "note": {"anyOf": [{"type": "string"}, {"type": "boolean"}, {"type": "object"}]},
    }});
    let reference = json!({"$ref": "#/components/schemas/Thing"});
    let parameter = |location: &str, style: &str, explode: bool, name: &str| json!({"in": location, "style": style, "explode": explode, "name": name, "required": location == "path", "schema": reference});
    let parameters = json!([
        parameter("path", "label", true, "l"), parameter("path", "matrix", false, "m"),
        parameter("query", "deepObject", true, "d"), parameter("query", "form", true, "f"),
        parameter("query", "pipeDelimited", false, "p"), parameter("header", "simple", true, "h"),
        parameter("cookie", "form", true, "c"),
        {"in": "query", "name": "j", "content": {"application/json": {"schema": reference}}},
    ]);
    let media_types = [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/mixed",
        "application/xml",
        "text/plain",
        "application/x-ndjson",
        "text/event-stream",
        "application/octet-stream",
    ];
    let mut paths = serde_json::Map::new();
    for (at, media_type) in media_types.iter().enumerate() {
        let content =
            json!({(*media_type): {"schema": reference, "encoding": {"inner": {"style": "deepObject"}}}});
        let operation = json!({"parameters": parameters, "requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}});
        paths.insert(format!("/{at}/{{l}}/{{m}}.x"), json!({"post": operation}));
    }
    let description = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, "components": {"schemas": {"Thing": thing}}});
    let connector = own(&description);
    let router = Router::new(&connector);
    (connector, router)
});

fuzz_target!(|input: &[u8]| {
    let (connector, router) = &*SYSTEM;
    let Some((head, body)) = split(input) else { return };
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut lines = head.split('\n');
    let target = lines.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let Found::Operation { position, path } = router.find("POST", path) else { return };
    let operation = connector.operation_at(position).expect("the target's own operations are right");
    let content_type =
        headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
    drop(response::decode(connector, operation, 200, content_type, body));
    let incoming = Incoming { path, query, headers: &headers, body };
    let Ok(arguments) = request::read(connector, operation, &incoming) else { return };
    build(connector, operation, &arguments);
});

fn build(connector: &Connector, operation: &nave_connector::Operation, arguments: &Value) {
    let Ok(checked) = check::arguments(connector, operation, arguments) else { return };
    drop(request::build(connector, operation, &checked));
}

/// Head and body, with an empty line between them.
fn split(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = input.windows(2).position(|pair| pair == b"\n\n")?;
    Some((input.get(..end)?, input.get(end + 2..)?))
}
