//! Pieces of descriptions in two versions, and the findings they give.
#![expect(clippy::needless_pass_by_value, reason = "what is compared is written where it is handed over")]

use super::*;
use crate::documents::Dialect;
use crate::openapi::{Input, NoResolver, import};
use crate::source::{Format, Source};
use serde_json::{Value, json};

fn connector(tree: &Value) -> Connector {
    let source = Source {
        name: "api.json".into(),
        format: Format::Json,
        tree: tree.clone(),
        text: String::new(),
        findings: Vec::new(),
    };
    import(Input { name: "api", source, manifest: None, overlay: None, resolver: &NoResolver })
        .unwrap()
        .connector
}

/// Each finding as `class[rule] line | directions`, without documentation.
fn told(old: &Value, new: &Value) -> Vec<String> {
    let comparison = compare(&connector(old), &connector(new));
    assert!(comparison.complete && comparison.exact);
    let kept = comparison.findings.iter().filter(|finding| finding.class > Class::Documentation);
    let direction = |told: &Told| format!("{} {}", told.direction.as_str(), told.class);
    kept.map(|finding| {
        let directions: Vec<String> = finding.directions.iter().map(direction).collect();
        format!("{}[{}] {} | {}", finding.class, finding.rule, finding.line(), directions.join(", "))
    })
    .collect()
}

#[track_caller]
fn check(old: &Value, new: &Value, expected: &[&str]) {
    assert_eq!(told(old, new), expected);
}

/// A description whose one operation sends and receives the schema `S`.
fn both_ways(schema: &Value) -> Value {
    let content = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}});
    json!({
        "openapi": "3.1.0",
        "paths": {"/s": {"post": {"operationId": "make", "requestBody": content, "responses": {"200": content}}}},
        "components": {"schemas": {"S": schema, "T": {"type": "object", "properties": {"t": {"type": "string"}}}}},
    })
}

#[track_caller]
fn schema(old: Value, new: Value, expected: &[&str]) {
    check(&both_ways(&old), &both_ways(&new), expected);
}

/// The value of the field `x`.
#[track_caller]
fn value(old: Value, new: Value, expected: &[&str]) {
    let object = |x: Value| json!({"type": "object", "properties": {"x": x}});
    schema(object(old), object(new), expected);
}

/// A description with these paths.
fn api(paths: Value) -> Value {
    json!({"openapi": "3.0.0", "paths": paths})
}

fn get(operation: Value) -> Value {
    api(json!({"/a": {"get": operation}}))
}

#[test]
fn fields() {
    let of = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required});
    let (text, none) = (json!({"type": "string"}), json!([]));
    schema(
        of(json!({"a": text}), none.clone()),
        of(json!({}), none.clone()),
        &["removed[field-removed] `S.a` was removed (string) | sent removed, received removed"],
    );
    schema(
        of(json!({"a": text}), none.clone()),
        of(json!({"a": text, "b": {"type": ["integer", "null"]}}), none.clone()),
        &["additive[field-added] `S.b` was added (integer or null) | sent additive, received additive"],
    );
    schema(
        of(json!({"a": text}), none.clone()),
        of(json!({"a": text, "b": text}), json!(["b"])),
        &[
            "breaking[field-added] `S.b` was added and is required (string) | sent breaking, received additive",
        ],
    );
    schema(
        of(json!({"a": text}), none.clone()),
        of(json!({"a": text}), json!(["a"])),
        &["breaking[field-required] `S.a` is required now | sent breaking, received additive"],
    );
    schema(
        of(json!({"a": text}), json!(["a"])),
        of(json!({"a": text}), none.clone()),
        &["breaking[field-optional] `S.a` is no longer required | sent additive, received breaking"],
    );
    schema(
        of(json!({"a": text}), none.clone()),
        of(json!({"a": {"type": "string", "readOnly": true}}), none.clone()),
        &["removed[field-hidden] `S.a` is only answered, not sent, now | sent removed"],
    );
    schema(
        of(json!({"a": {"type": "string", "readOnly": true}, "b": text}), none.clone()),
        of(json!({"a": text, "b": text}), json!(["a"])),
        &[
            "breaking[field-shown] `S.a` must be sent now, too | sent breaking",
            "additive[field-required] `S.a` is required now | received additive",
        ],
    );
    schema(
        of(json!({"a": {"type": "string", "readOnly": true}, "b": text}), none.clone()),
        of(json!({"b": text}), none),
        &["removed[field-removed] `S.a` was removed (string) | received removed"],
    );
}

