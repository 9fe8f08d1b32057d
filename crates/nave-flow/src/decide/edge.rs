//! A run and its edge: where it begins, where a fault that nothing handled arrives, where all is undone,
//! and where it ends.

use std::sync::Arc;

use nave_model::Fault;
use nave_model::fault::codes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::Action;
use super::event::{Event, Happened, Limits, NotUndone, Outcome, Start};
use super::fault::{Failure, FaultRecord};
use super::open::{Awaited, Open};
use super::saga::{Effect, Unwind};
use super::scope::Scope;
use super::walk::{Begun, Ending, Heard, Signal, Tally, Walk, set_again};
use super::{block, route};
use crate::flow::Flow;

/// The name of the timer of the run's own time limit.
const TIMEOUT: &str = "run:timeout";

/// The state of a run. As JSON it is a snapshot: what is read back goes on exactly as before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    id: String,
    input: Arc<Value>,
    limits: Limits,
    tally: Tally,
    /// What was done and can be undone, outside of every `try`.
    effects: Vec<Effect>,
    body: Option<block::State>,
    phase: Phase,
    /// Whether the timer of its time limit runs.
    is_timed: bool,
    /// How often that timer was set.
    timers: u32,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// Its steps are taken.
    Running,
    /// A step failed with nothing to undo: a person may have it tried again.
    Held(Box<Outcome>),
    /// It was cancelled or is out of time, and waits for what is under way.
    Stopping(Failure),
    /// All it did is being undone.
    Undoing(Unwind, Failure),
    /// It ended.
    Ended(Box<Outcome>),
}

