//! What people and programs ask of a run. Who asks is answered when it is written down.

use nave_flow::decide::{Action, CallOutcome, FaultRecord, Happened, Outcome};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::Op;
use nave_store::batch::{Audited, Conclusion};
use nave_store::record::CallState;
use serde_json::json;

use super::log::Said;
use super::tell::Heard;
use super::turn::Turn;
use super::{Lane, What};
use crate::run::Keep;
use crate::written::{Line, from_bytes};

impl Lane {
    /// Does what is asked.
    ///
    /// # Errors
    /// It cannot be: nothing changed.
    pub(super) async fn order(&mut self, turn: &mut Turn, run: &str, what: &What) -> Result<(), Fault> {
        if !self.ensure(turn, run).await? {
            let is_cancelled = matches!(what, What::Tell(Happened::Cancel { .. }));
            self.forestall(turn, run, is_cancelled).await?;
        }
        match what {
            What::Tell(happened) => self.order_tell(turn, run, happened.clone()).await,
            What::Again { step, skip, by } => {
                let step = match step {
                    Some(step) => step.clone(),
                    None => self.failed_step(run)?,
                };
                let (what, happened) = if *skip {
                    ("run.skipped", Happened::Skip { step: step.clone() })
                } else {
                    ("run.retried", Happened::Retry { step: step.clone() })
                };
                self.tell(turn, run, happened).await?;
                self.audit(turn, run, by, what, &step);
                Ok(())
            }
            What::Settle { task, ended, by } => {
                let outcome = match ended {
                    Ok(result) => CallOutcome::Done { result: std::sync::Arc::clone(result) },
                    Err(message) => {
                        CallOutcome::Failed { fault: FaultRecord::new(codes::REJECTED, message.clone()) }
                    }
                };
                self.settle(turn, run, task, (outcome, by)).await
            }
            What::Migrate { by } => self.migrate(turn, run, by).await,
        }
    }

    async fn order_tell(&mut self, turn: &mut Turn, run: &str, happened: Happened) -> Result<(), Fault> {
        if let Happened::Answered { approval, .. } = &happened
            && !self.runs.get(run).is_some_and(|loaded| loaded.keep.asks.contains(approval))
        {
            let message = format!("the question `{run}/{approval}` is not open");
            return Err(Fault::new(codes::RUN_UNKNOWN, message));
        }
        let audited = match &happened {
            Happened::Cancel { by, .. } => Some((by.clone(), "run.cancelled", String::new())),
            Happened::Answered { approval, by, .. } => Some((by.clone(), "ask.answered", approval.clone())),
            _ => None,
        };
        match self.tell(turn, run, happened).await? {
            Heard::Told => {}
            Heard::Late => {
                return Err(Fault::new(codes::CONFLICT, format!("the run `{run}` has ended")));
            }
            Heard::Nobody => return Err(unknown(run)),
        }
        if let Some((by, what, step)) = audited {
            self.audit(turn, run, &by, what, &step);
        }
        Ok(())
    }

    fn audit(&self, turn: &mut Turn, run: &str, by: &str, what: &str, step: &str) {
        let Some(loaded) = self.runs.get(run) else { return };
        turn.tell(run, Said::Ordered { what: what.to_owned(), step: step.to_owned() });
        turn.ops.push(Op::Audit(Audited {
            tenant: loaded.record.tenant.clone(),
            who: by.to_owned(),
            what: what.to_owned(),
            on: run.to_owned(),
            detail: json!({ "step": step }),
        }));
    }

    /// The step that a run failed at, or an undo that failed.
    fn failed_step(&self, run: &str) -> Result<String, Fault> {
        let outcome = self.runs.get(run).and_then(|loaded| loaded.keep.outcome());
        let step = match outcome {
            Some(Outcome::Failed { fault, not_undone } | Outcome::Cancelled { fault, not_undone }) => {
                let lost = not_undone.first().map(|lost| format!("undo:{}", lost.task));
                lost.or_else(|| fault.step.clone())
            }
            Some(Outcome::Completed { .. }) | None => None,
        };
        step.ok_or_else(|| {
            let message = format!("nothing failed in the run `{run}` that could be tried again");
            Fault::new(codes::CONFLICT, message)
        })
    }

