//! An object with a `challenge` and nothing else, sent back: monday.com and others.

use serde_json::json;

use super::{Asked, Example, Handshake, Kind, LONGEST, Reply, Stage, object};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::Echo,
    name: "echo",
    summary: "An object with nothing but a `challenge` is sent back as it came (monday.com and others).",
    source: "https://developer.monday.com/api-reference/reference/webhooks",
    stage: Stage::Unsigned,
    example: Example {
        method: "POST",
        query: "",
        headers: &[],
        body: r#"{"challenge":"3eZbrw1a"}"#,
        answer: (200, "application/json", r#"{"challenge":"3eZbrw1a"}"#),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    let body = object(&asked.delivery)?;
    let challenge = body.get("challenge")?.as_str().filter(|text| text.len() <= LONGEST)?;
    let alone = body.as_object().is_some_and(|members| members.len() == 1);
    alone.then(|| Reply::json(&json!({ "challenge": challenge })))
}