#[test]
fn types_and_null() {
    value(
        json!({"type": "string"}),
        json!({"type": "integer"}),
        &[
            "breaking[type-changed] the type of `S.x` changed: string → integer | sent breaking, received breaking",
        ],
    );
    value(
        json!({"type": "integer"}),
        json!({"type": "number"}),
        &[
            "breaking[type-changed] the type of `S.x` changed: integer → number | sent additive, received breaking",
        ],
    );
    value(
        json!({"type": ["string", "integer"]}),
        json!({"type": "string"}),
        &[
            "breaking[type-changed] the type of `S.x` changed: string or integer → string | sent breaking, received additive",
        ],
    );
    value(
        json!({}),
        json!({"type": "string"}),
        &[
            "narrowing[type-changed] the type of `S.x` changed: anything → string | sent narrowing, received additive",
        ],
    );
    value(
        json!({"type": "string"}),
        json!({}),
        &[
            "breaking[type-changed] the type of `S.x` changed: string → anything | sent additive, received breaking",
        ],
    );
    value(
        json!({"type": "string"}),
        json!({"type": ["string", "null"]}),
        &["breaking[null-added] `S.x` may be null now | sent additive, received breaking"],
    );
    value(
        json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        json!({"type": "string"}),
        &["breaking[null-removed] `S.x` can no longer be null | sent breaking, received additive"],
    );
    value(
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "array", "items": {"type": "integer"}}),
        &[
            "breaking[type-changed] the type of `S.x[]` changed: string → integer | sent breaking, received breaking",
        ],
    );
}

#[test]
fn the_same_in_other_words_is_no_change() {
    value(json!({"type": ["string", "null"]}), json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), &[]);
    value(
        json!({"$ref": "#/components/schemas/T"}),
        json!({"allOf": [{"$ref": "#/components/schemas/T"}]}),
        &[],
    );
    value(json!({"const": "a"}), json!({"enum": ["a"]}), &[]);
    value(json!({"type": "integer", "minimum": 5}), json!({"type": "integer", "minimum": 5.0}), &[]);
    value(
        json!({"type": "object", "properties": {"t": {"type": "string"}}}),
        json!({"$ref": "#/components/schemas/T"}),
        &[],
    );
    schema(
        json!({"allOf": [{"$ref": "#/components/schemas/T"}, {"properties": {"u": {"type": "string"}}}]}),
        json!({"type": "object", "properties": {"u": {"type": "string"}, "t": {"type": "string"}}}),
        &[],
    );
    schema(
        json!({"oneOf": [{"$ref": "#/components/schemas/T"}, {"type": "string"}]}),
        json!({"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/T"}]}),
        &[],
    );
}

