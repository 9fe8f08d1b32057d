//! A run as people see it, made from its journal and the ledger.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use nave_flow::decide::{Action, CallOutcome, FaultRecord, Happened, Outcome};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{CallFilter, Page};
use serde_json::Value;

use super::{RunView, StepView};
use crate::catalogue::full_name;
use crate::pending;
use crate::run::Keep;
use crate::shared::Shared;
use crate::written::{Line, from_bytes};

/// How many calls are read from the ledger at a time.
const PAGE: usize = 1_000;

/// A run with its steps.
pub(crate) async fn view(shared: &Shared, run: &str) -> Result<RunView, Fault> {
    let mut known = shared.store.run(run.to_owned()).await?;
    if known.is_none() {
        if let Some(pending) = pending::find(shared, run).await? {
            let (record, data) = pending.view(shared);
            return Ok(RunView { record, input: Value::clone(&data), output: None, steps: Vec::new() });
        }
        // Its lane may have taken it up in the meantime.
        known = shared.store.run(run.to_owned()).await?;
    }
    let Some(mut record) = known else {
        return Err(Fault::new(codes::RUN_UNKNOWN, format!("there is no run `{run}`")));
    };
    let flow = shared.definition(&record.definition).await?;
    let mut steps = Steps::default();
    let mut keep = Keep::default();
    let mut input = Value::Null;
    for entry in shared.store.journal(run.to_owned(), 0).await? {
        let line: Line = from_bytes("a line of a run's journal", &entry.bytes)?;
        // The record is not written for every entry.
        record.entries = entry.number.saturating_add(1);
        record.changed_ms = record.changed_ms.max(entry.at_ms);
        match &line {
            Line::Start { start, .. } => input = Value::clone(&start.data),
            Line::Told { what, .. } => steps.told(what, entry.at_ms),
            Line::Parked { task, reason, .. } => steps.parked(task, reason),
            Line::Begun { .. } | Line::Moved { .. } | Line::Dropped { .. } => {}
        }
        let actions = keep.read(&flow, line, entry.at_ms)?;
        steps.asked(&actions, entry.at_ms);
    }
    steps.count(&attempts(shared, run).await?);
    let output = match keep.outcome() {
        Some(Outcome::Completed { output }) => Some(Value::clone(output)),
        _ => None,
    };
    Ok(RunView { record, input, output, steps: steps.0.into_values().collect() })
}

/// How often each call of a run was about to be sent.
async fn attempts(shared: &Shared, run: &str) -> Result<BTreeMap<String, u32>, Fault> {
    let mut attempts = BTreeMap::new();
    let mut page = Page { after: None, most: PAGE };
    loop {
        let filter = CallFilter { run: Some(run.to_owned()), ..CallFilter::default() };
        let calls = shared.store.calls(filter, page.clone()).await?;
        let is_last = calls.len() < PAGE;
        page.after = calls.last().map(|call| call.intent.id.clone());
        for call in calls {
            if let Some((_, task)) = call.intent.id.split_once('/') {
                attempts.insert(task.to_owned(), call.attempts);
            }
        }
        if is_last {
            return Ok(attempts);
        }
    }
}

/// Steps by task, in the order they began.
#[derive(Default)]
struct Steps(IndexMap<String, StepView>);

impl Steps {
    fn asked(&mut self, actions: &[Action], at_ms: u64) {
        for action in actions {
            match action {
                Action::Call { task, connection, operation, arguments, .. } => {
                    let on = format!("{connection}.{operation}");
                    self.begin(task, "call", on, Some(arguments), at_ms);
                }
                Action::Subscribe { subscription, connection, event } => {
                    let on = full_name(connection.as_deref(), event);
                    self.begin(subscription, "listen", on, None, at_ms);
                }
                Action::Ask { approval, title, .. } => {
                    self.begin(approval, "ask", title.clone(), None, at_ms);
                }
                Action::StartFlow { child, flow, input, wait, .. } => {
                    self.begin(child, "run", flow.clone(), Some(input), at_ms);
                    if !wait {
                        self.end(child, "done", at_ms);
                    }
                }
                Action::Emit { event, data, key } => {
                    let task = key.split_once('/').map_or(key.as_str(), |(_, task)| task);
                    self.begin(task, "emit", event.clone(), Some(data), at_ms);
                    self.end(task, "done", at_ms);
                }
                Action::SetTimer { timer, at_ms: until } => {
                    if let Some(task) = timer.strip_prefix("wait:") {
                        self.begin(task, "wait", until.to_string(), None, at_ms);
                    }
                }
                Action::Unsubscribe { subscription: task } | Action::WithdrawAsk { approval: task } => {
                    self.end_open(task, at_ms);
                }
                Action::DropTimer { timer } => {
                    if let Some(task) = timer.strip_prefix("wait:") {
                        self.end_open(task, at_ms);
                    }
                }
                Action::CancelCall { .. } | Action::CancelFlow { .. } | Action::End { .. } => {}
            }
        }
    }

