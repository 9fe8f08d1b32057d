//! JSON text → tree. The usual parser says whether it is JSON; a walk over the text finds the places.

use nave_connector::source::MOST_DEPTH;
use nave_model::fault::codes;
use serde::de::IgnoredAny;

use super::build::{Builder, Built, Failure, too_deep};
use super::pieces::{self, Style};
use super::{Content, Node, Text, failure};

pub(super) fn read(text: &str) -> Result<Built, Failure> {
    if let Some(at) = deeper_than_allowed(text) {
        return Err(too_deep(at..at + 1));
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        let at = offset(text, error.line(), error.column());
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let message = format!("the document is not well-formed JSON: {reason}");
        failure(codes::DOCUMENT_SYNTAX, at..at + 1, message)
    })?;
    let bytes = text.as_bytes();
    let mut builder = Builder::default();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        match byte {
            b'{' | b'[' => {
                at += 1;
                builder.open(*byte == b'{', 0, start..at)?;
            }
            b'}' | b']' => {
                at += 1;
                builder.close(Some(at), start..at)?;
            }
            b'"' => {
                at = text_end(bytes, start);
                quoted(&mut builder, text, start, at)?;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => at += 1,
            _ => {
                at = word_end(bytes, start);
                let content = word(text.get(start..at).unwrap_or_default());
                builder.value(Node { content, start, end: at }, 0)?;
            }
        }
    }
    Ok(builder.finish())
}

fn quoted(builder: &mut Builder, text: &str, start: usize, end: usize) -> Result<(), Failure> {
    let raw = text.get(start..end).unwrap_or_default();
    let decoded: String = serde_json::from_str(raw).map_err(|error| {
        let message = format!("the document is not well-formed JSON: {error}");
        failure(codes::DOCUMENT_SYNTAX, start..end, message)
    })?;
    if builder.expects_key() {
        builder.key(decoded, false, start..end);
        return Ok(());
    }
    let pieces = pieces::of(Style::DoubleQuoted, &decoded, raw, start);
    let text = Text { text: decoded, is_plain: false, pieces };
    builder.value(Node { content: Content::Text(text), start, end }, 0)
}

fn word(word: &str) -> Content {
    match word {
        "null" => Content::Null,
        "true" => Content::Bool(true),
        "false" => Content::Bool(false),
        // The parser before this walk let nothing else than a number pass.
        number => number.parse().map_or(Content::Null, Content::Number),
    }
}

/// Where the nesting becomes deeper than is read; the parser's own limit is another one.
fn deeper_than_allowed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = text_end(bytes, at) - 1,
            _ => {}
        }
        if depth > MOST_DEPTH {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The byte behind a text that begins at `start`.
fn text_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len().max(start + 1)
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    start + rest.iter().take_while(is_part).count().max(1)
}

/// The byte at a line and column as the parser counts them: from 1, the column in bytes, 0 at the end
/// of the line before.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
