//! Zoom: a signed delivery whose token is to be answered with its code under the secret.

use ring::hmac::HMAC_SHA256;
use serde_json::json;

use super::{Asked, Example, Handshake, Kind, LONGEST, Reply, Stage, object};
use crate::signature::mac::{code, hex};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::Zoom,
    name: "zoom",
    summary: "Zoom sends `endpoint.url_validation` and wants its token back with the code of it under the secret.",
    source: "https://developers.zoom.us/docs/api/webhooks/",
    stage: Stage::Signed,
    example: Example {
        method: "POST",
        query: "",
        headers: &[],
        body: r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#,
        answer: (
            200,
            "application/json",
            r#"{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"fee0fd28d29d659afa659f9f65cb05c21791146b20699e906691ecd384cefa59"}"#,
        ),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    let body = object(&asked.delivery)?;
    if body.get("event")?.as_str()? != "endpoint.url_validation" {
        return None;
    }
    let token = body.get("payload")?.get("plainToken")?.as_str().filter(|text| text.len() <= LONGEST)?;
    let code = hex(&code(HMAC_SHA256, asked.secrets.first()?.as_bytes(), &[token.as_bytes()]));
    Some(Reply::json(&json!({ "plainToken": token, "encryptedToken": code })))
}
