//! Examples of Swagger 2.0.

use super::*;
use crate::connector::Scheme;

fn swagger(rest: &Value) -> Import {
    let mut tree = json!({"swagger": "2.0", "host": "api.acme.example", "basePath": "/v2/", "schemes": ["http", "https"]});
    for (key, value) in rest.as_object().unwrap() {
        tree[key] = value.clone();
    }
    let import = imported(&tree);
    assert_eq!(import.report.refused, []);
    import
}

#[test]
fn parameters_have_collection_formats() {
    for (format, expected) in [
        (json!(null), (Style::Form, false)),
        (json!("csv"), (Style::Form, false)),
        (json!("multi"), (Style::Form, true)),
        (json!("ssv"), (Style::SpaceDelimited, false)),
        (json!("tsv"), (Style::TabDelimited, false)),
        (json!("pipes"), (Style::PipeDelimited, false)),
    ] {
        let parameter = json!({"name": "p", "in": "query", "type": ["array"], "collectionFormat": format});
        let import = swagger(&json!({"paths": {"/x": {"get": {"parameters": [parameter]}}}}));
        let parameter = import.connector.operation("get_x").unwrap().parameters.first().unwrap();
        assert_eq!((parameter.style, parameter.explode), expected, "{format}");
        assert_eq!(parameter.schema.as_ref().unwrap().pointer, "/paths/~1x/get/parameters/0");
    }
}

#[test]
fn bodies_follow_consumes_and_produces() {
    let import = swagger(&json!({
        "consumes": ["application/xml", "application/json"],
        "produces": ["application/json", "text/csv"],
        "parameters": {"B": {"name": "b", "in": "body", "required": true, "schema": {"type": "object"}}},
        "paths": {"/x": {"post": {
            "parameters": [{"$ref": "#/parameters/B"}],
            "responses": {"200": {"schema": {"type": "file"}}, "201": {"schema": {}, "headers": {"X-Id": {"type": "string"}}}},
        }}},
    }));
    let operation = import.connector.operation("post_x").unwrap();
    let body = operation.body.as_ref().unwrap();
    assert_eq!((body.media.media_type.as_str(), body.required), ("application/json", true));
    assert_eq!(body.media.schema.as_ref().unwrap().pointer, "/parameters/B/schema");
    assert_eq!(operation.response(200).unwrap().media.first().unwrap().codec, Codec::Binary);
    let created = operation.response(201).unwrap();
    assert_eq!((created.media.len(), created.headers.first().unwrap().name.as_str()), (2, "X-Id"));
}

#[test]
fn forms_are_parameters() {
    let codec = |consumes: Value, kind: &str| {
        let field = json!({"name": "f", "in": "formData", "type": kind});
        let import =
            swagger(&json!({"paths": {"/x": {"post": {"consumes": consumes, "parameters": [field]}}}}));
        let operation = import.connector.operation("post_x").unwrap();
        assert_eq!(operation.parameters.first().unwrap().location, Location::Form);
        assert!(operation.body.is_none());
        form_codec(&import.connector.documents, operation)
    };
    assert_eq!(codec(json!([]), "string"), Codec::Form);
    assert_eq!(codec(json!(["application/x-www-form-urlencoded"]), "file"), Codec::Multipart);
    assert_eq!(codec(json!(["multipart/form-data"]), "string"), Codec::Multipart);
    assert_eq!(
        codec(json!(["multipart/form-data", "application/x-www-form-urlencoded"]), "string"),
        Codec::Form
    );
}

#[test]
fn servers_and_security_are_translated() {
    let import = swagger(&json!({
        "paths": {},
        "securityDefinitions": {
            "basic": {"type": "basic"},
            "oauth": {"type": "oauth2", "flow": "accessCode", "tokenUrl": "https://t", "scopes": {"a": "A"}},
        },
    }));
    let urls: Vec<&str> = import.connector.servers.iter().map(|server| server.url.as_str()).collect();
    assert_eq!(urls, ["https://api.acme.example/v2", "http://api.acme.example/v2"]);
    assert_eq!(import.connector.schemes.get("basic"), Some(&Scheme::Basic));
    let Some(Scheme::OAuth2 { flows, scopes }) = import.connector.schemes.get("oauth") else {
        panic!("oauth")
    };
    assert!(flows.contains_key("authorizationCode") && scopes.contains_key("a"));
}
