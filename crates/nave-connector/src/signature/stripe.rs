//! Stripe: hex HMAC-SHA256 over `timestamp.body`, in one header together with the time; several codes
//! while a secret is rotated. The secret is used as it is shown, `whsec_` included.

use super::mac::{header, hex, number, unhex, unreadable};
use super::{Check, Example, Headers, Kind, Refusal, Sign, WINDOW, any};

const HEADER: &str = "Stripe-Signature";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "stripe",
    summary: "Stripe's `Stripe-Signature`: the time and one or more codes over time and body.",
    source: "https://docs.stripe.com/webhooks/signature",
    parameters: &[WINDOW],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"stripe"}"#,
        secret: "whsec_test_of_stripe",
        url: "https://hub.example/webhooks/acme",
        headers: &[(
            HEADER,
            "t=1790000000,v1=91b4f1832800241b524bed286383c7fa9183d4e0aa9d212cd61dabf92618c4b6",
        )],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let value = check.needed(HEADER)?;
    let mut timestamp = None;
    let mut given = Vec::new();
    for part in value.split(',') {
        match part.trim().split_once('=') {
            Some(("t", time)) if timestamp.is_none() => timestamp = Some(time),
            Some(("t", _)) | None => return Err(unreadable(HEADER)),
            Some(("v1", code)) => given.extend(unhex(code)),
            // `v0` is a test scheme; other names belong to schemes to come.
            Some(_) => {}
        }
    }
    let timestamp = timestamp.ok_or_else(|| unreadable(HEADER))?;
    let seconds = number(timestamp).ok_or_else(|| unreadable(HEADER))?;
    check.fresh(seconds.saturating_mul(1000))?;
    check.sha256(&[timestamp.as_bytes(), b".", check.delivery.body], &given)
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let timestamp = sign.seconds();
    let code = hex(&sign.sha256(&[timestamp.as_bytes(), b".", sign.delivery.body]));
    Ok(vec![header(HEADER, format!("t={timestamp},v1={code}"))])
}
