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
    /// Of every step: the innermost scope that undoes it, and how many loops stand around that.
    scopes: BTreeMap<&'a str, (String, usize)>,
    asked: BTreeSet<String>,
    /// Calls under way.
    open: BTreeSet<String>,
    /// Steps with an undo that completed and were not undone, the last one last.
    completed: Vec<String>,
    undone: BTreeSet<String>,
    /// Steps whose undo failed.
    lost: BTreeSet<String>,
    has_ended: bool,
    violations: Vec<String>,
}

impl<'a> Ledger<'a> {
    fn new(flow: &'a Flow) -> Self {
        Ledger {
            flow,
            scopes: scopes(flow),
            asked: BTreeSet::new(),
            open: BTreeSet::new(),
            completed: Vec::new(),
            undone: BTreeSet::new(),
            lost: BTreeSet::new(),
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
            }
        }
    }

    /// An undo begins: of something completed, behind everything of the same scope.
    fn undoes(&mut self, task: &str) {
        let scope = self.scope(task);
        if self.can_see(task) && !self.lost.contains(task) {
            match self.completed.iter().rev().find(|other| self.scope(other) == scope) {
                None => self.violations.push(format!("`{task}` is undone and was not done")),
                Some(last) if last != task => {
                    self.violations.push(format!("`{task}` is undone before `{last}`, which was done later"));
                }
                Some(_) => {}
            }
        }
        let running: Vec<&String> = self.open.iter().filter(|open| !open.starts_with("undo:")).collect();
        if let Some(open) = running.into_iter().find(|open| self.scope(open) == scope) {
            self.violations.push(format!("`{task}` is undone while `{open}` is under way"));
        }
    }

    /// The instance of the innermost scope that undoes a task.
    fn scope(&self, task: &str) -> String {
        let Some((scope, loops)) = self.scopes.get(step_name(task)) else { return String::new() };
        let rounds: Vec<&str> = task.split('/').take(*loops).collect();
        format!("{scope} {}", rounds.join("/"))
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

    /// At the end of a run that failed nothing is left.
    fn ended(&mut self, outcome: &Outcome) {
        if let Some(open) = self.open.first() {
            self.violations.push(format!("it ended while `{open}` was under way"));
        }
        let not_undone = match outcome {
            Outcome::Completed { .. } => return,
            Outcome::Failed { not_undone, .. } | Outcome::Cancelled { not_undone, .. } => not_undone,
        };
        for task in self.completed.iter().chain(&self.lost) {
            if !not_undone.iter().any(|lost| lost.task == *task) {
                self.violations.push(format!("it failed, and `{task}` is not undone"));
            }
        }
        for lost in not_undone {
            if self.undone.contains(&lost.task) {
                self.violations.push(format!("`{}` is undone, and listed as not undone", lost.task));
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

/// The innermost scope of every step.
fn scopes(flow: &Flow) -> BTreeMap<&str, (String, usize)> {
    let mut scopes = BTreeMap::new();
    collect(&flow.steps, ("run", 0), 0, &mut scopes);
    scopes
}

fn collect<'a>(
    block: &'a Block,
    scope: (&str, usize),
    loops: usize,
    scopes: &mut BTreeMap<&'a str, (String, usize)>,
) {
    for step in &block.steps {
        scopes.insert(step.name.as_str(), (scope.0.to_owned(), scope.1));
        inside(step, scope, loops, scopes);
    }
}

fn inside<'a>(
    step: &'a Step,
    scope: (&str, usize),
    loops: usize,
    scopes: &mut BTreeMap<&'a str, (String, usize)>,
) {
    match &step.verb {
        Verb::Try { body, handlers } => {
            collect(body, (&format!("body of {}", step.name), loops), loops, scopes);
            for handler in handlers {
                collect(&handler.block, scope, loops, scopes);
            }
        }
        Verb::Fork { branches, compete: true } => {
            for (name, branch) in branches {
                let own = format!("branch {name} of {}", step.name);
                collect(branch, (&own, loops), loops, scopes);
            }
        }
        Verb::For(each) => collect(&each.body, scope, loops + 1, scopes),
        _ => {
            for block in step.blocks() {
                collect(block, scope, loops, scopes);
            }
        }
    }
}
