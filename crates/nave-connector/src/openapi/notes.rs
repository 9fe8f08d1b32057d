//! What the manifest says about an operation, applied to it: scopes, paging, cache time.

use nave_model::Effect;

use crate::connector::Scheme;
use crate::documents::Documents;
use crate::manifest::{Manifest, OperationNotes, Paging};
use crate::operation::{Codec, Operation, Requirement, Status};
use crate::schema::Schema;
use crate::schema::fields::fields;
use indexmap::IndexMap;

/// Applies the manifest to a compiled operation.
pub(super) fn apply(
    documents: &Documents,
    manifest: &Manifest,
    schemes: &IndexMap<String, Scheme>,
    operation: &mut Operation,
) {
    let notes = manifest.operations.get(&operation.name);
    operation.cache_seconds = notes.and_then(|notes| notes.cache_seconds);
    operation.paging = paging(documents, manifest, notes, operation);
    if let Some(notes) = notes.filter(|notes| !notes.scopes.is_empty()) {
        for requirement in &mut operation.security {
            add_scopes(schemes, requirement, &notes.scopes);
        }
    }
}

/// Scopes count for the schemes that have them.
fn add_scopes(schemes: &IndexMap<String, Scheme>, requirement: &mut Requirement, scopes: &[String]) {
    for (name, required) in requirement.iter_mut() {
        let scoped = matches!(
            schemes.get(name),
            Some(Scheme::OAuth2 { .. } | Scheme::OpenIdConnect { .. } | Scheme::Bearer)
        );
        if scoped {
            required
                .extend(scopes.iter().filter(|scope| !required.contains(scope)).cloned().collect::<Vec<_>>());
        }
    }
}

/// The operation's own paging, else the connector's where the operation has what it needs.
fn paging(
    documents: &Documents,
    manifest: &Manifest,
    notes: Option<&OperationNotes>,
    operation: &Operation,
) -> Option<Paging> {
    if notes.and_then(|notes| notes.paged) == Some(false) {
        return None;
    }
    if let Some(own) = notes.and_then(|notes| notes.paging.clone()) {
        return Some(own);
    }
    let general = manifest.paging.as_ref()?;
    let listed = answers_list(documents, operation, general.items());
    let fits = match general.argument() {
        Some(argument) => operation.has_argument(argument) && listed != Some(false),
        None => listed == Some(true),
    };
    (operation.effect == Effect::Read && fits).then(|| general.clone())
}

/// Whether the described success holds a list at the pointer; `None` where the description is silent.
fn answers_list(documents: &Documents, operation: &Operation, pointer: &str) -> Option<bool> {
    let success = operation.responses.iter().find(|response| {
        matches!(response.status, Status::Exact(200..=299) | Status::Class(2) | Status::Default)
    })?;
    let media = success.media.iter().find(|media| media.codec == Codec::Json)?;
    let mut schema = Schema::at(documents, media.schema.as_ref()?).ok()?;
    for token in pointer.split('/').skip(1) {
        let found = fields(schema);
        match found.declared.get(token) {
            Some(field) => schema = *field,
            None if found.declared.is_empty() => return None,
            None => return Some(false),
        }
    }
    is_list(schema, 0)
}

fn is_list(schema: Schema<'_>, depth: usize) -> Option<bool> {
    let schema = schema.resolve().ok()?;
    let says = |kind: &serde_json::Value| match kind {
        serde_json::Value::String(kind) => kind == "array",
        serde_json::Value::Array(kinds) => kinds.iter().any(|kind| kind == "array"),
        _ => false,
    };
    if let Some(kind) = schema.keyword("type") {
        return Some(says(kind));
    }
    if schema.keyword("items").is_some() {
        return Some(true);
    }
    if schema.keyword("properties").is_some() {
        return Some(false);
    }
    let branches = ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema.keyword(key)?.as_array());
    branches
        .flatten()
        .filter(|_| depth < 8)
        .filter_map(|branch| is_list(schema.with(branch), depth + 1))
        .reduce(|a, b| a || b)
}
