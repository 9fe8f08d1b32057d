//! Attempts until a call is settled: again where repeating is safe, after a pause, within the budget
//! and the call's time.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use nave_model::fault::codes;
use nave_model::{Code, Effect, Fault, Problem, Retry};

use crate::answer::Answer;
use crate::authenticate::keys;
use crate::connection::Connection;
use crate::pipeline::call::Call;
use crate::pipeline::{attempt, log};
use crate::retry;

/// Faults that end a call whatever else is known: it is not wanted any more, or cannot be written down.
const STOPS: [Code; 5] =
    [codes::FLOW_CANCELLED, codes::LANE_LOST, codes::STORE_FULL, codes::STORE_FAILED, codes::STORE_CORRUPT];

/// What the attempts of one call leave behind.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// The credential values of the last attempt.
    pub(super) keys: Option<Arc<keys::Read>>,
    keys_changed: bool,
    /// The intent is in the ledger, and no attempt since may have been done.
    pub(super) is_recorded: bool,
}

/// Makes attempts until one succeeds or another would be wrong.
///
/// # Errors
/// The fault of the last attempt that was sent, or of the layer that let none go.
pub(super) async fn repeated(call: &Call<'_>) -> Result<Answer, Fault> {
    let mut on = call.connection;
    let mut tried = Tried::default();
    let mut failed: Option<Fault> = None;
    let mut failures = 0;
    on.budget.lock().unwrap_or_else(PoisonError::into_inner).earn();
    loop {
        let sent = call.attempts();
        let fault = match Box::pin(attempt(call, on, &mut tried)).await {
            Ok(answer) => {
                call.answered();
                return Ok(from(call, on, answer));
            }
            Err(fault) => fault,
        };
        // Every attempt that may have been done is followed by a record of its own before the next.
        tried.is_recorded &= !(call.attempts() > sent && call.learn(&fault));
        if fault.code == codes::BREAKER_OPEN
            && let Some(fallback) = call.fallback().filter(|fallback| !Arc::ptr_eq(fallback, on))
            && Arc::ptr_eq(on, call.connection)
        {
            on = fallback;
            continue;
        }
        if call.is_used_up() || STOPS.contains(&fault.code) {
            return Err(explained(
                call,
                failed.filter(|_| fault.code == codes::FLOW_CANCELLED).unwrap_or(fault),
            ));
        }
        if fault.code == codes::CREDENTIAL_REJECTED && keys_changed(on, &mut tried).await {
            continue;
        }
        let held_back = [codes::BREAKER_OPEN, codes::QUEUE_FULL, codes::QUEUE_TIMEOUT].contains(&fault.code);
        match failed.take() {
            // A call that waited for its next attempt reports why it failed, not that it waited.
            Some(earlier) if held_back => failed = Some(earlier),
            None if held_back => return Err(fault),
            _ => {
                failures += 1;
                if !call.repeatable().after(&fault, failures) {
                    return Err(explained(call, fault));
                }
                failed = Some(fault.clone());
            }
        }
        if fault.code == codes::QUEUE_FULL
            || fault.code == codes::QUEUE_TIMEOUT
            || !again(call, on, &mut failures, &fault).await
        {
            return Err(explained(call, failed.unwrap_or(fault)));
        }
    }
}

/// Waits until the next attempt may be made. `false`: the call's time does not reach that far.
///
/// Where the budget is used up, or the breaker still holds calls back, another and longer pause
/// follows: calls wait instead of failing, and the system gets no more than the budget.
async fn again(call: &Call<'_>, on: &Connection, failures: &mut u32, fault: &Fault) -> bool {
    let clock = &call.caller.clock;
    let mut told = fault.retry_after_ms.map(Duration::from_millis);
    loop {
        let pause = retry::pause(*failures, told.take(), fastrand::f64());
        if clock.now().saturating_add(pause) >= call.deadline {
            return false;
        }
        log::again(call, on, fault, pause);
        let slept = async {
            clock.sleep(pause).await;
            Ok(())
        };
        if call.unless_cancelled(slept).await.is_err() {
            return false;
        }
        let now = clock.now();
        let held_back = on.breaker.lock().unwrap_or_else(PoisonError::into_inner).holds_back(now);
        if !held_back && on.budget.lock().unwrap_or_else(PoisonError::into_inner).spend(now) {
            return true;
        }
        *failures += 1;
    }
}

/// After a rejected credential, once per call: whether the file or variable holds another by now.
async fn keys_changed(on: &Connection, tried: &mut Tried) -> bool {
    let Some(used) = tried.keys.take().filter(|_| !tried.keys_changed) else { return false };
    tried.keys_changed = on.keys.changed(&used.values).await;
    tried.keys_changed
}

/// Notes where the answer of a fallback came from.
fn from(call: &Call<'_>, on: &Arc<Connection>, mut answer: Answer) -> Answer {
    if !Arc::ptr_eq(on, call.connection) {
        let (own, fallback) = (&call.connection.name, &on.name);
        let message = format!("the system of `{own}` keeps failing; `{fallback}` answered in its place");
        answer.findings.push(Problem::new(codes::BREAKER_OPEN, nave_model::At::default(), message));
    }
    answer
}

/// The final fault, with what its attempts mean for the caller.
fn explained(call: &Call<'_>, mut fault: Fault) -> Fault {
    let attempts = call.attempts();
    if attempts > 1 {
        fault.message = format!("{} (tried {attempts} times)", fault.message);
    }
    let hint = match fault.code.retry {
        Retry::IfIdempotent if call.operation.effect != Effect::Read && !call.repeatable().harmless() => {
            "it may have been done: look before you call again"
        }
        Retry::Never
            if fault.code == codes::NOT_FOUND
                && call.was_in_doubt()
                && call.operation.effect == Effect::Destructive =>
        {
            "an earlier attempt, whose answer was lost, may have removed it"
        }
        Retry::Never | Retry::After | Retry::IfIdempotent => return fault,
    };
    if fault.hint.is_none() { fault.with_hint(hint) } else { fault }
}
