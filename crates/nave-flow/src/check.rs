//! Checks flows against the real schemas of both sides before anything runs: every name, every mapping,
//! every condition, and what a run may do to the systems it touches. What a document alone can say is said
//! by [`read`](mod@crate::read); what a verb does stands in `docs/flow-semantics.md`.
//!
//! The way through: `trigger` (what `.` is) → `block` → `step` (condition, undo) → one function per verb →
//! `expressions` (types, by `nave_expr::check`) and `provenance` (where values come from). What is said of
//! the flow as a whole stands in `saga` and `limits`, of several flows in `together`.

use std::collections::BTreeMap;

use nave_connector::Connector;
use nave_model::Problem;
use nave_model::connection::Connection;

use crate::flow::{Block, Flow, Pick, Step, UndoWith, Verb};

mod call;
mod checker;
mod coverage;
mod effects;
mod events;
mod expressions;
mod facts;
mod flowing;
mod found;
mod limits;
mod nested;
mod own;
mod provenance;
mod result;
mod run;
mod saga;
mod sensitive;
mod shared;
mod sight;
mod step;
mod together;
mod trigger;
mod undo;
mod uses;

pub use limits::Estimate;
pub use together::{Together, check_together};
pub use uses::{EventUse, FlowUse, How, OperationUse, Purpose, Read, RoleUse, Source, Uses};

/// What flows can name: the project around them.
pub trait World {
    /// A connection with its connector.
    fn connection(&self, name: &str) -> Option<Connected<'_>>;

    /// The names of all connections, for hints.
    fn connections(&self) -> Vec<&str>;

    /// A flow by its name.
    fn flow(&self, name: &str) -> Option<&Flow>;

    /// All flows.
    fn flows(&self) -> Vec<&Flow>;
}

/// A connection and what it leads to.
#[derive(Debug, Clone, Copy)]
pub struct Connected<'w> {
    /// The connector it uses.
    pub connector: &'w Connector,
    /// The connection as its owner wrote it.
    pub connection: &'w Connection,
    /// The OAuth scopes its credential has, where that is declared; otherwise scopes are not checked.
    pub scopes: Option<&'w [String]>,
}

/// What came of checking a flow.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// What is wrong, in the order of the file, each once. A flow with errors must not run.
    pub errors: Vec<Problem>,
    /// What is odd, in the order of the file, each once.
    pub warnings: Vec<Problem>,
    /// What the flow uses of the world.
    pub uses: Uses,
    /// Where the arguments of undos come from that are taken by name, by the step they take back.
    pub picks: BTreeMap<String, Vec<Pick>>,
    /// How many calls one run may make, connection by connection.
    pub calls: Vec<Estimate>,
}

impl Checked {
    /// Writes into the flow what the check resolved: where undos take their arguments from.
    pub fn resolve(&self, flow: &mut Flow) {
        steps_mut(&mut flow.steps, &mut |step| {
            if let (Some(undo), Some(picks)) = (&mut step.undo, self.picks.get(&step.name))
                && matches!(undo.with, UndoWith::ByName)
            {
                undo.with = UndoWith::Picked(picks.clone());
            }
        });
    }
}

/// Checks a flow. The flow may be one that was read with errors: what could not be read is missing in it,
/// and is not spoken of again.
pub fn check<'w>(flow: &'w Flow, world: &'w dyn World) -> Checked {
    let shared = shared::Shared::new(world);
    let mut checker = checker::Checker::new(&shared, flow);
    checker.flow();
    checker.finish()
}

/// What a run of a flow is given: the data of its triggers. What is wrong with them is said by [`check`].
pub fn input_type<'w>(flow: &'w Flow, world: &'w dyn World) -> nave_expr::types::Type<'w> {
    let shared = shared::Shared::new(world);
    let mut checker = checker::Checker::new(&shared, flow);
    checker.triggers();
    checker.data()
}

/// Calls `visit` with every step of a block, the outer ones first. Flows that were read are no deeper than
/// [`MOST_BLOCKS`](crate::read::MOST_BLOCKS), which bounds the recursion.
pub(crate) fn steps<'f>(block: &'f Block, visit: &mut dyn FnMut(&'f Step)) {
    for step in &block.steps {
        visit(step);
        for inner in blocks(&step.verb) {
            steps(inner, visit);
        }
    }
}

/// The blocks of a verb.
pub(crate) fn blocks(verb: &Verb) -> Vec<&Block> {
    match verb {
        Verb::Switch { cases, otherwise } => cases.iter().map(|case| &case.block).chain(otherwise).collect(),
        Verb::For(each) => vec![&each.body],
        Verb::Fork { branches, .. } => branches.values().collect(),
        Verb::Try { body, handlers } => {
            std::iter::once(body).chain(handlers.iter().map(|handler| &handler.block)).collect()
        }
        Verb::Call(_)
        | Verb::Set { .. }
        | Verb::Wait(_)
        | Verb::Listen(_)
        | Verb::Emit { .. }
        | Verb::Raise { .. }
        | Verb::Run { .. }
        | Verb::Ask(_) => Vec::new(),
    }
}

fn steps_mut(block: &mut Block, change: &mut dyn FnMut(&mut Step)) {
    for step in &mut block.steps {
        change(step);
        match &mut step.verb {
            Verb::Switch { cases, otherwise } => {
                cases.iter_mut().for_each(|case| steps_mut(&mut case.block, change));
                otherwise.iter_mut().for_each(|block| steps_mut(block, change));
            }
            Verb::For(each) => steps_mut(&mut each.body, change),
            Verb::Fork { branches, .. } => branches.values_mut().for_each(|block| steps_mut(block, change)),
            Verb::Try { body, handlers } => {
                steps_mut(body, change);
                handlers.iter_mut().for_each(|handler| steps_mut(&mut handler.block, change));
            }
            Verb::Call(_)
            | Verb::Set { .. }
            | Verb::Wait(_)
            | Verb::Listen(_)
            | Verb::Emit { .. }
            | Verb::Raise { .. }
            | Verb::Run { .. }
            | Verb::Ask(_) => {}
        }
    }
}
