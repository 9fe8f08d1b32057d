//! A value read before → a Rust type, with faults that say file, line, column and the nearest right
//! key. For Nave's own small documents: manifests, connections, overlays, settings.

use nave_model::fault::codes;
use nave_model::place::{child, push_token};
use nave_model::similar::did_you_mean;
use nave_model::{At, Code, Fault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::{Source, locate};

/// Reads a document's content as `T`. `bytes` are those the source was read from; they are only
/// looked at when something is wrong.
///
/// # Errors
/// A duplicate key, or content that does not fit, as a fault with this code.
pub fn typed<T: DeserializeOwned + Serialize>(source: &Source, bytes: &[u8], code: Code) -> Result<T, Fault> {
    if let Some(finding) = source.findings.iter().find(|finding| finding.code == codes::DOCUMENT_DUPLICATE) {
        let message = finding.message.replace("; the last one counts", "");
        return Err(Fault::new(code, message).with_at(finding.at.clone()).with_hint("remove one of the two"));
    }
    let value: T = serde_path_to_error::deserialize(&source.tree)
        .map_err(|error| fault(source, bytes, code, error.path(), &error.inner().to_string()))?;
    // Serde reads a list as the fields of a type in their order; nobody means that in a document.
    let written = serde_json::to_value(&value).unwrap_or_default();
    match list_for_keys(&source.tree, &written, "") {
        None => Ok(value),
        Some(pointer) => {
            let fault = Fault::new(code, "a list stands where keys with values are expected");
            Err(fault.with_at(at(source, bytes, pointer)).with_hint("write `key: value` instead"))
        }
    }
}

/// The first place where the document has a list and what was read from it has keys. As deep as
/// documents that are read.
fn list_for_keys(tree: &Value, read: &Value, pointer: &str) -> Option<String> {
    match (tree, read) {
        (Value::Array(_), Value::Object(_)) => Some(pointer.to_owned()),
        (Value::Object(tree), Value::Object(read)) => {
            let both = tree.iter().filter_map(|(key, value)| Some((key, value, read.get(key)?)));
            both.filter_map(|(key, value, read)| list_for_keys(value, read, &child(pointer, key))).next()
        }
        (Value::Array(tree), Value::Array(read)) => {
            let both = tree.iter().zip(read).enumerate();
            both.filter_map(|(index, (value, read))| {
                list_for_keys(value, read, &format!("{pointer}/{index}"))
            })
            .next()
        }
        _ => None,
    }
}

fn at(source: &Source, bytes: &[u8], pointer: String) -> At {
    let place = locate(bytes, &pointer);
    At {
        file: Some(source.name.clone()),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        pointer: Some(pointer),
        ..At::default()
    }
}

fn fault(source: &Source, bytes: &[u8], code: Code, path: &Path, reason: &str) -> Fault {
    let unknown = unknown_key(reason);
    let mut pointer = pointer(&source.tree, path);
    if let Some((key, _)) = &unknown
        && !pointer.ends_with(&format!("/{key}"))
    {
        push_token(&mut pointer, key);
    }
    let at = at(source, bytes, pointer);
    match unknown {
        Some((key, known)) => {
            let hint = did_you_mean(key, known.iter().copied()).unwrap_or_else(|| listed(&known));
            Fault::new(code, format!("unknown key `{key}`")).with_at(at).with_hint(hint)
        }
        None => Fault::new(code, reason.to_owned()).with_at(at),
    }
}

fn listed(known: &[&str]) -> String {
    match known {
        [] => "no key may stand here".to_owned(),
        known => format!("known keys are `{}`", known.join("`, `")),
    }
}

/// The key and the known keys of serde's ``unknown field `x`, expected one of `a`, `b` ``; also of an
/// unknown variant, which is a wrong word.
fn unknown_key(reason: &str) -> Option<(&str, Vec<&str>)> {
    let rest = reason.strip_prefix("unknown field `").or_else(|| reason.strip_prefix("unknown variant `"))?;
    let (key, rest) = rest.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2).collect();
    Some((key, known))
}

/// The JSON pointer of a path; a path may go past the value where a key is missing.
fn pointer(tree: &Value, path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        let mut next = pointer.clone();
        match segment {
            Segment::Seq { index } => push_token(&mut next, &index.to_string()),
            Segment::Map { key } => push_token(&mut next, key),
            Segment::Enum { .. } | Segment::Unknown => continue,
        }
        if tree.pointer(&next).is_none() {
            break;
        }
        pointer = next;
    }
    pointer
}
