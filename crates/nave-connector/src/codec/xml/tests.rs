//! Examples of XML: those of OpenAPI's XML Object, and what is refused.

use serde_json::json;

use super::*;
use crate::codec::tests::with;

/// Writes a value, expects its XML without the declaration, and reads it back.
#[track_caller]
fn check(schema: Value, value: &Value, expected: &str) {
    with("application/xml", schema, |content| {
        let encoded = encode(content, value).unwrap();
        let text = String::from_utf8(encoded.bytes.clone()).unwrap();
        assert_eq!(text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), Some(expected));
        assert_eq!(decode(content, &encoded.bytes).as_ref(), Ok(value));
    });
}

/// A schema with one property `animals`.
fn animals(animals: &Value) -> Value {
    json!({"type": "object", "xml": {"name": "r"}, "properties": {"animals": animals}})
}

#[test]
fn lists_are_written_as_openapi_says() {
    let value = json!({"animals": ["a", "b"]});
    let check = |schema: &Value, expected: &str| check(animals(schema), &value, expected);
    let text = || json!({"type": "string"});
    let named = || json!({"type": "string", "xml": {"name": "animal"}});
    check(&json!({"type": "array", "items": text()}), "<r><animals>a</animals><animals>b</animals></r>");
    check(&json!({"type": "array", "items": named()}), "<r><animal>a</animal><animal>b</animal></r>");
    check(
        &json!({"type": "array", "items": text(), "xml": {"wrapped": true}}),
        "<r><animals><animals>a</animals><animals>b</animals></animals></r>",
    );
    check(
        &json!({"type": "array", "items": named(), "xml": {"wrapped": true, "name": "aliens"}}),
        "<r><aliens><animal>a</animal><animal>b</animal></aliens></r>",
    );
    check(
        &json!({"type": "array", "items": text(), "xml": {"nodeType": "element", "name": "aliens"}}),
        "<r><aliens><aliens>a</aliens><aliens>b</aliens></aliens></r>",
    );
    check(
        &json!({"type": "array", "items": named(), "xml": {"name": "ignored"}}),
        "<r><animal>a</animal><animal>b</animal></r>",
    );
}

#[test]
fn attributes_namespaces_and_texts() {
    let schema = json!({"type": "object", "xml": {"name": "pet", "namespace": "urn:p", "prefix": "p"}, "properties": {
        "id": {"type": "integer", "xml": {"attribute": true}},
        "note": {"type": "string", "xml": {"nodeType": "cdata"}},
    }});
    check(
        schema,
        &json!({"id": 1, "note": "<&"}),
        "<p:pet xmlns:p=\"urn:p\" id=\"1\"><![CDATA[<&]]></p:pet>",
    );
    let schema = json!({"$ref": "#/$defs/Pet", "$defs": {"Pet": {"type": "object", "properties": {
        "name": {"type": "string", "xml": {"nodeType": "attribute"}},
        "born": {"type": ["integer", "null"]},
        "open": {"type": "boolean"},
        "of": {"$ref": "#/$defs/Pet"},
    }}}});
    check(
        schema,
        &json!({"name": "\"a\"\n\t", "born": null, "open": true, "of": {"name": "b"}}),
        "<Pet name=\"&quot;a&quot;&#10;&#9;\"><born xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
xsi:nil=\"true\"/><open>true</open><of name=\"b\"></of></Pet>",
    );
    check(json!({"type": "string"}), &json!(" a\r\n]]> "), "<root> a&#13;&#10;]]&gt; </root>");
    check(json!({"type": "array", "items": {"type": "integer"}}), &json!([1]), "<root><root>1</root></root>");
    check(
        json!(true),
        &json!({"a": {"b": "1"}, "c": ["2", "3"]}),
        "<root><a><b>1</b></a><c>2</c><c>3</c></root>",
    );
}

#[test]
fn what_would_be_read_as_something_else_is_refused() {
    let refuse = |schema: Value, value: &Value| {
        with("application/xml", schema, |content| encode(content, value).unwrap_err().pointer)
    };
    assert_eq!(refuse(json!(true), &json!({"a b": 1})), "/a b");
    assert_eq!(refuse(json!(true), &json!({"a": "\u{1}"})), "/a");
    assert_eq!(refuse(json!(true), &json!({"a": []})), "/a");
    assert_eq!(refuse(json!(true), &json!({"a": [["b"]]})), "/a/0");
    let attribute = json!({"properties": {"a": {"xml": {"attribute": true}}}});
    assert_eq!(refuse(attribute, &json!({"a": null})), "/a");
}

#[test]
fn document_types_and_entities_are_refused() {
    let read = |text: &str| with("application/xml", json!(true), |content| decode(content, text.as_bytes()));
    assert_eq!(read("<a>&lt;&#65;&amp;</a>"), Ok(json!("<A&")));
    assert!(read("<!DOCTYPE a><a/>").unwrap_err().message.contains("document type"));
    assert!(read("<a>&nbsp;</a>").unwrap_err().message.contains("entity"));
    assert!(read("<a b='&nbsp;'/>").is_err());
    assert!(read("<a/><b/>").is_err());
    assert!(read("<a></b>").is_err());
    assert!(read(&"<a>".repeat(1_000)).unwrap_err().limit);
    let many: String = (0..200_000).map(|at| format!(" a{at}=''")).collect();
    assert!(read(&format!("<a{many}/>")).unwrap_err().message.contains("more than 1000 attributes"));
    let declared: String = (0..200_000).map(|at| format!(" xmlns:a{at}=''")).collect();
    assert!(read(&format!("<a{declared}/>")).unwrap_err().message.contains("more than 1000 attributes"));
}
