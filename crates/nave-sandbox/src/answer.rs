//! A value as the answer of an operation: encoded as described, with the headers a description demands.

use nave_connector::check::{self, Direction};
use nave_connector::operation::Parameter;
use nave_connector::{Connector, Operation, Schema, response};
use serde_json::{Value, json};

use crate::generate::{self, Purpose, Rng};
use crate::refuse::problem;
use crate::wire::Reply;
use crate::world::answers::media;

/// Described headers that are left to others: to HTTP itself, to paging, to limits, and those whose
/// made-up value would be taken for advice.
const LEFT_OUT: [&str; 14] = [
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "date",
    "link",
    "retry-after",
    "deprecation",
    "sunset",
    "set-cookie",
    "www-authenticate",
    "upgrade",
    "trailer",
];

/// The answer that carries a value.
pub(crate) fn reply(
    connector: &Connector,
    operation: &Operation,
    status: u16,
    value: &Value,
    seed: u64,
) -> Reply {
    let described = operation.response(status);
    let mut reply = match described.and_then(media) {
        None => Reply::empty(status),
        Some(media) => match response::encode(connector, media, value) {
            Ok((media_type, bytes)) => Reply::with_body(status, &media_type, bytes),
            Err(fault) => return problem(500, &fault.message),
        },
    };
    for header in described.iter().flat_map(|response| &response.headers) {
        let name = header.name.to_ascii_lowercase();
        let wanted = header.required || matches!(name.as_str(), "location" | "etag");
        if wanted
            && !LEFT_OUT.contains(&name.as_str())
            && !name.contains("ratelimit")
            && !name.contains("rate-limit")
        {
            reply.headers.extend(header_text(connector, operation, header, seed).map(|text| (name, text)));
        }
    }
    reply
}

fn header_text(
    connector: &Connector,
    operation: &Operation,
    header: &Parameter,
    seed: u64,
) -> Option<String> {
    let schema = Schema::at(&connector.documents, header.schema.as_ref()?).ok()?;
    let mut rng = Rng::for_words(seed, &[&connector.name, &operation.name, "header", &header.name]);
    let purpose = Purpose { name: &header.name, direction: Direction::Response, plain: true };
    let text = match generate::value(schema, &mut rng, purpose).ok()? {
        Value::String(text) => text,
        Value::Array(_) | Value::Object(_) | Value::Null => return None,
        scalar => scalar.to_string(),
    };
    text.chars().all(|c| matches!(c, ' '..='~')).then_some(text)
}

/// The same answer with a body that does not have the described shape.
pub(crate) fn misshapen(connector: &Connector, operation: &Operation, reply: &Reply) -> Reply {
    let body = serde_json::from_slice::<Value>(&reply.body).unwrap_or(Value::Null);
    let wrong = |value: &Value| !check::response(connector, operation, reply.status, value).is_empty();
    let members = body.as_object().into_iter().flatten().map(|(name, _)| name);
    let bent = members.filter_map(|name| {
        let mut bent = body.clone();
        let member = bent.get_mut(name)?;
        *member = match member {
            Value::String(_) => json!({"unexpected": true}),
            _ => json!("unexpected"),
        };
        wrong(&bent).then_some(bent)
    });
    let fallbacks = [json!("unexpected"), json!([]), json!({"unexpected": true})];
    let bent = bent.chain(fallbacks.into_iter().filter(|value| wrong(value))).next();
    let body = bent.unwrap_or_else(|| json!("unexpected"));
    Reply { body: body.to_string().into(), ..reply.clone() }
}
