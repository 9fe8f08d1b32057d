//! Examples of what an operation does to the things remembered.

use super::*;
use nave_connector::openapi::{self, Input, NoResolver};
use nave_connector::source;
use serde_json::{Map, Value, json};

/// The parts of the operations of paths and methods; every answer is of the thing or the list given.
#[track_caller]
fn check(paths: &[(&str, &str, &str)], expected: &[(Deed, &str, Option<&str>)]) {
    let thing = json!({"type": "object", "properties": {"id": {"type": "string"}, "a": {}, "b": {}}});
    let mut described = Map::new();
    for (method, path, answer) in paths {
        let schema = match *answer {
            "list" => json!({"type": "object", "properties": {"data": {"type": "array", "items": thing}}}),
            "thing" => thing.clone(),
            "settings" => json!({"type": "object", "properties": {"theme": {"type": "string"}}}),
            wrapped => {
                let members =
                    Map::from_iter([("ok".to_owned(), json!({})), (wrapped.to_owned(), thing.clone())]);
                json!({"type": "object", "properties": members})
            }
        };
        let parameters = path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(
            |(name, _)| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
        );
        let query = json!({"name": "channel", "in": "query", "schema": {"type": "string"}});
        let parameters: Vec<Value> = parameters.chain([query]).collect();
        let operation = json!({"parameters": parameters, "responses": {"200": {"description": "",
            "content": {"application/json": {"schema": schema}}}}});
        let item = described.entry(*path).or_insert_with(|| json!({}));
        item[method.to_lowercase()] = operation;
    }
    let document = json!({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": described});
    let source = source::read("t.json", document.to_string().as_bytes()).unwrap();
    let input = Input { name: "t", source, manifest: None, overlay: None, resolver: &NoResolver };
    let connector = openapi::import(input).unwrap().connector;
    let roles = paths.iter().map(|(method, path, _)| {
        let position =
            connector.entries().iter().position(|e| e.method == *method && e.path == *path).unwrap();
        role(&connector, connector.operation_at(position).unwrap())
    });
    let roles: Vec<Role> = roles.collect();
    let found: Vec<(Deed, &str, Option<&str>)> =
        roles.iter().map(|role| (role.deed, role.collection.as_str(), role.parameter.as_deref())).collect();
    assert_eq!(found, expected);
}

#[test]
fn resources_are_read_from_paths() {
    check(
        &[
            ("GET", "/a", "list"),
            ("POST", "/a", "thing"),
            ("GET", "/a/{x}", "thing"),
            ("POST", "/a/{x}", "thing"),
            ("DELETE", "/a/{x}", "thing"),
            ("POST", "/a/{x}/cancel", "thing"),
            ("GET", "/a/search", "list"),
        ],
        &[
            (Deed::List, "/a", None),
            (Deed::Create, "/a", None),
            (Deed::Read, "/a", Some("x")),
            (Deed::Update, "/a", Some("x")),
            (Deed::Remove, "/a", Some("x")),
            (Deed::Update, "/a", Some("x")),
            (Deed::List, "/a", None),
        ],
    );
}

#[test]
fn extensions_and_typed_collections_are_understood() {
    check(
        &[
            ("GET", "/a/{s}/m.json", "list"),
            ("POST", "/a/{s}/m.json", "thing"),
            ("GET", "/a/{s}/m/{i}.json", "thing"),
            ("GET", "/objects/{type}", "list"),
            ("POST", "/objects/{type}", "thing"),
            ("GET", "/objects/{type}/{id}", "thing"),
            ("GET", "/settings", "settings"),
            ("PUT", "/settings", "settings"),
        ],
        &[
            (Deed::List, "/a/{s}/m", None),
            (Deed::Create, "/a/{s}/m", None),
            (Deed::Read, "/a/{s}/m", Some("i")),
            (Deed::List, "/objects/{type}", None),
            (Deed::Create, "/objects/{type}", None),
            (Deed::Read, "/objects/{type}", Some("id")),
            (Deed::Read, "/settings", None),
            (Deed::Update, "/settings", None),
        ],
    );
}

#[test]
fn operations_with_dotted_names_are_understood() {
    check(
        &[
            ("POST", "/conversations.create", "channel"),
            ("GET", "/conversations.info", "channel"),
            ("GET", "/conversations.list", "list"),
            ("POST", "/conversations.archive", "settings"),
            ("POST", "/conversations.frobnicate", "settings"),
        ],
        &[
            (Deed::Create, "/conversations", None),
            (Deed::Read, "/conversations", Some("channel")),
            (Deed::List, "/conversations", None),
            (Deed::Remove, "/conversations", Some("channel")),
            (Deed::Other, "/conversations", None),
        ],
    );
}
