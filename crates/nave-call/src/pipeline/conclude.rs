//! The end of a call: an answer with what is safe to show, or a fault, both without credentials.

use std::sync::Arc;

use indexmap::IndexMap;
use nave_model::Fault;
use serde_json::Value;

use crate::answer::Answer;
use crate::dedup::Outcome;
use crate::pipeline::call::Call;
use crate::transport::Incoming;
use crate::verify;

/// Headers that are worth showing and carry no secret. A list of what is allowed, because nobody can
/// list every header that must not be shown.
const SHOWN: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-language",
    "content-type",
    "date",
    "deprecation",
    "etag",
    "last-modified",
    "link",
    "location",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "request-id",
    "retry-after",
    "sunset",
    "x-correlation-id",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-total-count",
];

/// A good answer as it was read.
pub(super) fn answer(call: &Call<'_>, incoming: &Incoming, value: Value) -> Answer {
    let mut headers: IndexMap<String, String> = IndexMap::new();
    for (name, value) in &incoming.headers {
        let Some(value) = value.to_str().ok().filter(|_| SHOWN.contains(&name.as_str())) else { continue };
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|shown| {
                shown.push_str(", ");
                shown.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    let mut answer = Answer::new(incoming.status, value);
    answer.headers = headers;
    answer.attempts = call.attempts();
    answer.findings = verify::announcements(&incoming.headers);
    answer
}

/// What the caller gets.
pub(super) fn conclude(call: &Call<'_>, outcome: Outcome) -> Result<Answer, Fault> {
    match outcome {
        Ok(answer) => {
            let mut answer = Arc::unwrap_or_clone(answer);
            answer.repairs.clone_from(&call.repairs);
            answer.attempts = call.attempts();
            answer.from_cache = call.is_from_cache();
            answer.elapsed = call.caller.clock.now().saturating_sub(call.started);
            Ok(answer)
        }
        Err(fault) => Err(call.redacted(fault)),
    }
}
