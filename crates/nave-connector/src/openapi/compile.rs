//! One operation object → an [`Operation`].

use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use serde_json::Value;

use super::version::is_swagger;
use super::{body, notes, parameter, paths, response, security, server, text};
use crate::Connector;
use crate::connector::Entry;
use crate::documents::{Documents, Place};
use crate::operation::{Operation, Server};
use crate::{arguments, effects};

/// Compiles one operation; what was odd but usable is added to the findings.
///
/// # Errors
/// As [`super::compile()`].
pub(super) fn compile(
    connector: &Connector,
    entry: &Entry,
    findings: &mut Vec<Problem>,
) -> Result<Operation, Fault> {
    let documents = &connector.documents;
    let object = documents.get(&entry.place).filter(|object| object.is_object()).ok_or_else(|| {
        let message = format!("`{} {}` is not described by an object", entry.method, entry.path);
        Fault::new(codes::OPERATION_UNUSABLE, message).with_at(documents.at(&entry.place))
    })?;
    let swagger = is_swagger(documents);
    let items = path_items(documents, &entry.path);
    let lists: Vec<Place> =
        items.iter().rev().chain([&entry.place]).map(|owner| owner.child("parameters")).collect();
    let gathered = parameter::gather(documents, &lists, swagger, findings)?;
    let mut parameters = gathered.parameters;
    parameter::fit_template(documents, &entry.path, &entry.place, &mut parameters, findings);
    let noted = connector.manifest.operations.get(&entry.name);
    let wanted = noted.and_then(|notes| notes.media.as_deref());
    let body = if swagger {
        body::read_swagger(documents, &entry.place, gathered.body.as_ref(), wanted)?
    } else {
        body::read(documents, &entry.place, wanted, findings)?
    };
    let arguments = arguments::layout(documents, &mut parameters, body.as_ref());
    let idempotency =
        effects::idempotency(&connector.manifest, &entry.name, &entry.method, entry.effect, &parameters);
    let mut operation = Operation {
        name: entry.name.clone(),
        method: entry.method.clone(),
        path: entry.path.clone(),
        summary: entry.summary.clone(),
        description: text::member(object, "description"),
        tags: entry.tags.clone(),
        deprecated: entry.deprecated,
        effect: entry.effect,
        idempotency,
        parameters,
        body,
        arguments,
        responses: response::read(documents, &entry.place, swagger, findings),
        security: security::requirements(documents, &entry.place, &connector.schemes, findings),
        servers: servers(connector, &items, &entry.place),
        paging: None,
        cache_seconds: None,
        callbacks: callbacks(object),
        place: entry.place.clone(),
    };
    notes::apply(documents, &connector.manifest, &connector.schemes, &mut operation);
    Ok(operation)
}

/// The path item of a path and those behind its references, nearest first.
fn path_items(documents: &Documents, path: &str) -> Vec<Place> {
    let place = Place::new(nave_model::place::child("/paths", path));
    paths::items(documents, &place).into_iter().map(|(place, _)| place).collect()
}

/// The nearest servers: the operation's own, else those of its path item, else the description's.
fn servers(connector: &Connector, items: &[Place], operation: &Place) -> Vec<Server> {
    [operation]
        .into_iter()
        .chain(items)
        .map(|owner| server::listed(&connector.documents, owner))
        .find(|servers| !servers.is_empty())
        .unwrap_or_else(|| connector.servers.clone())
}

fn callbacks(object: &Value) -> Vec<String> {
    let callbacks = object.get("callbacks").and_then(Value::as_object).into_iter().flatten();
    callbacks.map(|(name, _)| name.clone()).filter(|name| !name.starts_with("x-")).collect()
}
