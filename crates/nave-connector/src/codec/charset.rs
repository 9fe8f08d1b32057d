//! Text in the charsets that systems answer with: UTF-8, UTF-16, ISO 8859-1 and its Windows cousin.

use std::borrow::Cow;

use super::{Error, media};

/// The text of content whose media type may name a charset; a byte order mark wins over the name.
///
/// # Errors
/// The bytes are not in that charset, or the charset is not known.
pub fn decode<'a>(media_type: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>, Error> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return utf8(rest),
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        _ => {}
    }
    let named = media::parameter(media_type, "charset").map(|name| name.to_ascii_lowercase());
    match named.as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii" | "ascii" | "") => utf8(bytes),
        Some("iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252") => {
            Ok(Cow::Owned(bytes.iter().map(|byte| western(*byte)).collect()))
        }
        Some("utf-16le") => utf16(bytes, u16::from_le_bytes),
        Some("utf-16" | "utf-16be") => utf16(bytes, u16::from_be_bytes),
        // Systems name charsets they do not use; what reads as UTF-8 hardly ever is anything else.
        Some(other) => utf8(bytes).map_err(|_| Error::new(format!("the charset `{other}` is not known"))),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => Err(Error::new(format!("the text is not UTF-8 at byte {}", error.valid_up_to()))),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Error> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(Cow::Owned(text)),
        _ => Err(Error::new("the text is not UTF-16")),
    }
}

/// A byte as a character. The WHATWG reads ISO 8859-1 as Windows-1252 and so does everyone else.
fn western(byte: u8) -> char {
    /// Characters of the bytes 0x80 to 0x9F (<https://encoding.spec.whatwg.org/#windows-1252>).
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let upper = usize::from(byte).checked_sub(0x80).and_then(|position| UPPER.get(position));
    upper.copied().unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(media_type: &str, bytes: &[u8], expected: Option<&str>) {
        assert_eq!(decode(media_type, bytes).ok().as_deref(), expected);
    }

    #[test]
    fn charsets_are_read() {
        check("text/plain", "ü".as_bytes(), Some("ü"));
        check("text/plain", b"\xef\xbb\xbfa", Some("a"));
        check("text/plain; charset=ISO-8859-1", b"\xfc\x80", Some("ü€"));
        check("text/plain; charset=utf-16", b"\xff\xfea\0", Some("a"));
        check("text/plain; charset=UTF-16BE", b"\0a\0", None);
        check("text/plain; charset=klingon", b"a", Some("a"));
        check("text/plain; charset=klingon", b"\xfc", None);
        check("text/plain", b"\xfc", None);
    }
}
