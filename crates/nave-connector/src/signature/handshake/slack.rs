//! Slack: `url_verification`, signed as every delivery is.

use serde_json::Value;

use super::{Asked, Example, Handshake, Kind, Reply, Stage, object};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::Slack,
    name: "slack",
    summary: "Slack sends `url_verification` and wants its challenge back.",
    source: "https://docs.slack.dev/reference/events/url_verification",
    stage: Stage::Signed,
    example: Example {
        method: "POST",
        query: "",
        headers: &[],
        body: r#"{"token":"t","challenge":"3eZbrw1a","type":"url_verification"}"#,
        answer: (200, "text/plain", "3eZbrw1a"),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    let body = object(&asked.delivery)?;
    let is_one = body.get("type").and_then(Value::as_str) == Some("url_verification");
    is_one.then(|| Reply::text(body.get("challenge")?.as_str()?))?
}
