//! Parameters of an operation: gathered from path items and the operation, each with its place on
//! the wire, in all versions of OpenAPI and in Swagger 2.0.

use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use serde_json::Value;

use super::media::{self, example};
use super::paths::template_names;
use super::text;
use crate::documents::{Documents, Place};
use crate::names::words;
use crate::operation::{Location, Parameter, Style};

/// The document that holds schemas the description itself lacks.
pub(super) const SHAPES: &str = "nave:shapes";

/// A parameter as written: its object and where that stands.
pub(super) struct Written<'a> {
    pub(super) place: Place,
    pub(super) object: &'a Value,
}

/// What the parameters of an operation came to.
pub(super) struct Gathered<'a> {
    pub(super) parameters: Vec<Parameter>,
    /// Swagger 2.0 `in: body`.
    pub(super) body: Option<Written<'a>>,
}

/// Reads the parameters in the given lists. Of two with the same name and location the later counts,
/// at the position of the earlier.
///
/// # Errors
/// A parameter behind a broken reference, or a required one that cannot be placed.
pub(super) fn gather<'a>(
    documents: &'a Documents,
    lists: &[Place],
    swagger: bool,
    findings: &mut Vec<Problem>,
) -> Result<Gathered<'a>, Fault> {
    let mut gathered = Gathered { parameters: Vec::new(), body: None };
    for list in lists {
        let Some(items) = documents.get(list).and_then(Value::as_array) else { continue };
        for index in 0..items.len() {
            let (place, object) = documents.follow(&list.child(&index.to_string()))?;
            if swagger && object.get("in").and_then(Value::as_str) == Some("body") {
                gathered.body = Some(Written { place, object });
                continue;
            }
            match read(documents, &place, object, swagger) {
                Ok(Some(parameter)) => put(&mut gathered.parameters, parameter),
                Ok(None) => {}
                Err(fault) if object.get("required") == Some(&Value::Bool(true)) => return Err(fault),
                Err(fault) => findings.push(
                    Problem::new(fault.code, documents.at(&place), fault.message.clone())
                        .hint("it is left out"),
                ),
            }
        }
    }
    Ok(gathered)
}

fn put(parameters: &mut Vec<Parameter>, parameter: Parameter) {
    let same = |other: &&mut Parameter| {
        other.location == parameter.location
            && (other.name == parameter.name
                || (other.location == Location::Header && other.name.eq_ignore_ascii_case(&parameter.name)))
    };
    match parameters.iter_mut().find(same) {
        Some(earlier) => *earlier = parameter,
        None => parameters.push(parameter),
    }
}

/// One parameter, or `None` for a header that OpenAPI says to ignore.
fn read(
    documents: &Documents,
    place: &Place,
    object: &Value,
    swagger: bool,
) -> Result<Option<Parameter>, Fault> {
    let refuse =
        |message: String| Err(Fault::new(codes::PARAMETER_INVALID, message).with_at(documents.at(place)));
    let Some(name) = object.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return refuse("a parameter has no name".to_owned());
    };
    let location = match object.get("in").and_then(Value::as_str) {
        Some("path") => Location::Path,
        Some("query") => Location::Query,
        Some("querystring") => Location::Querystring,
        Some("header") => Location::Header,
        Some("cookie") => Location::Cookie,
        Some("formData") if swagger => Location::Form,
        Some(other) => {
            return refuse(format!("the parameter `{name}` stands in `{other}`, which is no place"));
        }
        None => return refuse(format!("the parameter `{name}` does not say where it stands (`in`)")),
    };
    // OpenAPI 3.x, "Parameter Object": these three headers are described elsewhere.
    let described_elsewhere = ["accept", "content-type", "authorization"];
    if location == Location::Header
        && described_elsewhere.iter().any(|known| name.eq_ignore_ascii_case(known))
    {
        return Ok(None);
    }
    let (schema, content) = value_of(documents, place, object, swagger);
    let (style, explode) =
        if swagger { collection_format(object, location) } else { written(object, location) };
    Ok(Some(Parameter {
        name: name.to_owned(),
        argument: name.to_owned(),
        location,
        style,
        explode,
        allow_reserved: object.get("allowReserved").and_then(Value::as_bool).unwrap_or(false),
        required: location == Location::Path
            || object.get("required").and_then(Value::as_bool).unwrap_or(false),
        deprecated: object.get("deprecated").and_then(Value::as_bool).unwrap_or(false),
        description: text::member(object, "description"),
        schema,
        content,
        example: example(documents, place, object),
    }))
}

/// The schema's place, and the media type of a `content` parameter.
fn value_of(
    documents: &Documents,
    place: &Place,
    object: &Value,
    swagger: bool,
) -> (Option<Place>, Option<String>) {
    if swagger {
        return (Some(place.clone()), None);
    }
    if object.get("schema").is_some() {
        return (Some(place.child("schema")), None);
    }
    let (media, _) = media::content(documents, place, object);
    match media.into_iter().next() {
        Some(media) => (media.schema, Some(media.media_type)),
        None => (None, None),
    }
}

