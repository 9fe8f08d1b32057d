//! The check bites: deciders that are wrong on purpose are found out.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use serde_json::json;

use super::*;

/// A decider that is wrong in one way.
struct Wrong {
    how: How,
    /// How often it was asked.
    asked: Cell<u32>,
    last: RefCell<Option<(Event, Vec<Action>)>>,
}

#[derive(Clone, Copy)]
enum How {
    /// Not at all.
    Right,
    /// It wants every call twice.
    CallsTwice,
    /// It takes undos for done that nobody did.
    ForgetsUndos,
    /// It undoes `a` and `b` in the order they were done.
    UndoesInOrder,
    /// What it wants depends on how often it was asked.
    Moody,
    /// It answers a repeated event as it answered the first one.
    Repeats,
    /// It takes a call for failed whose outcome is unknown.
    TakesUnknownForFailed,
    /// It goes on after its end.
    NeverEnds,
}

impl Decider for Wrong {
    fn start(&self, flow: &Flow, start: Start) -> Result<(Run, Vec<Action>), Fault> {
        let (run, actions) = Real.start(flow, start)?;
        Ok((run, self.twist(actions)))
    }

    fn decide(&self, flow: &Flow, run: &mut Run, event: &Event) -> Result<Vec<Action>, Fault> {
        self.asked.set(self.asked.get() + 1);
        if let (How::Repeats, Some((last, actions))) = (self.how, self.last.borrow().as_ref())
            && last == event
        {
            return Ok(actions.clone());
        }
        let mut actions = Real.decide(flow, run, &self.untwist(event))?;
        if matches!(self.how, How::ForgetsUndos) {
            while let Some(place) = actions.iter().position(is_undo) {
                let Action::Call { task, .. } = actions.remove(place) else { continue };
                let done =
                    Happened::CallEnded { task, outcome: CallOutcome::Done { result: Arc::default() } };
                actions.extend(Real.decide(flow, run, &Event { at_ms: event.at_ms, what: done })?);
            }
        }
        let actions = self.twist(actions);
        *self.last.borrow_mut() = Some((event.clone(), actions.clone()));
        Ok(actions)
    }
}

fn is_undo(action: &Action) -> bool {
    matches!(action, Action::Call { task, .. } if task.starts_with("undo:"))
}

fn swapped(task: &str) -> String {
    match task {
        "undo:a" => "undo:b".to_owned(),
        "undo:b" => "undo:a".to_owned(),
        other => other.to_owned(),
    }
}

impl Wrong {
    fn twist(&self, mut actions: Vec<Action>) -> Vec<Action> {
        match self.how {
            How::CallsTwice => {
                let calls: Vec<Action> =
                    actions.iter().filter(|action| matches!(action, Action::Call { .. })).cloned().collect();
                actions.extend(calls);
            }
            How::Moody => {
                for action in &mut actions {
                    if let Action::Call { key, .. } = action {
                        key.push_str(&self.asked.get().to_string());
                    }
                }
            }
            How::UndoesInOrder => {
                for action in &mut actions {
                    if let Action::Call { task, .. } = action {
                        *task = swapped(task);
                    }
                }
            }
            How::NeverEnds => {
                if let Some(Action::End { .. }) = actions.last() {
                    let (event, key) = ("more".to_owned(), "more".to_owned());
                    actions.push(Action::Emit { event, data: Arc::default(), key });
                }
            }
            How::Right | How::ForgetsUndos | How::Repeats | How::TakesUnknownForFailed => {}
        }
        actions
    }

    fn untwist(&self, event: &Event) -> Event {
        let mut event = event.clone();
        match (self.how, &mut event.what) {
            (How::UndoesInOrder, Happened::CallEnded { task, .. }) => *task = swapped(task),
            (How::TakesUnknownForFailed, Happened::CallEnded { outcome, .. }) => {
                if let CallOutcome::Unknown { fault } = outcome {
                    *outcome = CallOutcome::Failed { fault: fault.clone() };
                }
            }
            _ => {}
        }
        event
    }
}

const FLOW: &str = "
flow: test
trigger: manual
steps:
  - a: s.do
    undo: { call: s.undo, with: $a }
  - b: s.do
    undo: { call: s.undo, with: $b }
  - t: try
    steps:
      - c: s.do
        undo: { call: s.undo, with: $c }
      - x: raise stop
    catch:
      steps:
        - d: s.do
  - e: s.do
";

#[track_caller]
fn check(how: How, expected: &[&str]) {
    let read = crate::read("flows/test.yaml", FLOW.as_bytes());
    let flow = read.flow.expect("it can be read");
    assert_eq!(read.errors, []);
    let wrong = Wrong { how, asked: Cell::new(0), last: RefCell::new(None) };
    let report = exercise_with(&flow, &json!(null), &well, &wrong);
    if expected.is_empty() {
        assert_eq!(report.violations, Vec::<String>::new());
    }
    for said in expected {
        let found = report.violations.iter().any(|violation| violation.ends_with(said));
        assert!(found, "`{said}` is not among {:#?}", report.violations);
    }
}

#[test]
fn wrong_deciders_are_found_out() {
    check(How::Right, &[]);
    check(How::CallsTwice, &["the call `a` is asked for twice"]);
    check(How::ForgetsUndos, &["it failed, and `a` is not undone", "it failed, and `b` is not undone"]);
    check(How::UndoesInOrder, &["`a` is undone before `b`, which was done later"]);
    check(How::Moody, &["its journal gives other actions", "it does otherwise than undisturbed"]);
    check(How::Repeats, &["counts twice"]);
    check(How::TakesUnknownForFailed, &["it ends otherwise than undisturbed"]);
    check(How::NeverEnds, &["key: \"more\" }"]);
}
