//! Every kind is held to its example: it is accepted, signed again the same, refused by another secret,
//! outside its window, and with any byte of what proves it changed.

use proptest::prelude::*;

use super::{ALL, Delivery, Kind, Refusal, Signature};

struct Owned {
    signature: Signature,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Owned {
    fn of(kind: &Kind) -> Self {
        let example = &kind.example;
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Owned {
            signature: serde_json::from_str(example.signature).unwrap(),
            url: example.url.to_owned(),
            headers: example.headers.iter().map(pair).collect(),
            body: example.body.as_bytes().to_vec(),
        }
    }

    fn delivery(&self) -> Delivery<'_> {
        Delivery { method: "POST", url: &self.url, headers: &self.headers, body: &self.body }
    }

    fn verify(&self, secrets: &[&str], now_ms: u64) -> Result<(), Refusal> {
        self.signature.verify(self.delivery(), secrets, now_ms)
    }
}

#[test]
fn each_kind_is_told_and_shown() {
    for kind in ALL {
        let name = kind.name;
        assert!(kind.summary.ends_with('.') && kind.source.starts_with("https://"), "{name}");
        let owned = Owned::of(kind);
        assert_eq!(owned.signature.kind().name, name);
        assert!(owned.signature.wrong().is_empty(), "{name}");
        assert_eq!(owned.verify(&[kind.example.secret], kind.example.now_ms), Ok(()), "{name}");
        let written = serde_json::to_value(&owned.signature).unwrap();
        assert_eq!(written["kind"], name);
        for parameter in written.as_object().unwrap().keys().filter(|key| *key != "kind") {
            assert!(kind.parameters.iter().any(|(known, _)| known == parameter), "{name}: {parameter}");
        }
        let mut names: Vec<&str> = ALL.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}

#[test]
fn two_secrets_count_while_one_is_rotated() {
    for kind in ALL.into_iter().filter(|kind| kind.name != "none") {
        let owned = Owned::of(kind);
        let (secret, now) = (kind.example.secret, kind.example.now_ms);
        let other = match kind.name {
            "standard_webhooks" => "whsec_b3RoZXI=",
            "sendgrid" => {
                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn63LIa4sE1EKL2fFMl6WCAo2N2dTT4SLZ6cEgzUpUYq9uZHIB6rwN7QNHyNIcx9g9z5ZSgVoF0RkHYQTiZb1Tg=="
            }
            _ => "another",
        };
        assert_eq!(owned.verify(&[other, secret], now), Ok(()), "{}", kind.name);
        assert_eq!(owned.verify(&[other], now), Err(Refusal::Wrong), "{}", kind.name);
        assert!(matches!(owned.verify(&[""], now), Err(Refusal::Secret(_))), "{}", kind.name);
        assert!(matches!(owned.verify(&[], now), Err(Refusal::Secret(_))), "{}", kind.name);
    }
}

#[test]
fn what_is_signed_here_is_accepted_here() {
    for kind in ALL {
        let mut owned = Owned::of(kind);
        let (secret, now) = (kind.example.secret, kind.example.now_ms + 60_000);
        let Ok(headers) = owned.signature.sign(owned.delivery(), secret, "msg_9", now) else {
            assert_eq!(kind.name, "sendgrid");
            continue;
        };
        let own = |name: &str| headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        owned.headers.retain(|(name, _)| !own(name));
        owned.headers.extend(headers);
        assert_eq!(owned.verify(&[secret], now), Ok(()), "{}", kind.name);
    }
}

#[test]
fn the_window_is_five_minutes_unless_said_otherwise() {
    let mut timed = 0;
    for kind in ALL {
        if !kind.parameters.iter().any(|(name, _)| *name == "tolerance_seconds") {
            continue;
        }
        timed += 1;
        let (owned, secret, now) = (Owned::of(kind), kind.example.secret, kind.example.now_ms);
        for (at, expected) in [
            (now + 300_000, Ok(())),
            (now - 300_000, Ok(())),
            (now + 301_000, Err(Refusal::Stale(301))),
            (now - 301_000, Err(Refusal::Stale(301))),
            (0, Err(Refusal::Stale(1_790_000_000))),
        ] {
            assert_eq!(owned.verify(&[secret], at), expected, "{}", kind.name);
        }
        let mut written = serde_json::to_value(&owned.signature).unwrap();
        written["tolerance_seconds"] = 10.into();
        let narrow = Owned { signature: serde_json::from_value(written).unwrap(), ..owned };
        assert_eq!(narrow.verify(&[secret], now + 11_000), Err(Refusal::Stale(11)), "{}", kind.name);
    }
    assert_eq!(timed, 7);
}

#[test]
fn what_is_not_there_is_named() {
    for kind in ALL {
        let mut owned = Owned::of(kind);
        for at in 0..owned.headers.len() {
            let (name, value) = owned.headers.remove(at);
            let refusal = owned.verify(&[kind.example.secret], kind.example.now_ms).unwrap_err();
            if name != "Content-Type" {
                assert_eq!(refusal, Refusal::Missing(format!("header `{name}`")), "{}", kind.name);
            }
            owned.headers.insert(at, (name, value));
        }
    }
}

#[test]
fn any_changed_byte_is_refused() {
    for kind in ALL {
        let (secret, now) = (kind.example.secret, kind.example.now_ms);
        let covers_body = !matches!(kind.name, "token" | "graph" | "none");
        if covers_body {
            for at in 0..kind.example.body.len() {
                let mut owned = Owned::of(kind);
                owned.body[at] ^= 1;
                assert!(owned.verify(&[secret], now).is_err(), "{}: body, byte {at}", kind.name);
            }
        }
        for (header, (name, value)) in kind.example.headers.iter().enumerate() {
            for at in (0..value.len()).filter(|_| *name != "Content-Type") {
                let mut owned = Owned::of(kind);
                let mut bytes = value.as_bytes().to_vec();
                bytes[at] ^= 1;
                owned.headers[header].1 = String::from_utf8(bytes).unwrap();
                assert!(owned.verify(&[secret], now).is_err(), "{}: {name}, byte {at}", kind.name);
            }
        }
        if kind.covers_address {
            let mut owned = Owned::of(kind);
            owned.url.push('x');
            assert_eq!(owned.verify(&[secret], now), Err(Refusal::Wrong), "{}", kind.name);
        }
    }
}

/// A signature by rules; what is not said has its default.
fn rules(json: &serde_json::Value) -> Signature {
    let mut rules = serde_json::json!({"kind": "hmac", "header": "X-S"});
    rules.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
    serde_json::from_value(rules).unwrap()
}

#[test]
fn rules_that_cannot_be_meant_are_told() {
    let check = |json: &serde_json::Value, expected: &[&str]| {
        let wrong = rules(json).wrong();
        let found: Vec<&str> = wrong.iter().map(|(key, _, _)| *key).collect();
        assert_eq!(found, expected, "{json}");
    };
    check(&serde_json::json!({"signed": "{timestamp}.{body}", "timestamp_header": "X-T"}), &[]);
    check(&serde_json::json!({"signed": "{timestamp}.{body}"}), &["signed"]);
    check(&serde_json::json!({"signed": "{id}.{body}"}), &["signed"]);
    for signed in ["", "{body}{body}", "{body", "body}", "{secret}{body}", "}{body}", "{body}}"] {
        check(&serde_json::json!({ "signed": signed }), &["signed"]);
    }
    check(&serde_json::json!({"header": "a b", "prefix": "é"}), &["header", "prefix"]);
    check(&serde_json::json!({"tolerance_seconds": 0}), &["tolerance_seconds", "tolerance_seconds"]);
    check(&serde_json::json!({"timestamp_unit": "rfc3339"}), &["timestamp_unit"]);
}

fn any_rules() -> impl Strategy<Value = Signature> {
    let algorithm = prop::sample::select(vec!["sha1", "sha256", "sha384", "sha512"]);
    let encoding = prop::sample::select(vec!["hex", "hex_upper", "base64", "base64_url"]);
    let unit = prop::sample::select(vec!["seconds", "milliseconds", "rfc3339"]);
    let signed =
        prop::sample::select(vec!["{body}", "{timestamp}.{body}", "{id}:{body}:{url}", "{method}{body}"]);
    (algorithm, encoding, unit, signed, "[a-z0-9=]{0,8}").prop_map(
        |(algorithm, encoding, unit, signed, prefix)| {
            rules(&serde_json::json!({
                "algorithm": algorithm, "encoding": encoding, "timestamp_unit": unit, "signed": signed,
                "prefix": prefix, "timestamp_header": "X-T", "id_header": "X-I",
            }))
        },
    )
}

proptest! {
    #[test]
    fn rules_sign_and_verify(
        signature in any_rules(), body in prop::collection::vec(any::<u8>(), 0..64), secret in "[ -~]{1,40}",
        now_ms in 1_000_000_000_000_u64..4_000_000_000_000, at in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let delivery = Delivery { method: "POST", url: "https://hub.example/x", headers: &[], body: &body };
        let headers = signature.sign(delivery, &secret, "id-1", now_ms).unwrap();
        let signed = Delivery { headers: &headers, ..delivery };
        prop_assert_eq!(signature.verify(signed, &[&secret], now_ms), Ok(()));
        let mut changed = body.clone();
        if changed.is_empty() { changed.push(0) } else { let at = at.index(changed.len()); changed[at] ^= 1 << bit }
        let refused = Delivery { body: &changed, ..signed };
        prop_assert_eq!(signature.verify(refused, &[&secret], now_ms), Err(Refusal::Wrong));
    }

    #[test]
    fn nothing_that_is_sent_breaks_a_kind(
        kind in prop::sample::select(ALL.to_vec()), body in prop::collection::vec(any::<u8>(), 0..40),
        url in "\\PC{0,30}", values in prop::collection::vec("\\PC{0,60}", 4),
    ) {
        if kind.name != "none" {
            let signature: Signature = serde_json::from_str(kind.example.signature).unwrap();
            let names = kind.example.headers.iter().map(|(name, _)| (*name).to_owned());
            let headers: Vec<(String, String)> = names.zip(values).collect();
            let delivery = Delivery { method: "POST", url: &url, headers: &headers, body: &body };
            let found = signature.verify(delivery, &[kind.example.secret], kind.example.now_ms);
            prop_assert!(found.is_err());
        }
    }
}
