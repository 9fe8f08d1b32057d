//! Described answers of an operation.

use nave_model::Problem;
use nave_model::fault::codes;
use serde_json::Value;

use super::body::media_types;
use super::{media, parameter, text};
use crate::documents::{Documents, Place};
use crate::operation::{Codec, Media, Parameter, Response, Status};

/// The answers of an operation, the most specific status first. An answer behind a broken reference
/// is taken as one without described content: the call itself does not need it.
pub(super) fn read(
    documents: &Documents,
    operation: &Place,
    swagger: bool,
    findings: &mut Vec<Problem>,
) -> Vec<Response> {
    let place = operation.child("responses");
    let mut responses: Vec<Response> = Vec::new();
    for key in documents.get(&place).and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key) {
        if key.starts_with("x-") {
            continue;
        }
        let place = place.child(key);
        let Some(status) = status(key) else {
            let message = format!("`{key}` is not a status and is left out");
            findings.push(Problem::new(codes::DOCUMENT_FORMAT, documents.at(&place), message));
            continue;
        };
        if responses.iter().any(|response| response.status == status) {
            continue;
        }
        let (place, object) = documents.follow(&place).unwrap_or((place, &Value::Null));
        responses.push(Response {
            status,
            description: text::member(object, "description"),
            media: content(documents, operation, (&place, object), swagger),
            headers: headers(documents, &place, object, swagger),
        });
    }
    responses.sort_by_key(|response| response.status);
    responses
}

fn status(key: &str) -> Option<Status> {
    if key.eq_ignore_ascii_case("default") {
        return Some(Status::Default);
    }
    if let Ok(code) = key.parse::<u16>() {
        return (100..=599).contains(&code).then_some(Status::Exact(code));
    }
    let (class, rest) = key.split_at_checked(1)?;
    let class = class.parse::<u8>().ok().filter(|class| (1..=5).contains(class))?;
    rest.eq_ignore_ascii_case("xx").then_some(Status::Class(class))
}

fn content(
    documents: &Documents,
    operation: &Place,
    (place, object): (&Place, &Value),
    swagger: bool,
) -> Vec<Media> {
    if !swagger {
        return media::content(documents, place, object).0;
    }
    let Some(schema) = object.get("schema") else { return Vec::new() };
    let is_file = schema.get("type").and_then(Value::as_str) == Some("file");
    let examples = object.get("examples").and_then(Value::as_object);
    media_types(documents, operation, "produces")
        .iter()
        .map(|media_type| {
            let mut media = media::plain(media_type, (!is_file).then(|| place.child("schema")));
            if is_file {
                media.codec = Codec::Binary;
            }
            media.example = examples.and_then(|examples| examples.get(media_type)).cloned();
            media
        })
        .collect()
}

fn headers(documents: &Documents, place: &Place, object: &Value, swagger: bool) -> Vec<Parameter> {
    let place = place.child("headers");
    let names = object.get("headers").and_then(Value::as_object);
    names
        .into_iter()
        .flatten()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
        .filter_map(|(name, _)| parameter::header(documents, &place.child(name), name, swagger))
        .collect()
}