#[test]
fn values_and_bounds() {
    value(
        json!({"enum": ["a", "b"]}),
        json!({"enum": ["a", "c"]}),
        &[
            "breaking[values-removed] `S.x` lost values (\"b\") | sent breaking, received additive",
            "narrowing[values-added] `S.x` has new values (\"c\") | sent additive, received narrowing",
        ],
    );
    value(
        json!({"type": "string"}),
        json!({"type": "string", "enum": ["a"]}),
        &[
            "narrowing[values-limited] `S.x` must be one of certain values now: any → \"a\" | sent narrowing, received additive",
        ],
    );
    value(
        json!({"type": "string", "maxLength": 9, "pattern": "^a"}),
        json!({"type": "string", "maxLength": 5, "pattern": "^b", "minLength": 1}),
        &[
            "narrowing[bound-tightened] `maxLength` of `S.x` is tighter: 9 → 5 | sent narrowing, received additive",
            "narrowing[bound-tightened] `minLength` of `S.x` is tighter: none → 1 | sent narrowing, received additive",
            "narrowing[bound-changed] `pattern` of `S.x` changed: \"^a\" → \"^b\" | sent narrowing, received narrowing",
        ],
    );
    value(
        json!({"type": "integer", "format": "int32", "minimum": 0}),
        json!({"type": "integer", "format": "int64", "exclusiveMinimum": -1, "default": 3}),
        &[
            "narrowing[bound-loosened] `minimum` of `S.x` is looser: 0 → -1, excluded | sent additive, received narrowing",
            "narrowing[bound-loosened] `format` of `S.x` allows more: \"int32\" → \"int64\" | sent additive, received narrowing",
            "additive[default-changed] the default of `S.x` changed: none → 3 | sent additive, received documentation",
        ],
    );
    value(
        json!({"type": "string", "default": "a"}),
        json!({"type": "string", "default": "b", "deprecated": true}),
        &[
            "narrowing[default-changed] the default of `S.x` changed: \"a\" → \"b\" | sent narrowing, received documentation",
            "deprecated[deprecated] `S.x` is deprecated now | sent deprecated, received deprecated",
        ],
    );
}

#[test]
fn alternatives() {
    let t = || json!({"$ref": "#/components/schemas/T"});
    let u = || json!({"title": "U", "type": "object", "properties": {"u": {"type": "string"}}});
    value(
        json!({"oneOf": [t(), u()]}),
        json!({"oneOf": [t()]}),
        &["removed[branch-removed] `S.x` has one alternative less (object) | sent removed, received removed"],
    );
    value(
        json!({"oneOf": [t(), {"type": "string"}]}),
        json!({"oneOf": [u(), {"type": "string"}, t()]}),
        &[
            "narrowing[branch-added] `S.x` has one alternative more (object) | sent additive, received narrowing",
        ],
    );
    value(
        t(),
        json!({"anyOf": [{"type": "string"}, t()]}),
        &[
            "breaking[branch-added] `S.x` has one alternative more (string) | sent additive, received breaking",
        ],
    );
    value(
        json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"type": "string"}),
        &[
            "breaking[branch-removed] `S.x` has one alternative less (integer) | sent breaking, received additive",
        ],
    );
    value(
        json!({"oneOf": [t(), {"type": "object", "properties": {"k": {"const": "u"}, "u": {"type": "string"}}}]}),
        json!({"oneOf": [{"type": "object", "properties": {"k": {"const": "u"}}}, t()]}),
        &["removed[field-removed] `S.x.u` was removed (string) | sent removed, received removed"],
    );
    schema(
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}},
               "oneOf": [{"properties": {"b": {"type": "integer"}}}, {"title": "other"}]}),
        &[
            "breaking[type-changed] the type of `S.b` changed: string → integer | sent breaking, received breaking",
            "narrowing[branch-added] `S` has one alternative more (object) | sent narrowing, received additive",
            "narrowing[branch-added] `S` has one alternative more (anything) | sent narrowing, received additive",
        ],
    );
}

#[test]
fn fields_without_a_name() {
    let map =
        |extra: Value| json!({"type": "object", "properties": {"a": {}}, "additionalProperties": extra});
    schema(
        map(json!(true)),
        map(json!(false)),
        &[
            "narrowing[object-closed] `S` has no fields any more besides those that are named | sent narrowing, received additive",
        ],
    );
    schema(
        map(json!({"type": "string"})),
        map(json!({"type": "integer"})),
        &[
            "breaking[type-changed] the type of `S.*` changed: string → integer | sent breaking, received breaking",
        ],
    );
    schema(
        map(json!({"type": "string"})),
        map(json!(false)),
        &[
            "removed[object-closed] `S` has no fields any more besides those that are named | sent removed, received removed",
        ],
    );
}

