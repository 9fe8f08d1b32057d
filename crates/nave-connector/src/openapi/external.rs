//! Documents a description refers to, loaded through the caller's resolver, with what they refer to
//! in turn, within a budget.

use std::collections::BTreeSet;

use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use serde_json::Value;

use super::walk;
use super::{Resolver, version};
use crate::documents::{Dialect, join};
use crate::source;

/// The most documents one description may be spread over.
const MOST_DOCUMENTS: usize = 1_000;

/// The most bytes they may have together.
const MOST_BYTES: usize = 128 << 20;

/// One document as loaded.
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) dialect: Dialect,
    pub(super) tree: Value,
}

/// The description with everything it refers to, the description first. What cannot be loaded is a
/// finding, here and at whatever needs it.
///
/// # Errors
/// The budget is used up.
pub(super) fn load(
    main: Loaded,
    resolver: &dyn Resolver,
    findings: &mut Vec<Problem>,
) -> Result<Vec<Loaded>, Fault> {
    let mut asked = BTreeSet::from([main.name.clone()]);
    let identity = identity(&main);
    asked.extend(identity);
    let mut bytes = main.text.len();
    let dialect = main.dialect;
    let mut documents = vec![main];
    let mut next = 0;
    while let Some(document) = documents.get(next) {
        let wanted: Vec<(String, String)> =
            outside(document).into_iter().filter(|(uri, _)| asked.insert(uri.clone())).collect();
        let from = document.name.clone();
        next += 1;
        for (uri, pointer) in wanted {
            if documents.len() >= MOST_DOCUMENTS {
                let message = format!("the description is spread over more than {MOST_DOCUMENTS} documents");
                return Err(Fault::new(codes::DOCUMENT_LIMIT, message).with_at(At::file(from)));
            }
            match fetch(&uri, dialect, resolver, findings) {
                Ok(loaded) => {
                    bytes = bytes.saturating_add(loaded.text.len());
                    asked.extend(self::identity(&loaded));
                    documents.push(loaded);
                }
                Err(fault) => {
                    let at = At { pointer: Some(pointer), ..At::file(from.clone()) };
                    let mut problem = Problem::new(fault.code, at, fault.message.clone());
                    problem.hint.clone_from(&fault.hint);
                    findings.push(problem);
                }
            }
            if bytes > MOST_BYTES {
                let message = format!("the description's documents have more than {} MB", MOST_BYTES >> 20);
                return Err(Fault::new(codes::DOCUMENT_LIMIT, message).with_at(At::file(from)));
            }
        }
    }
    Ok(documents)
}

fn fetch(
    uri: &str,
    dialect: Dialect,
    resolver: &dyn Resolver,
    findings: &mut Vec<Problem>,
) -> Result<Loaded, Fault> {
    let bytes = resolver.fetch(uri)?;
    let source = source::read(uri, &bytes)?;
    findings.extend(source.findings);
    let named = source.tree.get("$schema").and_then(Value::as_str).and_then(Dialect::from_schema_uri);
    let dialect = version::dialect(uri, &source.tree).ok().or(named).unwrap_or(dialect);
    Ok(Loaded { name: uri.to_owned(), text: source.text, dialect, tree: source.tree })
}

/// The documents a document refers to, by joined name, with the pointer of the first reference.
fn outside(document: &Loaded) -> Vec<(String, String)> {
    let known = ids(document);
    let mut seen = BTreeSet::new();
    let mut outside = Vec::new();
    walk::references(&document.tree, &mut |path, _, text| {
        let uri = text.split('#').next().unwrap_or_default();
        if uri.is_empty() {
            return;
        }
        let joined = join(&document.name, uri);
        if !known.contains(uri) && !known.contains(&joined) && seen.insert(joined.clone()) {
            outside.push((joined, walk::pointer("", path)));
        }
    });
    outside
}

/// The address a document gives itself: OpenAPI 3.2 `$self`, or the `$id` of a schema document.
pub(super) fn identity(document: &Loaded) -> Option<String> {
    let written = document.tree.get("$self").or_else(|| document.tree.get("$id"))?.as_str()?;
    Some(join(&document.name, written.trim_end_matches('#')))
}

/// Every `$id` in a document, as written and joined to its name: these need no loading.
fn ids(document: &Loaded) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let base = identity(document).unwrap_or_else(|| document.name.clone());
    walk::objects(&document.tree, walk::Members::Keywords, &mut Vec::new(), &mut |_, object, members| {
        if members == walk::Members::Keywords
            && let Some(id) = object.get("$id").and_then(Value::as_str)
        {
            ids.insert(id.to_owned());
            ids.insert(join(&base, id));
        }
    });
    ids
}
