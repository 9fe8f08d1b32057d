//! `docs/api.md`, made from the table of endpoints; a test keeps the two equal.

use std::fmt::Write as _;

use serde_json::Value;

use crate::api::describe::{self, EVERYWHERE};
use crate::api::endpoint::Endpoint;
use crate::api::{PREFIX, groups};

const HEAD: &str = "# The hub's API\n\n\
`nave dev` and `nave serve` answer below `/api/v1`, on the loopback interface only.\n\
The command line is a client of this API; whatever it does, your programs can do.\n\
`schema/admin-api.json` is its OpenAPI 3.1 description; the hub gives it at `/api/v1/openapi.json`.\n\
This page is made from the same table as the description and the routes, and a test keeps all of them equal.\n\n\
## Asking\n\n\
The address stands in `.nave/hub.json` of the project's folder while the hub runs, the token in `.nave/token`.\n\n\
```text\n\
curl -H \"Authorization: Bearer $(cat .nave/token)\" http://127.0.0.1:7466/api/v1/runs?state=failed\n\
```\n\n\
- Bodies are JSON with `Content-Type: application/json`; unknown names are refused with the nearest right one.\n\
- Times are milliseconds since 1970, UTC; in queries also RFC 3339.\n\
- Lists come in parts: give `next` of a part as `after` for the one that follows; no `next` means the end.\n\
- Ids with `/` in them (`run/task`, flows) are written with `%2F` in a path.\n\
- `Nave-Person: name` says who asks, for the audit chain, until people sign in.\n\
- `traceparent` (W3C Trace Context) is taken over, carried on and given back.\n\n\
## Failing\n\n\
A failure is `application/problem+json` (RFC 9457) with the fault's `code`, `kind`, `blame`, `retry`, `hint`, `at` and `problems`; each code has a page in `docs/faults/`.\n\
Every endpoint can answer ";

const BESIDE: &str = "## Beside the API\n\n\
| request | what |\n| --- | --- |\n\
| `GET /healthz` | 200 while the process runs; no token |\n\
| `GET /readyz` | 200 when work is taken, else 503 with the reason: starting, draining, or the store fails; no token |\n\
| `GET /metrics` | Prometheus text, with the token; see [metrics](metrics.md) |\n\
| `POST /webhooks/{connection}` | a webhook of a connection's system, verified by its signature; no token |\n\
| `POST /hooks/{path}` | a webhook of a flow with `webhook: path`; its signature, else the token |\n\
| `GET /faults/{code}` | what a fault's code means; no token |\n\n";

/// The page.
pub fn text() -> String {
    let mut page = String::from(HEAD);
    let everywhere: Vec<String> = EVERYWHERE.iter().map(|code| format!("`{}`", code.name)).collect();
    page.push_str(&everywhere.join(", "));
    page.push_str(".\n\n");
    page.push_str(BESIDE);
    page.push_str("## Endpoints\n\n| request | what |\n| --- | --- |\n");
    for endpoint in groups().iter().flat_map(|group| &group.endpoints) {
        line(
            &mut page,
            format_args!("| `{} {PREFIX}{}` | {} |", endpoint.method, endpoint.path, endpoint.summary),
        );
    }
    let description = describe::value();
    for group in groups() {
        line(&mut page, format_args!("\n## {}\n\n{}", capital(group.name), group.about));
        for endpoint in &group.endpoints {
            section(&mut page, endpoint, &description);
        }
    }
    page.push_str("\n## Shapes\n");
    if let Some(schemas) = description.pointer("/components/schemas").and_then(Value::as_object) {
        for (name, schema) in schemas {
            shape(&mut page, name, schema);
        }
    }
    page
}

/// Writing into a text cannot fail.
fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _written = writeln!(page, "{text}");
}

