//! The OpenAPI 3.1 description of the API, made from the table of endpoints. `schema/admin-api.json` is
//! this text; a test keeps the two equal.

use http::Method;
use nave_model::Code;
use nave_model::fault::codes;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::api::endpoint::Endpoint;
use crate::api::{PREFIX, groups};
use crate::problem;

/// Faults that every endpoint can answer.
pub(crate) const EVERYWHERE: &[Code] = &[
    codes::TOKEN_REJECTED,
    codes::HOST_REFUSED,
    codes::ARGUMENT_UNKNOWN,
    codes::ARGUMENT_VALUE,
    codes::ARGUMENT_LIMIT,
    codes::STORE_FAILED,
    codes::INTERNAL,
];

/// What a path's parameter is.
pub(crate) const PARAMETERS: &[(&str, &str)] = &[
    ("event", "The id of an event."),
    ("dead", "The id of a dead letter."),
    ("run", "The id of a run."),
    ("approval", "The id of a question, `run/approval`, with its `/` as `%2F`."),
    ("call", "The id of a call, `run/task`, with its `/` as `%2F`."),
    ("connection", "The name of a connection."),
    ("flow", "The name of a flow, with its `/` as `%2F`."),
    ("sha256", "The SHA-256 of a body, in hex."),
    ("endpoint", "The name of an endpoint."),
    ("batch", "The id of a batch."),
];

/// The description as text, as it is committed and served.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&value()).unwrap_or_default();
    text.push('\n');
    text
}

/// The description.
pub fn value() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for group in groups() {
        for endpoint in &group.endpoints {
            let path = paths.entry(format!("{PREFIX}{}", endpoint.path)).or_insert_with(|| json!({}));
            if let Value::Object(path) = path {
                let method = endpoint.method.as_str().to_ascii_lowercase();
                path.insert(method, operation(group.name, endpoint, &mut generator));
            }
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem-Details".to_owned(), problem_schema());
    schemas.sort_keys();
    let shared: Map<String, Value> =
        refusals(EVERYWHERE).into_iter().map(|(status, response)| (shared_name(&status), response)).collect();
    let tags: Vec<Value> =
        groups().iter().map(|group| json!({ "name": group.name, "description": group.about })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Nave",
            "version": "v1",
            "summary": "The API of a hub.",
            "description": "Served on loopback only. Every request carries the token that the hub made when it \
                            first started. Failures are problem details (RFC 9457) with a fault's code, which has \
                            a page in docs/faults.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:7466" }],
        "security": [{ "token": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "What `.nave/token` holds." }
            },
            "responses": shared,
            "schemas": schemas,
        },
    })
}

fn operation(tag: &str, endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), endpoint.name.into());
    operation.insert("tags".to_owned(), json!([tag]));
    operation.insert("summary".to_owned(), endpoint.summary.into());
    if !endpoint.more.is_empty() {
        operation.insert("description".to_owned(), endpoint.more.into());
    }
    let mut parameters: Vec<Value> = endpoint.parameters().map(path_parameter).collect();
    parameters.extend(query_parameters(endpoint, generator));
    if endpoint.method != Method::GET {
        parameters.push(json!({
            "name": "Nave-Person", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "Who asks, for the record, until people sign in: letters, digits, `.`, `-`, `_`, `@`. \
                            Default: `admin`.",
        }));
    }
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = &endpoint.body {
        let schema = (body.shape)(generator);
        let content: Map<String, Value> =
            body.media.iter().map(|media| ((*media).to_owned(), json!({ "schema": schema }))).collect();
        operation.insert("requestBody".to_owned(), json!({ "required": body.required, "content": content }));
    }
    operation.insert("responses".to_owned(), responses(endpoint, generator));
    Value::Object(operation)
}

fn path_parameter(name: &str) -> Value {
    let about = PARAMETERS.iter().find(|(known, _)| *known == name).map_or("", |(_, about)| about);
    json!({
        "name": name, "in": "path", "required": true, "description": about, "schema": { "type": "string" },
    })
}

