//! Calls that people and agents had under way when the hub stopped. Whoever made them was never answered, so
//! nothing more is sent for them: a look at the system tells what became of them, else they are listed as
//! unknown for a person.

use std::sync::Arc;
use std::time::Duration;

use nave_call::settle::unknown;
use nave_call::task::spawn;
use nave_call::{CallRequest, Ended, Principal};
use nave_model::Fault;
use nave_store::batch::{Batch, Conclusion, Op};
use nave_store::record::{Call, CallFilter, CallState, Page};
use serde_json::Value;

use super::{Inner, audited};

/// How many calls are read at a time.
const PAGE: usize = 500;
/// The first pause before those whose systems are away are looked at again, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_mins(5)];

/// Finds what was under way before this start, and settles it in the background.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn recover(inner: &Arc<Inner>) -> Result<(), Fault> {
    let filter = CallFilter { state: Some(CallState::Intended), ..CallFilter::default() };
    let (mut open, mut page) = (Vec::new(), Page { after: None, most: PAGE });
    loop {
        let calls = inner.store.calls(filter.clone(), page.clone()).await?;
        let is_last = calls.len() < PAGE;
        page.after = calls.last().map(|call| call.intent.id.clone());
        open.extend(calls.into_iter().filter(|call| call.intent.run.is_none()));
        if is_last {
            break;
        }
    }
    if !open.is_empty() {
        tracing::info!(count = open.len(), "calls were under way when the hub stopped; they are settled");
        let inner = Arc::clone(inner);
        spawn("settling", Box::pin(async move { settle(&inner, open).await }));
    }
    Ok(())
}

/// Settles calls; those whose systems are away again and again, for as long as the hub has patience.
async fn settle(inner: &Inner, mut open: Vec<Call>) {
    let mut pause = PAUSES[0];
    loop {
        let mut left = Vec::new();
        for call in open {
            match look(inner, &call).await {
                Some(conclusion) => {
                    if !conclude(inner, &call, conclusion).await {
                        left.push(call);
                    }
                }
                None => left.push(call),
            }
        }
        if left.is_empty() {
            return;
        }
        open = left;
        tokio::select! {
            () = inner.closing.cancelled() => return,
            () = inner.clock.sleep(pause) => {}
        }
        pause = pause.saturating_mul(2).min(PAUSES[1]);
    }
}

/// What became of a call; `None`: asking later can tell.
async fn look(inner: &Inner, call: &Call) -> Option<Conclusion> {
    let intent = &call.intent;
    let arguments = serde_json::from_slice(&intent.arguments).unwrap_or(Value::Null);
    let request = CallRequest {
        tenant: Some(intent.tenant.clone()),
        principal: if intent.principal == Principal::Agent.as_str() {
            Principal::Agent
        } else {
            Principal::Person
        },
        idempotency_key: intent.key.clone(),
        call_id: Some(intent.id.clone()),
        trace: intent.trace.clone(),
        attempts: Some(0),
        perhaps_sent: true,
        cancel: Some(inner.closing.clone()),
        ..CallRequest::new(&intent.connection, &intent.operation, arguments)
    };
    let settled = inner.caller().settle_or_call(&request).await;
    let fault = match settled.ended {
        Ended::InDoubt(_) if inner.closing.is_cancelled() => return None,
        Ended::InDoubt(fault) => {
            let age_ms = inner.now_ms().saturating_sub(call.intended_ms);
            if age_ms < inner.patience_ms {
                return None;
            }
            unknown(&request, &fault)
        }
        Ended::Unknown(fault) => fault,
        Ended::Done(_) | Ended::NotDone(_) => return settled.conclusion,
    };
    settled.conclusion.or_else(|| {
        Some(Conclusion {
            id: intent.id.clone(),
            state: CallState::Unknown,
            code: Some(fault.code.name.to_owned()),
            message: Some(fault.message.clone()),
            status: fault.status,
            by: "recovery".to_owned(),
        })
    })
}

/// Keeps how a call ended; false: it cannot be kept now.
async fn conclude(inner: &Inner, call: &Call, conclusion: Conclusion) -> bool {
    let audited = audited(call.intent.tenant.clone(), &call.intent.principal, &conclusion);
    let id = conclusion.id.clone();
    let ops = vec![Op::Conclude(Box::new(conclusion)), Op::Audit(audited)];
    match inner.store.commit(Batch { fence: None, ops, now_ms: inner.now_ms() }).await {
        Ok(()) => true,
        Err(fault) => {
            tracing::warn!(
                call = id,
                code = fault.code.name,
                "how a call ended cannot be kept; trying again"
            );
            false
        }
    }
}
