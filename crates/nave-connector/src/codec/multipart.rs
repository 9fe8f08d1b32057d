//! `multipart/*` (RFC 2046, RFC 7578): an object with a part per field, or an array of parts. How parts
//! are told apart on the wire is [`parts`]' matter.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::expected::Types;
use super::fields::structured;
use super::form::first;
use super::{
    Content, Encoded, Error, Example, Expected, Kind, binary, codec_of, media, pairs, percent, scalar,
};
use crate::operation::{Codec, FieldEncoding, Style};

mod parts;

use parts::Part;

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::Multipart,
    name: "multipart",
    summary: "A part per field: texts as they are, objects as JSON, files with name and type.",
    examples: &[Example {
        media_type: "multipart/form-data",
        schema: r#"{"properties":{"note":{"type":"string"},"file":{"type":"string","format":"binary"}}}"#,
        value: r#"{"note":"hi","file":{"base64":"iVBORw==","filename":"a.png","content_type":"image/png"}}"#,
        content: b"--nave-606a35642245c123\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n\
--nave-606a35642245c123\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
Content-Type: image/png\r\n\r\n\x89PNG\r\n--nave-606a35642245c123--\r\n",
    }],
    encode,
    decode,
};

/// Type of a part that holds bytes nothing more is known about.
const BYTES: &str = "application/octet-stream";

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let mut kind = media::essence(&media::concrete(content.media_type, "multipart/form-data"));
    if !kind.starts_with("multipart/") {
        "multipart/form-data".clone_into(&mut kind);
    }
    let expected = &content.expected;
    let mut out = Vec::new();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let property = expected.property(name);
                field(&mut out, content, name, member, &property).map_err(|error| error.below(name))?;
            }
        }
        Value::Array(items) if kind != "multipart/form-data" => {
            for (position, item) in items.iter().enumerate() {
                let part = part(None, item, &expected.item(position), None);
                out.push(part.map_err(|error| error.below(&position.to_string()))?);
            }
        }
        other => return Err(Error::new(format!("{} cannot be written as {kind}", scalar::kind(other)))),
    }
    let (boundary, bytes) = parts::write(&kind, &out);
    Ok(Encoded { content_type: format!("{kind}; boundary={boundary}"), bytes })
}

/// A field as one part, or as one part per item (RFC 7578 section 4.3).
fn field<'v>(
    out: &mut Vec<Part<'v>>,
    content: &Content<'_>,
    name: &'v str,
    value: &'v Value,
    expected: &Expected<'_>,
) -> Result<(), Error> {
    if name.contains(['[', ']']) && !content.expected.declares(name) {
        return Err(Error::new(format!("the name `{name}` would be read as a nested name")));
    }
    let encoding = content.encoding.and_then(|encoding| encoding.get(name));
    if let Value::Array(items) = value
        && let Some(delimiter) = encoding.and_then(delimiter)
        && !items.is_empty()
    {
        out.push(Part::new(Some(name.into()), None, None, join(items, delimiter)?.into_bytes().into())?);
        return Ok(());
    }
    if encoding.is_some_and(is_deep) && matches!(value, Value::Object(_) | Value::Array(_)) {
        return deep(out, name.to_owned(), value, parts::DEEPEST);
    }
    match value {
        Value::Array(items) if items.is_empty() => {
            Err(Error::new("an empty array leaves no part").hint("leave it out"))
        }
        Value::Array(items) => items.iter().enumerate().try_for_each(|(position, item)| {
            let part = part(Some(name.into()), item, &expected.item(position), encoding);
            out.push(part.map_err(|error| error.below(&position.to_string()))?);
            Ok(())
        }),
        single => {
            out.push(part(Some(name.into()), single, expected, encoding)?);
            Ok(())
        }
    }
}

fn is_deep(encoding: &FieldEncoding) -> bool {
    encoding.style == Some(Style::DeepObject)
}

/// What stands between the items of a list that is one part (Swagger 2.0 `collectionFormat`, and OpenAPI
/// 3.1's `style` without `explode`).
fn delimiter(encoding: &FieldEncoding) -> Option<char> {
    match (encoding.style?, encoding.explode?) {
        (Style::Form, false) => Some(','),
        (Style::SpaceDelimited, false) => Some(' '),
        (Style::PipeDelimited, false) => Some('|'),
        (Style::TabDelimited, false) => Some('\t'),
        _ => None,
    }
}