/// Style and explode as OpenAPI 3.x says, "Style Values"; a style that does not fit the location is
/// the location's default.
fn written(object: &Value, location: Location) -> (Style, bool) {
    let default = match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Querystring | Location::Cookie | Location::Form => Style::Form,
    };
    let fits = |style: &Style| match location {
        Location::Path => matches!(style, Style::Matrix | Style::Label | Style::Simple),
        Location::Header => *style == Style::Simple,
        Location::Cookie => matches!(style, Style::Form | Style::Cookie),
        Location::Query | Location::Querystring | Location::Form => {
            matches!(style, Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject)
        }
    };
    let style =
        object.get("style").and_then(Value::as_str).and_then(media::style).filter(fits).unwrap_or(default);
    let explode = object
        .get("explode")
        .and_then(Value::as_bool)
        .unwrap_or(matches!(style, Style::Form | Style::Cookie | Style::DeepObject));
    (style, explode)
}

/// Swagger 2.0 `collectionFormat`; `csv` where none is given.
fn collection_format(object: &Value, location: Location) -> (Style, bool) {
    match (object.get("collectionFormat").and_then(Value::as_str), location) {
        (Some("multi"), Location::Query | Location::Form) => (Style::Form, true),
        (Some("ssv"), _) => (Style::SpaceDelimited, false),
        (Some("tsv"), _) => (Style::TabDelimited, false),
        (Some("pipes"), _) => (Style::PipeDelimited, false),
        (_, Location::Path | Location::Header) => (Style::Simple, false),
        (_, Location::Query | Location::Querystring | Location::Cookie | Location::Form) => {
            (Style::Form, false)
        }
    }
}

/// Makes path parameters and the path template agree: a parameter whose name differs only in its
/// writing gets the template's name, a missing one is made, one without a place is left out.
pub(super) fn fit_template(
    documents: &Documents,
    path: &str,
    place: &Place,
    parameters: &mut Vec<Parameter>,
    findings: &mut Vec<Problem>,
) {
    let names = template_names(path);
    let mut report = |message: String| {
        findings.push(Problem::new(codes::PARAMETER_INVALID, documents.at(place), message));
    };
    let is_path = |parameter: &Parameter| parameter.location == Location::Path;
    for name in &names {
        if parameters.iter().any(|parameter| is_path(parameter) && parameter.name == *name) {
            continue;
        }
        let alike = parameters.iter_mut().find(|parameter| {
            is_path(parameter)
                && !names.contains(&parameter.name.as_str())
                && words(&parameter.name).concat() == words(name).concat()
        });
        if let Some(parameter) = alike {
            report(format!("the path names `{name}`, its parameter `{}`: `{name}` is used", parameter.name));
            (*name).clone_into(&mut parameter.name);
            (*name).clone_into(&mut parameter.argument);
            continue;
        }
        report(format!("the path names `{name}`, but no parameter describes it: it is taken as text"));
        parameters.push(text_parameter(documents, name));
    }
    parameters.retain(|parameter| {
        let kept = !is_path(parameter) || names.contains(&parameter.name.as_str());
        if !kept {
            report(format!("the path parameter `{}` is not in the path: it is left out", parameter.name));
        }
        kept
    });
}

/// A required path parameter that is text.
fn text_parameter(documents: &Documents, name: &str) -> Parameter {
    let shapes = documents.all().iter().position(|document| document.name == SHAPES);
    Parameter {
        name: name.to_owned(),
        argument: name.to_owned(),
        location: Location::Path,
        style: Style::Simple,
        explode: false,
        allow_reserved: false,
        required: true,
        deprecated: false,
        description: None,
        schema: shapes.map(|document| Place { document, pointer: "/text".to_owned() }),
        content: None,
        example: None,
    }
}

/// A described header of an answer.
pub(super) fn header(documents: &Documents, place: &Place, name: &str, swagger: bool) -> Option<Parameter> {
    let (place, object) = documents.follow(place).ok()?;
    let (schema, content) = value_of(documents, &place, object, swagger);
    let (style, explode) =
        if swagger { collection_format(object, Location::Header) } else { written(object, Location::Header) };
    Some(Parameter {
        name: name.to_owned(),
        argument: name.to_owned(),
        location: Location::Header,
        style,
        explode,
        allow_reserved: false,
        required: object.get("required").and_then(Value::as_bool).unwrap_or(false),
        deprecated: object.get("deprecated").and_then(Value::as_bool).unwrap_or(false),
        description: text::member(object, "description"),
        schema,
        content,
        example: example(documents, &place, object),
    })
}
