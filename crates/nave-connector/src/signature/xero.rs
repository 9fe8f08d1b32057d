//! Xero: base64 HMAC-SHA256 over the body. Xero sends right and wrong ones to see that they are told apart.

use super::mac::{check_plain, sign_plain};
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

const HEADER: &str = "x-xero-signature";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "xero",
    summary: "Xero's `x-xero-signature`: a code over the body; a wrong one must be answered 401.",
    source: "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server",
    parameters: &[],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"xero"}"#,
        secret: "webhook-key",
        url: "https://hub.example/webhooks/acme",
        headers: &[(HEADER, "GvElYLWDSfiYf6XnxZ2GiaxbucEJzyTfFD2f2TruMNI=")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify: |check: &Check<'_>| -> Result<(), Refusal> { check_plain(check, HEADER, &[check.delivery.body]) },
    sign: Some(|sign: &Sign<'_>| -> Result<Headers, Refusal> {
        Ok(sign_plain(sign, HEADER, &[sign.delivery.body]))
    }),
    secret: any,
};
