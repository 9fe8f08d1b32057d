//! Standard Webhooks (specification 1.0.0, symmetric signatures): base64 HMAC-SHA256 over
//! `id.timestamp.body`, several of them separated by spaces while a secret is rotated.

use ring::hmac::HMAC_SHA256;

use super::mac::{base64, code, header, number, unbase64, unreadable};
use super::{Check, Example, Headers, Kind, Refusal, Sign, WINDOW};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "standard_webhooks",
    summary: "Standard Webhooks, as many vendors and Nave itself send them; also under Svix's header names.",
    source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    parameters: &[WINDOW],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"standard_webhooks"}"#,
        secret: "whsec_YSBzZWNyZXQgb2YgdHdlbnR5LWZvdXIgYg==",
        url: "https://hub.example/webhooks/acme",
        headers: &[
            ("webhook-id", "msg_2"),
            ("webhook-timestamp", "1790000000"),
            ("webhook-signature", "v1,w6A2NHfZFFpdA3BQZPpwhbxZo0B6aKmdvpiflnAMOmY="),
        ],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: |secret| key(secret).map(|_| ()),
};

/// The key is the base64 part of the secret.
fn key(secret: &str) -> Result<Vec<u8>, Refusal> {
    let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
    match unbase64(encoded) {
        Some(key) if !key.is_empty() => Ok(key),
        _ => Err(Refusal::Secret("it is not base64 behind `whsec_`")),
    }
}

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let names = match check.delivery.header("webhook-signature") {
        None if check.delivery.header("svix-signature").is_some() => {
            ["svix-id", "svix-timestamp", "svix-signature"]
        }
        _ => ["webhook-id", "webhook-timestamp", "webhook-signature"],
    };
    let [id, timestamp, signatures] =
        [check.needed(names[0])?, check.needed(names[1])?, check.needed(names[2])?];
    let seconds = number(timestamp).ok_or_else(|| unreadable(names[1]))?;
    check.fresh(seconds.saturating_mul(1000))?;
    // Signatures of versions that are not known are passed over, as the specification wants it.
    let given: Vec<Vec<u8>> =
        signatures.split(' ').filter_map(|one| unbase64(one.strip_prefix("v1,")?)).collect();
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", check.delivery.body];
    check.any_of(HMAC_SHA256, &key(check.secret)?, &parts, &given)
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let timestamp = sign.seconds();
    let parts: [&[u8]; 5] = [sign.id.as_bytes(), b".", timestamp.as_bytes(), b".", sign.delivery.body];
    let signature = format!("v1,{}", base64(&code(HMAC_SHA256, &key(sign.secret)?, &parts)));
    Ok(vec![
        header("webhook-id", sign.id),
        header("webhook-timestamp", timestamp),
        header("webhook-signature", signature),
    ])
}
