//! CloudEvents over HTTP (CloudEvents 1.0.2, HTTP protocol binding and JSON format): binary, structured
//! and batched, every attribute checked. Whether the sender may send is left to the server.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nave_connector::codec::{codec_of, essence};
use nave_connector::operation::Codec;
use nave_model::event::Body;
use nave_model::fault::codes;
use nave_model::{Event, Fault, trace};
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use url::Url;

/// The most events of one batch.
const MOST_EVENTS: usize = 10_000;
/// The most bytes of an attribute.
const LONGEST: usize = 2048;

/// The most bytes of all extensions together: they are kept with the event and everything that carries it.
const MOST_EXTENSIONS: usize = 64 << 10;

type Attributes = BTreeMap<String, String>;

/// The events of a request.
///
/// # Errors
/// `E-EVENT-INVALID`: it holds none, or an attribute is not what it must be; the message says which.
pub fn parse(headers: &[(String, String)], body: Vec<u8>, now_ms: u64) -> Result<Vec<Event>, Fault> {
    let media = header(headers, "content-type").unwrap_or_default().to_owned();
    match essence(&media).as_str() {
        "application/cloudevents+json" => {
            let event: BTreeMap<String, Box<RawValue>> = json(&body)?;
            Ok(vec![structured(event, now_ms)?])
        }
        "application/cloudevents-batch+json" => {
            let events: Vec<BTreeMap<String, Box<RawValue>>> = json(&body)?;
            if events.len() > MOST_EVENTS {
                let message = format!("the batch has {} events, and {MOST_EVENTS} are taken", events.len());
                return Err(invalid(message));
            }
            let events = events.into_iter().enumerate();
            let placed = |(index, event)| {
                structured(event, now_ms).map_err(|fault: Fault| invalid(format!("event {index}: {fault}")))
            };
            events.map(placed).collect()
        }
        other if other.starts_with("application/cloudevents") => {
            Err(invalid(format!("`{other}` is a format that is not read"))
                .with_hint("send `application/cloudevents+json`, `application/cloudevents-batch+json`, or the attributes as `ce-` headers"))
        }
        _ if header(headers, "ce-specversion").is_some() => Ok(vec![binary(headers, media, body, now_ms)?]),
        _ => Err(invalid("this is no CloudEvent").with_hint(
            "send `application/cloudevents+json`, or the attributes as headers: `ce-specversion: 1.0`, `ce-id`, `ce-source`, `ce-type`",
        )),
    }
}

fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| invalid(format!("the event cannot be read: {error}")))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(codes::EVENT_INVALID, message)
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Attributes in headers, the data in the body.
fn binary(headers: &[(String, String)], media: String, body: Vec<u8>, now_ms: u64) -> Result<Event, Fault> {
    let mut attributes = Attributes::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let Some(name) = name.strip_prefix("ce-") else { continue };
        let value = percent_decode_str(value.trim()).decode_utf8();
        let value = value.map_err(|_| invalid(format!("the header `ce-{name}` is not UTF-8")))?;
        if attributes.insert(name.to_owned(), value.into_owned()).is_some() {
            return Err(invalid(format!("the header `ce-{name}` stands twice")));
        }
    }
    if !attributes.contains_key(trace::PARENT) {
        for name in [trace::PARENT, trace::STATE] {
            if let Some(given) = header(headers, name) {
                attributes.insert(name.to_owned(), given.to_owned());
            }
        }
    }
    if attributes.contains_key("datacontenttype") {
        return Err(invalid("`ce-datacontenttype` is no header: the content type says it"));
    }
    if !media.is_empty() {
        attributes.insert("datacontenttype".to_owned(), media);
    }
    event(attributes, body, now_ms)
}

