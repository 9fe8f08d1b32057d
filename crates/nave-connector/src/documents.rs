//! The documents of one connector, and `$ref`s between them. References are resolved when they are
//! walked, never inlined. A document from the cache is held as text and parsed part by part on use.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use nave_model::fault::codes;
use nave_model::{At, Fault};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::documents::parts::Parts;

pub mod parts;

/// Where a value stands: a document of the connector and a JSON pointer in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Index of the document; 0 is the description itself.
    pub document: usize,
    /// JSON pointer, RFC 6901; empty for the whole document.
    pub pointer: String,
}

impl Place {
    /// A place in the description itself.
    pub fn new(pointer: impl Into<String>) -> Self {
        Place { document: 0, pointer: pointer.into() }
    }

    /// The place one token further down.
    #[must_use]
    pub fn child(&self, token: &str) -> Self {
        Place { document: self.document, pointer: nave_model::place::child(&self.pointer, token) }
    }
}

/// The schema language a document's schemas are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Swagger 2.0 schema object: a subset of draft 4.
    Swagger2,
    /// OpenAPI 3.0 schema object: an extended subset of draft 5, with `nullable`.
    OpenApi30,
    /// JSON Schema draft 4.
    Draft4,
    /// JSON Schema draft 6.
    Draft6,
    /// JSON Schema draft 7.
    Draft7,
    /// JSON Schema 2019-09.
    Draft2019,
    /// JSON Schema 2020-12, and OpenAPI 3.1 and 3.2.
    Draft2020,
}

impl Dialect {
    /// Whether keywords beside a `$ref` count (2019-09 and later) or are ignored (before).
    pub fn keeps_reference_siblings(self) -> bool {
        matches!(self, Dialect::Draft2019 | Dialect::Draft2020)
    }

    /// The dialect a `$schema` value names, or `None` where it is not a known one.
    pub fn from_schema_uri(uri: &str) -> Option<Self> {
        let uri = uri.trim_end_matches('#').trim_start_matches("http://").trim_start_matches("https://");
        match uri {
            "json-schema.org/draft-04/schema" => Some(Dialect::Draft4),
            "json-schema.org/draft-06/schema" => Some(Dialect::Draft6),
            "json-schema.org/draft-07/schema" => Some(Dialect::Draft7),
            "json-schema.org/draft/2019-09/schema" => Some(Dialect::Draft2019),
            "json-schema.org/draft/2020-12/schema" => Some(Dialect::Draft2020),
            other if other.starts_with("spec.openapis.org/oas/3.") => Some(Dialect::Draft2020),
            _ => None,
        }
    }
}

/// One document: a tree, or text that becomes one part by part.
#[derive(Debug)]
pub struct Document {
    /// File name or URI as it is referred to.
    pub name: String,
    /// Dialect of its schemas.
    pub dialect: Dialect,
    /// Named anchors (`$anchor`, `$id` fragments) to their pointers.
    pub anchors: BTreeMap<String, String>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Tree(Value),
    Parts(Parts),
}

impl Document {
    /// A document that is held as a tree.
    pub fn from_tree(name: impl Into<String>, dialect: Dialect, tree: Value) -> Self {
        Document { name: name.into(), dialect, anchors: BTreeMap::new(), content: Content::Tree(tree) }
    }

    /// A document that is parsed part by part on use.
    pub fn from_parts(name: impl Into<String>, dialect: Dialect, parts: Parts) -> Self {
        Document { name: name.into(), dialect, anchors: BTreeMap::new(), content: Content::Parts(parts) }
    }

    /// The value at a JSON pointer. In a document held as parts, a pointer to a whole container of
    /// parts (for example `/paths`) finds nothing.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        match &self.content {
            Content::Tree(tree) => walk(tree, pointer),
            Content::Parts(parts) => parts.get(pointer),
        }
    }

    /// The parts, where the document is held as parts.
    pub(crate) fn parts(&self) -> Option<&Parts> {
        match &self.content {
            Content::Tree(_) => None,
            Content::Parts(parts) => Some(parts),
        }
    }

    /// The whole tree, to be changed, where the document is held as one.
    pub(crate) fn tree_mut(&mut self) -> Option<&mut Value> {
        match &mut self.content {
            Content::Tree(tree) => Some(tree),
            Content::Parts(_) => None,
        }
    }

    /// The whole tree, where the document is held as one.
    pub fn tree(&self) -> Option<&Value> {
        match &self.content {
            Content::Tree(tree) => Some(tree),
            Content::Parts(_) => None,
        }
    }
}

/// Walks a JSON pointer without allocating for tokens that need no unescaping.
pub(crate) fn walk<'a>(mut value: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.is_empty() {
        return Some(value);
    }
    for token in pointer.strip_prefix('/')?.split('/') {
        value = match value {
            Value::Object(map) if token.contains('~') => map.get(&unescape(token))?,
            Value::Object(map) => map.get(token)?,
            Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
    }
    Some(value)
}

pub(crate) fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The longest chain of references that leads to a reference that is followed.
const LONGEST_CHAIN: usize = 64;

/// All documents of one connector.
#[derive(Debug, Default)]
pub struct Documents {
    documents: Vec<Document>,
    /// Positions of reference targets already looked up: reference text → place.
    by_name: OnceLock<BTreeMap<String, usize>>,
}

impl Documents {
    /// The documents; the first is the description itself.
    pub fn new(documents: Vec<Document>) -> Self {
        Documents { documents, by_name: OnceLock::new() }
    }

    /// A single document held as a tree.
    pub fn single(name: impl Into<String>, dialect: Dialect, tree: Value) -> Self {
        Documents::new(vec![Document::from_tree(name, dialect, tree)])
    }

