//! The body of a request: the described media type's content, or Swagger 2.0 form parameters.

use indexmap::IndexMap;
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::{Map, Value};

use super::{Given, Incoming, foreign, refuse};
use crate::Connector;
use crate::codec::{self, Content, Encoded, Error, Expected, codec_of, media};
use crate::operation::{BodyArguments, Codec, FieldEncoding, Location, Media, Operation, Parameter};
use crate::schema::Schema;

/// The content and its type, where there is any.
pub(super) fn build(given: &Given<'_>) -> Result<Option<Encoded>, Fault> {
    if let Some(body) = &given.operation.body
        && let Some(value) = &given.checked.body
    {
        let content = Content::of(&given.connector.documents, &body.media);
        let encoded = codec::encode(body.media.codec, &content, value);
        return encoded.map(Some).map_err(|error| refuse_body(given.operation, error));
    }
    let mut form = Map::new();
    for entry in given.at(Location::Form) {
        let (parameter, value) = entry?;
        form.insert(parameter.name.clone(), value.clone());
    }
    if form.is_empty() {
        return Ok(None);
    }
    let encoding = encodings(given.operation);
    let (codec, media_type) = form_type(given.connector, given.operation);
    let content = form_content(given.connector, given.operation, media_type, &encoding);
    codec::encode(codec, &content, &Value::Object(form)).map(Some).map_err(|error| {
        let name = error.pointer.split('/').nth(1).unwrap_or_default().to_owned();
        let parameter = parameters(given.operation).find(|parameter| parameter.name == name);
        let inner = error.pointer.get(name.len() + 1..).unwrap_or_default().to_owned();
        match parameter {
            Some(parameter) => refuse(parameter, Error { pointer: inner, ..error }),
            None => error.fault(codes::REQUEST_BUILD),
        }
    })
}

fn refuse_body(operation: &Operation, error: Error) -> Fault {
    let message = format!("the body cannot be written: {}", error.message);
    let error = match &operation.arguments.body {
        BodyArguments::Whole { argument } => error.below(argument),
        BodyArguments::Fields { fields } => renamed(fields, error),
        BodyArguments::None => error,
    };
    Error { message, ..error }.fault(codes::REQUEST_BUILD)
}

/// The pointer from the argument's name instead of the field's.
fn renamed(fields: &IndexMap<String, String>, error: Error) -> Error {
    let Some(rest) = error.pointer.strip_prefix('/') else { return error };
    let (first, rest) = rest.split_once('/').map_or((rest, None), |(first, rest)| (first, Some(rest)));
    let field = crate::documents::unescape(first);
    let argument = fields.iter().find(|(_, name)| **name == field).map(|(argument, _)| argument);
    let pointer = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
    match argument {
        Some(argument) => Error { pointer, ..error }.below(argument),
        None => error,
    }
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().filter(|parameter| parameter.location == Location::Form)
}

/// Swagger 2.0 form parameters as fields: a list is written in the parameter's style.
fn encodings(operation: &Operation) -> IndexMap<String, FieldEncoding> {
    let styled = |parameter: &Parameter| FieldEncoding {
        style: Some(parameter.style),
        explode: Some(parameter.explode),
        ..FieldEncoding::default()
    };
    parameters(operation).map(|parameter| (parameter.name.clone(), styled(parameter))).collect()
}

fn form_content<'a>(
    connector: &'a Connector,
    operation: &'a Operation,
    media_type: &'a str,
    encoding: &'a IndexMap<String, FieldEncoding>,
) -> Content<'a> {
    let schema = |parameter: &'a Parameter| {
        parameter.schema.as_ref().and_then(|place| Schema::at(&connector.documents, place).ok())
    };
    let fields = parameters(operation).map(|parameter| (parameter.name.as_str(), schema(parameter)));
    Content { expected: Expected::object(fields.collect()), media_type, encoding: Some(encoding) }
}

/// Multipart where a parameter is a file or nothing else is consumed, else a form.
fn form_type(connector: &Connector, operation: &Operation) -> (Codec, &'static str) {
    let documents = &connector.documents;
    match crate::openapi::form_codec(documents, operation) {
        Codec::Multipart => (Codec::Multipart, "multipart/form-data"),
        _ => (Codec::Form, "application/x-www-form-urlencoded"),
    }
}