/// Everything in one JSON object.
fn structured(mut members: BTreeMap<String, Box<RawValue>>, now_ms: u64) -> Result<Event, Fault> {
    let data = members.remove("data");
    let encoded = members.remove("data_base64");
    let mut attributes = Attributes::new();
    for (name, raw) in members {
        if let Some(value) = attribute(&name, raw.get())? {
            attributes.insert(name, value);
        }
    }
    let is_json = attributes.get("datacontenttype").is_none_or(|media| codec_of(media) == Codec::Json);
    let body = match (data, encoded) {
        (Some(_), Some(_)) => return Err(invalid("an event has `data` or `data_base64`, not both")),
        (None, Some(encoded)) => {
            let text: String = json(encoded.get().as_bytes())?;
            STANDARD.decode(text).map_err(|_| invalid("`data_base64` is not base64"))?
        }
        (Some(data), None) if !is_json => match serde_json::from_str::<String>(data.get()) {
            Ok(text) => text.into_bytes(),
            Err(_) => data.get().as_bytes().to_vec(),
        },
        (Some(data), None) => data.get().as_bytes().to_vec(),
        (None, None) => Vec::new(),
    };
    event(attributes, body, now_ms)
}

/// An attribute's value as text: a text, a whole number of 32 bits or a boolean; null is none.
fn attribute(name: &str, raw: &str) -> Result<Option<String>, Fault> {
    if raw == "null" {
        return Ok(None);
    }
    if raw.starts_with('"') {
        return json(raw.as_bytes()).map(Some);
    }
    let fits = matches!(raw, "true" | "false") || raw.parse::<i32>().is_ok();
    match fits {
        true => Ok(Some(raw.to_owned())),
        false => Err(invalid(format!("the attribute `{name}` is no text, whole number or boolean"))),
    }
}

fn event(mut attributes: Attributes, body: Vec<u8>, now_ms: u64) -> Result<Event, Fault> {
    for (name, value) in &attributes {
        let fits =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !fits {
            return Err(invalid(format!("`{name}` cannot be the name of an attribute"))
                .with_hint("names have small letters and digits"));
        }
        if value.len() > LONGEST || value.chars().any(char::is_control) {
            return Err(invalid(format!(
                "the attribute `{name}` is longer than {LONGEST} bytes, or has control characters"
            )));
        }
    }
    let mut needed = |name: &str| match attributes.remove(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(invalid(format!("the event has no `{name}`"))),
    };
    let (version, id, source, name) =
        (needed("specversion")?, needed("id")?, needed("source")?, needed("type")?);
    if version != "1.0" {
        return Err(
            invalid(format!("`{version}` is no version of CloudEvents that is read")).with_hint("send `1.0`")
        );
    }
    if !is_reference(&source) {
        return Err(invalid("`source` is no URI reference"));
    }
    if attributes.get("dataschema").is_some_and(|schema| Url::parse(schema).is_err()) {
        return Err(invalid("`dataschema` is no absolute URI"));
    }
    let subject = attributes.remove("subject");
    if subject.as_ref().is_some_and(String::is_empty) {
        return Err(invalid("`subject` is empty"));
    }
    let time_ms = match attributes.remove("time") {
        Some(time) => {
            let at: jiff::Timestamp =
                time.parse().map_err(|_| invalid("`time` is not as RFC 3339 wants it"))?;
            u64::try_from(at.as_millisecond()).ok()
        }
        None => None,
    };
    let media = attributes.remove("datacontenttype").unwrap_or_else(|| "application/json".to_owned());
    if essence(&media).split_once('/').is_none_or(|(kind, rest)| kind.is_empty() || rest.is_empty()) {
        return Err(invalid(format!("`{media}` is no media type")));
    }
    let (parent, state) = (attributes.remove(trace::PARENT), attributes.remove(trace::STATE));
    let trace = parent.and_then(|parent| trace::kept(&parent, state.as_deref()));
    let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MOST_EXTENSIONS {
        let message = format!("the extensions of the event are longer than {MOST_EXTENSIONS} bytes");
        return Err(invalid(message));
    }
    Ok(Event {
        id,
        source,
        name,
        subject,
        time_ms,
        received_ms: now_ms,
        trace,
        extensions: attributes,
        media,
        body: Body::Inline(body),
    })
}

/// Whether a text can be a URI reference (RFC 3986 section 4.1).
fn is_reference(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte));
    let base = Url::parse("http://source.invalid/");
    plain && (Url::parse(text).is_ok() || base.is_ok_and(|base| base.join(text).is_ok()))
}

#[cfg(test)]
mod tests;
