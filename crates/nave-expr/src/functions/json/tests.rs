//! Writing and reading JSON texts.

use super::*;
use crate::budget::Budget;

#[track_caller]
fn check(json: &str, expected: &str) {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let meter = Meter::new(Budget::default());
    let mut out = String::new();
    write_canonical(&Value::from(&json), &meter, &mut out).unwrap();
    assert_eq!(out, expected);
}

#[test]
fn equal_values_have_one_text() {
    check(
        "[1.10, 1e2, -0.0, 12345678901234567890.5, true, null]",
        "[1.1,100,0,12345678901234567890.5,true,null]",
    );
    check(r#"{"b": 1, "a": {}}"#, r#"{"a":{},"b":1}"#);
    check(r#""\u0001\u007f\/\"\\\b\f\n\r\té\"""#, "\"\\u0001\u{7f}/\\\"\\\\\\b\\f\\n\\r\\té\\\"\"");
    // A letter beyond the first plane sorts before U+FB33 in UTF-16, and behind it by code point.
    check("{\"\u{fb33}\":1,\"😀\":2}", "{\"😀\":2,\"\u{fb33}\":1}");
}

#[test]
fn what_is_shared_is_charged_as_often_as_it_is_written() {
    let mut value = Value::text("x");
    for _ in 0..60 {
        value = Value::array(vec![value.clone(), value]);
    }
    let meter = Meter::new(Budget { bytes: 1000, ..Budget::default() });
    let mut out = String::new();
    assert!(matches!(write_canonical(&value, &meter, &mut out), Err(Error::Limit { what: "bytes", .. })));
    assert!(out.len() <= 1000);
}

#[track_caller]
fn reads(text: &str, expected: Result<&str, &str>) {
    let meter = Meter::new(Budget::default());
    let found = match read_json(text, &meter) {
        Ok(value) => {
            let mut out = String::new();
            value.write_text(&meter, &mut out).unwrap();
            Ok(out)
        }
        Err(Error::Raised { value: Value::Text(message), .. }) => Err(message.as_str().to_owned()),
        Err(other) => panic!("{other:?}"),
    };
    let expected = match expected {
        Ok(json) => Ok(json.to_owned()),
        Err(message) => Err(format!("{message} (while parsing '{text}')")),
    };
    assert_eq!(found, expected);
}

#[test]
fn texts_are_read_as_jq_reads_them() {
    reads(
        r#" {"a" : [1.50, true ,"\u00e4\ud83d\ude00\/"], "b":{}} "#,
        Ok(r#"{"a":[1.50,true,"ä😀/"],"b":{}}"#),
    );
    reads(r#"{"a":1,"b":2,"a":3}"#, Ok(r#"{"a":3,"b":2}"#));
    reads("nan", Ok("null"));
    reads("[.5, +1, 007, 1., -Infinity, NaN0]", Ok("[0.5,1,7,1,-1.7976931348623157e+308,null]"));
    reads("\u{feff}[1]", Ok("[1]"));
    reads(r#""\udc00""#, Ok("\"\u{fffd}\""));
}

#[test]
fn what_is_wrong_is_said_as_jq_says_it() {
    reads("", Err("Expected JSON value"));
    reads("1 2", Err("Unexpected extra JSON values"));
    reads("1\"a\"", Err("Unexpected extra JSON values"));
    reads("[1 2]", Err("Expected separator between values at line 1, column 5"));
    reads("[1,]", Err("Expected another array element at line 1, column 4"));
    reads(r#"{"a":1,}"#, Err("Expected another key-value pair at line 1, column 8"));
    reads(r#"{"a"}"#, Err("Objects must consist of key:value pairs at line 1, column 5"));
    reads(r#"{"a",1}"#, Err("Objects must consist of key:value pairs at line 1, column 5"));
    reads("{1:2}", Err("Object keys must be strings at line 1, column 3"));
    reads(r#"["a":1]"#, Err("':' not as part of an object at line 1, column 5"));
    reads("[:]", Err("Expected string key before ':' at line 1, column 2"));
    reads(",", Err("Expected value before ',' at line 1, column 1"));
    reads("[\n]]", Err("Unmatched ']' at line 2, column 2"));
    reads("[1", Err("Unfinished JSON term at EOF at line 1, column 2"));
    reads("\"a", Err("Unfinished string at EOF at line 1, column 2"));
    reads("tru", Err("Invalid literal at EOF at line 1, column 3"));
    reads("[nul]", Err("Invalid literal at line 1, column 5"));
    reads("1a ", Err("Invalid numeric literal at line 1, column 3"));
    reads("NaN1", Err("Invalid numeric literal at EOF at line 1, column 4"));
    reads("{'a': 123}", Err("Invalid string literal; expected \", but got ' at line 1, column 5"));
    reads(r#""\x""#, Err("Invalid escape at line 1, column 4"));
    reads(r#""\u12""#, Err("Invalid \\uXXXX escape at line 1, column 6"));
    reads(r#""\u12x4""#, Err("Invalid characters in \\uXXXX escape at line 1, column 8"));
    reads(r#""\ud800x""#, Err("Invalid \\uXXXX\\uXXXX surrogate pair escape at line 1, column 9"));
    reads(
        "\"\t\"",
        Err(
            "Invalid string: control characters from U+0000 through U+001F must be escaped at line 1, column 3",
        ),
    );
    reads("\u{fffd}", Err("Malformed BOM"));
}

#[test]
fn deep_texts_end_at_the_budget() {
    let meter = Meter::new(Budget::default());
    let text = "[".repeat(100_000);
    assert!(matches!(read_json(&text, &meter), Err(Error::Limit { most: 128, .. })));
    let text = format!("{}{}", "[".repeat(128), "]".repeat(128));
    assert!(read_json(&text, &meter).is_ok());
}
