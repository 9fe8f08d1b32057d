//! What the log says of runs and messages, once it is on disk: ids, names and codes, never data. Each field
//! and level stands in `docs/logs.md`.

use nave_flow::decide::Outcome;
use nave_model::trace;
use nave_store::batch::Message;
use nave_store::record::{DeadLetter, RunRecord};
use tracing::{Level, debug, enabled, info, warn};

use super::Lane;
use super::turn::Turn;
use crate::calls::End;
use crate::run::Keep;

/// What is said of a run once the batch is written.
#[derive(Debug)]
pub(super) enum Said {
    /// It waits for its turn.
    Queued,
    /// It begins.
    Begun,
    /// A step begins that waits for something.
    StepBegun { step: String, what: String },
    /// A call ended, or is held back.
    StepEnded { step: String, connection: String, operation: String, how: &'static str, code: Option<String> },
    /// Nobody knows what became of a call.
    Unknown { step: String, connection: String, operation: String },
    /// A call that was held back is tried again.
    Resumed { step: String },
    /// A person decided about it.
    Ordered { what: String, step: String },
    /// It ended.
    Ended,
}

/// What is said of a dead letter.
#[derive(Debug)]
pub(super) struct Dead {
    id: String,
    tenant: String,
    flow: Option<String>,
    code: String,
    event: Option<String>,
    run: Option<String>,
    trace: Option<String>,
}

impl Turn {
    /// Has something said that only those who look closely want to know.
    pub(super) fn say(&mut self, run: &str, said: impl FnOnce() -> Said) {
        if enabled!(Level::DEBUG) {
            self.said.push((run.to_owned(), said()));
        }
    }

    /// Has something said that people should know.
    pub(super) fn tell(&mut self, run: &str, said: Said) {
        self.said.push((run.to_owned(), said));
    }

    /// Has said that a run ended.
    pub(super) fn say_ended(&mut self, run: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Completed { .. } => self.say(run, || Said::Ended),
            Outcome::Failed { .. } | Outcome::Cancelled { .. } => self.tell(run, Said::Ended),
        }
    }

    /// Has said how a call of a run ended, or that it is held back.
    pub(super) fn say_step_ended(&mut self, run: &str, step: &str, keep: &Keep, end: &End) {
        let call = keep.calls.get(step);
        let name = |of: fn(&crate::run::OpenCall) -> &String| call.map(of).cloned().unwrap_or_default();
        let (how, code) = match end {
            End::Done { .. } => ("done", None),
            End::Failed { fault, .. } => ("failed", Some(fault.code.clone())),
            End::Park { fault } => ("held back", Some(fault.code.name.to_owned())),
            End::Unknown { .. } => {
                let (connection, operation) = (name(|call| &call.connection), name(|call| &call.operation));
                return self.tell(run, Said::Unknown { step: step.to_owned(), connection, operation });
            }
        };
        self.say(run, || Said::StepEnded {
            step: step.to_owned(),
            connection: name(|call| &call.connection),
            operation: name(|call| &call.operation),
            how,
            code,
        });
    }
}

impl Dead {
    pub(super) fn of(letter: &DeadLetter) -> Dead {
        let (event, run, trace) = match &letter.message {
            Message::Event(event) => (Some(event.id.clone()), None, event.trace.clone()),
            Message::Told { run, .. } => (None, Some(run.clone()), None),
            Message::Start(_) => (None, None, None),
        };
        Dead {
            id: letter.id.clone(),
            tenant: letter.tenant.clone(),
            flow: letter.flow.clone(),
            code: letter.reason.0.clone(),
            event,
            run,
            trace,
        }
    }

    fn log(&self) {
        let Dead { id, tenant, flow, code, event, run, trace } = self;
        let (flow, event, run) = (flow.as_deref(), event.as_deref(), run.as_deref());
        let trace_id = trace.as_deref().and_then(trace::id);
        warn!(
            trace_id,
            event,
            run,
            flow,
            tenant,
            code,
            dead = id,
            "a message cannot be handled, and is a dead letter"
        );
    }
}

impl Lane {
    /// Says what is written.
    pub(super) fn log(&self, turn: &Turn) {
        turn.dead.iter().for_each(Dead::log);
        for (run, said) in &turn.said {
            if let Some(loaded) = self.runs.get(run) {
                said.log(&loaded.record, &loaded.keep);
            }
        }
    }
}

impl Said {
    fn log(&self, record: &RunRecord, keep: &Keep) {
        let RunRecord { id: run, flow, tenant, cause: event, .. } = record;
        let trace_id = record.trace.as_deref().and_then(trace::id);
        match self {
            Said::Queued => debug!(trace_id, event, run, flow, tenant, "a run waits for its turn"),
            Said::Begun => debug!(trace_id, event, run, flow, tenant, "a run begins"),
            Said::StepBegun { step, what } => {
                let call = keep.calls.get(step);
                let connection = call.map(|call| call.connection.as_str());
                let operation = call.map(|call| call.operation.as_str());
                debug!(trace_id, run, flow, step, connection, operation, tenant, what, "a step begins");
            }
            Said::StepEnded { step, connection, operation, how, code } => {
                let code = code.as_deref();
                debug!(trace_id, run, flow, step, connection, operation, tenant, how, code, "a step ended");
            }
            Said::Unknown { step, connection, operation } => warn!(
                trace_id,
                run,
                flow,
                step,
                connection,
                operation,
                tenant,
                "nobody knows whether a call was done; see `nave ledger unknown`"
            ),
            Said::Resumed { step } => {
                debug!(trace_id, run, flow, step, tenant, "a call that was held back is tried again");
            }
            Said::Ordered { what, step } => {
                let step = Some(step.as_str()).filter(|step| !step.is_empty());
                info!(trace_id, run, flow, step, tenant, what, "a person decided about a run");
            }
            Said::Ended => {
                let took_ms = record.ended_ms.map(|ended| ended.saturating_sub(record.created_ms));
                let code = record.fault.as_ref().map(|(code, _)| code.as_str());
                match record.state.as_str() {
                    "completed" => debug!(trace_id, event, run, flow, tenant, took_ms, "a run completed"),
                    "cancelled" => {
                        info!(trace_id, event, run, flow, tenant, took_ms, code, "a run was cancelled");
                    }
                    _ => warn!(trace_id, event, run, flow, tenant, took_ms, code, "a run failed"),
                }
            }
        }
    }
}
