//! A code (RFC 2104) in a header, by rules a document gives: for the senders that made up a scheme of
//! their own, and there are many.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::mac::{base64, code, header, hex, number, unbase64, unhex, unreadable};
use super::{Check, Delivery, Example, Headers, Kind, Refusal, Sign, Signature, any};
use crate::case::http::is_token;

/// The rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hmac {
    /// The header the code stands in; several codes are separated by commas or spaces.
    pub header: String,
    /// The hash. Default: SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// How the code is written. Default: hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// What stands before the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// What is signed: a text with `{body}` once, and `{timestamp}`, `{id}`, `{method}`, `{url}` where they
    /// are part of it. Default: `{body}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The header with the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_header: Option<String>,
    /// How the time is written. Default: seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_unit: Option<TimestampUnit>,
    /// How far the sender's clock may be from ours, in seconds. Default: 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance_seconds: Option<u64>,
    /// The header with the delivery's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_header: Option<String>,
    /// How the key is written in the secret. Default: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_encoding: Option<Encoding>,
}

/// A hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-1: only for senders that have nothing better.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Small hex digits.
    Hex,
    /// Large hex digits.
    HexUpper,
    /// Padded base64 (RFC 4648 section 4).
    Base64,
    /// Base64 for addresses (RFC 4648 section 5), padded or not.
    Base64Url,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimestampUnit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// RFC 3339.
    Rfc3339,
}

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "hmac",
    summary: "A code in a header, by rules of its own: what is signed, with which hash, written how.",
    source: "https://www.rfc-editor.org/rfc/rfc2104",
    parameters: &[
        ("header", "the header the code stands in; several codes are separated by commas or spaces"),
        ("algorithm", "`sha1`, `sha256` (default), `sha384` or `sha512`"),
        ("encoding", "how the code is written: `hex` (default), `hex_upper`, `base64` or `base64_url`"),
        ("prefix", "what stands before the code, for example `sha256=`"),
        (
            "signed",
            "what is signed: a text with `{body}`, `{timestamp}`, `{id}`, `{method}`, `{url}`; `{body}` where it is left out",
        ),
        ("timestamp_header", "the header with the time; without one there is no time window"),
        ("timestamp_unit", "how the time is written: `seconds` (default), `milliseconds` or `rfc3339`"),
        super::WINDOW,
        ("id_header", "the header with the delivery's id, by which repeats are told"),
        (
            "secret_encoding",
            "how the key is written in the secret, where it is not used as it is: as `encoding`",
        ),
    ],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"hmac","header":"X-Acme-Signature","encoding":"base64","prefix":"v2:",
            "signed":"{method}\n{timestamp}\n{body}","timestamp_header":"X-Acme-Time"}"#,
        secret: "secret",
        url: "https://hub.example/webhooks/acme",
        headers: &[
            ("X-Acme-Time", "1790000000"),
            ("X-Acme-Signature", "v2:ReLSp83Bh9yDLc+y1hOwUSyk/axiJQalCcnlsIVEu+M="),
        ],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

const BODY: &str = "{body}";

impl Encoding {
    fn write(self, bytes: &[u8]) -> String {
        match self {
            Encoding::Hex => hex(bytes),
            Encoding::HexUpper => hex(bytes).to_ascii_uppercase(),
            Encoding::Base64 => base64(bytes),
            Encoding::Base64Url => URL_SAFE.encode(bytes),
        }
    }

    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Encoding::Hex => unhex(text),
            Encoding::HexUpper if text.bytes().any(|byte| byte.is_ascii_lowercase()) => None,
            Encoding::HexUpper => unhex(&text.to_ascii_lowercase()),
            Encoding::Base64 => unbase64(text),
            Encoding::Base64Url => URL_SAFE.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok(),
        }
    }
}

impl Hmac {
    /// Whether what is signed names this part.
    fn covers(&self, part: &str) -> bool {
        self.signed.as_deref().unwrap_or(BODY).contains(part)
    }

    /// Whether the public address is part of what is signed.
    pub fn covers_address(&self) -> bool {
        self.covers("{url}")
    }

    pub(super) fn wrong(&self, wrong: &mut Vec<(&'static str, String, &'static str)>) {
        let headers = [
            ("header", Some(&self.header)),
            ("timestamp_header", self.timestamp_header.as_ref()),
            ("id_header", self.id_header.as_ref()),
        ];
        for (key, name) in headers {
            if let Some(name) = name.filter(|name| !is_token(name)) {
                let message = format!("`{name}` cannot be the name of a header");
                wrong.push((key, message, "a header's name has letters, digits and `-`"));
            }
        }
        let printable = |text: &String| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if self.prefix.as_ref().is_some_and(|prefix| !printable(prefix)) {
            let message = "the prefix has characters a header cannot carry".to_owned();
            wrong.push(("prefix", message, "use printable ASCII characters"));
        }
        if self.signed.as_ref().is_some_and(|signed| pieces(signed).is_none()) {
            let message = "what is signed must have `{body}` once, and other parts by their names".to_owned();
            wrong.push(("signed", message, "write for example `{timestamp}.{body}`"));
        }
        if self.covers("{timestamp}") && self.timestamp_header.is_none() {
            let message = "the time is signed, and nothing says where it stands".to_owned();
            wrong.push(("signed", message, "add `timestamp_header`"));
        }
        if self.covers("{id}") && self.id_header.is_none() {
            let message = "the id is signed, and nothing says where it stands".to_owned();
            wrong.push(("signed", message, "add `id_header`"));
        }
        let timed = [
            ("tolerance_seconds", self.tolerance_seconds.is_some()),
            ("timestamp_unit", self.timestamp_unit.is_some()),
        ];
        for (key, _) in timed.into_iter().filter(|(_, given)| *given && self.timestamp_header.is_none()) {
            let message = format!("`{key}` is given, and nothing says where the time stands");
            wrong.push((key, message, "add `timestamp_header`"));
        }
    }

