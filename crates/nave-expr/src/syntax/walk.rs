//! The expressions directly inside an expression, in the order of the text.

use crate::ast::{Expr, Key, KeyKind, Kind, Part, Pattern, PatternKind, StepKind};

/// Calls `visit` with every expression directly inside this one, those in keys and patterns too.
pub fn children<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        Kind::Identity
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::Text(_)
        | Kind::Format(_)
        | Kind::Array(None)
        | Kind::Break(_)
        | Kind::Variable(_) => {}
        Kind::Array(Some(inner)) | Kind::Negate(inner) | Kind::Label { body: inner, .. } => visit(inner),
        Kind::Pipe(left, right)
        | Kind::Comma(left, right)
        | Kind::Binary(_, left, right)
        | Kind::Assign(_, left, right) => {
            visit(left);
            visit(right);
        }
        Kind::Interpolation { parts, .. } => {
            for part in parts {
                if let Part::Expr(inner) = part {
                    visit(inner);
                }
            }
        }
        Kind::Object(entries) => {
            for entry in entries {
                key(&entry.key, visit);
                entry.value.iter().for_each(&mut *visit);
            }
        }
        Kind::Path(base, steps) => {
            visit(base);
            steps.iter().for_each(|own| step(&own.kind, visit));
        }
        Kind::Bind { source, patterns, body } => {
            visit(source);
            patterns.iter().for_each(|own| pattern(own, visit));
            visit(body);
        }
        Kind::Reduce { source, pattern: own, init, update } => {
            visit(source);
            pattern(own, visit);
            visit(init);
            visit(update);
        }
        Kind::Foreach { source, pattern: own, init, update, extract } => {
            visit(source);
            pattern(own, visit);
            visit(init);
            visit(update);
            extract.iter().for_each(|inner| visit(inner));
        }
        Kind::If { branches, otherwise } => {
            for (condition, result) in branches {
                visit(condition);
                visit(result);
            }
            otherwise.iter().for_each(|inner| visit(inner));
        }
        Kind::Try { body, handler } => {
            visit(body);
            handler.iter().for_each(|inner| visit(inner));
        }
        Kind::Call { arguments, .. } => arguments.iter().for_each(visit),
    }
}

/// Calls `visit` with an expression and all that is inside it, at any depth; parents come first.
pub fn everything<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    let mut waiting = vec![expr];
    while let Some(next) = waiting.pop() {
        visit(next);
        let first = waiting.len();
        children(next, &mut |child| waiting.push(child));
        if let Some(added) = waiting.get_mut(first..) {
            added.reverse();
        }
    }
}

fn key<'e>(key: &'e Key, visit: &mut dyn FnMut(&'e Expr)) {
    if let KeyKind::Expr(inner) = &key.kind {
        visit(inner);
    }
}

fn step<'e>(step: &'e StepKind, visit: &mut dyn FnMut(&'e Expr)) {
    match step {
        StepKind::Field(_) | StepKind::Iterate => {}
        StepKind::Index(inner) => visit(inner),
        StepKind::Slice(from, to) => from.iter().chain(to).for_each(|inner| visit(inner)),
    }
}

fn pattern<'e>(own: &'e Pattern, visit: &mut dyn FnMut(&'e Expr)) {
    match &own.kind {
        PatternKind::Variable(_) => {}
        PatternKind::Array(items) => items.iter().for_each(|item| pattern(item, visit)),
        PatternKind::Object(entries) => {
            for (name, inner) in entries {
                key(name, visit);
                inner.iter().for_each(|inner| pattern(inner, visit));
            }
        }
    }
}
