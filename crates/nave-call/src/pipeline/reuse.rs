//! Answers that need no sending: those of equal calls, and those that were kept.

use std::sync::Arc;
use std::time::Duration;

use nave_model::Effect;

use crate::cache::Read;
use crate::dedup::Outcome;
use crate::pipeline::call::Call;

/// Shares the answer of an equal call: reads under way, and writes under the caller's own key.
pub(super) async fn deduplicated(call: &Call<'_>, send: impl Future<Output = Outcome>) -> Outcome {
    let dedup = &call.connection.dedup;
    if call.past.is_fresh || call.asked.call_id.is_some() {
        // A look at what happened must not share an older look. What has an id is told apart by the ledger,
        // which remembers longer than memory does.
        return send.await;
    }
    match (call.operation.effect, call.key) {
        (Effect::Read, _) => dedup.read(call.digest, call.priority.rank(), send).await,
        (_, Some(key)) => {
            // Keys are chosen by whoever calls: two tenants that choose the same mean different effects.
            let tenant = call.asked.tenant.as_deref().unwrap_or_default();
            let key = format!("{tenant}\n{key}");
            dedup.write((&key, call.digest), call.repeatable().harmless(), send).await
        }
        (_, None) => send.await,
    }
}

/// Gives a kept answer to a read that allows it, keeps new ones, and forgets what a write may change.
pub(super) async fn cached(call: &Call<'_>, send: impl Future<Output = Outcome>) -> Outcome {
    let cache = &call.connection.cache;
    let path = call.operation.path.as_str();
    if call.operation.effect != Effect::Read {
        let _mark = cache.write(path);
        return send.await;
    }
    let time = call.connection.cache_time(call.operation).filter(|_| !call.past.is_fresh);
    let Some(time) = time else { return send.await };
    let started = match cache.get(call.caller.clock.now(), call.digest) {
        Ok(answer) => {
            call.set_from_cache();
            return Ok(answer);
        }
        Err(started) => started,
    };
    let answer = send.await?;
    // An answer of the fallback is for now only, and some answers forbid keeping them (RFC 9111).
    let by_fallback =
        answer.findings.iter().any(|finding| finding.code == nave_model::fault::codes::BREAKER_OPEN);
    let forbidden = answer.headers.get("cache-control").is_some_and(|rule| rule.contains("no-store"));
    if !by_fallback && !forbidden {
        let until = call.caller.clock.now() + time.min(Duration::from_hours(24));
        let bytes = weight(&answer.value);
        cache.put(&started, Read { digest: call.digest, path, bytes, until }, &Arc::clone(&answer));
    }
    Ok(answer)
}

/// About the bytes a value holds. What decodes answers bounds their depth.
fn weight(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    const NODE: usize = 64;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => NODE,
        Value::String(text) => NODE + text.len(),
        Value::Array(items) => NODE + items.iter().map(weight).sum::<usize>(),
        Value::Object(map) => {
            NODE + map.iter().map(|(key, value)| NODE + key.len() + weight(value)).sum::<usize>()
        }
    }
}
