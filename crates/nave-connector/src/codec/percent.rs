//! Percent-encoding (RFC 3986 section 2): which characters stay as they are in which place.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 section 2.3 is encoded.
pub(crate) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Unreserved without the dot, for values between dots (`label` style).
pub(crate) const UNRESERVED_NO_DOT: &AsciiSet = &UNRESERVED.add(b'.');

/// `allowReserved`: the reserved characters of RFC 3986 section 2.2 stay, except those that would end
/// the value or change it where it stands: `#` ends a query, `&` a pair, and `+` is read as a space.
/// `%` is always encoded, so that a value arrives as it was given.
pub(crate) const RESERVED: &AsciiSet = &UNRESERVED
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'[')
    .remove(b']')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// `allowReserved` for one member of a value that is written with delimiters.
pub(crate) const RESERVED_MEMBER: &AsciiSet = &RESERVED.add(b',').add(b';').add(b'=');

/// `allowReserved` in a path (OpenAPI 3.2): what could change the path is encoded too.
pub(crate) const RESERVED_PATH: &AsciiSet =
    &RESERVED_MEMBER.add(b'/').add(b'?').add(b'[').add(b']').remove(b'&').remove(b'+');

/// The literal parts of a path template: legal path characters and existing escapes stay.
pub(crate) const LITERAL_PATH: &AsciiSet =
    &RESERVED_PATH.remove(b'/').remove(b',').remove(b';').remove(b'=').remove(b'%');

/// The query that a path template has itself: what RFC 3986 section 3.4 allows and existing escapes stay.
pub(crate) const LITERAL_QUERY: &AsciiSet =
    &RESERVED.remove(b'&').remove(b'+').remove(b'%').add(b'[').add(b']');

/// Appends `text`, encoding the characters of `set`.
pub(crate) fn push(out: &mut String, text: &str, set: &'static AsciiSet) {
    out.extend(utf8_percent_encode(text, set));
}

/// The text behind the escapes; bytes that are no UTF-8 become replacement characters.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('%') { percent_decode_str(text).decode_utf8_lossy() } else { Cow::Borrowed(text) }
}

/// As [`decode`], where `+` stands for a space (queries and forms).
pub(crate) fn decode_form(text: &str) -> Cow<'_, str> {
    if text.contains('+') { Cow::Owned(decode(&text.replace('+', " ")).into_owned()) } else { decode(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &'static AsciiSet, text: &str, expected: &str) {
        let mut out = String::new();
        push(&mut out, text, set);
        assert_eq!(out, expected);
        assert_eq!(decode_form(&out), text);
    }

    #[test]
    fn each_place_encodes_what_would_change_it() {
        check(UNRESERVED, "a-._~ /?%é", "a-._~%20%2F%3F%25%C3%A9");
        check(RESERVED, "a:/?[]@!$'()*,;= #&+%41", "a:/?[]@!$'()*,;=%20%23%26%2B%2541");
        check(RESERVED_MEMBER, "a,b;c=d", "a%2Cb%3Bc%3Dd");
        check(UNRESERVED_NO_DOT, "a.b", "a%2Eb");
    }
}
