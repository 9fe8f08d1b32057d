//! A letter in the form in which mail travels (RFC 5322, MIME): its envelope, its headers, its name, its
//! bytes.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use nave_connector::protocol::smtp::{Letter, MESSAGE_ID};
use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::{At, Fault};
use sha2::{Digest as _, Sha256};

/// A key that is longer, or has other characters than those of a domain name, is named by its digest.
const LONGEST_NAME: usize = 64;

/// A message, ready to be handed over.
pub(super) struct Message {
    /// The sender's address.
    pub(super) from: String,
    /// The recipients' addresses, copies included.
    pub(super) recipients: Vec<String>,
    /// `<name@domain>`.
    pub(super) id: String,
    /// Headers and content; lines end in CRLF.
    pub(super) bytes: Vec<u8>,
    /// An address has letters beyond ASCII (RFC 6531).
    pub(super) is_international: bool,
}

impl Message {
    /// Makes the message of a request's body and headers.
    ///
    /// # Errors
    /// `E-REQUEST-BUILD`: an address or an attachment is none.
    pub(super) fn build(body: &[u8], headers: &HeaderMap, now: Timestamp) -> Result<Message, Fault> {
        let letter: Letter = serde_json::from_slice(body)
            .map_err(|error| refuse("", "the message cannot be read").with_detail(error.to_string()))?;
        let from = mailbox("from", &letter.from)?;
        let key = headers.get(MESSAGE_ID).and_then(|key| key.to_str().ok()).unwrap_or_default();
        let id = format!("<{}@{}>", name_of(key), from.email.domain());
        let mut builder = lettre::Message::builder()
            .from(from)
            .subject(letter.subject.as_str())
            .date(SystemTime::from(now))
            .message_id(Some(id.clone()));
        for to in &letter.to {
            builder = builder.to(mailbox("to", to)?);
        }
        for cc in &letter.cc {
            builder = builder.cc(mailbox("cc", cc)?);
        }
        for bcc in &letter.bcc {
            builder = builder.bcc(mailbox("bcc", bcc)?);
        }
        if let Some(reply_to) = &letter.reply_to {
            builder = builder.reply_to(mailbox("reply_to", reply_to)?);
        }
        let built = match content(&letter)? {
            Content::One(part) => builder.singlepart(part),
            Content::Many(parts) => builder.multipart(parts),
        };
        let built = built.map_err(|error| refuse("", error.to_string()))?;
        let envelope = built.envelope();
        let mut bytes = built.formatted();
        // A line break is put after the last line even where it has one.
        if bytes.ends_with(b"\r\n\r\n") {
            bytes.truncate(bytes.len() - 2);
        }
        Ok(Message {
            from: envelope.from().map(ToString::to_string).unwrap_or_default(),
            recipients: envelope.to().iter().map(ToString::to_string).collect(),
            is_international: envelope.from().into_iter().chain(envelope.to()).any(is_international),
            bytes,
            id,
        })
    }
}

fn is_international(address: &Address) -> bool {
    !address.user().is_ascii() || !address.domain().is_ascii()
}

/// The part of a message's name before the `@`: the key itself where it can stand there.
fn name_of(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !key.is_empty() && key.len() <= LONGEST_NAME && key.bytes().all(plain) {
        return key.to_owned();
    }
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

enum Content {
    One(SinglePart),
    Many(MultiPart),
}

/// Text and HTML as alternatives, the better last (RFC 2046 section 5.1.4); files beside them.
fn content(letter: &Letter) -> Result<Content, Fault> {
    let body = match (&letter.text, &letter.html) {
        (Some(text), Some(html)) => {
            Content::Many(MultiPart::alternative_plain_html(text.clone(), html.clone()))
        }
        (None, Some(html)) => Content::One(SinglePart::html(html.clone())),
        (text, None) => Content::One(SinglePart::plain(text.clone().unwrap_or_default())),
    };
    if letter.attachments.is_empty() {
        return Ok(body);
    }
    let mut mixed = match body {
        Content::One(part) => MultiPart::mixed().singlepart(part),
        Content::Many(parts) => MultiPart::mixed().multipart(parts),
    };
    for file in &letter.attachments {
        let media_type = ContentType::parse(&file.media_type)
            .map_err(|_| refuse("attachments", format!("`{}` is not a media type", file.media_type)))?;
        let bytes = STANDARD
            .decode(file.content.as_bytes())
            .map_err(|_| refuse("attachments", format!("the content of `{}` is not base64", file.name)))?;
        // In base64 whatever it is: bytes that look like text are not to be taken for lines.
        let bytes = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64)
            .map_err(|_| refuse("attachments", format!("`{}` cannot be sent", file.name)))?;
        mixed = mixed.singlepart(Attachment::new(file.name.clone()).body(bytes, media_type));
    }
    Ok(Content::Many(mixed))
}

