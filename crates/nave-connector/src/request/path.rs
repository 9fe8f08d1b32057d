//! Path parameters: values that stand in their segment and can never leave it.

use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::{Map, Value};

use super::{Given, Incoming, foreign, refuse, unreadable};
use crate::Connector;
use crate::codec::flat::{self, Delimiter, Escape, Flat};
use crate::codec::{Content, Error, Expected, codec_of, pairs, percent};
use crate::operation::{Location, Operation, Parameter, Style};
use crate::route::template::{Segment, Template};

/// The path with its values; a query that is part of the template stays behind its `?`.
pub(super) fn build(given: &Given<'_>) -> Result<String, Fault> {
    let template = given.operation.path.as_str();
    let (template, fixed) = template.split_once('?').unwrap_or((template, ""));
    let mut out = String::with_capacity(template.len() + 32);
    for segment in template.strip_prefix('/').unwrap_or(template).split('/') {
        out.push('/');
        let start = out.len();
        let values = fill(&mut out, segment, given)?;
        let written = out.get(start..).unwrap_or_default();
        let values: Vec<&str> = values.into_iter().filter_map(|(from, to)| out.get(from..to)).collect();
        verify(given.operation, segment, written, &values)?;
    }
    if !fixed.is_empty() {
        out.push('?');
        percent::push(&mut out, fixed, percent::LITERAL_QUERY);
    }
    Ok(out)
}

/// Writes one segment and says where its values stand.
fn fill(out: &mut String, segment: &str, given: &Given<'_>) -> Result<Vec<(usize, usize)>, Fault> {
    let mut rest = segment;
    let mut values = Vec::new();
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        percent::push(out, literal, percent::LITERAL_PATH);
        let (parameter, value) = value(given, name)?;
        let from = out.len();
        write(out, parameter, value).map_err(|error| refuse(parameter, error))?;
        values.push((from, out.len()));
        rest = after;
    }
    percent::push(out, rest, percent::LITERAL_PATH);
    Ok(values)
}

fn value<'a>(given: &Given<'a>, name: &str) -> Result<(&'a Parameter, &'a Value), Fault> {
    let is_it = |parameter: &Parameter| parameter.location == Location::Path && parameter.name == name;
    for (position, value) in &given.checked.parameters {
        match given.operation.parameters.get(*position) {
            Some(parameter) if is_it(parameter) => return Ok((parameter, value)),
            _ => {}
        }
    }
    let message = format!("the path of `{}` needs `{name}`, which was not given", given.operation.name);
    let hint = format!("give `{name}`");
    Err(Fault::new(codes::REQUEST_BUILD, message).with_hint(hint))
}

fn write(out: &mut String, parameter: &Parameter, value: &Value) -> Result<(), Error> {
    if super::is_undefined(value) {
        return Err(pairs::empty(value).hint(format!("give a value for `{}`", parameter.argument)));
    }
    if let Some(media_type) = &parameter.content {
        let encoded = crate::codec::encode(
            codec_of(media_type),
            &Content::plain(media_type, Expected::default()),
            value,
        )?;
        let text = String::from_utf8_lossy(&encoded.bytes);
        percent::push(out, &text, percent::UNRESERVED);
        return Ok(());
    }
    let flat = flat::flatten(value)?;
    if let Flat::One(text) = &flat
        && text.is_empty()
        && parameter.style != Style::Matrix
    {
        let message = "an empty text would change the path";
        return Err(Error::new(message).hint(format!("give a value for `{}`", parameter.argument)));
    }
    match parameter.style {
        Style::Matrix => matrix(out, parameter, &flat),
        Style::Label => {
            out.push('.');
            let delimiter = if parameter.explode { Delimiter::DOT } else { Delimiter::COMMA };
            let escape = Escape::Percent { member: percent::UNRESERVED_NO_DOT, single: percent::UNRESERVED };
            flat::join(out, &flat, delimiter, parameter.explode, escape)
        }
        style => flat::join(out, &flat, delimiter(style), parameter.explode, escape(parameter)),
    }
}

/// Commas, and for Swagger 2.0 whatever its `collectionFormat` says.
fn delimiter(style: Style) -> Delimiter {
    match style {
        Style::SpaceDelimited => Delimiter::SPACE,
        Style::PipeDelimited => Delimiter::PIPE,
        Style::TabDelimited => Delimiter::TAB,
        _ => Delimiter::COMMA,
    }
}

fn escape(parameter: &Parameter) -> Escape {
    if parameter.allow_reserved {
        Escape::Percent { member: percent::RESERVED_PATH, single: percent::RESERVED_PATH }
    } else {
        Escape::Percent { member: percent::UNRESERVED, single: percent::UNRESERVED }
    }
}

