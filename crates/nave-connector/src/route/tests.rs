//! Examples of routes: the most specific template, base paths, methods.

use nave_model::Effect;
use serde_json::json;

use super::*;
use crate::connector::{Entry, Parts};
use crate::documents::{Dialect, Documents, Place};
use crate::operation::Server;

fn router(templates: &[(&str, &str)], servers: &[&str]) -> Router {
    let entries = templates.iter().enumerate().map(|(at, (method, path))| Entry {
        name: format!("{at:03}"),
        method: (*method).to_owned(),
        path: (*path).to_owned(),
        summary: None,
        tags: Vec::new(),
        effect: Effect::Read,
        deprecated: false,
        curated: false,
        place: Place::new(format!("/{at}")),
    });
    let servers = servers.iter().map(|url| Server {
        url: (*url).to_owned(),
        description: None,
        variables: Default::default(),
    });
    let documents = Documents::single("test", Dialect::OpenApi30, json!({}));
    let parts = Parts { servers: servers.collect(), documents, ..Parts::default() };
    Router::new(&Connector::new(parts, entries.collect()))
}

#[track_caller]
fn check(router: &Router, method: &str, target: &str, expected: Option<(usize, &str)>) {
    let found = match router.find(method, target) {
        Found::Operation { position, path } => Some((position, path)),
        Found::MethodNotAllowed { .. } | Found::NotFound => None,
    };
    assert_eq!(found, expected, "{method} {target}");
}

#[test]
fn the_most_specific_template_wins() {
    let templates = [
        "/a/{id}",
        "/a/me",
        "/a/{id}.json",
        "/a/{id}:cancel",
        "/{x}/me",
        "/a/{other}/b",
        "/a/me/c",
        "/s/{a}...{b}",
    ];
    let router = router(&templates.map(|path| ("GET", path)), &[]);
    for (path, expected) in [
        ("/a/1", Some(0)),
        ("/a/me", Some(1)),
        ("/a/1.json", Some(2)),
        ("/a/1:cancel", Some(3)),
        ("/b/me", Some(4)),
        ("/a/me/b", Some(5)),
        ("/a/me/c", Some(6)),
        ("/a/%6De", Some(1)),
        ("/s/v1...v2", Some(7)),
        ("/a/1/", None),
        ("/a", None),
        ("/b/1", None),
    ] {
        check(&router, "get", path, expected.map(|at| (at, path)));
    }
}

#[test]
fn base_paths_are_taken_off() {
    let servers = ["https://a.example/v1", "https://a.example/v1/beta/", "https://a.example"];
    let router = router(&[("GET", "/x"), ("GET", "/{any}/{thing}")], &servers);
    check(&router, "GET", "/v1/x", Some((0, "/x")));
    check(&router, "GET", "/v1/beta/x", Some((0, "/x")));
    check(&router, "GET", "/x", Some((0, "/x")));
    check(&router, "GET", "/v1/a/b", Some((1, "/a/b")));
    check(&router, "GET", "/v2/b", Some((1, "/v2/b")));
}

#[test]
fn methods_and_fixed_queries_are_told_apart() {
    let templates = [
        ("GET", "/x"),
        ("POST", "/x"),
        ("GET", "/y?do=a"),
        ("GET", "/y?do=b"),
        ("GET", "/y/{p}"),
        ("PUT", "/y/{q}"),
    ];
    let router = router(&templates, &[]);
    check(&router, "POST", "/x", Some((1, "/x")));
    check(&router, "GET", "/y?do=b&z=1", Some((3, "/y")));
    check(&router, "GET", "/y", Some((2, "/y")));
    check(&router, "PUT", "/y/1", Some((5, "/y/1")));
    let allowed = vec!["GET".to_owned(), "POST".to_owned()];
    assert_eq!(router.find("DELETE", "/x"), Found::MethodNotAllowed { allowed });
    assert_eq!(router.find("GET", "/z"), Found::NotFound);
}

#[test]
fn templates_that_differ_in_names_are_told_apart_by_values() {
    let path = |name: &str, schema: &serde_json::Value| json!({"get": {"parameters": [{"name": name, "in": "path", "required": true, "schema": schema}], "responses": {}}});
    let paths = json!({
        "/c/{id}": path("id", &json!({"type": "string", "format": "uuid"})),
        "/c/{kind}": path("kind", &json!({"type": "string", "enum": ["open", "me"]})),
        "/c/{name}": path("name", &json!({"type": "string"})),
        "/c/{number}": path("number", &json!({"type": "integer"})),
        "/c/me": {"get": {"responses": {}}},
    });
    let tree = json!({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": paths});
    let source = crate::source::read("t", tree.to_string().as_bytes()).unwrap();
    let resolver = &crate::openapi::NoResolver;
    let input = crate::openapi::Input { name: "t", source, manifest: None, overlay: None, resolver };
    let connector = crate::openapi::import(input).unwrap().connector;
    let router = Router::new(&connector);
    for (target, expected) in [
        ("/c/SB2", "/c/{name}"),
        ("/c/17", "/c/{number}"),
        ("/c/open", "/c/{kind}"),
        ("/c/me", "/c/me"),
        ("/c/00000000-0000-0000-0000-000000000000", "/c/{id}"),
    ] {
        let Found::Operation { position, .. } = router.find("GET", target) else { panic!("{target}") };
        assert_eq!(connector.entries()[position].path, expected, "{target}");
    }
}

#[test]
fn absurd_templates_are_not_routed() {
    let long = "/a".repeat(100_000);
    let router = router(&[("GET", long.as_str()), ("GET", "/x")], &[]);
    assert_eq!(router.find("GET", &long), Found::NotFound);
    check(&router, "GET", "/x", Some((1, "/x")));
}