fn mailbox(argument: &str, text: &str) -> Result<Mailbox, Fault> {
    text.parse().map_err(|error: lettre::address::AddressError| {
        refuse(argument, format!("`{text}` is not a mail address"))
            .with_detail(error.to_string())
            .with_hint("write `ann@example.com`, or `Ann Example <ann@example.com>`")
    })
}

fn refuse(argument: &str, message: impl Into<String>) -> Fault {
    Fault::new(codes::REQUEST_BUILD, message).with_at(At::pointer(child("", argument)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::{Value, json};

    use super::*;

    fn build(letter: &Value, key: &'static str) -> Result<Message, Fault> {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("message-id"),
            HeaderValue::from_static(key),
        )]);
        Message::build(letter.to_string().as_bytes(), &headers, Timestamp::UNIX_EPOCH)
    }

    #[track_caller]
    fn check(letter: &Value, key: &'static str, expected: &[&str]) {
        let message = build(letter, key).unwrap();
        let text = String::from_utf8(message.bytes).unwrap();
        for line in expected {
            assert!(text.contains(line), "no `{line}` in\n{text}");
        }
    }

    fn refused(letter: &Value) -> String {
        build(letter, "k").err().unwrap().message.clone()
    }

    #[test]
    fn a_letter_has_its_headers_and_its_text() {
        let letter = json!({"from": "Ann <ann@a.example>", "to": ["bob@b.example"], "subject": "Grüße", "text": "Hi\n.\n"});
        check(
            &letter,
            "run-7_step",
            &[
                "From: Ann <ann@a.example>\r\n",
                "To: bob@b.example\r\n",
                "Message-ID: <run-7_step@a.example>\r\n",
                "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n",
                "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
                "\r\n\r\nHi\r\n.\r\n",
            ],
        );
    }

    #[test]
    fn the_name_is_made_of_the_key() {
        let letter = json!({"from": "a@a.example", "to": ["b@b.example"], "subject": "s", "text": "t"});
        let id = |key: &'static str| build(&letter, key).unwrap().id;
        assert_eq!(id("abc-1"), "<abc-1@a.example>");
        assert_eq!(id("a@b>"), id("a@b>"));
        assert_ne!(id("a@b>"), id("a@b<"));
        assert!(!id("a@b>").contains("b>@"), "{}", id("a@b>"));
    }

    #[test]
    fn copies_nobody_sees_are_recipients_and_no_header() {
        let letter = json!({"from": "a@a.example", "to": ["b@b.example"], "cc": ["C <c@c.example>"],
            "bcc": ["d@d.example"], "subject": "s", "text": "t", "html": "<p>t</p>",
            "attachments": [{"name": "r.pdf", "type": "application/pdf", "content": "AAEC"}]});
        let message = build(&letter, "k").unwrap();
        assert_eq!(message.recipients, ["b@b.example", "c@c.example", "d@d.example"]);
        let text = String::from_utf8(message.bytes).unwrap();
        assert!(!text.contains("d@d.example"), "{text}");
        check(
            &letter,
            "k",
            &["multipart/mixed", "multipart/alternative", "<p>t</p>", "filename=\"r.pdf\"", "AAEC"],
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let with = |from: &str, to: &str| json!({"from": from, "to": [to], "subject": "s", "text": "t"});
        assert_eq!(refused(&with("a", "b@b.example")), "`a` is not a mail address");
        assert_eq!(
            refused(&with("a@a.example", "b@b.example, c@c.example")),
            "`b@b.example, c@c.example` is not a mail address"
        );
        assert_eq!(
            refused(&with("a@a.example", "b@b.example>\r\nRCPT TO:<x@x")),
            "`b@b.example>\r\nRCPT TO:<x@x` is not a mail address"
        );
        assert_eq!(refused(&json!({"to": []})), "the message cannot be read");
    }

    #[test]
    fn a_subject_stays_one_header() {
        let letter = json!({"from": "a@a.example", "to": ["b@b.example"], "subject": "s\r\nBcc: x@x.example", "text": "t"});
        let message = build(&letter, "k").unwrap();
        let text = String::from_utf8(message.bytes).unwrap();
        assert!(!text.contains("\r\nBcc:"), "{text}");
        assert_eq!(message.recipients, ["b@b.example"]);
    }
}
