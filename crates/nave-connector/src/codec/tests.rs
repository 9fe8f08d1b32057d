//! Every codec held to its own examples, and to hostile content.

use super::*;
use crate::documents::Dialect;

/// Content of a media type whose schema is `schema`, handed to `use_it`.
pub(super) fn with<T>(media_type: &str, schema: Value, use_it: impl FnOnce(&Content<'_>) -> T) -> T {
    let documents = Documents::single("test", Dialect::Draft2020, schema);
    let expected = Expected::at(&documents, Some(&crate::Place::new("")));
    use_it(&Content::plain(media_type, expected))
}

#[test]
fn every_codec_is_listed_with_a_sentence_and_examples() {
    for codec in ALL {
        assert_eq!(kind(codec.codec).name, codec.name);
        assert!(codec.summary.ends_with('.'), "{}", codec.name);
        assert!(!codec.examples.is_empty(), "{}", codec.name);
        let named = ALL.iter().filter(|other| other.name == codec.name || other.codec == codec.codec);
        assert_eq!(named.count(), 1, "{}", codec.name);
    }
}

#[test]
fn every_example_holds_in_both_directions() {
    for codec in ALL {
        for example in codec.examples {
            let value: Value = serde_json::from_str(example.value).unwrap();
            let schema = serde_json::from_str(example.schema).unwrap();
            with(example.media_type, schema, |content| {
                let encoded = encode(codec.codec, content, &value).unwrap();
                let shown = String::from_utf8_lossy(&encoded.bytes).into_owned();
                assert_eq!(encoded.bytes, example.content, "{} writes {shown}", codec.name);
                let read = decode(codec.codec, &content.clone().typed(&encoded.content_type), &encoded.bytes);
                assert_eq!(read, Ok(value), "{}", codec.name);
                assert_eq!(codec_of(&encoded.content_type), codec.codec, "{}", codec.name);
            });
        }
    }
}

#[test]
fn hostile_content_is_an_error_and_never_a_panic() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(5_000), close.repeat(5_000));
    let contents = [
        String::new(),
        "\u{0}".to_owned(),
        "%".to_owned(),
        "a[=1&a]=2&[]=3&a[b=4".to_owned(),
        format!("a{}=1", "[b]".repeat(5_000)),
        deep("<a>", "</a>"),
        deep("[", "]"),
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_owned(),
        "<a>&b;</a>".to_owned(),
        "<a".to_owned(),
        "--b\r\n\r\n--b--".to_owned(),
        "--b\r\n".to_owned(),
        "--b--".to_owned(),
    ];
    for codec in ALL {
        for text in &contents {
            for media_type in ["a/b", "multipart/form-data; boundary=b", "text/plain; charset=utf-16"] {
                // Only that it returns matters here; what it returns is the codecs' own tests' matter.
                drop(with(media_type, Value::Bool(true), |content| {
                    decode(codec.codec, content, text.as_bytes())
                }));
            }
        }
    }
}
