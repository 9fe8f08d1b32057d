//! A GET whose `challenge` is sent back as text: Dropbox and others.

use super::{Asked, Example, Handshake, Kind, Reply, Stage};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::QueryChallenge,
    name: "query_challenge",
    summary: "A GET with a `challenge` in the query, which is sent back as text (Dropbox and others).",
    source: "https://www.dropbox.com/developers/reference/webhooks",
    stage: Stage::Unsigned,
    example: Example {
        method: "GET",
        query: "?challenge=7d6b1a",
        headers: &[],
        body: "",
        answer: (200, "text/plain", "7d6b1a"),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    (asked.delivery.method == "GET").then(|| Reply::text(&asked.delivery.query("challenge")?))?
}
