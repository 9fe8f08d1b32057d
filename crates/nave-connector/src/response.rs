//! Answers as values, and values as answers: by the described media type, and where the answer says or
//! is something else, by what it says and is. Whether the value fits is the check's matter.

use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;

use crate::Connector;
use crate::codec::{self, Content, Expected, codec_of, media};
use crate::operation::{Codec, Media, Operation};

/// The value of an answer; null where there is no content.
///
/// # Errors
/// `E-RESPONSE-SYNTAX`: the content is not what its type says. `E-RESPONSE-LIMIT`: it is larger or
/// deeper than is read.
pub fn decode(
    connector: &Connector,
    operation: &Operation,
    status: u16,
    content_type: Option<&str>,
    bytes: &[u8],
) -> Result<Value, Fault> {
    // RFC 9110 sections 15.2, 15.3.5, 15.3.6 and 15.4.5: these have no content.
    if bytes.is_empty() || status < 200 || matches!(status, 204 | 205 | 304) {
        return Ok(Value::Null);
    }
    let described = operation.response(status).map(|response| response.media.as_slice()).unwrap_or_default();
    let content_type = content_type.map(str::trim).filter(|given| says_something(described, given));
    let media = select(described, content_type);
    let codec = match content_type.map(codec_of) {
        // JSON under a text's name is common; a text that is JSON and not described as text is JSON.
        Some(Codec::Text | Codec::Binary) if media.is_none() && guess(bytes) == Codec::Json => Codec::Json,
        Some(given) => given,
        None => media.map_or_else(|| guess(bytes), |media| media.codec),
    };
    if bytes.trim_ascii().is_empty() && matches!(codec, Codec::Json | Codec::Xml) {
        return Ok(Value::Null);
    }
    let content = match media {
        Some(media) => Content::of(&connector.documents, media),
        None => Content::plain("", Expected::default()),
    };
    let content = content
        .typed(content_type.or_else(|| media.map(|media| media.media_type.as_str())).unwrap_or_default());
    codec::decode(codec, &content, bytes).map_err(|error| {
        let code = if error.limit { codes::RESPONSE_LIMIT } else { codes::RESPONSE_SYNTAX };
        error.fault(code).with_status(status)
    })
}

/// Whether a content type is worth more than the description. Servers that do not know what they send
/// say `application/octet-stream`.
fn says_something(described: &[Media], given: &str) -> bool {
    let unknown = matches!(media::essence(given).as_str(), "" | "application/octet-stream");
    !unknown || described.iter().any(|media| media.codec == Codec::Binary)
}

/// The described media type for a given one: the same, one that covers it, or one of the same codec.
fn select<'m>(described: &'m [Media], given: Option<&str>) -> Option<&'m Media> {
    let Some(given) = given else { return described.first() };
    let exact = described.iter().find(|media| media::essence(&media.media_type) == media::essence(given));
    let covering = || described.iter().find(|media| media::covers(&media.media_type, given));
    let same_codec = || described.iter().find(|media| media.codec == codec_of(given));
    exact.or_else(covering).or_else(same_codec)
}

/// What content is that says nothing of itself.
fn guess(bytes: &[u8]) -> Codec {
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() => Codec::Json,
        _ => Codec::Binary,
    }
}

/// A value as an answer's content and its type.
///
/// # Errors
/// `E-REQUEST-BUILD`: the media type cannot carry the value.
pub fn encode(connector: &Connector, media: &Media, value: &Value) -> Result<(String, Vec<u8>), Fault> {
    let content = Content::of(&connector.documents, media);
    let encoded =
        codec::encode(media.codec, &content, value).map_err(|error| error.fault(codes::REQUEST_BUILD))?;
    Ok((encoded.content_type, encoded.bytes))
}

#[cfg(test)]
mod tests;
