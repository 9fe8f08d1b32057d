//! What is sent: the event as a CloudEvent in JSON, which is a Standard Webhooks payload too, and the
//! headers that prove it (Standard Webhooks 1.0.0). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use nave_connector::signature::{Delivery, Refusal, Signature};
use nave_model::{Event, Secret, trace};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

/// The id of an event's message: the same whenever and to whomever it is sent, so that a receiver can tell
/// what it has had.
pub(super) fn id(event: &Event) -> String {
    let hash = digest(&SHA256, format!("{}\n{}", event.source, event.id).as_bytes());
    let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{hex}")
}

/// The body: a CloudEvent in its JSON form (CloudEvents 1.0.2, JSON format), with `timestamp`, which
/// Standard Webhooks wants, as an extension. Data that is no JSON is a text, or `data_base64`.
pub(super) fn body(event: &Event, data: &[u8]) -> Vec<u8> {
    let time = rfc3339(event.time_ms.unwrap_or(event.received_ms));
    let mut message = Map::new();
    let mut put = |name: &str, value: Value| {
        message.insert(name.to_owned(), value);
    };
    put("specversion", json!("1.0"));
    put("id", json!(event.id));
    put("source", json!(event.source));
    put("type", json!(event.name));
    if let Some(subject) = &event.subject {
        put("subject", json!(subject));
    }
    put("time", json!(time));
    put("timestamp", json!(time));
    if let Some(kept) = &event.trace {
        put(trace::PARENT, json!(trace::parent(kept)));
        if let Some(state) = trace::state(kept) {
            put(trace::STATE, json!(state));
        }
    }
    if !data.is_empty() {
        put("datacontenttype", json!(event.media));
        let essence = event.media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_json = essence.is_empty() || essence == "application/json" || essence.ends_with("+json");
        match (is_json, serde_json::from_slice::<Value>(data), std::str::from_utf8(data)) {
            (true, Ok(value), _) => put("data", value),
            (false, _, Ok(text)) => put("data", json!(text)),
            _ => put("data_base64", json!(STANDARD.encode(data))),
        }
    }
    Value::Object(message).to_string().into_bytes()
}

/// The headers of a message, signed at a time with every secret that counts.
///
/// # Errors
/// A secret cannot be one.
pub(super) fn headers(
    url: &str,
    body: &[u8],
    id: &str,
    secrets: &[Secret],
    now_ms: u64,
) -> Result<Vec<(String, String)>, Refusal> {
    let signature = Signature::StandardWebhooks(Default::default());
    let delivery = Delivery { method: "POST", url, headers: &[], body };
    let mut signed: Vec<(String, String)> = Vec::new();
    for secret in secrets {
        let one = signature.sign(delivery, secret.reveal(), id, now_ms)?;
        if signed.is_empty() {
            signed = one;
            continue;
        }
        // Both count while a secret is rotated; one behind the other, separated by a space.
        let code = one.into_iter().find(|(name, _)| name == "webhook-signature").map(|(_, code)| code);
        let place = signed.iter_mut().find(|(name, _)| name == "webhook-signature");
        if let (Some((_, codes)), Some(code)) = (place, code) {
            codes.push(' ');
            codes.push_str(&code);
        }
    }
    Ok(signed)
}

/// Headers as they are sent; what no header can carry is left out, as the check has said.
pub(super) fn map<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            map.insert(name, value);
        }
    }
    map
}

fn rfc3339(ms: u64) -> String {
    let moment = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    moment.unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use nave_model::event::Body;

    use super::*;

    fn event(media: &str) -> Event {
        Event {
            id: "e1".to_owned(),
            source: "/connections/crm".to_owned(),
            name: "crm.deal.won".to_owned(),
            subject: Some("d7".to_owned()),
            time_ms: Some(1_796_050_800_250),
            received_ms: 0,
            trace: None,
            extensions: std::collections::BTreeMap::new(),
            media: media.to_owned(),
            body: Body::Inline(Vec::new()),
        }
    }

    fn check(media: &str, data: &[u8], expected: &str) {
        let text = String::from_utf8(body(&event(media), data)).unwrap();
        let known = r#"{"specversion":"1.0","id":"e1","source":"/connections/crm","type":"crm.deal.won","subject":"d7","time":"2026-11-30T15:00:00.25Z","timestamp":"2026-11-30T15:00:00.25Z""#;
        assert_eq!(text, format!("{known}{expected}}}"));
    }

    #[test]
    fn an_event_is_a_cloud_event() {
        check(
            "application/json",
            br#"{ "amount": 1.50 }"#,
            r#","datacontenttype":"application/json","data":{"amount":1.50}"#,
        );
        check("text/xml", b"<a/>", r#","datacontenttype":"text/xml","data":"<a/>""#);
        check("application/json", b"{", r#","datacontenttype":"application/json","data_base64":"ew==""#);
        check("image/png", b"\xff", r#","datacontenttype":"image/png","data_base64":"/w==""#);
        check("application/json", b"", "");
    }

    #[test]
    fn an_event_has_one_id_for_ever() {
        assert_eq!(id(&event("")), "msg_e24e8b9edba51dddcf727d9c272bf85c");
        assert_ne!(id(&event("")), id(&Event { id: "e2".to_owned(), ..event("") }));
    }

    /// What the `standardwebhooks` package of npm signed is what is signed here.
    #[test]
    fn the_specifications_own_signer_agrees() {
        let recorded: Vec<Value> =
            serde_json::from_str(include_str!("../../../nave-connector/tests/signatures/deliveries.json"))
                .unwrap();
        let mut count = 0;
        for one in recorded.iter().filter(|one| one["by"].as_str().unwrap().starts_with("standardwebhooks "))
        {
            let secrets = [Secret::new(one["secret"].as_str().unwrap())];
            let recorded = &one["headers"];
            let id = recorded["webhook-id"].as_str().unwrap();
            let body = one["body"].as_str().unwrap().as_bytes();
            let headers = headers("", body, id, &secrets, one["now_ms"].as_u64().unwrap()).unwrap();
            for (name, value) in headers {
                assert_eq!(recorded[&name].as_str(), Some(value.as_str()), "{name}");
            }
            count += 1;
        }
        assert!(count >= 3, "{count} recorded");
    }

    #[test]
    fn both_secrets_count_while_one_is_rotated() {
        let secrets = ["whsec_YSBuZXcgc2VjcmV0", "whsec_YW4gb2xkIHNlY3JldA=="];
        let present = secrets.map(Secret::new);
        let headers = headers("", b"{}", "m", &present, 1_790_000_000_000).unwrap();
        let signature = Signature::StandardWebhooks(Default::default());
        let delivery = Delivery { method: "POST", url: "", headers: &headers, body: b"{}" };
        for secret in secrets {
            signature.verify(delivery, &[secret], 1_790_000_000_000).unwrap();
        }
    }
}
