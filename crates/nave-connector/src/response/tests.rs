//! Examples of answers read and written.

use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::operation::{Response, Status};
use crate::request::tests::Bench;

fn bench(media_types: &[&str]) -> Bench {
    let mut bench =
        Bench::new("/x", json!({"body": {"type": "object", "properties": {"n": {"type": "integer"}}}}));
    let media = media_types.iter().map(|media_type| Media {
        media_type: (*media_type).to_owned(),
        codec: codec_of(media_type),
        schema: Some(crate::Place::new("/body")),
        encoding: IndexMap::new(),
        example: None,
    });
    let media = media.collect();
    bench.operation.responses =
        vec![Response { status: Status::Class(2), description: None, media, headers: Vec::new() }];
    bench
}

#[track_caller]
fn check(described: &[&str], status: u16, content_type: Option<&str>, bytes: &[u8], expected: &Value) {
    let bench = bench(described);
    let read = decode(&bench.connector, &bench.operation, status, content_type, bytes);
    assert_eq!(&read.unwrap(), expected);
}

#[test]
fn answers_are_read_as_what_they_are() {
    let json = &["application/json"];
    check(json, 200, Some("application/json"), b"\xef\xbb\xbf{\"n\":1}", &json!({"n": 1}));
    check(json, 200, Some("application/vnd.api+json; charset=latin1"), b"\"\xfc\"", &json!("ü"));
    check(json, 200, None, b"{\"n\":1}", &json!({"n": 1}));
    check(json, 200, Some("application/octet-stream"), b"{\"n\":1}", &json!({"n": 1}));
    check(json, 502, Some("text/html"), b"<h1>Bad gateway</h1>", &json!("<h1>Bad gateway</h1>"));
    check(json, 500, None, b"{\"error\":1}", &json!({"error": 1}));
    check(json, 500, None, b"oops", &json!("oops"));
    check(json, 204, Some("application/json"), b"", &json!(null));
    check(json, 200, Some("application/json"), b"", &json!(null));
    check(json, 200, Some("application/json"), b" \r\n", &json!(null));
    check(json, 200, Some("text/html"), b"{\"n\":1}", &json!({"n": 1}));
    check(&["text/plain"], 200, Some("text/plain"), b"{\"n\":1}", &json!("{\"n\":1}"));
    check(&["application/xml"], 200, Some("text/xml"), b"<r><n>1</n></r>", &json!({"n": 1}));
    check(
        &["application/json", "application/pdf"],
        200,
        Some("application/pdf"),
        b"%PDF\xff",
        &json!({"base64": "JVBERv8="}),
    );
    check(&["application/x-www-form-urlencoded"], 200, None, b"n=1", &json!({"n": 1}));
}

#[test]
fn broken_answers_are_faults() {
    let bench = bench(&["application/json"]);
    let code = |bytes: &[u8]| {
        let read = decode(&bench.connector, &bench.operation, 200, Some("application/json"), bytes);
        read.unwrap_err().code
    };
    assert_eq!(code(b"{\"n\":"), codes::RESPONSE_SYNTAX);
    assert_eq!(code(b"\xff\xff"), codes::RESPONSE_SYNTAX);
    assert_eq!(code("[".repeat(1000).as_bytes()), codes::RESPONSE_LIMIT);
}

#[test]
fn answers_are_written() {
    for (media_type, expected) in [
        ("application/json", "{\"n\":1}"),
        ("application/x-www-form-urlencoded", "n=1"),
        ("application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root><n>1</n></root>"),
    ] {
        let bench = bench(&[media_type]);
        let media = &bench.operation.responses[0].media[0];
        let (content_type, bytes) = encode(&bench.connector, media, &json!({"n": 1})).unwrap();
        assert_eq!(
            (content_type.as_str(), String::from_utf8(bytes).unwrap().as_str()),
            (media_type, expected)
        );
    }
}
