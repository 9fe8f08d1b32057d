//! The generic check that every flow must pass: crashed after each step, each event and each action
//! repeated, each step failed, lost and cancelled, it must come to the same end, do nothing twice, and undo
//! what it did once each in reverse order. What the world answers is given; nothing is really done.

use std::sync::Arc;

use nave_model::Fault;
use nave_model::fault::codes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::decide::{
    self, Action, CallOutcome, Event, FaultRecord, Happened, Limits, Outcome, Run, Start, Verdict, decide,
};
use crate::flow::Flow;

mod ledger;
mod world;

use world::{Dice, Order, Trace, World};

/// What answers a flow's calls, subscriptions, questions and children.
///
/// It is given such an action and says what happens on it, in its order; the same for the same action.
/// Nothing: that never ends, and only a time limit can help. Timers need no answer: they fire when nothing
/// else happens. [`well`] is one to begin with.
pub type Answers<'a> = &'a dyn Fn(&Action) -> Vec<Happened>;

/// What the check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many runs were taken to their end.
    pub runs: u32,
    /// How many events they were told.
    pub events: u64,
    /// What is wrong, in sentences; empty: the flow passed.
    pub violations: Vec<String>,
}

/// How a flow ends when nothing goes wrong, and all it does on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// How it ended; `None`: it waits for something that never comes.
    pub outcome: Option<Outcome>,
    /// What it wanted done, in its order.
    pub actions: Vec<Action>,
    /// What it was told, in its order.
    pub events: Vec<Event>,
}

/// Answers with which everything goes well: calls and child runs give `{"id": their name}`, events hold
/// nothing but null, and as many people as needed approve.
pub fn well(action: &Action) -> Vec<Happened> {
    let named = |task: &String| {
        let mut members = Map::new();
        members.insert("id".to_owned(), Value::String(task.clone()));
        Arc::new(Value::Object(members))
    };
    match action {
        Action::Call { task, .. } => {
            let outcome = CallOutcome::Done { result: named(task) };
            vec![Happened::CallEnded { task: task.clone(), outcome }]
        }
        Action::Subscribe { subscription, .. } => {
            vec![Happened::EventArrived { subscription: subscription.clone(), data: Arc::default() }]
        }
        Action::StartFlow { child, wait: true, .. } => {
            let outcome = Outcome::Completed { output: named(child) };
            vec![Happened::FlowEnded { child: child.clone(), outcome }]
        }
        Action::Ask { approval, roles, approvals, .. } => {
            let role = roles.first().cloned().unwrap_or_default();
            let answer = |person: u32| Happened::Answered {
                approval: approval.clone(),
                by: format!("person {person}"),
                role: role.clone(),
                verdict: Verdict::Approved,
                comment: None,
            };
            (1..=*approvals).map(answer).collect()
        }
        Action::StartFlow { .. }
        | Action::CancelCall { .. }
        | Action::CancelFlow { .. }
        | Action::SetTimer { .. }
        | Action::DropTimer { .. }
        | Action::Unsubscribe { .. }
        | Action::WithdrawAsk { .. }
        | Action::Emit { .. }
        | Action::End { .. } => Vec::new(),
    }
}

/// Runs a flow to its end.
pub fn passage(flow: &Flow, data: &Value, answers: Answers<'_>) -> Passage {
    let mut check = Check::new(flow, data, answers, &Real);
    let trace = check.run(Order::Oldest, &Disturbance::None);
    let outcome = trace.run.and_then(|run| run.outcome().cloned());
    Passage { outcome, actions: trace.actions.concat(), events: trace.events }
}

/// Checks a flow with one sort of data.
pub fn exercise(flow: &Flow, data: &Value, answers: Answers<'_>) -> Report {
    exercise_with(flow, data, answers, &Real)
}

/// Takes a flow to its end once, with the answers in an order drawn from a seed, and with crashes, repeated
/// events and actions on the way; for every fourth seed it is cancelled, and where it failed people have
/// steps and undos tried again or skipped.
pub fn shuffled(flow: &Flow, data: &Value, answers: Answers<'_>, seed: u64) -> Report {
    let mut check = Check::new(flow, data, answers, &Real);
    check.run(Order::Shuffled(seed), &Disturbance::Mixed(seed));
    check.report
}

/// What decides; another one than the real one shows that the check bites.
trait Decider {
    fn start(&self, flow: &Flow, start: Start) -> Result<(Run, Vec<Action>), Fault>;
    fn decide(&self, flow: &Flow, run: &mut Run, event: &Event) -> Result<Vec<Action>, Fault>;
}

struct Real;

impl Decider for Real {
    fn start(&self, flow: &Flow, start: Start) -> Result<(Run, Vec<Action>), Fault> {
        decide::start(flow, start)
    }

    fn decide(&self, flow: &Flow, run: &mut Run, event: &Event) -> Result<Vec<Action>, Fault> {
        decide(flow, run, event)
    }
}

