//! Okta: a GET whose header is to be answered in JSON.

use serde_json::json;

use super::{Asked, Example, Handshake, Kind, LONGEST, Reply, Stage};

const HEADER: &str = "X-Okta-Verification-Challenge";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::Okta,
    name: "okta",
    summary: "Okta asks by GET and wants `X-Okta-Verification-Challenge` back in an object.",
    source: "https://developer.okta.com/docs/concepts/event-hooks/",
    stage: Stage::Unsigned,
    example: Example {
        method: "GET",
        query: "",
        headers: &[(HEADER, "Me_rShK8JHsTnbyYrWXCEoMGbM")],
        body: "",
        answer: (200, "application/json", r#"{"verification":"Me_rShK8JHsTnbyYrWXCEoMGbM"}"#),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    let challenge = asked.delivery.header(HEADER).filter(|text| text.len() <= LONGEST)?;
    (asked.delivery.method == "GET").then(|| Reply::json(&json!({ "verification": challenge })))
}
