//! Examples of references: broken, circular, across documents, by anchor and by identifier.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::*;
use crate::documents::Place;

/// A description of 3.1 with one schema for the body of `POST /x` and one for its answer.
fn with_schemas(body: &Value, answer: &Value, schemas: &Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {
            "/x": {"post": {
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
            }},
            "/y": {"get": {}},
        },
        "components": {"schemas": schemas},
    })
}

#[track_caller]
fn check(tree: &Value, refused: &[&str], findings: &[&str]) {
    let import = imported(tree);
    let said: Vec<String> =
        import.report.refused.iter().map(|refused| refused.problem.message.clone()).collect();
    assert_eq!(said, refused);
    let said: Vec<&str> = import.report.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(said, findings);
    assert!(import.connector.operation("get_y").is_ok());
}

#[test]
fn only_operations_whose_request_needs_a_broken_reference_are_refused() {
    let broken = json!({"$ref": "#/components/schemas/Thng"});
    let thing = json!({"Thing": {"type": "object", "properties": {"a": {"type": "string"}}}});
    let message = "the reference `#/components/schemas/Thng` leads nowhere";
    check(&with_schemas(&broken, &json!({}), &thing), &[message], &[message]);
    check(&with_schemas(&json!({}), &broken, &thing), &[], &[message]);
    let deep = json!({"A": {"items": {"$ref": "#/components/schemas/B"}}, "B": {"allOf": [broken]}});
    check(
        &with_schemas(&json!({"$ref": "#/components/schemas/A"}), &json!({}), &deep),
        &[message],
        &[message],
    );
}

#[test]
fn an_optional_field_behind_a_broken_reference_is_left_out() {
    let body = json!({"properties": {"a": {"type": "string"}, "b": {"$ref": "#/none"}}});
    let import = imported(&with_schemas(&body, &json!({}), &json!({})));
    assert_eq!(import.report.refused, []);
    assert_eq!(messages(&import.report.findings).len(), 1);
    let place = Place::new("/paths/~1x/post/requestBody/content/application~1json/schema/properties");
    assert_eq!(import.connector.documents.get(&place), Some(&json!({"a": {"type": "string"}})));
    let required = json!({"required": ["b"], "properties": {"a": {}, "b": {"$ref": "#/none"}}});
    check(
        &with_schemas(&required, &json!({}), &json!({})),
        &["the reference `#/none` leads nowhere"],
        &["the reference `#/none` leads nowhere"],
    );
}

#[test]
fn circles_without_an_end_are_found_and_others_are_fine() {
    let endless = "the schema contains itself through composition, without an end";
    let a = json!({"$ref": "#/components/schemas/A"});
    let itself = json!({"A": {"allOf": [a, {"type": "object"}]}});
    check(&with_schemas(&a, &json!({}), &itself), &[endless], &[endless]);
    let round = json!({"A": {"oneOf": [{"$ref": "#/components/schemas/B"}]}, "B": {"anyOf": [a]}});
    check(&with_schemas(&a, &json!({}), &round), &[endless], &[endless]);
    let tree = json!({"A": {"properties": {"left": a, "list": {"items": a}}, "additionalProperties": a}});
    check(&with_schemas(&a, &a, &tree), &[], &[]);
    let bare = json!({"A": {"$ref": "#/components/schemas/B"}, "B": a});
    let import = imported(&with_schemas(&a, &json!({}), &bare));
    assert_eq!(import.report.refused.first().unwrap().problem.code, codes::REFERENCE_CYCLE);
}

#[test]
fn a_hint_names_the_nearest_target() {
    let body = json!({"$ref": "#/components/schemas/Thng"});
    let import = imported(&with_schemas(&body, &json!({}), &json!({"Thing": {}})));
    assert_eq!(import.report.refused.first().unwrap().problem.hint.as_deref(), Some("did you mean `Thing`?"));
}

struct Files {
    files: BTreeMap<&'static str, Value>,
    asked: RefCell<Vec<String>>,
}

impl Resolver for Files {
    fn fetch(&self, uri: &str) -> Result<Vec<u8>, Fault> {
        self.asked.borrow_mut().push(uri.to_owned());
        match self.files.get(uri) {
            Some(tree) => Ok(tree.to_string().into_bytes()),
            None => Err(Fault::new(codes::FILE, format!("there is no `{uri}`"))),
        }
    }
}