fn exercise_with(flow: &Flow, data: &Value, answers: Answers<'_>, decider: &dyn Decider) -> Report {
    let mut check = Check::new(flow, data, answers, decider);
    for order in [Order::Oldest, Order::Newest] {
        check.order(order);
    }
    check.report.violations.sort();
    check.report.violations.dedup();
    check.report
}

/// What is done to a run to see whether it minds.
#[derive(Debug, Clone, PartialEq)]
enum Disturbance {
    /// Nothing.
    None,
    /// After this many events the run is forgotten and read back.
    Crash(usize),
    /// After this many events its actions are done a second time.
    Redo(usize),
    /// Every event comes twice.
    Repeat,
    /// This call is provably not done, and this undo fails too.
    Fail(String, Option<String>),
    /// Nobody knows about this call; later it turns out that it was done.
    Lose(String),
    /// After this many events it is cancelled.
    Cancel(usize),
    /// Some of these, drawn from a seed.
    Mixed(u64),
}

impl Disturbance {
    /// Whether it comes to this now.
    fn strikes(&self, now: &Disturbance) -> bool {
        match (self, now) {
            (Disturbance::Mixed(_), Disturbance::Repeat) => true,
            (Disturbance::Mixed(seed), Disturbance::Crash(told) | Disturbance::Redo(told)) => {
                Dice::new(seed.wrapping_add(u64::try_from(*told).unwrap_or_default())).roll(8) == 0
            }
            (Disturbance::Mixed(seed), Disturbance::Cancel(told)) => {
                seed.is_multiple_of(4) && Dice::new(*seed).roll(12) == *told
            }
            (same, now) => same == now,
        }
    }
}

/// A check under way.
struct Check<'a> {
    flow: &'a Flow,
    data: Arc<Value>,
    answers: Answers<'a>,
    decider: &'a dyn Decider,
    report: Report,
}

impl<'a> Check<'a> {
    fn new(flow: &'a Flow, data: &Value, answers: Answers<'a>, decider: &'a dyn Decider) -> Self {
        Check { flow, data: Arc::new(data.clone()), answers, decider, report: Report::default() }
    }

    /// Everything, with answers coming in one order.
    fn order(&mut self, order: Order) {
        let plain = self.run(order, &Disturbance::None);
        let steps = plain.events.len();
        for step in 0..=steps {
            for disturbance in [Disturbance::Crash(step), Disturbance::Redo(step)] {
                let disturbed = self.run(order, &disturbance);
                self.same(&plain, &disturbed, &disturbance);
            }
        }
        let repeated = self.run(order, &Disturbance::Repeat);
        self.same(&plain, &repeated, &Disturbance::Repeat);
        for step in 0..=steps {
            let cancelled = self.run(order, &Disturbance::Cancel(step));
            if step < steps
                && !matches!(cancelled.outcome(), Some(Outcome::Cancelled { .. } | Outcome::Failed { .. }))
            {
                let said = format!("cancelled after {step} events, it ends {:?}", cancelled.outcome());
                self.report.violations.push(said);
            }
        }
        for task in plain.calls() {
            let lost = self.run(order, &Disturbance::Lose(task.clone()));
            if lost.outcome() != plain.outcome() {
                self.violation(&Disturbance::Lose(task.clone()), "it ends otherwise than undisturbed");
            }
            let failed = self.run(order, &Disturbance::Fail(task.clone(), None));
            for undo in failed.undos() {
                self.run(order, &Disturbance::Fail(task.clone(), Some(undo)));
            }
        }
    }

    /// One run to its end, with the rules that hold whatever happens.
    fn run(&mut self, order: Order, disturbance: &Disturbance) -> Trace {
        let mut trace = Trace::default();
        let mut world = World::new(self.answers, order, disturbance);
        let start = Start {
            run: "run".to_owned(),
            at_ms: 0,
            data: Arc::clone(&self.data),
            limits: Limits::default(),
        };
        let begun = self.decider.start(self.flow, start.clone());
        match begun {
            Err(fault) => self.violation(disturbance, &format!("it does not start: {fault}")),
            Ok((run, actions)) => self.go_on(run, actions, &mut world, (&start, disturbance), &mut trace),
        }
        self.report.runs += 1;
        self.report.events += u64::try_from(trace.events.len()).unwrap_or(u64::MAX);
        for said in ledger::check(self.flow, &trace) {
            self.violation(disturbance, &said);
        }
        trace
    }

