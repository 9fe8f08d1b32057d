//! `try`: runs a body and handles its faults. When a fault leaves the body and a handler fits, first what
//! the body did is undone, then the handler runs; without one the fault goes on outwards, and what the
//! body did is left to the scope around.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::block;
use super::fault::Failure;
use super::open::Open;
use super::saga::{self, Effect, Unwind};
use super::scope::{Layer, Scope};
use super::target::Target;
use super::verbs::Doing;
use super::walk::{Begun, Ending, Heard, Signal, Walk};
use crate::flow::{Block, Handler};

/// A body, its undoing, or a handler under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum State {
    /// The body.
    Body {
        block: block::State,
        /// What it did.
        effects: Vec<Effect>,
    },
    /// Undoing what the body did.
    Undoing {
        unwind: Unwind,
        /// The handler that will run.
        handler: u32,
        failure: Failure,
        is_stopped: bool,
    },
    /// A handler.
    Handling {
        handler: u32,
        /// The fault it handles.
        fault: Arc<Value>,
        block: block::State,
    },
}

pub(super) fn begin(
    body: &Block,
    handlers: &[Handler],
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<Doing> {
    let mut effects = Vec::new();
    let inner = scope.with(Layer::Handlers(handlers));
    let begun = match block::begin(body, &inner, &mut walk.within(&mut effects)) {
        Begun::Waiting(block) => Begun::Waiting(State::Body { block, effects }),
        Begun::Ended(ending) => left(ending, effects, handlers, scope, walk),
    };
    match begun {
        Begun::Waiting(state) => Begun::Waiting(Doing::Try(Box::new(state))),
        Begun::Ended(ending) => Begun::Ended(ending),
    }
}

/// The body ended: what now?
fn left(
    ending: Ending,
    effects: Vec<Effect>,
    handlers: &[Handler],
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<State> {
    let (failure, handler) = match ending {
        Ending::Failed(failure) => {
            let fits = |handler: &Handler| walk.may_catch(&failure) && handler.fits(&failure.fault);
            let handler = handlers.iter().position(fits).and_then(|index| u32::try_from(index).ok());
            (failure, handler)
        }
        Ending::Done(_) | Ending::Stopped => {
            saga::hand_over(walk.saga, effects);
            return Begun::Ended(ending);
        }
    };
    let Some(handler) = handler else {
        saga::hand_over(walk.saga, effects);
        return failure.into();
    };
    match Unwind::begin(effects, walk) {
        Some(unwind) => Begun::Waiting(State::Undoing { unwind, handler, failure, is_stopped: false }),
        None => handle(failure, handler, handlers, scope, walk),
    }
}

/// What the body did is undone: the handler runs, unless something could not be undone.
fn handle(
    failure: Failure,
    handler: u32,
    handlers: &[Handler],
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<State> {
    let Some(taken) = find(handlers, handler) else { return failure.into() };
    if !walk.may_catch(&failure) {
        return failure.into();
    }
    let fault = Arc::new(failure.fault.to_value());
    match block::begin(&taken.block, &seen(taken, &fault, scope), walk) {
        Begun::Waiting(block) => Begun::Waiting(State::Handling { handler, fault, block }),
        Begun::Ended(ending) => Begun::Ended(ending),
    }
}

fn find(handlers: &[Handler], handler: u32) -> Option<&Handler> {
    handlers.get(usize::try_from(handler).ok()?)
}

/// What a handler sees.
fn seen<'a>(handler: &'a Handler, fault: &'a Value, scope: &'a Scope<'_>) -> Scope<'a> {
    match &handler.variable {
        Some(variable) => scope.with(Layer::Variable(variable, fault)),
        None => *scope,
    }
}

impl State {
    pub(super) fn hear(
        &mut self,
        parts: (&Block, &Vec<Handler>),
        told: (Target<'_>, Signal<'_>),
        scope: &Scope<'_>,
        walk: &mut Walk<'_>,
    ) -> Heard {
        let (body, handlers) = parts;
        match self {
            State::Body { block, effects } => {
                let inner = scope.with(Layer::Handlers(handlers));
                match block.hear(body, told, &inner, &mut walk.within(effects)) {
                    Heard::Ended(ending) => {
                        left(ending, std::mem::take(effects), handlers, scope, walk).keep(self)
                    }
                    other => other,
                }
            }
            State::Undoing { unwind, handler, failure, is_stopped } => {
                let Signal::Undo(outcome) = told.1 else { return Heard::Elsewhere };
                match unwind.hear(told.0, outcome, walk) {
                    None => return Heard::Elsewhere,
                    Some(false) => return Heard::Waiting,
                    Some(true) => {}
                }
                saga::hand_over(walk.saga, unwind.rest());
                if *is_stopped {
                    return Heard::Ended(Ending::Stopped);
                }
                let (handler, failure) = (*handler, failure.clone());
                handle(failure, handler, handlers, scope, walk).keep(self)
            }
            State::Handling { handler, fault, block } => {
                let Some(taken) = find(handlers, *handler) else { return Heard::Elsewhere };
                block.hear(&taken.block, told, &seen(taken, fault, scope), walk)
            }
        }
    }

    pub(super) fn stop(&mut self, body: &Block, handlers: &[Handler], walk: &mut Walk<'_>) -> bool {
        match self {
            State::Body { block, effects } => {
                let is_over = block.stop(body, &mut walk.within(effects));
                if is_over {
                    saga::hand_over(walk.saga, std::mem::take(effects));
                }
                is_over
            }
            State::Undoing { unwind, is_stopped, .. } => {
                *is_stopped = true;
                unwind.stop()
            }
            State::Handling { handler, block, .. } => {
                find(handlers, *handler).is_none_or(|taken| block.stop(&taken.block, walk))
            }
        }
    }

    pub(super) fn limits(&mut self, body: &Block, handlers: &[Handler], set: bool, walk: &mut Walk<'_>) {
        match self {
            State::Body { block, .. } => block.limits(body, set, walk),
            State::Handling { handler, block, .. } => {
                if let Some(taken) = find(handlers, *handler) {
                    block.limits(&taken.block, set, walk);
                }
            }
            State::Undoing { .. } => {}
        }
    }

    pub(super) fn open(&self, body: &Block, handlers: &[Handler], prefix: &str, list: &mut Vec<Open>) {
        match self {
            State::Body { block, .. } => block.open(body, prefix, list),
            State::Undoing { unwind, .. } => unwind.open(list),
            State::Handling { handler, block, .. } => {
                if let Some(taken) = find(handlers, *handler) {
                    block.open(&taken.block, prefix, list);
                }
            }
        }
    }
}
