//! Examples of CloudEvents over HTTP, right and wrong.

use serde_json::{Value, json};

use super::*;

fn read(headers: &[(&str, &str)], body: &[u8]) -> Result<Vec<Event>, Fault> {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    parse(&headers, body.to_vec(), 7)
}

fn expected() -> Event {
    Event {
        id: "A234-1234-1234".into(),
        source: "/shops/7".into(),
        name: "shop.order.created".into(),
        subject: Some("order 9 é".into()),
        time_ms: Some(1_790_000_000_000),
        received_ms: 7,
        trace: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
        extensions: [("retries", "3"), ("urgent", "true")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        media: "application/json".into(),
        body: Body::Inline(br#"{"amount": 1.50}"#.to_vec()),
    }
}

const STRUCTURED: &str = r#"{"specversion":"1.0","id":"A234-1234-1234","source":"/shops/7","type":"shop.order.created",
    "subject":"order 9 \u00e9","time":"2026-09-21T14:13:20Z","datacontenttype":"application/json","region":null,
    "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","retries":3,"urgent":true,
    "data":{"amount": 1.50}}"#;

#[test]
fn an_event_in_one_object() {
    let found =
        read(&[("Content-Type", "application/cloudevents+json; charset=utf-8")], STRUCTURED.as_bytes());
    assert_eq!(found.unwrap(), [expected()]);
}

#[test]
fn an_event_in_headers() {
    let headers = [
        ("Content-Type", "application/json"),
        ("ce-specversion", "1.0"),
        ("CE-Id", "A234-1234-1234"),
        ("ce-source", "/shops/7"),
        ("ce-type", "shop.order.created"),
        ("ce-subject", "order%209 %C3%A9"),
        ("ce-time", "2026-09-21T14:13:20Z"),
        ("ce-retries", "3"),
        ("ce-urgent", "true"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ];
    assert_eq!(read(&headers, br#"{"amount": 1.50}"#).unwrap(), [expected()]);
}

#[test]
fn events_in_a_list() {
    let batch = format!("[{STRUCTURED}, {}]", STRUCTURED.replace("A234", "B234"));
    let found = read(&[("content-type", "application/cloudevents-batch+json")], batch.as_bytes()).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].id, "B234-1234-1234");
    assert_eq!(read(&[("content-type", "application/cloudevents-batch+json")], b"[]").unwrap(), []);
}

#[track_caller]
fn body(more: &Value, expected: &[u8]) {
    let mut event = json!({"specversion": "1.0", "id": "1", "source": "a", "type": "t"});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let found =
        read(&[("content-type", "application/cloudevents+json")], event.to_string().as_bytes()).unwrap();
    assert_eq!(found[0].body, Body::Inline(expected.to_vec()));
}

#[test]
fn data_is_json_text_or_bytes() {
    body(&json!({}), b"");
    body(&json!({"data": [1, 2]}), b"[1,2]");
    body(&json!({"data": "text"}), b"\"text\"");
    body(&json!({"data": "<a/>", "datacontenttype": "application/xml"}), b"<a/>");
    body(&json!({"data_base64": "AP8=", "datacontenttype": "application/octet-stream"}), b"\x00\xff");
}

#[track_caller]
fn refused(key: &str, value: Value, expected: &str) {
    let mut event = json!({"specversion": "1.0", "id": "1", "source": "a", "type": "t"});
    event[key] = value;
    let fault = read(&[("content-type", "application/cloudevents+json")], event.to_string().as_bytes());
    assert_eq!(fault.unwrap_err().message, expected);
}

#[test]
fn attributes_are_what_they_must_be() {
    refused("specversion", json!("0.3"), "`0.3` is no version of CloudEvents that is read");
    refused("id", json!(""), "the event has no `id`");
    refused("id", Value::Null, "the event has no `id`");
    refused("source", json!("a b"), "`source` is no URI reference");
    refused("time", json!("yesterday"), "`time` is not as RFC 3339 wants it");
    refused("subject", json!(""), "`subject` is empty");
    refused("dataschema", json!("/relative"), "`dataschema` is no absolute URI");
    refused("datacontenttype", json!("json"), "`json` is no media type");
    refused("Region", json!("eu"), "`Region` cannot be the name of an attribute");
    refused("region", json!({}), "the attribute `region` is no text, whole number or boolean");
    refused(
        "retries",
        json!(2_147_483_648_u64),
        "the attribute `retries` is no text, whole number or boolean",
    );
    refused("data_base64", json!("?"), "`data_base64` is not base64");
    let long = "the attribute `type` is longer than 2048 bytes, or has control characters";
    refused("type", json!("x".repeat(2049)), long);
    refused("type", json!("a\nb"), long);
}

#[test]
fn what_is_no_event_is_refused() {
    let check = |headers: &[(&str, &str)], body: &[u8], expected: &str| {
        assert_eq!(read(headers, body).unwrap_err().message, expected);
    };
    check(&[], b"{}", "this is no CloudEvent");
    check(
        &[("content-type", "application/cloudevents+avro")],
        b"",
        "`application/cloudevents+avro` is a format that is not read",
    );
    let twice = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-id", "2")];
    check(&twice, b"", "the header `ce-id` stands twice");
    check(&[("ce-specversion", "1.0"), ("ce-id", "%ff")], b"", "the header `ce-id` is not UTF-8");
    let batch = [("content-type", "application/cloudevents-batch+json")];
    check(&batch, br#"[{"specversion":"1.0"}]"#, "event 0: the event has no `id`");
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_the_reader(
        media in "(application/cloudevents(-batch)?\\+json|\\PC{0,20})", body in "\\PC{0,80}",
        values in proptest::collection::vec("\\PC{0,20}", 5),
    ) {
        let names = ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time"];
        let mut headers: Vec<(&str, &str)> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        headers.push(("content-type", &media));
        if let Ok(events) = read(&headers, body.as_bytes()) {
            proptest::prop_assert!(events.iter().all(|event| !event.id.is_empty() && !event.name.is_empty()));
        }
    }
}
