//! Server addresses of a description: `servers` of OpenAPI 3.x, `schemes`, `host` and `basePath` of
//! Swagger 2.0.

use indexmap::IndexMap;
use serde_json::Value;

use super::text;
use crate::documents::{Documents, Place};
use crate::operation::{Server, ServerVariable};

/// The servers of the whole description.
pub(super) fn general(documents: &Documents, swagger: bool) -> Vec<Server> {
    if swagger { swagger_servers(documents) } else { listed(documents, &Place::new("")) }
}

/// The servers listed in an object: the description, a path item or an operation.
pub(super) fn listed(documents: &Documents, owner: &Place) -> Vec<Server> {
    let servers = documents.get(&owner.child("servers")).and_then(Value::as_array);
    servers.into_iter().flatten().filter_map(server).collect()
}

fn server(object: &Value) -> Option<Server> {
    let url = object.get("url")?.as_str()?.trim().to_owned();
    let variables = object.get("variables").and_then(Value::as_object).into_iter().flatten();
    let variables = variables.map(|(name, variable)| (name.clone(), server_variable(variable))).collect();
    Some(Server { url, description: text::member(object, "description"), variables })
}

fn server_variable(object: &Value) -> ServerVariable {
    let written = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let allowed = object.get("enum").and_then(Value::as_array).into_iter().flatten();
    ServerVariable {
        default: object.get("default").and_then(written),
        allowed: allowed.filter_map(written).collect(),
        description: text::member(object, "description"),
    }
}

/// Swagger 2.0: `https` is preferred; without a host the address is relative.
fn swagger_servers(documents: &Documents) -> Vec<Server> {
    let text = |name: &str| documents.get(&Place::new(format!("/{name}"))).and_then(Value::as_str);
    let base = text("basePath").unwrap_or_default().trim_end_matches('/');
    let plain = |url: String| Server { url, description: None, variables: IndexMap::new() };
    let Some(host) = text("host").filter(|host| !host.is_empty()) else {
        return if base.is_empty() { Vec::new() } else { vec![plain(base.to_owned())] };
    };
    let listed = documents.get(&Place::new("/schemes")).and_then(Value::as_array);
    let mut schemes: Vec<&str> =
        listed.into_iter().flatten().filter_map(Value::as_str).filter(|s| s.starts_with("http")).collect();
    if schemes.is_empty() {
        schemes.push("https");
    }
    schemes.sort_by_key(|scheme| *scheme != "https");
    schemes.into_iter().map(|scheme| plain(format!("{scheme}://{host}{base}"))).collect()
}