fn section(page: &mut String, endpoint: &Endpoint, description: &Value) {
    let path = format!("{PREFIX}{}", endpoint.path);
    line(page, format_args!("\n### {} {path}\n\n{}", endpoint.method, endpoint.summary));
    if !endpoint.more.is_empty() {
        line(page, format_args!("{}", endpoint.more));
    }
    let method = endpoint.method.as_str().to_ascii_lowercase();
    let Some(operation) = description.get("paths").and_then(|paths| paths.get(&path)?.get(&method)) else {
        return;
    };
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let shown = |parameter: &&Value| parameter.get("in").and_then(Value::as_str) != Some("header");
    let parameters: Vec<&Value> = parameters.into_iter().flatten().filter(shown).collect();
    if !parameters.is_empty() {
        page.push_str("\n| parameter | in | what |\n| --- | --- | --- |\n");
        for parameter in parameters {
            let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
            line(page, format_args!("| `{}` | {} | {} |", text("name"), text("in"), text("description")));
        }
    }
    page.push('\n');
    if let Some(body) = operation.get("requestBody") {
        let kinds = content(body);
        let need = if body.get("required") == Some(&Value::Bool(true)) { "" } else { ", or nothing" };
        line(page, format_args!("- Takes {kinds}{need}."));
    }
    let answer = operation.pointer(&format!("/responses/{}", endpoint.status));
    match endpoint.media {
        Some(_) => {
            let kinds = answer.map(content).unwrap_or_default();
            line(page, format_args!("- Answers {} with {kinds}.", endpoint.status));
        }
        None => line(page, format_args!("- Answers {} without a body.", endpoint.status)),
    }
    if !endpoint.faults.is_empty() {
        let faults: Vec<String> = endpoint.faults.iter().map(|code| format!("`{}`", code.name)).collect();
        line(page, format_args!("- Faults: {}.", faults.join(", ")));
    }
}

/// The media types and shapes of a body.
fn content(body: &Value) -> String {
    let Some(content) = body.get("content").and_then(Value::as_object) else { return String::new() };
    let kinds: Vec<String> = content
        .iter()
        .map(|(media, described)| match described.get("schema").map(kind) {
            Some(kind) if kind != "anything" && media == "application/json" => kind,
            _ => format!("`{media}`"),
        })
        .collect();
    kinds.join(" or ")
}

/// A schema in few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or(name);
        return format!("[{name}](#{})", name.to_lowercase());
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(choice).and_then(Value::as_array) {
            let words: Vec<String> = choices
                .iter()
                .map(|choice| match choice.get("const") {
                    Some(word) => format!("`{}`", word.as_str().unwrap_or_default()),
                    None => kind(choice),
                })
                .filter(|word| word != "null")
                .collect();
            return words.join(" or ");
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) if name == "array" => match schema.get("items") {
            Some(items) => format!("list of {}", kind(items)),
            None => "list".to_owned(),
        },
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.collect::<Vec<&str>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

fn shape(page: &mut String, name: &str, schema: &Value) {
    let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    line(page, format_args!("\n### {name}\n\n{}", one_line(about)));
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        line(page, format_args!("\n{}.", capital(&words(schema))));
        return;
    };
    let required = schema.get("required").and_then(Value::as_array);
    page.push_str("\n| field | type | what |\n| --- | --- | --- |\n");
    for (field, property) in properties {
        let always = required.is_some_and(|names| names.iter().any(|name| name == field));
        let about = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let kind = if always { kind(property) } else { format!("{}, optional", kind(property)) };
        line(page, format_args!("| `{field}` | {kind} | {} |", one_line(about)));
    }
}

/// The words of a choice, each with what it means.
fn words(schema: &Value) -> String {
    let Some(choices) = schema.get("oneOf").and_then(Value::as_array) else { return kind(schema) };
    let words: Vec<String> = choices
        .iter()
        .map(|choice| {
            let word = choice.get("const").and_then(Value::as_str).unwrap_or_default();
            let about = choice.get("description").and_then(Value::as_str).unwrap_or_default();
            format!("`{word}` ({})", one_line(about).trim_end_matches('.'))
        })
        .collect();
    format!("one of {}", words.join(", "))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
