//! Asana: the first delivery brings the secret that signs all others, and wants it back. Whether it is
//! taken is left to whoever keeps the secret.

use super::{Asked, Example, Handshake, Kind, LONGEST, Reply, Stage};
use crate::signature::Delivery;

const HEADER: &str = "X-Hook-Secret";

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    handshake: Handshake::HookSecret,
    name: "hook_secret",
    summary: "Asana's first delivery brings the secret in `X-Hook-Secret` and wants the header back.",
    source: "https://developers.asana.com/docs/webhooks-guide",
    stage: Stage::Unsigned,
    example: Example {
        method: "POST",
        query: "",
        headers: &[(HEADER, "b537207f20cbfa02357cf448134da559")],
        body: "",
        answer: (200, "", ""),
    },
    answer,
};

fn answer(asked: &Asked<'_>) -> Option<Reply> {
    let secret = secret(&asked.delivery)?;
    Some(Reply { headers: vec![(HEADER, secret.to_owned())], ..Reply::empty(200) })
}

/// The secret a delivery brings: printable ASCII without spaces, as a header and a file can hold it.
pub fn secret<'a>(delivery: &Delivery<'a>) -> Option<&'a str> {
    let secret = delivery.header(HEADER).filter(|_| delivery.method == "POST")?;
    let fits = (16..=LONGEST).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(secret)
}