    async fn settle(
        &mut self,
        turn: &mut Turn,
        run: &str,
        task: &str,
        (outcome, by): (CallOutcome, &str),
    ) -> Result<(), Fault> {
        let call = self.runs.get(run).and_then(|loaded| loaded.keep.calls.get(task));
        if call.is_none_or(|call| call.unknown.is_none()) {
            let message = format!("the outcome of `{run}/{task}` is not unknown");
            return Err(Fault::new(codes::CONFLICT, message));
        }
        let (state, message) = match &outcome {
            CallOutcome::Failed { fault } => (CallState::NotDone, Some(fault.message.clone())),
            CallOutcome::Done { .. } | CallOutcome::Unknown { .. } => (CallState::Done, None),
        };
        // First: where the run cannot be told, nothing is settled.
        self.tell(turn, run, Happened::Settled { task: task.to_owned(), outcome }).await?;
        turn.ops.push(Op::Conclude(Box::new(Conclusion {
            id: format!("{run}/{task}"),
            state,
            code: None,
            message,
            status: None,
            by: by.to_owned(),
        })));
        self.audit(turn, run, by, "call.settled", task);
        Ok(())
    }

    /// Moves a run to the flow's present version, where its journal gives the same actions there.
    async fn migrate(&mut self, turn: &mut Turn, run: &str, by: &str) -> Result<(), Fault> {
        let Some(loaded) = self.runs.get(run) else { return Err(unknown(run)) };
        let refuse = |message: String| Err(Fault::new(codes::CONFLICT, message));
        if loaded.keep.outcome().is_some() {
            return refuse(format!("the run `{run}` has ended"));
        }
        if turn.touched.contains(run) {
            return refuse(format!("the run `{run}` is changing right now; try again"));
        }
        let Some(runnable) = turn.catalogue.get(&loaded.record.flow) else {
            return refuse(format!("there is no flow `{}` any more", loaded.record.flow));
        };
        if runnable.hash == loaded.record.definition {
            return refuse(format!("the run `{run}` has the present version"));
        }
        let (flow, hash) = (std::sync::Arc::clone(&runnable.flow), runnable.hash.clone());
        let (mut before, mut behind) = (Keep::default(), Keep::default());
        for entry in self.shared.store.journal(run.to_owned(), 0).await? {
            let line: Line = from_bytes("a line of a run's journal", &entry.bytes)?;
            let was = before.read(&loaded.flow, line.clone(), entry.at_ms)?;
            let now = behind.read(&flow, line, entry.at_ms);
            let differs = match &now {
                Ok(now) => difference(&was, now),
                Err(fault) => Some(fault.message.clone()),
            };
            if let Some(difference) = differs {
                return refuse(format!("the new version would have acted otherwise: {difference}"));
            }
        }
        let Some(loaded) = self.runs.get_mut(run) else { return Err(unknown(run)) };
        (loaded.keep, loaded.flow) = (behind, flow);
        loaded.record.definition.clone_from(&hash);
        loaded.note(turn.now_ms, &Line::Moved { definition: hash, by: by.to_owned() })?;
        turn.touched.insert(run.to_owned());
        turn.moved.insert(run.to_owned());
        self.audit(turn, run, by, "run.migrated", "");
        Ok(())
    }
}

/// Where two lists of actions differ first, in words.
fn difference(was: &[Action], now: &[Action]) -> Option<String> {
    if was == now {
        return None;
    }
    let pairs = was.iter().map(Some).chain(std::iter::repeat(None));
    let others = now.iter().map(Some).chain(std::iter::repeat(None));
    let (was, now) = pairs.zip(others).find(|(was, now)| was != now || was.is_none())?;
    Some(match (was, now) {
        (Some(was), Some(now)) if name(was) == name(now) => format!("{} with other values", name(now)),
        (Some(was), Some(now)) => format!("{} instead of {}", name(now), name(was)),
        (Some(was), None) => format!("no {}", name(was)),
        (None, Some(now)) => format!("{} besides", name(now)),
        (None, None) => "in another order".to_owned(),
    })
}

fn name(action: &Action) -> String {
    match action {
        Action::Call { task, connection, operation, .. } => {
            format!("a call of `{connection}.{operation}` at `{task}`")
        }
        Action::CancelCall { task } => format!("the end of the call at `{task}`"),
        Action::SetTimer { timer, .. } | Action::DropTimer { timer } => format!("the timer `{timer}`"),
        Action::Subscribe { subscription, .. } | Action::Unsubscribe { subscription } => {
            format!("the wait for an event at `{subscription}`")
        }
        Action::StartFlow { child, .. } | Action::CancelFlow { child } => format!("the run at `{child}`"),
        Action::Ask { approval, .. } | Action::WithdrawAsk { approval } => {
            format!("the question at `{approval}`")
        }
        Action::Emit { event, .. } => format!("the event `{event}`"),
        Action::End { .. } => "the end of the run".to_owned(),
    }
}

pub(crate) fn unknown(run: &str) -> Fault {
    Fault::new(codes::RUN_UNKNOWN, format!("there is no run `{run}`"))
}
