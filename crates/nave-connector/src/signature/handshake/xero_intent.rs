//! Xero: deliveries without events, some of them signed wrongly on purpose. No answer to Xero may have a
//! body.

use super::{Asked, Example, Handshake, Kind, Reply, Stage, object};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::XeroIntent,
    name: "xero_intent",
    summary: "Xero's intent to receive: signed without events is answered 200, wrongly signed 401.",
    source: "https://developer.xero.com/documentation/webhooks/configuring-your-server",
    stage: Stage::Signed,
    example: Example {
        method: "POST",
        query: "",
        headers: &[],
        body: r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4nd0mt3xt"}"#,
        answer: (200, "", ""),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    object(&asked.delivery)?.get("events")?.as_array()?.is_empty().then(|| Reply::empty(200))
}
