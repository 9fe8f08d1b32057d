//! Twilio: base64 HMAC-SHA1 (or, where it says so, HMAC-SHA256) over the public address and the sorted
//! fields of a form; for any other body the address carries its hash, `bodySHA256`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ring::hmac::{Algorithm, HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256};

use super::mac::{base64, code, digest, header, hex, same, unbase64, unreadable};
use super::{Check, Delivery, Example, Headers, Kind, Refusal, Sign, any};
use crate::codec::media::essence;

const HEADER: &str = "X-Twilio-Signature";
/// Names the algorithm of signatures under a shared key: `key=…,algorithm=HMAC_SHA256`.
const SETTINGS: &str = "X-Twilio-Webhooks-Signature-Settings";
const FORM: &str = "application/x-www-form-urlencoded";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "twilio",
    summary: "Twilio's `X-Twilio-Signature`: a code over the public address and the form's fields, or the body's hash.",
    source: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    parameters: &[],
    covers_address: true,
    example: Example {
        signature: r#"{"kind":"twilio"}"#,
        secret: "12345",
        url: "https://hub.example/webhooks/sms",
        headers: &[("Content-Type", FORM), (HEADER, "W2hkC6qWDY6VuFUlix8KiMwENVM=")],
        body: "From=1&Body=hello",
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn algorithm(delivery: &Delivery<'_>) -> Result<Algorithm, Refusal> {
    let named = delivery.header(SETTINGS).unwrap_or_default().split(',').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        (name.trim() == "algorithm").then(|| value.trim().to_ascii_uppercase())
    });
    match named.as_deref() {
        None | Some("" | "HMAC_SHA1") => Ok(HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        Some("HMAC_SHA256") => Ok(HMAC_SHA256),
        Some(_) => Err(unreadable(SETTINGS)),
    }
}

/// The fields as they are signed: sorted by name, a repeated value once.
fn fields(body: &[u8]) -> String {
    let mut fields: BTreeMap<Cow<'_, str>, BTreeSet<Cow<'_, str>>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        fields.entry(name).or_default().insert(value);
    }
    let mut text = String::new();
    for (name, values) in &fields {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    text
}

/// What of the body is signed besides the address.
///
/// # Errors
/// The body is covered by nothing, or not the one whose hash was signed.
fn covered(delivery: &Delivery<'_>) -> Result<String, Refusal> {
    if let Some(hash) = delivery.query("bodySHA256") {
        return match same(hex(&digest(&[delivery.body])).as_bytes(), hash.as_bytes()) {
            true => Ok(String::new()),
            false => Err(Refusal::Wrong),
        };
    }
    let is_form = delivery.header("Content-Type").is_some_and(|media| essence(media) == FORM);
    match (is_form, delivery.body.is_empty()) {
        (true, _) => Ok(fields(delivery.body)),
        (false, true) => Ok(String::new()),
        (false, false) => Err(Refusal::Missing("query parameter `bodySHA256`".to_owned())),
    }
}

/// The address without and with its port: Twilio's machines sign either.
fn addresses(url: &str) -> [String; 2] {
    let Some((scheme, rest)) = url.split_once("://") else { return [url.to_owned(), url.to_owned()] };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let port_of = |authority: &str| {
        let (host, port) = authority.rsplit_once(':')?;
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        is_port.then(|| (host.to_owned(), port.to_owned()))
    };
    let usual = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    let (host, port) = port_of(authority).unwrap_or_else(|| (authority.to_owned(), usual.to_owned()));
    [format!("{scheme}://{host}{path}"), format!("{scheme}://{host}:{port}{path}")]
}

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let given = unbase64(check.needed(HEADER)?).ok_or_else(|| unreadable(HEADER))?;
    let algorithm = algorithm(&check.delivery)?;
    let covered = covered(&check.delivery)?;
    let mut fits = false;
    for address in addresses(check.delivery.url) {
        let right = code(algorithm, check.secret.as_bytes(), &[address.as_bytes(), covered.as_bytes()]);
        fits |= same(&right, &given);
    }
    if fits { Ok(()) } else { Err(Refusal::Wrong) }
}

fn sign(sign: &Sign<'_>) -> Result<Headers, Refusal> {
    let covered = covered(&sign.delivery)?;
    let parts = [sign.delivery.url.as_bytes(), covered.as_bytes()];
    let code = code(algorithm(&sign.delivery)?, sign.secret.as_bytes(), &parts);
    Ok(vec![header(HEADER, base64(&code))])
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn an_address_has_two_forms() {
        let check =
            |url: &str, without: &str, with: &str| assert_eq!(addresses(url), [without, with], "{url}");
        check("https://a.example/x?y=1", "https://a.example/x?y=1", "https://a.example:443/x?y=1");
        check("http://a.example:8080?y", "http://a.example?y", "http://a.example:8080?y");
        check("https://[::1]:1/", "https://[::1]/", "https://[::1]:1/");
        check("/x", "/x", "/x");
    }
}
