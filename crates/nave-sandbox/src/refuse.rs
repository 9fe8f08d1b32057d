//! Answers that say no, as the description says no: the described status and body where there is one,
//! else a problem document (RFC 9457).

use nave_connector::check::{self, Direction};
use nave_connector::manifest::{ErrorMeaning, ErrorRule};
use nave_connector::operation::{Response, Status};
use nave_connector::{Connector, Operation, Schema};
use serde_json::{Map, Value, json};

use crate::generate::Rng;
use crate::wire::Reply;
use crate::world::anchor::folded;
use crate::world::answers::media;
use crate::world::overlay::{Overlay, put};
use crate::world::perform::make;

/// A refusal to put into words.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// What it means.
    pub(crate) meaning: ErrorMeaning,
    /// The status, where it is fixed; otherwise the described one of the usual ones.
    pub(crate) status: Option<u16>,
    /// One sentence for the caller.
    pub(crate) detail: String,
}

impl Refusal {
    pub(crate) fn new(meaning: ErrorMeaning, detail: impl Into<String>) -> Self {
        Refusal { meaning, status: None, detail: detail.into() }
    }
}

/// Statuses that say a thing, the usual one first.
fn statuses(meaning: ErrorMeaning) -> &'static [u16] {
    match meaning {
        ErrorMeaning::RateLimited => &[429],
        ErrorMeaning::Unauthenticated => &[401, 403],
        ErrorMeaning::Forbidden => &[403, 401],
        ErrorMeaning::NotFound => &[404, 410],
        ErrorMeaning::Conflict => &[409, 422],
        ErrorMeaning::Rejected => &[400, 422],
        ErrorMeaning::Unavailable => &[503, 500],
    }
}

/// Names under which error bodies put their message.
const MESSAGES: [&str; 7] =
    ["message", "detail", "errordescription", "description", "title", "errormessage", "error"];

/// The answer to a request of an operation.
pub(crate) fn refuse(connector: &Connector, operation: &Operation, seed: u64, refusal: &Refusal) -> Reply {
    let rule = connector.manifest.errors.as_ref();
    let usual = statuses(refusal.meaning);
    let described =
        |status: u16| operation.responses.iter().find(|response| response.status == Status::Exact(status));
    let chosen = match refusal.status {
        Some(status) => status,
        None => {
            let exact = usual.iter().copied().find(|status| described(*status).is_some());
            if exact.is_none()
                && let Some(body) = rule.and_then(|rule| failed_body(rule, refusal))
            {
                return Reply::json(200, &body);
            }
            exact.or_else(|| usual.first().copied()).unwrap_or(500)
        }
    };
    let body = described(chosen).or_else(|| operation.response(chosen));
    body.and_then(|response| described_body(connector, operation, (seed, chosen), response, refusal))
        .unwrap_or_else(|| problem(chosen, &refusal.detail))
}

/// A problem document.
pub(crate) fn problem(status: u16, detail: &str) -> Reply {
    let title = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let body = json!({
        "type": "about:blank", "title": title.unwrap_or("Error"), "status": status, "detail": detail,
    });
    Reply::with_body(status, "application/problem+json", body.to_string())
}

/// The body of systems that answer 200 and say inside that it failed.
fn failed_body(rule: &ErrorRule, refusal: &Refusal) -> Option<Value> {
    let when = rule.failed_when.as_ref()?;
    let mut body = Value::Object(Map::new());
    put(&mut body, &when.pointer, when.equals.clone());
    if let (Some(pointer), Some(code)) = (&rule.code, code_of(rule, refusal.meaning)) {
        put(&mut body, pointer, Value::String(code.to_owned()));
    }
    if let Some(pointer) = rule.message.as_ref().filter(|pointer| rule.code.as_ref() != Some(pointer)) {
        put(&mut body, pointer, Value::String(refusal.detail.clone()));
    }
    Some(body)
}

/// The system's own code for a meaning.
fn code_of(rule: &ErrorRule, meaning: ErrorMeaning) -> Option<&str> {
    rule.codes.iter().find(|(_, known)| **known == meaning).map(|(code, _)| code.as_str())
}

fn described_body(
    connector: &Connector,
    operation: &Operation,
    (seed, status): (u64, u16),
    response: &Response,
    refusal: &Refusal,
) -> Option<Reply> {
    let media = media(response)?;
    let mut rng = Rng::for_words(seed, &[&connector.name, &operation.name, "refusal", &status.to_string()]);
    let made = make(connector, media, &mut rng);
    let schema = media.schema.as_ref().and_then(|place| Schema::at(&connector.documents, place).ok());
    let check = |value: &Value| match schema {
        Some(schema) => check::value(schema, value, Direction::Response),
        None => Vec::new(),
    };
    let mut overlay = Overlay::new(made, &check);
    speak(&mut overlay, connector.manifest.errors.as_ref(), refusal, status);
    let (media_type, bytes) = nave_connector::response::encode(connector, media, &overlay.value).ok()?;
    Some(Reply::with_body(status, &media_type, bytes))
}

/// Puts the message, the system's code and the status where the body has places for them.
fn speak(overlay: &mut Overlay<'_>, rule: Option<&ErrorRule>, refusal: &Refusal, status: u16) {
    let detail = Value::String(refusal.detail.clone());
    if let Some(rule) = rule {
        if let (Some(pointer), Some(code)) = (&rule.code, code_of(rule, refusal.meaning)) {
            overlay.set(pointer, Value::String(code.to_owned()));
        }
        if let Some(pointer) = &rule.message
            && overlay.set(pointer, detail.clone())
        {
            return;
        }
    }
    let mut spoken = false;
    for pointer in ["", "/error", "/errors/0", "/error/errors/0"] {
        let Some(Value::Object(members)) = overlay.value.pointer(pointer) else { continue };
        let texts = members.iter().filter(|(_, value)| value.is_string()).map(|(name, _)| name.clone());
        let numbers =
            members.iter().filter(|(name, value)| value.is_number() && folded(name).starts_with("status"));
        let (texts, numbers): (Vec<String>, Vec<String>) =
            (texts.collect(), numbers.map(|(name, _)| name.clone()).collect());
        let place = MESSAGES.iter().find_map(|wanted| texts.iter().find(|name| folded(name) == *wanted));
        if let Some(name) = place.filter(|_| !spoken) {
            spoken = overlay.set(&nave_model::place::child(pointer, name), detail.clone());
        }
        for name in numbers {
            overlay.set(&nave_model::place::child(pointer, &name), Value::from(status));
        }
    }
}
