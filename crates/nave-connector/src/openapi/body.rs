//! The request body of an operation and the media type that is sent.

use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use serde_json::Value;

use super::media;
use super::parameter::Written;
use super::text;
use crate::codec::codec_of;
use crate::documents::{Documents, Place};
use crate::operation::{Body, Codec, Location, Media, Operation, Parameter};

/// The body of an OpenAPI 3.x operation. `wanted` is the media type the manifest asks for.
///
/// # Errors
/// A body behind a broken reference, or a media type the description does not offer.
pub(super) fn read(
    documents: &Documents,
    operation: &Place,
    wanted: Option<&str>,
    findings: &mut Vec<Problem>,
) -> Result<Option<Body>, Fault> {
    let place = operation.child("requestBody");
    if documents.get(&place).is_none_or(Value::is_null) {
        return Ok(None);
    }
    let (place, object) = documents.follow(&place)?;
    let (media, strange) = media::content(documents, &place, object);
    for key in strange {
        let message = format!("`{key}` is not a media type and is left out");
        findings.push(Problem::new(codes::DOCUMENT_FORMAT, documents.at(&place.child("content")), message));
    }
    let required = object.get("required").and_then(Value::as_bool).unwrap_or(false);
    let description = text::member(object, "description");
    let media = if media.is_empty() { vec![media::plain("application/json", None)] } else { media };
    choose(media, wanted, &place, documents)
        .map(|(media, others)| Some(Body { required, description, media: concrete(media), others }))
}

/// The body of a Swagger 2.0 operation, from its `in: body` parameter and `consumes`.
///
/// # Errors
/// The manifest asks for a media type the description does not offer.
pub(super) fn read_swagger(
    documents: &Documents,
    operation: &Place,
    written: Option<&Written<'_>>,
    wanted: Option<&str>,
) -> Result<Option<Body>, Fault> {
    let Some(Written { place, object }) = written else { return Ok(None) };
    let schema = object.get("schema").map(|_| place.child("schema"));
    let media = media_types(documents, operation, "consumes")
        .iter()
        .map(|media_type| media::plain(media_type, schema.clone()))
        .collect();
    let required = object.get("required").and_then(Value::as_bool).unwrap_or(false);
    let description = text::member(object, "description");
    choose(media, wanted, place, documents)
        .map(|(media, others)| Some(Body { required, description, media: concrete(media), others }))
}

/// The media types of a Swagger 2.0 operation: its own `consumes` or `produces`, else the
/// description's, else JSON.
pub(super) fn media_types(documents: &Documents, operation: &Place, key: &str) -> Vec<String> {
    let own = documents.get(&operation.child(key));
    let general = || documents.get(&Place::new(format!("/{key}")));
    let list = own.or_else(general).and_then(Value::as_array);
    let types: Vec<String> =
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if types.is_empty() { vec!["application/json".to_owned()] } else { types }
}

/// How the form fields of a Swagger 2.0 operation are sent: as `multipart/form-data` where one is a
/// file or nothing else is consumed, else url-encoded.
pub fn form_codec(documents: &Documents, operation: &Operation) -> Codec {
    let is_file = |parameter: &Parameter| {
        let object = parameter.schema.as_ref().and_then(|place| documents.get(place));
        parameter.location == Location::Form
            && object.and_then(|object| object.get("type")).and_then(Value::as_str) == Some("file")
    };
    let types = media_types(documents, &operation.place, "consumes");
    let offers = |codec: Codec| types.iter().any(|media_type| codec_of(media_type) == codec);
    if operation.parameters.iter().any(is_file) || (offers(Codec::Multipart) && !offers(Codec::Form)) {
        return Codec::Multipart;
    }
    Codec::Form
}

/// The best media type to send, and the others.
fn choose(
    mut media: Vec<Media>,
    wanted: Option<&str>,
    place: &Place,
    documents: &Documents,
) -> Result<(Media, Vec<Media>), Fault> {
    let best = match wanted {
        Some(wanted) => media.iter().position(|media| media.media_type.eq_ignore_ascii_case(wanted)),
        None => (0..media.len()).min_by_key(|index| media.get(*index).map(media::rank)),
    };
    let Some(best) = best else {
        let offered: Vec<&str> = media.iter().map(|media| media.media_type.as_str()).collect();
        let message = format!("the body is not offered as `{}`", wanted.unwrap_or_default());
        let fault = Fault::new(codes::MANIFEST_INVALID, message).with_at(documents.at(place));
        return Err(fault.with_hint(format!("it is offered as `{}`", offered.join("`, `"))));
    };
    let chosen = media.remove(best);
    Ok((chosen, media))
}

/// A range such as `*/*` cannot be sent: the media type that its codec stands for.
fn concrete(mut media: Media) -> Media {
    if media.media_type.contains('*') {
        let name = match media.codec {
            Codec::Json => "application/json",
            Codec::Form => "application/x-www-form-urlencoded",
            Codec::Multipart => "multipart/form-data",
            Codec::Xml => "application/xml",
            Codec::Text => "text/plain",
            Codec::JsonLines => "application/x-ndjson",
            Codec::EventStream => "text/event-stream",
            Codec::Binary => "application/octet-stream",
        };
        name.clone_into(&mut media.media_type);
    }
    media
}
