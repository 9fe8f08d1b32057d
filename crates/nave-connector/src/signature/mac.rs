//! What the kinds share: message authentication codes compared in constant time, hex and base64 as vendors
//! write them, times, and the window they must be in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{self, Algorithm, HMAC_SHA256};

use super::{Check, Headers, Refusal, Sign};

impl<'a> Check<'a> {
    /// A header the proof needs.
    pub(super) fn needed(&self, name: &str) -> Result<&'a str, Refusal> {
        self.delivery.header(name).ok_or_else(|| Refusal::Missing(format!("header `{name}`")))
    }

    /// Whether a time in milliseconds is inside the window.
    pub(super) fn fresh(&self, at_ms: u64) -> Result<(), Refusal> {
        let away = self.now_ms.abs_diff(at_ms);
        match away > self.signature.tolerance().saturating_mul(1000) {
            true => Err(Refusal::Stale(away / 1000)),
            false => Ok(()),
        }
    }

    /// Whether any of the given codes is the SHA-256 one of these parts under the secret as it is written.
    pub(super) fn sha256(&self, parts: &[&[u8]], given: &[Vec<u8>]) -> Result<(), Refusal> {
        self.any_of(HMAC_SHA256, self.secret.as_bytes(), parts, given)
    }

    /// Whether any of the given codes is that of these parts.
    pub(super) fn any_of(
        &self,
        algorithm: Algorithm,
        key: &[u8],
        parts: &[&[u8]],
        given: &[Vec<u8>],
    ) -> Result<(), Refusal> {
        let right = code(algorithm, key, parts);
        // Every one is compared, so that the time taken does not tell which was nearest.
        let fits = given.iter().filter(|given| same(&right, given)).count();
        if fits > 0 { Ok(()) } else { Err(Refusal::Wrong) }
    }
}

impl Sign<'_> {
    /// The SHA-256 code of these parts under the secret as it is written.
    pub(super) fn sha256(&self, parts: &[&[u8]]) -> Vec<u8> {
        code(HMAC_SHA256, self.secret.as_bytes(), parts)
    }

    /// Seconds since 1970.
    pub(super) fn seconds(&self) -> String {
        (self.now_ms / 1000).to_string()
    }
}

/// The code of parts, one after the other.
pub(super) fn code(algorithm: Algorithm, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, key));
    for part in parts {
        context.update(part);
    }
    context.sign().as_ref().to_vec()
}

/// Whether two texts are the same, in a time that does not tell where they differ: their codes under one
/// key are compared, which ring does in constant time.
pub(super) fn same(right: &[u8], given: &[u8]) -> bool {
    let key = hmac::Key::new(HMAC_SHA256, b"compare");
    hmac::verify(&key, right, hmac::sign(&key, given).as_ref()).is_ok()
}

/// SHA-256 of parts, one after the other.
pub(super) fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// Small hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
        text
    })
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

/// Small hex digits as bytes. Large ones are refused, so that one code has one form.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Padded base64 of the common alphabet (RFC 4648 section 4).
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The same as bytes; another form of the same bytes is refused.
pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A number of digits alone.
pub(super) fn number(text: &str) -> Option<u64> {
    let fits = !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

/// The value of a header that cannot be read.
pub(super) fn unreadable(name: &str) -> Refusal {
    Refusal::Unreadable(format!("header `{name}`"))
}

/// One header.
pub(super) fn header(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// A kind that is the base64 SHA-256 code of parts in one header, and nothing else: its check.
pub(super) fn check_plain(check: &Check<'_>, name: &str, parts: &[&[u8]]) -> Result<(), Refusal> {
    let given = unbase64(check.needed(name)?).ok_or_else(|| unreadable(name))?;
    check.sha256(parts, &[given])
}

/// The same: its signing.
pub(super) fn sign_plain(sign: &Sign<'_>, name: &str, parts: &[&[u8]]) -> Headers {
    vec![header(name, base64(&sign.sha256(parts)))]
}
