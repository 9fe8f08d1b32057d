//! JSON texts one after the other: one a line (NDJSON, JSON Lines), or marked as RFC 7464 has it.

use serde_json::Value;

use super::{Content, Encoded, Error, Example, Kind, MOST_ITEMS, charset, json, media};
use crate::operation::Codec;

/// RFC 7464 begins each text with this.
const RECORD_SEPARATOR: char = '\u{1e}';

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::JsonLines,
    name: "json-lines",
    summary: "An array with one JSON value per line, or per RFC 7464 record.",
    examples: &[
        Example {
            media_type: "application/x-ndjson",
            schema: "{}",
            value: r#"[{"a":1},[2],"x"]"#,
            content: b"{\"a\":1}\n[2]\n\"x\"\n",
        },
        Example {
            media_type: "application/json-seq",
            schema: "{}",
            value: "[1,2]",
            content: b"\x1e1\n\x1e2\n",
        },
    ],
    encode,
    decode,
};

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    let content_type = media::concrete(content.media_type, "application/x-ndjson");
    let is_sequence = media::essence(&content_type).ends_with("json-seq");
    let mut text = String::new();
    for item in items {
        if is_sequence {
            text.push(RECORD_SEPARATOR);
        }
        text.push_str(&item.to_string());
        text.push('\n');
    }
    Ok(Encoded { content_type, bytes: text.into_bytes() })
}

fn decode(content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    let text = charset::decode(content.media_type, bytes)?;
    let mut items = Vec::new();
    // Inside a JSON text a line break or a record separator is escaped, so both end a text; a record
    // that was written over several lines is no JSON line.
    let is_sequence = text.contains(RECORD_SEPARATOR);
    let records = text.split(if is_sequence { RECORD_SEPARATOR } else { '\n' });
    for record in records.map(str::trim).filter(|record| !record.is_empty()) {
        if items.len() >= MOST_ITEMS {
            return Err(Error::limit(format!("there are more than {MOST_ITEMS} values")));
        }
        items.push(json::parse(record).map_err(|error| error.below(&items.len().to_string()))?);
    }
    Ok(Value::Array(items))
}
