//! Slack: hex HMAC-SHA256 over `v0:timestamp:body`, behind `v0=`; events, commands and buttons alike.

use super::mac::{header, hex, number, unhex, unreadable};
use super::{Check, Example, Headers, Kind, Refusal, Sign, WINDOW, any};

const HEADER: &str = "X-Slack-Signature";
const TIMESTAMP: &str = "X-Slack-Request-Timestamp";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "slack",
    summary: "Slack's `X-Slack-Signature`: a code over version, time and body.",
    source: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    parameters: &[WINDOW],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"slack"}"#,
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        url: "https://hub.example/webhooks/acme",
        headers: &[
            (TIMESTAMP, "1790000000"),
            (HEADER, "v0=173757d92ebc1edf79763a43cd9388fa9ccb9be08ba597da7a54dc971acf83bf"),
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
    let seconds = number(timestamp).ok_or_else(|| unreadable(TIMESTAMP))?;
    check.fresh(seconds.saturating_mul(1000))?;
    let code = check.needed(HEADER)?.strip_prefix("v0=").and_then(unhex);
    let parts: [&[u8]; 4] = [b"v0:", timestamp.as_bytes(), b":", check.delivery.body];
    check.sha256(&parts, &[code.ok_or_else(|| unreadable(HEADER))?])
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let timestamp = sign.seconds();
    let code = sign.sha256(&[b"v0:", timestamp.as_bytes(), b":", sign.delivery.body]);
    Ok(vec![header(TIMESTAMP, timestamp), header(HEADER, format!("v0={}", hex(&code)))])
}
