//! Lists, objects, calls and patterns as text.

use super::{Level, Printer};
use crate::ast::{Assignment, Entry, Expr, Key, KeyKind, Kind, Pattern, PatternKind};
use crate::syntax::token;

impl Printer {
    /// `a, b, …`, flat where reading it back makes the same tree of it.
    pub(super) fn list(&mut self, expr: &Expr) {
        let items = items(expr);
        let Some((last, others)) = items.split_last() else { return };
        for item in others {
            self.expr(item, Level::Alternative);
            self.put(", ");
        }
        self.expr(last, if is_open(last) { Level::Query } else { Level::Alternative });
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
                self.entry_value(value);
            }
        }
        self.put(" }");
    }

    /// Pipes without bindings and lists may stand as they are.
    fn entry_value(&mut self, value: &Expr) {
        let mut rest = value;
        while let Kind::Pipe(first, next) = &rest.kind {
            self.expr(first, Level::Alternative);
            self.put(" | ");
            rest = next;
        }
        self.expr(rest, Level::Alternative);
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

/// Whether a list ends in something that takes all that follows it.
pub(super) fn reaches_to_the_end(expr: &Expr) -> bool {
    items(expr).last().is_some_and(|last| is_open(last))
}

fn is_open(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Bind { .. } | Kind::Label { .. })
}

/// What stands between the `,` of a list: all leaves of its tree where a row of them reads as this tree,
/// otherwise its two sides.
fn items(expr: &Expr) -> Vec<&Expr> {
    let mut leaves = Vec::new();
    collect(expr, &mut leaves);
    match &expr.kind {
        Kind::Comma(left, right) if !is_balanced(expr, leaves.len()) => vec![left, right],
        _ => leaves,
    }
}

fn collect<'e>(expr: &'e Expr, leaves: &mut Vec<&'e Expr>) {
    if let Kind::Comma(left, right) = &expr.kind {
        collect(left, leaves);
        collect(right, leaves);
    } else {
        leaves.push(expr);
    }
}

/// Whether the tree is the one that reading so many items makes.
fn is_balanced(expr: &Expr, count: usize) -> bool {
    match &expr.kind {
        Kind::Comma(left, right) if count > 1 => {
            let first = count.div_ceil(2);
            is_balanced(left, first) && is_balanced(right, count - first)
        }
        Kind::Comma(..) => false,
        _ => count == 1,
    }
}
