//! CloudEvents over HTTP as they are sent to the API (CloudEvents 1.0.2, HTTP protocol binding): structured,
//! batched, and binary. What an event means is left to the engine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use nave_model::fault::codes;
use nave_model::{At, Body, Event, Fault};
use serde_json::{Map, Value};

use crate::trace;

/// The most events of a batch.
const MOST: usize = 10_000;
/// The longest id, source or type.
const LONGEST: usize = 1024;

/// The events of a request. `trace` belongs to those that carry none.
///
/// # Errors
/// `E-EVENT-INVALID`, with the place of what is wrong.
pub(crate) fn read(headers: &HeaderMap, body: &[u8], now_ms: u64, trace: &str) -> Result<Vec<Event>, Fault> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let plain = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match plain.as_str() {
        "application/cloudevents+json" => {
            structured(&json(body)?, "", now_ms, trace).map(|event| vec![event])
        }
        "application/cloudevents-batch+json" => match json(body)? {
            Value::Array(events) if events.len() <= MOST => events
                .iter()
                .enumerate()
                .map(|(index, event)| structured(event, &format!("/{index}"), now_ms, trace))
                .collect(),
            Value::Array(_) => Err(wrong("", format!("a batch has {MOST} events at most"))),
            _ => Err(wrong("", "a batch is a list of events")),
        },
        _ => binary(headers, media, body, now_ms, trace).map(|event| vec![event]),
    }
}

fn json(body: &[u8]) -> Result<Value, Fault> {
    serde_json::from_slice(body).map_err(|error| wrong("", format!("the body is not JSON: {error}")))
}

fn structured(event: &Value, at: &str, now_ms: u64, trace: &str) -> Result<Event, Fault> {
    let Value::Object(event) = event else { return Err(wrong(at, "an event is an object")) };
    let attribute = |name: &str| match event.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(&format!("{at}/{name}"), format!("`{name}` is a text"))),
    };
    if let Some(name) = event.keys().find(|name| !named(name)) {
        return Err(wrong(&format!("{at}/{name}"), format!("`{name}` is no attribute's name"))
            .with_hint("names are small letters and digits"));
    }
    let (media, body) = data(event, at, attribute("datacontenttype")?)?;
    made(&attribute, at, media, body, now_ms, trace)
}

/// The data of a structured event: JSON, text, or bytes in base64.
fn data(event: &Map<String, Value>, at: &str, media: Option<String>) -> Result<(String, Vec<u8>), Fault> {
    let is_json = media.as_deref().is_none_or(|media| {
        let plain = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        plain.ends_with("/json") || plain.ends_with("+json")
    });
    let media = media.unwrap_or_else(|| "application/json".to_owned());
    let body = match (event.get("data"), event.get("data_base64")) {
        (Some(_), Some(_)) => return Err(wrong(at, "an event has `data` or `data_base64`, not both")),
        (None, None) => Vec::new(),
        (None, Some(Value::String(text))) => {
            STANDARD.decode(text).map_err(|_| wrong(&format!("{at}/data_base64"), "this is no base64"))?
        }
        (None, Some(_)) => return Err(wrong(&format!("{at}/data_base64"), "`data_base64` is a text")),
        (Some(Value::String(text)), None) if !is_json => text.clone().into_bytes(),
        (Some(value), None) => value.to_string().into_bytes(),
    };
    Ok((media, body))
}

fn binary(headers: &HeaderMap, media: &str, body: &[u8], now_ms: u64, trace: &str) -> Result<Event, Fault> {
    if !headers.contains_key("ce-specversion") {
        return Err(wrong("", "the request is no CloudEvent").with_hint(
            "send `Content-Type: application/cloudevents+json`, or the attributes as `ce-…` headers",
        ));
    }
    let attribute = |name: &str| match headers.get(format!("ce-{name}")) {
        None => Ok(None),
        // HTTP binding section 3.1.3.2: values are percent-encoded UTF-8.
        Some(value) => percent_encoding::percent_decode(value.as_bytes())
            .decode_utf8()
            .map(|text| Some(text.into_owned()))
            .map_err(|_| wrong(&format!("/{name}"), format!("`ce-{name}` is not UTF-8"))),
    };
    let media = if media.is_empty() { "application/octet-stream" } else { media };
    made(&attribute, "", media.to_owned(), body.to_vec(), now_ms, trace)
}

fn made(
    attribute: &dyn Fn(&str) -> Result<Option<String>, Fault>,
    at: &str,
    media: String,
    body: Vec<u8>,
    now_ms: u64,
    trace: &str,
) -> Result<Event, Fault> {
    let required = |name: &str| match attribute(name)? {
        Some(text) if text.is_empty() => Err(wrong(&format!("{at}/{name}"), format!("`{name}` is empty"))),
        Some(text) if text.len() > LONGEST => {
            Err(wrong(&format!("{at}/{name}"), format!("`{name}` is longer than {LONGEST} bytes")))
        }
        Some(text) => Ok(text),
        None => Err(wrong(at, format!("the event has no `{name}`"))),
    };
    match required("specversion")?.as_str() {
        "1.0" => {}
        other => {
            return Err(wrong(&format!("{at}/specversion"), format!("`{other}` is no version that is read"))
                .with_hint("1.0 is"));
        }
    }
    let time_ms = match attribute("time")? {
        None => None,
        Some(text) => Some(
            text.parse::<Timestamp>()
                .ok()
                .and_then(|time| u64::try_from(time.as_millisecond()).ok())
                .ok_or_else(|| wrong(&format!("{at}/time"), format!("`{text}` is no time of RFC 3339")))?,
        ),
    };
    let own = attribute("traceparent")?;
    Ok(Event {
        id: required("id")?,
        source: required("source")?,
        name: required("type")?,
        subject: attribute("subject")?.filter(|subject| !subject.is_empty()),
        time_ms,
        received_ms: now_ms,
        trace: Some(own.map_or_else(|| trace.to_owned(), |own| trace::of(Some(own.as_bytes())))),
        media,
        body: Body::Inline(body),
    })
}

/// Attribute names are small letters and digits (CloudEvents section 3.1).
fn named(name: &str) -> bool {
    name == "data_base64" || name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn wrong(at: &str, message: impl Into<String>) -> Fault {
    let fault = Fault::new(codes::EVENT_INVALID, message);
    if at.is_empty() { fault } else { fault.with_at(At::pointer(at)) }
}
