//! Query parameters, among them the whole query as one value (OpenAPI 3.2 `in: querystring`).

use nave_model::Fault;
use serde_json::{Map, Value};

use super::{Given, Incoming, foreign, refuse, unreadable};
use crate::Connector;
use crate::codec::fields::{self, Field, How};
use crate::codec::pairs::{self, Form, Keep, Pair, Pairs};
use crate::codec::{self, Content, Expected, codec_of, percent};
use crate::connector::{KeyLocation, Scheme};
use crate::operation::{Codec, Location, Operation, Parameter};

/// The query string; `fixed` is what the path template itself has.
pub(super) fn build(given: &Given<'_>, fixed: &str) -> Result<String, Fault> {
    let mut pairs = Pairs::new(Form::Query);
    pairs.fixed(fixed);
    for entry in given.at(Location::Query) {
        let (parameter, value) = entry?;
        write(&mut pairs, given.connector, given.operation, parameter, value)?;
    }
    let mut query = pairs.finish();
    for entry in given.at(Location::Querystring) {
        let (parameter, value) = entry?;
        if !query.is_empty() {
            let error = codec::Error::new("it is the whole query, and there are other query parameters");
            return Err(refuse(parameter, error));
        }
        query = whole(given.connector, parameter, value)?;
    }
    Ok(query)
}

/// One parameter as pairs, in a query or a cookie header.
pub(super) fn write(
    pairs: &mut Pairs,
    connector: &Connector,
    operation: &Operation,
    parameter: &Parameter,
    value: &Value,
) -> Result<(), Fault> {
    let how = how(connector, parameter);
    // Only an object spread over pairs can be mistaken for other parameters.
    let owns =
        |key: &str| fields::owns(&described(connector, operation, parameter.location), &parameter.name, key);
    fields::write(pairs, &parameter.name, &how, value, &owns).map_err(|error| refuse(parameter, error))
}

fn how<'a>(connector: &'a Connector, parameter: &'a Parameter) -> How<'a> {
    match &parameter.content {
        Some(media_type) => {
            let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
            How::Content(Content::plain(media_type, expected))
        }
        None => How::Style { style: parameter.style, explode: parameter.explode, keep: keep(parameter) },
    }
}

/// `allowReserved` is a query's matter: in a cookie, a reserved character can end the value.
fn keep(parameter: &Parameter) -> Keep {
    let reserved = parameter.allow_reserved && parameter.location == Location::Query;
    if reserved { Keep::Reserved } else { Keep::Unreserved }
}

/// All parameters of a location as fields.
pub(super) fn described<'a>(
    connector: &'a Connector,
    operation: &'a Operation,
    location: Location,
) -> Vec<Field<'a>> {
    let parameters = operation.parameters.iter().filter(|parameter| parameter.location == location);
    parameters
        .map(|parameter| {
            let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
            Field::new(&parameter.name, how(connector, parameter), expected)
        })
        .collect()
}

/// The query as one value: a form as it is, everything else percent-encoded.
fn whole(connector: &Connector, parameter: &Parameter, value: &Value) -> Result<String, Fault> {
    let media_type = media_type(parameter);
    let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
    let encoded = codec::encode(codec_of(media_type), &Content::plain(media_type, expected), value);
    let encoded = encoded.map_err(|error| refuse(parameter, error))?;
    let text = String::from_utf8(encoded.bytes)
        .map_err(|_| refuse(parameter, codec::Error::new("it is no text")))?;
    if codec_of(media_type) == Codec::Form {
        return Ok(text);
    }
    let mut query = String::with_capacity(text.len() * 2);
    percent::push(&mut query, &text, percent::UNRESERVED);
    Ok(query)
}

fn media_type(parameter: &Parameter) -> &str {
    parameter.content.as_deref().unwrap_or("application/x-www-form-urlencoded")
}

/// Reads the query.
pub(super) fn read(
    connector: &Connector,
    operation: &Operation,
    incoming: &Incoming<'_>,
    arguments: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let mut parameters = operation.parameters.iter();
    if let Some(parameter) = parameters.find(|parameter| parameter.location == Location::Querystring) {
        return read_whole(connector, parameter, incoming.query, arguments);
    }
    let mut pairs = pairs::parse(incoming.query, Form::Query)
        .map_err(|error| foreign(operation, format!("the query cannot be read: {error}")))?;
    drop_fixed(operation, &mut pairs);
    take(connector, operation, (Location::Query, Form::Query), &mut pairs, arguments)?;
    for pair in pairs.iter().filter(|pair| !pair.is_taken && !is_key(connector, &pair.name)) {
        let text = pairs::decode(pair.raw, Form::Query);
        arguments.entry(pair.name.as_ref()).or_insert_with(|| Value::from(text));
    }
    Ok(())
}

/// Takes the pairs of all parameters of a location.
pub(super) fn take(
    connector: &Connector,
    operation: &Operation,
    (location, form): (Location, Form),
    pairs: &mut [Pair<'_>],
    arguments: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let fields = described(connector, operation, location);
    let parameters = operation.parameters.iter().filter(|parameter| parameter.location == location);
    for (at, (parameter, field)) in parameters.zip(&fields).enumerate() {
        let owns = |name: &str| fields::owner(&fields, name) == Some(at);
        let value = fields::take(pairs, form, field, &owns).map_err(|error| unreadable(parameter, error))?;
        if let Some(value) = value {
            arguments.insert(parameter.argument.clone(), value);
        }
    }
    Ok(())
}

fn read_whole(
    connector: &Connector,
    parameter: &Parameter,
    query: &str,
    arguments: &mut Map<String, Value>,
) -> Result<(), Fault> {
    if query.is_empty() {
        return Ok(());
    }
    let media_type = media_type(parameter);
    let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
    let is_form = codec_of(media_type) == Codec::Form;
    let text = if is_form { query.into() } else { percent::decode_form(query) };
    let value = codec::decode(codec_of(media_type), &Content::plain(media_type, expected), text.as_bytes());
    let value = value.map_err(|error| unreadable(parameter, error))?;
    arguments.insert(parameter.argument.clone(), value);
    Ok(())
}

/// Pairs that the path template itself has.
fn drop_fixed(operation: &Operation, pairs: &mut [Pair<'_>]) {
    let Some((_, fixed)) = operation.path.split_once('?') else { return };
    let fixed = pairs::parse(fixed, Form::Query).unwrap_or_default();
    let text = |raw| pairs::decode(raw, Form::Query);
    for pair in pairs.iter_mut() {
        pair.is_taken =
            fixed.iter().any(|fixed| fixed.name == pair.name && text(fixed.raw) == text(pair.raw));
    }
}

/// Whether a field is a credential's.
fn is_key(connector: &Connector, field: &str) -> bool {
    connector.schemes.values().any(
        |scheme| matches!(scheme, Scheme::ApiKey { location: KeyLocation::Query, name } if name == field),
    )
}
