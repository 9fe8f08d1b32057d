//! `application/x-www-form-urlencoded`: an object as `name=value` pairs, each field in the style its
//! encoding names.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::fields::{self, Field, How};
use super::pairs::{self, Form, Keep, Pairs};
use super::{Content, Encoded, Error, Example, Expected, Kind, charset, codec_of, media, scalar};
use crate::operation::{Codec, FieldEncoding, Style};

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::Form,
    name: "form",
    summary: "An object as `name=value` pairs; lists repeat the name, objects are JSON, unless a style is named.",
    examples: &[
        Example {
            media_type: "application/x-www-form-urlencoded",
            schema: r#"{"properties":{"amount":{"type":"integer"},"note":{"type":"string"}}}"#,
            value: r#"{"amount":5,"note":"a & b"}"#,
            content: b"amount=5&note=a%20%26%20b",
        },
        Example {
            media_type: "application/x-www-form-urlencoded",
            schema: r#"{"properties":{"tags":{"type":"array","items":{}},"at":{"type":"object"}}}"#,
            value: r#"{"tags":["a","b"],"at":{"x":1}}"#,
            content: b"tags=a&tags=b&at=%7B%22x%22%3A1%7D",
        },
    ],
    encode,
    decode,
};

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let Value::Object(members) = value else {
        return Err(Error::new(format!("{} cannot be written as a form", scalar::kind(value))));
    };
    let mut pairs = Pairs::new(Form::Body);
    for (name, member) in members {
        write(&mut pairs, content, name, member).map_err(|error| error.below(name))?;
    }
    let content_type = media::concrete(content.media_type, "application/x-www-form-urlencoded");
    Ok(Encoded { content_type, bytes: pairs.finish().into_bytes() })
}

fn write(pairs: &mut Pairs, content: &Content<'_>, name: &str, value: &Value) -> Result<(), Error> {
    let how = how(content, name, || content.expected.property(name));
    if name.contains(['[', ']']) && !content.expected.declares(name) {
        return Err(Error::new(format!("the name `{name}` would be read as a nested name")));
    }
    // Only an object spread over pairs can be mistaken for other fields; the list of all fields is
    // made only then.
    let owns = |key: &str| fields::owns(&described(content), name, key);
    fields::write(pairs, name, &how, value, &owns)
}

/// How a field is written: as its encoding says.
///
/// Naming any of `style`, `explode` and `allowReserved` makes `contentType` void (OpenAPI 3.1.1,
/// Encoding Object).
fn how<'a>(content: &Content<'a>, name: &str, expected: impl Fn() -> Expected<'a>) -> How<'a> {
    let Some(encoding) = content.encoding.and_then(|encoding| encoding.get(name)) else { return How::Plain };
    if encoding.style.is_some() || encoding.explode.is_some() || encoding.allow_reserved {
        return styled(encoding);
    }
    match encoding.content_type.as_deref().map(first) {
        Some(media_type) if codec_of(media_type) != Codec::Text => {
            How::Content(Content::plain(media_type, expected()))
        }
        _ => How::Plain,
    }
}

/// The style an encoding names; `form` where it names none, exploded where that is the style's way.
pub(crate) fn styled<'a>(encoding: &FieldEncoding) -> How<'a> {
    let style = encoding.style.unwrap_or(Style::Form);
    let explode = encoding.explode.unwrap_or(style == Style::Form);
    let keep = if encoding.allow_reserved { Keep::Reserved } else { Keep::Unreserved };
    How::Style { style, explode, keep }
}

/// The first of the media types an encoding lists.
pub(crate) fn first(content_types: &str) -> &str {
    content_types.split(',').next().unwrap_or_default().trim()
}

/// The fields the schema and the encodings name.
fn described<'a>(content: &Content<'a>) -> Vec<Field<'a>> {
    let expected = &content.expected;
    let mut names = expected.names();
    names.extend(content.encoding.into_iter().flat_map(IndexMap::keys).map(String::as_str));
    let mut fields: Vec<Field<'a>> = names
        .into_iter()
        .map(|name| {
            let property = expected.property(name);
            Field::new(name, how(content, name, || property.clone()), property)
        })
        .collect();
    // A name that has brackets itself goes first, before it can be taken for a nested one.
    fields.sort_by_key(|field| !field.name.contains('['));
    fields
}

fn decode(content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    let text = charset::decode(content.media_type, bytes)?;
    let mut read = pairs::parse(&text, Form::Body)?;
    let fields = described(content);
    let mut value = Map::new();
    for (at, field) in fields.iter().enumerate() {
        let owns = |name: &str| fields::owner(&fields, name) == Some(at);
        if let Some(member) = fields::take(&mut read, Form::Body, field, &owns)? {
            value.insert(field.name.to_owned(), member);
        }
    }
    for (name, mut pairs) in pairs::rest_by_root(read) {
        let field = Field::new(&name, How::Plain, content.expected.property(&name));
        if let Some(member) = fields::take(&mut pairs, Form::Body, &field, &|_| false)? {
            value.insert(name.clone(), member);
        }
    }
    Ok(Value::Object(value))
}

#[cfg(test)]
mod tests;
