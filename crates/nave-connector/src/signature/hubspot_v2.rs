//! HubSpot, second version: hex SHA-256 over the app's secret, method, address and body. Sent by workflow
//! actions and cards; covers no time.

use super::hubspot_v1::{HEADER, VERSION};
use super::mac::{digest, header, hex, same};
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "hubspot_v2",
    summary: "HubSpot's second `X-HubSpot-Signature`: a hash over secret, method, public address and body.",
    source: "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
    parameters: &[],
    covers_address: true,
    example: Example {
        signature: r#"{"kind":"hubspot_v2"}"#,
        secret: "11111111-2222-3333-4444-555555555555",
        url: "https://hub.example/webhooks/crm?team=a%3Ab",
        headers: &[(HEADER, "543d0feff5e5473a2ec6b95064f41f22114841f6db6e93da35df74fc2020d8a3")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn hash(secret: &str, delivery: &super::Delivery<'_>) -> String {
    hex(&digest(&[secret.as_bytes(), delivery.method.as_bytes(), delivery.url.as_bytes(), delivery.body]))
}

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let right = hash(check.secret, &check.delivery);
    match same(right.as_bytes(), check.needed(HEADER)?.as_bytes()) {
        true => Ok(()),
        false => Err(Refusal::Wrong),
    }
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    Ok(vec![header(VERSION, "v2"), header(HEADER, hash(sign.secret, &sign.delivery))])
}
