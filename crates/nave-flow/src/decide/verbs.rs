//! The verbs of flows: one file each, registered here. A *task* waits for something outside; the others
//! end at once or hold blocks.

use serde::{Deserialize, Serialize};

use super::fault::FaultRecord;
use super::open::{Awaited, Open};
use super::scope::Scope;
use super::step::Arguments;
use super::target::Target;
use super::walk::{Begun, Heard, Signal, Walk};
use super::{ask, call, emit, r#for, fork, listen, raise, run, set, switch, r#try, wait};
use crate::flow::{Step, Verb};

/// What a step under way is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Doing {
    /// A call was asked for.
    Call(call::State),
    /// A case is taken.
    Switch(Box<switch::State>),
    /// Rounds are under way.
    For(Box<r#for::State>),
    /// Branches are under way.
    Fork(Box<fork::State>),
    /// A body, its undoing or a handler is under way.
    Try(Box<r#try::State>),
    /// A timer was set.
    Wait,
    /// An event is waited for.
    Listen,
    /// Another run is waited for.
    Run(run::State),
    /// People were asked.
    Ask(Box<ask::State>),
    /// It failed, and a person decides how the run goes on.
    Held(Box<FaultRecord>),
}

impl Doing {
    /// Whether it waits for something outside by itself.
    pub(super) fn is_task(&self) -> bool {
        match self {
            Doing::Call(_) | Doing::Wait | Doing::Listen | Doing::Run(_) | Doing::Ask(_) => true,
            Doing::Switch(_) | Doing::For(_) | Doing::Fork(_) | Doing::Try(_) | Doing::Held(_) => false,
        }
    }

    /// The arguments it was begun with, where its undo takes some of them.
    pub(super) fn arguments(&self) -> Arguments<'_> {
        match self {
            Doing::Call(state) => state.arguments(),
            Doing::Run(state) => state.arguments(),
            _ => None,
        }
    }
}

/// Begins what a step does.
pub(super) fn begin(step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<Doing> {
    match &step.verb {
        Verb::Call(call) => call::begin(call, step, scope, walk),
        Verb::Set { value } => set::begin(value, scope, walk),
        Verb::Switch { cases, otherwise } => switch::begin(cases, otherwise.as_ref(), scope, walk),
        Verb::For(each) => r#for::begin(each, step, scope, walk),
        Verb::Fork { branches, compete } => fork::begin(branches, *compete, scope, walk),
        Verb::Try { body, handlers } => r#try::begin(body, handlers, scope, walk),
        Verb::Wait(how) => wait::begin(how, step, scope, walk),
        Verb::Listen(listen) => listen::begin(listen, step, walk),
        Verb::Emit { event, with } => emit::begin((event, with.as_ref()), step, scope, walk),
        Verb::Raise { code, message } => raise::begin(code, message.as_ref(), scope, walk),
        Verb::Run { .. } => run::begin(step, scope, walk),
        Verb::Ask(ask) => ask::begin(ask, step, scope, walk),
    }
}

/// Hands a signal to the task that it is for. A signal that does not fit is late, and changes nothing.
pub(super) fn told(
    step: &Step,
    doing: &mut Doing,
    signal: Signal<'_>,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Heard {
    match (doing, &step.verb, signal) {
        (Doing::Call(state), Verb::Call(_), Signal::Call(outcome)) => state.ended(outcome),
        (Doing::Wait, Verb::Wait(_), Signal::Waited) => wait::waited(),
        (Doing::Listen, Verb::Listen(listen), Signal::Arrived(data)) => {
            listen::arrived(listen, step, data, scope, walk)
        }
        (Doing::Run(_), Verb::Run { .. }, Signal::Flow(outcome)) => run::ended(outcome),
        (Doing::Ask(state), Verb::Ask(ask), Signal::Answer(answer)) => {
            state.answered(ask, step, answer, walk)
        }
        (Doing::Ask(state), Verb::Ask(ask), Signal::Expired) => state.expired(ask, step, walk),
        _ => Heard::Waiting,
    }
}

/// Hands a signal to the blocks inside.
pub(super) fn hear(
    step: &Step,
    doing: &mut Doing,
    told: (Target<'_>, Signal<'_>),
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Heard {
    match (doing, &step.verb) {
        (Doing::Switch(state), Verb::Switch { cases, otherwise }) => {
            state.hear((cases, otherwise.as_ref()), told, scope, walk)
        }
        (Doing::For(state), Verb::For(each)) => state.hear((each, step), told, scope, walk),
        (Doing::Fork(state), Verb::Fork { branches, compete }) => {
            state.hear((branches, *compete), told, scope, walk)
        }
        (Doing::Try(state), Verb::Try { body, handlers }) => state.hear((body, handlers), told, scope, walk),
        _ => Heard::Elsewhere,
    }
}

/// Gives up what a step does; true when nothing of it is under way any more.
pub(super) fn stop(step: &Step, doing: &mut Doing, walk: &mut Walk<'_>) -> bool {
    match (doing, &step.verb) {
        (Doing::Call(_), _) => call::stop(step, walk),
        (Doing::Run(_), _) => run::stop(step, walk),
        (Doing::Wait, _) => wait::stop(step, walk),
        (Doing::Listen, _) => listen::stop(step, walk),
        (Doing::Ask(state), _) => state.stop(step, walk),
        (Doing::Switch(state), Verb::Switch { cases, otherwise }) => {
            state.stop((cases, otherwise.as_ref()), walk)
        }
        (Doing::For(state), Verb::For(each)) => state.stop(each, step, walk),
        (Doing::Fork(state), Verb::Fork { branches, .. }) => state.stop(branches, walk),
        (Doing::Try(state), Verb::Try { body, handlers }) => state.stop(body, handlers, walk),
        _ => true,
    }
}

/// Drops or sets again the time limits around a step that a person must decide about.
pub(super) fn limits(step: &Step, doing: &mut Doing, set: bool, walk: &mut Walk<'_>) {
    match (doing, &step.verb) {
        (Doing::Switch(state), Verb::Switch { cases, otherwise }) => {
            state.limits((cases, otherwise.as_ref()), set, walk);
        }
        (Doing::For(state), Verb::For(each)) => state.limits(each, step, set, walk),
        (Doing::Fork(state), Verb::Fork { branches, .. }) => state.limits(branches, set, walk),
        (Doing::Try(state), Verb::Try { body, handlers }) => state.limits(body, handlers, set, walk),
        _ => {}
    }
}

/// Lists what a step waits for.
pub(super) fn open(step: &Step, doing: &Doing, prefix: &str, list: &mut Vec<Open>) {
    let what = match (doing, &step.verb) {
        (Doing::Call(state), _) => state.awaited(),
        (Doing::Wait, _) => Awaited::Time,
        (Doing::Listen, _) => Awaited::Event,
        (Doing::Run(_), _) => Awaited::Flow,
        (Doing::Ask(_), _) => Awaited::Answer,
        (Doing::Switch(state), Verb::Switch { cases, otherwise }) => {
            return state.open((cases, otherwise.as_ref()), prefix, list);
        }
        (Doing::For(state), Verb::For(each)) => return state.open(each, (step, prefix), list),
        (Doing::Fork(state), Verb::Fork { branches, .. }) => return state.open(branches, prefix, list),
        (Doing::Try(state), Verb::Try { body, handlers }) => return state.open(body, handlers, prefix, list),
        _ => return,
    };
    list.push(Open { task: format!("{prefix}{}", step.name), what });
}
