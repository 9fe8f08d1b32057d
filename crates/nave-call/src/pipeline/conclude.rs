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
    let mut headers = IndexMap::new();
    for name in SHOWN {
        let values: Vec<&str> =
            incoming.headers.get_all(*name).iter().filter_map(|value| value.to_str().ok()).collect();
        if !values.is_empty() {
            headers.insert((*name).to_owned(), values.join(", "));
        }
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
