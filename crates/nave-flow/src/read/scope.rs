//! Which results and variables an expression may use, and what is said of those it may not.
//!
//! A step's result is there for the steps behind it in its block, and inside their blocks. What stands
//! inside a block ends with it; outside, the result of the step that holds the block is there instead.

use std::collections::BTreeMap;

use nave_expr::Expr;
use nave_model::fault::codes;
use nave_model::similar::Candidates;
use nave_model::{At, Problem};

use super::Reader;
use crate::expression::{self, Written};

/// Names that a misspelt one is compared with: the last ones, which are the nearest in the file too.
const MOST_NEAR: usize = 300;

/// What is visible at the place that is being read.
#[derive(Debug, Default)]
pub(super) struct Scope {
    visible: Candidates,
    counts: BTreeMap<String, usize>,
    /// The steps being read, from the outside inwards.
    pub(super) inside: Vec<usize>,
    /// Blocks that are open.
    pub(super) blocks: usize,
    /// Whether the expression is evaluated before any step has run.
    pub(super) is_before: bool,
}

impl Scope {
    /// How much is visible now, to go back to.
    pub(super) fn mark(&self) -> usize {
        self.visible.len()
    }

    pub(super) fn show(&mut self, name: &str) {
        *self.counts.entry(name.to_owned()).or_insert(0) += 1;
        self.visible.push(name);
    }

    pub(super) fn back(&mut self, mark: usize) {
        for name in self.visible.truncate(mark) {
            if let Some(count) = self.counts.get_mut(&name) {
                *count = count.saturating_sub(1);
            }
        }
    }

    pub(super) fn sees(&self, name: &str) -> bool {
        self.counts.get(name).is_some_and(|count| *count > 0)
    }
}

impl Reader<'_> {
    /// Says which variables of an expression are not there.
    pub(super) fn check_variables(&mut self, tree: &Expr, written: &Written) {
        let mut problems = Vec::new();
        for (name, span) in expression::uses(tree) {
            if self.scope.sees(name) {
                continue;
            }
            if self.errors.is_full() {
                self.errors.left_out += 1;
            } else {
                problems.push(self.missing(name, written.place(span)));
            }
        }
        for problem in problems {
            self.errors.push(problem);
        }
    }

    /// Why a variable is not there.
    fn missing(&self, name: &str, at: At) -> Problem {
        let result =
            |message: String, hint: String| Problem::new(codes::FLOW_RESULT, at.clone(), message).hint(hint);
        if let Some(step) = self.names.step(name).filter(|_| !name.is_empty()) {
            let (message, hint) = self.not_there(name, step);
            return result(message, hint);
        }
        if let Some(step) = self.names.variable(name) {
            let owner = self.names.get(step).map_or("", |declared| declared.name.as_str());
            let message = format!("`${name}` is there only inside the step `{owner}`");
            return result(message, format!("outside, use `${owner}`, the result of the whole step"));
        }
        let hint = match name {
            "trigger" | "event" | "input" | "payload" | "body" => {
                Some("`.` is the trigger's data".to_owned())
            }
            "env" | "ENV" => Some("a flow does not see the environment".to_owned()),
            _ => self.scope.visible.did_you_mean(name, MOST_NEAR),
        };
        let problem = Problem::new(codes::FLOW_NAME, at, format!("there is no step `{name}`"));
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    /// Why the result of a step that exists is not there, and what to do.
    fn not_there(&self, name: &str, step: usize) -> (String, String) {
        if self.scope.inside.last() == Some(&step) {
            let message = format!("`${name}` is the result of this step itself");
            return (
                message,
                "a result is there once its step has run; use one of an earlier step".to_owned(),
            );
        }
        if self.scope.inside.contains(&step) {
            let message = format!("`${name}` is not there before all steps inside `{name}` have run");
            return (message, "use the results of the steps before".to_owned());
        }
        if self.scope.is_before {
            let message = format!("`${name}` is used before any step has run");
            return (message, "here only `.` is there".to_owned());
        }
        let mut around = self.names.get(step).and_then(|declared| declared.parent);
        while let Some((index, declared)) = around.and_then(|index| Some((index, self.names.get(index)?))) {
            let outer = &declared.name;
            if self.scope.sees(outer) {
                let message =
                    format!("`${name}` is the result of a step inside `{outer}`, which may not have run");
                return (message, format!("use `${outer}`, the result of the whole step"));
            }
            if self.scope.inside.contains(&index) {
                let message = format!("`${name}` is the result of a step on another branch of `{outer}`");
                return (message, format!("name the value in a step before `{outer}`, or on this branch"));
            }
            around = declared.parent;
        }
        let line = self.names.get(step).and_then(|declared| self.at(declared.range.clone()).line);
        let message = format!("`${name}` is used before the step `{name}` has run");
        (message, format!("the step stands at line {}; move it up", line.unwrap_or_default()))
    }
}