    fn told(&mut self, what: &Happened, at_ms: u64) {
        match what {
            Happened::CallEnded { task, outcome } | Happened::Settled { task, outcome } => match outcome {
                CallOutcome::Done { result } => {
                    self.give(task, result);
                    self.end(task, "done", at_ms);
                }
                CallOutcome::Failed { fault } => self.fail(task, "failed", fault, Some(at_ms)),
                CallOutcome::Unknown { fault } => self.fail(task, "unknown", fault, None),
            },
            Happened::TimerFired { timer } => {
                if let Some(task) = timer.strip_prefix("wait:") {
                    self.end(task, "done", at_ms);
                }
            }
            // Whether it was meant shows by what the run does on it: it waits no longer.
            Happened::EventArrived { subscription, data } => self.give(subscription, data),
            Happened::FlowEnded { child, outcome } => match outcome {
                Outcome::Completed { output } => {
                    self.give(child, output);
                    self.end(child, "done", at_ms);
                }
                Outcome::Failed { fault, .. } | Outcome::Cancelled { fault, .. } => {
                    self.fail(child, "failed", fault, Some(at_ms));
                }
            },
            Happened::Answered { approval, by, role, verdict, comment } => {
                let answer = serde_json::json!({
                    "by": by, "role": role, "verdict": verdict, "comment": comment,
                });
                self.give(approval, &answer);
            }
            Happened::Cancel { .. } | Happened::Retry { .. } | Happened::Skip { .. } => {}
        }
    }

    fn begin(&mut self, task: &str, verb: &str, on: String, input: Option<&Value>, began_ms: u64) {
        let step = StepView {
            task: task.to_owned(),
            verb: verb.to_owned(),
            on,
            input: input.cloned(),
            output: None,
            state: "open".to_owned(),
            fault: None,
            attempts: None,
            began_ms,
            ended_ms: None,
        };
        self.0.insert(task.to_owned(), step);
    }

    fn give(&mut self, task: &str, output: &Value) {
        if let Some(step) = self.0.get_mut(task).filter(|step| step.ended_ms.is_none()) {
            step.output = Some(output.clone());
        }
    }

    fn end(&mut self, task: &str, state: &str, at_ms: u64) {
        if let Some(step) = self.0.get_mut(task).filter(|step| step.ended_ms.is_none()) {
            state.clone_into(&mut step.state);
            step.ended_ms = Some(at_ms);
            step.fault = None;
        }
    }

    /// It is waited for no longer: because it came, or because it is not needed.
    fn end_open(&mut self, task: &str, at_ms: u64) {
        let has_output = self.0.get(task).is_some_and(|step| step.output.is_some());
        self.end(task, if has_output { "done" } else { "dropped" }, at_ms);
    }

    fn fail(&mut self, task: &str, state: &str, fault: &FaultRecord, ended_ms: Option<u64>) {
        if let Some(step) = self.0.get_mut(task).filter(|step| step.ended_ms.is_none()) {
            state.clone_into(&mut step.state);
            step.fault = Some((fault.code.clone(), fault.message.clone()));
            step.ended_ms = ended_ms;
        }
    }

    fn parked(&mut self, task: &str, reason: &(String, String)) {
        if let Some(step) = self.0.get_mut(task).filter(|step| step.ended_ms.is_none()) {
            "parked".clone_into(&mut step.state);
            step.fault = Some(reason.clone());
        }
    }

    fn count(&mut self, attempts: &BTreeMap<String, u32>) {
        for (task, count) in attempts {
            if let Some(step) = self.0.get_mut(task) {
                step.attempts = Some(*count);
            }
        }
    }
}