#[test]
fn schemas_are_compared_once_and_told_once() {
    let tree = |rating: Value| {
        let content =
            json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}});
        let paths: serde_json::Map<String, Value> = (0..30)
            .map(|n| {
                (
                    format!("/p{n}"),
                    json!({"get": {"operationId": format!("read{n:02}"), "responses": {"200": content}}}),
                )
            })
            .collect();
        json!({"openapi": "3.1.0", "paths": paths, "components": {"schemas": {
            "Node": {"allOf": [{"$ref": "#/components/schemas/Base"}],
                     "properties": {"left": {"$ref": "#/components/schemas/Node", "description": "l"},
                                    "right": {"$ref": "#/components/schemas/Node"}}},
            "Base": {"type": "object", "properties": {"id": {"type": "string"}, "rating": rating}},
        }}})
    };
    let comparison =
        compare(&connector(&tree(json!({"type": "integer"}))), &connector(&tree(json!({"type": "string"}))));
    let [finding] = comparison.findings.as_slice() else { panic!("{:#?}", comparison.findings) };
    assert_eq!((finding.subject.as_str(), finding.count), ("Base.rating", 30));
    assert_eq!(
        finding.touched(),
        "received by 30 operations: read00, read01, read02, read03, read04 … 25 more"
    );
    let pointer = finding.place_new.as_ref().unwrap().pointer.as_deref();
    assert_eq!(pointer, Some("/components/schemas/Base/properties/rating"));
}

