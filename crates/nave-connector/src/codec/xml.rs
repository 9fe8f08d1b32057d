//! XML by the schema's `xml` hints (OpenAPI XML Object; 3.2 `nodeType`): names, attributes, wrapped
//! lists, namespaces. Document types and with them entities are refused.

use super::{Content, Encoded, Error, Example, Kind, charset, media};
use crate::operation::Codec;
use serde_json::Value;

mod hints;
mod read;
mod tree;
mod write;

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::Xml,
    name: "xml",
    summary: "Elements and attributes as the schema's `xml` hints name them; no document types.",
    examples: &[Example {
        media_type: "application/xml",
        schema: r#"{"xml":{"name":"pet"},"properties":{
                "id":{"type":"integer","xml":{"attribute":true}},
                "name":{"type":"string"},
                "tags":{"type":"array","xml":{"wrapped":true},"items":{"type":"string","xml":{"name":"tag"}}}}}"#,
        value: r#"{"id":5,"name":"A & B","tags":["x","y"]}"#,
        content: b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pet id=\"5\"><name>A &amp; B</name>\
<tags><tag>x</tag><tag>y</tag></tags></pet>",
    }],
    encode,
    decode,
};

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let text = write::document(&content.expected, value)?;
    let content_type = media::concrete(content.media_type, "application/xml");
    Ok(Encoded { content_type, bytes: text.into_bytes() })
}

fn decode(content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    let text = charset::decode(content.media_type, bytes)?;
    let root = tree::parse(&text)?;
    read::value(&root, &content.expected)
}

#[cfg(test)]
mod tests;
