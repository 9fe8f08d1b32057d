//! SendGrid's event webhook: ECDSA on P-256 with SHA-256 over time and body. The secret is the public
//! verification key SendGrid shows, base64 or PEM; only SendGrid can sign.

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::mac::{number, unbase64, unreadable};
use super::{Check, Example, Kind, Refusal, WINDOW};

const HEADER: &str = "X-Twilio-Email-Event-Webhook-Signature";
const TIMESTAMP: &str = "X-Twilio-Email-Event-Webhook-Timestamp";

/// What a P-256 key in the form of RFC 5480 begins with; the point (65 bytes) follows.
const PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "sendgrid",
    summary: "SendGrid's signed event webhook: an elliptic-curve signature over time and body.",
    source: "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    parameters: &[WINDOW],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"sendgrid"}"#,
        secret: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBh844ag9kU822BqO1VG7UdGj1Ib0B3E+xNxbMij9FcXrYmTBLAyOdWh1utZsX31tXPsrU0pEkRSTFQT3Q9myvw==",
        url: "https://hub.example/webhooks/acme",
        headers: &[
            (TIMESTAMP, "1790000000"),
            (
                HEADER,
                "MEUCIAxfCfIoRPdflH7BLJZobq6oBvEbQl9BE0tAmE2py7znAiEAxCf5pJQbb81rk/uJzujzjAGmSXlsgMZ4sY+qt5m0NmA=",
            ),
        ],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: None,
    secret: |secret| point(secret).map(|_| ()),
};

fn point(secret: &str) -> Result<Vec<u8>, Refusal> {
    let lines = secret.split(['\r', '\n', ' ']).filter(|line| !line.is_empty());
    let encoded = match secret.contains("-----") {
        true => secret.split("-----").nth(2).unwrap_or_default().split_whitespace().collect::<String>(),
        false => lines.collect(),
    };
    let key = unbase64(&encoded).ok_or(Refusal::Secret("it is no public key in base64"))?;
    match key.strip_prefix(&PREFIX) {
        Some(point) if point.len() == 65 => Ok(point.to_vec()),
        _ => Err(Refusal::Secret("it is no public key of the curve P-256")),
    }
}

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let timestamp = check.needed(TIMESTAMP)?;
    let seconds = number(timestamp).ok_or_else(|| unreadable(TIMESTAMP))?;
    check.fresh(seconds.saturating_mul(1000))?;
    let given = unbase64(check.needed(HEADER)?).ok_or_else(|| unreadable(HEADER))?;
    let signed = [timestamp.as_bytes(), check.delivery.body].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point(check.secret)?);
    key.verify(&signed, &given).map_err(|_| Refusal::Wrong)
}

#[cfg(test)]
mod tests {
    use super::{KIND, point};

    #[test]
    fn the_key_may_be_base64_or_pem() {
        let secret = KIND.example.secret;
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{secret}\n-----END PUBLIC KEY-----\n");
        assert_eq!(point(secret), point(&pem));
        assert!(point(secret).is_ok());
        for wrong in ["", "MFkw", "-----", "hunter2", "-----BEGIN PUBLIC KEY-----"] {
            assert!(point(wrong).is_err(), "{wrong}");
        }
    }
}