#[test]
fn a_renamed_schema_is_the_same_schema() {
    let swagger = json!({
        "swagger": "2.0",
        "paths": {"/a": {"get": {"responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/a"}}}}}},
        "definitions": {"a": {"type": "object", "properties": {"id": {"type": "string"}, "gone": {"type": "string"}}}},
    });
    let openapi = json!({
        "openapi": "3.0.0",
        "paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}},
        "components": {"schemas": {"A": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    });
    check(&swagger, &openapi, &["removed[field-removed] `a.gone` was removed (string) | received removed"]);
}

#[test]
fn operations() {
    let one = |id: &str| json!({"operationId": id, "responses": {}});
    check(
        &api(json!({"/a": {"get": one("readA"), "delete": one("dropA")}})),
        &api(json!({"/a": {"get": one("fetchA")}, "/b": {"get": one("readB")}})),
        &[
            "removed[operation-removed] `drop_a` was removed (DELETE /a) | sent removed, received removed",
            "breaking[operation-renamed] `read_a` is called `fetch_a` now: read_a → fetch_a | sent breaking, received breaking",
            "additive[operation-added] `read_b` was added (GET /b) | sent additive, received additive",
        ],
    );
    check(
        &api(json!({"/a": {"get": one("readA")}})),
        &api(json!({"/other": {"post": one("readA")}})),
        &[
            "narrowing[operation-moved] `read_a` is called by another method or path: GET /a → POST /other | sent narrowing, received narrowing",
        ],
    );
    check(
        &api(json!({"/v1/a": {"get": one("readA")}, "/v1/a/{id}": {"get": one("readOneA")}})),
        &api(json!({"/v2/a": {"get": one("readA")}, "/v2/a/{id}": {"get": one("readOneA")}})),
        &[
            "narrowing[path-version] the version in the path changed from v1 to v2: v1 → v2 | sent narrowing, received narrowing",
        ],
    );
    check(
        &get(json!({"operationId": "a", "responses": {}})),
        &get(json!({"operationId": "a", "deprecated": true, "responses": {}})),
        &["deprecated[deprecated] `a` is deprecated now | sent deprecated, received deprecated"],
    );
    check(
        &api(json!({"/a": {"get": one("a"), "post": one("b")}})),
        &api(
            json!({"/a": {"get": one("a"), "post": {"operationId": "b", "parameters": [{"$ref": "#/none"}]}}}),
        ),
        &[
            "removed[operation-unusable] `b` was removed: it is still described, but in a way that cannot be used (POST /a) | sent removed, received removed",
        ],
    );
}

#[test]
fn arguments() {
    let with =
        |parameters: Value| get(json!({"operationId": "a", "parameters": parameters, "responses": {}}));
    let query = |name: &str, required: bool| json!({"name": name, "in": "query", "required": required, "schema": {"type": "string"}});
    check(
        &with(json!([
            query("kept", false),
            query("obsolete", false),
            query("asked", false),
            query("free", true)
        ])),
        &with(json!([
            query("kept", false),
            query("asked", true),
            query("free", false),
            query("zone", false)
        ])),
        &[
            "removed[argument-removed] `obsolete` (query) was removed | sent removed",
            "breaking[argument-required] `asked` (query) is required now | sent breaking",
            "additive[argument-added] `zone` (query) was added | sent additive",
            "additive[argument-optional] `free` (query) is no longer required | sent additive",
        ],
    );
    check(
        &with(json!([query("customer_id", false)])),
        &with(json!([query("customerId", false), query("must", true)])),
        &[
            "breaking[argument-required] `must` (query) was added and is required | sent breaking",
            "breaking[argument-renamed] `customer_id` is called `customerId` now: customer_id → customerId | sent breaking",
        ],
    );
    check(
        &with(json!([query("key", false)])),
        &with(json!([{"name": "key", "in": "header", "schema": {"type": "string"}}])),
        &["narrowing[argument-moved] `key` travels elsewhere: query → header | sent narrowing"],
    );
    let list = |explode: bool| json!([{"name": "ids", "in": "query", "explode": explode, "schema": {"type": "array", "items": {"type": "string"}}}]);
    check(
        &with(list(true)),
        &with(list(false)),
        &[
            "narrowing[argument-encoding] `ids` (query) is written in another way: Form, exploded → Form | sent narrowing",
        ],
    );
    check(
        &api(json!({"/a/{id}/b": {"get": {"operationId": "a", "responses": {}}}})),
        &api(json!({"/a/{a_id}/b": {"get": {"operationId": "a", "responses": {}}}})),
        &["breaking[argument-renamed] `id` is called `a_id` now: id → a_id | sent breaking"],
    );
}

#[test]
fn bodies() {
    let with = |body: Value| {
        api(json!({"/a/{id}": {"post": {"operationId": "a", "requestBody": body, "responses": {}}}}))
    };
    let body = |fields: &[&str], required: bool, media: &str| {
        let properties: serde_json::Map<String, Value> =
            fields.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
        json!({"required": required, "content": {media: {"schema": {"type": "object", "properties": properties}}}})
    };
    let (json_type, form) = ("application/json", "application/x-www-form-urlencoded");
    check(
        &with(body(&["x"], false, json_type)),
        &with(body(&["x"], true, form)),
        &[
            "breaking[body-required] a body is required now | sent breaking",
            "narrowing[media-removed] a body as `application/json` is no longer taken | sent narrowing",
            "additive[media-added] a body as `application/x-www-form-urlencoded` is taken, too | sent additive",
        ],
    );
    check(
        &with(Value::Null),
        &with(body(&["x"], true, json_type)),
        &["breaking[body-required] a body was added and is required | sent breaking"],
    );
    check(
        &with(body(&["x"], true, json_type)),
        &with(Value::Null),
        &["removed[body-removed] the body was removed | sent removed"],
    );
    check(
        &with(body(&["x"], true, json_type)),
        &with(body(&["x", "id"], true, json_type)),
        &[
            "breaking[argument-renamed] `id` is called `path_id` now: id → path_id | sent breaking",
            "additive[field-added] `body.id` was added (string) | sent additive",
        ],
    );
}

#[test]
fn answers() {
    let with = |responses: Value| get(json!({"operationId": "a", "responses": responses}));
    let text = json!({"content": {"application/json": {"schema": {"type": "string"}}}});
    let header = |required: bool| json!({"headers": {"X-Left": {"required": required, "schema": {"type": "integer"}}}});
    check(
        &with(json!({"200": text, "404": {}})),
        &with(json!({"201": text, "409": {}})),
        &[
            "narrowing[answer-removed] the answer 404 is no longer described | received narrowing",
            "narrowing[answer-status] success is answered with another status: 200 → 201 | received narrowing",
            "additive[answer-added] the answer 409 is described now | received additive",
        ],
    );
    check(
        &with(json!({"200": text, "202": text})),
        &with(json!({"200": {}})),
        &[
            "removed[answer-removed] the answer 202 is no longer described | received removed",
            "removed[content-removed] the answer 200 has no content any more | received removed",
        ],
    );
    check(
        &with(json!({"200": text, "404": text})),
        &with(json!({"200": text, "default": text})),
        &["additive[answer-added] the answer default is described now | received additive"],
    );
    check(
        &with(json!({"200": header(true)})),
        &with(json!({"200": header(false)})),
        &[
            "breaking[header-optional] the header `X-Left` of the answer 200 may be missing now | received breaking",
        ],
    );
    check(
        &with(json!({"200": header(true)})),
        &with(json!({"200": {}})),
        &["removed[header-removed] the header `X-Left` of the answer 200 was removed | received removed"],
    );
}

#[test]
fn credentials_and_addresses() {
    let tree = |security: Value, token: Value, server: &str| {
        json!({
            "openapi": "3.0.0", "security": security, "servers": [{"url": server}],
            "paths": {"/a": {"get": {"operationId": "a", "responses": {}}}, "/b": {"get": {"operationId": "b", "responses": {}}}},
            "components": {"securitySchemes": {"token": token, "key": {"type": "apiKey", "in": "query", "name": "k"},
                "oauth": {"type": "oauth2", "flows": {}}}},
        })
    };
    let bearer = json!({"type": "http", "scheme": "bearer"});
    let v1 = "https://a.example/v1";
    check(
        &tree(json!([{"token": []}]), bearer.clone(), v1),
        &tree(json!([{"key": []}]), bearer.clone(), v1),
        &[
            "breaking[security-changed] other credentials or scopes are required: token → key | sent breaking, received breaking",
        ],
    );
    check(
        &tree(json!([{"oauth": ["read"]}]), bearer.clone(), v1),
        &tree(json!([{"oauth": ["read", "write"]}]), bearer.clone(), v1),
        &[
            "narrowing[security-changed] other credentials or scopes are required: oauth (read) → oauth (read, write) | sent narrowing, received narrowing",
        ],
    );
    check(
        &tree(json!([{"token": []}]), bearer.clone(), v1),
        &tree(json!([{"token": []}, {"key": []}]), json!({"type": "http", "scheme": "basic"}), v1),
        &[
            "breaking[scheme-changed] the security scheme `token` works in another way: a bearer token → user name and password | sent breaking, received breaking",
            "additive[security-changed] other credentials or scopes are required: token → token or key | sent additive, received additive",
        ],
    );
    check(
        &tree(json!([]), bearer.clone(), v1),
        &tree(json!([]), bearer, "https://a.example/v2"),
        &[
            "narrowing[server-changed] the version in the address changed from v1 to v2: https://a.example/v1 → https://a.example/v2 | sent narrowing, received narrowing",
        ],
    );
}

#[test]
fn events() {
    let tree = |webhooks: Value, field: &str| {
        let event = json!({"post": {"requestBody": {"content": {"application/json": {
            "schema": {"type": "object", "properties": {field: {"type": "string"}}}}}}, "responses": {}}});
        let mut tree = json!({
            "openapi": "3.1.0", "webhooks": webhooks,
            "paths": {"/a": {"post": {"operationId": "a", "responses": {}, "callbacks": {"done": {"{$url}": event}}}}},
        });
        tree["webhooks"]["paid"] = event;
        tree
    };
    check(
        &tree(json!({"gone": {"post": {"responses": {}}}}), "id"),
        &tree(json!({"fresh": {"post": {"responses": {}}}}), "number"),
        &[
            "removed[event-removed] the event `gone` was removed | event removed",
            "removed[field-removed] `event done.id` was removed (string) | event removed",
            "removed[field-removed] `event paid.id` was removed (string) | event removed",
            "additive[event-added] the event `fresh` was added | event additive",
            "additive[field-added] `event done.number` was added (string) | event additive",
            "additive[field-added] `event paid.number` was added (string) | event additive",
        ],
    );
}

#[test]
fn what_touches_a_place_is_known() {
    let tree = |money: &str, required: Value| {
        json!({
            "openapi": "3.1.0",
            "paths": {"/orders/{id}": {"post": {"operationId": "order",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": required,
                    "properties": {"lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}, "key": {"type": "string"}}}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "object",
                    "properties": {"lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}}}}}}}}}},
            "components": {"schemas": {"Line": {"type": "object", "properties": {"price": {"type": money}, "name": {"type": "string"}}}}},
        })
    };
    let comparison =
        compare(&connector(&tree("integer", json!([]))), &connector(&tree("string", json!(["key"]))));
    let touching = |direction: Direction, path: &str| -> Vec<(String, Touch)> {
        let touching = comparison.touching("order", direction, path);
        touching.into_iter().map(|(finding, touch)| (finding.subject.clone(), touch)).collect()
    };
    let (key, price) = ("body.key".to_owned(), "Line.price".to_owned());
    assert_eq!(touching(Direction::Received, "/lines/0/price"), [(price.clone(), Touch::Here)]);
    assert_eq!(touching(Direction::Received, "/lines/*/name"), []);
    assert_eq!(touching(Direction::Received, "/lines"), [(price.clone(), Touch::Below)]);
    assert_eq!(
        touching(Direction::Sent, "/lines/*/price"),
        [(key.clone(), Touch::Above), (price.clone(), Touch::Here)]
    );
    assert_eq!(touching(Direction::Sent, "/id"), [(key.clone(), Touch::Above)]);
    assert_eq!(touching(Direction::Sent, "/key"), [(key.clone(), Touch::Here)]);
    assert_eq!(touching(Direction::Sent, ""), [(key, Touch::Here), (price, Touch::Below)]);
    let finding = comparison.findings.iter().find(|finding| finding.subject == "Line.price").unwrap();
    let touches = |operation, path| comparison.touches(finding, operation, Direction::Received, path);
    assert_eq!(touches("order", "/lines/*/price"), Some(Touch::Here));
    assert_eq!(touches("other", "/lines/*/price"), None);
}

#[test]
fn text_for_people_is_kept_apart() {
    let of = |text: &str| {
        both_ways(
            &json!({"type": "object", "description": text, "properties": {"x": {"type": "string", "example": text}}}),
        )
    };
    let comparison = compare(&connector(&of("one")), &connector(&of("two")));
    let lines: Vec<String> = comparison.findings.iter().map(Finding::line).collect();
    assert_eq!(lines, ["`description` of `S` changed", "`example` of `S.x` changed"]);
    assert!(comparison.findings.iter().all(|finding| finding.class == Class::Documentation));
}

#[test]
fn markdown_is_ready_for_a_pull_request() {
    let one = |id: &str| json!({"operationId": id, "responses": {}});
    let old = api(json!({"/a": {"get": one("readA")}, "/x|<b>": {"get": one("readX")}}));
    let new = api(json!({"/a": {"get": one("readA")}, "/b": {"get": one("readB")}}));
    let comparison = compare(&connector(&old), &connector(&new));
    assert_eq!(
        comparison.markdown(Class::Narrowing),
        "### Changes of the description\n\n| class | findings |\n| --- | --- |\n| removed | 1 |\n| additive | 1 |\n\n\
         #### Removed\n\n- `read_x` was removed (GET /x\\|\\<b\\>) — 1 operation: read\\_x\n"
    );
}

#[test]
fn work_is_bounded() {
    // Circles of lengths without a common divisor: as many pairs as the product of the lengths.
    let ring = |length: usize| {
        let schemas: serde_json::Map<String, Value> = (0..length)
            .map(|n| {
                let next = format!("#/components/schemas/S{}", (n + 1) % length);
                (format!("S{n}"), json!({"type": "object", "properties": {"next": {"$ref": next}}}))
            })
            .collect();
        let content =
            json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}});
        json!({"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {"200": content}}}},
               "components": {"schemas": schemas}})
    };
    let (old, new) = (connector(&ring(97)), connector(&ring(89)));
    assert!(compare(&old, &new).findings.is_empty());
    for limits in [pair::Limits { work: 500, pairs: 1_000_000 }, pair::Limits { work: 1_000_000, pairs: 50 }]
    {
        let comparison = compare_within(&old, &new, limits);
        assert!(!comparison.complete && comparison.is_breaking());
        assert_eq!(comparison.findings.first().unwrap().rule, Rule::Unfinished);
    }
}

/// One operation that receives `S` of these schemas.
fn receiving(schemas: Value) -> Value {
    let content = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}});
    json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": content}}}},
           "components": {"schemas": schemas}})
}

