//! Which variables an expression uses without binding them itself.

use nave_expr::Span;
use nave_expr::ast::{Entry, Expr, Key, KeyKind, Kind, Part, Pattern, PatternKind, Step, StepKind};

/// Names of the free variables in the order of their first use, each once.
pub(super) fn free(tree: &Expr) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in uses(tree) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Every use of a free variable, in the order of the text. `$__loc__` is none: the language gives it.
pub(super) fn uses(tree: &Expr) -> Vec<(&str, Span)> {
    let mut finder = Finder { bound: Vec::new(), found: Vec::new() };
    finder.expr(tree);
    finder.found
}

struct Finder<'a> {
    bound: Vec<&'a str>,
    found: Vec<(&'a str, Span)>,
}

impl<'a> Finder<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            Kind::Identity
            | Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::Text(_)
            | Kind::Format(_)
            | Kind::Break(_)
            | Kind::Array(None) => {}
            Kind::Variable(name) => self.variable(name, expr.span),
            Kind::Interpolation { parts, .. } => {
                for part in parts {
                    if let Part::Expr(inner) = part {
                        self.expr(inner);
                    }
                }
            }
            Kind::Array(Some(inner)) | Kind::Negate(inner) => self.expr(inner),
            Kind::Label { body, .. } => self.expr(body),
            Kind::Object(entries) => entries.iter().for_each(|entry| self.entry(entry)),
            Kind::Pipe(left, right)
            | Kind::Comma(left, right)
            | Kind::Binary(_, left, right)
            | Kind::Assign(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            Kind::Path(base, steps) => {
                self.expr(base);
                steps.iter().for_each(|step| self.step(step));
            }
            Kind::Bind { source, patterns, body } => {
                self.expr(source);
                self.binding(patterns, &[body]);
            }
            Kind::Reduce { source, pattern, init, update } => {
                self.expr(source);
                self.expr(init);
                self.binding(std::slice::from_ref(pattern), &[update]);
            }
            Kind::Foreach { source, pattern, init, update, extract } => {
                self.expr(source);
                self.expr(init);
                let inside: Vec<&Expr> =
                    std::iter::once(&**update).chain(extract.iter().map(|extract| &**extract)).collect();
                self.binding(std::slice::from_ref(pattern), &inside);
            }
            Kind::If { branches, otherwise } => {
                for (condition, body) in branches {
                    self.expr(condition);
                    self.expr(body);
                }
                otherwise.iter().for_each(|inner| self.expr(inner));
            }
            Kind::Try { body, handler } => {
                self.expr(body);
                handler.iter().for_each(|inner| self.expr(inner));
            }
            Kind::Call { arguments, .. } => arguments.iter().for_each(|inner| self.expr(inner)),
        }
    }

    fn variable(&mut self, name: &'a str, span: Span) {
        if name != "__loc__" && !self.bound.contains(&name) {
            self.found.push((name, span));
        }
    }

    fn entry(&mut self, entry: &'a Entry) {
        self.key(&entry.key);
        entry.value.iter().for_each(|value| self.expr(value));
    }

    /// The key of an object that is made: a variable in it is used.
    fn key(&mut self, key: &'a Key) {
        match &key.kind {
            KeyKind::Name(_) => {}
            KeyKind::Variable(name) => self.variable(name, key.span),
            KeyKind::Expr(inner) => self.expr(inner),
        }
    }

    fn step(&mut self, step: &'a Step) {
        match &step.kind {
            StepKind::Field(_) | StepKind::Iterate => {}
            StepKind::Index(inner) => self.expr(inner),
            StepKind::Slice(from, until) => from.iter().chain(until).for_each(|inner| self.expr(inner)),
        }
    }

    /// Variables of all alternatives are bound in the body; those of the others are null there.
    fn binding(&mut self, patterns: &'a [Pattern], bodies: &[&'a Expr]) {
        let before = self.bound.len();
        for pattern in patterns {
            self.pattern(pattern);
        }
        bodies.iter().for_each(|body| self.expr(body));
        self.bound.truncate(before);
    }

    fn pattern(&mut self, pattern: &'a Pattern) {
        match &pattern.kind {
            PatternKind::Variable(name) => self.bound.push(name),
            PatternKind::Array(items) => items.iter().for_each(|item| self.pattern(item)),
            PatternKind::Object(members) => {
                for (key, inner) in members {
                    match &key.kind {
                        KeyKind::Name(_) => {}
                        KeyKind::Variable(name) => self.bound.push(name),
                        KeyKind::Expr(inner) => self.expr(inner),
                    }
                    inner.iter().for_each(|inner| self.pattern(inner));
                }
            }
        }
    }
}
