//! Header parameters. The headers of the manifest and `Accept` are the pipeline's to add.

use nave_model::Fault;
use serde_json::{Map, Value};

use super::{Given, Incoming, refuse, unreadable};
use crate::Connector;
use crate::codec::flat::{self, Delimiter, Escape};
use crate::codec::{self, Content, Error, Expected, codec_of, json};
use crate::operation::{Codec, Location, Operation, Parameter, Style};

/// Headers that frame the message (RFC 9110 section 7.6, RFC 9112 section 6): the transport's alone.
const FRAMING: [&str; 9] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The headers the arguments give.
pub(super) fn build(given: &Given<'_>) -> Result<Vec<(String, String)>, Fault> {
    let mut headers = Vec::new();
    for entry in given.at(Location::Header) {
        let (parameter, value) = entry?;
        let text = write(given.connector, parameter, value).map_err(|error| refuse(parameter, error))?;
        headers.push((parameter.name.clone(), text));
    }
    Ok(headers)
}

fn write(connector: &Connector, parameter: &Parameter, value: &Value) -> Result<String, Error> {
    check_name(&parameter.name)?;
    let mut out = String::new();
    match &parameter.content {
        Some(media_type) if codec_of(media_type) == Codec::Json => out = json::ascii(value),
        Some(media_type) => {
            let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
            let encoded = codec::encode(codec_of(media_type), &Content::plain(media_type, expected), value)?;
            let text = String::from_utf8(encoded.bytes).map_err(|_| Error::new("it is no text"))?;
            Escape::Header.single(&mut out, &text)?;
        }
        None => {
            let flat = flat::flatten(value)?;
            flat::join(&mut out, &flat, delimiter(parameter.style), parameter.explode, Escape::Header)?;
        }
    }
    // Empty members beside a space or tab: the delimiter itself would be lost.
    if out.trim_matches([' ', '\t']).len() != out.len() {
        return Err(Error::new("a header value cannot begin or end with a space"));
    }
    Ok(out)
}

/// Commas, and for Swagger 2.0 whatever its `collectionFormat` says, unescaped.
fn delimiter(style: Style) -> Delimiter {
    match style {
        Style::SpaceDelimited => Delimiter { wire: " ", ..Delimiter::SPACE },
        Style::PipeDelimited => Delimiter { wire: "|", ..Delimiter::PIPE },
        Style::TabDelimited => Delimiter { wire: "\t", ..Delimiter::TAB },
        _ => Delimiter::COMMA,
    }
}

/// A name is a token (RFC 9110 section 5.6.2), and not one of the transport's own.
fn check_name(name: &str) -> Result<(), Error> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Error::new(format!("{name:?} cannot name a header")));
    }
    if FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
        return Err(
            Error::new(format!("the header `{name}` is set when the request is sent")).hint("leave it out")
        );
    }
    Ok(())
}

/// Reads the described headers.
pub(super) fn read(
    connector: &Connector,
    operation: &Operation,
    incoming: &Incoming<'_>,
    arguments: &mut Map<String, Value>,
) -> Result<(), Fault> {
    for parameter in operation.parameters.iter().filter(|parameter| parameter.location == Location::Header) {
        let same = incoming.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(&parameter.name));
        let texts: Vec<&str> = same.map(|(_, text)| text.trim_matches([' ', '\t'])).collect();
        if texts.is_empty() {
            continue;
        }
        // RFC 9110 section 5.3: several lines of one header are one list.
        let value =
            parse(connector, parameter, &texts.join(",")).map_err(|error| unreadable(parameter, error))?;
        arguments.insert(parameter.argument.clone(), value);
    }
    Ok(())
}

fn parse(connector: &Connector, parameter: &Parameter, text: &str) -> Result<Value, Error> {
    let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
    if let Some(media_type) = &parameter.content {
        return codec::decode(codec_of(media_type), &Content::plain(media_type, expected), text.as_bytes());
    }
    let delimiter = delimiter(parameter.style).wire;
    let shape = flat::shape(&expected, text.contains(delimiter));
    let trim = |text| std::borrow::Cow::Borrowed(str::trim_matches(text, [' ', '\t']));
    Ok(flat::typed(flat::split(text, delimiter, shape, parameter.explode, trim)?, &expected))
}
