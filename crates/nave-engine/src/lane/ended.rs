//! Calls end, are held back, go on, or are not needed any more.

use nave_flow::decide::{CallOutcome, FaultRecord, Happened};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::Op;
use nave_store::batch::Conclusion;
use nave_store::record::{CallState, Parked};

use super::Lane;
use super::log::Said;
use super::turn::{After, Turn};
use crate::calls::{End, audited};
use crate::intake::TENANT;
use crate::view::Notice;
use crate::written::Line;
use nave_call::Principal;

/// What a run is told of a call's end; `None`: nothing, it is held back.
pub(super) fn happened(task: &str, end: &End) -> Option<Happened> {
    let outcome = match end {
        End::Done { result, .. } => CallOutcome::Done { result: std::sync::Arc::clone(result) },
        End::Failed { fault, .. } => CallOutcome::Failed { fault: fault.clone() },
        End::Unknown { fault, .. } => CallOutcome::Unknown { fault: fault.clone() },
        End::Park { .. } => return None,
    };
    Some(Happened::CallEnded { task: task.to_owned(), outcome })
}

/// Has the ledger and the audit chain know how a call ended.
fn concluded(turn: &mut Turn, tenant: String, conclusion: Conclusion) {
    let audited = audited(tenant, Principal::Flow.as_str(), &conclusion);
    turn.ops.push(Op::Conclude(Box::new(conclusion)));
    turn.ops.push(Op::Audit(audited));
}

impl Lane {
    /// Whose a run is; of one that nobody knows any more, the one tenant there is.
    pub(super) async fn tenant_of(&self, run: &str) -> Result<String, Fault> {
        if let Some(loaded) = self.runs.get(run) {
            return Ok(loaded.record.tenant.clone());
        }
        if let Some(live) = self.live.get(run) {
            return Ok(live.tenant.clone());
        }
        let record = self.shared.store.run(run.to_owned()).await?;
        Ok(record.map_or_else(|| TENANT.to_owned(), |record| record.tenant))
    }

    /// A call of a run ended, or is held back.
    pub(super) async fn ended(
        &mut self,
        turn: &mut Turn,
        (run, task): (&str, &str),
        end: &End,
    ) -> Result<(), Fault> {
        turn.over.push((run.to_owned(), task.to_owned()));
        let is_open = self.ensure(turn, run).await?
            && self.runs.get(run).is_some_and(|loaded| loaded.keep.calls.contains_key(task));
        let (count, conclude) = match end {
            End::Park { fault } if is_open => return self.park(turn, run, task, fault),
            End::Park { .. } => return Ok(()),
            End::Done { conclude, .. } => (&mut turn.counted.done, conclude),
            End::Failed { conclude, .. } => (&mut turn.counted.failed, conclude),
            End::Unknown { conclude, .. } => (&mut turn.counted.unknown, conclude),
        };
        *count += 1;
        if let Some(conclusion) = conclude {
            let tenant = self.tenant_of(run).await?;
            concluded(turn, tenant, conclusion.clone());
        }
        self.unpark(turn, run, task);
        if let Some(loaded) = self.runs.get(run).filter(|_| is_open) {
            turn.say_step_ended(run, task, &loaded.keep, end);
        }
        self.told_of(turn, run, task, end);
        if let Some(what) = happened(task, end) {
            self.tell(turn, run, what).await?;
        }
        Ok(())
    }

    /// The record of a call that was held back goes with the end of the call.
    fn unpark(&self, turn: &mut Turn, run: &str, task: &str) {
        let call = self.runs.get(run).and_then(|loaded| loaded.keep.calls.get(task));
        if call.is_some_and(|call| call.parked.is_some()) {
            turn.ops.push(Op::Unpark { id: format!("{run}/{task}") });
        }
    }

    /// Those who watch are told how a step ended.
    fn told_of(&self, turn: &mut Turn, run: &str, task: &str, end: &End) {
        let Some(loaded) = self.runs.get(run).filter(|_| self.shared.is_watched()) else { return };
        let (state, detail) = match end {
            End::Done { .. } => ("done", None),
            End::Failed { fault, .. } => ("failed", Some(format!("{}: {}", fault.code, fault.message))),
            End::Unknown { fault, .. } => ("unknown", Some(format!("{}: {}", fault.code, fault.message))),
            End::Park { fault } => ("parked", Some(format!("{}: {}", fault.code, fault.message))),
        };
        let call = loaded.keep.calls.get(task);
        let what =
            call.map(|call| format!("call {}.{}", call.connection, call.operation)).unwrap_or_default();
        turn.notices.push(Notice::Step {
            run: run.to_owned(),
            flow: loaded.record.flow.clone(),
            task: task.to_owned(),
            what,
            state: state.to_owned(),
            detail,
            at_ms: turn.now_ms,
        });
    }