/// Items as one text. Nothing is escaped in a part, so no item may hold the delimiter.
fn join(items: &[Value], delimiter: char) -> Result<String, Error> {
    let mut out = String::new();
    for (position, item) in items.iter().enumerate() {
        let below = |error: Error| error.below(&position.to_string());
        let text = scalar::text(item).ok_or_else(|| {
            below(Error::new(format!("{} cannot stand in a list here", scalar::kind(item))))
        })?;
        if text.contains(delimiter) {
            return Err(below(Error::new(format!("the value {text:?} holds the character between values"))));
        }
        if position > 0 {
            out.push(delimiter);
        }
        out.push_str(&text);
    }
    Ok(out)
}

/// Nested names, as forms have them.
fn deep<'v>(out: &mut Vec<Part<'v>>, name: String, value: &'v Value, depth: usize) -> Result<(), Error> {
    if depth == 0 {
        return Err(Error::limit("the value is nested too deeply for a form"));
    }
    match value {
        Value::Object(members) if !members.is_empty() && !binary::is_file(value) => {
            members.iter().try_for_each(|(key, member)| {
                if key.is_empty() || key.contains(['[', ']']) {
                    return Err(
                        Error::new(format!("the name {key:?} cannot be written in brackets")).below(key)
                    );
                }
                deep(out, format!("{name}[{key}]"), member, depth - 1).map_err(|error| error.below(key))
            })
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().try_for_each(|(position, item)| {
                let inner = deep(out, format!("{name}[{position}]"), item, depth - 1);
                inner.map_err(|error| error.below(&position.to_string()))
            })
        }
        Value::Null | Value::Array(_) => Err(pairs::empty(value)),
        Value::Object(members) if members.is_empty() => Err(pairs::empty(value)),
        single => {
            out.push(part(Some(name.into()), single, &Expected::default(), None)?);
            Ok(())
        }
    }
}

fn part<'v>(
    name: Option<Cow<'v, str>>,
    value: &'v Value,
    expected: &Expected<'_>,
    encoding: Option<&FieldEncoding>,
) -> Result<Part<'v>, Error> {
    let named = encoding.and_then(|encoding| encoding.content_type.as_deref()).map(first);
    if is_bytes(value, expected, named) {
        let file = binary::file(value)?;
        let content_type =
            file.content_type.map_or_else(|| media::concrete(named.unwrap_or(BYTES), BYTES), str::to_owned);
        // Without a file name, most systems take the part for a text field.
        let file_name = file.name.or(name.as_deref()).unwrap_or("file").to_owned();
        return Part::new(name, Some(file_name), Some(content_type), file.bytes);
    }
    match (named.map(codec_of), value) {
        (_, Value::Null) => Err(pairs::empty(value)),
        (Some(codec @ (Codec::Xml | Codec::Json)), value) => {
            let content = Content::plain(named.unwrap_or_default(), expected.clone());
            let encoded = super::encode(codec, &content, value)?;
            Part::new(name, None, Some(encoded.content_type), encoded.bytes.into())
        }
        (_, Value::Object(_) | Value::Array(_)) => {
            Part::new(name, None, Some("application/json".to_owned()), value.to_string().into_bytes().into())
        }
        (_, single) => {
            let text = scalar::text(single).unwrap_or_default();
            let bytes = match text {
                Cow::Borrowed(text) => text.as_bytes().into(),
                Cow::Owned(text) => text.into_bytes().into(),
            };
            Part::new(name, None, named.filter(|named| !named.contains('*')).map(str::to_owned), bytes)
        }
    }
}

/// Whether the value is a file: the schema says bytes, or the value is written as a file where the
/// schema has no objects.
fn is_bytes(value: &Value, expected: &Expected<'_>, named: Option<&str>) -> bool {
    let is_object = || expected.types().is_some_and(|types| types.any(Types::OBJECT));
    (binary::is_file(value) && !is_object())
        || expected.is_binary() && !matches!(value, Value::Null)
        || (value.is_string() && named.is_some_and(|named| codec_of(named) == Codec::Binary))
}

fn decode(content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    let Some(boundary) = media::parameter(content.media_type, "boundary") else {
        return Err(Error::new("the multipart content type names no boundary"));
    };
    let read = parts::read(&boundary, bytes)?;
    let expected = &content.expected;
    let is_form = media::essence(content.media_type) == "multipart/form-data";
    let is_object = expected.types().is_some_and(|types| types.any(Types::OBJECT)) || is_form;
    if !is_object {
        let items = read.iter().enumerate().map(|(at, part)| value(part, &expected.item(at), None));
        return Ok(Value::Array(items.collect::<Result<_, _>>()?));
    }
    fields(content, expected, &read)
}

