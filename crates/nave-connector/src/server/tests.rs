//! Examples of addresses: variables, relative servers, and what a value cannot do.

use serde_json::{Value, json};

use super::*;
use crate::request::tests::Bench;

fn bench(server: &Value) -> Bench {
    let mut bench = Bench::new("/x", json!({}));
    bench.operation.servers = vec![serde_json::from_value(server.clone()).unwrap()];
    bench
}

fn address_of(server: &Value, connection: &Value) -> Result<String, Fault> {
    let bench = bench(server);
    let mut document = json!({"connector": "test"});
    document.as_object_mut().unwrap().extend(connection.as_object().unwrap().clone());
    let connection = serde_json::from_value(document).unwrap();
    let request = Request { path: "/x".into(), query: "a=1".into(), ..Request::default() };
    address(&bench.connector, &bench.operation, &connection, &request).map(|url| url.to_string())
}

#[track_caller]
fn check(server: &Value, connection: &Value, expected: &str) {
    assert_eq!(address_of(server, connection).unwrap(), expected);
}

fn server(url: &str) -> Value {
    json!({"url": url, "description": null, "variables": {}})
}

fn regional() -> Value {
    let region = json!({"default": "eu", "allowed": ["eu", "us-east"], "description": null});
    let port = json!({"default": "443", "allowed": [], "description": null});
    let tenant = json!({"default": null, "allowed": [], "description": "your subdomain"});
    let variables = json!({"region": region, "port": port, "tenant": tenant});
    json!({"url": "https://{tenant}.{region}.example:{port}/v2/", "description": null, "variables": variables})
}

#[test]
fn paths_stand_below_the_server() {
    check(&server("https://a.example/v1"), &json!({}), "https://a.example/v1/x?a=1");
    check(
        &server("https://a.example/v1"),
        &json!({"address": "http://127.0.0.1:8081"}),
        "http://127.0.0.1:8081/x?a=1",
    );
    check(&server("/v2"), &json!({"address": "https://b.example"}), "https://b.example/v2/x?a=1");
    check(&server("/v2"), &json!({"address": "https://b.example/own/"}), "https://b.example/own/x?a=1");
    check(&server("//c.example"), &json!({}), "https://c.example/x?a=1");
    check(&regional(), &json!({"variables": {"tenant": "acme"}}), "https://acme.eu.example/v2/x?a=1");
    check(
        &regional(),
        &json!({"variables": {"tenant": "acme", "region": "us-east", "port": "8443"}}),
        "https://acme.us-east.example:8443/v2/x?a=1",
    );
}

#[track_caller]
fn refused(server: &Value, connection: &Value, message: &str, hint: &str) {
    let fault = address_of(server, connection).unwrap_err();
    assert_eq!(fault.code, codes::CONNECTION_INVALID);
    assert!(fault.message.contains(message), "{}", fault.message);
    assert_eq!(fault.hint.as_deref().unwrap_or_default(), hint);
}

#[test]
fn wrong_addresses_are_refused_with_the_right_thing() {
    refused(&regional(), &json!({}), "needs the variable `tenant`", "your subdomain");
    refused(
        &regional(),
        &json!({"variables": {"tenant": "a", "regoin": "eu"}}),
        "no variable `regoin`",
        "did you mean `region`?",
    );
    refused(
        &regional(),
        &json!({"variables": {"tenant": "a", "region": "us-esat"}}),
        "not allowed",
        "did you mean `us-east`?",
    );
    refused(
        &regional(),
        &json!({"variables": {"tenant": "evil.example?"}}),
        "cannot stand in an address",
        "",
    );
    refused(&regional(), &json!({"variables": {"tenant": "user@evil"}}), "cannot stand in an address", "");
    refused(&server("/v2"), &json!({}), "names no server", "set `address` in the connection");
    refused(&server("x"), &json!({"address": "ftp://a.example"}), "neither http nor https", "");
    refused(&server("x"), &json!({"address": "https://u:p@a.example"}), "holds a credential", "");
    refused(&server("x"), &json!({"address": "a.example"}), "is no address", "");
}
