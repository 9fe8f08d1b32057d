//! Flows written in Rust, for tests and benchmarks of deciding alone: nothing is read, nothing is checked.

use std::sync::Arc;

use indexmap::IndexMap;
use nave_expr::compile::Program;
use nave_flow::flow::{
    Ask, Block, Call, Case, Expression, Flow, For, Handler, Listen, Pick, PickFrom, Segment, Step, Tighten,
    Undo, UndoWith, Verb, Wait,
};
use nave_model::At;

/// An expression.
pub(crate) fn expression(source: &str) -> Expression {
    let tree = nave_expr::syntax::parse(source).expect(source);
    let mut variables: Vec<String> = Vec::new();
    for part in source.split('$').skip(1) {
        let name = part.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap_or_default();
        if !variables.iter().any(|known| known == name) {
            variables.push(name.to_owned());
        }
    }
    let names: Vec<&str> = variables.iter().map(String::as_str).collect();
    let program = Arc::new(Program::from_expr(source, &tree, &names).expect(source));
    let at = At { file: Some("flow.yaml".to_owned()), ..At::default() };
    Expression {
        source: source.to_owned(),
        tree,
        program,
        variables,
        is_template: false,
        at,
        segments: vec![Segment { start: 0, line: 10, column: 5 }],
    }
}

/// A flow of these steps.
pub(crate) fn flow(steps: Vec<Step>) -> Flow {
    Flow {
        name: "test".to_owned(),
        purpose: None,
        owner: None,
        tags: Vec::new(),
        triggers: Vec::new(),
        when: None,
        key: None,
        concurrency: None,
        timeout_ms: None,
        input: None,
        steps: block(steps),
        output: None,
        at: At::default(),
    }
}

fn block(steps: Vec<Step>) -> Block {
    Block { steps }
}

/// A step of any verb.
fn step(name: &str, verb: Verb) -> Step {
    Step {
        name: name.to_owned(),
        verb,
        condition: None,
        undo: None,
        timeout_ms: None,
        note: None,
        at: At::default(),
    }
}

/// A call of `connection.operation` with these arguments.
pub(crate) fn call(name: &str, what: &str, with: &str) -> Step {
    let (connection, operation) = what.split_once('.').expect(what);
    step(
        name,
        Verb::Call(Call {
            connection: connection.to_owned(),
            operation: operation.to_owned(),
            with: (!with.is_empty()).then(|| expression(with)),
            tighten: Tighten::default(),
        }),
    )
}

pub(crate) fn set(name: &str, value: &str) -> Step {
    step(name, Verb::Set { value: expression(value) })
}

pub(crate) fn switch(name: &str, cases: Vec<(&str, Vec<Step>)>, otherwise: Option<Vec<Step>>) -> Step {
    let case = |(when, steps)| Case { when: expression(when), block: block(steps) };
    let cases = cases.into_iter().map(case).collect();
    step(name, Verb::Switch { cases, otherwise: otherwise.map(block) })
}

/// A loop: `item in list`, so many rounds at the same time.
pub(crate) fn each(name: &str, what: &str, parallel: u32, body: Vec<Step>) -> Step {
    let (variable, items) = what.split_once(" in ").expect(what);
    step(
        name,
        Verb::For(For {
            items: expression(items),
            variable: variable.to_owned(),
            parallel,
            batch: None,
            body: block(body),
        }),
    )
}

pub(crate) fn fork(name: &str, branches: Vec<(&str, Vec<Step>)>) -> Step {
    branching(name, branches, false)
}

pub(crate) fn race(name: &str, branches: Vec<(&str, Vec<Step>)>) -> Step {
    branching(name, branches, true)
}

fn branching(name: &str, branches: Vec<(&str, Vec<Step>)>, compete: bool) -> Step {
    let branches: IndexMap<String, Block> =
        branches.into_iter().map(|(name, steps)| (name.to_owned(), block(steps))).collect();
    step(name, Verb::Fork { branches, compete })
}

/// A body with handlers.
pub(crate) fn attempt(name: &str, body: Vec<Step>, handlers: Vec<Handler>) -> Step {
    step(name, Verb::Try { body: block(body), handlers })
}

