//! HubSpot, third version: base64 HMAC-SHA256 over method, address, body and time in milliseconds. Some
//! percent-encoded characters of the address are decoded before it is signed.

use super::mac::{base64, header, number, unbase64, unreadable};
use super::{Check, Example, Headers, Kind, Refusal, Sign, WINDOW, any};

const HEADER: &str = "X-HubSpot-Signature-v3";
const TIMESTAMP: &str = "X-HubSpot-Request-Timestamp";

/// What HubSpot decodes in an address before it signs it: a table of its page.
const DECODED: [(&str, &str); 12] = [
    ("3A", ":"),
    ("2F", "/"),
    ("3F", "?"),
    ("40", "@"),
    ("21", "!"),
    ("24", "$"),
    ("27", "'"),
    ("28", "("),
    ("29", ")"),
    ("2A", "*"),
    ("2C", ","),
    ("3B", ";"),
];

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "hubspot_v3",
    summary: "HubSpot's `X-HubSpot-Signature-v3`: a code over method, public address, body and time.",
    source: "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
    parameters: &[WINDOW],
    covers_address: true,
    example: Example {
        signature: r#"{"kind":"hubspot_v3"}"#,
        secret: "11111111-2222-3333-4444-555555555555",
        url: "https://hub.example/webhooks/crm?team=a%3Ab",
        headers: &[(TIMESTAMP, "1790000000000"), (HEADER, "r0i2iI5uRufcJCWi+ogVtsfO6l/dsNj2Zy/otpxsjh4=")],
        body: "{}",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn decoded(url: &str) -> String {
    let mut pieces = url.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let known = piece.split_at_checked(2).and_then(|(code, rest)| {
            let (_, plain) = DECODED.iter().find(|(known, _)| known.eq_ignore_ascii_case(code))?;
            Some((*plain, rest))
        });
        let (plain, rest) = known.unwrap_or(("%", piece));
        text.push_str(plain);
        text.push_str(rest);
    }
    text
}

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let timestamp = check.needed(TIMESTAMP)?;
    check.fresh(number(timestamp).ok_or_else(|| unreadable(TIMESTAMP))?)?;
    let given = unbase64(check.needed(HEADER)?).ok_or_else(|| unreadable(HEADER))?;
    let delivery = &check.delivery;
    let url = decoded(delivery.url);
    let parts = [delivery.method.as_bytes(), url.as_bytes(), delivery.body, timestamp.as_bytes()];
    check.sha256(&parts, &[given])
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let timestamp = sign.now_ms.to_string();
    let delivery = &sign.delivery;
    let url = decoded(delivery.url);
    let parts = [delivery.method.as_bytes(), url.as_bytes(), delivery.body, timestamp.as_bytes()];
    let code = base64(&sign.sha256(&parts));
    Ok(vec![header(TIMESTAMP, timestamp), header(HEADER, code)])
}

#[cfg(test)]
mod tests {
    #[test]
    fn some_characters_of_an_address_are_decoded() {
        assert_eq!(super::decoded("https://a.example/x?y=1%3a2%2F%20%"), "https://a.example/x?y=1:2/%20%");
        assert_eq!(super::decoded("%é%3"), "%é%3");
    }
}
