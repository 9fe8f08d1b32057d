//! Lists, objects, calls and patterns as text.

use super::{Level, Printer};
use crate::ast::{Assignment, Entry, Expr, Key, KeyKind, Kind, Pattern, PatternKind};
use crate::syntax::token;

impl Printer {
    /// `a, b, …`, flat where reading it back makes the same tree of it.
    pub(super) fn list(&mut self, expr: &Expr) {
        let Kind::Comma(left, right) = &expr.kind else { return self.expr(expr, Level::Alternative) };
        let is_flat = is_balanced(expr, items(expr));
        for (side, before) in [(left, ""), (right, ", ")] {
            self.put(before);
            if is_flat {
                self.flat(side);
            } else {
                self.expr(side, Level::Alternative);
            }
        }
    }

    fn flat(&mut self, expr: &Expr) {
        if let Kind::Comma(left, right) = &expr.kind {
            self.flat(left);
            self.put(", ");
            self.flat(right);
        } else {
            self.expr(expr, Level::Alternative);
        }
    }

    pub(super) fn object(&mut self, entries: &[Entry]) {
        if entries.is_empty() {
            return self.put("{}");
        }
        let mut before = "{ ";
        for entry in entries {
            self.put(before);
            before = ", ";
            self.key(&entry.key);
            if let Some(value) = &entry.value {
                self.put(": ");
                self.expr(value, Level::Alternative);
            }
        }
        self.put(" }");
    }

    fn key(&mut self, key: &Key) {
        match &key.kind {
            KeyKind::Name(name) if token::is_name(name) => self.put(name),
            KeyKind::Name(name) => self.quoted(name),
            KeyKind::Variable(name) => self.named("$", name),
            KeyKind::Expr(inner) if matches!(inner.kind, Kind::Interpolation { .. }) => self.bare(inner),
            KeyKind::Expr(inner) => self.between("(", inner, ")"),
        }
    }

    pub(super) fn call(&mut self, name: &str, arguments: &[Expr]) {
        self.put(name);
        if arguments.is_empty() {
            return;
        }
        let mut before = "(";
        for argument in arguments {
            self.put(before);
            before = "; ";
            // Where a condition is meant, an assignment stands in parentheses.
            let is_assignment = matches!(argument.kind, Kind::Assign(Assignment::Set, ..));
            self.expr(argument, if is_assignment { Level::Base } else { Level::Query });
        }
        self.put(")");
    }

    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Variable(name) => self.named("$", name),
            PatternKind::Array(items) => {
                let mut before = "[";
                for item in items {
                    self.put(before);
                    before = ", ";
                    self.pattern(item);
                }
                self.put("]");
            }
            PatternKind::Object(entries) => {
                let mut before = "{ ";
                for (key, inner) in entries {
                    self.put(before);
                    before = ", ";
                    self.key(key);
                    if let Some(inner) = inner {
                        self.put(": ");
                        self.pattern(inner);
                    }
                }
                self.put(" }");
            }
        }
    }
}

fn items(expr: &Expr) -> usize {
    match &expr.kind {
        Kind::Comma(left, right) => items(left) + items(right),
        _ => 1,
    }
}

/// Whether the tree of so many items is the one that reading them in a row makes.
fn is_balanced(expr: &Expr, count: usize) -> bool {
    let Kind::Comma(left, right) = &expr.kind else { return count == 1 };
    let first = count.div_ceil(2);
    items(left) == first && is_balanced(left, first) && is_balanced(right, count - first)
}