/// A handler for codes or kinds, in one list; its variable is `fault`.
pub(crate) fn catch(what: &[&str], steps: Vec<Step>) -> Handler {
    let is_kind = |word: &&&str| ["timeout", "conflict", "invalid", "refused"].contains(*word);
    Handler {
        codes: what.iter().filter(|word| !is_kind(word)).map(|word| (*word).to_owned()).collect(),
        kinds: what.iter().filter(is_kind).map(|word| (*word).to_owned()).collect(),
        variable: Some("fault".to_owned()),
        block: block(steps),
    }
}

pub(crate) fn wait(name: &str, milliseconds: u64) -> Step {
    step(name, Verb::Wait(Wait::For(milliseconds)))
}

pub(crate) fn until(name: &str, time: &str) -> Step {
    step(name, Verb::Wait(Wait::Until(expression(time))))
}

/// Waits for `connection.event`, or for an event that flows emit.
pub(crate) fn listen(name: &str, what: &str, when: &str) -> Step {
    let (connection, event) = match what.split_once('.') {
        Some((connection, event)) => (Some(connection.to_owned()), event),
        None => (None, what),
    };
    let when = (!when.is_empty()).then(|| expression(when));
    step(name, Verb::Listen(Listen { connection, event: event.to_owned(), when }))
}

pub(crate) fn emit(name: &str, event: &str, with: &str) -> Step {
    let with = (!with.is_empty()).then(|| expression(with));
    step(name, Verb::Emit { event: event.to_owned(), with })
}

pub(crate) fn raise(name: &str, code: &str, message: &str) -> Step {
    let message = (!message.is_empty()).then(|| expression(message));
    step(name, Verb::Raise { code: code.to_owned(), message })
}

pub(crate) fn run(name: &str, flow: &str, with: &str, wait: bool) -> Step {
    let with = (!with.is_empty()).then(|| expression(with));
    step(name, Verb::Run { flow: flow.to_owned(), with, wait })
}

/// A question to a role.
pub(crate) fn ask(name: &str, role: &str, approvals: u32, expires_ms: Option<u64>) -> Step {
    step(
        name,
        Verb::Ask(Ask {
            roles: vec![role.to_owned()],
            approvals,
            title: expression("\"Go on?\""),
            message: None,
            expires_ms,
        }),
    )
}

/// What is said behind a step.
pub(crate) trait Said: Sized {
    /// It runs only where this holds.
    fn only_if(self, condition: &str) -> Self;
    /// `connection.operation` takes it back.
    fn undo(self, what: &str, with: &str) -> Self;
    /// The same, with arguments taken by name: `id` from the result, `.id` from its own arguments.
    fn undo_by_name(self, what: &str, names: &[&str]) -> Self;
    /// Its time limit.
    fn within(self, milliseconds: u64) -> Self;
    /// How many items a round takes.
    fn batch(self, size: u32) -> Self;
}

impl Said for Step {
    fn only_if(mut self, condition: &str) -> Self {
        self.condition = Some(expression(condition));
        self
    }

    fn undo(mut self, what: &str, with: &str) -> Self {
        let (connection, operation) = what.split_once('.').expect(what);
        self.undo = Some(Undo {
            connection: connection.to_owned(),
            operation: operation.to_owned(),
            with: UndoWith::Written(expression(with)),
            at: At::default(),
        });
        self
    }

    fn undo_by_name(self, what: &str, names: &[&str]) -> Self {
        let mut step = self.undo(what, "{}");
        let pick = |name: &&str| match name.strip_prefix('.') {
            Some(name) => Pick { argument: name.to_owned(), from: PickFrom::Arguments },
            None => Pick { argument: (*name).to_owned(), from: PickFrom::Result },
        };
        if let Some(undo) = &mut step.undo {
            undo.with = UndoWith::Picked(names.iter().map(pick).collect());
        }
        step
    }

    fn within(mut self, milliseconds: u64) -> Self {
        self.timeout_ms = Some(milliseconds);
        self
    }

    fn batch(mut self, size: u32) -> Self {
        if let Verb::For(each) = &mut self.verb {
            each.batch = Some(size);
        }
        self
    }
}
