//! What an expression can see: the results of steps before it in its own block and the blocks around it,
//! and the variables of loops and handlers. And who would take a fault that arises here.

use std::sync::Arc;

use serde_json::Value;

use super::fault::FaultRecord;
use crate::flow::{Expression, Handler, Step};

/// A layer, and the layers around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    outer: Option<&'a Scope<'a>>,
    layer: Layer<'a>,
}

/// What one layer adds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layer<'a> {
    /// The edge of the run, with the output that its outermost block gives.
    Edge(Option<&'a Expression>),
    /// The steps of a block that have ended, with their results.
    Results(&'a [Step], &'a [Arc<Value>]),
    /// A variable.
    Variable(&'a str, &'a Value),
    /// The handlers of a `try`, seen from its body.
    Handlers(&'a [Handler]),
    /// A branch of a race: its fault alone does not fail the race.
    Race,
}

impl<'a> Scope<'a> {
    pub(super) fn edge(output: Option<&'a Expression>) -> Self {
        Scope { outer: None, layer: Layer::Edge(output) }
    }

    /// The output of the run, seen from right behind its outermost block alone.
    pub(super) fn output(&self) -> Option<&'a Expression> {
        match self.layer {
            Layer::Edge(output) => output,
            Layer::Results(..) | Layer::Variable(..) | Layer::Handlers(_) | Layer::Race => None,
        }
    }

    pub(super) fn with<'b>(&'b self, layer: Layer<'b>) -> Scope<'b> {
        Scope { outer: Some(self), layer }
    }

    /// The value of `$name`.
    pub(super) fn find(&self, name: &str) -> Option<&'a Value> {
        let mut scope = *self;
        loop {
            match scope.layer {
                Layer::Variable(variable, value) if variable == name => return Some(value),
                Layer::Results(steps, results) => {
                    let mut ended = steps.iter().zip(results);
                    if let Some((_, result)) = ended.find(|(step, _)| step.name == name) {
                        return Some(result);
                    }
                }
                Layer::Edge(_) | Layer::Variable(..) | Layer::Handlers(_) | Layer::Race => {}
            }
            scope = *scope.outer?;
        }
    }

    /// Whether something around here handles this fault.
    pub(super) fn catches(&self, fault: &FaultRecord) -> bool {
        let mut scope = *self;
        loop {
            match scope.layer {
                Layer::Race => return true,
                Layer::Handlers(handlers) if handlers.iter().any(|handler| handler.fits(fault)) => {
                    return true;
                }
                Layer::Edge(_) | Layer::Variable(..) | Layer::Handlers(_) | Layer::Results(..) => {}
            }
            let Some(outer) = scope.outer else { return false };
            scope = *outer;
        }
    }
}

impl Handler {
    /// Whether it is for this fault: its code or its kind is named, or none is.
    pub(super) fn fits(&self, fault: &FaultRecord) -> bool {
        (self.codes.is_empty() && self.kinds.is_empty())
            || self.codes.iter().any(|code| fault.has_code(code))
            || self.kinds.contains(&fault.kind)
    }
}
