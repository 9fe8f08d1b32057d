//! Manifests as they are read, as the JSON Schema for editors describes them, and against descriptions.

use nave_model::Problem;
use serde_json::{Value, json};

use super::{Manifest, SCHEMA, check as check_manifest};
use crate::openapi::{Input, NoResolver, import};
use crate::source;

/// A manifest with every key, and every kind of paging.
fn full() -> Value {
    json!({
        "connector": "acme",
        "title": "Acme",
        "summary": "Orders of an Acme account.",
        "homepage": "https://acme.example",
        "description": "openapi.yaml",
        "protocol": "smtp",
        "overlay": "overlay.yaml",
        "origin": {"source": "acme.json", "sha256": "00"},
        "auth": {"scheme": "key", "help": "Ask for one.", "test": "list_orders"},
        "limits": {"per_second": 2.5, "burst": 3, "concurrency": 4, "source": "https://acme.example/limits"},
        "idempotency": {"header": "Idempotency-Key", "methods": ["POST"], "hours": 24},
        "errors": {
            "message": "/error/message",
            "code": "/error/code",
            "failed_when": {"pointer": "/ok", "equals": false},
            "codes": {"slow_down": "rate_limited"},
        },
        "paging": {"kind": "link_header", "items": "/data"},
        "headers": {"Acme-Version": "1"},
        "events": {"order.created": {"summary": "An order came in.", "vendor": "orderCreated", "schema": "#/x"}},
        "webhooks": {
            "signature": {
                "kind": "hmac", "header": "X-Sign", "algorithm": "sha512", "encoding": "base64", "prefix": "v1=",
                "signed": "{id}.{timestamp}.{body}", "timestamp_header": "X-Time", "timestamp_unit": "seconds",
                "tolerance_seconds": 60, "id_header": "X-Id", "secret_encoding": "hex",
            },
            "handshake": "echo",
            "answer": "empty",
            "event": {
                "items": "/events", "name": "/type", "id": "/id", "time": "/at", "subject": "/order/id", "data": "/order",
            },
        },
        "operations": {
            "list_orders": {
                "summary": "List orders.",
                "effect": "read",
                "idempotent": true,
                "paging": {
                    "kind": "cursor", "items": "/data", "argument": "after",
                    "next": "/next", "item_key": "/id", "more": "/more",
                },
                "paged": true,
                "cache_seconds": 60,
                "media": "application/json",
                "scopes": ["orders"],
                "words": ["sales"],
            },
            "a": {"settle": {"read": "list_orders", "with": "{}", "found": ".data[0]"}},
            "b": {"paging": {"kind": "offset", "items": "", "argument": "skip", "total": "/total", "more": "/more"}},
            "c": {"paging": {"kind": "page", "items": "", "argument": "page", "first": 0, "pages": "/pages", "more": "/more"}},
            "d": {"paging": {"kind": "next_url", "items": "", "next": "/next"}},
        },
    })
}

/// Whether the reader takes a manifest; says why not.
fn reads(manifest: &Value) -> Result<(), String> {
    let bytes = serde_json::to_vec(manifest).unwrap();
    Manifest::read("connector.json", &bytes).map(|_| ()).map_err(|fault| fault.to_string())
}

/// Every place in a value, from the outside inwards.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                places(member, &nave_model::place::child(at, name), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The manifest with one thing changed: each place replaced by something else, taken away, or with an
/// unknown key beside it. `null` is left out: the reader takes it for an absent key, editors mark it.
fn variants(whole: &Value) -> Vec<(String, Value)> {
    let mut pointers = Vec::new();
    places(whole, "", &mut pointers);
    let others = [
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(99_999_999_999_u64),
        json!(""),
        json!("x"),
        json!("/x"),
        json!("Authorization"),
        json!("é\n"),
        json!([]),
        json!(["POST"]),
        json!(["x"]),
        json!({}),
        json!({"x": "x"}),
        json!({"Host": "x"}),
        json!({"kind": "x"}),
        json!({"kind": "cursor"}),
    ];
    let mut variants = Vec::new();
    for pointer in pointers {
        for other in &others {
            let mut changed = whole.clone();
            *changed.pointer_mut(&pointer).unwrap() = other.clone();
            variants.push((format!("{pointer} = {other}"), changed));
        }
        if let Some(Value::Object(_)) = whole.pointer(&pointer) {
            let mut changed = whole.clone();
            changed.pointer_mut(&pointer).unwrap()["unknown"] = json!("x");
            variants.push((format!("{pointer} + unknown"), changed));
        }
        if let Some((parent, name)) = pointer.rsplit_once('/') {
            let mut changed = whole.clone();
            if let Some(Value::Object(map)) = changed.pointer_mut(parent) {
                map.remove(&crate::documents::unescape(name));
                variants.push((format!("{pointer} removed"), changed));
            }
        }
    }
    variants
}

