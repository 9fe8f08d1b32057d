//! Examples of descriptions and the operations they give.

use serde_json::{Value, json};

use super::*;
use crate::operation::{Codec, Location, Parameter, Style};

mod forms;
mod mutations;
mod references;
mod swagger;

/// An import of a description without anything beside it.
fn imported(tree: &Value) -> Import {
    imported_with(tree, None, &NoResolver)
}

fn imported_with(tree: &Value, manifest: Option<Manifest>, resolver: &dyn Resolver) -> Import {
    let source = crate::source::read("api.json", tree.to_string().as_bytes()).unwrap();
    import(Input { name: "acme", source, manifest, overlay: None, resolver }).unwrap()
}

/// A description with one operation, `GET /x`, and the operation it gives.
fn operation(version: &str, operation: &Value) -> Operation {
    let import = imported(&json!({"openapi": version, "paths": {"/x": {"get": operation}}}));
    assert_eq!(import.report.refused, []);
    import.connector.operation("get_x").unwrap().clone()
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_plain_description_gives_its_operations() {
    let import = imported(&json!({
        "openapi": "3.0.0",
        "info": {"title": "Acme", "version": "1"},
        "servers": [{"url": "https://api.acme.example"}],
        "paths": {"/v1/things/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
                {"name": "q", "in": "query", "description": "of the path"},
            ],
            "post": {
                "summary": "Change a thing.",
                "tags": ["things"],
                "deprecated": true,
                "parameters": [{"name": "q", "in": "query", "description": "of the operation"}],
                "requestBody": {"required": true, "content": {
                    "text/plain": {},
                    "application/json": {"schema": {"type": "object", "properties": {"size": {}}}},
                }},
                "responses": {"default": {}, "2XX": {}, "200": {"content": {"application/json": {}}}},
                "callbacks": {"done": {}},
            },
        }},
    }));
    assert_eq!((import.report.refused, import.report.findings), (vec![], vec![]));
    let operation = import.connector.operation("post_things_id").unwrap();
    assert_eq!(operation.summary.as_deref(), Some("Change a thing."));
    assert!(operation.deprecated && operation.tags == ["things"]);
    let [id, q] = operation.parameters.as_slice() else { panic!("{:?}", operation.parameters) };
    assert_eq!((id.location, id.style, id.required), (Location::Path, Style::Simple, true));
    assert_eq!(q.description.as_deref(), Some("of the operation"));
    let body = operation.body.as_ref().unwrap();
    assert_eq!((body.media.codec, body.others.len(), body.required), (Codec::Json, 1, true));
    assert_eq!(operation.servers.first().unwrap().url, "https://api.acme.example");
    assert_eq!(operation.callbacks, ["done"]);
    let statuses: Vec<String> = operation.responses.iter().map(|r| format!("{:?}", r.status)).collect();
    assert_eq!(statuses, ["Exact(200)", "Class(2)", "Default"]);
}

#[test]
fn what_is_no_description_is_a_fault() {
    for (text, code) in [("a: 1", codes::DOCUMENT_FORMAT), ("swagger: '1.2'", codes::DOCUMENT_FORMAT)] {
        let source = crate::source::read("a.yaml", text.as_bytes()).unwrap();
        let input = Input { name: "a", source, manifest: None, overlay: None, resolver: &NoResolver };
        assert_eq!(import(input).unwrap_err().code, code);
    }
}

#[test]
fn parameters_and_path_are_made_to_agree() {
    let import =
        imported(&json!({"openapi": "3.0.0", "paths": {"/a/{user_id}/{gone}": {"get": {"parameters": [
            {"name": "userId", "in": "path", "required": true},
            {"name": "extra", "in": "path", "required": true},
            {"name": "Accept", "in": "header"},
            {"in": "query"},
        ]}}}}));
    let operation = import.connector.operation("get_a_user_id_gone").unwrap();
    let names: Vec<&str> = operation.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["user_id", "gone"]);
    let made: &Parameter = operation.parameters.last().unwrap();
    let schema = import.connector.documents.get(made.schema.as_ref().unwrap()).unwrap();
    assert_eq!((schema, made.required), (&json!({"type": "string"}), true));
    let at = "/paths/~1a~1{user_id}~1{gone}/get";
    assert_eq!(
        messages(&import.report.findings),
        [
            format!(
                "api.json:1:52 {at}: the path names `user_id`, its parameter `userId`: `user_id` is used"
            ),
            format!(
                "api.json:1:52 {at}: the path names `gone`, but no parameter describes it: it is taken as text"
            ),
            format!("api.json:1:52 {at}: the path parameter `extra` is not in the path: it is left out"),
            format!("api.json:1:196 {at}/parameters/3: a parameter has no name; it is left out"),
        ]
    );
}

#[test]
fn paths_in_other_spellings_are_mended() {
    let name = json!([{"name": "name", "in": "path", "required": true}]);
    let import =
        imported(&json!({"openapi": "3.0.0", "paths": {"v1/{+name}:run": {"post": {"parameters": name}}}}));
    assert_eq!(import.connector.operation("post_name_run").unwrap().path, "/v1/{name}:run");
    assert_eq!(
        messages(&import.report.findings),
        ["api.json:1:29 /paths/v1~1{+name}:run: the path `v1/{+name}:run` is not written as OpenAPI says: \
          it is taken as `/v1/{name}:run`"]
    );
}

