//! Media types: how their content is written, which one is best to send, and what a `content` map says.

use indexmap::IndexMap;
use serde_json::Value;

use crate::codec::{codec_of, essence};
use crate::documents::{Documents, Place};
use crate::operation::{Codec, FieldEncoding, Media, Style};

/// Whether a key of a `content` map can be a media type; some descriptions have `examples` there.
fn is_media_type(key: &str) -> bool {
    key.split_once('/').is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty())
}

/// Lower is better to send. Plain JSON first, then its relatives, then what is harder to get right.
pub(super) fn rank(media: &Media) -> u8 {
    let essence = essence(&media.media_type);
    match media.codec {
        Codec::Json if essence == "application/json" => 0,
        Codec::Json if essence.ends_with("/json") => 1,
        Codec::Json if essence.contains('*') => 3,
        Codec::Json if essence.contains("patch") => 4,
        Codec::Json => 2,
        Codec::Form => 5,
        Codec::Multipart => 6,
        Codec::Xml => 7,
        Codec::JsonLines => 8,
        Codec::Text => 9,
        Codec::EventStream => 10,
        Codec::Binary => 11,
    }
}

/// The media types of a `content` map in the order described, and the keys that are none.
pub(super) fn content(documents: &Documents, place: &Place, owner: &Value) -> (Vec<Media>, Vec<String>) {
    let mut media = Vec::new();
    let mut strange = Vec::new();
    let place = place.child("content");
    for key in owner.get("content").and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key) {
        if is_media_type(key) {
            media.push(one(documents, &place.child(key), key));
        } else if !key.starts_with("x-") {
            strange.push(key.clone());
        }
    }
    (media, strange)
}

/// One Media Type Object (OpenAPI 3.x), which may be a reference since 3.2.
fn one(documents: &Documents, place: &Place, media_type: &str) -> Media {
    let (place, object) = match documents.follow(place) {
        Ok((place, object)) => (place, object),
        Err(_) => (place.clone(), &Value::Null),
    };
    let schema = object.get("schema").map(|_| place.child("schema"));
    let mut codec = codec_of(media_type);
    if schema.is_none() && essence(media_type).contains('*') {
        codec = Codec::Binary;
    }
    Media {
        media_type: media_type.to_owned(),
        codec,
        schema,
        encoding: encoding(object),
        example: example(documents, &place, object),
    }
}

fn encoding(object: &Value) -> IndexMap<String, FieldEncoding> {
    let fields = object.get("encoding").and_then(Value::as_object);
    fields
        .into_iter()
        .flatten()
        .map(|(field, encoding)| {
            let encoding = FieldEncoding {
                content_type: encoding.get("contentType").and_then(Value::as_str).map(str::to_owned),
                style: encoding.get("style").and_then(Value::as_str).and_then(style),
                explode: encoding.get("explode").and_then(Value::as_bool),
                allow_reserved: encoding.get("allowReserved").and_then(Value::as_bool).unwrap_or(false),
            };
            (field.clone(), encoding)
        })
        .collect()
}

/// A style by its name.
pub(super) fn style(name: &str) -> Option<Style> {
    Some(match name {
        "matrix" => Style::Matrix,
        "label" => Style::Label,
        "simple" => Style::Simple,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        "cookie" => Style::Cookie,
        _ => return None,
    })
}

/// The example of a parameter or media type: `example`, else the first of `examples`, which are
/// Example Objects (or references to them), or plain values where a vendor mistook them.
pub(super) fn example(documents: &Documents, place: &Place, object: &Value) -> Option<Value> {
    if let Some(example) = object.get("example").or_else(|| object.get("x-example")) {
        return Some(example.clone());
    }
    match object.get("examples")? {
        Value::Object(examples) => {
            let (name, _) = examples.iter().next()?;
            let (_, example) = documents.follow(&place.child("examples").child(name)).ok()?;
            let wrapped = ["value", "dataValue"].iter().find_map(|key| example.get(key));
            let outside = example.get("externalValue").is_some() || example.get("serializedValue").is_some();
            wrapped.or_else(|| (!outside).then_some(example)).cloned()
        }
        Value::Array(examples) => examples.first().cloned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// A media type made for a Swagger 2.0 body or answer.
pub(super) fn plain(media_type: &str, schema: Option<Place>) -> Media {
    let codec = codec_of(media_type);
    Media { media_type: media_type.to_owned(), codec, schema, encoding: IndexMap::new(), example: None }
}
