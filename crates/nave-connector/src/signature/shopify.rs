//! Shopify: base64 HMAC-SHA256 over the body, under the app's secret. No time is signed.

use super::mac::{check_plain, sign_plain};
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

const HEADER: &str = "X-Shopify-Hmac-Sha256";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "shopify",
    summary: "Shopify's `X-Shopify-Hmac-Sha256`: a code over the body.",
    source: "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    parameters: &[],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"shopify"}"#,
        secret: "hush",
        url: "https://hub.example/webhooks/acme",
        headers: &[(HEADER, "UFwgrGBPZilFtmKh8TqcovA78LGYb1BdWu9I4Q2oyRg=")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify: |check: &Check<'_>| -> Result<(), Refusal> { check_plain(check, HEADER, &[check.delivery.body]) },
    sign: Some(|sign: &Sign<'_>| -> Result<Headers, Refusal> {
        Ok(sign_plain(sign, HEADER, &[sign.delivery.body]))
    }),
    secret: any,
};