    /// Holds a call back, on disk.
    fn park(&mut self, turn: &mut Turn, run: &str, task: &str, fault: &Fault) -> Result<(), Fault> {
        let end = End::Park { fault: fault.clone() };
        if let Some(loaded) = self.runs.get(run) {
            turn.say_step_ended(run, task, &loaded.keep, &end);
        }
        self.told_of(turn, run, task, &end);
        let Some(loaded) = self.runs.get_mut(run) else { return Ok(()) };
        let Some(call) = loaded.keep.calls.get(task) else { return Ok(()) };
        let reason = (fault.code.name.to_owned(), fault.message.clone());
        let since_ms = call.parked.as_ref().map_or(turn.now_ms, |(since_ms, _)| *since_ms);
        let live = self.live.get(run).and_then(|live| live.calls.get(task));
        let attempts = live.map_or(0, |(_, attempts)| *attempts);
        let parked = Parked {
            id: format!("{run}/{task}"),
            tenant: loaded.record.tenant.clone(),
            connection: call.connection.clone(),
            operation: call.operation.clone(),
            run: run.to_owned(),
            lane: self.fence.lane,
            task: task.to_owned(),
            reason: reason.clone(),
            since_ms,
            attempts: attempts.saturating_add(1),
        };
        if call.cancelled {
            turn.next.push_back(super::Next::Withdraw { run: run.to_owned(), task: task.to_owned() });
        }
        turn.counted.parked += 1;
        turn.ops.push(Op::Park(parked));
        if call.parked.is_none() {
            let line = Line::Parked { task: task.to_owned(), since_ms, reason };
            loaded.note(turn.now_ms, &line)?;
            loaded.keep.read(&loaded.flow, line, turn.now_ms)?;
            turn.touched.insert(run.to_owned());
        }
        Ok(())
    }

    /// A call that was held back may be tried again. It counts as held back until it ends.
    pub(super) async fn resumed(&mut self, turn: &mut Turn, parked: &Parked) -> Result<(), Fault> {
        let (run, task) = (parked.run.as_str(), parked.task.as_str());
        if self.is_live(run, task) {
            return Ok(());
        }
        let is_there = self.ensure(turn, run).await?;
        let call = self.runs.get(run).filter(|_| is_there).and_then(|loaded| loaded.keep.calls.get(task));
        match call {
            Some(call) if call.unknown.is_none() => {
                turn.say(run, || Said::Resumed { step: task.to_owned() });
                let (run, task) = (run.to_owned(), task.to_owned());
                turn.after.push(After::Start { run, task, attempts: parked.attempts.max(1) });
            }
            // It ended by other means, or a person settles it.
            Some(_) | None => turn.ops.push(Op::Unpark { id: parked.id.clone() }),
        }
        Ok(())
    }

    /// A call that is held back is not needed any more. Where it may have been sent before, nobody knows
    /// what became of it.
    pub(super) async fn withdraw(&mut self, turn: &mut Turn, run: &str, task: &str) -> Result<(), Fault> {
        let is_over = turn.over.iter().any(|over| over.0 == run && over.1 == task);
        if self.is_live(run, task) && !is_over {
            // It is being tried again right now, and is told to give up.
            return Ok(());
        }
        let id = format!("{run}/{task}");
        let call = self.shared.store.call(id.clone()).await?;
        let is_open = call.is_some_and(|call| matches!(call.state, CallState::Intended | CallState::Unknown));
        let outcome = if is_open {
            let message = "nobody knows whether the call was done before it was held back";
            let conclusion = Conclusion {
                id: id.clone(),
                state: CallState::Unknown,
                code: Some(codes::OUTCOME_UNKNOWN.name.to_owned()),
                message: Some(message.to_owned()),
                status: None,
                by: "recovery".to_owned(),
            };
            let tenant = self.tenant_of(run).await?;
            concluded(turn, tenant, conclusion);
            let end =
                End::Unknown { fault: FaultRecord::new(codes::OUTCOME_UNKNOWN, message), conclude: None };
            if let Some(loaded) = self.runs.get(run) {
                turn.say_step_ended(run, task, &loaded.keep, &end);
            }
            CallOutcome::Unknown { fault: FaultRecord::new(codes::OUTCOME_UNKNOWN, message) }
        } else {
            let message = "given up while it was held back";
            CallOutcome::Failed { fault: FaultRecord::new(codes::FLOW_CANCELLED, message) }
        };
        turn.ops.push(Op::Unpark { id });
        self.tell(turn, run, Happened::CallEnded { task: task.to_owned(), outcome }).await?;
        Ok(())
    }
}
