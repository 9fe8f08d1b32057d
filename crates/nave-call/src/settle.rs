//! How a call ended, as far as anybody can tell: done, provably not done, or in doubt; and what is in
//! doubt is settled. In this order, because each is surer than the next:
//!
//! 1. by the system itself, where sending the call again with the same key has no second effect;
//! 2. by a look at the system, where the connector's manifest says how (`settle/read_back.rs`);
//! 3. by a person. Until then nobody knows, and the call is never sent again.

use nave_model::fault::codes;
use nave_model::{Effect, Fault, Idempotency};
use nave_store::batch::Conclusion;
use nave_store::record::CallState;
use serde_json::Value;

use crate::answer::{Answer, CallRequest};
use crate::caller::Caller;
use crate::ledger::now_ms;
use crate::pipeline;
use crate::pipeline::trail::{Made, Past, Trail};
use crate::settle::read_back::{Found, read_back};

mod read_back;

/// How a call ended.
#[derive(Debug, Clone)]
pub enum Ended {
    /// It was done, with this answer.
    Done(Box<Answer>),
    /// It was provably not done: it was never sent, the system refused it, or a look found nothing.
    NotDone(Fault),
    /// It may have been done, and asking later can tell.
    InDoubt(Fault),
    /// It may have been done, and only a person can find out (`E-OUTCOME-UNKNOWN`).
    Unknown(Fault),
}

/// How a call ended, and what belongs into the ledger about it.
#[derive(Debug, Clone)]
pub struct Settled {
    /// How it ended.
    pub ended: Ended,
    /// For the ledger; `None` where it holds no intent, or the outcome is still in doubt.
    pub conclusion: Option<Conclusion>,
    /// All attempts that the caller allows were made.
    pub is_used_up: bool,
    /// The fault as the pipeline gave it, where [`Ended::Unknown`] says it in other words.
    told: Option<Fault>,
}

/// Whether a fault passes without anybody changing the call: the system, the way to it, the credential
/// or the description is at fault, and works again some day.
pub fn passes(fault: &Fault) -> bool {
    const PASSING: [nave_model::Code; 13] = [
        codes::UNREACHABLE,
        codes::TLS,
        codes::CONNECTION_LOST,
        codes::TIMEOUT,
        codes::UNAVAILABLE,
        codes::DEFERRED,
        codes::BREAKER_OPEN,
        codes::RATE_LIMITED,
        codes::QUEUE_FULL,
        codes::QUEUE_TIMEOUT,
        codes::CREDENTIAL_MISSING,
        codes::CREDENTIAL_REJECTED,
        codes::RESPONSE_DRIFT,
    ];
    PASSING.contains(&fault.code)
}

/// Makes a call whose outcome nobody else keeps, and keeps it.
///
/// # Errors
/// Any fault of the pipeline.
pub(crate) async fn direct(caller: &Caller, request: &CallRequest) -> Result<Answer, Fault> {
    let settled = Box::pin(settled(caller, request, true)).await;
    if let (Some(ledger), Some(conclusion)) = (&caller.ledger, settled.conclusion) {
        let id = conclusion.id.clone();
        if let Err(fault) = ledger.conclude(caller.clock.as_ref(), request, conclusion).await {
            // The caller hears how it ended all the same; the ledger says that nobody knows, which is the
            // safe side.
            tracing::error!(call = id, code = fault.code.name, "the outcome of a call cannot be kept");
        }
    }
    match settled.ended {
        Ended::Done(answer) => Ok(*answer),
        Ended::NotDone(fault) | Ended::InDoubt(fault) => Err(fault),
        Ended::Unknown(fault) => {
            let (connection, operation) = (request.connection.as_str(), request.operation.as_str());
            let (trace_id, principal) = (request.trace_id(), request.principal.as_str());
            tracing::warn!(
                trace_id,
                connection,
                operation,
                principal,
                code = fault.code.name,
                "nobody knows whether a call was done; see `nave ledger unknown`"
            );
            Err(settled.told.unwrap_or(fault))
        }
    }
}

/// Makes a call, or settles one from before.
pub(crate) async fn call(caller: &Caller, request: &CallRequest) -> Settled {
    Box::pin(settled(caller, request, false)).await
}

async fn settled(caller: &Caller, request: &CallRequest, is_last: bool) -> Settled {
    let mut past = match past(caller, request).await {
        Ok(past) => past,
        Err(fault) => return Ended::InDoubt(fault).into(),
    };
    if past.is_in_doubt && !may_be_sent_again(caller, request, &past) {
        let trail = Trail { id: request.call_id.clone(), ..Trail::of(past) };
        let lost = || {
            let message = "the call was under way when the hub stopped";
            Fault::new(codes::CONNECTION_LOST, message)
        };
        match read_back(caller, request).await {
            // What was provably not done is made as if for the first time.
            Found::NotDone if !is_used_up(request, &past) => {
                past = Past { is_recorded: past.is_recorded, ..Past::default() };
            }
            found => return looked(request, (trail, is_last), lost(), found),
        }
    }
    let Made { outcome, trail } = pipeline::run(caller, request, None, past).await;
    let fault = match outcome {
        Ok(answer) => {
            let by = if trail.was_in_doubt { "key" } else { "answer" };
            return Settled::new(Ended::Done(Box::new(answer)), &trail, by);
        }
        Err(fault) => fault,
    };
    if !trail.is_in_doubt {
        let by = if fault.status.is_some() { "answer" } else { "not-sent" };
        return Settled::new(Ended::NotDone(fault), &trail, by);
    }
    let may_go_on = !is_last && !trail.is_used_up;
    let is_passing = passes(&fault) || is_the_stores(&fault) || fault.code == codes::FLOW_CANCELLED;
    if may_go_on && trail.is_harmless && is_passing {
        return Settled { is_used_up: trail.is_used_up, ..Ended::InDoubt(fault).into() };
    }
    if is_gone(caller, request, &fault) {
        // Removing what is not there any more is what was wanted (RFC 9110 section 9.2.2).
        return Settled::new(Ended::Done(Box::new(Answer::new(404, Value::Null))), &trail, "key");
    }
    let found = read_back(caller, request).await;
    looked(request, (trail, is_last), fault, found)
}

