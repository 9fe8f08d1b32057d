//! A message as the sandbox keeps it: its envelope, its headers in plain words, and the first text in it.
//! Reads what mail programs send (RFC 5322, RFC 2045 to 2047); what it cannot read stays as it is.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::Serialize;

/// Base64 as it stands in mail: padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Multiparts inside multiparts are looked into this deep.
const DEEPEST: usize = 8;

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Time since the sandbox began, in microseconds.
    pub at_us: u64,
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope, those in `Bcc` included.
    pub to: Vec<String>,
    /// `Message-ID`, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Subject, decoded.
    pub subject: String,
    /// The first text in it, decoded.
    pub text: String,
    /// All headers in their order, decoded.
    pub headers: Vec<(String, String)>,
    /// As it came.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

impl Message {
    pub(crate) fn read(raw: &[u8], (from, to): (String, Vec<String>), now: Duration) -> Self {
        let part = Part::read(raw);
        Message {
            at_us: u64::try_from(now.as_micros()).unwrap_or(u64::MAX),
            from,
            to,
            id: part.header("message-id").map(str::to_owned),
            subject: part.header("subject").unwrap_or_default().to_owned(),
            text: part.text(DEEPEST).unwrap_or_default(),
            headers: part.headers,
            raw: raw.to_vec(),
        }
    }

    /// The first header of this name, whatever its capitals.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Headers and content, of a message or of a part of one.
struct Part {
    headers: Vec<(String, String)>,
    body: String,
}

impl Part {
    fn read(raw: &[u8]) -> Part {
        let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
        let (head, body) = match text.strip_prefix('\n') {
            Some(body) => ("", body),
            None => text.split_once("\n\n").unwrap_or((&text, "")),
        };
        // A line that begins with white space goes on with the one before.
        let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
        let headers = unfolded.lines().filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.trim().to_owned(), words(value.trim())));
        Part { headers: headers.collect(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The first text, in this part or below it.
    fn text(&self, depth: usize) -> Option<String> {
        let kind = self.header("content-type").unwrap_or("text/plain").to_ascii_lowercase();
        if kind.starts_with("multipart/") {
            let depth = depth.checked_sub(1)?;
            let boundary = parameter(self.header("content-type")?, "boundary")?;
            let delimiter = format!("\n--{boundary}");
            let body = format!("\n{}", self.body);
            let parts = body.split(delimiter.as_str()).skip(1).filter(|part| !part.starts_with("--"));
            return parts
                .filter_map(|part| part.split_once('\n'))
                .find_map(|(_, part)| Part::read(part.as_bytes()).text(depth));
        }
        if !kind.starts_with("text/") || self.header("content-disposition").is_some_and(is_attachment) {
            return None;
        }
        let coding = self.header("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
        Some(match coding.as_str() {
            "base64" => {
                let packed: String = self.body.split_ascii_whitespace().collect();
                BASE64.decode(packed).map_or_else(|_| self.body.clone(), |bytes| readable(&bytes))
            }
            "quoted-printable" => readable(&quoted_printable(&self.body.replace("=\n", ""), b'=')),
            _ => self.body.clone(),
        })
    }
}

fn is_attachment(disposition: &str) -> bool {
    disposition.to_ascii_lowercase().starts_with("attachment")
}

fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

/// `multipart/mixed; boundary="x"` → `x`.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (key.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Bytes written as `=41` after this sign.
fn quoted_printable(text: &str, sign: u8) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| *byte == sign) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// A header's value with its encoded words decoded (RFC 2047). White space between two of them is none.
fn words(value: &str) -> String {
    let mut out = String::new();
    let mut after_word = false;
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?") {
        let Some((decoded, after)) = word_of(word) else {
            out.push_str(before);
            out.push_str("=?");
            (rest, after_word) = (word, false);
            continue;
        };
        if !after_word || !before.trim().is_empty() {
            out.push_str(before);
        }
        out.push_str(&decoded);
        (rest, after_word) = (after, true);
    }
    out.push_str(rest);
    out
}

/// `utf-8?q?a=20b?= …` → the text, and what follows. Only UTF-8 and ASCII, which is what Nave sends.
fn word_of(word: &str) -> Option<(String, &str)> {
    let (charset, rest) = word.split_once('?')?;
    let (coding, rest) = rest.split_once('?')?;
    let (content, after) = rest.split_once("?=")?;
    let charset = charset.to_ascii_lowercase();
    if !matches!(charset.as_str(), "utf-8" | "us-ascii") {
        return None;
    }
    let bytes = match coding {
        "b" | "B" => BASE64.decode(content).ok()?,
        "q" | "Q" => quoted_printable(&content.replace('_', " "), b'='),
        _ => return None,
    };
    Some((String::from_utf8(bytes).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Message {
        Message::read(text.replace('\n', "\r\n").as_bytes(), (String::new(), Vec::new()), Duration::ZERO)
    }

    #[track_caller]
    fn check(text: &str, subject: &str, expected: &str) {
        let message = read(text);
        assert_eq!((message.subject.as_str(), message.text.as_str()), (subject, expected));
    }

    #[test]
    fn subject_and_text_are_read() {
        check("Subject: Hi\n\nText\n", "Hi", "Text\n");
        check("Subject: a\n b\nX: y\n\n", "a b", "");
        check("\nonly text", "", "only text");
        check("Subject: =?utf-8?b?R3LDvMOfZQ==?= =?UTF-8?Q?_=26_?= x\n\nt", "Grüße &  x", "t");
        check("Subject: =?x?y\n\nt", "=?x?y", "t");
        check("Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=\n=C3=9Fe =ZZ", "", "Grüße =ZZ");
        check("Content-Transfer-Encoding: base64\n\nR3LDvMOf\nZQ==\n", "", "Grüße");
    }

    #[test]
    fn the_first_text_of_several_parts_is_shown() {
        let text = "Content-Type: multipart/mixed;\n boundary=\"o\"\n\n--o\nContent-Type: multipart/alternative; \
                    boundary=i\n\n--i\nContent-Type: text/plain\n\nplain\n--i\nContent-Type: text/html\n\n<p>\n--i--\n\
                    --o\nContent-Type: application/pdf\n\nx\n--o--\n";
        check(text, "", "plain");
        let endless = "Content-Type: multipart/mixed; boundary=o\n\n--o\n".repeat(50);
        check(&endless, "", "");
    }

    #[test]
    fn headers_are_found_whatever_their_capitals() {
        let message = read("Message-Id: <a@b>\nTo: x\n\n");
        assert_eq!((message.id.as_deref(), message.header("TO")), (Some("<a@b>"), Some("x")));
    }
}
