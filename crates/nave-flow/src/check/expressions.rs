//! One expression of a flow: its type, what is wrong with it, where its value comes from and what it reads.

use nave_expr::ast::{Expr, Kind, Operator};
use nave_expr::check::{Inferred, check, condition, infer};
use nave_expr::syntax::oddities;
use nave_expr::types::Type;

use super::checker::{Checker, Given};
use super::flowing::Flowing;
use super::provenance::trace;
use super::uses::Read;
use crate::expression::place;
use crate::flow::Expression;

/// Reads of one expression that are compared with, so that each is noted once.
const RECENT: usize = 32;

impl<'w> Checker<'w, '_> {
    /// An expression that gives exactly one value, which fits a target.
    pub(super) fn value(&mut self, expression: &'w Expression, target: &Type<'w>, name: &str) -> Given<'w> {
        let inferred = check(&expression.tree, &self.sight.scope(expression), target, name);
        self.looked_at(expression, inferred)
    }

    /// An expression that gives exactly one value of any type.
    pub(super) fn any_value(&mut self, expression: &'w Expression, name: &str) -> Given<'w> {
        self.value(expression, &Type::anything(""), name)
    }

    /// An expression that gives any number of values.
    pub(super) fn any_number(&mut self, expression: &'w Expression) -> Given<'w> {
        let inferred = infer(&expression.tree, &self.sight.scope(expression));
        self.looked_at(expression, inferred)
    }

    /// A condition. What stands behind `and` is looked at where what stands before it holds, so that results
    /// which depend on that are there.
    pub(super) fn condition(&mut self, expression: &'w Expression) {
        self.condition_part(expression, &expression.tree);
        self.reads(expression);
    }

    fn condition_part(&mut self, expression: &'w Expression, part: &'w Expr) {
        if let Kind::Binary(Operator::And, left, right) = &part.kind {
            self.condition_part(expression, left);
            let mark = self.sight.mark();
            self.sight.assume_part(expression, left, true);
            self.condition_part(expression, right);
            self.sight.back(mark);
            return;
        }
        let inferred = condition(part, &self.sight.scope(expression));
        self.found.diagnostics(expression, &inferred.diagnostics);
    }

    fn looked_at(&mut self, expression: &'w Expression, inferred: Inferred<'w>) -> Given<'w> {
        self.found.diagnostics(expression, &inferred.diagnostics);
        let flowing = self.reads(expression);
        Given { ty: inferred.ty, flowing }
    }

    /// Notes what an expression reads; gives where its value comes from.
    fn reads(&mut self, expression: &'w Expression) -> Flowing<'w> {
        // In a template `${…}` is what it looks like; elsewhere it is only text.
        if !expression.is_template {
            self.found.diagnostics(expression, &oddities(&expression.tree));
        }
        let (flowing, reads) = trace(&expression.tree, &self.sight.input_flowing, &self.sight);
        for seen in reads {
            let read = Read {
                source: seen.origin.source.clone(),
                pointer: seen.pointer.to_string(),
                step: self.step_name(),
                at: place(expression, seen.span),
            };
            if !self.uses.reads.iter().rev().take(RECENT).any(|known| *known == read) {
                self.uses.reads.push(read);
            }
        }
        flowing
    }
}
