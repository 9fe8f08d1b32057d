//! Says in plain `$ref`s what a document says in other words, before anything refers into it:
//! `$id`, `$anchor`, `$dynamicRef`, `itemSchema`, and paths in other spellings.

use std::collections::BTreeMap;

use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::{At, Problem};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::external::{Loaded, identity};
use super::walk::{self, Members, Step, inside};
use crate::documents::{Dialect, join};

/// What has to be escaped in the fragment of a reference so that it is read back unchanged.
const FRAGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'#').add(b'"').add(b'<').add(b'>');

/// Where named things stand.
#[derive(Default)]
struct Names {
    /// Address of a schema resource (`$id`, `$self`) → document name and pointer.
    resources: BTreeMap<String, (String, String)>,
    /// Address and anchor → document name and pointer.
    anchors: BTreeMap<(String, String), (String, String)>,
}

/// Anchors by document, in the order of the documents.
pub(super) type Anchors = Vec<BTreeMap<String, String>>;

/// Rewrites the documents in place and returns their anchors.
pub(super) fn normalise(documents: &mut [Loaded], findings: &mut Vec<Problem>) -> Anchors {
    if let Some(main) = documents.first_mut() {
        mend_paths(main, findings);
    }
    let mut names = Names::default();
    let mut anchors = Anchors::new();
    for document in documents.iter() {
        anchors.push(collect(document, &mut names));
    }
    for document in documents.iter_mut().filter(|document| is_modern(document.dialect)) {
        let name = document.name.clone();
        let base = identity(document).unwrap_or_else(|| name.clone());
        let rewriter = Rewriter { names: &names, document: &name };
        rewriter.value(&mut document.tree, Members::Keywords, &base, &mut String::new());
    }
    anchors
}

/// Dialects that know `$id`, anchors and `itemSchema`.
fn is_modern(dialect: Dialect) -> bool {
    !matches!(dialect, Dialect::Swagger2 | Dialect::OpenApi30 | Dialect::Draft4)
}

/// Mends paths that do not begin with `/`, or name parameters as RFC 6570 does (`{+name}`, `{name*}`).
fn mend_paths(main: &mut Loaded, findings: &mut Vec<Problem>) {
    let Some(paths) = main.tree.get_mut("paths").and_then(Value::as_object_mut) else { return };
    if paths.keys().all(|path| mended(path) == *path) {
        return;
    }
    let mut kept = Map::new();
    for (path, item) in std::mem::take(paths) {
        let better = mended(&path);
        if better == path || kept.contains_key(&better) {
            kept.insert(path, item);
            continue;
        }
        let at = At { pointer: Some(child("/paths", &path)), ..At::file(main.name.clone()) };
        let message = format!("the path `{path}` is not written as OpenAPI says: it is taken as `{better}`");
        findings.push(Problem::new(codes::DOCUMENT_FORMAT, at, message));
        kept.insert(better, item);
    }
    *paths = kept;
}

/// A path as OpenAPI writes it; extensions stay as they are.
fn mended(path: &str) -> String {
    if path.starts_with("x-") {
        return path.to_owned();
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("{slash}{}", path.replace("{+", "{").replace("*}", "}"))
}

/// Records the resources and anchors of a document, and returns its own anchors.
fn collect(document: &Loaded, names: &mut Names) -> BTreeMap<String, String> {
    let mut own = BTreeMap::new();
    let name = document.name.clone();
    let base = identity(document).unwrap_or_else(|| name.clone());
    if base != name {
        names.resources.insert(base.clone(), (name.clone(), String::new()));
    }
    if !is_modern(document.dialect) {
        return own;
    }
    // The base address that counts at each depth of the walk.
    let mut bases: Vec<(usize, String)> = vec![(0, base)];
    walk::objects(&document.tree, Members::Keywords, &mut Vec::new(), &mut |path, object, members| {
        while bases.len() > 1 && bases.last().is_some_and(|(depth, _)| *depth >= path.len()) {
            bases.pop();
        }
        if members == Members::Names {
            return;
        }
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let place = || (name.clone(), walk::pointer("", path));
        let base = || bases.last().map(|(_, base)| base.clone()).unwrap_or_default();
        let mut anchors: Vec<&str> =
            ["$anchor", "$dynamicAnchor"].iter().filter_map(|key| text(key)).collect();
        if let Some(id) = text("$id").filter(|_| !path.is_empty()) {
            match id.strip_prefix('#') {
                Some(anchor) => anchors.push(anchor),
                None => {
                    let address = join(&base(), id.trim_end_matches('#'));
                    names.resources.insert(address.clone(), place());
                    bases.push((path.len(), address));
                }
            }
        }
        let base = bases.last().map(|(_, base)| base.clone()).unwrap_or_default();
        for anchor in anchors {
            own.entry(anchor.to_owned()).or_insert_with(|| walk::pointer("", path));
            names
                .anchors
                .entry((base.clone(), anchor.to_owned()))
                .or_insert_with(|| (name.clone(), walk::pointer("", path)));
        }
    });
    own
}

struct Rewriter<'a> {
    names: &'a Names,
    document: &'a str,
}