#[test]
fn hostile_descriptions_end() {
    let reference = |name: String| json!({"$ref": format!("#/components/schemas/{name}")});
    let object = |members: Vec<(String, Value)>| Value::Object(members.into_iter().collect());
    // Every schema is composed of all that follow, and holds all of them.
    let tower = |kind: &str| {
        let of = |n: usize| (n + 1..120).map(|m| reference(format!("N{m}"))).collect::<Vec<Value>>();
        let schema = |n: usize| {
            let fields = (n + 1..120).map(|m| (format!("f{m}"), reference(format!("N{m}")))).collect();
            json!({"allOf": of(n), "oneOf": of(n), "properties": object(fields), "maxLength": n, "title": kind})
        };
        let mut schemas: Vec<(String, Value)> = (1..120).map(|n| (format!("N{n}"), schema(n))).collect();
        schemas.push(("S".to_owned(), schema(0)));
        receiving(object(schemas))
    };
    let values = |from: usize| {
        let values: Vec<String> = (from..from + 20_000).map(|n| format!("value {n}")).collect();
        let base = json!({"enum": values, "example": values});
        let fields =
            (0..300).map(|n| (format!("f{n}"), json!({"allOf": [reference("E".into())], "title": n})));
        receiving(json!({"E": base, "S": {"properties": object(fields.collect())}}))
    };
    let long = "n".repeat(20_000);
    let names = |last: &str| {
        let mut schema = json!({"type": last});
        for n in 0..50 {
            schema = json!({"properties": {format!("{long}{n}"): schema, "other": {"type": last}}});
        }
        receiving(json!({"S": schema}))
    };
    for (old, new) in [
        (tower("one"), tower("other")),
        (values(0), values(7)),
        (names("string"), names("integer")),
        (tower("one"), values(0)),
    ] {
        let limits = pair::Limits { work: 400_000, pairs: 20_000 };
        let comparison = compare_within(&connector(&old), &connector(&new), limits);
        assert!(!comparison.findings.is_empty());
        let length = comparison.findings.iter().map(|finding| finding.line().len()).max();
        assert!(length < Some(60_000), "{length:?}");
        // What was not compared to the end says so.
        let says = comparison.findings.iter().any(|finding| finding.rule == Rule::Unfinished);
        assert_eq!(says, !comparison.complete);
    }
}

#[test]
fn every_rule_is_documented() {
    let page = include_str!("../../../../docs/changes.md");
    for rule in Rule::ALL {
        assert!(page.contains(&format!("| `{rule}` |")), "docs/changes.md says nothing of `{rule}`");
    }
    let classes = Class::ALL.iter().all(|class| page.contains(&format!("**{class}**")));
    assert!(classes, "docs/changes.md does not define every class");
}

#[test]
fn dialects_are_told_apart() {
    let documents =
        crate::Documents::single("a", Dialect::OpenApi30, json!({"a": {"$ref": "#/b", "x": 1}, "b": {}}));
    let spot = spot::Spot::at(&documents, &crate::Place::new("/a")).unwrap();
    assert_eq!(spot.resolved().place().pointer, "/b");
}
