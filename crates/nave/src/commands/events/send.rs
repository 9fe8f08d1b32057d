//! `nave events send`: an event with its data, as a CloudEvent.

use bytes::Bytes;
use clap::Args;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::api::PREFIX;
use nave_server::view::Accepted;
use serde_json::{Value, json};

use crate::exit::Ended;
use crate::given;
use crate::hub::Hub;
use crate::output::Style;
use crate::show::plain;

/// Options of `nave events send`.
#[derive(Debug, Args)]
pub(super) struct Send {
    /// What happened, as flows name it: crm.deal.stage_changed
    name: String,
    /// Its data: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON|@FILE|-", default_value = "{}")]
    data: String,
    /// The media type of data that is not JSON
    #[arg(long, value_name = "TYPE")]
    media: Option<String>,
    /// Its id: sending the same id of the same source again does nothing [default: a new one]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Who sends it
    #[arg(long, value_name = "SOURCE", default_value = "/people")]
    source: String,
    /// What it is about
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// When it happened: 2h (ago), "2026-11-30 21:00", RFC 3339
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
}

impl Send {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let (headers, body) = self.request(hub)?;
        let answer = hub.send(Method::POST, &format!("{PREFIX}/events"), headers, body)?;
        let accepted: Accepted = serde_json::from_slice(&answer.body).map_err(|error| {
            Fault::new(codes::HUB_AWAY, format!("what answers is no hub of this version: {error}"))
        })?;
        let output = &hub.context.output;
        for event in &accepted.events {
            if output.json() {
                output.value(event)?;
                continue;
            }
            output.line(&plain(&event.id))?;
            output.say(&match event.duplicate {
                true => output.err(Style::Warning, "it was accepted before; nothing else happens"),
                false => format!("accepted: `nave events show {}` shows what it caused", plain(&event.id)),
            });
        }
        Ok(Ended::Done)
    }

    /// The event as it is sent: JSON inside the event, anything else beside it.
    fn request(&self, hub: &Hub<'_>) -> Result<(HeaderMap, Bytes), Fault> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => new_id()?,
        };
        let time = self.time.as_deref().map(|time| hub.when.read("--time", time)).transpose()?;
        let time = time.map(rfc3339).transpose()?;
        let Some(media) = &self.media else {
            let data = given::json("--data", &self.data)?;
            return structured(self, &id, time, &data);
        };
        let (_, body) = given::bytes("--data", &self.data)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, header("--media", media)?);
        headers.insert("ce-specversion", HeaderValue::from_static("1.0"));
        let attributes = [
            ("ce-type", Some(&self.name)),
            ("ce-id", Some(&id)),
            ("ce-source", Some(&self.source)),
            ("ce-subject", self.subject.as_ref()),
            ("ce-time", time.as_ref()),
        ];
        for (name, value) in attributes {
            if let Some(value) = value {
                headers.insert(name, header(name, &encoded(value))?);
            }
        }
        Ok((headers, body.into()))
    }
}

/// The structured form (CloudEvents HTTP binding, section 3.2).
fn structured(
    send: &Send,
    id: &str,
    time: Option<String>,
    data: &Value,
) -> Result<(HeaderMap, Bytes), Fault> {
    let mut event = json!({
        "specversion": "1.0", "type": send.name, "id": id, "source": send.source,
        "datacontenttype": "application/json", "data": data,
    });
    if let Value::Object(members) = &mut event {
        for (name, value) in [("subject", send.subject.clone()), ("time", time)] {
            if let Some(value) = value {
                members.insert(name.to_owned(), Value::from(value));
            }
        }
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/cloudevents+json"));
    Ok((headers, event.to_string().into()))
}

/// An attribute as a header: what is not printable ASCII, and `"` and `%`, percent-encoded (CloudEvents HTTP
/// binding, section 3.1.3.2).
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'%' | 0..=0x20 | 0x7f..=0xff => encoded.push_str(&format!("%{byte:02X}")),
            byte => encoded.push(char::from(byte)),
        }
    }
    encoded
}

fn header(what: &str, text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::try_from(text)
        .map_err(|_| Fault::new(codes::ARGUMENT_VALUE, format!("`{text}` cannot stand in {what}")))
}

fn rfc3339(at_ms: u64) -> Result<String, Fault> {
    let timestamp = i64::try_from(at_ms)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
        .ok_or_else(|| {
            Fault::new(codes::ARGUMENT_VALUE, format!("{at_ms} ms after 1970 is no time that can be written"))
        })?;
    Ok(timestamp.to_string())
}

/// An id nobody else makes: 128 random bits, in hex.
fn new_id() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| Fault::new(codes::INTERNAL, "the operating system gives no random bytes"))?;
    Ok(crate::folder::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_encoded_as_the_binding_says() {
        assert_eq!(encoded("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(encoded("a\"b%\u{7f}"), "a%22b%25%7F");
    }

    #[test]
    fn times_are_written_as_the_standard_says() {
        assert_eq!(rfc3339(1_796_072_400_500).unwrap(), "2026-11-30T21:00:00.5Z");
        assert_eq!(rfc3339(u64::MAX).unwrap_err().code, codes::ARGUMENT_VALUE);
    }

    #[test]
    fn no_two_ids_are_the_same() {
        let (one, other) = (new_id().unwrap(), new_id().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
    }
}