/// Reads the body into its flat arguments.
pub(super) fn read(
    connector: &Connector,
    operation: &Operation,
    incoming: &Incoming<'_>,
    arguments: &mut Map<String, Value>,
) -> Result<(), Fault> {
    if incoming.body.is_empty() && !is_empty_content(operation, incoming) {
        return Ok(());
    }
    let given = content_type(incoming);
    let unreadable = |error: Error| {
        let message = format!("the body cannot be read: {}", error.message);
        Error { message, ..error }.fault(codes::REQUEST_READ)
    };
    let Some(body) = &operation.body else {
        return read_form(connector, operation, (given, incoming.body), arguments).map_err(unreadable);
    };
    let media = select(operation, &body.media, &body.others, given)?;
    let content = Content::of(&connector.documents, media);
    let content = content.typed(given.unwrap_or(&media.media_type));
    let value = codec::decode(media.codec, &content, incoming.body).map_err(unreadable)?;
    place(operation, value, arguments)
}

fn content_type<'a>(incoming: &Incoming<'a>) -> Option<&'a str> {
    let mut headers = incoming.headers.iter();
    headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, text)| text.as_str())
}

/// Whether no bytes are content all the same: an empty text, file or form that names its type.
fn is_empty_content(operation: &Operation, incoming: &Incoming<'_>) -> bool {
    let Some(media_type) = content_type(incoming) else { return false };
    let codec = codec_of(media_type);
    operation.body.is_some()
        && matches!(codec, Codec::Text | Codec::Binary | Codec::Form | Codec::JsonLines | Codec::EventStream)
}

/// The described media type that covers the given one.
fn select<'m>(
    operation: &Operation,
    first: &'m Media,
    others: &'m [Media],
    given: Option<&str>,
) -> Result<&'m Media, Fault> {
    let Some(given) = given else { return Ok(first) };
    let all = || std::iter::once(first).chain(others);
    let exact = all().find(|media| media::essence(&media.media_type) == media::essence(given));
    let covering = || all().find(|media| media::covers(&media.media_type, given));
    // A description whose media type is no media type at all is sent as its codec's plain one.
    let same_codec = || all().find(|media| media.codec == codec_of(given));
    exact
        .or_else(covering)
        .or_else(same_codec)
        .or_else(|| (first.codec == Codec::Binary).then_some(first))
        .ok_or_else(|| {
            let offered: Vec<&str> = all().map(|media| media.media_type.as_str()).collect();
            let message = format!("`{}` does not take content of type `{given}`", operation.name);
            foreign(operation, message).with_hint(format!("it takes `{}`", offered.join("`, `")))
        })
}

fn read_form(
    connector: &Connector,
    operation: &Operation,
    (given, bytes): (Option<&str>, &[u8]),
    arguments: &mut Map<String, Value>,
) -> Result<(), Error> {
    if parameters(operation).next().is_none() {
        // A body where none is described is no argument.
        return Ok(());
    }
    let encoding = encodings(operation);
    let (_, usual) = form_type(connector, operation);
    let media_type = given.unwrap_or(usual);
    let codec = match codec_of(media_type) {
        codec @ (Codec::Multipart | Codec::Json) => codec,
        _ => Codec::Form,
    };
    let content = form_content(connector, operation, media_type, &encoding);
    let Value::Object(members) = codec::decode(codec, &content, bytes)? else {
        return Err(Error::new("it is no object"));
    };
    for (name, value) in members {
        let parameter = parameters(operation).find(|parameter| parameter.name == name);
        arguments.insert(parameter.map_or(name, |parameter| parameter.argument.clone()), value);
    }
    Ok(())
}

/// Puts the body's value where the flat arguments have it.
fn place(operation: &Operation, value: Value, arguments: &mut Map<String, Value>) -> Result<(), Fault> {
    match (&operation.arguments.body, value) {
        (BodyArguments::Fields { fields }, Value::Object(members)) => {
            let names: IndexMap<&str, &str> =
                fields.iter().map(|(argument, field)| (field.as_str(), argument.as_str())).collect();
            for (field, value) in members {
                let argument = names.get(field.as_str()).map_or(field.as_str(), |argument| *argument);
                if arguments.contains_key(argument) {
                    let message = format!("`{argument}` stands in the body and elsewhere");
                    return Err(foreign(operation, message));
                }
                arguments.insert(argument.to_owned(), value);
            }
            Ok(())
        }
        (BodyArguments::Fields { .. }, other) => {
            let message = format!("the body is {}, not an object", codec::scalar::kind(&other));
            Err(foreign(operation, message))
        }
        (BodyArguments::Whole { argument }, value) => {
            arguments.insert(argument.clone(), value);
            Ok(())
        }
        (BodyArguments::None, _) => Ok(()),
    }
}
