//! GitHub, and others that copied it (Meta among them): hex HMAC-SHA256 over the body behind `sha256=`.
//! No time is signed; repeats are told by the delivery's id.

use super::mac::{header, hex, unhex, unreadable};
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

const HEADER: &str = "X-Hub-Signature-256";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "github",
    summary: "GitHub's `X-Hub-Signature-256`, which Meta uses too: a code over the body.",
    source: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    parameters: &[],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"github"}"#,
        secret: "It's a Secret to Everybody",
        url: "https://hub.example/webhooks/acme",
        headers: &[(HEADER, "sha256=50b0123e6e44430d2c43ecca0ee520d961ffd326425c07859f70a57161c3ebcd")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let code = check.needed(HEADER)?.strip_prefix("sha256=").and_then(unhex);
    check.sha256(&[check.delivery.body], &[code.ok_or_else(|| unreadable(HEADER))?])
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let code = format!("sha256={}", hex(&sign.sha256(&[sign.delivery.body])));
    Ok(vec![header(HEADER, code), header("X-GitHub-Delivery", sign.id)])
}
