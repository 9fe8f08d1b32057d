//! Rules about what a run did, told from its events and actions alone, without a look at how it decided:
//! nothing is asked for twice, nothing is undone that did not happen, and undoing follows completion.

use std::collections::{BTreeMap, BTreeSet};

use super::world::Trace;
use crate::decide::{Action, CallOutcome, Happened, Outcome, Verdict};
use crate::flow::{Block, Flow, Step, Verb};

/// What breaks the rules.
pub(super) fn check(flow: &Flow, trace: &Trace) -> Vec<String> {
    let mut ledger = Ledger::new(flow);
    let mut events = trace.events.iter();
    for actions in &trace.actions {
        for action in actions {
            ledger.acted(action);
        }
        if let Some(event) = events.next() {
            ledger.happened(&event.what);
        }
    }
    if let Some(outcome) = trace.outcome() {
        ledger.ended(outcome);
    }
    ledger.violations
}

/// What is known while a trace is read.
struct Ledger<'a> {
    flow: &'a Flow,
    places: BTreeMap<&'a str, Place>,
    asked: BTreeSet<String>,
    /// Calls under way.
    open: BTreeSet<String>,
    /// Steps with an undo that completed and were not undone, the last one last.
    completed: Vec<String>,
    undone: BTreeSet<String>,
    /// Steps whose undo failed.
    lost: BTreeSet<String>,
    /// Undos that came before that of something done later, with that.
    disorder: Vec<(String, String)>,
    has_ended: bool,
    violations: Vec<String>,
}

impl<'a> Ledger<'a> {
    fn new(flow: &'a Flow) -> Self {
        Ledger {
            flow,
            places: places(flow),
            asked: BTreeSet::new(),
            open: BTreeSet::new(),
            completed: Vec::new(),
            undone: BTreeSet::new(),
            lost: BTreeSet::new(),
            disorder: Vec::new(),
            has_ended: false,
            violations: Vec::new(),
        }
    }

    fn acted(&mut self, action: &Action) {
        if self.has_ended {
            self.violations.push(format!("after its end it wants {action:?}"));
        }
        let (sort, name) = match action {
            Action::Call { task, .. } => ("call", task),
            Action::SetTimer { timer, .. } => ("timer", timer),
            Action::Subscribe { subscription, .. } => ("subscription", subscription),
            Action::StartFlow { child, .. } => ("run", child),
            Action::Ask { approval, .. } => ("question", approval),
            Action::Emit { key, .. } => ("event", key),
            Action::End { .. } => {
                self.has_ended = true;
                return;
            }
            Action::CancelCall { .. }
            | Action::DropTimer { .. }
            | Action::Unsubscribe { .. }
            | Action::CancelFlow { .. }
            | Action::WithdrawAsk { .. } => return,
        };
        if !self.asked.insert(format!("{sort} {name}")) {
            self.violations.push(format!("the {sort} `{name}` is asked for twice"));
        }
        if sort == "call" {
            self.open.insert(name.clone());
            if let Some(task) = name.strip_prefix("undo:") {
                self.undoes(without_attempt(task));
            } else {
                self.begins(name);
            }
        }
    }

    /// A call of a handler begins: what the body did is undone.
    fn begins(&mut self, task: &str) {
        let Some(place) = self.places.get(step_name(task)) else { return };
        for body in place.handled.iter().map(|body| body.of(task)) {
            if let Some(left) = self.completed.iter().find(|other| self.is_within(other, &body)) {
                self.violations.push(format!("`{task}` begins before `{left}` is undone"));
                return;
            }
        }
    }

    /// An undo begins: of something completed, before everything that was done earlier in the same scope
    /// or a scope inside it, while nothing there is under way.
    fn undoes(&mut self, task: &str) {
        let Some(place) = self.places.get(step_name(task)) else { return };
        let Some(scope) = place.scopes.last().map(|scope| scope.of(task)) else { return };
        if self.can_see(task) && !self.lost.contains(task) {
            match self.completed.iter().rev().find(|other| self.is_within(other, &scope)) {
                Some(last) if last != task => self.disorder.push((task.to_owned(), last.clone())),
                Some(_) | None => {}
            }
            if !self.completed.iter().any(|other| other == task) {
                self.violations.push(format!("`{task}` is undone and was not done"));
            }
        }
        let mut running = self.open.iter().filter(|open| !open.starts_with("undo:"));
        if let Some(open) = running.find(|open| self.is_within(open, &scope)) {
            self.violations.push(format!("`{task}` is undone while `{open}` is under way"));
        }
    }

    /// Whether a task stands in a scope, or in one inside it.
    fn is_within(&self, task: &str, scope: &str) -> bool {
        let place = self.places.get(step_name(task));
        place.is_some_and(|place| place.scopes.iter().any(|around| around.of(task) == scope))
    }

    /// Whether the completion of a task shows in the events.
    fn can_see(&self, task: &str) -> bool {
        self.flow.step(step_name(task)).is_some_and(|step| {
            matches!(step.verb, Verb::Call(_) | Verb::Run { wait: true, .. })
                || matches!(&step.verb, Verb::Ask(ask) if ask.approvals <= 1)
        })
    }

