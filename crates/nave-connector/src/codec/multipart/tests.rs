//! Examples of multipart content: files, lists, nested names, and what other writers send.

use serde_json::json;

use super::*;
use crate::documents::{Dialect, Documents, Place};

fn with<T>(media_type: &str, schema: &Value, use_it: impl FnOnce(&Content<'_>) -> T) -> T {
    let documents = Documents::single("test", Dialect::Draft2020, schema.clone());
    let deep = FieldEncoding { style: Some(Style::DeepObject), ..FieldEncoding::default() };
    let xml = FieldEncoding { content_type: Some("application/xml".to_owned()), ..FieldEncoding::default() };
    let piped =
        FieldEncoding { style: Some(Style::PipeDelimited), explode: Some(false), ..FieldEncoding::default() };
    let encoding = [("deep", deep), ("xml", xml), ("piped", piped)];
    let encoding = encoding.map(|(name, encoding)| (name.to_owned(), encoding)).into_iter().collect();
    let expected = Expected::at(&documents, Some(&Place::new("")));
    use_it(&Content { expected, media_type, encoding: Some(&encoding) })
}

#[track_caller]
fn check(media_type: &str, schema: &Value, value: &Value, expected: &[&str]) {
    with(media_type, schema, |content| {
        let encoded = encode(content, value).unwrap();
        let text = String::from_utf8_lossy(&encoded.bytes).into_owned();
        for part in expected {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
        let read = decode(&content.clone().typed(&encoded.content_type), &encoded.bytes);
        assert_eq!(read.as_ref(), Ok(value));
    });
}

#[test]
fn fields_are_parts() {
    let schema = json!({"type": "object", "properties": {
        "file": {"type": "string", "format": "binary"},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "piped": {"type": "array", "items": {"type": "integer"}},
        "meta": {"type": "object"},
        "deep": {"type": "object", "properties": {"n": {"type": "integer"}}},
        "xml": {"type": "object", "xml": {"name": "x"}, "properties": {"n": {"type": "integer"}}},
    }});
    let check = |value: &Value, expected: &[&str]| check("multipart/form-data", &schema, value, expected);
    check(
        &json!({"file": "text"}),
        &["name=\"file\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\ntext\r\n"],
    );
    check(&json!({"file": {"base64": "aGk=", "filename": "a\"b\n.txt"}}), &["filename=\"a%22b%0A.txt\""]);
    check(&json!({"files": ["a", {"base64": "/w=="}]}), &["name=\"files\"; filename=\"files\""]);
    check(&json!({"piped": [5, 6]}), &["name=\"piped\"\r\n\r\n5|6\r\n"]);
    check(&json!({"piped": [5]}), &["name=\"piped\"\r\n\r\n5\r\n"]);
    check(&json!({"ids": [5]}), &["name=\"ids\"\r\n\r\n5\r\n"]);
    check(&json!({"meta": {"a": [1]}}), &["Content-Type: application/json\r\n\r\n{\"a\":[1]}\r\n"]);
    check(&json!({"deep": {"n": 5}}), &["name=\"deep[n]\"\r\n\r\n5\r\n"]);
    check(&json!({"xml": {"n": 5}}), &["Content-Type: application/xml\r\n\r\n<?xml", "<x><n>5</n></x>"]);
    check(&json!({}), &["--\r\n"]);
    check(&json!({"text": ""}), &["name=\"text\"\r\n\r\n\r\n--nave-"]);
    check(&json!({"text": "line\r\n--nave-\r\n"}), &["\r\n\r\nline\r\n--nave-\r\n\r\n--nave-"]);
}

#[test]
fn related_content_is_an_object_or_a_list() {
    let object = json!({"type": "object", "properties": {"meta": {"type": "object"}, "media": {"format": "binary", "type": "string"}}});
    check(
        "multipart/related",
        &object,
        &json!({"meta": {"a": 1}, "media": {"base64": "/w=="}}),
        &["attachment; name=\"meta\""],
    );
    let list = json!({"type": "array", "items": {"type": "object"}});
    check(
        "multipart/mixed",
        &list,
        &json!([{"a": 1}, {}]),
        &["Content-Type: application/json\r\n\r\n{\"a\":1}\r\n"],
    );
}

#[test]
fn the_boundary_is_made_from_the_content_and_never_inside_it() {
    let boundary = |value: &Value| {
        with("multipart/form-data", &json!({}), |content| encode(content, value).unwrap().content_type)
    };
    let first = boundary(&json!({"a": "x"}));
    assert_eq!(first, boundary(&json!({"a": "x"})));
    assert_ne!(first, boundary(&json!({"a": "y"})));
    // A part that holds every boundary but the last of a run: the count goes on.
    let part = |bytes: Vec<u8>| Part::new(None, None, None, bytes.into()).unwrap();
    let (own, _) = parts::write("multipart/mixed", &[part(b"seed".to_vec())]);
    let (other, content) = parts::write("multipart/mixed", &[part(own.clone().into_bytes())]);
    assert!(!own.contains(&other));
    assert_eq!(parts::read(&other, &content).unwrap(), [part(own.into_bytes())]);
}

#[test]
fn content_of_other_writers_is_read() {
    let read = |content_type: &str, text: &str| {
        with("", &json!({"properties": {"a": {"type": "integer"}, "b": {"type": "object"}}}), |content| {
            decode(&content.clone().typed(content_type), text.as_bytes())
        })
    };
    let form = "multipart/form-data; boundary=\"x\"";
    assert_eq!(
        read(
            form,
            "preamble\r\n--x  \r\ncontent-disposition: form-data; name=a\r\n\r\n5\r\n--x--\r\nepilogue"
        ),
        Ok(json!({"a": 5}))
    );
    assert_eq!(
        read(form, "--x\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n{\"c\":1}\r\n--x--"),
        Ok(json!({"b": {"c": 1}}))
    );
    let related = "multipart/related; boundary=x";
    assert_eq!(
        read(related, "--x\r\n\r\n5\r\n--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--"),
        Ok(json!({"a": 5, "b": {}}))
    );
    assert!(read(form, "--x\r\n\r\n5").is_err());
    assert!(read("multipart/form-data", "--x\r\n\r\n5\r\n--x--").is_err());
}

#[test]
fn what_leaves_no_part_is_refused() {
    let refuse = |value: &Value| {
        with("multipart/form-data", &json!({}), |content| encode(content, value).unwrap_err().pointer)
    };
    assert_eq!(refuse(&json!({"a": []})), "/a");
    assert_eq!(refuse(&json!({"a": [null]})), "/a/0");
    assert_eq!(refuse(&json!({"a%22": "x"})), "/a%22");
    assert_eq!(refuse(&json!({"a[b]": "x"})), "/a[b]");
    assert_eq!(refuse(&json!({"piped": ["a", "b|c"]})), "/piped/1");
    assert_eq!(refuse(&json!({"piped": [["a"]]})), "/piped/0");
    assert_eq!(refuse(&json!({"a": {"base64": "AA==", "content_type": "a/b\r\nX: y"}})), "/a/content_type");
    assert_eq!(refuse(&json!("text")), "");
}
