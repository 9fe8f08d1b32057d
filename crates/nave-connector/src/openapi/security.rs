//! Security schemes of a description, and what each operation requires of them.

use indexmap::IndexMap;
use nave_model::Problem;
use nave_model::fault::codes;
use serde_json::Value;

use crate::connector::{KeyLocation, Scheme};
use crate::documents::{Documents, Place};
use crate::operation::Requirement;

/// The security schemes of the description, by name.
pub(super) fn schemes(documents: &Documents, findings: &mut Vec<Problem>) -> IndexMap<String, Scheme> {
    let mut schemes = IndexMap::new();
    for container in ["/components/securitySchemes", "/securityDefinitions"] {
        let place = Place::new(container);
        let names = documents.get(&place).and_then(Value::as_object).into_iter().flatten();
        for name in names.map(|(name, _)| name) {
            let place = place.child(name);
            match documents.follow(&place) {
                Ok((_, object)) => {
                    schemes.insert(name.clone(), scheme(object));
                }
                Err(fault) => {
                    findings.push(Problem::new(fault.code, documents.at(&place), fault.message.clone()));
                }
            }
        }
    }
    schemes
}

fn scheme(object: &Value) -> Scheme {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "apiKey" => api_key(text("in"), text("name")),
        "basic" => Scheme::Basic,
        "http" => match text("scheme").to_ascii_lowercase().as_str() {
            "basic" => Scheme::Basic,
            "bearer" => Scheme::Bearer,
            other => Scheme::Other { name: other.to_owned() },
        },
        "oauth2" => oauth2(object),
        "openIdConnect" => Scheme::OpenIdConnect { url: text("openIdConnectUrl").to_owned() },
        "mutualTLS" => Scheme::MutualTls,
        other => Scheme::Other { name: other.to_owned() },
    }
}

fn api_key(location: &str, name: &str) -> Scheme {
    let location = match location {
        "query" => KeyLocation::Query,
        "cookie" => KeyLocation::Cookie,
        _ => KeyLocation::Header,
    };
    let name = if name.is_empty() { "Authorization" } else { name };
    Scheme::ApiKey { location, name: name.to_owned() }
}

/// OAuth 2.0 of OpenAPI 3.x (`flows`) and of Swagger 2.0 (one flow, in the scheme itself).
fn oauth2(object: &Value) -> Scheme {
    let mut scopes = IndexMap::new();
    let mut flows = IndexMap::new();
    match object.get("flows").and_then(Value::as_object) {
        Some(described) => {
            for (grant, flow) in described {
                flows.insert(grant.clone(), flow_addresses(flow));
                add_scopes(&mut scopes, flow);
            }
        }
        None => {
            let grant = match object.get("flow").and_then(Value::as_str).unwrap_or_default() {
                "application" => "clientCredentials",
                "accessCode" => "authorizationCode",
                other => other,
            };
            if !grant.is_empty() {
                flows.insert(grant.to_owned(), flow_addresses(object));
            }
            add_scopes(&mut scopes, object);
        }
    }
    Scheme::OAuth2 { scopes, flows }
}

fn add_scopes(scopes: &mut IndexMap<String, String>, flow: &Value) {
    for (scope, text) in flow.get("scopes").and_then(Value::as_object).into_iter().flatten() {
        scopes.insert(scope.clone(), text.as_str().unwrap_or_default().to_owned());
    }
}

fn flow_addresses(flow: &Value) -> IndexMap<String, String> {
    ["authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl"]
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), flow.get(*key)?.as_str()?.to_owned())))
        .collect()
}

/// What an operation requires: its own `security`, else the description's. Alternatives that name a
/// scheme the description does not have are left out.
pub(super) fn requirements(
    documents: &Documents,
    operation: &Place,
    schemes: &IndexMap<String, Scheme>,
    findings: &mut Vec<Problem>,
) -> Vec<Requirement> {
    let own = operation.child("security");
    let place = if documents.get(&own).is_some() { own } else { Place::new("/security") };
    let mut requirements = Vec::new();
    for alternative in documents.get(&place).and_then(Value::as_array).into_iter().flatten() {
        let requirement: Requirement = alternative
            .as_object()
            .into_iter()
            .flatten()
            .map(|(scheme, scopes)| (scheme.clone(), list(scopes)))
            .collect();
        match requirement.keys().find(|scheme| !schemes.contains_key(*scheme)) {
            None => requirements.push(requirement),
            Some(unknown) => {
                let message = format!("`{unknown}` is not among the security schemes and is left out");
                findings.push(Problem::new(codes::REFERENCE_BROKEN, documents.at(&place), message));
            }
        }
    }
    requirements
}

fn list(scopes: &Value) -> Vec<String> {
    scopes.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
