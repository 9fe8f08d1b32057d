//! The body of an event as the value that flows see.

use nave_connector::codec::{self, Content, Expected};
use nave_connector::operation::Codec;
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;

/// A body as a value, by its media type. JSON is itself, and so is text that is JSON under another name; a
/// form is an object of texts, a repeated field a list; of XML, an element with children or attributes is
/// an object of both (names without prefixes, text beside attributes left out), repeated children are a
/// list, and any other element is its text. Other text is a text, other bytes `{"base64": …}`; nothing is
/// null.
///
/// # Errors
/// `E-EVENT-INVALID`: the bytes are not what their type says, or deeper than is read.
pub fn decode(media: &str, body: &[u8]) -> Result<Value, Fault> {
    if body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    let codec = match codec::codec_of(media) {
        Codec::Text | Codec::Binary => {
            if let Some(value) = unlabelled(body) {
                return Ok(value);
            }
            codec::codec_of(media)
        }
        known => known,
    };
    let content = Content::plain(media, Expected::default());
    codec::decode(codec, &content, body).map_err(|error| error.fault(codes::EVENT_INVALID))
}

/// An object or list of JSON under the name of something else.
fn unlabelled(body: &[u8]) -> Option<Value> {
    let begins = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    begins.then(|| serde_json::from_slice(body).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(media: &str, body: &[u8], expected: &Value) {
        assert_eq!(&decode(media, body).unwrap(), expected);
    }

    #[test]
    fn bodies_are_values() {
        check(
            "application/json; charset=utf-8",
            br#"{"a":1.50}"#,
            &serde_json::from_str(r#"{"a":1.50}"#).unwrap(),
        );
        check("application/vnd.acme+json", b"[1]", &json!([1]));
        check("text/plain", br#" {"a":1}"#, &json!({"a": 1}));
        check("text/plain", b"hello", &json!("hello"));
        check("", b"[]", &json!([]));
        check("application/json", b" \n", &Value::Null);
        check("application/x-www-form-urlencoded", b"a=1&b=x+y&b=z", &json!({"a": "1", "b": ["x y", "z"]}));
        check(
            "text/xml",
            br#"<?xml version="1.0"?><s:Envelope xmlns:s="u"><s:Body><n id="7"><x>1</x><x>2</x></n><t> a </t></s:Body></s:Envelope>"#,
            &json!({"Body": {"n": {"x": ["1", "2"], "id": "7"}, "t": " a "}}),
        );
    }

    #[test]
    fn what_is_not_what_it_says_is_refused() {
        for (media, body) in [
            ("application/json", b"{".as_slice()),
            ("application/json", b"\xff\xfe{"),
            ("text/xml", b"<a><b></a>"),
            ("text/xml", br#"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#),
            ("multipart/form-data", b"--"),
        ] {
            assert_eq!(decode(media, body).unwrap_err().code, codes::EVENT_INVALID, "{media}");
        }
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        assert!(decode("application/json", &deep).is_err());
    }
}
