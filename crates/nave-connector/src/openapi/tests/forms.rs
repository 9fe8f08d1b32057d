//! Examples of parameters, bodies, servers, security and webhooks in OpenAPI 3.x.

use super::*;
use crate::connector::{KeyLocation, Scheme};

#[test]
fn every_style_of_parameter_is_read() {
    let parameter = |written: Value| {
        let mut written = written;
        written["name"] = json!("p");
        let operation = operation("3.2.0", &json!({"parameters": [written]}));
        let parameter = operation.parameters.first().unwrap();
        (parameter.location, parameter.style, parameter.explode)
    };
    for (written, expected) in [
        (json!({"in": "query"}), (Location::Query, Style::Form, true)),
        (json!({"in": "query", "explode": false}), (Location::Query, Style::Form, false)),
        (json!({"in": "query", "style": "spaceDelimited"}), (Location::Query, Style::SpaceDelimited, false)),
        (json!({"in": "query", "style": "pipeDelimited"}), (Location::Query, Style::PipeDelimited, false)),
        (json!({"in": "query", "style": "deepObject"}), (Location::Query, Style::DeepObject, true)),
        (json!({"in": "query", "style": "matrix"}), (Location::Query, Style::Form, true)),
        (json!({"in": "header"}), (Location::Header, Style::Simple, false)),
        (json!({"in": "header", "explode": true}), (Location::Header, Style::Simple, true)),
        (json!({"in": "cookie"}), (Location::Cookie, Style::Form, true)),
        (json!({"in": "cookie", "style": "cookie"}), (Location::Cookie, Style::Cookie, true)),
        (
            json!({"in": "querystring", "content": {"application/json": {}}}),
            (Location::Querystring, Style::Form, true),
        ),
    ] {
        assert_eq!(parameter(written.clone()), expected, "{written}");
    }
}

#[test]
fn path_styles_are_read() {
    for (style, expected) in [("matrix", Style::Matrix), ("label", Style::Label), ("simple", Style::Simple)] {
        let import = imported(&json!({"openapi": "3.0.0", "paths": {"/x/{p}": {"get": {"parameters": [
            {"name": "p", "in": "path", "required": true, "style": style}]}}}}));
        assert_eq!(
            import.connector.operation("get_x_p").unwrap().parameters.first().unwrap().style,
            expected
        );
    }
}

