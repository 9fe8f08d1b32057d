//! One expression of a flow: its type, what is wrong with it, where its value comes from and what it reads.

use nave_expr::check::{check, condition};
use nave_expr::types::Type;

use super::checker::{Checker, Given};
use super::provenance::trace;
use super::uses::Read;
use crate::expression::place;
use crate::flow::Expression;

impl<'w> Checker<'w, '_> {
    /// An expression that gives exactly one value, which fits a target.
    pub(super) fn value(&mut self, expression: &'w Expression, target: &Type<'w>, name: &str) -> Given<'w> {
        let scope = self.sight.scope(expression);
        let inferred = check(&expression.tree, &scope, target, name);
        self.found.diagnostics(expression, &inferred.diagnostics);
        let (flowing, reads) = trace(&expression.tree, &self.sight.input_flowing, &self.sight);
        for seen in reads {
            let read = Read {
                source: seen.origin.source.clone(),
                pointer: seen.pointer.to_string(),
                step: self.step_name(),
                at: place(expression, seen.span),
            };
            if !self.uses.reads.iter().rev().take(32).any(|known| *known == read) {
                self.uses.reads.push(read);
            }
        }
        Given { ty: inferred.ty, flowing }
    }

    /// An expression that gives exactly one value of any type.
    pub(super) fn any_value(&mut self, expression: &'w Expression, name: &str) -> Given<'w> {
        self.value(expression, &Type::anything(""), name)
    }

    /// A condition.
    pub(super) fn condition(&mut self, expression: &'w Expression) {
        let scope = self.sight.scope(expression);
        let inferred = condition(&expression.tree, &scope);
        self.found.diagnostics(expression, &inferred.diagnostics);
        let (_, reads) = trace(&expression.tree, &self.sight.input_flowing, &self.sight);
        for seen in reads {
            self.uses.reads.push(Read {
                source: seen.origin.source.clone(),
                pointer: seen.pointer.to_string(),
                step: self.step_name(),
                at: place(expression, seen.span),
            });
        }
    }
}
