//! HubSpot, first version: hex SHA-256 over the app's secret and the body. HubSpot sends it beside the
//! third version, which is to be preferred: this one covers neither time nor address.

use super::mac::{digest, header, hex, same};
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

pub(super) const HEADER: &str = "X-HubSpot-Signature";
pub(super) const VERSION: &str = "X-HubSpot-Signature-Version";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "hubspot_v1",
    summary: "HubSpot's first `X-HubSpot-Signature`: a hash over secret and body; prefer `hubspot_v3`.",
    source: "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
    parameters: &[],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"hubspot_v1"}"#,
        secret: "11111111-2222-3333-4444-555555555555",
        url: "https://hub.example/webhooks/crm",
        headers: &[(HEADER, "028bb867cdaf77dfc61bb9649be62f02ec232e869e632e1b8afb10df6439c057")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let right = hex(&digest(&[check.secret.as_bytes(), check.delivery.body]));
    match same(right.as_bytes(), check.needed(HEADER)?.as_bytes()) {
        true => Ok(()),
        false => Err(Refusal::Wrong),
    }
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let hash = hex(&digest(&[sign.secret.as_bytes(), sign.delivery.body]));
    Ok(vec![header(VERSION, "v1"), header(HEADER, hash)])
}
