//! Tells a run what happens in words, and writes what it wants done in words: the form of the tests here.
//!
//! Said: `done TASK JSON`, `failed TASK CODE`, `lost TASK`, `settled TASK JSON`, `fired TIMER`, `at MS`,
//! `arrived NAME JSON`, `ended CHILD JSON`, `child-failed CHILD CODE`, `NAME approved TASK`,
//! `NAME refused TASK` (by role `lead`), `cancel`, `retry STEP`, `skip STEP`.

use std::sync::Arc;

use nave_flow::Flow;
use nave_flow::decide::{
    Action, CallOutcome, Event, FaultRecord, Happened, Limits, NotUndone, Outcome, Run, Start, Verdict,
    decide, start,
};
use serde_json::Value;

/// A run that is told things in words.
pub(crate) struct Teller<'a> {
    flow: &'a Flow,
    pub(crate) run: Run,
    at_ms: u64,
}

impl<'a> Teller<'a> {
    /// Starts a run; what it wants done at once.
    pub(crate) fn start(flow: &'a Flow, data: &Value) -> (Self, String) {
        Teller::start_within(flow, data, Limits::default())
    }

    pub(crate) fn start_within(flow: &'a Flow, data: &Value, limits: Limits) -> (Self, String) {
        let begin = Start { run: "r1".to_owned(), at_ms: 1000, data: Arc::new(data.clone()), limits };
        let (run, actions) = start(flow, begin).expect("a flow starts");
        (Teller { flow, run, at_ms: 1000 }, write(&actions))
    }

    /// Tells it one thing; what it wants done then.
    pub(crate) fn tell(&mut self, said: &str) -> String {
        if let Some(at_ms) = said.strip_prefix("at ") {
            self.at_ms = at_ms.parse().expect(at_ms);
            return String::new();
        }
        let before = self.run.clone();
        let event = Event { at_ms: self.at_ms, what: read(said) };
        match decide(self.flow, &mut self.run, &event) {
            Ok(actions) => write(&actions),
            Err(fault) => {
                assert_eq!(self.run, before, "a refused event changes nothing");
                format!("{}: {}", fault.code, fault.message)
            }
        }
    }
}

/// Tells a run one thing after the other, and compares what it wants done: at its start, and on each.
#[track_caller]
pub(crate) fn check(flow: &Flow, data: &Value, at_start: &str, told: &[(&str, &str)]) {
    let (mut teller, actions) = Teller::start(flow, data);
    assert_eq!(actions, at_start, "at the start");
    for (said, expected) in told {
        assert_eq!(teller.tell(said), *expected, "on `{said}`");
    }
}

fn read(said: &str) -> Happened {
    let (verb, rest) = said.split_once(' ').unwrap_or((said, ""));
    let (name, json) = rest.split_once(' ').unwrap_or((rest, "null"));
    let task = name.to_owned();
    let value = || Arc::new(serde_json::from_str::<Value>(json).expect(json));
    let fault = |code: &str| FaultRecord { code: code.to_owned(), ..plain_fault() };
    match verb {
        "done" => Happened::CallEnded { task, outcome: CallOutcome::Done { result: value() } },
        "failed" => Happened::CallEnded { task, outcome: CallOutcome::Failed { fault: fault(json) } },
        "lost" => Happened::CallEnded { task, outcome: CallOutcome::Unknown { fault: fault("E-TIMEOUT") } },
        "settled" => Happened::Settled { task, outcome: CallOutcome::Done { result: value() } },
        "fired" => Happened::TimerFired { timer: task },
        "arrived" => Happened::EventArrived { subscription: task, data: value() },
        "ended" => Happened::FlowEnded { child: task, outcome: Outcome::Completed { output: value() } },
        "child-failed" => {
            let outcome = Outcome::Failed { fault: fault(json), not_undone: Vec::new() };
            Happened::FlowEnded { child: task, outcome }
        }
        "cancel" => Happened::Cancel { by: "eva".to_owned(), reason: None },
        "retry" => Happened::Retry { step: task },
        "skip" => Happened::Skip { step: task },
        by => {
            let verdict = if name == "approved" { Verdict::Approved } else { Verdict::Refused };
            let (approval, role) = json.split_once(" as ").unwrap_or((json, "lead"));
            Happened::Answered {
                approval: approval.to_owned(),
                by: by.to_owned(),
                role: role.to_owned(),
                verdict,
                comment: None,
            }
        }
    }
}

fn plain_fault() -> FaultRecord {
    FaultRecord::new(nave_model::fault::codes::REJECTED, "no")
}

fn write(actions: &[Action]) -> String {
    let words: Vec<String> = actions.iter().map(word).collect();
    words.join("; ")
}

fn word(action: &Action) -> String {
    match action {
        Action::Call { task, connection, operation, arguments, key, .. } => {
            assert_eq!(*key, format!("r1/{task}"));
            format!("call {task} {connection}.{operation} {arguments}")
        }
        Action::CancelCall { task } => format!("give-up {task}"),
        Action::SetTimer { timer, at_ms } => format!("timer {timer} {at_ms}"),
        Action::DropTimer { timer } => format!("drop {timer}"),
        Action::Subscribe { subscription, connection, event } => {
            let connection =
                connection.as_ref().map(|connection| format!("{connection}.")).unwrap_or_default();
            format!("listen {subscription} {connection}{event}")
        }
        Action::Unsubscribe { subscription } => format!("unlisten {subscription}"),
        Action::StartFlow { child, flow, input, wait, .. } => {
            format!("{} {child} {flow} {input}", if *wait { "run" } else { "launch" })
        }
        Action::CancelFlow { child } => format!("cancel {child}"),
        Action::Ask { approval, roles, approvals, title, expires_at_ms, .. } => {
            let until = expires_at_ms.map(|at_ms| format!(" until {at_ms}")).unwrap_or_default();
            format!("ask {approval} {approvals} {} `{title}`{until}", roles.join(","))
        }
        Action::WithdrawAsk { approval } => format!("close {approval}"),
        Action::Emit { event, data, .. } => format!("emit {event} {data}"),
        Action::End { outcome } => end(outcome),
    }
}

fn end(outcome: &Outcome) -> String {
    let (word, fault, not_undone) = match outcome {
        Outcome::Completed { output } => return format!("completed {output}"),
        Outcome::Failed { fault, not_undone } => ("failed", fault, not_undone),
        Outcome::Cancelled { fault, not_undone } => ("cancelled", fault, not_undone),
    };
    let step = fault.step.as_ref().map(|step| format!(" at {step}")).unwrap_or_default();
    let lost = |lost: &NotUndone| format!(", {} not undone", lost.task);
    let lost: String = not_undone.iter().map(lost).collect();
    format!("{word} {}{step}{lost}", fault.code)
}