/// The properties of a query's type, each a parameter.
pub(crate) fn query_parameters(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Vec<Value> {
    let Some(shape) = endpoint.query else { return Vec::new() };
    let schema = shape(generator).to_value();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties
        .iter()
        .map(|(name, property)| {
            let mut schema = plain(property);
            let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            json!({
                "name": name, "in": "query", "required": false, "description": about.unwrap_or_default(),
                "schema": schema,
            })
        })
        .collect()
}

/// A property that may be left out is no property that may be null: a query has no null.
fn plain(property: &Value) -> Value {
    let mut property = property.clone();
    let Value::Object(members) = &mut property else { return property };
    members.remove("default");
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = members.remove("anyOf") {
        let about = members.get("description").cloned();
        let mut left = choices.into_iter().filter(|choice| choice.get("type") != Some(&json!("null")));
        if let Some(Value::Object(mut only)) = left.next() {
            if let Some(about) = about {
                only.insert("description".to_owned(), about);
            }
            return Value::Object(only);
        }
    }
    property
}

fn responses(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let mut answered = json!({ "description": "Done." });
    if let (Some(media), Value::Object(answered)) = (endpoint.media, &mut answered) {
        let content = match endpoint.answer {
            Some(shape) => json!({ media: { "schema": shape(generator) } }),
            None => json!({ media: {} }),
        };
        answered.insert("content".to_owned(), content);
    }
    responses.insert(endpoint.status.to_string(), answered);
    let shared = refusals(EVERYWHERE);
    for (status, own) in refusals(&endpoint.faults.iter().chain(EVERYWHERE).copied().collect::<Vec<Code>>()) {
        let response = match shared.get(&status) {
            Some(everywhere) if *everywhere == own => {
                json!({ "$ref": format!("#/components/responses/{}", shared_name(&status)) })
            }
            _ => own,
        };
        responses.entry(status).or_insert(response);
    }
    Value::Object(responses)
}

/// What a refusal of every endpoint is called.
fn shared_name(status: &str) -> String {
    format!("Refused-{status}")
}

/// The responses of faults, by status.
fn refusals(codes: &[Code]) -> Map<String, Value> {
    let mut responses = Map::new();
    for code in codes {
        let status = problem::status(&nave_model::Fault::new(*code, "")).as_u16().to_string();
        let line = format!("`{}`: {}", code.name, code.title);
        match responses.get_mut(&status).and_then(|known| known.get_mut("description")) {
            Some(Value::String(known)) => {
                if !known.contains(code.name) {
                    known.push_str(&format!(" {line}"));
                }
            }
            _ => {
                let content = json!({
                    problem::MEDIA: { "schema": { "$ref": "#/components/schemas/Problem-Details" } }
                });
                responses.insert(status, json!({ "description": line, "content": content }));
            }
        }
    }
    responses
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "A failure (RFC 9457) with the members of a fault.",
        "required": ["type", "title", "status", "detail", "code", "kind", "blame", "retry"],
        "properties": {
            "type": { "type": "string", "description": "`/faults/CODE`, which the hub answers." },
            "title": { "type": "string", "description": "What the code means." },
            "status": { "type": "integer", "description": "The status of this answer." },
            "detail": { "type": "string", "description": "What happened." },
            "code": { "type": "string", "description": "The fault's code." },
            "kind": { "type": "string", "description": "The sort of the fault." },
            "blame": { "type": "string", "enum": ["caller", "connector", "system", "hub"],
                "description": "Who can mend it." },
            "retry": { "type": "string", "enum": ["never", "after", "if-idempotent"],
                "description": "Whether trying again can help." },
            "hint": { "type": "string", "description": "The nearest right thing." },
            "at": { "type": "object", "description": "Where: file, line, column, JSON pointer." },
            "problems": { "type": "array", "items": { "type": "object" },
                "description": "Every single problem, where a check found several." },
            "retry_after_ms": { "type": "integer", "description": "Milliseconds to wait before trying again." },
            "system_status": { "type": "integer", "description": "HTTP status of the system's answer." },
        },
    })
}