/// `;name=value`; exploded arrays repeat the name, exploded objects have their own names.
fn matrix(out: &mut String, parameter: &Parameter, flat: &Flat<'_>) -> Result<(), Error> {
    let begin = |out: &mut String, name: &str| {
        out.push(';');
        percent::push(out, name, percent::UNRESERVED);
        out.push('=');
    };
    match flat {
        Flat::List(texts) if parameter.explode => texts.iter().try_for_each(|text| {
            begin(out, &parameter.name);
            escape(parameter).single(out, text)
        }),
        Flat::Map(_) if parameter.explode => {
            out.push(';');
            flat::join(out, flat, Delimiter::SEMICOLON, true, escape(parameter))
        }
        Flat::One(_) | Flat::List(_) | Flat::Map(_) => {
            begin(out, &parameter.name);
            flat::join(out, flat, Delimiter::COMMA, false, escape(parameter))
        }
    }
}

/// A segment that a URL parser would resolve (`.`, `..`; RFC 3986 section 5.2.4), or that would be read
/// as other values, is not sent.
fn verify(operation: &Operation, segment: &str, written: &str, values: &[&str]) -> Result<(), Fault> {
    if values.is_empty() {
        return Ok(());
    }
    let changes_path = matches!(percent::decode(written).as_ref(), "." | "..") || values.contains(&"");
    let is_read_back = values.len() == 1 || {
        let pieces = Segment::parse(segment);
        pieces.find(written).is_some_and(|found| found == values)
    };
    if !changes_path && is_read_back {
        return Ok(());
    }
    let message = format!("`{written}` cannot stand for `{segment}` in the path of `{}`", operation.name);
    Err(Fault::new(codes::REQUEST_BUILD, message).with_hint("the values would be read as another path"))
}

/// Reads the values of the path's parameters.
pub(super) fn read(
    connector: &Connector,
    operation: &Operation,
    incoming: &Incoming<'_>,
    arguments: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let template = Template::parse(&operation.path);
    let Some(found) = template.find(incoming.path) else {
        let message =
            format!("`{}` is no path of `{}`, which is `{}`", incoming.path, operation.name, operation.path);
        return Err(foreign(operation, message));
    };
    for (name, raw) in found {
        let is_it = |parameter: &&Parameter| parameter.location == Location::Path && parameter.name == name;
        let Some(parameter) = operation.parameters.iter().find(is_it) else { continue };
        let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
        let value = parse(parameter, raw, &expected).map_err(|error| unreadable(parameter, error))?;
        arguments.insert(parameter.argument.clone(), value);
    }
    Ok(())
}

fn parse(parameter: &Parameter, raw: &str, expected: &Expected<'_>) -> Result<Value, Error> {
    if let Some(media_type) = &parameter.content {
        let text = percent::decode(raw);
        return crate::codec::decode(
            codec_of(media_type),
            &Content::plain(media_type, expected.clone()),
            text.as_bytes(),
        );
    }
    let explode = parameter.explode;
    let (text, delimiter) = match parameter.style {
        Style::Matrix => return parse_matrix(parameter, raw, expected),
        Style::Label => {
            let text = raw.strip_prefix('.').ok_or_else(|| Error::new("it does not begin with a dot"))?;
            (text, if explode { "." } else { "," })
        }
        style => match delimiter(style).excludes {
            None => (raw, ","),
            Some(excluded) => {
                let text = percent::decode(raw).into_owned();
                let delimiter = excluded.to_string();
                let shape = flat::shape(expected, text.contains(excluded));
                let flat = flat::split(&text, &delimiter, shape, explode, std::borrow::Cow::Borrowed)?;
                return Ok(flat::typed(flat, expected));
            }
        },
    };
    let shape = flat::shape(expected, text.contains(delimiter));
    Ok(flat::typed(flat::split(text, delimiter, shape, explode, percent::decode)?, expected))
}

fn parse_matrix(parameter: &Parameter, raw: &str, expected: &Expected<'_>) -> Result<Value, Error> {
    let text = raw.strip_prefix(';').ok_or_else(|| Error::new("it does not begin with a semicolon"))?;
    let repeats = text.contains(';');
    let shape = flat::shape(expected, repeats || text.contains(','));
    if parameter.explode && shape == flat::Shape::Map {
        return Ok(flat::typed(flat::split(text, ";", shape, true, percent::decode)?, expected));
    }
    let mut values = Vec::new();
    for pair in text.split(';') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if percent::decode(name) != parameter.name {
            return Err(Error::new(format!("`{name}` stands where `{}` belongs", parameter.name)));
        }
        values.push(value);
    }
    if parameter.explode && shape == flat::Shape::List {
        let texts = values.into_iter().map(percent::decode).collect();
        return Ok(flat::typed(Flat::List(texts), expected));
    }
    let value = values.first().copied().unwrap_or_default();
    Ok(flat::typed(flat::split(value, ",", shape, false, percent::decode)?, expected))
}
