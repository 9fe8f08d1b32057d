//! The life of a call: the layers every call passes, whoever makes it, in the order they stand here.
//!
//! 1.  **resolve**: first, because everything after asks what the operation is and whose connection.
//! 2.  **check**: before anything is spent on the call, so that a wrong one never leaves.
//! 3.  *decide*, 4. *approve*: what a policy refuses must not wait, be counted or be answered from the
//!     cache. They come with policies; until then `agents` of the connection is the whole policy.
//! 5.  **deduplicate**: before the cache, so that a burst of equal reads looks there once.
//! 6.  **cache**: before admission, because an answer already here costs the system nothing.
//! 7.  **admit**: from here on every attempt passes again, because every attempt costs the system; it
//!     stands before the breaker because waiting takes time in which the breaker may open.
//! 8.  **breaker**: asked at the last moment before sending, so that what it knows is fresh.
//! 9.  **intend**: what could have an effect is written down right before it, again after every attempt
//!     that may have been done; no record, no call. Later than all waiting, so that little is in doubt
//!     after a crash.
//! 10. **authenticate**: after all waiting, so that a credential is as fresh as can be, and no layer
//!     above can see or keep it.
//! 11. **send**: through the one guarded transport.
//! 12. **read**, and **retry** where repeating is safe: the first layer that knows how it ended.
//! 13. **verify**: only a good answer is compared with its description, and only once.
//! 14. **conclude**: last, because whatever was said above passes here before anyone hears it. What is
//!     still in doubt then is settled around the pipeline, in `settle.rs`.

use std::sync::Arc;

use nave_connector::check;
use nave_model::Fault;

use crate::admit::headers::{self, Signals};
use crate::answer::{Answer, CallRequest};
use crate::caller::Caller;
use crate::connection::Connection;
use crate::dedup::Outcome;
use crate::pipeline::call::Call;
use crate::pipeline::conclude::conclude;
use crate::pipeline::health::Health;
use crate::pipeline::repeat::{Tried, repeated};
use crate::pipeline::reuse::{cached, deduplicated};
use crate::pipeline::trail::{Made, Past, Trail};
use crate::{outcome, verify};

pub(crate) mod call;
mod conclude;
mod health;
mod log;
mod outgoing;
pub(crate) mod preview;
mod repeat;
mod reuse;
pub(crate) mod trail;

/// Makes one call, or fetches one page of a paged one from its address. What is not known from before is
/// in `past` by default.
pub(crate) async fn run(caller: &Caller, request: &CallRequest, page: Option<&str>, past: Past) -> Made {
    let mut trail = Trail { id: request.call_id.clone(), ..Trail::of(past) };
    let outcome = layers(caller, (request, page), past, &mut trail).await;
    Made { outcome, trail }
}

/// # Errors
/// The first layer that stops the call says why.
async fn layers(
    caller: &Caller,
    (request, page): (&CallRequest, Option<&str>),
    past: Past,
    trail: &mut Trail,
) -> Result<Answer, Fault> {
    // 1. Resolve the names, and whether this caller may use what they name.
    let connection = caller.connection(&request.connection)?;
    let operation = connection.connector.operation(&request.operation)?;
    connection.allow(request.principal, operation)?;

    // 2. Check the arguments and build the request from them.
    let arguments = call::with_defaults(connection, operation, &request.arguments);
    let checked = check::arguments(&connection.connector, operation, &arguments)?;
    let call = Call::new((caller, connection, operation), (request, &arguments, past), checked, page)?;

    // 5. Deduplicate, and 6. look into the cache, around everything that costs the system something.
    let outcome = deduplicated(&call, cached(&call, sent(&call))).await;

    // 14. Conclude.
    *trail = call.trail();
    conclude(&call, outcome)
}

/// What stands behind the cache: attempts until the call is settled, then a look at the answer.
async fn sent(call: &Call<'_>) -> Outcome {
    // 7 to 12, as often as repeating is safe and allowed.
    let mut answer = repeated(call).await?;

    // 13. Verify the answer against its description.
    let connection = call.connection;
    let strict = connection.document.strict;
    let seen = (answer.status, &answer.value);
    let findings = verify::answer(&connection.connector, call.operation, strict, seen);
    let findings = findings.inspect_err(|fault| _ = call.learn(fault))?;
    answer.findings.extend(findings);

    // 14. What is kept for others is redacted before it is kept.
    call.redact(&mut answer);
    Ok(Arc::new(answer))
}

/// One attempt, on the call's connection or on its fallback.
async fn attempt(call: &Call<'_>, on: &Arc<Connection>, tried: &mut Tried) -> Result<Answer, Fault> {
    // 7. Admit: wait for the turn.
    let permit = call.unless_cancelled(on.gate.admit(call.priority, call.deadline)).await?;

    // 8. Breaker: not while the system is down. A token that is not used goes back.
    let health = match Health::enter(on, &call.caller.clock) {
        Ok(health) => health,
        Err(fault) => {
            permit.unused();
            return Err(fault);
        }
    };

    // 9. Intend: from here on it may have an effect.
    if let Err(fault) = intend(call, tried).await {
        permit.unused();
        return Err(fault);
    }

    // 10. Authenticate: the request gets its address, and its credential for that address only.
    let outgoing = match outgoing::outgoing(call, on, tried).await {
        Ok(outgoing) => outgoing,
        Err(fault) => {
            permit.unused();
            return Err(fault);
        }
    };

    // 11. Send.
    call.count_attempt();
    log::sent(call, on);
    let began = call.caller.clock.now();
    let sent = call.caller.wire.send(outgoing).await;

    // 12. Read: what it means for the caller, the connection's limits and its health.
    let (signals, read) = match sent {
        Ok(incoming) => {
            let signals = headers::read(&incoming.headers, call.caller.clock.wall());
            let read = outcome::read(&on.connector, call.operation, &incoming, &signals);
            (signals, read.map(|value| conclude::answer(call, &incoming, value)))
        }
        Err(fault) => (Signals::default(), Err(fault)),
    };
    let took = call.caller.clock.now().saturating_sub(began);
    log::ended(call, on, &read, took);
    on.meter.ended(took, read.as_ref().err());
    health.learn(permit, call.position, signals, read.as_ref().err());
    read
}

/// Writes down what is about to be done, unless the last record still says it.
async fn intend(call: &Call<'_>, tried: &mut Tried) -> Result<(), Fault> {
    if let (Some(ledger), Some(id)) = (&call.caller.ledger, &call.id)
        && !tried.is_recorded
    {
        let intent = call.intent(ledger.tenant(call.asked), id);
        ledger.intend(call.caller.clock.as_ref(), call.asked.fence, intent).await?;
        call.set_recorded();
        tried.is_recorded = true;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
