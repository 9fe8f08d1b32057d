//! Bytes of a JSON or YAML document → one value, with what was odd about it. Bounded in size, depth
//! and expansion; where things stand is found again on demand, so that reading stays cheap.

use std::fmt;

use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use serde_json::Value;

mod json;
mod place;
mod scalar;
mod typed;
mod yaml;

pub use place::{locate, locate_all};
pub use scalar::resolve as plain;
pub use typed::typed;

/// The largest document that is read. The largest public description has 47 MB.
pub const MOST_BYTES: usize = 64 << 20;

/// The deepest nesting that is read. Real descriptions go to 33.
pub const MOST_DEPTH: usize = 120;

/// The most values one document may hold: each takes up to a hundred bytes, however short its text.
/// The largest public description has about two million.
const MOST_VALUES: usize = 4_000_000;

/// Findings kept per document; a file full of mistakes needs no longer list.
const MOST_FINDINGS: usize = 200;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON (RFC 8259).
    Json,
    /// YAML 1.2, core schema, with the merge keys of 1.1.
    Yaml,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Json => "JSON",
            Format::Yaml => "YAML",
        })
    }
}

/// A document that was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// File name or address as the user knows it.
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// Its content. Where a key stands twice, the last one counts.
    pub tree: Value,
    /// Its text, to find places in.
    pub text: String,
    /// What was odd but could be read: duplicate keys.
    pub findings: Vec<Problem>,
}

/// Reads a JSON or YAML document.
///
/// The format is taken from the name's ending, else from the first character. A byte order mark
/// is skipped.
///
/// # Errors
/// Bytes that are not UTF-8 (with the offset), text that is not well-formed (with line and column),
/// and documents that are too large, too deep or grow too much by YAML aliases.
pub fn read(name: &str, bytes: &[u8]) -> Result<Source, Fault> {
    let text = text(name, bytes)?;
    let json_name = ends_with(name, &["json"]);
    let looks_json = text.trim_start().starts_with(['{', '[']);
    if json_name || looks_json {
        match json::read(name, text) {
            // Flow YAML looks like JSON, and not every file called `.json` is.
            Err(fault) if fault.code == codes::DOCUMENT_SYNTAX && !(json_name && looks_json) => {}
            other => return other,
        }
    }
    yaml::read(name, text)
}

/// The text of a document, without its byte order mark.
///
/// # Errors
/// It is too large, or not UTF-8.
pub fn text<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, Fault> {
    if bytes.len() > MOST_BYTES {
        let message =
            format!("`{name}` has {} MB; at most {} MB are read", bytes.len() >> 20, MOST_BYTES >> 20);
        return Err(Fault::new(codes::DOCUMENT_LIMIT, message).with_at(At::file(name)));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let fault = Fault::new(codes::DOCUMENT_SYNTAX, format!("`{name}` is written in UTF-16, not UTF-8"));
        return Err(fault.with_at(At::file(name)).with_hint("save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let before = bytes.get(..offset).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let message = format!("`{name}` is not UTF-8: the byte at offset {offset} begins no character");
        let at = At { line: u32::try_from(line).ok(), ..At::file(name) };
        Fault::new(codes::DOCUMENT_SYNTAX, message).with_at(at).with_hint("save it as UTF-8")
    })
}

fn ends_with(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// A key that stands twice, as a finding.
fn duplicate(name: &str, pointer: String, key: &str, place: Option<(u32, u32)>) -> Problem {
    let at = At {
        file: Some(name.to_owned()),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        pointer: Some(pointer),
        ..At::default()
    };
    Problem::new(codes::DOCUMENT_DUPLICATE, at, format!("the key `{key}` stands twice; the last one counts"))
}

fn too_deep(name: &str, place: Option<(u32, u32)>) -> Fault {
    let at = At { line: place.map(|(line, _)| line), column: place.map(|(_, c)| c), ..At::file(name) };
    Fault::new(codes::DOCUMENT_LIMIT, format!("`{name}` is nested deeper than {MOST_DEPTH} levels"))
        .with_at(at)
}

fn too_many(name: &str, place: Option<(u32, u32)>) -> Fault {
    let at = At { line: place.map(|(line, _)| line), column: place.map(|(_, c)| c), ..At::file(name) };
    Fault::new(codes::DOCUMENT_LIMIT, format!("`{name}` holds more than {MOST_VALUES} values")).with_at(at)
}

#[cfg(test)]
mod tests;
