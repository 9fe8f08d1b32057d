//! Zendesk: base64 HMAC-SHA256 over the time, as it stands in its header, and the body.

use super::mac::{base64, header, unbase64, unreadable};
use super::{Check, Example, Headers, Kind, Refusal, Sign, WINDOW, any};

const HEADER: &str = "X-Zendesk-Webhook-Signature";
const TIMESTAMP: &str = "X-Zendesk-Webhook-Signature-Timestamp";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "zendesk",
    summary: "Zendesk's `X-Zendesk-Webhook-Signature`: a code over time and body.",
    source: "https://developer.zendesk.com/documentation/webhooks/verifying/",
    parameters: &[WINDOW],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"zendesk"}"#,
        secret: "dGhpcyBpcyBhIHNlY3JldA==",
        url: "https://hub.example/webhooks/acme",
        headers: &[
            (TIMESTAMP, "2026-09-21T14:13:20.000Z"),
            (HEADER, "bKLgOJNdSwerJguVzK1d0k44QE2EqGb7+Z0afkdH4zE="),
        ],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let timestamp = check.needed(TIMESTAMP)?;
    let at: jiff::Timestamp = timestamp.parse().map_err(|_| unreadable(TIMESTAMP))?;
    check.fresh(u64::try_from(at.as_millisecond()).map_err(|_| unreadable(TIMESTAMP))?)?;
    let given = unbase64(check.needed(HEADER)?).ok_or_else(|| unreadable(HEADER))?;
    check.sha256(&[timestamp.as_bytes(), check.delivery.body], &[given])
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let at = i64::try_from(sign.now_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let timestamp = at.ok_or_else(|| unreadable(TIMESTAMP))?.to_string();
    let code = base64(&sign.sha256(&[timestamp.as_bytes(), sign.delivery.body]));
    Ok(vec![header(TIMESTAMP, timestamp), header(HEADER, code)])
}
