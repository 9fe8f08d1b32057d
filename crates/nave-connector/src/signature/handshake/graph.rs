//! Microsoft Graph: a token in the query of an empty POST.

use super::{Asked, Example, Handshake, Kind, Reply, Stage};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::Graph,
    name: "graph",
    summary: "Microsoft Graph sends a `validationToken` in the query and wants it back as text.",
    source: "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
    stage: Stage::Unsigned,
    example: Example {
        method: "POST",
        query: "?validationToken=Validation%3A+Testing+client",
        headers: &[],
        body: "",
        answer: (200, "text/plain", "Validation: Testing client"),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    Reply::text(&asked.delivery.query("validationToken")?)
}
