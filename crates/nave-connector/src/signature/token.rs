//! A shared word in a header, as GitLab, Telegram and others send it. It proves the sender and nothing
//! about the body, so it is only as good as the encryption on the way.

use serde::{Deserialize, Serialize};

use super::mac::{header, same};
use super::{Check, Example, Headers, Kind, Refusal, Sign, Signature, any};
use crate::case::http::is_token;

/// Where the word stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The header.
    pub header: String,
}

impl Token {
    pub(super) fn wrong(&self, wrong: &mut Vec<(&'static str, String, &'static str)>) {
        if !is_token(&self.header) {
            let message = format!("`{}` cannot be the name of a header", self.header);
            wrong.push(("header", message, "a header's name has letters, digits and `-`"));
        }
    }
}

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "token",
    summary: "A shared word in a header, as GitLab and Telegram send it; the body is not covered.",
    source: "https://docs.gitlab.com/user/project/integrations/webhooks/",
    parameters: &[("header", "the header the word stands in")],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"token","header":"X-Gitlab-Token"}"#,
        secret: "open sesame",
        url: "https://hub.example/webhooks/acme",
        headers: &[("X-Gitlab-Token", "open sesame")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let Signature::Token(token) = check.signature else { return Err(Refusal::Wrong) };
    match same(check.secret.as_bytes(), check.needed(&token.header)?.as_bytes()) {
        true => Ok(()),
        false => Err(Refusal::Wrong),
    }
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let Signature::Token(token) = sign.signature else { return Err(Refusal::OneWay) };
    Ok(vec![header(&token.header, sign.secret)])
}