    fn happened(&mut self, what: &Happened) {
        let completed = match what {
            Happened::CallEnded { task, outcome } | Happened::Settled { task, outcome } => {
                if matches!(outcome, CallOutcome::Unknown { .. }) {
                    return;
                }
                let was_open = self.open.remove(task);
                let task = without_attempt(task);
                let is_done = was_open && matches!(outcome, CallOutcome::Done { .. });
                if let (true, Some(undone)) = (was_open, task.strip_prefix("undo:")) {
                    self.undo_ended(undone, is_done);
                    return;
                }
                if !is_done {
                    return;
                }
                task
            }
            Happened::FlowEnded { child, outcome: Outcome::Completed { .. } } => without_attempt(child),
            Happened::Answered { approval, verdict: Verdict::Approved, .. } => without_attempt(approval),
            Happened::Retry { .. } => {
                self.has_ended = false;
                return;
            }
            Happened::Skip { step } => {
                self.has_ended = false;
                let task = step.strip_prefix("undo:").unwrap_or_default();
                self.lost.remove(task);
                self.completed.retain(|other| other != task);
                return;
            }
            _ => return,
        };
        let has_undo = self.flow.step(step_name(completed)).is_some_and(|step| step.undo.is_some());
        if has_undo && self.can_see(completed) && !self.completed.iter().any(|other| other == completed) {
            self.completed.push(completed.to_owned());
        }
    }

    fn undo_ended(&mut self, task: &str, is_done: bool) {
        self.completed.retain(|other| other != task);
        if !is_done {
            self.lost.insert(task.to_owned());
            return;
        }
        self.lost.remove(task);
        if !self.undone.insert(task.to_owned()) {
            self.violations.push(format!("`{task}` is undone twice"));
        }
    }

    /// At the end of a run that failed nothing is left; otherwise nothing of those who lost a race.
    fn ended(&mut self, outcome: &Outcome) {
        if let Some(open) = self.open.first() {
            self.violations.push(format!("it ended while `{open}` was under way"));
        }
        let not_undone = match outcome {
            Outcome::Completed { .. } => &Vec::new(),
            Outcome::Failed { not_undone, .. } | Outcome::Cancelled { not_undone, .. } => not_undone,
        };
        let is_listed = |task: &String| not_undone.iter().any(|lost| lost.task == *task);
        for (task, later) in self.disorder.iter().filter(|(_, later)| !is_listed(later)) {
            self.violations.push(format!("`{task}` is undone before `{later}`, which was done later"));
        }
        if matches!(outcome, Outcome::Completed { .. }) {
            self.races();
            return;
        }
        for task in self.completed.iter().chain(&self.lost) {
            if !is_listed(task) {
                self.violations.push(format!("it failed, and `{task}` is not undone"));
            }
        }
        for lost in not_undone {
            if self.undone.contains(&lost.task) {
                self.violations.push(format!("`{}` is undone, and listed as not undone", lost.task));
            }
        }
    }

    /// Of a race, only what one branch did is left.
    fn races(&mut self) {
        let mut left: BTreeMap<String, (String, &String)> = BTreeMap::new();
        for task in &self.completed {
            let Some(place) = self.places.get(step_name(task)) else { continue };
            for scope in &place.scopes {
                let Some(race) = scope.race.as_ref() else { continue };
                let race = Scope { name: race.clone(), ..scope.clone() }.of(task);
                let (branch, other) = left.entry(race).or_insert_with(|| (scope.of(task), task));
                if *branch != scope.of(task) {
                    self.violations.push(format!("both `{other}` and `{task}` are left of a race"));
                }
            }
        }
    }
}

fn step_name(task: &str) -> &str {
    let step = task.strip_prefix("undo:").unwrap_or(task).rsplit('/').next().unwrap_or(task);
    without_attempt(step)
}

/// `charge` of `charge#2`.
fn without_attempt(task: &str) -> &str {
    task.split('#').next().unwrap_or(task)
}

/// Where a step stands.
#[derive(Debug, Clone, Default)]
struct Place {
    /// The scopes of undoing around it, from the outside inwards.
    scopes: Vec<Scope>,
    /// The bodies whose handlers it stands in.
    handled: Vec<Scope>,
    /// How many loops stand around it.
    loops: usize,
}

/// A scope of undoing: the run, the body of a `try`, a branch of a race.
#[derive(Debug, Clone)]
struct Scope {
    name: String,
    /// How many loops stand around it.
    loops: usize,
    /// The race it is a branch of.
    race: Option<String>,
}

impl Scope {
    /// The one of its instances that a task stands in.
    fn of(&self, task: &str) -> String {
        let rounds: Vec<&str> = task.split('/').take(self.loops).collect();
        format!("{} {}", self.name, rounds.join("/"))
    }
}

impl Place {
    fn inside(&self, name: String, race: Option<String>) -> Place {
        let mut inside = self.clone();
        inside.scopes.push(Scope { name, loops: self.loops, race });
        inside
    }
}

/// Where every step stands.
fn places(flow: &Flow) -> BTreeMap<&str, Place> {
    let mut places = BTreeMap::new();
    collect(&flow.steps, &Place::default().inside("run".to_owned(), None), &mut places);
    places
}

fn collect<'a>(block: &'a Block, place: &Place, places: &mut BTreeMap<&'a str, Place>) {
    for step in &block.steps {
        places.insert(step.name.as_str(), place.clone());
        inside(step, place, places);
    }
}

fn inside<'a>(step: &'a Step, place: &Place, places: &mut BTreeMap<&'a str, Place>) {
    match &step.verb {
        Verb::Try { body, handlers } => {
            let covered = place.inside(format!("body of {}", step.name), None);
            collect(body, &covered, places);
            let mut handling = place.clone();
            handling.handled.extend(covered.scopes.last().cloned());
            for handler in handlers {
                collect(&handler.block, &handling, places);
            }
        }
        Verb::Fork { branches, compete: true } => {
            for (name, branch) in branches {
                let race = Some(format!("race {}", step.name));
                collect(branch, &place.inside(format!("branch {name} of {}", step.name), race), places);
            }
        }
        Verb::For(each) => collect(&each.body, &Place { loops: place.loops + 1, ..place.clone() }, places),
        _ => {
            for block in step.blocks() {
                collect(block, place, places);
            }
        }
    }
}
