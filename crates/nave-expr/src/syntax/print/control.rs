//! Bindings, folds, conditions and `try` as text.

use super::{Level, Printer};
use crate::ast::{Assignment, Expr, Kind, Pattern};

impl Printer {
    pub(super) fn bind(&mut self, source: &Expr, patterns: &[Pattern], body: &Expr) {
        self.expr(source, Level::Alternative);
        let mut before = " as ";
        for pattern in patterns {
            self.put(before);
            before = " ?// ";
            self.pattern(pattern);
        }
        self.put(" | ");
        self.expr(body, Level::Query);
    }

    pub(super) fn fold(&mut self, word: &str, source: &Expr, pattern: &Pattern, arguments: &[&Expr]) {
        self.put(word);
        self.expr(source, Level::Alternative);
        self.put(" as ");
        self.pattern(pattern);
        let mut before = " (";
        for argument in arguments {
            self.put(before);
            before = "; ";
            self.expr(argument, Level::Query);
        }
        self.put(")");
    }

    pub(super) fn branches(&mut self, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) {
        let mut before = "if ";
        for (condition, result) in branches {
            self.put(before);
            before = " elif ";
            // Where a condition is meant, an assignment stands in parentheses.
            let is_assignment = matches!(condition.kind, Kind::Assign(Assignment::Set, ..));
            self.expr(condition, if is_assignment { Level::Base } else { Level::Query });
            self.put(" then ");
            self.expr(result, Level::Query);
        }
        if let Some(otherwise) = otherwise {
            self.put(" else ");
            self.expr(otherwise, Level::Query);
        }
        self.put(" end");
    }

    /// Without a handler a `?` does it, except directly behind a step, whose own it would be.
    pub(super) fn attempt(&mut self, body: &Expr, handler: Option<&Expr>) {
        let Some(handler) = handler else {
            match &body.kind {
                Kind::Path(base, steps) if steps.last().is_some_and(|step| step.optional) => {
                    self.path(base, steps);
                }
                _ => self.expr(body, Level::Base),
            }
            return self.put("?");
        };
        self.put("try ");
        self.expr(body, Level::Term);
        self.put(" catch ");
        self.expr(handler, Level::Term);
    }
}
