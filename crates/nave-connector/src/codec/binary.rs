//! Bytes. In values, a string is its UTF-8 bytes and `{"base64": …}` is any bytes.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};
use serde_json::{Map, Value, json};

use super::{Content, Encoded, Error, Example, Kind, media, scalar};
use crate::operation::Codec;

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::Binary,
    name: "binary",
    summary: "Bytes: a string is its UTF-8 bytes, `{\"base64\": …}` is any bytes.",
    examples: &[
        Example {
            media_type: "application/octet-stream",
            schema: "{}",
            value: r#""plain""#,
            content: b"plain",
        },
        Example {
            media_type: "image/png",
            schema: "{}",
            value: r#"{"base64":"iVBORw=="}"#,
            content: b"\x89PNG",
        },
    ],
    encode,
    decode,
};

/// Padding may be left out: people paste what their tools print.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes in a value, with what may be said about them.
pub(crate) struct File<'a> {
    pub(crate) bytes: std::borrow::Cow<'a, [u8]>,
    pub(crate) name: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
}

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let file = file(value)?;
    let described = media::concrete(content.media_type, "application/octet-stream");
    let content_type = match file.content_type {
        Some(given) if media::covers(content.media_type, given) => given.to_owned(),
        _ => described,
    };
    Ok(Encoded { content_type, bytes: file.bytes.into_owned() })
}

fn decode(_: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    Ok(value(bytes))
}

/// Bytes as a value: a string where they are UTF-8.
pub(crate) fn value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => json!({"base64": STANDARD.encode(bytes)}),
    }
}

/// Bytes with a name or a type as a value.
pub(crate) fn named(bytes: &[u8], name: Option<&str>, content_type: Option<&str>) -> Value {
    if name.is_none() && content_type.is_none() {
        return value(bytes);
    }
    let mut file = Map::new();
    file.insert("base64".to_owned(), Value::from(STANDARD.encode(bytes)));
    if let Some(name) = name {
        file.insert("filename".to_owned(), Value::from(name));
    }
    if let Some(content_type) = content_type {
        file.insert("content_type".to_owned(), Value::from(content_type));
    }
    Value::Object(file)
}

/// Whether a value is written in the form that stands for bytes.
pub(crate) fn is_file(value: &Value) -> bool {
    let Value::Object(members) = value else { return false };
    members.get("base64").is_some_and(Value::is_string)
        && members.keys().all(|key| matches!(key.as_str(), "base64" | "filename" | "content_type"))
}

/// The bytes a value stands for.
pub(crate) fn file(value: &Value) -> Result<File<'_>, Error> {
    if let Some(text) = scalar::text(value) {
        let bytes = match text {
            std::borrow::Cow::Borrowed(text) => text.as_bytes().into(),
            std::borrow::Cow::Owned(text) => text.into_bytes().into(),
        };
        return Ok(File { bytes, name: None, content_type: None });
    }
    if !is_file(value) {
        let message = format!("{} stands where bytes are expected", scalar::kind(value));
        return Err(Error::new(message).hint("give a string, or {\"base64\": \"…\", \"filename\": \"…\"}"));
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let bytes = LENIENT
        .decode(text("base64").unwrap_or_default())
        .map_err(|error| Error::new(format!("the base64 cannot be read: {error}")).below("base64"))?;
    Ok(File { bytes: bytes.into(), name: text("filename"), content_type: text("content_type") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_values_are_two_forms_of_one_thing() {
        for bytes in [b"text".as_slice(), b"\x89PNG", b""] {
            assert_eq!(file(&value(bytes)).unwrap().bytes, bytes);
        }
        assert_eq!(file(&json!({"base64": "iVBORw"})).unwrap().bytes, b"\x89PNG".as_slice());
        assert!(file(&json!({"base64": "!"})).is_err());
        assert!(file(&json!({"data": "x"})).is_err());
    }
}
