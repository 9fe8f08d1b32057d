//! `for`: runs a block for every item, or every batch of items, of a list; as many rounds at the same
//! time as the flow says, begun in the order of the items. Its result is the list of what the rounds
//! gave, in the order of the items whatever order they ended in.

use std::sync::Arc;

use nave_model::fault::codes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::{Failure, FaultRecord};
use super::open::Open;
use super::scope::{Layer, Scope};
use super::target::Target;
use super::verbs::Doing;
use super::walk::{Begun, Ending, Heard, Signal, Walk, nothing};
use super::{block, evaluate};
use crate::flow::{For, Step};

/// Rounds under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    items: Arc<Value>,
    /// The round to begin next.
    next: u32,
    /// How many there are.
    count: u32,
    /// Under way, by their number.
    rounds: Vec<Round>,
    /// What the ended ones gave; only as long as the last of them that ended.
    results: Vec<Arc<Value>>,
    /// The first fault of a round: no further ones begin.
    failure: Option<Failure>,
    is_stopped: bool,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Round {
    number: u32,
    /// Its items where it takes several; a single one stands in the list.
    batch: Option<Arc<Value>>,
    block: block::State,
}

pub(super) fn begin(each: &For, step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<Doing> {
    let items = match evaluate::value(&each.items, walk.input, scope) {
        Ok(items) => items,
        Err(failure) => return failure.into(),
    };
    let count = match count(each, &items, walk) {
        Ok(count) => count,
        Err(failure) => return failure.into(),
    };
    let mut state = State {
        items,
        next: 0,
        count,
        rounds: Vec::new(),
        results: Vec::new(),
        failure: None,
        is_stopped: false,
    };
    state.fill(each, step, scope, walk);
    match state.ending() {
        None => Begun::Waiting(Doing::For(Box::new(state))),
        Some(ending) => Begun::Ended(ending),
    }
}

/// How many rounds there will be.
fn count(each: &For, items: &Value, walk: &Walk<'_>) -> Result<u32, Failure> {
    let Value::Array(list) = items else {
        let message = format!("a `for` needs a list and was given {}", type_name(items));
        let mut fault = FaultRecord::new(codes::EXPRESSION_FAILED, message);
        fault.at = Some(each.items.at.clone());
        return Err(Failure::new(fault));
    };
    let rounds = list.len().div_ceil(size(each));
    let most = walk.limits.rounds;
    u32::try_from(rounds).ok().filter(|count| *count <= most).ok_or_else(|| {
        let message = format!("a `for` may have {most} rounds, and {rounds} are needed");
        let mut fault = FaultRecord::new(codes::EXPRESSION_LIMIT, message)
            .with_hint("take several items in one round with `batch`, or page by page");
        fault.at = Some(each.items.at.clone());
        Failure::new(fault)
    })
}

fn type_name(value: &Value) -> &'static str {
    nave_expr::Value::from(value).type_name()
}

/// How many items one round takes.
fn size(each: &For) -> usize {
    each.batch.and_then(|size| usize::try_from(size).ok()).unwrap_or(1).max(1)
}

/// The items of a round that takes several.
fn batch(each: &For, items: &Value, number: u32) -> Option<Arc<Value>> {
    each.batch?;
    let size = size(each);
    let skipped = usize::try_from(number).ok()?.saturating_mul(size);
    let list = items.as_array()?;
    Some(Arc::new(Value::Array(list.iter().skip(skipped).take(size).cloned().collect())))
}

/// What the variable of a round holds.
fn item<'a>(items: &'a Value, number: u32, batch: Option<&'a Arc<Value>>) -> &'a Value {
    match batch {
        Some(batch) => batch,
        None => usize::try_from(number).ok().and_then(|index| items.get(index)).unwrap_or(&Value::Null),
    }
}

impl State {
    /// Begins rounds while there may be more.
    fn fill(&mut self, each: &For, step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) {
        let most = usize::try_from(each.parallel.max(1)).unwrap_or(usize::MAX);
        while self.next < self.count && self.rounds.len() < most && self.may_begin(walk) {
            let number = self.next;
            self.next += 1;
            let batch = batch(each, &self.items, number);
            let variable = Layer::Variable(&each.variable, item(&self.items, number, batch.as_ref()));
            let outside = walk.enter(&step.name, number);
            let begun = block::begin(&each.body, &scope.with(variable), walk);
            walk.leave(outside);
            match begun {
                Begun::Waiting(block) => self.rounds.push(Round { number, batch, block }),
                Begun::Ended(ending) => self.ended(number, ending, (each, step), walk),
            }
        }
    }

