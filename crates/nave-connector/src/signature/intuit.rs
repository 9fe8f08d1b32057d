//! Intuit (QuickBooks): base64 HMAC-SHA256 over the body, under the verifier token.

use super::mac::{check_plain, sign_plain};
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

const HEADER: &str = "intuit-signature";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "intuit",
    summary: "Intuit's (QuickBooks) `intuit-signature`: a code over the body.",
    source: "https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks",
    parameters: &[],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"intuit"}"#,
        secret: "verifier-token",
        url: "https://hub.example/webhooks/acme",
        headers: &[(HEADER, "iErS//1R8WjBrMfmN3X0IPcqqAcieMG+Efdi1KRHXnU=")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify: |check: &Check<'_>| -> Result<(), Refusal> { check_plain(check, HEADER, &[check.delivery.body]) },
    sign: Some(|sign: &Sign<'_>| -> Result<Headers, Refusal> {
        Ok(sign_plain(sign, HEADER, &[sign.delivery.body]))
    }),
    secret: any,
};