#[test]
fn content_parameters_and_examples_are_read() {
    let operation = operation(
        "3.0.0",
        &json!({"parameters": [
            {"name": "a", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
            {"name": "b", "in": "query", "schema": {}, "allowReserved": true, "examples": {"one": {"value": 1}}},
            {"name": "c", "in": "query", "example": {"value": 2}},
        ]}),
    );
    let [a, b, c] = operation.parameters.as_slice() else { panic!("three parameters") };
    assert_eq!(a.content.as_deref(), Some("application/json"));
    assert!(a.schema.as_ref().unwrap().pointer.ends_with("/content/application~1json/schema"));
    assert_eq!((b.allow_reserved, b.example.clone()), (true, Some(json!(1))));
    assert_eq!(c.example, Some(json!({"value": 2})));
}

#[test]
fn the_best_media_type_is_sent() {
    let sent = |content: Value| {
        let operation = operation("3.0.0", &json!({"requestBody": {"content": content}}));
        let media = operation.body.unwrap().media;
        (media.media_type, media.codec)
    };
    for (content, media_type, codec) in [
        (
            json!({"application/xml": {}, "application/json-patch+json": {}, "application/json": {}}),
            "application/json",
            Codec::Json,
        ),
        (
            json!({"multipart/form-data": {}, "application/x-www-form-urlencoded": {}}),
            "application/x-www-form-urlencoded",
            Codec::Form,
        ),
        (json!({"text/plain": {}, "multipart/related": {}}), "multipart/related", Codec::Multipart),
        (json!({"image/png": {}, "text/csv": {}}), "text/csv", Codec::Text),
        (json!({"*/*": {"schema": {}}}), "application/json", Codec::Json),
        (json!({"*/*": {}}), "application/octet-stream", Codec::Binary),
        (json!({"examples": {}, "application/json": {}}), "application/json", Codec::Json),
        (json!({}), "application/json", Codec::Json),
    ] {
        assert_eq!(sent(content.clone()), (media_type.to_owned(), codec), "{content}");
    }
}

#[test]
fn encodings_are_read() {
    let operation = operation(
        "3.0.0",
        &json!({"requestBody": {"content": {"multipart/form-data": {"encoding": {
            "file": {"contentType": "image/png"}, "tags": {"style": "form", "explode": false}}}}}}),
    );
    let encoding = operation.body.unwrap().media.encoding;
    assert_eq!(encoding.get("file").unwrap().content_type.as_deref(), Some("image/png"));
    assert_eq!(encoding.get("tags").unwrap().explode, Some(false));
}

#[test]
fn additions_of_3_2_are_read() {
    let import = imported(&json!({
        "openapi": "3.2.0",
        "paths": {"/x": {
            "query": {"requestBody": {"content": {"application/json": {"$ref": "#/components/mediaTypes/J"}}}},
            "additionalOperations": {"COPY": {}},
            "get": {"responses": {"200": {"content": {"application/jsonl": {"itemSchema": {"type": "integer"}}}}}},
        }},
        "components": {"mediaTypes": {"J": {"schema": {"type": "object"}}}},
    }));
    assert_eq!(import.report.refused, []);
    let query = import.connector.operation("query_x").unwrap();
    assert_eq!((query.effect, query.method.as_str()), (nave_model::Effect::Read, "QUERY"));
    let schema = query.body.as_ref().unwrap().media.schema.as_ref().unwrap();
    assert_eq!(schema.pointer, "/components/mediaTypes/J/schema");
    assert_eq!(import.connector.operation("copy_x").unwrap().method, "COPY");
    let get = import.connector.operation("get_x").unwrap();
    let media = get.responses.first().unwrap().media.first().unwrap();
    let schema = import.connector.documents.get(media.schema.as_ref().unwrap()).unwrap();
    assert_eq!(schema["type"], "array");
    let item = import.connector.documents.follow(&media.schema.as_ref().unwrap().child("items")).unwrap();
    assert_eq!(item.1, &json!({"type": "integer"}));
}

#[test]
fn the_nearest_servers_count() {
    let server = |url: &str| json!([{"url": url, "variables": {"v": {"default": 2, "enum": ["1", "2"]}}}]);
    let import = imported(&json!({"openapi": "3.0.0", "servers": server("https://a/{v}"), "paths": {
        "/x": {"get": {}, "servers": server("https://b"), "post": {"servers": server("https://c")}},
        "/y": {"get": {}},
    }}));
    let url = |name: &str| import.connector.operation(name).unwrap().servers.first().unwrap().url.clone();
    assert_eq!(
        (url("get_x"), url("post_x"), url("get_y")),
        ("https://b".into(), "https://c".into(), "https://a/{v}".into())
    );
    let variable = import.connector.servers.first().unwrap().variables.get("v").unwrap();
    assert_eq!((variable.default.as_deref(), variable.allowed.len()), (Some("2"), 2));
}

#[test]
fn security_schemes_and_requirements_are_read() {
    let import = imported(&json!({
        "openapi": "3.0.0",
        "security": [{"key": []}, {"oauth": ["read"], "basic": []}, {"unknown": []}],
        "paths": {"/x": {"get": {}}, "/open": {"get": {"security": []}}, "/maybe": {"get": {"security": [{}, {"bearer": []}]}}},
        "components": {"securitySchemes": {
            "key": {"type": "apiKey", "in": "query", "name": "k"},
            "basic": {"type": "http", "scheme": "Basic"},
            "bearer": {"type": "http", "scheme": "bearer"},
            "digest": {"type": "http", "scheme": "digest"},
            "oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {"read": "R"}}}},
            "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://o"},
            "tls": {"$ref": "#/components/securitySchemes/mtls"},
            "mtls": {"type": "mutualTLS"},
        }},
    }));
    let schemes = &import.connector.schemes;
    assert_eq!(schemes.get("key"), Some(&Scheme::ApiKey { location: KeyLocation::Query, name: "k".into() }));
    assert_eq!((schemes.get("basic"), schemes.get("bearer")), (Some(&Scheme::Basic), Some(&Scheme::Bearer)));
    assert_eq!(schemes.get("digest"), Some(&Scheme::Other { name: "digest".into() }));
    assert_eq!(schemes.get("oidc"), Some(&Scheme::OpenIdConnect { url: "https://o".into() }));
    assert_eq!(schemes.get("tls"), Some(&Scheme::MutualTls));
    let Some(Scheme::OAuth2 { scopes, flows }) = schemes.get("oauth") else { panic!("oauth") };
    assert_eq!((scopes.len(), flows["clientCredentials"]["tokenUrl"].as_str()), (1, "https://t"));
    let required = |name: &str| {
        let security = &import.connector.operation(name).unwrap().security;
        security.iter().map(|r| r.keys().cloned().collect::<Vec<_>>().join("+")).collect::<Vec<_>>()
    };
    assert_eq!(required("get_x"), ["key", "oauth+basic"]);
    assert_eq!(required("get_open"), [""; 0]);
    assert_eq!(required("get_maybe"), ["", "bearer"]);
}

#[test]
fn webhooks_are_named() {
    let import = imported(&json!({
        "openapi": "3.1.0",
        "webhooks": {
            "paid": {"post": {"summary": "A bill was paid."}},
            "both": {"$ref": "#/components/pathItems/Both"},
        },
        "components": {"pathItems": {"Both": {"post": {}, "put": {}}}},
    }));
    let names: Vec<&str> = import.connector.webhooks.iter().map(|webhook| webhook.name.as_str()).collect();
    assert_eq!(names, ["paid", "both (POST)", "both (PUT)"]);
    assert_eq!(import.connector.webhooks.first().unwrap().summary.as_deref(), Some("A bill was paid."));
}
