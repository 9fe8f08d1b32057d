//! Examples of forms: fields as their encoding says, and what other writers send.

use serde_json::json;

use super::*;
use crate::documents::{Dialect, Documents, Place};

/// What a form is written as and read back to, with encodings of OpenAPI's spelling.
struct Case {
    schema: Value,
    encoding: Vec<(&'static str, FieldEncoding)>,
}

impl Case {
    fn run<T>(&self, use_it: impl FnOnce(&Content<'_>) -> T) -> T {
        let documents = Documents::single("test", Dialect::Draft2020, self.schema.clone());
        let encoding =
            self.encoding.iter().map(|(name, encoding)| ((*name).to_owned(), encoding.clone())).collect();
        use_it(&Content {
            expected: Expected::at(&documents, Some(&Place::new(""))),
            media_type: "application/x-www-form-urlencoded",
            encoding: Some(&encoding),
        })
    }

    #[track_caller]
    fn writes(&self, value: &Value, expected: &str) {
        self.run(|content| {
            let encoded = encode(content, value).unwrap();
            assert_eq!(String::from_utf8(encoded.bytes.clone()).unwrap(), expected);
            assert_eq!(decode(content, &encoded.bytes).as_ref(), Ok(value));
        });
    }

    #[track_caller]
    fn reads(&self, form: &str, expected: &Value) {
        self.run(|content| assert_eq!(decode(content, form.as_bytes()).as_ref(), Ok(expected)));
    }

    #[track_caller]
    fn refuses(&self, value: &Value, pointer: &str) {
        self.run(|content| assert_eq!(encode(content, value).unwrap_err().pointer, pointer));
    }
}

fn style(style: Style, explode: bool) -> FieldEncoding {
    FieldEncoding { style: Some(style), explode: Some(explode), ..FieldEncoding::default() }
}

#[test]
fn fields_are_written_as_their_encoding_says() {
    let case = Case {
        schema: json!({"type": "object", "properties": {
            "when": {"anyOf": [{"type": "object"}, {"type": "integer"}]},
            "codes": {"type": "array", "items": {"type": "integer"}},
            "point": {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": false},
            "note": {"type": "string"},
            "raw": {"type": "string"},
        }}),
        encoding: vec![
            ("when", style(Style::DeepObject, true)),
            ("codes", style(Style::PipeDelimited, false)),
            ("point", style(Style::Form, true)),
            ("note", FieldEncoding { content_type: Some("application/json".into()), ..Default::default() }),
            ("raw", FieldEncoding { allow_reserved: true, ..Default::default() }),
        ],
    };
    case.writes(&json!({"when": 5}), "when=5");
    case.writes(&json!({"when": {"gte": "5"}}), "when[gte]=5");
    case.writes(&json!({"codes": [1, 2]}), "codes=1%7C2");
    case.writes(&json!({"point": {"x": 1}}), "x=1");
    case.writes(&json!({"note": "a"}), "note=%22a%22");
    case.writes(&json!({"raw": "/a?b=c&d"}), "raw=/a?b=c%26d");
    case.refuses(&json!({"point": {"note": "x"}}), "/point/note");
    case.refuses(&json!({"when": {"a": [null]}}), "/when/a/0");
}

#[test]
fn fields_without_an_encoding_are_texts_lists_and_json() {
    let case = Case {
        schema: json!({"properties": {
            "ids": {"type": "array", "items": {"type": "integer"}},
            "rows": {"type": "array", "items": {"type": "object"}},
            "blocks": {"type": "string"},
            "a[b]": {"type": "string"},
            "a": {"type": "object"},
        }}),
        encoding: Vec::new(),
    };
    case.writes(&json!({"ids": [7]}), "ids=7");
    case.writes(&json!({"rows": [{"a": 1}, {}]}), "rows=%7B%22a%22%3A1%7D&rows=%7B%7D");
    case.writes(&json!({"blocks": "[{\"x\":1}]"}), "blocks=%5B%7B%22x%22%3A1%7D%5D");
    case.writes(&json!({"a[b]": "c", "a": {"d": 1}}), "a%5Bb%5D=c&a=%7B%22d%22%3A1%7D");
    case.writes(&json!({"other": "x"}), "other=x");
    case.refuses(&json!({"ids": []}), "/ids");
    case.refuses(&json!({"ids": null}), "/ids");
    case.refuses(&json!({"x[y]": "1"}), "/x[y]");
}

#[test]
fn forms_of_other_writers_are_read() {
    let case = Case {
        schema: json!({"properties": {"ids": {"type": "array", "items": {"type": "integer"}}, "b": {"type": "boolean"}}}),
        encoding: vec![("ids", style(Style::DeepObject, true))],
    };
    case.reads("ids[]=1&ids[]=2", &json!({"ids": [1, 2]}));
    case.reads("ids[5]=1&ids[2]=2", &json!({"ids": [2, 1]}));
    case.reads("ids[999999999999]=1", &json!({"ids": [1]}));
    case.reads("b=true&c=a+b&&", &json!({"b": true, "c": "a b"}));
    case.reads("m[a][b]=1", &json!({"m": {"a": {"b": "1"}}}));
}

#[test]
fn many_unknown_fields_cost_one_pass() {
    let case = Case { schema: json!({}), encoding: Vec::new() };
    let form: String = (0..20_000).map(|at| format!("f{at}[x]=1&")).collect();
    case.run(|content| {
        let read = decode(content, form.as_bytes()).unwrap();
        assert_eq!(read.as_object().map(Map::len), Some(20_000));
        assert!(decode(content, format!("{form}a=1&").as_bytes()).unwrap_err().limit);
    });
}
