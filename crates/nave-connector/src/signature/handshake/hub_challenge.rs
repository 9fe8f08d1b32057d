//! Meta, and whoever follows WebSub (W3C, section 5.3): a GET with a word both sides know.

use super::{Asked, Example, Handshake, Kind, Reply, Stage};
use crate::signature::mac::same;

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::HubChallenge,
    name: "hub_challenge",
    summary: "Meta asks by GET with the connection's `token` and wants `hub.challenge` back.",
    source: "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    stage: Stage::Unsigned,
    example: Example {
        method: "GET",
        query: "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock",
        headers: &[],
        body: "",
        answer: (200, "text/plain", "1158201444"),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    let delivery = &asked.delivery;
    if delivery.method != "GET" || delivery.query("hub.mode")? != "subscribe" {
        return None;
    }
    let given = delivery.query("hub.verify_token")?;
    match asked.token.is_some_and(|token| same(token.as_bytes(), given.as_bytes())) {
        true => Reply::text(&delivery.query("hub.challenge")?),
        false => Some(Reply::empty(403)),
    }
}