/// How far a run is, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its steps are taken.
    Running,
    /// It waits for somebody to settle a call whose outcome is unknown.
    Unknown,
    /// It will fail, and waits for what is under way.
    Stopping,
    /// All it did is being undone.
    Undoing,
    /// It ended as it should.
    Completed,
    /// It ended by a fault.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl Run {
    pub(super) fn start(flow: &Flow, start: Start) -> (Run, Vec<Action>) {
        let mut run = Run {
            id: start.run,
            input: start.data,
            limits: start.limits,
            tally: Tally::default(),
            effects: Vec::new(),
            body: None,
            phase: Phase::Running,
            is_timed: false,
            timers: 0,
        };
        let mut actions = Vec::new();
        let (begun, held) = run.walk(flow, start.at_ms, &mut actions, |_, walk| {
            block::begin(&flow.steps, &Scope::edge(flow.output.as_ref()), walk)
        });
        match begun {
            Begun::Ended(ending) => run.leave(flow, ending, start.at_ms, &mut actions),
            Begun::Waiting(body) => {
                run.body = Some(body);
                run.set_timer(flow, start.at_ms, &mut actions);
                run.hold(flow, held, start.at_ms, &mut actions);
            }
        }
        (run, actions)
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The trigger's data.
    pub fn input(&self) -> &Arc<Value> {
        &self.input
    }

    /// How it ended, once it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.phase {
            Phase::Held(outcome) | Phase::Ended(outcome) => Some(outcome),
            Phase::Running | Phase::Stopping(_) | Phase::Undoing(..) => None,
        }
    }

    /// How far it is.
    pub fn state(&self, flow: &Flow) -> State {
        if let Some(outcome) = self.outcome() {
            return match outcome {
                Outcome::Completed { .. } => State::Completed,
                Outcome::Failed { .. } => State::Failed,
                Outcome::Cancelled { .. } => State::Cancelled,
            };
        }
        if self.open(flow).iter().any(|open| matches!(open.what, Awaited::Settlement(_))) {
            return State::Unknown;
        }
        match &self.phase {
            Phase::Stopping(_) => State::Stopping,
            Phase::Undoing(..) => State::Undoing,
            Phase::Running | Phase::Held(_) | Phase::Ended(_) => State::Running,
        }
    }

    /// What it waits for: the tasks under way, in the flow's order.
    pub fn open(&self, flow: &Flow) -> Vec<Open> {
        let mut list = Vec::new();
        if let Some(body) = &self.body {
            body.open(&flow.steps, "", &mut list);
        }
        if let Phase::Undoing(unwind, _) = &self.phase {
            unwind.open(&mut list);
        }
        list
    }

    pub(super) fn decide(&mut self, flow: &Flow, event: &Event) -> Result<Vec<Action>, Fault> {
        let mut actions = Vec::new();
        match &event.what {
            Happened::Cancel { by, reason } => {
                self.halt(flow, cancelled(by, reason.as_deref()), event.at_ms, &mut actions);
            }
            Happened::TimerFired { timer } if timer.starts_with(TIMEOUT) => {
                if *timer == self.timer() && std::mem::take(&mut self.is_timed) {
                    self.halt(flow, timed_out(flow), event.at_ms, &mut actions);
                }
            }
            Happened::Retry { step } | Happened::Skip { step } => {
                self.decided(flow, step, event, &mut actions)?;
            }
            _ => {
                route::check_answer(flow, event)?;
                if !self.hear(flow, event, &mut actions) {
                    route::check(flow, event)?;
                }
            }
        }
        Ok(actions)
    }

    /// Runs a part of a decision.
    fn walk<T>(
        &mut self,
        flow: &Flow,
        at_ms: u64,
        actions: &mut Vec<Action>,
        part: impl FnOnce(&mut Option<block::State>, &mut Walk<'_>) -> T,
    ) -> (T, Option<Box<FaultRecord>>) {
        let (mut prefix, mut steps, mut held) = (String::new(), self.limits.steps, None);
        let mut walk = Walk {
            flow,
            run: &self.id,
            input: &self.input,
            shared_input: &self.input,
            limits: self.limits,
            at_ms,
            steps: &mut steps,
            tally: &mut self.tally,
            saga: &mut self.effects,
            actions,
            prefix: &mut prefix,
            attempt: 1,
            held: &mut held,
        };
        let outcome = part(&mut self.body, &mut walk);
        (outcome, held)
    }

    /// Hands an event to the task that it is for; false when none waits for it.
    fn hear(&mut self, flow: &Flow, event: &Event, actions: &mut Vec<Action>) -> bool {
        let mut answer = None;
        let Some(told) = route::route(event, &mut answer) else { return false };
        if matches!(self.phase, Phase::Held(_) | Phase::Ended(_)) {
            return false;
        }
        if let (Phase::Undoing(unwind, _), Signal::Undo(outcome)) = (&mut self.phase, told.1) {
            let mut unwind = std::mem::take(unwind);
            let (heard, _) =
                self.walk(flow, event.at_ms, actions, |_, walk| unwind.hear(told.0, outcome, walk));
            let Phase::Undoing(place, failure) = &mut self.phase else { return false };
            match heard {
                Some(true) => {
                    let failure = failure.clone();
                    self.end(failure, actions);
                }
                Some(false) | None => *place = unwind,
            }
            return heard.is_some();
        }
        let (heard, held) = self.walk(flow, event.at_ms, actions, |body, walk| match body {
            Some(body) => body.hear(&flow.steps, told, &Scope::edge(flow.output.as_ref()), walk),
            None => Heard::Elsewhere,
        });
        match heard {
            Heard::Elsewhere => return false,
            Heard::Waiting => self.hold(flow, held, event.at_ms, actions),
            Heard::Ended(ending) => self.leave(flow, ending, event.at_ms, actions),
        }
        true
    }

    /// Gives everything up, because the run is cancelled or out of time.
    fn halt(&mut self, flow: &Flow, failure: Failure, at_ms: u64, actions: &mut Vec<Action>) {
        if !matches!(self.phase, Phase::Running) {
            return;
        }
        self.phase = Phase::Stopping(failure);
        let (is_over, _) = self.walk(flow, at_ms, actions, |body, walk| {
            body.as_mut().is_none_or(|body| body.stop(&flow.steps, walk))
        });
        if is_over {
            self.leave(flow, Ending::Stopped, at_ms, actions);
        }
    }

    /// The steps are over: gives the output, or undoes everything.
    fn leave(&mut self, flow: &Flow, ending: Ending, at_ms: u64, actions: &mut Vec<Action>) {
        self.body = None;
        let failure = match (ending, &self.phase) {
            (_, Phase::Stopping(failure)) => failure.clone(),
            (Ending::Failed(failure), _) => failure,
            (Ending::Done(output), _) => {
                self.drop_timer(actions);
                self.effects.clear();
                self.tally.effects = 0;
                self.conclude(Outcome::Completed { output }, actions);
                return;
            }
            (Ending::Stopped, _) => {
                Failure::final_one(FaultRecord::new(codes::INTERNAL, "a run stopped without a reason"))
            }
        };
        self.drop_timer(actions);
        let effects = std::mem::take(&mut self.effects);
        match self.walk(flow, at_ms, actions, |_, walk| Unwind::begin(effects, walk)).0 {
            Some(unwind) => self.phase = Phase::Undoing(unwind, failure),
            None => self.end(failure, actions),
        }
    }

    /// The name of the timer of its time limit that was set last.
    fn timer(&self) -> String {
        let mut timer = TIMEOUT.to_owned();
        set_again(&mut timer, self.timers.saturating_sub(1));
        timer
    }

    fn set_timer(&mut self, flow: &Flow, at_ms: u64, actions: &mut Vec<Action>) {
        let Some(timeout_ms) = flow.timeout_ms else { return };
        self.is_timed = true;
        self.timers = self.timers.saturating_add(1);
        actions.push(Action::SetTimer { timer: self.timer(), at_ms: at_ms.saturating_add(timeout_ms) });
    }

    fn drop_timer(&mut self, actions: &mut Vec<Action>) {
        if std::mem::take(&mut self.is_timed) {
            actions.push(Action::DropTimer { timer: self.timer() });
        }
    }

    /// Ends with a fault, once everything is undone.
    fn end(&mut self, failure: Failure, actions: &mut Vec<Action>) {
        let not_undone = self.tally.not_undone.clone();
        let fault = *failure.fault;
        let outcome = if fault.code == codes::FLOW_CANCELLED.name && !failure.is_catchable {
            Outcome::Cancelled { fault, not_undone }
        } else {
            Outcome::Failed { fault, not_undone }
        };
        self.conclude(outcome, actions);
    }

    fn conclude(&mut self, outcome: Outcome, actions: &mut Vec<Action>) {
        self.phase = Phase::Ended(Box::new(outcome.clone()));
        actions.push(Action::End { outcome });
    }

    /// Ends for now, where a step failed that a person may have tried again.
    fn hold(&mut self, flow: &Flow, held: Option<Box<FaultRecord>>, at_ms: u64, actions: &mut Vec<Action>) {
        let Some(fault) = held else { return };
        self.drop_timer(actions);
        self.walk(flow, at_ms, actions, |body, walk| {
            if let Some(body) = body {
                body.limits(&flow.steps, false, walk);
            }
        });
        let outcome = Outcome::Failed { fault: *fault, not_undone: Vec::new() };
        self.phase = Phase::Held(Box::new(outcome.clone()));
        actions.push(Action::End { outcome });
    }

    /// A person decided about a failed step, or about an undo that failed.
    fn decided(
        &mut self,
        flow: &Flow,
        step: &str,
        event: &Event,
        actions: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        if let (Some(task), Phase::Ended(_)) = (step.strip_prefix("undo:"), &self.phase) {
            return self.undo_again(flow, task, event, actions);
        }
        let is_held = match &self.phase {
            Phase::Held(outcome) => {
                matches!(&**outcome, Outcome::Failed { fault, .. } if fault.step.as_deref() == Some(step))
            }
            Phase::Running | Phase::Stopping(_) | Phase::Undoing(..) | Phase::Ended(_) => false,
        };
        if !is_held {
            let message = format!("the run did not stop at `{step}` with nothing to undo");
            let hint = "start a new run with the same data instead";
            return Err(Fault::new(codes::CONFLICT, message).with_hint(hint));
        }
        self.phase = Phase::Running;
        self.walk(flow, event.at_ms, actions, |body, walk| {
            if let Some(body) = body {
                body.limits(&flow.steps, true, walk);
            }
        });
        self.set_timer(flow, event.at_ms, actions);
        self.hear(flow, event, actions);
        Ok(())
    }

    /// Tries an undo again that failed, or strikes it off.
    fn undo_again(
        &mut self,
        flow: &Flow,
        task: &str,
        event: &Event,
        actions: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        let failure = match &self.phase {
            Phase::Ended(outcome) => match outcome.as_ref() {
                Outcome::Failed { fault, .. } => Some(Failure::spent(fault.clone())),
                Outcome::Cancelled { fault, .. } => Some(Failure::final_one(fault.clone())),
                Outcome::Completed { .. } => None,
            },
            _ => None,
        };
        let place = self.tally.not_undone.iter().position(|lost| lost.task == task);
        let (Some(failure), Some(place)) = (failure, place) else {
            let message = format!("the undo of `{task}` did not fail");
            return Err(Fault::new(codes::CONFLICT, message));
        };
        let lost: NotUndone = self.tally.not_undone.remove(place);
        if matches!(event.what, Happened::Skip { .. }) {
            self.end(failure, actions);
            return Ok(());
        }
        match self.walk(flow, event.at_ms, actions, |_, walk| Unwind::again(lost, walk)).0 {
            Some(unwind) => self.phase = Phase::Undoing(unwind, failure),
            None => self.end(failure, actions),
        }
        Ok(())
    }
}

fn cancelled(by: &str, reason: Option<&str>) -> Failure {
    let mut message = format!("{by} cancelled the run");
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        message.push_str(": ");
        message.push_str(reason);
    }
    Failure::final_one(FaultRecord::new(codes::FLOW_CANCELLED, message))
}

fn timed_out(flow: &Flow) -> Failure {
    let limit_ms = flow.timeout_ms.unwrap_or_default();
    let message = format!("the run took longer than its time limit of {limit_ms} ms");
    Failure::final_one(FaultRecord::new(codes::FLOW_TIMEOUT, message))
}
