//! Square: base64 HMAC-SHA256 over the address that was given to Square, and the body.

use super::mac::{check_plain, sign_plain};
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

const HEADER: &str = "x-square-hmacsha256-signature";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "square",
    summary: "Square's `x-square-hmacsha256-signature`: a code over the public address and the body.",
    source: "https://developer.squareup.com/docs/webhooks/step3validate",
    parameters: &[],
    covers_address: true,
    example: Example {
        signature: r#"{"kind":"square"}"#,
        secret: "asdf1234",
        url: "https://hub.example/webhooks/acme",
        headers: &[(HEADER, "KVwDf5wFx79r6uZrZff+GytVn/xfNxEauO2yXu0u3TE=")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify: |check: &Check<'_>| -> Result<(), Refusal> {
        check_plain(check, HEADER, &[check.delivery.url.as_bytes(), check.delivery.body])
    },
    sign: Some(|sign: &Sign<'_>| -> Result<Headers, Refusal> {
        Ok(sign_plain(sign, HEADER, &[sign.delivery.url.as_bytes(), sign.delivery.body]))
    }),
    secret: any,
};
