//! What a replay takes from the run before: results of the steps that are not run again, and which
//! idempotency keys still stand for what is meant. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nave_flow::Flow;
use nave_flow::decide::{self, Action, CallOutcome, Event, Happened, Limits, Outcome, Start};
use nave_flow::flow::Block;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_store::record::{Phase, RunRecord};
use serde_json::Value;

use crate::run::{Keep, guarded};
use crate::shared::Shared;
use crate::written::{Line, Replay, from_bytes};

/// A run that ended, as its journal tells it.
pub(crate) struct Past {
    pub(crate) record: RunRecord,
    pub(crate) data: Arc<Value>,
    /// The run that idempotency keys are made of.
    base: String,
    /// What tasks were told, by their names without the number of the attempt, in the order of the journal.
    results: BTreeMap<String, (usize, Vec<Happened>)>,
    /// What has to be put behind the key of a task so that it stands for what was done.
    done: BTreeMap<String, String>,
    /// Tasks that provably failed, or were undone, and undos that were tried: their keys are used up.
    spent: BTreeSet<String>,
    undone: BTreeSet<String>,
}

impl Past {
    /// Reads a run.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: it has not ended.
    pub(crate) async fn read(shared: &Shared, run: &str) -> Result<Past, Fault> {
        let Some(record) = shared.store.run(run.to_owned()).await? else {
            return Err(Fault::new(codes::RUN_UNKNOWN, format!("there is no run `{run}`")));
        };
        if record.phase != Phase::Ended {
            let message = format!("the run `{run}` has not ended");
            return Err(Fault::new(codes::CONFLICT, message).with_hint("cancel it first"));
        }
        let flow = shared.definition(&record.definition).await?;
        let mut past = Past {
            record,
            data: Arc::default(),
            base: run.to_owned(),
            results: BTreeMap::new(),
            done: BTreeMap::new(),
            spent: BTreeSet::new(),
            undone: BTreeSet::new(),
        };
        let mut keep = Keep::default();
        for (number, entry) in shared.store.journal(run.to_owned(), 0).await?.into_iter().enumerate() {
            let line: Line = from_bytes("a line of a run's journal", &entry.bytes)?;
            if let Line::Start { start, .. } = &line {
                past.data = Arc::clone(&start.data);
                past.base.clone_from(&start.run);
            }
            let told = match &line {
                Line::Told { what, .. } => Some(what.clone()),
                _ => None,
            };
            let actions = keep.read(&flow, line, entry.at_ms)?;
            if let Some(told) = told {
                past.take(number, &told, &actions, &keep.keys);
            }
        }
        Ok(past)
    }

    fn take(&mut self, number: usize, told: &Happened, actions: &[Action], keys: &BTreeMap<String, String>) {
        match told {
            Happened::CallEnded { task, outcome } | Happened::Settled { task, outcome } => {
                let (name, attempt) = without_attempt(task);
                let name = name.to_owned();
                if let Some(undone) = name.strip_prefix("undo:") {
                    if matches!(outcome, CallOutcome::Done { .. }) {
                        self.undone.insert(undone.to_owned());
                        self.spent.insert(undone.to_owned());
                    }
                    self.spent.insert(name);
                    return;
                }
                match outcome {
                    CallOutcome::Done { .. } => {
                        let behind = keys.get(task).map_or("", String::as_str);
                        self.done.insert(name.clone(), format!("{attempt}{behind}"));
                        self.spent.remove(&name);
                        let what = Happened::CallEnded { task: name.clone(), outcome: outcome.clone() };
                        self.results.insert(name, (number, vec![what]));
                    }
                    CallOutcome::Failed { .. } => {
                        self.spent.insert(name);
                    }
                    CallOutcome::Unknown { .. } => {}
                }
            }
            Happened::TimerFired { timer } => {
                if let Some(task) = timer.strip_prefix("wait:") {
                    self.results.insert(task.to_owned(), (number, vec![told.clone()]));
                }
            }
            Happened::EventArrived { subscription, .. } => {
                let is_taken = actions.iter().any(
                    |action| matches!(action, Action::Unsubscribe { subscription: name } if name == subscription),
                );
                if is_taken {
                    self.results.insert(subscription.clone(), (number, vec![told.clone()]));
                }
            }
            Happened::FlowEnded { child, outcome } => {
                if matches!(outcome, Outcome::Completed { .. }) {
                    self.results.insert(child.clone(), (number, vec![told.clone()]));
                }
            }
            Happened::Answered { approval, .. } => {
                let entry = self.results.entry(approval.clone()).or_default();
                entry.0 = number;
                entry.1.push(told.clone());
            }
            Happened::Cancel { .. } | Happened::Retry { .. } | Happened::Skip { .. } => {}
        }
    }

    /// What the new run takes from this one: it keeps what the steps before `from` gave.
    ///
    /// # Errors
    /// `E-CONFLICT`: a step before `from` has no result, or was undone; there is no step `from`.
    pub(crate) fn replay(
        &self,
        flow: &Flow,
        run: &str,
        from: Option<&str>,
        now_ms: u64,
    ) -> Result<Replay, Fault> {
        let order = Order::of(flow);
        let told = match from {
            None => Vec::new(),
            Some(from) if order.place(step_of(from)).is_none() => {
                let message = format!("the flow `{}` has no step `{from}`", flow.name);
                let names: Vec<&str> = order.0.keys().map(String::as_str).collect();
                let hint = did_you_mean(from, names.iter().copied());
                let hint = hint.unwrap_or_else(|| format!("its steps are `{}`", names.join("`, `")));
                return Err(Fault::new(codes::CONFLICT, message).with_hint(hint));
            }
            Some(from) => self.kept(flow, &order, from, now_ms)?,
        };
        let mut keys: BTreeMap<String, String> =
            self.done.iter().filter(|(_, behind)| !behind.is_empty()).map(owned).collect();
        keys.extend(self.spent.iter().map(|task| (task.clone(), format!("@{run}"))));
        Ok(Replay { of: self.record.id.clone(), base: self.base.clone(), keys, told })
    }

