//! A request that only asks whether the address is there: HEAD by Trello, GET by Mailchimp.

use super::{Asked, Example, Handshake, Kind, Reply, Stage};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::Reachable,
    name: "reachable",
    summary: "HEAD or GET, which only ask whether the address is there (Trello, Mailchimp), are answered 200.",
    source: "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
    stage: Stage::Unsigned,
    example: Example { method: "HEAD", query: "", headers: &[], body: "", answer: (200, "", "") },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    matches!(asked.delivery.method, "HEAD" | "GET").then(|| Reply::empty(200))
}
