//! Media types (RFC 9110 section 8.3): their parts, and which codec reads them.

use crate::operation::Codec;

/// Type and subtype in lower case, without parameters.
pub fn essence(media_type: &str) -> String {
    let (essence, _) = media_type.split_once(';').unwrap_or((media_type, ""));
    essence.trim().to_ascii_lowercase()
}

/// One parameter's value, without quotes.
pub fn parameter(media_type: &str, name: &str) -> Option<String> {
    let (_, mut rest) = media_type.split_once(';')?;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, next) = value(after.trim_start());
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = next.split_once(';')?.1;
    }
}

/// A parameter's value, quoted or not, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            other => value.push(other),
        }
    }
    (value, chars.as_str())
}

/// The codec that reads a media type. Ranges (`*/*`) are JSON, what most systems mean by them.
pub fn codec_of(media_type: &str) -> Codec {
    let essence = essence(media_type);
    let (kind, subtype) = essence.split_once('/').unwrap_or(("", essence.as_str()));
    match (kind, subtype) {
        ("*" | "application", "*") => Codec::Json,
        ("application", "x-www-form-urlencoded") => Codec::Form,
        ("multipart", _) => Codec::Multipart,
        ("text", "event-stream") => Codec::EventStream,
        (_, "x-ndjson" | "ndjson" | "jsonl" | "x-jsonl" | "jsonlines" | "x-jsonlines" | "json-seq") => {
            Codec::JsonLines
        }
        (_, "json") => Codec::Json,
        (_, "xml") => Codec::Xml,
        (_, other) if other.ends_with("+json") => Codec::Json,
        (_, other) if other.ends_with("+json-seq") => Codec::JsonLines,
        (_, other) if other.ends_with("+xml") => Codec::Xml,
        ("text", _) => Codec::Text,
        _ => Codec::Binary,
    }
}

/// Whether a described media type or range (`*/*`, `text/*`, `application/*+json`) covers another.
pub(crate) fn covers(described: &str, given: &str) -> bool {
    let (described, given) = (essence(described), essence(given));
    if described == given || described == "*/*" {
        return true;
    }
    let (Some((kind, subtype)), Some((given_kind, given_subtype))) =
        (described.split_once('/'), given.split_once('/'))
    else {
        return false;
    };
    kind == given_kind
        && (subtype == "*" || subtype.strip_prefix('*').is_some_and(|suffix| given_subtype.ends_with(suffix)))
}

/// The media type to send for a described one: ranges and words that are no media type become the
/// codec's plain one, and another charset than the one that is written is not named.
pub(crate) fn concrete(described: &str, plain: &str) -> String {
    let is_type = described.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
    let is_plain_text = described.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !is_type || !is_plain_text || essence(described).contains('*') {
        return plain.to_owned();
    }
    match parameter(described, "charset") {
        Some(charset) if !charset.eq_ignore_ascii_case("utf-8") => essence(described),
        _ => described.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_taken_apart() {
        assert_eq!(essence("Application/JSON ; charset=utf-8"), "application/json");
        assert_eq!(parameter("a/b; x=1; boundary=\"a;b\\\"c\"; y=2", "Boundary").as_deref(), Some("a;b\"c"));
        assert_eq!(parameter("a/b; x=1; y=2", "y").as_deref(), Some("2"));
        assert_eq!(parameter("a/b; x", "x"), None);
    }

    #[test]
    fn codecs_are_found() {
        for (media_type, codec) in [
            ("application/json; charset=utf-8", Codec::Json),
            ("application/vnd.api+json", Codec::Json),
            ("application/soap+xml", Codec::Xml),
            ("text/xml", Codec::Xml),
            ("application/x-www-form-urlencoded", Codec::Form),
            ("text/event-stream", Codec::EventStream),
            ("application/json-seq", Codec::JsonLines),
            ("*/*", Codec::Json),
            ("application/*+xml", Codec::Xml),
            ("multipart/related", Codec::Multipart),
            ("text/plain", Codec::Text),
            ("application/x-ndjson", Codec::JsonLines),
            ("image/png", Codec::Binary),
            ("examples", Codec::Binary),
        ] {
            assert_eq!(codec_of(media_type), codec, "{media_type}");
        }
    }

    #[test]
    fn ranges_cover_types() {
        assert!(covers("application/*+json", "application/merge-patch+json"));
        assert!(covers("text/*", "text/plain; charset=utf-8"));
        assert!(!covers("text/*", "image/png"));
        assert_eq!(concrete("image/*", "application/octet-stream"), "application/octet-stream");
        assert_eq!(concrete("examples", "application/json"), "application/json");
        assert_eq!(concrete("text/xml; charset=utf-8", ""), "text/xml; charset=utf-8");
        assert_eq!(concrete("text/xml; charset=latin1", ""), "text/xml");
    }
}
