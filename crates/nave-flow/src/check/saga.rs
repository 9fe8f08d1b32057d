//! Steps that cannot be taken back although the flow takes others back: when a later step fails, what they
//! did stays.

use nave_model::fault::codes;
use nave_model::{Effect, Problem};

use super::checker::Checker;
use super::found::tail;
use super::{blocks, steps};
use crate::flow::{Block, Step, Verb, Wait};

/// A step that is left as it is.
struct Left<'w> {
    step: &'w Step,
    later: &'w str,
}

impl<'w> Checker<'w, '_> {
    /// Warns of writes without an `undo`, where the flow has one and later steps may fail.
    pub(super) fn saga(&mut self) {
        let mut has_undo = false;
        steps(&self.flow.steps, &mut |step| has_undo |= step.undo.is_some());
        if !has_undo {
            return;
        }
        let mut left = Vec::new();
        self.unprotected(&self.flow.steps, None, &mut left);
        for Left { step, later } in left {
            let name = match &step.verb {
                Verb::Call(call) => format!("{}.{}", call.connection, call.operation),
                _ => continue,
            };
            let after = if later == step.name {
                "if another round fails".to_owned()
            } else {
                format!("if `{later}` fails")
            };
            let message = format!(
                "{after}, what `{}` did stays: it has no `undo`, and other steps have one",
                step.name
            );
            let hint = format!("say what takes `{name}` back with `undo`, or do it in the last step");
            self.warning(Problem::new(codes::FLOW_UNDO, tail(&step.at, &name), message).hint(hint));
        }
    }

    /// Collects such steps of a block. `later`: a step behind the block that may fail.
    fn unprotected(&self, block: &'w Block, later: Option<&'w str>, left: &mut Vec<Left<'w>>) {
        let mut next = later;
        for step in block.steps.iter().rev() {
            match &step.verb {
                Verb::Fork { branches, .. } => {
                    for (position, branch) in branches.values().enumerate() {
                        let others = branches.values().enumerate().filter(|(other, _)| *other != position);
                        let beside = others.into_iter().find_map(|(_, other)| may_fail(other));
                        self.unprotected(branch, next.or(beside), left);
                    }
                }
                Verb::For(each) => self.unprotected(&each.body, next.or_else(|| may_fail(&each.body)), left),
                verb => {
                    for inner in blocks(verb) {
                        self.unprotected(inner, next, left);
                    }
                }
            }
            if let (Some(later), true) = (next, self.stays(step)) {
                left.push(Left { step, later });
            }
            if step_may_fail(step) {
                next = Some(&step.name);
            }
        }
    }

    /// Whether a step changes something and nothing takes it back.
    fn stays(&self, step: &Step) -> bool {
        let Verb::Call(call) = &step.verb else { return false };
        let facts = self.shared.operation(&call.connection, &call.operation);
        step.undo.is_none() && facts.is_ok_and(|facts| facts.operation.effect != Effect::Read)
    }
}

/// The first step of a block that may fail.
fn may_fail(block: &Block) -> Option<&str> {
    let mut found = None;
    steps(block, &mut |step| {
        if found.is_none() && step_may_fail(step) {
            found = Some(step.name.as_str());
        }
    });
    found
}

/// Whether a step may fail by itself, whatever stands inside it. Expressions that were checked do not.
fn step_may_fail(step: &Step) -> bool {
    match &step.verb {
        Verb::Call(_) | Verb::Raise { .. } | Verb::Ask(_) => true,
        Verb::Run { wait, .. } => *wait,
        Verb::Listen(_) => step.timeout_ms.is_some(),
        Verb::Switch { .. } | Verb::For(_) | Verb::Fork { .. } | Verb::Try { .. } => {
            step.timeout_ms.is_some() || blocks(&step.verb).into_iter().any(|block| may_fail(block).is_some())
        }
        Verb::Wait(Wait::For(_) | Wait::Until(_)) | Verb::Set { .. } | Verb::Emit { .. } => {
            step.timeout_ms.is_some()
        }
    }
}
