//! A check of one flow under way: what it knows, what it found, and the way from the trigger to the output.

use std::collections::BTreeMap;

use nave_expr::types::Type;
use nave_model::{At, Problem};

use super::Checked;
use super::facts::Facts;
use super::flowing::Flowing;
use super::found::Found;
use super::limits::Calls;
use super::shared::Shared;
use super::sight::Sight;
use super::uses::Uses;
use crate::flow::{Block, Flow, Pick};

/// What something gives: its type, and where it comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Given<'w> {
    pub(super) ty: Type<'w>,
    pub(super) flowing: Flowing<'w>,
}

impl<'w> Given<'w> {
    /// A value that the flow or the hub makes.
    pub(super) fn made(ty: Type<'w>) -> Self {
        Given { ty, flowing: Flowing::default() }
    }

    /// Something of which nothing is known, because it was reported.
    pub(super) fn reported() -> Self {
        Given::made(Type::anything(""))
    }

    /// The one or the other.
    #[must_use]
    pub(super) fn or(self, other: Given<'w>) -> Self {
        Given { ty: self.ty.union(&other.ty), flowing: self.flowing.or(other.flowing) }
    }
}

/// See above.
pub(super) struct Checker<'w, 's> {
    pub(super) shared: &'s Shared<'w>,
    pub(super) flow: &'w Flow,
    pub(super) sight: Sight<'w>,
    pub(super) found: Found,
    pub(super) uses: Uses,
    pub(super) picks: BTreeMap<String, Vec<Pick>>,
    pub(super) calls: Calls,
    /// What the flow emits, by name.
    pub(super) emitted: BTreeMap<String, Type<'w>>,
    /// What a run takes: `.`, before anything is known of it.
    pub(super) data: Type<'w>,
    /// The step that is looked at.
    pub(super) step: Option<&'w str>,
}

impl<'w, 's> Checker<'w, 's> {
    pub(super) fn new(shared: &'s Shared<'w>, flow: &'w Flow) -> Self {
        Checker {
            shared,
            flow,
            sight: Sight::new(),
            found: Found::default(),
            uses: Uses::default(),
            picks: BTreeMap::new(),
            calls: Calls::default(),
            emitted: BTreeMap::new(),
            data: Type::never(),
            step: None,
        }
    }

    /// Looks through the whole flow; gives what a run of it gives.
    /// What a run is given; known once the triggers were looked at.
    pub(super) fn data(&self) -> Type<'w> {
        self.data.clone()
    }

    pub(super) fn flow(&mut self) -> Given<'w> {
        self.triggers();
        if let Some(when) = &self.flow.when {
            self.condition(when);
            self.sight.assume(when, true);
        }
        if let Some(key) = &self.flow.key {
            let wanted = Type::text().union(&Type::number()).or_null();
            self.value(key, &wanted, "the key");
        }
        let mark = self.sight.mark();
        let last = self.steps(&self.flow.steps);
        let output = match &self.flow.output {
            Some(output) => self.any_value(output, "the output"),
            None => last,
        };
        self.sight.back(mark);
        self.saga();
        self.over_limits();
        output
    }

    /// The steps of a block, whose results stay in sight.
    pub(super) fn steps(&mut self, block: &'w Block) -> Given<'w> {
        let mut last = Given::made(Type::null());
        for step in &block.steps {
            last = self.step(step);
        }
        last
    }

    /// A block inside a step.
    pub(super) fn block(&mut self, block: &'w Block) -> Given<'w> {
        let mark = self.sight.mark();
        let outer = self.step;
        let last = self.steps(block);
        self.step = outer;
        self.sight.back(mark);
        last
    }

    /// An operation; says so where it cannot be used.
    pub(super) fn operation(
        &mut self,
        connection: &str,
        operation: &str,
        at: &At,
    ) -> Option<std::rc::Rc<Facts<'w>>> {
        match self.shared.operation(connection, operation) {
            Ok(facts) => Some(facts),
            Err(unusable) => {
                self.found.error(unusable.problem(at.clone()));
                None
            }
        }
    }

    pub(super) fn error(&mut self, problem: Problem) {
        self.found.error(problem);
    }

    pub(super) fn warning(&mut self, problem: Problem) {
        self.found.warning(problem);
    }

    pub(super) fn step_name(&self) -> Option<String> {
        self.step.map(str::to_owned)
    }

    pub(super) fn finish(self) -> Checked {
        let calls = self.calls.estimates(self.shared.world);
        let (errors, warnings) = self.found.sorted();
        Checked { errors, warnings, uses: self.uses, picks: self.picks, calls }
    }
}
