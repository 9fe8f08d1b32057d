//! Deliveries signed by the vendors' published SDKs, as `cargo xtask signatures` recorded them, are
//! accepted; changed at any place, they are refused.

use nave_connector::signature::{ALL, Delivery, Signature};
use proptest::prelude::*;
use serde::Deserialize;

const RECORDED: &str = include_str!("../signatures/deliveries.json");

#[derive(Debug, Clone, Deserialize)]
struct Recorded {
    kind: String,
    by: String,
    secret: String,
    method: String,
    url: String,
    headers: indexmap::IndexMap<String, String>,
    body: String,
    now_ms: u64,
}

impl Recorded {
    fn accepts(&self, headers: &[(String, String)], body: &[u8], url: &str) -> bool {
        let rule = serde_json::json!({"kind": self.kind});
        let signature: Signature = serde_json::from_value(rule).unwrap();
        let delivery = Delivery { method: &self.method, url, headers, body };
        signature.verify(delivery, &[&self.secret], self.now_ms).is_ok()
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(RECORDED).unwrap()
}

#[test]
fn what_the_vendors_signed_is_accepted() {
    let recorded = recorded();
    for one in &recorded {
        assert!(one.accepts(&one.pairs(), one.body.as_bytes(), &one.url), "{} by {}", one.kind, one.by);
    }
    // Those without a vendor's signer are held to their examples alone.
    for kind in ALL.into_iter().filter(|kind| !matches!(kind.name, "graph" | "hmac" | "token" | "none")) {
        let count = recorded.iter().filter(|one| one.kind == kind.name).count();
        assert!(count >= 3, "{}: {count} recorded", kind.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_changed_body_is_refused(
        one in prop::sample::select(recorded()), at in any::<prop::sample::Index>(), flip in 1_u8..=255,
    ) {
        let mut body = one.body.clone().into_bytes();
        let at = at.index(body.len());
        body[at] ^= flip;
        // Two writings of one character of a form are one field to whoever reads it.
        let same = one.kind == "twilio" && url::form_urlencoded::parse(&body).eq(url::form_urlencoded::parse(one.body.as_bytes()));
        prop_assert!(same || !one.accepts(&one.pairs(), &body, &one.url), "{one:?}");
    }

    #[test]
    fn a_changed_signature_or_time_is_refused(
        one in prop::sample::select(recorded()), header in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), with in "[ -~]",
    ) {
        let proofs = ["signature", "timestamp", "hmac"];
        let mut headers = one.pairs();
        let proving: Vec<usize> = (0..headers.len())
            .filter(|at| {
                let name = headers[*at].0.to_ascii_lowercase();
                proofs.iter().any(|word| name.contains(word)) && !name.contains("version") && !name.contains("settings")
            })
            .collect();
        let header = proving[header.index(proving.len())];
        let before = headers[header].1.clone();
        let at = at.index(before.len());
        let mut value = before.clone();
        value.replace_range(at..=at, &with);
        // Of several signatures one suffices, so only the right one proves anything.
        let right = before.rfind(['=', ',']).filter(|_| before.contains("v1=00") || before.contains("bm9w"));
        prop_assume!(value != before && right.is_none_or(|_| at >= before.len() - 40));
        headers[header].1 = value;
        prop_assert!(!one.accepts(&headers, one.body.as_bytes(), &one.url), "{:?}", headers);
    }
}
