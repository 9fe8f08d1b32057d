//! Decides what happens next in a run: (state, event) → (state, actions). Pure and deterministic: the same
//! events give the same state and the same actions, so that a journal of them is the truth about a run.
//! Doing the actions, keeping time and keeping the journal are left to the engine.
//!
//! What every verb means stands in `docs/flow-semantics.md`. The way through: [`start`] and [`decide`] →
//! `run` (the edge: undoing all, ending) → `block` → `step` (condition, time limit, undo) → `verbs` (the
//! list) → one file per verb. State is a tree of the blocks under way; the flow is never copied into it.

use serde_json::Value;

use nave_model::Fault;

use crate::flow::Flow;

mod action;
mod ask;
mod block;
mod call;
mod edge;
mod emit;
mod evaluate;
mod event;
mod fault;
mod r#for;
mod fork;
mod listen;
mod open;
mod raise;
mod route;
mod run;
mod saga;
mod scope;
mod set;
mod step;
mod switch;
mod target;
mod r#try;
mod verbs;
mod wait;
mod walk;

pub use action::Action;
pub use edge::{Run, State};
pub use event::{CallOutcome, Event, Happened, Limits, NotUndone, Outcome, Start, Verdict};
pub use fault::FaultRecord;
pub use open::{Awaited, Open};

/// Begins a run: its state, and what is to be done first.
///
/// # Errors
/// Never for a flow that was checked; whatever fails in a run is the run's own fault, and its end.
pub fn start(flow: &Flow, start: Start) -> Result<(Run, Vec<Action>), Fault> {
    Ok(Run::start(flow, start))
}

/// Tells a run what happened: changes its state, and says what is to be done next.
///
/// Late and repeated events change nothing and give no actions. An event that asks for something a person
/// may not or cannot have, or that names what the flow does not have, is a fault: the run is as before, and
/// the event belongs in no journal.
///
/// # Errors
/// `E-INTERNAL`: the flow has no such step. `E-NOT-ALLOWED`: an answer by a role that was not asked.
/// `E-CONFLICT`: a step that is not there to be tried again or skipped.
pub fn decide(flow: &Flow, run: &mut Run, event: &Event) -> Result<Vec<Action>, Fault> {
    run.decide(flow, event)
}

/// Whether a flow wants to run for this data: what its `when` says.
///
/// # Errors
/// The expression fails on the data.
pub fn wanted(flow: &Flow, data: &Value) -> Result<bool, Fault> {
    let Some(when) = &flow.when else { return Ok(true) };
    evaluate::truth(when, data, &scope::Scope::edge(None)).map_err(|failure| failure.fault.to_fault())
}

/// The ordering key of a run for this data: texts as they are, everything else as JSON. `None` where the
/// flow has no key, or it gives null: such runs wait for nobody.
///
/// # Errors
/// The expression fails on the data.
pub fn key(flow: &Flow, data: &Value) -> Result<Option<String>, Fault> {
    let Some(key) = &flow.key else { return Ok(None) };
    let value =
        evaluate::value(key, data, &scope::Scope::edge(None)).map_err(|failure| failure.fault.to_fault())?;
    Ok(match value.as_ref() {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    })
}