    fn go_on(
        &mut self,
        mut run: Run,
        mut actions: Vec<Action>,
        world: &mut World<'_>,
        given: (&Start, &Disturbance),
        trace: &mut Trace,
    ) {
        let (start, disturbance) = given;
        loop {
            let told = trace.events.len();
            world.perform(&actions);
            if disturbance.strikes(&Disturbance::Redo(told)) {
                world.perform(&actions);
            }
            trace.actions.push(actions);
            if disturbance.strikes(&Disturbance::Crash(told)) {
                run = self.crash(run, start, trace, disturbance);
            }
            let next = world.next(told, run.outcome().is_some());
            let Some(event) = next.or_else(|| world.decide(run.outcome())) else { break };
            actions = match self.decider.decide(self.flow, &mut run, &event) {
                Ok(actions) => actions,
                // Not every failed run can go on.
                Err(_) if matches!(event.what, Happened::Retry { .. } | Happened::Skip { .. }) => break,
                Err(fault) => {
                    self.violation(disturbance, &format!("it does not take {:?}: {fault}", event.what));
                    break;
                }
            };
            if disturbance.strikes(&Disturbance::Repeat) && is_repeatable(&event) {
                self.repeat(&mut run, &event, disturbance);
            }
            trace.events.push(event);
        }
        if run.outcome().is_none() {
            self.violation(disturbance, &format!("it waits for ever for {:?}", run.open(self.flow)));
        }
        trace.run = Some(run);
    }

    /// Forgets a run and reads it back: from a snapshot, and from its journal; both must give what it was.
    fn crash(&mut self, run: Run, start: &Start, trace: &Trace, disturbance: &Disturbance) -> Run {
        match self.replay(start, trace) {
            Ok((again, actions)) => {
                if again != run {
                    self.violation(disturbance, "its journal gives another state");
                }
                if actions != trace.actions {
                    self.violation(disturbance, "its journal gives other actions");
                }
            }
            Err(fault) => self.violation(disturbance, &format!("its journal cannot be replayed: {fault}")),
        }
        for (what, is_same) in [
            ("journal is", read_back(&trace.events).as_ref() == Some(&trace.events)),
            ("actions are", read_back(&trace.actions).as_ref() == Some(&trace.actions)),
        ] {
            if !is_same {
                self.violation(disturbance, &format!("its {what} read otherwise than written"));
            }
        }
        match read_back(&run) {
            Some(again) if again == run => again,
            _ => {
                self.violation(disturbance, "its snapshot gives another state");
                run
            }
        }
    }

    fn replay(&self, start: &Start, trace: &Trace) -> Result<(Run, Vec<Vec<Action>>), Fault> {
        let (mut run, actions) = self.decider.start(self.flow, start.clone())?;
        let mut all = vec![actions];
        for event in &trace.events {
            all.push(self.decider.decide(self.flow, &mut run, event)?);
        }
        Ok((run, all))
    }

    /// Tells an event a second time: nothing may come of it.
    fn repeat(&mut self, run: &mut Run, event: &Event, disturbance: &Disturbance) {
        let before = run.clone();
        match self.decider.decide(self.flow, run, event) {
            Ok(actions) if actions.is_empty() && *run == before => {}
            Ok(_) => self.violation(disturbance, &format!("{:?} counts twice", event.what)),
            Err(fault) => {
                self.violation(disturbance, &format!("the second {:?} is a fault: {fault}", event.what));
            }
        }
    }

    /// A disturbance that must not show: the same end, and each thing done once.
    fn same(&mut self, plain: &Trace, disturbed: &Trace, disturbance: &Disturbance) {
        if plain.outcome() != disturbed.outcome() {
            self.violation(disturbance, "it ends otherwise than undisturbed");
        }
        if plain.done() != disturbed.done() {
            self.violation(disturbance, "it does otherwise than undisturbed");
        }
    }

    fn violation(&mut self, disturbance: &Disturbance, said: &str) {
        self.report.violations.push(match disturbance {
            Disturbance::None => said.to_owned(),
            Disturbance::Crash(step) => format!("crashed after {step} events: {said}"),
            Disturbance::Redo(step) => format!("actions done again after {step} events: {said}"),
            Disturbance::Repeat => format!("every event told twice: {said}"),
            Disturbance::Fail(task, None) => format!("`{task}` failed: {said}"),
            Disturbance::Fail(task, Some(undo)) => format!("`{task}` and `{undo}` failed: {said}"),
            Disturbance::Lose(task) => format!("the outcome of `{task}` unknown: {said}"),
            Disturbance::Cancel(step) => format!("cancelled after {step} events: {said}"),
            Disturbance::Mixed(seed) => format!("seed {seed}: {said}"),
        });
    }
}

/// Whether an event may come twice without anybody minding: a person is told that it is too late.
fn is_repeatable(event: &Event) -> bool {
    !matches!(event.what, Happened::Retry { .. } | Happened::Skip { .. })
}

/// What a text of it is read as.
fn read_back<T: Serialize + DeserializeOwned>(written: &T) -> Option<T> {
    serde_json::from_str(&serde_json::to_string(written).ok()?).ok()
}

/// What a call that is failed on purpose ends with.
fn failed() -> CallOutcome {
    CallOutcome::Failed { fault: FaultRecord::new(codes::REJECTED, "failed on purpose") }
}

#[cfg(test)]
mod tests;