#[test]
fn documents_are_loaded_through_the_resolver_alone() {
    let tree = json!({"openapi": "3.0.0", "paths": {
        "/a": {"$ref": "paths/a.json"},
        "/b": {"post": {"requestBody": {"$ref": "none.json"}}},
        "/c": {"get": {"x-data": {"$ref": "never.json"}, "responses": {"200": {"content": {"application/json": {
            "example": {"$ref": "never.json"}}}}}}},
    }});
    let files = BTreeMap::from([
        ("paths/a.json", json!({"get": {"parameters": [{"$ref": "../common.json#/p"}]}})),
        (
            "common.json",
            json!({"p": {"name": "q", "in": "query", "schema": {"$ref": "#/s"}}, "s": {"type": "integer"}}),
        ),
    ]);
    let files = Files { files, asked: RefCell::default() };
    let import = imported_with(&tree, None, &files);
    assert_eq!(*files.asked.borrow(), ["paths/a.json", "none.json", "common.json"]);
    let operation = import.connector.operation("get_a").unwrap();
    let schema = operation.parameters.first().unwrap().schema.clone().unwrap();
    assert_eq!(import.connector.documents.follow(&schema).unwrap().1, &json!({"type": "integer"}));
    let refused = import.report.refused.iter().map(|refused| refused.path.as_str()).collect::<Vec<_>>();
    assert_eq!(refused, ["/b"]);
    assert!(messages(&import.report.findings).iter().any(|said| said.contains("there is no `none.json`")));
    let alone = imported(&tree);
    assert_eq!(alone.report.refused.first().unwrap().problem.code, codes::REFERENCE_OUTSIDE);
}

struct Endless;

impl Resolver for Endless {
    fn fetch(&self, uri: &str) -> Result<Vec<u8>, Fault> {
        Ok(format!(r#"{{"a": {{"$ref": "x{uri}"}}}}"#).into_bytes())
    }
}

#[test]
fn endless_documents_use_up_a_budget() {
    let tree = json!({"openapi": "3.0.0", "paths": {"/a": {"$ref": "a.json"}}});
    let source = crate::source::read("api.json", tree.to_string().as_bytes()).unwrap();
    let input = Input { name: "acme", source, manifest: None, overlay: None, resolver: &Endless };
    assert_eq!(import(input).unwrap_err().code, codes::DOCUMENT_LIMIT);
}

#[test]
fn anchors_and_identifiers_are_followed() {
    let schemas = json!({
        "Named": {"$anchor": "named", "type": "string"},
        "Resource": {
            "$id": "https://acme.example/resource",
            "$defs": {"inner": {"$anchor": "inner", "type": "integer"}},
            "properties": {"a": {"$ref": "#inner"}, "b": {"$ref": "#/$defs/inner"}},
        },
        "Tree": {"$dynamicAnchor": "node", "properties": {"next": {"$dynamicRef": "#node"}}},
    });
    let import = imported(&with_schemas(
        &json!({"properties": {
            "n": {"$ref": "#named"},
            "r": {"$ref": "https://acme.example/resource"},
            "i": {"$ref": "https://acme.example/resource#inner"},
            "t": {"$ref": "#/components/schemas/Tree/properties/next"},
        }}),
        &json!({}),
        &schemas,
    ));
    assert_eq!((import.report.refused, import.report.findings), (vec![], vec![]));
    let documents = &import.connector.documents;
    let leads = |pointer: &str| documents.follow(&Place::new(pointer)).unwrap().0.pointer;
    let body = "/paths/~1x/post/requestBody/content/application~1json/schema/properties";
    assert_eq!(leads(&format!("{body}/n")), "/components/schemas/Named");
    assert_eq!(leads(&format!("{body}/r")), "/components/schemas/Resource");
    assert_eq!(leads(&format!("{body}/i")), "/components/schemas/Resource/$defs/inner");
    assert_eq!(leads(&format!("{body}/t")), "/components/schemas/Tree");
    assert_eq!(
        leads("/components/schemas/Resource/properties/a"),
        "/components/schemas/Resource/$defs/inner"
    );
    assert_eq!(
        leads("/components/schemas/Resource/properties/b"),
        "/components/schemas/Resource/$defs/inner"
    );
}

#[test]
fn path_items_are_followed_and_keep_what_stands_beside_the_reference() {
    let import = imported(&json!({"openapi": "3.1.0",
        "paths": {"a/{id}": {"$ref": "#/components/pathItems/A", "parameters": [{"name": "q", "in": "query"}]}},
        "components": {"pathItems": {"A": {"get": {}, "parameters": [{"name": "id", "in": "path", "required": true}]}}},
    }));
    let operation = import.connector.operation("get_a_id").unwrap();
    let mut names: Vec<&str> = operation.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!((names, operation.path.as_str()), (vec!["id", "q"], "/a/{id}"));
}
