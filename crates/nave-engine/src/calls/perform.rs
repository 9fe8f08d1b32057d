//! One call of a flow, from its start to an end the run can be told: done, provably not done, unknown, or
//! held back because what is at fault passes.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use nave_call::settle::{is_the_stores, passes, unknown};
use nave_call::{CallRequest, Ended, Principal, Priority, Settled};
use nave_flow::decide::FaultRecord;
use nave_flow::flow;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::batch::{Batch, Conclusion, Op};
use nave_store::record::CallState;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{End, Inner, Job, audited};

/// The first pause after the store failed, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(30)];

/// Makes a call. `since_ms`: since when it is held back, if it is. `None`: nothing is to be said, because
/// the hub stops and nothing was sent, or because the lane belongs to another node.
pub(super) async fn perform(inner: &Inner, job: &Job, since_ms: Option<u64>) -> Option<End> {
    let mut pause = PAUSES[0];
    let mut perhaps_sent = job.attempts > 0 || since_ms.is_some();
    loop {
        let settled = settled(inner, job, job.tighten.attempts, perhaps_sent).await;
        let fault = match &settled.ended {
            Ended::NotDone(fault) | Ended::InDoubt(fault) => fault,
            Ended::Done(_) | Ended::Unknown(_) => return Some(told(settled)),
        };
        if fault.code == codes::LANE_LOST {
            return None;
        }
        // The store is the hub's own: the call waits for it and does not fail because of it.
        if !is_the_stores(fault) {
            return failed(inner, job, since_ms, settled).await;
        }
        perhaps_sent = true;
        wait(inner, &mut pause).await?;
    }
}

/// Through the pipeline, until it ends; cancelled where the run or the hub says so.
async fn settled(inner: &Inner, job: &Job, attempts: Option<u32>, perhaps_sent: bool) -> Settled {
    let cancel = CancellationToken::new();
    let request = CallRequest {
        tenant: Some(job.tenant.clone()),
        principal: Principal::Flow,
        priority: match job.tighten.priority {
            Some(flow::Priority::Backfill) => Priority::Backfill,
            Some(flow::Priority::Flow) | None => job.priority,
        },
        idempotency_key: Some(key(&job.key)),
        call_id: Some(job.id.clone()),
        fence: Some(job.fence),
        run: Some(job.run.clone()),
        trace: job.trace.clone(),
        attempts,
        perhaps_sent,
        cancel: Some(cancel.clone()),
        ..CallRequest::new(&job.connection, &job.operation, job.arguments.as_ref().clone())
    };
    let caller = inner.caller();
    let mut call = pin!(caller.settle_or_call(&request));
    let mut stop = pin!(async {
        tokio::select! {
            () = job.cancel.cancelled() => {}
            () = inner.closing.cancelled() => {}
        }
    });
    loop {
        tokio::select! {
            biased;
            () = &mut stop, if !cancel.is_cancelled() => cancel.cancel(),
            settled = &mut call => return settled,
        }
    }
}

/// The end of a call that is settled.
fn told(settled: Settled) -> End {
    let conclude = settled.conclusion;
    match settled.ended {
        Ended::Done(answer) => End::Done { result: Arc::new(answer.value), conclude },
        Ended::NotDone(fault) => End::Failed { fault: FaultRecord::from(&fault), conclude },
        Ended::InDoubt(fault) | Ended::Unknown(fault) => {
            End::Unknown { fault: FaultRecord::from(&fault), conclude }
        }
    }
}

/// The end of a call that was not done, or is in doubt: held back where that can help.
async fn failed(inner: &Inner, job: &Job, since_ms: Option<u64>, settled: Settled) -> Option<End> {
    let is_over = since_ms.is_some_and(|since| inner.now_ms().saturating_sub(since) >= inner.patience_ms);
    let is_cancelled = job.cancel.is_cancelled();
    let settled = match &settled.ended {
        // Nothing more is sent; a look may still tell.
        Ended::InDoubt(_) if is_over || is_cancelled => self::settled(inner, job, Some(0), true).await,
        Ended::InDoubt(_) | Ended::NotDone(_) | Ended::Done(_) | Ended::Unknown(_) => settled,
    };
    match &settled.ended {
        Ended::NotDone(fault) if fault.code == codes::FLOW_CANCELLED && !is_cancelled => {
            // The hub stops. What is true of the call stays in the ledger for the next start.
            if let Some(conclusion) = settled.conclusion {
                conclude(inner, job, conclusion).await?;
            }
            None
        }
        Ended::NotDone(fault) if passes(fault) && !settled.is_used_up && !is_cancelled && !is_over => {
            let fault = fault.clone();
            if let Some(conclusion) = settled.conclusion {
                conclude(inner, job, conclusion).await?;
            }
            Some(End::Park { fault })
        }
        Ended::InDoubt(fault) if !is_over => Some(End::Park { fault: fault.clone() }),
        Ended::InDoubt(fault) => Some(given_up(job, fault)),
        Ended::NotDone(_) | Ended::Done(_) | Ended::Unknown(_) => Some(told(settled)),
    }
}

/// The end of a call that was in doubt for longer than the hub has patience.
fn given_up(job: &Job, fault: &Fault) -> End {
    let request = CallRequest::new(&job.connection, &job.operation, serde_json::Value::Null);
    let fault = unknown(&request, fault);
    let conclusion = Conclusion {
        id: job.id.clone(),
        state: CallState::Unknown,
        code: Some(fault.code.name.to_owned()),
        message: Some(fault.message.clone()),
        status: fault.status,
        by: "patience".to_owned(),
    };
    End::Unknown { fault: FaultRecord::from(&fault), conclude: Some(conclusion) }
}

/// Keeps that a call was not done, so that after it was held back it is made as if for the first time.
/// `None`: it cannot be kept, and the call stays in doubt.
async fn conclude(inner: &Inner, job: &Job, conclusion: Conclusion) -> Option<()> {
    let mut pause = PAUSES[0];
    loop {
        let audited = audited(job.tenant.clone(), Principal::Flow.as_str(), &conclusion);
        let ops = vec![Op::Conclude(Box::new(conclusion.clone())), Op::Audit(audited)];
        let batch = Batch { fence: Some(job.fence), ops, now_ms: inner.now_ms() };
        match inner.store.commit(batch).await {
            Ok(()) => return Some(()),
            Err(fault) if fault.code == codes::LANE_LOST => return None,
            Err(_) => wait(inner, &mut pause).await?,
        }
    }
}

/// Waits until the store may work again. `None`: the hub stops.
async fn wait(inner: &Inner, pause: &mut Duration) -> Option<()> {
    tokio::select! {
        () = inner.closing.cancelled() => return None,
        () = inner.clock.sleep(*pause) => {}
    }
    *pause = pause.saturating_mul(2).min(PAUSES[1]);
    Some(())
}

/// The idempotency key as systems take it: 1 to 255 visible characters of ASCII. What is no such text is
/// sent as its SHA-256, which is the same whenever the key is.
fn key(key: &str) -> String {
    if (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
        return key.to_owned();
    }
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
