//! How content is written and read: one file per codec, registered in one list. Which codec and media
//! type an operation uses is decided elsewhere; what a value must look like is the check's matter.

use std::fmt;

use indexmap::IndexMap;
use nave_model::fault::Code;
use nave_model::{At, Fault};
use serde_json::Value;

use crate::documents::Documents;
use crate::operation::{Codec, FieldEncoding, Media};

pub mod binary;
pub mod charset;
pub mod event_stream;
pub mod expected;
pub(crate) mod fields;
pub(crate) mod flat;
pub mod form;
pub mod json;
pub mod json_lines;
pub mod media;
pub mod multipart;
pub(crate) mod pairs;
pub(crate) mod percent;
pub(crate) mod scalar;
pub mod text;
pub mod xml;

pub use expected::Expected;
pub use media::{codec_of, essence};

/// Every codec, in the order they are preferred for sending.
pub const ALL: [&Kind; 8] = [
    &json::KIND,
    &form::KIND,
    &multipart::KIND,
    &xml::KIND,
    &json_lines::KIND,
    &event_stream::KIND,
    &text::KIND,
    &binary::KIND,
];

/// The most bytes of content that are read: the default limit of an answer, 64 MiB.
pub const MOST_BYTES: usize = 64 << 20;
/// The most fields, parts, lines or elements of one content.
pub const MOST_ITEMS: usize = 1_000_000;
/// The deepest nesting that is read, as JSON's own reader has it.
pub const DEEPEST: usize = 128;

/// One codec: what it is called, what it does, and the two ways through it.
pub struct Kind {
    /// Which codec of an operation's media this is.
    pub codec: Codec,
    /// Its name in lists.
    pub name: &'static str,
    /// One sentence for lists.
    pub summary: &'static str,
    /// Values and their content; a test holds both directions to them.
    pub examples: &'static [Example],
    /// Value → content.
    pub encode: fn(&Content<'_>, &Value) -> Result<Encoded, Error>,
    /// Content → value.
    pub decode: fn(&Content<'_>, &[u8]) -> Result<Value, Error>,
}

/// A value and the content it is written as.
pub struct Example {
    /// The media type.
    pub media_type: &'static str,
    /// The schema, as JSON.
    pub schema: &'static str,
    /// The value, as JSON.
    pub value: &'static str,
    /// The content.
    pub content: &'static [u8],
}

/// What a codec is told about the content besides the value or the bytes.
#[derive(Clone)]
pub struct Content<'a> {
    /// What the value may be.
    pub expected: Expected<'a>,
    /// The media type: as described when writing, as received when reading.
    pub media_type: &'a str,
    /// Per field: how it is written, for forms and multipart.
    pub encoding: Option<&'a IndexMap<String, FieldEncoding>>,
}

impl<'a> Content<'a> {
    /// The content a described media type holds.
    pub fn of(documents: &'a Documents, media: &'a Media) -> Self {
        let expected = Expected::at(documents, media.schema.as_ref());
        Content { expected, media_type: &media.media_type, encoding: Some(&media.encoding) }
    }

    /// Content of a media type without encodings for single fields.
    pub fn plain(media_type: &'a str, expected: Expected<'a>) -> Self {
        Content { expected, media_type, encoding: None }
    }

    /// The same content under another media type.
    #[must_use]
    pub fn typed(self, media_type: &'a str) -> Self {
        Content { media_type, ..self }
    }
}

/// Content that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Value of the `Content-Type` header.
    pub content_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Why content could not be written or read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Error {
    /// JSON pointer into the value.
    pub pointer: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The nearest right thing.
    pub hint: Option<String>,
    /// The content is larger or deeper than allowed.
    pub limit: bool,
}

impl Error {
    /// An error at the value itself.
    pub fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), ..Error::default() }
    }

    /// A size, depth or count above its limit.
    pub fn limit(message: impl Into<String>) -> Self {
        Error { message: message.into(), limit: true, ..Error::default() }
    }

    /// The same error with the nearest right thing.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error seen from one level further up.
    #[must_use]
    pub fn below(mut self, token: &str) -> Self {
        self.pointer = format!("{}{}", nave_model::place::child("", token), self.pointer);
        self
    }

    /// The error as a fault of the given code.
    pub fn fault(self, code: Code) -> Fault {
        let fault = Fault::new(code, self.message).with_at(At::pointer(self.pointer));
        match self.hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The codec's entry in the list.
pub fn kind(codec: Codec) -> &'static Kind {
    match codec {
        Codec::Json => &json::KIND,
        Codec::Form => &form::KIND,
        Codec::Multipart => &multipart::KIND,
        Codec::Xml => &xml::KIND,
        Codec::Text => &text::KIND,
        Codec::JsonLines => &json_lines::KIND,
        Codec::EventStream => &event_stream::KIND,
        Codec::Binary => &binary::KIND,
    }
}

/// Writes a value with a codec.
///
/// # Errors
/// The value cannot be written so that it is read back the same.
pub fn encode(codec: Codec, content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    (kind(codec).encode)(content, value)
}

/// Reads content with a codec.
///
/// # Errors
/// The content is malformed, or above a limit.
pub fn decode(codec: Codec, content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    if bytes.len() > MOST_BYTES {
        return Err(Error::limit(format!("content of {} bytes is more than is read", bytes.len())));
    }
    (kind(codec).decode)(content, bytes)
}

#[cfg(test)]
mod tests;
