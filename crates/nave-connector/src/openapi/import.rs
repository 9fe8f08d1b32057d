//! The import itself: documents → index → every operation compiled once for the report.

use nave_model::{At, Fault, Problem};
use serde_json::{Value, json};

use super::parameter::SHAPES;
use super::version::{dialect, is_swagger};
use super::{Import, Input, Refused, Report, compile, paths, security, server, text, webhook};
use crate::connector::{Connector, Entry, Parts};
use crate::documents::{Dialect, Document, Documents};
use crate::manifest::Manifest;
use crate::names::{self, Unnamed};
use crate::{effects, source};

/// Reads a description into a connector.
///
/// # Errors
/// The document is not a description, or an overlay is wrong. What is wrong with single operations
/// is in the report instead.
pub fn import(input: Input<'_>) -> Result<Import, Fault> {
    let Input { name, source, manifest, overlay: _, resolver: _ } = input;
    let mut findings = source.findings;
    let dialect = dialect(&source.name, &source.tree)?;
    let shapes = Document::from_tree(SHAPES, Dialect::Draft2020, json!({"text": {"type": "string"}}));
    let main = Document::from_tree(source.name.clone(), dialect, source.tree);
    let documents = Documents::new(vec![main, shapes]);
    let manifest = manifest.unwrap_or_default();

    let entries = index(&documents, &manifest, &mut findings);
    let operations = entries.len();
    let parts = parts(name, documents, manifest, &mut findings);
    let connector = Connector::new(parts, entries);
    let (connector, mut refused) = try_all(connector, &mut findings);

    locate(&source.name, &source.text, refused.iter_mut().map(|refused| &mut refused.problem));
    locate(&source.name, &source.text, findings.iter_mut());
    let report = Report { operations, refused, findings, overlay_unmatched: Vec::new() };
    Ok(Import { connector, report })
}

/// The index of operations, named.
fn index(documents: &Documents, manifest: &Manifest, findings: &mut Vec<Problem>) -> Vec<Entry> {
    let found = paths::operations(documents, findings);
    let ids: Vec<Option<&str>> =
        found.iter().map(|found| documents.get(&found.place)?.get("operationId")?.as_str()).collect();
    let unnamed: Vec<Unnamed<'_>> = found
        .iter()
        .zip(&ids)
        .map(|(found, id)| Unnamed { operation_id: *id, method: &found.method, path: &found.path })
        .collect();
    let names = names::assign(&unnamed);
    let mut entries = Vec::with_capacity(found.len());
    for ((found, id), name) in found.iter().zip(&ids).zip(names) {
        let object = documents.get(&found.place).unwrap_or(&Value::Null);
        let notes = manifest.operations.get(&name);
        let described = || effects::effect(&found.method, *id, &found.path);
        entries.push(Entry {
            method: found.method.clone(),
            path: found.path.clone(),
            summary: notes.and_then(|notes| notes.summary.clone()).or_else(|| text::summary(object)),
            tags: tags(object),
            effect: notes.and_then(|notes| notes.effect).unwrap_or_else(described),
            deprecated: object.get("deprecated").and_then(Value::as_bool).unwrap_or(false),
            curated: notes.is_some(),
            place: found.place.clone(),
            name,
        });
    }
    entries
}

fn tags(object: &Value) -> Vec<String> {
    let tags = object.get("tags").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Everything of a connector besides its operations.
fn parts(name: &str, documents: Documents, manifest: Manifest, findings: &mut Vec<Problem>) -> Parts {
    let tree = documents.document(0).and_then(|document| document.tree()).unwrap_or(&Value::Null);
    let info = |key: &str| tree.get("info").and_then(|info| text::member(info, key));
    let title = match manifest.title.as_str() {
        "" => info("title").unwrap_or_else(|| name.to_owned()),
        title => title.to_owned(),
    };
    let version = info("version").unwrap_or_default();
    let schemes = security::schemes(&documents, findings);
    let servers = server::general(&documents, is_swagger(&documents));
    let webhooks = webhook::webhooks(&documents, findings);
    Parts { name: name.to_owned(), title, version, documents, manifest, schemes, servers, webhooks }
}

/// Compiles every operation once and takes out those that cannot be used.
fn try_all(connector: Connector, findings: &mut Vec<Problem>) -> (Connector, Vec<Refused>) {
    let mut usable = Vec::with_capacity(connector.entries().len());
    let mut refused = Vec::new();
    for entry in connector.entries() {
        match compile::compile(&connector, entry, findings) {
            Ok(_) => usable.push(entry.clone()),
            Err(fault) => {
                let at = fault.at.clone().unwrap_or_else(|| connector.documents.at(&entry.place));
                let problem = Problem {
                    code: fault.code,
                    at,
                    message: fault.message.clone(),
                    hint: fault.hint.clone(),
                };
                refused.push(Refused { method: entry.method.clone(), path: entry.path.clone(), problem });
            }
        }
    }
    let Connector { name, title, version, documents, manifest, schemes, servers, webhooks, .. } = connector;
    let parts = Parts { name, title, version, documents, manifest, schemes, servers, webhooks };
    (Connector::new(parts, usable), refused)
}

/// Adds line and column to problems in one document.
fn locate<'a>(name: &str, text: &str, problems: impl Iterator<Item = &'a mut Problem>) {
    let wanting = |at: &At| at.file.as_deref() == Some(name) && at.line.is_none();
    let problems: Vec<&mut Problem> = problems.filter(|problem| wanting(&problem.at)).collect();
    if problems.is_empty() {
        return;
    }
    let pointers: Vec<String> =
        problems.iter().map(|problem| problem.at.pointer.clone().unwrap_or_default()).collect();
    let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
    let places = source::locate_all(text.as_bytes(), &pointers);
    for (problem, place) in problems.into_iter().zip(places) {
        problem.at.line = place.map(|(line, _)| line);
        problem.at.column = place.map(|(_, column)| column);
        if problem.at.pointer.is_none() {
            problem.at.pointer = Some(String::new());
        }
    }
}