/// Parts as the fields of an object: by name, and where a part has none, by its position among the
/// described fields.
fn fields(content: &Content<'_>, expected: &Expected<'_>, read: &[Part<'_>]) -> Result<Value, Error> {
    let names = expected.names();
    let mut values: IndexMap<String, Vec<Value>> = IndexMap::new();
    let mut nested = Nested::default();
    for (position, part) in read.iter().enumerate() {
        let name = match &part.name {
            Some(name) => name.clone().into_owned(),
            None => {
                names.get_index(position).map_or_else(|| format!("part{position}"), |name| (*name).to_owned())
            }
        };
        if name.contains('[') && !expected.declares(&name) {
            nested.push(&name, part)?;
            continue;
        }
        let encoding = content.encoding.and_then(|encoding| encoding.get(&name));
        let property = expected.property(&name);
        if let Some(delimiter) = encoding.and_then(delimiter).filter(|_| is_list(&property)) {
            let text =
                super::charset::decode("text/plain", &part.bytes).map_err(|error| error.below(&name))?;
            let texts = text.split(delimiter).enumerate();
            values.entry(name).or_default().extend(texts.map(|(at, text)| property.item(at).scalar(text)));
            continue;
        }
        let position = values.get(&name).map_or(0, Vec::len);
        let expected = if is_list(&property) { property.item(position) } else { property };
        let value = value(part, &expected, encoding).map_err(|error| error.below(&name))?;
        values.entry(name).or_default().push(value);
    }
    let mut object = nested.finish(expected)?;
    for (name, mut values) in values {
        let single =
            if values.len() == 1 && !is_list(&expected.property(&name)) { values.pop() } else { None };
        object.insert(name, single.unwrap_or(Value::Array(values)));
    }
    Ok(Value::Object(object))
}

/// Whether a field that stands once is an array of one.
fn is_list(expected: &Expected<'_>) -> bool {
    expected.types().is_some_and(|types| types.only(Types::ARRAY.with(Types::NULL)))
}

/// Parts with nested names (`a[b]`), put together as forms have them.
#[derive(Default)]
struct Nested {
    form: String,
}

impl Nested {
    fn push(&mut self, name: &str, part: &Part<'_>) -> Result<(), Error> {
        let text = super::charset::decode("text/plain", &part.bytes).map_err(|error| error.below(name))?;
        percent::push(&mut self.form, name, percent::UNRESERVED);
        self.form.push('=');
        percent::push(&mut self.form, &text, percent::UNRESERVED);
        self.form.push('&');
        Ok(())
    }

    fn finish(self, expected: &Expected<'_>) -> Result<Map<String, Value>, Error> {
        let mut object = Map::new();
        for (root, mut read) in pairs::rest_by_root(pairs::parse(&self.form, pairs::Form::Body)?) {
            let property = expected.property(&root);
            let value = pairs::take_deep(&mut read, &root, pairs::Form::Body, &property);
            if let Some(value) = value.map_err(|error| error.below(&root))? {
                object.insert(root, value);
            }
        }
        Ok(object)
    }
}

fn value(part: &Part<'_>, expected: &Expected<'_>, encoding: Option<&FieldEncoding>) -> Result<Value, Error> {
    let named = encoding.and_then(|encoding| encoding.content_type.as_deref()).map(first);
    let usual_type = media::concrete(named.unwrap_or(BYTES), BYTES);
    let codec = part.content_type.as_deref().map(codec_of);
    let is_file = part.file_name.is_some() || expected.is_binary();
    if is_file && !matches!(codec, Some(Codec::Json | Codec::Xml) if !expected.is_binary()) {
        let usual_name = part.name.as_deref().unwrap_or("file");
        let name = part.file_name.as_deref().filter(|name| *name != usual_name);
        let content_type = part.content_type.as_deref().filter(|given| *given != usual_type);
        return Ok(binary::named(&part.bytes, name, content_type));
    }
    let content_type = part.content_type.as_deref().unwrap_or("text/plain");
    match codec {
        Some(codec @ (Codec::Json | Codec::Xml | Codec::Form | Codec::JsonLines)) => {
            super::decode(codec, &Content::plain(content_type, expected.clone()), &part.bytes)
        }
        _ => match super::charset::decode(content_type, &part.bytes) {
            // Objects travel as JSON parts; a text part is one only for readers that forget its type.
            Ok(text) if expected.types().is_some_and(|types| !types.any(Types::STRING)) => {
                Ok(structured(&text, expected))
            }
            Ok(text) => Ok(expected.scalar(&text)),
            Err(_) => Ok(binary::value(&part.bytes)),
        },
    }
}

#[cfg(test)]
mod tests;
