//! The import itself: documents → index → every operation compiled once for the report.

use std::collections::{BTreeMap, BTreeSet};

use nave_model::{At, Fault, Problem};
use serde_json::{Value, json};

use super::external::{self, Loaded};
use super::normalise::{self, Anchors};
use super::parameter::SHAPES;
use super::paths::{self, Found};
use super::version::{dialect, is_swagger};
use super::{Import, Input, Refused, Report, compile, patterns, reach, security, server, text, webhook};
use crate::connector::{Connector, Entry, Parts};
use crate::documents::{Dialect, Document, Documents};
use crate::effects;
use crate::manifest::Manifest;
use crate::names::{self, Unnamed};
use crate::source::{self, Source};

/// Reads a description into a connector.
///
/// # Errors
/// The document is not a description, an overlay is wrong, or a budget is used up. What is wrong with
/// single operations is in the report instead.
pub fn import(input: Input<'_>) -> Result<Import, Fault> {
    let Input { name, source, manifest, overlay, resolver } = input;
    let Source { name: file, mut tree, text, mut findings, .. } = source;
    let overlay_unmatched = match &overlay {
        Some(overlay) => crate::overlay::apply(&mut tree, overlay)?,
        None => Vec::new(),
    };
    let dialect = dialect(&file, &tree)?;
    let mut loaded = external::load(Loaded { name: file, text, dialect, tree }, resolver, &mut findings)?;
    let anchors = normalise::normalise(&mut loaded, &mut findings);
    let (mut documents, texts) = documents(loaded, anchors);

    let mut broken = reach::broken(&documents);
    reach::leave_out_fields(&mut documents, &mut broken, &mut findings);
    let found = paths::operations(&documents);
    let needing = reach::needing(&documents, &found, &broken);
    reach::open(&mut documents, &broken, &mut findings);
    patterns::report(&documents, &mut findings);

    paths::report_duplicates(&documents, &found, &mut findings);
    let manifest = manifest.unwrap_or_default();
    let (entries, mut refused) = index(&documents, &manifest, &found, &needing);
    let parts = parts(name, documents, manifest, &mut findings);
    let connector = try_all(Connector::new(parts, entries), &mut refused, &mut findings);

    let problems = refused.iter_mut().map(|refused| &mut refused.problem);
    locate(&texts, problems.chain(&mut findings).collect());
    in_order(&mut findings);
    refused.sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
    let report = Report { operations: found.len(), refused, findings, overlay_unmatched };
    Ok(Import { connector, report })
}

/// The loaded documents, and the one of shapes that descriptions leave out; beside them their texts.
fn documents(loaded: Vec<Loaded>, anchors: Anchors) -> (Documents, Vec<(String, String)>) {
    let mut texts = Vec::with_capacity(loaded.len());
    let mut documents = Vec::with_capacity(loaded.len() + 1);
    for (loaded, anchors) in loaded.into_iter().zip(anchors) {
        let mut document = Document::from_tree(loaded.name.clone(), loaded.dialect, loaded.tree);
        document.anchors = anchors;
        documents.push(document);
        texts.push((loaded.name, loaded.text));
    }
    let shapes = json!({"text": {"type": "string"}});
    documents.push(Document::from_tree(SHAPES, Dialect::Draft2020, shapes));
    (Documents::new(documents), texts)
}

/// The index of operations, named, and those that need a broken reference.
fn index(
    documents: &Documents,
    manifest: &Manifest,
    found: &[Found],
    needing: &BTreeMap<usize, Fault>,
) -> (Vec<Entry>, Vec<Refused>) {
    let id = |found: &Found| documents.get(&found.place)?.get("operationId")?.as_str();
    let unnamed: Vec<Unnamed<'_>> = found
        .iter()
        .map(|found| Unnamed { operation_id: id(found), method: &found.method, path: &found.path })
        .collect();
    let names = names::assign(&unnamed);
    let mut entries = Vec::with_capacity(found.len());
    let mut refused = Vec::new();
    for (position, (found, name)) in found.iter().zip(names).enumerate() {
        if let Some(fault) = needing.get(&position) {
            refused.push(refusal(&found.method, &found.path, fault, || documents.at(&found.place)));
            continue;
        }
        let object = documents.get(&found.place).unwrap_or(&Value::Null);
        let notes = manifest.operations.get(&name);
        let described = || effects::effect(&found.method, id(found), &found.path);
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
    (entries, refused)
}

fn refusal(method: &str, path: &str, fault: &Fault, place: impl FnOnce() -> At) -> Refused {
    let at = fault.at.clone().unwrap_or_else(place);
    let problem = Problem { code: fault.code, at, message: fault.message.clone(), hint: fault.hint.clone() };
    Refused { method: method.to_owned(), path: path.to_owned(), problem }
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
    let webhooks = webhook::webhooks(&documents);
    Parts { name: name.to_owned(), title, version, documents, manifest, schemes, servers, webhooks }
}

/// Compiles every operation once and takes out those that cannot be used.
fn try_all(connector: Connector, refused: &mut Vec<Refused>, findings: &mut Vec<Problem>) -> Connector {
    let mut usable = Vec::with_capacity(connector.entries().len());
    for entry in connector.entries() {
        match compile::compile(&connector, entry, findings) {
            Ok(_) => usable.push(entry.clone()),
            Err(fault) => {
                let place = || connector.documents.at(&entry.place);
                refused.push(refusal(&entry.method, &entry.path, &fault, place));
            }
        }
    }
    let Connector { name, title, version, documents, manifest, schemes, servers, webhooks, .. } = connector;
    let parts = Parts { name, title, version, documents, manifest, schemes, servers, webhooks };
    Connector::new(parts, usable)
}

/// Findings as they stand in the documents, each once: what several operations share is met at each.
fn in_order(findings: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert((finding.at.to_string(), finding.message.clone())));
    findings.sort_by(|a, b| {
        let place = |finding: &Problem| (finding.at.line, finding.at.column);
        a.at.file.cmp(&b.at.file).then_with(|| place(a).cmp(&place(b)))
    });
}

/// Adds line and column to problems, with one walk over each document that has any.
fn locate(texts: &[(String, String)], mut problems: Vec<&mut Problem>) {
    for (name, text) in texts {
        let wanting: Vec<&mut At> = problems
            .iter_mut()
            .map(|problem| &mut problem.at)
            .filter(|at| at.line.is_none() && at.file.as_deref() == Some(name))
            .collect();
        if wanting.is_empty() {
            continue;
        }
        let pointers: Vec<String> = wanting.iter().map(|at| at.pointer.clone().unwrap_or_default()).collect();
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        let places = source::locate_all(text.as_bytes(), &pointers);
        for (at, place) in wanting.into_iter().zip(places) {
            at.line = place.map(|(line, _)| line);
            at.column = place.map(|(_, column)| column);
            at.pointer.get_or_insert_default();
        }
    }
}
