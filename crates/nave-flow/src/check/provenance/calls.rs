//! Calls: functions that hand parts of their input on, functions whose result no longer tells it, and all
//! others, whose results bear the marks of everything they were given.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_expr::Span;
use nave_expr::ast::Expr;
use nave_expr::forms::{Form, form};

use super::{Tracer, plain};
use crate::check::flowing::Flowing;

/// What these give does not tell what they were given: lengths, kinds, yes or no, places, digests and what
/// was made unreadable on purpose.
const TELLS_NOTHING: &[&str] = &[
    "length",
    "utf8bytelength",
    "type",
    "not",
    "has",
    "in",
    "inside",
    "contains",
    "startswith",
    "endswith",
    "index",
    "rindex",
    "indices",
    "any",
    "all",
    "isempty",
    "isvalid",
    "test",
    "keys",
    "keys_unsorted",
    "paths",
    "path",
    "range",
    "empty",
    "isnan",
    "isinfinite",
    "isnormal",
    "isfinite",
    "infinite",
    "nan",
    "bsearch",
    "IN",
    "have_literal_numbers",
    "have_decnum",
    "sha256",
    "stable_id",
    "error",
];

/// These give their input in another order, or some of it.
const SAME: &[&str] =
    &["sort", "sort_by", "reverse", "unique", "unique_by", "toarray", "walk", "select", "values", "strings"];

/// These give one item of their input.
const ONE_ITEM: &[&str] = &["min", "max", "min_by", "max_by", "add"];

/// These give what their last argument gives, or some of it.
const LAST_ARGUMENT: &[&str] = &["limit", "skip", "first", "last", "nth", "until", "error"];

impl<'w> Tracer<'_, 'w> {
    /// `name(a; b)`
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        name: &str,
        arguments: &[Expr],
        input: &Flowing<'w>,
    ) -> Flowing<'w> {
        if TELLS_NOTHING.contains(&name) || name.starts_with("mask") || name.starts_with("is_") {
            self.look(expr, input);
            return Flowing::default();
        }
        if SAME.contains(&name) {
            self.arguments(arguments, &items_or_self(name, input, expr.span));
            return input.at(expr.span);
        }
        if ONE_ITEM.contains(&name) && (name != "add" || arguments.is_empty()) {
            let items = input.items(expr.span);
            self.arguments(arguments, &items);
            return items;
        }
        match (name, arguments) {
            (_, [.., last]) if LAST_ARGUMENT.contains(&name) => self.value(last, input),
            ("add", [values]) => self.value(values, input),
            ("flatten", _) => {
                let items = input.items(expr.span);
                Flowing::list(items.items(expr.span).or(items))
            }
            ("group_by", [by]) => {
                let items = input.items(expr.span);
                self.value(by, &items);
                Flowing::list(Flowing::list(items))
            }
            ("to_entries", []) => {
                let value = input.items(expr.span);
                let fields: IndexMap<Rc<str>, Flowing<'w>> = [("value".into(), value)].into_iter().collect();
                Flowing::list(Flowing::object(fields, None))
            }
            ("from_entries", []) => {
                let entries = input.items(expr.span);
                let value = entries.field("value", expr.span).or(entries.field("v", expr.span));
                let key = Flowing::made(entries.field("key", expr.span).marks());
                Flowing::object(IndexMap::new(), Some(value.or(key)))
            }
            ("map", [each]) => Flowing::list(self.value(each, &input.items(expr.span))),
            ("map_values", [each]) => {
                let value = self.value(each, &input.items(expr.span));
                Flowing::list(value.clone()).or(Flowing::object(IndexMap::new(), Some(value)))
            }
            ("del", [path]) => self.without(path, input),
            ("getpath", [path]) => {
                self.value(path, input);
                input.items(expr.span).or(input.clone())
            }
            ("setpath", [path, value]) => {
                self.value(path, input);
                input.clone().or(self.value(value, input))
            }
            _ => match form(name, arguments.len()) {
                Some(Form::Sugar(longer)) => self.value(&longer(expr.span, arguments), input),
                Some(Form::Primitive(_)) | None => {
                    let mut marks = input.at(expr.span).marks();
                    for argument in arguments {
                        marks.extend(self.value(argument, input).marks());
                    }
                    Flowing::made(marks)
                }
            },
        }
    }

    fn arguments(&mut self, arguments: &[Expr], input: &Flowing<'w>) {
        for argument in arguments {
            self.value(argument, input);
        }
    }

    /// `del(path)`: what is taken away goes nowhere.
    fn without(&mut self, path: &Expr, input: &Flowing<'w>) -> Flowing<'w> {
        let mut left = input.clone();
        let mut waiting = vec![path];
        while let Some(path) = waiting.pop() {
            if let nave_expr::ast::Kind::Comma(one, other) = &path.kind {
                waiting.extend([&**one, &**other]);
                continue;
            }
            self.value(path, input);
            let mut steps = Vec::new();
            if plain(path, &mut steps) {
                left = left.with(&steps, &Flowing::default(), path.span);
            }
        }
        left
    }
}

/// What arguments of a function see: items of lists, or the value itself.
fn items_or_self<'w>(name: &str, input: &Flowing<'w>, span: Span) -> Flowing<'w> {
    if name.ends_with("_by") { input.items(span) } else { input.clone() }
}
