//! Effects that can be undone, and undoing them: in reverse order of completion, one after the other,
//! once each.

use std::sync::Arc;

use nave_model::fault::codes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::action::Action;
use super::evaluate;
use super::event::{CallOutcome, NotUndone};
use super::fault::FaultRecord;
use super::open::{Awaited, Open};
use super::scope::{Layer, Scope};
use super::step::Arguments;
use super::target::{Target, step_of};
use super::walk::{Walk, number};
use crate::flow::{PickFrom, Step, Tighten, Undo, UndoWith};

/// Something that was done and can be undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Effect {
    /// Its place in the order of completion.
    order: u64,
    /// The step, with its rounds.
    task: String,
    /// The arguments of its undo, made when the step completed: what they are made of is known then, and
    /// need not be kept until an undo that seldom comes.
    arguments: Result<Arc<Value>, Box<FaultRecord>>,
    /// How often its undo was tried.
    attempts: u32,
}

/// Remembers that a step with an undo completed.
pub(super) fn record(
    step: &Step,
    result: &Value,
    own: Arguments<'_>,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) {
    let Some(undo) = &step.undo else { return };
    let inner = scope.with(Layer::Variable(&step.name, result));
    let arguments = match &undo.with {
        UndoWith::Written(expression) => {
            evaluate::value(expression, walk.input, &inner).map_err(|failure| failure.fault)
        }
        UndoWith::Picked(picks) => {
            let mut members = Map::new();
            for pick in picks {
                let from = match pick.from {
                    PickFrom::Result => Some(result),
                    PickFrom::Arguments => own,
                };
                if let Some(value) = from.and_then(|from| from.get(&pick.argument)) {
                    members.insert(pick.argument.clone(), value.clone());
                }
            }
            Ok(Arc::new(Value::Object(members)))
        }
        UndoWith::ByName => {
            let message = format!("nobody resolved which arguments `{}` takes by name", undo.operation);
            Err(Box::new(
                FaultRecord::new(codes::INTERNAL, message).with_hint("check the flow before running it"),
            ))
        }
    };
    let order = walk.tally.recorded;
    walk.tally.recorded += 1;
    walk.tally.effects += 1;
    walk.saga.push(Effect { order, task: walk.name(&step.name), arguments, attempts: 0 });
}

/// Hands effects to the scope around theirs, in the order of completion.
pub(super) fn hand_over(into: &mut Vec<Effect>, mut from: Vec<Effect>) {
    let is_ordered = match (into.last(), from.first()) {
        (Some(last), Some(first)) => last.order < first.order,
        _ => true,
    };
    into.append(&mut from);
    if !is_ordered {
        into.sort_by_key(|effect| effect.order);
    }
}

/// Undoing under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Unwind {
    /// What is left, the next one last; the last one is under way where `is_under_way`.
    effects: Vec<Effect>,
    is_under_way: bool,
    /// Why nobody knows whether the last one was undone, where that is so.
    unknown: Option<Box<FaultRecord>>,
    /// Whether to leave the rest to the scope around this one.
    is_stopped: bool,
}

impl Unwind {
    /// Begins to undo; `None` when there is nothing to wait for.
    pub(super) fn begin(effects: Vec<Effect>, walk: &mut Walk<'_>) -> Option<Unwind> {
        let mut unwind = Unwind { effects, ..Unwind::default() };
        (!unwind.advance(walk)).then_some(unwind)
    }

    /// Tries again what could not be undone.
    pub(super) fn again(lost: NotUndone, walk: &mut Walk<'_>) -> Option<Unwind> {
        walk.tally.effects += 1;
        let arguments = lost.arguments.ok_or_else(|| Box::new(lost.fault));
        Unwind::begin(vec![Effect { order: 0, task: lost.task, arguments, attempts: lost.attempts }], walk)
    }

    /// Begins the next undo; true when none is left.
    fn advance(&mut self, walk: &mut Walk<'_>) -> bool {
        while !self.is_stopped {
            let Some(effect) = self.effects.last_mut() else { return true };
            let undo = walk.flow.step(step_of(&effect.task)).and_then(|step| step.undo.as_ref());
            let fault = match (undo, &effect.arguments) {
                (Some(undo), Ok(arguments)) => {
                    effect.attempts = effect.attempts.saturating_add(1);
                    let action = call(&effect.task, undo, arguments, effect.attempts, walk);
                    walk.actions.push(action);
                    walk.tally.open += 1;
                    self.is_under_way = true;
                    return false;
                }
                (_, Err(fault)) => fault.as_ref().clone(),
                (None, Ok(_)) => {
                    FaultRecord::new(codes::INTERNAL, "the flow has no undo for this step any more")
                }
            };
            self.lose(fault, walk);
        }
        true
    }

    /// Notes that the last effect could not be undone.
    fn lose(&mut self, mut fault: FaultRecord, walk: &mut Walk<'_>) {
        let Some(effect) = self.effects.pop() else { return };
        walk.tally.effects = walk.tally.effects.saturating_sub(1);
        if fault.step.is_none() {
            fault.step = Some(format!("undo:{}", effect.task));
        }
        let Effect { task, arguments, attempts, .. } = effect;
        walk.tally.not_undone.push(NotUndone { task, arguments: arguments.ok(), fault, attempts });
    }

    /// Hands over how an undo ended; `None` when another one is meant, else whether all is undone, or
    /// left to the scope around.
    pub(super) fn hear(
        &mut self,
        task: Target<'_>,
        outcome: &CallOutcome,
        walk: &mut Walk<'_>,
    ) -> Option<bool> {
        let effect = self.effects.last()?;
        if !self.is_under_way || effect.task != task.task || effect.attempts != task.attempt {
            return None;
        }
        match outcome {
            CallOutcome::Unknown { fault } => {
                self.unknown = Some(Box::new(fault.clone()));
                return Some(false);
            }
            CallOutcome::Done { .. } => {
                self.effects.pop();
                walk.tally.effects = walk.tally.effects.saturating_sub(1);
            }
            CallOutcome::Failed { fault } => self.lose(fault.clone(), walk),
        }
        self.unknown = None;
        self.is_under_way = false;
        walk.tally.open = walk.tally.open.saturating_sub(1);
        Some(self.advance(walk))
    }

    /// Begins nothing more; true when nothing is under way.
    pub(super) fn stop(&mut self) -> bool {
        self.is_stopped = true;
        !self.is_under_way
    }

    /// What is left to the scope around.
    pub(super) fn rest(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Lists what it waits for.
    pub(super) fn open(&self, list: &mut Vec<Open>) {
        if let (true, Some(effect)) = (self.is_under_way, self.effects.last()) {
            let what = match &self.unknown {
                Some(fault) => Awaited::Settlement(fault.as_ref().clone()),
                None => Awaited::Call,
            };
            list.push(Open { task: format!("undo:{}", effect.task), what });
        }
    }
}

fn call(task: &str, undo: &Undo, arguments: &Arc<Value>, attempt: u32, walk: &Walk<'_>) -> Action {
    let mut task = format!("undo:{task}");
    number(&mut task, attempt);
    Action::Call {
        key: walk.key(&task),
        task,
        connection: undo.connection.clone(),
        operation: undo.operation.clone(),
        arguments: Arc::clone(arguments),
        tighten: Tighten::default(),
    }
}