#[test]
fn the_schema_for_editors_takes_what_the_reader_takes() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert_eq!(reads(&full()), Ok(()));
    assert!(validator.is_valid(&full()));
    let variants = variants(&full());
    let taken = variants.iter().filter(|(_, manifest)| reads(manifest).is_ok()).count();
    assert!(taken > 200 && variants.len() - taken > 900, "{taken} of {}", variants.len());
    for (what, manifest) in variants {
        let read = reads(&manifest);
        assert_eq!(read.is_ok(), validator.is_valid(&manifest), "{what}: {read:?}");
    }
}

#[test]
fn the_example_has_every_key() {
    let manifest = Manifest::read("connector.json", &serde_json::to_vec(&full()).unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&manifest).unwrap(), full());
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut described = Vec::new();
    keys(&schema, &mut described);
    let mut pointers = Vec::new();
    places(&full(), "", &mut pointers);
    for key in described {
        assert!(pointers.iter().any(|at| at.ends_with(&format!("/{key}"))), "the example lacks `{key}`");
    }
}

/// The names of all described properties.
fn keys(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                found.extend(properties.keys().cloned());
            }
            map.values().for_each(|member| keys(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let fault = Manifest::read("connector.yaml", text.as_bytes()).unwrap_err();
    let hint = fault.hint.clone().unwrap_or_default();
    assert_eq!(format!("{}: {fault}; {hint}", fault.at.clone().unwrap_or_default()), expected);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    refused(
        "connector: acme\ndescription: a.yaml\npagging: {}\n",
        "connector.yaml:3:1 /pagging: unknown key `pagging`; did you mean `paging`?",
    );
    refused(
        "connector: acme\ndescription: a.yaml\nauth: [key]\n",
        "connector.yaml:3:1 /auth: a list stands where keys with values are expected; write `key: value` instead",
    );
    refused(
        "connector: Acme\ndescription: a.yaml\n",
        "connector.yaml:1:1 /connector: `Acme` cannot be the name of a connector; a name begins with a small letter and goes on with small letters, digits, `-` and `_`",
    );
    refused(
        "connector: acme\ndescription: a.yaml\nerrors:\n  message: error.message\n",
        "connector.yaml:4:3 /errors/message: `error.message` is not a JSON pointer; a pointer begins with `/`",
    );
    refused(
        "connector: acme\ndescription: a.yaml\nheaders: {authorization: Bearer x}\n",
        "connector.yaml:3:11 /headers/authorization: the header `authorization` cannot be set for all requests; credentials belong to the connection; the rest is made for each request",
    );
    refused(
        "connector: acme\ndescription: a.yaml\nlimits: {per_second: 0}\n",
        "connector.yaml:3:10 /limits/per_second: no call could ever be made; give a rate above 0, or leave the key out",
    );
}

const DESCRIPTION: &str = r##"{
  "openapi": "3.1.0",
  "info": {"title": "Acme", "version": "1"},
  "components": {"securitySchemes": {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {"orders.read": ""}}}}
  }},
  "paths": {
    "/orders": {
      "get": {
        "operationId": "list_orders", "security": [{"oauth": ["orders.read"]}],
        "parameters": [{"name": "after", "in": "query", "schema": {"type": "string"}}],
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
          "type": "object",
          "properties": {"data": {"type": "array", "items": {"type": "object"}}, "cursor": {"type": "string"}}
        }}}}}
      },
      "post": {"operationId": "create_order", "responses": {"201": {"description": ""}}}
    },
    "/orders/{id}": {"get": {
      "operationId": "get_order",
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
      "responses": {"200": {"description": ""}}
    }}
  }
}"##;

