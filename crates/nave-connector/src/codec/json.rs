//! JSON (RFC 8259): one value.

use serde_json::Value;

use super::{Content, Encoded, Error, Example, Kind, charset, media};
use crate::operation::Codec;

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::Json,
    name: "json",
    summary: "One JSON value; a byte order mark and other charsets are understood when reading.",
    examples: &[
        Example {
            media_type: "application/json",
            schema: "{}",
            value: r#"{"amount":5,"tags":["a",null]}"#,
            content: br#"{"amount":5,"tags":["a",null]}"#,
        },
        Example {
            media_type: "application/problem+json",
            schema: "{}",
            value: r#""ü""#,
            content: "\"ü\"".as_bytes(),
        },
    ],
    encode,
    decode,
};

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let bytes = serde_json::to_vec(value).map_err(|error| Error::new(format!("this is no JSON: {error}")))?;
    Ok(Encoded { content_type: media::concrete(content.media_type, "application/json"), bytes })
}

fn decode(content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    let text = charset::decode(content.media_type, bytes)?;
    parse(&text)
}

/// A JSON text as a value; nesting is limited to 128 levels.
pub(crate) fn parse(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| {
        let message = format!("the JSON cannot be read: {error}");
        if error.to_string().contains("recursion limit") {
            Error::limit(message)
        } else {
            Error::new(message)
        }
    })
}

/// JSON in ASCII alone, for places that carry nothing else.
pub(crate) fn ascii(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ascii_json_reads_back() {
        let value = json!({"name": "Zürich 🚲\u{7f}"});
        let text = ascii(&value);
        assert!(text.is_ascii());
        assert_eq!(parse(&text), Ok(value));
    }

    #[test]
    fn depth_is_limited() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(parse(&deep).unwrap_err().limit);
    }
}
