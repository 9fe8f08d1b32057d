//! One side of a mapping: an operation of a public description, cut out of its document with everything it
//! refers to, so that a changed copy is a connector again in no time.

use std::collections::BTreeMap;
use std::path::Path;

use nave_connector::connector::{Entry, Parts};
use nave_connector::documents::{Dialect, Document, Documents, Place};
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::source::{self, Format, Source};
use nave_connector::{Connector, Operation};
use serde_json::{Map, Value, json};

/// The documents that are mentioned, each read once.
#[derive(Default)]
pub(super) struct Library {
    trees: BTreeMap<String, Value>,
}

impl Library {
    pub(super) fn side(&mut self, shared: &Path, document: &str, operation: &str) -> Side {
        let tree = self.trees.entry(document.to_owned()).or_insert_with(|| {
            let folders = ["specs", "agents"].map(|folder| shared.join(folder).join(document));
            let path = folders.iter().find(|path| path.exists()).unwrap();
            source::read(document, &std::fs::read(path).unwrap()).unwrap().tree
        });
        let pruned = pruned(tree, operation).unwrap_or_else(|| panic!("{document} has no {operation}"));
        Side::new(document, pruned)
    }
}

/// An operation with its own small document.
pub(super) struct Side {
    name: String,
    /// The document, as an import leaves it.
    pub(super) tree: Value,
    dialect: Dialect,
    anchors: BTreeMap<String, String>,
    /// The shapes an import adds.
    others: Vec<(String, Dialect, Value)>,
    entry: Entry,
}

impl Side {
    fn new(document: &str, tree: Value) -> Side {
        let name = document.split(['.', '-', '_']).next().unwrap().to_owned();
        let source = Source {
            name: document.to_owned(),
            format: Format::Json,
            tree,
            text: String::new(),
            findings: Vec::new(),
        };
        let input = Input { name: &name, source, manifest: None, overlay: None, resolver: &NoResolver };
        let connector = import(input).unwrap().connector;
        let [first, others @ ..] = connector.documents.all() else { panic!("{document} is empty") };
        let other = |one: &Document| (one.name.clone(), one.dialect, one.tree().unwrap().clone());
        let [entry] = connector.entries() else { panic!("{document}: not exactly one operation") };
        Side {
            tree: first.tree().unwrap().clone(),
            dialect: first.dialect,
            anchors: first.anchors.clone(),
            others: others.iter().map(other).collect(),
            entry: entry.clone(),
            name,
        }
    }

    /// What people call the operation.
    pub(super) fn title(&self) -> String {
        format!("{}.{}", self.name, self.entry.name)
    }

    /// The pointer of the operation itself.
    pub(super) fn pointer(&self) -> &str {
        &self.entry.place.pointer
    }

    /// The connector, with this document in place of its own.
    pub(super) fn connector(&self, tree: Value) -> Connector {
        let mut document = Document::from_tree(self.name.clone(), self.dialect, tree);
        document.anchors = self.anchors.clone();
        let other = |(name, dialect, tree): &(String, Dialect, Value)| {
            Document::from_tree(name.clone(), *dialect, tree.clone())
        };
        let documents = std::iter::once(document).chain(self.others.iter().map(other)).collect();
        let parts =
            Parts { name: self.name.clone(), documents: Documents::new(documents), ..Parts::default() };
        Connector::new(parts, vec![self.entry.clone()])
    }
}

/// The only operation of a connector.
pub(super) fn operation(connector: &Connector) -> &Operation {
    connector.operation_at(0).unwrap()
}

/// Where the answer of an operation is described.
pub(super) fn answer(operation: &Operation) -> Place {
    let mut described = operation.responses.iter().flat_map(|response| &response.media);
    described.find_map(|media| media.schema.clone()).unwrap()
}

/// The document with one operation, its good answers, and what these refer to.
fn pruned(tree: &Value, operation: &str) -> Option<Value> {
    let paths = tree.get("paths")?.as_object()?;
    let has_id = |object: &Value| object.get("operationId").and_then(Value::as_str) == Some(operation);
    let (path, item, method) = paths.iter().find_map(|(path, item)| {
        let (method, _) = item.as_object()?.iter().find(|(_, object)| has_id(object))?;
        Some((path, item, method))
    })?;
    let mut object = item.get(method)?.clone();
    if let Some(responses) = object.get_mut("responses").and_then(Value::as_object_mut) {
        responses.retain(|status, _| status.starts_with('2'));
    }
    object.as_object_mut()?.shift_remove("callbacks");
    let mut kept = Map::new();
    for name in ["parameters", "consumes", "produces"] {
        kept.extend(item.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    kept.insert(method.clone(), object);
    let mut small = json!({"paths": {path: kept}});
    let general = ["openapi", "swagger", "info", "consumes", "produces", "jsonSchemaDialect"];
    for name in general {
        if let Some(value) = tree.get(name) {
            small.as_object_mut()?.insert(name.to_owned(), value.clone());
        }
    }
    plain(&mut small);
    let mut wanted = Vec::new();
    references(&small, &mut wanted);
    while let Some(pointer) = wanted.pop() {
        if small.pointer(&pointer).is_some() {
            continue;
        }
        // Some descriptions refer to what is not there; the import says so.
        let Some(mut part) = tree.pointer(&pointer).cloned() else { continue };
        plain(&mut part);
        references(&part, &mut wanted);
        let mut holder = &mut small;
        for token in pointer.trim_start_matches('/').split('/') {
            let token = token.replace("~1", "/").replace("~0", "~");
            let fields = holder.as_object_mut()?;
            holder = fields.entry(token).or_insert_with(|| json!({}));
        }
        *holder = part;
    }
    Some(small)
}

/// Takes out what only people read.
fn plain(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let is_text = matches!(name.as_str(), "description" | "summary") && value.is_string();
                let is_extension = name.starts_with("x-") && name != "x-nullable";
                !is_text && !is_extension
            });
            fields.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

/// The components that are referred to, whole, also by a discriminator.
fn references(value: &Value, wanted: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| references(value, wanted)),
        Value::Array(items) => items.iter().for_each(|value| references(value, wanted)),
        Value::String(text) if text.starts_with("#/") => {
            let depth = if text.starts_with("#/components/") { 4 } else { 3 };
            let tokens: Vec<&str> = text.trim_start_matches('#').split('/').take(depth).collect();
            wanted.push(tokens.join("/").replace("%20", " "));
        }
        _ => {}
    }
}
