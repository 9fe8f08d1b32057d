//! `text/event-stream` (<https://html.spec.whatwg.org/multipage/server-sent-events.html>): an array of
//! events with `data`, and `event`, `id` and `retry` where given.

use serde_json::{Map, Value};

use super::expected::Types;
use super::{Content, Encoded, Error, Example, Expected, Kind, MOST_ITEMS, charset, json, media, scalar};
use crate::operation::Codec;

/// The codec's entry in the list.
pub const KIND: Kind = Kind {
    codec: Codec::EventStream,
    name: "event-stream",
    summary: "An array of server-sent events; data that is a JSON object or array is read as such.",
    examples: &[Example {
        media_type: "text/event-stream",
        schema: "{}",
        value: r#"[{"event":"made","id":"7","data":{"a":1}},{"data":"two\nlines"},{"retry":500}]"#,
        content: b"event: made\nid: 7\ndata: {\"a\":1}\n\ndata: two\ndata: lines\n\nretry: 500\n\n",
    }],
    encode,
    decode,
};

/// Names of an event's fields, in the order they are written.
const FIELDS: [&str; 4] = ["event", "id", "retry", "data"];

fn encode(content: &Content<'_>, value: &Value) -> Result<Encoded, Error> {
    let events = match value {
        Value::Array(events) => events.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut text = String::new();
    for (position, event) in events.iter().enumerate() {
        write(&mut text, event).map_err(|error| error.below(&position.to_string()))?;
    }
    let content_type = media::concrete(content.media_type, "text/event-stream");
    Ok(Encoded { content_type, bytes: text.into_bytes() })
}

fn write(out: &mut String, event: &Value) -> Result<(), Error> {
    let is_event = event
        .as_object()
        .is_some_and(|event| !event.is_empty() && event.keys().all(|name| FIELDS.contains(&name.as_str())));
    if !is_event {
        return Err(Error::new("an event has `data`, and may have `event`, `id` and `retry`, nothing else"));
    }
    for name in FIELDS {
        let Some(value) = event.get(name) else { continue };
        let text = match value {
            Value::Object(_) | Value::Array(_) if name == "data" => value.to_string().into(),
            single => scalar::text(single)
                .ok_or_else(|| Error::new(format!("{} has no text", scalar::kind(single))).below(name))?,
        };
        if text.contains('\r') || (name != "data" && text.contains(['\n', '\0'])) {
            return Err(Error::new("an event cannot hold this line break").below(name));
        }
        for line in text.split('\n') {
            out.push_str(name);
            out.push_str(": ");
            out.push_str(line);
            out.push('\n');
        }
    }
    out.push('\n');
    Ok(())
}

fn decode(content: &Content<'_>, bytes: &[u8]) -> Result<Value, Error> {
    let text = charset::decode(content.media_type, bytes)?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let expected = &content.expected;
    let mut events = Vec::new();
    let mut event = Map::new();
    for line in text.split('\n') {
        if line.is_empty() {
            if !event.is_empty() {
                let item = expected.item(events.len());
                events.push(finish(std::mem::take(&mut event), &item));
            }
            if events.len() >= MOST_ITEMS {
                return Err(Error::limit(format!("there are more than {MOST_ITEMS} events")));
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match (name, event.get_mut(name)) {
            ("data", Some(Value::String(data))) => {
                data.push('\n');
                data.push_str(value);
            }
            ("retry", _) => {
                if let Ok(milliseconds) = value.parse::<u64>() {
                    event.insert(name.to_owned(), Value::from(milliseconds));
                }
            }
            ("data" | "event" | "id", _) => {
                event.insert(name.to_owned(), Value::from(value));
            }
            // Comments and unknown fields are skipped, as the specification says.
            _ => {}
        }
    }
    // An event that the stream broke off is not an event.
    Ok(Value::Array(events))
}

fn finish(mut event: Map<String, Value>, expected: &Expected<'_>) -> Value {
    if let Some(Value::String(data)) = event.get("data") {
        let types = expected.property("data").types();
        let is_text = types.is_some_and(|types| types.only(Types::STRING.with(Types::NULL)));
        if !is_text
            && data.starts_with(['{', '['])
            && let Ok(data) = json::parse(data)
        {
            event.insert("data".to_owned(), data);
        }
    }
    Value::Object(event)
}
