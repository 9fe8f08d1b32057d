//! Moves the spans of a tree, for expressions that are parts of a longer text.

use crate::Span;
use crate::ast::{Entry, Expr, Key, KeyKind, Kind, Part, Pattern, PatternKind, Step, StepKind};

/// Replaces every span of a tree.
pub fn spans(expr: &mut Expr, to: &dyn Fn(Span) -> Span) {
    expr.span = to(expr.span);
    match &mut expr.kind {
        Kind::Identity
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::Text(_)
        | Kind::Format(_)
        | Kind::Break(_)
        | Kind::Variable(_)
        | Kind::Array(None) => {}
        Kind::Interpolation { parts, .. } => {
            for part in parts {
                if let Part::Expr(inner) = part {
                    spans(inner, to);
                }
            }
        }
        Kind::Array(Some(inner)) | Kind::Negate(inner) => spans(inner, to),
        Kind::Object(entries) => entries.iter_mut().for_each(|inner| entry(inner, to)),
        Kind::Pipe(left, right)
        | Kind::Comma(left, right)
        | Kind::Binary(_, left, right)
        | Kind::Assign(_, left, right) => {
            spans(left, to);
            spans(right, to);
        }
        Kind::Path(base, steps) => {
            spans(base, to);
            steps.iter_mut().for_each(|inner| step(inner, to));
        }
        Kind::Bind { source, patterns, body } => {
            spans(source, to);
            patterns.iter_mut().for_each(|inner| pattern(inner, to));
            spans(body, to);
        }
        Kind::Reduce { source, pattern: bound, init, update } => {
            pattern(bound, to);
            [source, init, update].into_iter().for_each(|inner| spans(inner, to));
        }
        Kind::Foreach { source, pattern: bound, init, update, extract } => {
            pattern(bound, to);
            [source, init, update].into_iter().chain(extract).for_each(|inner| spans(inner, to));
        }
        Kind::If { branches, otherwise } => {
            for (condition, body) in branches {
                spans(condition, to);
                spans(body, to);
            }
            otherwise.iter_mut().for_each(|inner| spans(inner, to));
        }
        Kind::Try { body, handler } => {
            spans(body, to);
            handler.iter_mut().for_each(|inner| spans(inner, to));
        }
        Kind::Label { body, .. } => spans(body, to),
        Kind::Call { name_span, arguments, .. } => {
            *name_span = to(*name_span);
            arguments.iter_mut().for_each(|inner| spans(inner, to));
        }
    }
}

fn entry(entry: &mut Entry, to: &dyn Fn(Span) -> Span) {
    entry.span = to(entry.span);
    key(&mut entry.key, to);
    entry.value.iter_mut().for_each(|inner| spans(inner, to));
}

fn key(key: &mut Key, to: &dyn Fn(Span) -> Span) {
    key.span = to(key.span);
    if let KeyKind::Expr(inner) = &mut key.kind {
        spans(inner, to);
    }
}

fn step(step: &mut Step, to: &dyn Fn(Span) -> Span) {
    step.span = to(step.span);
    match &mut step.kind {
        StepKind::Field(_) | StepKind::Iterate => {}
        StepKind::Index(inner) => spans(inner, to),
        StepKind::Slice(from, until) => {
            from.iter_mut().chain(until).for_each(|inner| spans(inner, to));
        }
    }
}

fn pattern(bound: &mut Pattern, to: &dyn Fn(Span) -> Span) {
    bound.span = to(bound.span);
    match &mut bound.kind {
        PatternKind::Variable(_) => {}
        PatternKind::Array(items) => items.iter_mut().for_each(|inner| pattern(inner, to)),
        PatternKind::Object(members) => {
            for (name, inner) in members {
                key(name, to);
                inner.iter_mut().for_each(|inner| pattern(inner, to));
            }
        }
    }
}
