//! `fork`: runs branches at the same time. Its result is an object of what they gave; where they compete,
//! the name and the result of the first that succeeded, after what the others did was undone.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::block;
use super::event::present;
use super::fault::{Failure, FaultRecord};
use super::open::Open;
use super::saga::{self, Effect, Unwind};
use super::scope::{Layer, Scope};
use super::target::Target;
use super::verbs::Doing;
use super::walk::{Begun, Ending, Heard, Signal, Walk, nothing};
use crate::flow::Block;

/// Branches under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Those that were begun, in the flow's order.
    branches: Vec<Branch>,
    /// The branch that won a race.
    winner: Option<u32>,
    /// Undoing what the losers did.
    unwind: Option<Unwind>,
    /// The fault that ends all: the first one, in a race the last one.
    failure: Option<Failure>,
    is_stopped: bool,
}

/// One branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Branch {
    /// `None` once it ended.
    block: Option<block::State>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    result: Option<Arc<Value>>,
    /// What it did, in a race.
    effects: Vec<Effect>,
}

/// The branches, and whether they compete.
type Branches<'a> = (&'a IndexMap<String, Block>, bool);

pub(super) fn begin(
    branches: &IndexMap<String, Block>,
    compete: bool,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<Doing> {
    let mut state =
        State { branches: Vec::new(), winner: None, unwind: None, failure: None, is_stopped: false };
    state.fill((branches, compete), scope, walk);
    match state.ending((branches, compete), walk) {
        None => Begun::Waiting(Doing::Fork(Box::new(state))),
        Some(ending) => Begun::Ended(ending),
    }
}

impl State {
    /// Begins the branches that were not begun.
    fn fill(&mut self, all: Branches<'_>, scope: &Scope<'_>, walk: &mut Walk<'_>) {
        let (branches, compete) = all;
        while self.is_going(all, walk) && walk.may_start() {
            let index = self.branches.len();
            let Some((_, block)) = branches.get_index(index) else { return };
            let mut effects = Vec::new();
            let begun = if compete {
                block::begin(block, &scope.with(Layer::Race), &mut walk.within(&mut effects))
            } else {
                block::begin(block, scope, walk)
            };
            match begun {
                Begun::Waiting(block) => {
                    self.branches.push(Branch { block: Some(block), result: None, effects });
                }
                Begun::Ended(ending) => {
                    self.branches.push(Branch { block: None, result: None, effects });
                    self.ended(index, ending, all, walk);
                }
            }
        }
    }

    /// Whether the branches still run for their results.
    fn is_going(&self, all: Branches<'_>, walk: &Walk<'_>) -> bool {
        !self.is_stopped && self.winner.is_none() && !self.is_lost(all, walk)
    }

    /// Whether a fault ends all of them: every one where they do not compete, else only one that no
    /// handler could take either.
    fn is_lost(&self, all: Branches<'_>, walk: &Walk<'_>) -> bool {
        self.failure.as_ref().is_some_and(|failure| !all.1 || !walk.may_catch(failure))
    }

    /// Notes how a branch ended.
    fn ended(&mut self, index: usize, ending: Ending, all: Branches<'_>, walk: &mut Walk<'_>) {
        let is_going = self.is_going(all, walk);
        match ending {
            Ending::Done(result) => {
                if let Some(branch) = self.branches.get_mut(index) {
                    branch.result = Some(result);
                }
                if all.1 && is_going {
                    self.winner = u32::try_from(index).ok();
                    self.stop_branches(all.0, walk);
                }
            }
            Ending::Failed(failure) if is_going => {
                self.failure = Some(failure);
                if self.is_lost(all, walk) {
                    self.stop_branches(all.0, walk);
                }
            }
            Ending::Failed(_) | Ending::Stopped => {}
        }
    }

    /// How the fork ended, once nothing of it is under way; begins to undo what losers did.
    fn ending(&mut self, all: Branches<'_>, walk: &mut Walk<'_>) -> Option<Ending> {
        let (branches, compete) = all;
        if self.unwind.is_some() || self.branches.iter().any(|branch| branch.block.is_some()) {
            return None;
        }
        if self.is_stopped {
            self.hand_over(walk);
            return Some(Ending::Stopped);
        }
        if let Some(winner) = self.winner {
            let winner = usize::try_from(winner).unwrap_or(usize::MAX);
            self.unwind = Unwind::begin(self.losers_effects(winner), walk);
            return if self.unwind.is_some() { None } else { Some(self.won(winner, branches, walk)) };
        }
        if self.is_going(all, walk) && self.branches.len() < branches.len() {
            return None;
        }
        self.hand_over(walk);
        if let Some(failure) = self.failure.take() {
            return Some(Ending::Failed(failure));
        }
        if compete {
            return Some(Ending::Done(nothing()));
        }
        let results = self.branches.drain(..).map(|branch| branch.result.map(Arc::unwrap_or_clone));
        let members: Map<String, Value> =
            branches.keys().cloned().zip(results.map(Option::unwrap_or_default)).collect();
        Some(Ending::Done(Arc::new(Value::Object(members))))
    }

    /// What everybody but the winner did, in the order of completion.
    fn losers_effects(&mut self, winner: usize) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (index, branch) in self.branches.iter_mut().enumerate() {
            if index != winner {
                saga::hand_over(&mut effects, std::mem::take(&mut branch.effects));
            }
        }
        effects
    }

    /// The end of a race whose losers are undone; a fault where something could not be undone.
    fn won(&mut self, winner: usize, branches: &IndexMap<String, Block>, walk: &mut Walk<'_>) -> Ending {
        self.hand_over(walk);
        if let Some(lost) = walk.tally.not_undone.first() {
            let step = Some(format!("undo:{}", lost.task));
            return Ending::Failed(Failure::final_one(FaultRecord { step, ..lost.fault.clone() }));
        }
        let name = branches.get_index(winner).map_or(Value::Null, |(name, _)| Value::String(name.clone()));
        let result = self.branches.get_mut(winner).and_then(|branch| branch.result.take());
        let mut members = Map::new();
        members.insert("branch".to_owned(), name);
        members.insert("result".to_owned(), result.map(Arc::unwrap_or_clone).unwrap_or_default());
        Ending::Done(Arc::new(Value::Object(members)))
    }

    /// Leaves what the branches did to the scope around.
    fn hand_over(&mut self, walk: &mut Walk<'_>) {
        for branch in &mut self.branches {
            saga::hand_over(walk.saga, std::mem::take(&mut branch.effects));
        }
    }

    pub(super) fn hear(
        &mut self,
        all: Branches<'_>,
        told: (Target<'_>, Signal<'_>),
        scope: &Scope<'_>,
        walk: &mut Walk<'_>,
    ) -> Heard {
        let (branches, compete) = all;
        if let (Some(unwind), Signal::Undo(outcome)) = (&mut self.unwind, told.1) {
            return match unwind.hear(told.0, outcome, walk) {
                None => Heard::Elsewhere,
                Some(false) => Heard::Waiting,
                Some(true) => self.unwound(branches, walk),
            };
        }
        let mut found = None;
        for (index, (branch, block)) in self.branches.iter_mut().zip(branches.values()).enumerate() {
            let Some(state) = &mut branch.block else { continue };
            let heard = if compete {
                let inner = scope.with(Layer::Race);
                state.hear(block, told, &inner, &mut walk.within(&mut branch.effects))
            } else {
                state.hear(block, told, scope, walk)
            };
            match heard {
                Heard::Elsewhere => {}
                Heard::Waiting => return Heard::Waiting,
                Heard::Ended(ending) => {
                    branch.block = None;
                    found = Some((index, ending));
                    break;
                }
            }
        }
        let Some((index, ending)) = found else { return Heard::Elsewhere };
        self.ended(index, ending, all, walk);
        self.fill(all, scope, walk);
        self.ending(all, walk).map_or(Heard::Waiting, Heard::Ended)
    }

    /// All the losers did is undone, or left to the scope around.
    fn unwound(&mut self, branches: &IndexMap<String, Block>, walk: &mut Walk<'_>) -> Heard {
        let rest = self.unwind.take().map(|mut unwind| unwind.rest()).unwrap_or_default();
        saga::hand_over(walk.saga, rest);
        if self.is_stopped {
            self.hand_over(walk);
            return Heard::Ended(Ending::Stopped);
        }
        let winner = self.winner.and_then(|winner| usize::try_from(winner).ok()).unwrap_or(usize::MAX);
        Heard::Ended(self.won(winner, branches, walk))
    }

    pub(super) fn stop(&mut self, branches: &IndexMap<String, Block>, walk: &mut Walk<'_>) -> bool {
        let was_stopping = self.winner.is_some();
        self.is_stopped = true;
        if let Some(unwind) = &mut self.unwind {
            // Between two undos nothing waits, so that one is always under way here.
            return unwind.stop();
        }
        if !was_stopping {
            self.stop_branches(branches, walk);
        }
        let is_over = self.branches.iter().all(|branch| branch.block.is_none());
        if is_over {
            self.hand_over(walk);
        }
        is_over
    }

    /// Gives up the branches under way; those that wait for nothing any more are gone at once.
    fn stop_branches(&mut self, branches: &IndexMap<String, Block>, walk: &mut Walk<'_>) {
        for (branch, block) in self.branches.iter_mut().zip(branches.values()) {
            let Some(state) = &mut branch.block else { continue };
            if state.stop(block, &mut walk.within(&mut branch.effects)) {
                branch.block = None;
            }
        }
    }

    pub(super) fn limits(&mut self, branches: &IndexMap<String, Block>, set: bool, walk: &mut Walk<'_>) {
        for (branch, block) in self.branches.iter_mut().zip(branches.values()) {
            if let Some(state) = &mut branch.block {
                state.limits(block, set, walk);
            }
        }
    }

    pub(super) fn open(&self, branches: &IndexMap<String, Block>, prefix: &str, list: &mut Vec<Open>) {
        for (branch, block) in self.branches.iter().zip(branches.values()) {
            if let Some(state) = &branch.block {
                state.open(block, prefix, list);
            }
        }
        if let Some(unwind) = &self.unwind {
            unwind.open(list);
        }
    }
}