/// What a look at the system says about a call that is in doubt because of `fault`.
fn looked(request: &CallRequest, (trail, is_last): (Trail, bool), fault: Fault, found: Found) -> Settled {
    let unknown = |fault: Fault| {
        let settled = Settled::new(Ended::Unknown(unknown(request, &fault)), &trail, "no-answer");
        Settled { told: Some(fault), ..settled }
    };
    match found {
        Found::Done(answer) => Settled::new(Ended::Done(answer), &trail, "read-back"),
        Found::NotDone => Settled::new(Ended::NotDone(fault), &trail, "read-back"),
        Found::Away(_) if is_last => unknown(fault),
        Found::Away(away) => Settled { is_used_up: trail.is_used_up, ..Ended::InDoubt(away).into() },
        Found::NoWay => unknown(fault),
    }
}

impl From<Ended> for Settled {
    fn from(ended: Ended) -> Self {
        Settled { ended, conclusion: None, is_used_up: false, told: None }
    }
}

impl Settled {
    fn new(ended: Ended, trail: &Trail, by: &str) -> Self {
        let (state, fault, status) = match &ended {
            Ended::Done(answer) => (CallState::Done, None, Some(answer.status)),
            Ended::NotDone(fault) => (CallState::NotDone, Some(fault), fault.status),
            Ended::InDoubt(fault) | Ended::Unknown(fault) => (CallState::Unknown, Some(fault), fault.status),
        };
        let conclusion = trail.id.clone().filter(|_| trail.is_recorded).map(|id| Conclusion {
            id,
            state,
            code: fault.map(|fault| fault.code.name.to_owned()),
            message: fault.map(|fault| fault.message.clone()),
            status,
            by: by.to_owned(),
        });
        Settled { conclusion, is_used_up: trail.is_used_up, ..ended.into() }
    }
}

/// The fault of a call whose outcome only a person can find out.
pub fn unknown(request: &CallRequest, fault: &Fault) -> Fault {
    let message = format!(
        "nobody knows whether `{}.{}` was done: {}",
        request.connection, request.operation, fault.message
    );
    let mut unknown = Fault::new(codes::OUTCOME_UNKNOWN, message)
        .with_hint("look into the system, then say what happened with `nave ledger settle`")
        .with_detail(fault.code.name);
    unknown.status = fault.status;
    unknown
}

/// Whether a fault is the store's: nothing could be written down, so nothing was sent.
pub fn is_the_stores(fault: &Fault) -> bool {
    [codes::STORE_FULL, codes::STORE_FAILED, codes::STORE_CORRUPT].contains(&fault.code)
}

/// What the ledger knows of a call from before. Of an operation that is not there any more it still knows.
async fn past(caller: &Caller, request: &CallRequest) -> Result<Past, Fault> {
    let operation = caller.operation(&request.connection, &request.operation).ok();
    let is_read = operation.is_some_and(|operation| operation.effect == Effect::Read);
    if !request.perhaps_sent || is_read {
        return Ok(Past::default());
    }
    let (Some(ledger), Some(id)) = (&caller.ledger, &request.call_id) else {
        return Ok(Past { is_in_doubt: true, ..Past::default() });
    };
    let Some(kept) = ledger.kept(id).await?.filter(|kept| kept.state != CallState::NotDone) else {
        return Ok(Past::default());
    };
    let account = caller.account(&request.connection).ok();
    let rule = account.and_then(|(_, connector)| connector.manifest.idempotency.as_ref());
    let age_ms = now_ms(caller.clock.as_ref()).saturating_sub(kept.intended_ms);
    let is_over = |hours: u32| age_ms > u64::from(hours) * 60 * 60 * 1000;
    Ok(Past {
        is_in_doubt: true,
        is_recorded: true,
        is_forgotten: rule.and_then(|rule| rule.hours).is_some_and(is_over),
        is_fresh: false,
        attempts: kept.attempts,
    })
}

/// Whether a call that may have been done can be sent again without a second effect.
fn may_be_sent_again(caller: &Caller, request: &CallRequest, past: &Past) -> bool {
    let Ok(operation) = caller.operation(&request.connection, &request.operation) else { return false };
    let is_harmless = match &operation.idempotency {
        Idempotency::Natural => true,
        Idempotency::Key { .. } => request.idempotency_key.is_some() && !past.is_forgotten,
        Idempotency::None => false,
    };
    is_harmless && !is_used_up(request, past)
}

fn is_used_up(request: &CallRequest, past: &Past) -> bool {
    request.attempts.is_some_and(|most| past.attempts >= most)
}

/// Whether a removal of what can be removed twice says that there is nothing any more.
fn is_gone(caller: &Caller, request: &CallRequest, fault: &Fault) -> bool {
    let Ok(operation) = caller.operation(&request.connection, &request.operation) else { return false };
    fault.code == codes::NOT_FOUND
        && operation.effect == Effect::Destructive
        && operation.idempotency == Idempotency::Natural
}
