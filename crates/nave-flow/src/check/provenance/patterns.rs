//! What binds names: `as` with its patterns, `reduce` and `foreach`.

use nave_expr::Span;
use nave_expr::ast::{Expr, Key, KeyKind, Pattern, PatternKind};

use super::Tracer;
use crate::check::flowing::Flowing;

impl<'w> Tracer<'_, 'w> {
    /// `source as pattern ?// pattern | body`
    pub(super) fn bind(
        &mut self,
        source: &Expr,
        patterns: &[Pattern],
        body: &Expr,
        input: &Flowing<'w>,
    ) -> Flowing<'w> {
        let before = self.bound.len();
        let value = self.unread(source, input);
        for pattern in patterns {
            self.pattern(pattern, &value, input);
        }
        let given = self.value(body, input);
        self.bound.truncate(before);
        given
    }

    /// `reduce` and `foreach`: source, first state and what makes the next one. Two rounds tell all there
    /// is to be told of what a value may come from.
    pub(super) fn reduce(
        &mut self,
        [source, init, update]: [&Expr; 3],
        extract: Option<&Expr>,
        pattern: &Pattern,
        input: &Flowing<'w>,
    ) -> Flowing<'w> {
        let before = self.bound.len();
        let value = self.unread(source, input);
        let mut state = self.value(init, input);
        self.pattern(pattern, &value, input);
        let mut given = if extract.is_some() { Flowing::default() } else { state.clone() };
        for _ in 0..2 {
            let next = self.value(update, &state);
            given = given.or(match extract {
                Some(extract) => self.value(extract, &next),
                None => next.clone(),
            });
            state = state.or(next);
        }
        self.bound.truncate(before);
        given
    }

    fn pattern(&mut self, pattern: &Pattern, value: &Flowing<'w>, input: &Flowing<'w>) {
        match &pattern.kind {
            PatternKind::Variable(name) => self.bound.push((name.clone(), value.clone())),
            PatternKind::Array(items) => {
                let inside = value.items(pattern.span);
                for item in items {
                    self.pattern(item, &inside, input);
                }
            }
            PatternKind::Object(members) => {
                for (key, inner) in members {
                    let inside = self.member(key, value, pattern.span, input);
                    if let KeyKind::Variable(name) = &key.kind {
                        self.bound.push((name.clone(), inside.clone()));
                    }
                    if let Some(inner) = inner {
                        self.pattern(inner, &inside, input);
                    }
                }
            }
        }
    }

    fn member(&mut self, key: &Key, value: &Flowing<'w>, span: Span, input: &Flowing<'w>) -> Flowing<'w> {
        let inside = match &key.kind {
            KeyKind::Name(name) | KeyKind::Variable(name) => value.field(name, key.span),
            KeyKind::Expr(name) => {
                self.value(name, input);
                value.items(span)
            }
        };
        self.read(&inside);
        inside
    }
}