    /// The events that take the new run to `from`, in the order they had.
    fn kept(&self, flow: &Flow, order: &Order, from: &str, now_ms: u64) -> Result<Vec<Happened>, Fault> {
        let data = Arc::clone(&self.data);
        let start = Start { run: self.base.clone(), at_ms: now_ms, data, limits: Limits::default() };
        let (mut run, mut actions) = guarded(|| decide::start(flow, start))?;
        let mut waiting: BTreeMap<usize, &Vec<Happened>> = BTreeMap::new();
        let mut told = Vec::new();
        loop {
            for action in &actions {
                let (name, must) = match action {
                    Action::Call { task: name, .. }
                    | Action::Subscribe { subscription: name, .. }
                    | Action::StartFlow { child: name, wait: true, .. }
                    | Action::Ask { approval: name, .. } => (name.as_str(), true),
                    Action::SetTimer { timer, .. } => match timer.strip_prefix("wait:") {
                        Some(name) => (name, false),
                        None => continue,
                    },
                    _ => continue,
                };
                if name.starts_with("undo:") || !order.is_before(name, from) {
                    continue;
                }
                match self.results.get(name) {
                    Some(_) if self.undone.contains(name) => {
                        let message = format!("what the step `{name}` did was undone");
                        let hint = format!("replay from `{name}`, or from the beginning");
                        return Err(Fault::new(codes::CONFLICT, message).with_hint(hint));
                    }
                    Some((number, events)) => {
                        waiting.insert(*number, events);
                    }
                    None if must => {
                        let message = format!("the step `{name}` before `{from}` has no result");
                        let hint = format!("replay from `{name}`, or from the beginning");
                        return Err(Fault::new(codes::CONFLICT, message).with_hint(hint));
                    }
                    None => {}
                }
            }
            let Some((_, events)) = waiting.pop_first() else { return Ok(told) };
            actions.clear();
            for what in events {
                let event = Event { at_ms: now_ms, what: what.clone() };
                actions.extend(guarded(|| decide::decide(flow, &mut run, &event))?);
                told.push(what.clone());
            }
        }
    }
}

fn owned((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

/// A task's name without the number of the attempt, and that number with its mark.
fn without_attempt(task: &str) -> (&str, &str) {
    match task.rfind('#').and_then(|place| task.split_at_checked(place)) {
        Some((name, attempt)) => (name, attempt),
        None => (task, ""),
    }
}

/// The step alone: `charge` of `lines[3]/charge#2`.
fn step_of(task: &str) -> &str {
    let step = task.rsplit('/').next().unwrap_or(task);
    step.split(['#', '~']).next().unwrap_or(step)
}

/// The order in which the steps of a flow stand.
struct Order(BTreeMap<String, usize>);

impl Order {
    fn of(flow: &Flow) -> Order {
        fn number(block: &Block, places: &mut BTreeMap<String, usize>) {
            for step in &block.steps {
                places.insert(step.name.clone(), places.len());
                for inner in step.blocks() {
                    number(inner, places);
                }
            }
        }
        let mut places = BTreeMap::new();
        number(&flow.steps, &mut places);
        Order(places)
    }

    fn place(&self, step: &str) -> Option<usize> {
        self.0.get(step).copied()
    }

    /// Whether a task comes before another: rounds count where both name them.
    fn is_before(&self, task: &str, other: &str) -> bool {
        if !other.contains('/') {
            return self.place(step_of(task)) < self.place(step_of(other));
        }
        let path = |name: &str| -> Vec<(Option<usize>, u32)> {
            name.split('/')
                .map(|part| {
                    let (step, round) = part.split_once('[').unwrap_or((part, ""));
                    (self.place(step_of(step)), round.trim_end_matches(']').parse().unwrap_or_default())
                })
                .collect()
        };
        path(task) < path(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "
flow: order
trigger: manual
steps:
  - first: set
    value: 1
  - lines: for
    in: .lines
    as: line
    steps:
      - stock: set
        value: 1
      - charge: set
        value: 1
  - last: set
    value: 1
";

    #[track_caller]
    fn check(task: &str, other: &str, is_before: bool) {
        let flow = nave_flow::read("flows/order.yaml", FLOW.as_bytes()).flow.unwrap();
        assert_eq!(Order::of(&flow).is_before(task, other), is_before, "{task} before {other}");
    }

    #[test]
    fn steps_stand_in_the_order_of_the_file() {
        check("first", "last", true);
        check("last", "last", false);
        check("lines[7]/stock", "charge", true);
        check("lines[7]/charge", "charge", false);
        check("lines[2]/charge", "lines[3]/stock", true);
        check("lines[3]/stock", "lines[3]/charge", true);
        check("lines[10]/stock", "lines[9]/charge", false);
        check("last", "lines[0]/stock", false);
    }

    #[test]
    fn attempts_are_taken_off_names() {
        assert_eq!(without_attempt("lines[3]/charge#2"), ("lines[3]/charge", "#2"));
        assert_eq!(without_attempt("charge"), ("charge", ""));
    }
}