/// Checks a manifest of these lines against the description.
#[track_caller]
fn check(lines: &str, expected: &[&str]) {
    let text = format!("connector: acme\ndescription: openapi.json\n{lines}");
    let manifest = Manifest::read("connector.yaml", text.as_bytes()).unwrap();
    let source = source::read("openapi.json", DESCRIPTION.as_bytes()).unwrap();
    let input =
        Input { name: "acme", source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
    let connector = import(input).unwrap().connector;
    let found: Vec<String> = check_manifest(&connector).iter().map(Problem::to_string).collect();
    let expected: Vec<String> =
        expected.iter().map(|text| format!("connectors/acme/connector.yaml {text}")).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_a_manifest_names_must_exist() {
    check("paging: {kind: cursor, items: /data, argument: after, next: /cursor}\n", &[]);
    check("auth: {scheme: key, test: list_orders}\n", &[]);
    check(
        "auth: {scheme: ouath}\n",
        &["/auth/scheme: there is no security scheme `ouath`; did you mean `oauth`?"],
    );
    check(
        "auth: {scheme: x}\n",
        &["/auth/scheme: there is no security scheme `x`; the description has `key`, `oauth`"],
    );
    check(
        "auth: {test: create_order}\n",
        &[
            "/auth/test: `create_order` would change something just to try the credential; name an operation that reads, or give it `effect: read`",
        ],
    );
    check(
        "auth: {test: get_order}\n",
        &[
            "/auth/test: `get_order` cannot be called without arguments: `id` is required (path, string); name an operation without required arguments",
        ],
    );
    check(
        "operations: {list_order: {}}\n",
        &[
            "/operations/list_order: there is no operation `list_order`; did you mean `list_orders` or `get_order`?",
        ],
    );
    check(
        "operations: {list_orders: {scopes: [order.read]}}\n",
        &["/operations/list_orders/scopes/0: there is no scope `order.read`; did you mean `orders.read`?"],
    );
    check(
        "operations: {list_orders: {paging: {kind: cursor, items: /date, argument: aftr, next: /cursor}}}\n",
        &[
            "/operations/list_orders/paging/argument: `list_orders` has no argument `aftr`; did you mean `after`?",
            "/operations/list_orders/paging/items: the answer of `list_orders` has nothing at `/date`; did you mean `data`?",
        ],
    );
    check(
        "paging: {kind: offset, items: /data, argument: skip}\n",
        &[
            "/paging: no operation that reads has the argument `skip`; correct it, or give the operations it is for their own `paging`",
        ],
    );
    check(
        "operations: {get_order: {paged: true}}\n",
        &[
            "/operations/get_order/paged: nothing says how `get_order` is paged; add `paging` to the operation",
        ],
    );
    check("operations: {create_order: {settle: {read: list_orders, with: '{}', found: '.data[0]'}}}\n", &[]);
    check(
        "operations: {list_orders: {settle: {read: create_order, with: '{}', found: .}}}\n",
        &[
            "/operations/list_orders/settle: `list_orders` reads, so nothing is in doubt when its answer is lost; leave `settle` out",
            "/operations/list_orders/settle/read: `create_order` would change something just to find out; name an operation that reads, or give it `effect: read`",
        ],
    );
    check(
        "operations: {create_order: {settle: {read: list_order, with: '{}', found: .}}}\n",
        &[
            "/operations/create_order/settle/read: there is no operation `list_order`; did you mean `list_orders` or `get_order`?",
        ],
    );
    check(
        "events: {order.created: {summary: An order., schema: '#/components/schemas/Order'}}\n",
        &[
            "/events/order.created/schema: the schema `#/components/schemas/Order` of the event `order.created` is not there; refer into the description, for example `#/components/schemas/Event`",
        ],
    );
}

#[test]
fn a_manifest_stands_in_its_own_folder() {
    let source = source::read("openapi.json", DESCRIPTION.as_bytes()).unwrap();
    let manifest =
        Manifest { connector: "acme".into(), description: "openapi.json".into(), ..Manifest::default() };
    let input =
        Input { name: "other", source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
    let found = check_manifest(&import(input).unwrap().connector);
    assert_eq!(
        found.iter().map(Problem::to_string).collect::<Vec<_>>(),
        [
            "connectors/other/connector.yaml /connector: the manifest is for `acme`, but stands in the folder of `other`; write `connector: other`, or rename the folder"
        ]
    );
}

#[test]
fn the_documented_examples_can_be_read() {
    let page = include_str!("../../../../docs/connector-format.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (manifest, _) = rest.split_once("\n```\n").unwrap();
    let manifest = Manifest::read("connector.yaml", manifest.as_bytes()).unwrap();
    assert_eq!(manifest.operations.keys().collect::<Vec<_>>(), ["list_orders", "close_order"]);
    let examples: Vec<&str> =
        page.split("````markdown\n").skip(1).filter_map(|rest| rest.split("````\n").next()).collect();
    let [right, refused, _] = examples.as_slice() else { panic!("{examples:?}") };
    let cases = crate::Case::parse("orders.md", &format!("{right}\n{refused}")).unwrap();
    assert_eq!(cases.iter().map(|case| case.operation.as_str()).collect::<Vec<_>>(), ["close_order"; 2]);
}