    fn may_begin(&self, walk: &Walk<'_>) -> bool {
        self.failure.is_none() && !self.is_stopped && walk.may_start()
    }

    /// Notes how a round ended.
    fn ended(&mut self, number: u32, ending: Ending, each: (&For, &Step), walk: &mut Walk<'_>) {
        match ending {
            Ending::Done(result) => {
                let index = usize::try_from(number).unwrap_or(usize::MAX);
                if self.results.len() <= index {
                    self.results.resize(index.saturating_add(1), nothing());
                }
                if let Some(place) = self.results.get_mut(index) {
                    *place = result;
                }
            }
            Ending::Failed(failure) => {
                if self.failure.is_none() && !self.is_stopped {
                    self.failure = Some(failure);
                    self.stop_rounds(each.0, each.1, walk);
                }
            }
            Ending::Stopped => {}
        }
    }

    /// How the loop ended, once no round is under way and none is left to begin.
    fn ending(&mut self) -> Option<Ending> {
        if !self.rounds.is_empty() {
            return None;
        }
        if self.is_stopped {
            return Some(Ending::Stopped);
        }
        if let Some(failure) = self.failure.take() {
            return Some(Ending::Failed(failure));
        }
        if self.next < self.count {
            return None;
        }
        let results = std::mem::take(&mut self.results);
        let results = results.into_iter().map(Arc::unwrap_or_clone).collect();
        Some(Ending::Done(Arc::new(Value::Array(results))))
    }

    pub(super) fn hear(
        &mut self,
        each: (&For, &Step),
        told: (Target<'_>, Signal<'_>),
        scope: &Scope<'_>,
        walk: &mut Walk<'_>,
    ) -> Heard {
        let (each, step) = each;
        let (target, signal) = told;
        let Some((number, inner)) = target.round(&step.name) else { return Heard::Elsewhere };
        let Ok(place) = self.rounds.binary_search_by_key(&number, |round| round.number) else {
            return Heard::Elsewhere;
        };
        let Some(round) = self.rounds.get_mut(place) else { return Heard::Elsewhere };
        let variable = Layer::Variable(&each.variable, item(&self.items, number, round.batch.as_ref()));
        let outside = walk.enter(&step.name, number);
        let heard = round.block.hear(&each.body, (inner, signal), &scope.with(variable), walk);
        walk.leave(outside);
        let Heard::Ended(ending) = heard else { return heard };
        self.rounds.remove(place);
        self.ended(number, ending, (each, step), walk);
        self.fill(each, step, scope, walk);
        self.ending().map_or(Heard::Waiting, Heard::Ended)
    }

    pub(super) fn stop(&mut self, each: &For, step: &Step, walk: &mut Walk<'_>) -> bool {
        let was_failing = self.failure.is_some();
        self.is_stopped = true;
        if !was_failing {
            self.stop_rounds(each, step, walk);
        }
        self.rounds.is_empty()
    }

    /// Gives up the rounds under way; those that wait for nothing any more are gone at once.
    fn stop_rounds(&mut self, each: &For, step: &Step, walk: &mut Walk<'_>) {
        self.rounds.retain_mut(|round| {
            let outside = walk.enter(&step.name, round.number);
            let is_over = round.block.stop(&each.body, walk);
            walk.leave(outside);
            !is_over
        });
    }

    pub(super) fn limits(&mut self, each: &For, step: &Step, set: bool, walk: &mut Walk<'_>) {
        for round in &mut self.rounds {
            let outside = walk.enter(&step.name, round.number);
            round.block.limits(&each.body, set, walk);
            walk.leave(outside);
        }
    }

    pub(super) fn open(&self, each: &For, step: (&Step, &str), list: &mut Vec<Open>) {
        let (step, prefix) = step;
        for round in &self.rounds {
            let prefix = format!("{prefix}{}[{}]/", step.name, round.number);
            round.block.open(&each.body, &prefix, list);
        }
    }
}
