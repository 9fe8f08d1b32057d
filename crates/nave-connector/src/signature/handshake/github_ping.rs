//! GitHub: a first delivery that is no event.

use super::{Asked, Example, Handshake, Kind, Reply, Stage};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::GithubPing,
    name: "github_ping",
    summary: "GitHub sends a `ping` when a webhook is made; it is acknowledged and is no event.",
    source: "https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping",
    stage: Stage::Signed,
    example: Example {
        method: "POST",
        query: "",
        headers: &[("X-GitHub-Event", "ping")],
        body: r#"{"zen":"Keep it logically awesome.","hook_id":1}"#,
        answer: (200, "", ""),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    (asked.delivery.header("X-GitHub-Event")? == "ping").then(|| Reply::empty(200))
}
