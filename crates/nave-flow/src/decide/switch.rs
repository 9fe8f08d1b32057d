//! `switch`: runs the first case whose condition holds. Its result is that of the case; null where none
//! holds and nothing stands for the rest.

use serde::{Deserialize, Serialize};

use super::open::Open;
use super::scope::Scope;
use super::target::Target;
use super::verbs::Doing;
use super::walk::{Begun, Heard, Signal, Walk, nothing};
use super::{block, evaluate};
use crate::flow::{Block, Case};

/// A case that is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Which; `None` for the rest.
    case: Option<u32>,
    block: block::State,
}

/// The cases, and what stands for the rest.
type Cases<'a> = (&'a Vec<Case>, Option<&'a Block>);

pub(super) fn begin(
    cases: &[Case],
    otherwise: Option<&Block>,
    scope: &Scope<'_>,
    walk: &mut Walk<'_>,
) -> Begun<Doing> {
    let mut taken = (None, otherwise);
    for (index, case) in (0..).zip(cases) {
        match evaluate::truth(&case.when, walk.input, scope) {
            Ok(false) => {}
            Ok(true) => {
                taken = (Some(index), Some(&case.block));
                break;
            }
            Err(failure) => return failure.into(),
        }
    }
    let (case, Some(chosen)) = taken else { return nothing().into() };
    match block::begin(chosen, scope, walk) {
        Begun::Waiting(block) => Begun::Waiting(Doing::Switch(Box::new(State { case, block }))),
        Begun::Ended(ending) => Begun::Ended(ending),
    }
}

impl State {
    fn block<'a>(&self, cases: Cases<'a>) -> Option<&'a Block> {
        match self.case {
            None => cases.1,
            Some(index) => cases.0.get(usize::try_from(index).ok()?).map(|case| &case.block),
        }
    }

    pub(super) fn hear(
        &mut self,
        cases: Cases<'_>,
        told: (Target<'_>, Signal<'_>),
        scope: &Scope<'_>,
        walk: &mut Walk<'_>,
    ) -> Heard {
        let Some(block) = self.block(cases) else { return Heard::Elsewhere };
        self.block.hear(block, told, scope, walk)
    }

    pub(super) fn stop(&mut self, cases: Cases<'_>, walk: &mut Walk<'_>) -> bool {
        self.block(cases).is_none_or(|block| self.block.stop(block, walk))
    }

    pub(super) fn limits(&mut self, cases: Cases<'_>, set: bool, walk: &mut Walk<'_>) {
        if let Some(block) = self.block(cases) {
            self.block.limits(block, set, walk);
        }
    }

    pub(super) fn open(&self, cases: Cases<'_>, prefix: &str, list: &mut Vec<Open>) {
        if let Some(block) = self.block(cases) {
            self.block.open(block, prefix, list);
        }
    }
}