#[test]
fn an_operation_that_cannot_be_used_is_refused_alone() {
    let import = imported(&json!({"openapi": "3.0.0", "paths": {
        "/a": {"get": 1, "post": {}},
        "/b": {"get": {"parameters": [{"name": "x", "in": "nowhere", "required": true}]}},
    }}));
    let refused: Vec<String> =
        import.report.refused.iter().map(|r| format!("{} {} {}", r.method, r.path, r.problem)).collect();
    assert_eq!(
        refused,
        [
            "GET /a api.json:1:35 /paths/~1a/get: `GET /a` is not described by an object",
            "GET /b api.json:1:81 /paths/~1b/get/parameters/0: the parameter `x` stands in `nowhere`, which is no place",
        ]
    );
    assert_eq!((import.report.operations, import.connector.entries().len()), (3, 1));
}

#[test]
fn what_stands_twice_is_reported_and_stays_usable() {
    let import = imported(&json!({"openapi": "3.0.0", "paths": {
        "/a/{b}": {"get": {"operationId": "same"}, "put": {}},
        "/a/{c}": {"get": {}},
        "/d": {"get": {"operationId": "same"}},
    }}));
    let findings: Vec<String> =
        import.report.findings.iter().map(|finding| finding.message.clone()).collect();
    for expected in
        ["`/a/{c}` is the path of `GET /a/{b}` as well", "`same` is the operationId of `GET /a/{b}` as well"]
    {
        assert!(findings.iter().any(|finding| finding == expected), "{findings:?}");
    }
    let names: Vec<&str> = import.connector.entries().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["get_a_b", "get_a_c", "get_d", "put_a_b"]);
}

#[test]
fn an_overlay_is_applied_first() {
    let overlay = "overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n\
        - target: $.paths['/a'].get\n  update: {operationId: better}\n- target: $.paths['/gone']\n  remove: true\n";
    let tree = json!({"openapi": "3.0.0", "paths": {"/a": {"get": {}}}});
    let input = Input {
        name: "acme",
        source: crate::source::read("api.json", tree.to_string().as_bytes()).unwrap(),
        manifest: None,
        overlay: Some(crate::source::read("overlay.yaml", overlay.as_bytes()).unwrap()),
        resolver: &NoResolver,
    };
    let import = import(input).unwrap();
    assert!(import.connector.operation("better").is_ok());
    assert_eq!(
        messages(&import.report.overlay_unmatched).first().unwrap(),
        "overlay.yaml:6:3 /actions/1: the action on `$.paths['/gone']` matches nothing; the description \
         changed: correct the target, or remove the action if it is no longer needed"
    );
}

#[test]
fn the_manifest_has_the_last_word() {
    let manifest = json!({
        "connector": "acme", "description": "api.json",
        "idempotency": {"header": "Idempotency-Key", "methods": ["POST"]},
        "paging": {"kind": "cursor", "items": "/data", "argument": "after", "next": "/next"},
        "operations": {
            "get_list": {"summary": "List.", "cache_seconds": 60, "scopes": ["read"]},
            "post_search": {"effect": "read", "idempotent": true, "media": "application/xml"},
        },
    });
    let list = json!({"type": "object", "properties": {"data": {"type": "array"}, "next": {}}});
    let after = json!([{"name": "after", "in": "query"}]);
    let import = imported_with(
        &json!({
            "openapi": "3.0.0",
            "paths": {
                "/list": {"get": {"parameters": after, "security": [{"oauth": []}],
                    "responses": {"200": {"content": {"application/json": {"schema": list}}}}}},
                "/one": {"get": {"parameters": after,
                    "responses": {"200": {"content": {"application/json": {"schema": {"properties": {"id": {}}}}}}}}},
                "/search": {"post": {"requestBody": {"content": {"application/json": {}, "application/xml": {}}}}},
                "/add": {"post": {}},
            },
            "components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {}}}},
        }),
        Some(serde_json::from_value(manifest).unwrap()),
        &NoResolver,
    );
    let of = |name: &str| import.connector.operation(name).unwrap();
    assert_eq!(of("get_list").summary.as_deref(), Some("List."));
    assert_eq!((of("get_list").cache_seconds, of("get_list").paging.is_some()), (Some(60), true));
    let requirement = of("get_list").security.first().unwrap();
    assert_eq!(requirement.get("oauth"), Some(&vec!["read".to_owned()]));
    assert!(of("get_one").paging.is_none(), "its answer is no list");
    assert_eq!(of("post_search").effect, nave_model::Effect::Read);
    assert_eq!(of("post_search").idempotency, nave_model::Idempotency::Natural);
    assert_eq!(of("post_search").body.as_ref().unwrap().media.codec, Codec::Xml);
    let key = nave_model::Idempotency::Key { header: "Idempotency-Key".into() };
    assert_eq!(of("post_add").idempotency, key);
}