    /// The key in a secret.
    pub(super) fn key(&self, secret: &str) -> Result<Vec<u8>, Refusal> {
        match self.secret_encoding {
            None => Ok(secret.as_bytes().to_vec()),
            Some(encoding) => encoding
                .read(secret)
                .filter(|key| !key.is_empty())
                .ok_or(Refusal::Secret("it is not written as `secret_encoding` says")),
        }
    }

    fn algorithm(&self) -> ring::hmac::Algorithm {
        match self.algorithm {
            Some(Algorithm::Sha1) => ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            None | Some(Algorithm::Sha256) => ring::hmac::HMAC_SHA256,
            Some(Algorithm::Sha384) => ring::hmac::HMAC_SHA384,
            Some(Algorithm::Sha512) => ring::hmac::HMAC_SHA512,
        }
    }

    fn code(
        &self,
        secret: &str,
        delivery: &Delivery<'_>,
        timestamp: &str,
        id: &str,
    ) -> Result<Vec<u8>, Refusal> {
        let signed = self.signed.as_deref().unwrap_or(BODY);
        let parts: Vec<&[u8]> = pieces(signed)
            .unwrap_or_default()
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_bytes(),
                Piece::Body => delivery.body,
                Piece::Timestamp => timestamp.as_bytes(),
                Piece::Id => id.as_bytes(),
                Piece::Method => delivery.method.as_bytes(),
                Piece::Url => delivery.url.as_bytes(),
            })
            .collect();
        Ok(code(self.algorithm(), &self.key(secret)?, &parts))
    }
}

enum Piece<'a> {
    Text(&'a str),
    Body,
    Timestamp,
    Id,
    Method,
    Url,
}

/// What is signed, piece by piece; `None` where it has no `{body}`, or two, or names something else.
fn pieces(signed: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut bodies = 0;
    let mut rest = signed;
    while let Some((text, after)) = rest.split_once('{') {
        if text.contains('}') {
            return None;
        }
        pieces.push(Piece::Text(text));
        let (name, after) = after.split_once('}')?;
        pieces.push(match name {
            "body" => {
                bodies += 1;
                Piece::Body
            }
            "timestamp" => Piece::Timestamp,
            "id" => Piece::Id,
            "method" => Piece::Method,
            "url" => Piece::Url,
            _ => return None,
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    (bodies == 1 && !rest.contains('}')).then_some(pieces)
}

fn milliseconds(unit: Option<TimestampUnit>, text: &str) -> Option<u64> {
    match unit {
        None | Some(TimestampUnit::Seconds) => Some(number(text)?.saturating_mul(1000)),
        Some(TimestampUnit::Milliseconds) => number(text),
        Some(TimestampUnit::Rfc3339) => {
            u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()).ok()
        }
    }
}

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let Signature::Hmac(rules) = check.signature else { return Err(Refusal::Wrong) };
    let mut timestamp = "";
    if let Some(name) = &rules.timestamp_header {
        timestamp = check.needed(name)?;
        check.fresh(milliseconds(rules.timestamp_unit, timestamp).ok_or_else(|| unreadable(name))?)?;
    }
    let id = match &rules.id_header {
        Some(name) => check.needed(name)?,
        None => "",
    };
    let encoding = rules.encoding.unwrap_or(Encoding::Hex);
    let prefix = rules.prefix.as_deref().unwrap_or_default();
    let given: Vec<Vec<u8>> = check
        .needed(&rules.header)?
        .split([',', ' '])
        .filter_map(|one| encoding.read(one.strip_prefix(prefix)?))
        .collect();
    let right = rules.code(check.secret, &check.delivery, timestamp, id)?;
    let fits = given.iter().filter(|given| super::mac::same(&right, given)).count();
    if fits > 0 { Ok(()) } else { Err(Refusal::Wrong) }
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let Signature::Hmac(rules) = sign.signature else { return Err(Refusal::OneWay) };
    let timestamp = match rules.timestamp_unit {
        None | Some(TimestampUnit::Seconds) => sign.seconds(),
        Some(TimestampUnit::Milliseconds) => sign.now_ms.to_string(),
        Some(TimestampUnit::Rfc3339) => i64::try_from(sign.now_ms)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
            .map(|at| at.to_string())
            .unwrap_or_default(),
    };
    let code = rules.code(sign.secret, &sign.delivery, &timestamp, sign.id)?;
    let encoded = rules.encoding.unwrap_or(Encoding::Hex).write(&code);
    let mut headers =
        vec![header(&rules.header, format!("{}{encoded}", rules.prefix.as_deref().unwrap_or_default()))];
    headers.extend(rules.timestamp_header.as_ref().map(|name| header(name, timestamp)));
    headers.extend(rules.id_header.as_ref().map(|name| header(name, sign.id)));
    Ok(headers)
}
