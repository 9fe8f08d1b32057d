//! Plain text: a text, number or boolean as it is.

use serde_json::Value;

use super::{Content, Encoded, Error, Example, Kind, charset, media, scalar};
use crate::operation::Codec;

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::Text,
    name: "text",
    summary: "A text, number or boolean written as it is, in UTF-8.",
    examples: &[
        Example {
            media_type: "text/plain",
            schema: r#"{"type":"string"}"#,
            value: r#""Grüße""#,
            content: "Grüße".as_bytes(),
        },
        Example { media_type: "text/plain", schema: r#"{"type":"integer"}"#, value: "5", content: b"5" },
    ],
    encode,
    decode,
};

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let Some(text) = scalar::text(value) else {
        let message = format!("{} has no plain text", scalar::kind(value));
        return Err(Error::new(message).hint("give a string"));
    };
    let mut content_type = media::concrete(content.media_type, "text/plain");
    if !text.is_ascii() && media::parameter(&content_type, "charset").is_none() {
        content_type.push_str("; charset=utf-8");
    }
    Ok(Encoded { content_type, bytes: text.as_bytes().to_vec() })
}

fn decode(content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    let text = charset::decode(content.media_type, bytes)?;
    Ok(content.expected.scalar(&text))
}
