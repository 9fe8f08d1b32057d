//! A block: its steps, one after the other. Its result is that of its last step, null where it has none;
//! for the outermost one, the flow's output where it has one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::open::Open;
use super::scope::{Layer, Scope};
use super::target::Target;
use super::walk::{Begun, Ending, Heard, Signal, Walk, nothing};
use super::{evaluate, step};
use crate::flow::Block;

/// A block under way. The step it is at is the one behind those that have results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    results: Vec<Arc<Value>>,
    step: step::State,
}

/// Begins a block.
pub(super) fn begin(block: &Block, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<State> {
    let mut results = Vec::new();
    match advance(block, &mut results, scope, walk) {
        Begun::Waiting(step) => Begun::Waiting(State { results, step }),
        Begun::Ended(ending) => Begun::Ended(ending),
    }
}

/// Takes steps until one waits or none is left.
fn advance(
    block: &Block,
    results: &mut Vec<Arc<Value>>,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<step::State> {
    loop {
        let inner = scope.with(Layer::Results(&block.steps, results));
        let Some(step) = block.steps.get(results.len()) else {
            return match scope.output().map(|output| evaluate::value(output, walk.input, &inner)) {
                None => results.pop().unwrap_or_else(nothing).into(),
                Some(Ok(output)) => output.into(),
                Some(Err(failure)) => failure.into(),
            };
        };
        match step::begin(step, &inner, walk) {
            Begun::Ended(Ending::Done(result)) => results.push(result),
            other => return other,
        }
    }
}

impl State {
    /// Hands a signal to the step the block is at, and goes on when that one ended.
    pub(super) fn hear(
        &mut self,
        block: &Block,
        told: (Target<'_>, Signal<'_>),
        scope: &Scope<'_>,
        walk: &mut Walk<'_>,
    ) -> Heard {
        let Some(step) = block.steps.get(self.results.len()) else { return Heard::Elsewhere };
        let inner = scope.with(Layer::Results(&block.steps, &self.results));
        match self.step.hear(step, told, &inner, walk) {
            Heard::Ended(Ending::Done(result)) => {
                self.results.push(result);
                advance(block, &mut self.results, scope, walk).keep(&mut self.step)
            }
            other => other,
        }
    }

    /// Gives the block up; true when nothing of it is under way any more.
    pub(super) fn stop(&mut self, block: &Block, walk: &mut Walk<'_>) -> bool {
        match block.steps.get(self.results.len()) {
            None => true,
            Some(step) => self.step.stop(step, walk),
        }
    }

    /// Drops or sets again the time limits around a step that a person must decide about.
    pub(super) fn limits(&mut self, block: &Block, set: bool, walk: &mut Walk<'_>) {
        if let Some(step) = block.steps.get(self.results.len()) {
            self.step.limits(step, set, walk);
        }
    }

    /// Lists what it waits for.
    pub(super) fn open(&self, block: &Block, prefix: &str, list: &mut Vec<Open>) {
        if let Some(step) = block.steps.get(self.results.len()) {
            self.step.open(step, prefix, list);
        }
    }
}