    /// The documents in order.
    pub fn all(&self) -> &[Document] {
        &self.documents
    }

    /// The documents, to be changed before anything refers to them.
    pub(crate) fn all_mut(&mut self) -> &mut [Document] {
        &mut self.documents
    }

    /// One document.
    pub fn document(&self, index: usize) -> Option<&Document> {
        self.documents.get(index)
    }

    /// The value at a place.
    pub fn get(&self, place: &Place) -> Option<&Value> {
        self.documents.get(place.document)?.get(&place.pointer)
    }

    /// Where a reference written in `document` leads, without following further references.
    pub fn target(&self, document: usize, reference: &str) -> Result<Place, Fault> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let target = if uri.is_empty() { document } else { self.find(document, uri, reference)? };
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        if fragment.is_empty() || fragment.starts_with('/') {
            return Ok(Place { document: target, pointer: fragment.into_owned() });
        }
        let anchor = self.documents.get(target).and_then(|found| found.anchors.get(fragment.as_ref()));
        match anchor {
            Some(pointer) => Ok(Place { document: target, pointer: pointer.clone() }),
            None => Err(broken(self.name(document), reference)),
        }
    }

    /// The value a place holds after following every `$ref` that stands there, and its place.
    ///
    /// Only objects whose `$ref` is a string are references.
    ///
    /// # Errors
    /// A reference that leads nowhere, outside, or round in a circle.
    pub fn follow<'a>(&'a self, place: &Place) -> Result<(Place, &'a Value), Fault> {
        let mut value = self.get(place).ok_or_else(|| broken(self.name(place.document), &place.pointer))?;
        let mut place = place.clone();
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = reference(value) else { return Ok((place, value)) };
            let target =
                self.target(place.document, reference).map_err(|fault| fault.with_at(self.at(&place)))?;
            value = self
                .get(&target)
                .ok_or_else(|| broken(self.name(place.document), reference).with_at(self.at(&place)))?;
            place = target;
        }
        let pointer = place.pointer.clone();
        let cycle = format!("the reference at `{pointer}` leads round in a circle");
        Err(Fault::new(codes::REFERENCE_CYCLE, cycle).with_at(self.at(&place)))
    }

    /// The place in words for a fault: document name and pointer.
    pub fn at(&self, place: &Place) -> At {
        At {
            file: Some(self.name(place.document).to_owned()),
            pointer: Some(place.pointer.clone()),
            ..At::default()
        }
    }

    fn name(&self, document: usize) -> &str {
        self.documents.get(document).map_or("", |found| found.name.as_str())
    }

    fn find(&self, from: usize, uri: &str, reference: &str) -> Result<usize, Fault> {
        let by_name = self.by_name.get_or_init(|| {
            self.documents
                .iter()
                .enumerate()
                .map(|(index, document)| (document.name.clone(), index))
                .collect()
        });
        let joined = join(self.name(from), uri);
        by_name.get(&joined).or_else(|| by_name.get(uri)).copied().ok_or_else(|| {
            let message = format!("the reference `{reference}` leaves the document");
            Fault::new(codes::REFERENCE_OUTSIDE, message)
                .with_at(At::file(self.name(from)))
                .with_hint("import the description together with the documents it refers to")
        })
    }
}

/// The reference an object is, if it is one.
pub fn reference(value: &Value) -> Option<&str> {
    value.as_object()?.get("$ref")?.as_str()
}

/// A relative reference joined to the name of the document it stands in (RFC 3986 section 5, paths only).
pub fn join(base: &str, uri: &str) -> String {
    if uri.contains("://") || uri.starts_with('/') {
        return uri.to_owned();
    }
    if let Ok(joined) = url::Url::parse(base).and_then(|base| base.join(uri)) {
        return joined.to_string();
    }
    let mut segments: Vec<&str> = base.split('/').collect();
    segments.pop();
    for segment in uri.split('/') {
        match segment {
            "." | "" => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    segments.join("/")
}

fn broken(document: &str, reference: &str) -> Fault {
    Fault::new(codes::REFERENCE_BROKEN, format!("the reference `{reference}` leads nowhere"))
        .with_at(At::file(document))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn documents() -> Documents {
        let main = json!({
            "a": {"$ref": "#/b"}, "b": {"$ref": "other.yaml#/x~1y"}, "round": {"$ref": "#/round"},
            "gone": {"$ref": "#/nowhere"}, "out": {"$ref": "secret.yaml"},
        });
        let other = json!({"x/y": {"type": "string"}});
        Documents::new(vec![
            Document::from_tree("dir/main.yaml", Dialect::OpenApi30, main),
            Document::from_tree("dir/other.yaml", Dialect::OpenApi30, other),
        ])
    }

    #[test]
    fn references_are_followed_across_documents() {
        let documents = documents();
        let (place, value) = documents.follow(&Place::new("/a")).unwrap();
        assert_eq!(value, &json!({"type": "string"}));
        assert_eq!(place, Place { document: 1, pointer: "/x~1y".into() });
    }

    #[test]
    fn bad_references_are_faults() {
        let documents = documents();
        let code = |pointer: &str| documents.follow(&Place::new(pointer)).unwrap_err().code;
        assert_eq!(code("/round"), codes::REFERENCE_CYCLE);
        assert_eq!(code("/gone"), codes::REFERENCE_BROKEN);
        assert_eq!(code("/out"), codes::REFERENCE_OUTSIDE);
    }

    #[test]
    fn relative_names_are_joined() {
        assert_eq!(join("dir/main.yaml", "../x/y.yaml"), "x/y.yaml");
        assert_eq!(join("main.yaml", "./y.yaml"), "y.yaml");
        assert_eq!(join("https://a.example/v1/main.yaml", "y.yaml"), "https://a.example/v1/y.yaml");
    }
}