impl Rewriter<'_> {
    fn value(&self, value: &mut Value, members: Members, base: &str, pointer: &mut String) {
        match value {
            Value::Object(object) => {
                let mut inner = None;
                if members == Members::Keywords {
                    if let Some(id) = object.get("$id").and_then(Value::as_str)
                        && !id.starts_with('#')
                        && !pointer.is_empty()
                    {
                        inner = Some(join(base, id.trim_end_matches('#')));
                    }
                    self.keywords(object, inner.as_deref().unwrap_or(base), pointer);
                }
                let base = inner.as_deref().unwrap_or(base);
                for (key, member) in object.iter_mut() {
                    if let Some(below) = inside(members, key) {
                        self.below(member, below, base, pointer, Step::Key(key));
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.below(item, Members::Keywords, base, pointer, Step::Index(index));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn below(&self, value: &mut Value, members: Members, base: &str, pointer: &mut String, step: Step<'_>) {
        let length = pointer.len();
        *pointer = walk::pointer(pointer, &[step]);
        self.value(value, members, base, pointer);
        pointer.truncate(length);
    }

    fn keywords(&self, object: &mut Map<String, Value>, base: &str, pointer: &str) {
        // Without an outer schema that says otherwise, a dynamic reference leads where a plain one
        // would (JSON Schema 2020-12 section 8.2.3.2).
        for dynamic in ["$dynamicRef", "$recursiveRef"] {
            if !object.contains_key("$ref")
                && object.get(dynamic).is_some_and(Value::is_string)
                && let Some(text) = object.shift_remove(dynamic)
            {
                object.insert("$ref".to_owned(), text);
            }
        }
        if let Some(Value::String(text)) = object.get_mut("$ref")
            && let Some(plain) = self.plain(text, base)
        {
            *text = plain;
        }
        // OpenAPI 3.2: the content is a sequence of items of this shape.
        if object.contains_key("itemSchema") && !object.contains_key("schema") {
            let item = utf8_percent_encode(&child(pointer, "itemSchema"), FRAGMENT).to_string();
            object
                .insert("schema".to_owned(), json!({"type": "array", "items": {"$ref": format!("#{item}")}}));
        }
    }

    /// The reference as document and pointer, where it names a resource or an anchor of one.
    fn plain(&self, text: &str, base: &str) -> Option<String> {
        let (uri, fragment) = text.split_once('#').unwrap_or((text, ""));
        if uri.is_empty() && base == self.document {
            return None;
        }
        let address = if uri.is_empty() { base.to_owned() } else { join(base, uri) };
        let (document, pointer) = if fragment.is_empty() || fragment.starts_with('/') {
            let (document, pointer) = self.names.resources.get(&address)?;
            let below = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
            (document, format!("{pointer}{below}"))
        } else {
            let (document, pointer) = self.names.anchors.get(&(address, fragment.to_owned()))?;
            (document, pointer.clone())
        };
        let pointer = utf8_percent_encode(&pointer, FRAGMENT);
        let document = if document == self.document { "" } else { document };
        Some(format!("{document}#{pointer}"))
    }
}
