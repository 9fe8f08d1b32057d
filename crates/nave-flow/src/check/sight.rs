//! What a place in a flow sees: `.`, the results of steps, and what is known there because conditions
//! held. One stack for the whole flow, on which a block pushes and from which it pops; nothing is copied
//! per step.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use nave_expr::ast::{Expr, Kind, Operator};
use nave_expr::check::{Presence, Scope, Variable, narrow};
use nave_expr::syntax::print;
use nave_expr::types::Type;

use super::flowing::Flowing;
use crate::flow::Expression;

/// A result or variable.
#[derive(Clone)]
pub(super) struct Bound<'w> {
    name: Rc<str>,
    pub(super) variable: Variable<'w>,
    pub(super) flowing: Flowing<'w>,
    /// Where all of these hold it is there.
    guard: Rc<[String]>,
}

/// See above.
pub(super) struct Sight<'w> {
    pub(super) input: Type<'w>,
    pub(super) input_name: String,
    pub(super) input_flowing: Flowing<'w>,
    bound: Vec<Bound<'w>>,
    /// The places in `bound` of each name, the innermost last.
    places: BTreeMap<Rc<str>, Vec<usize>>,
    /// Conditions that hold here, as they are written.
    held: Vec<String>,
    /// Results by the conditions of their guard.
    guarded: BTreeMap<String, Vec<Rc<str>>>,
}

/// How much is seen, to go back to.
pub(super) struct Mark<'w> {
    bound: usize,
    held: usize,
    input: Type<'w>,
}

impl<'w> Sight<'w> {
    pub(super) fn new() -> Self {
        Sight {
            input: Type::never(),
            input_name: String::new(),
            input_flowing: Flowing::default(),
            bound: Vec::new(),
            places: BTreeMap::new(),
            held: Vec::new(),
            guarded: BTreeMap::new(),
        }
    }

    pub(super) fn mark(&self) -> Mark<'w> {
        Mark { bound: self.bound.len(), held: self.held.len(), input: self.input.clone() }
    }

    pub(super) fn back(&mut self, mark: Mark<'w>) {
        for bound in self.bound.drain(mark.bound.min(self.bound.len())..) {
            if let Some(places) = self.places.get_mut(&bound.name) {
                places.pop();
            }
        }
        self.held.truncate(mark.held);
        self.input = mark.input;
    }

    /// Shows a value that is always there.
    pub(super) fn show(&mut self, name: &str, variable: Variable<'w>, flowing: Flowing<'w>) {
        self.push(Bound { name: name.into(), variable, flowing, guard: Rc::from([]) });
    }

    /// Shows the result of a step that runs only where a condition holds.
    pub(super) fn show_guarded(
        &mut self,
        name: &str,
        variable: Variable<'w>,
        flowing: Flowing<'w>,
        condition: &Expression,
    ) {
        let mut guard = Vec::new();
        conjuncts(&condition.tree, &mut guard);
        let name: Rc<str> = name.into();
        for condition in &guard {
            self.guarded.entry(condition.clone()).or_default().push(Rc::clone(&name));
        }
        self.push(Bound { name, variable, flowing, guard: guard.into() });
    }

    fn push(&mut self, bound: Bound<'w>) {
        self.places.entry(Rc::clone(&bound.name)).or_default().push(self.bound.len());
        self.bound.push(bound);
    }

    /// A result or variable; `None`: it could not be read, which was reported.
    pub(super) fn get(&self, name: &str) -> Option<&Bound<'w>> {
        self.bound.get(*self.places.get(name)?.last()?)
    }

    /// What an expression sees: only what it uses.
    pub(super) fn scope(&self, expression: &Expression) -> Scope<'w> {
        let variable = |name: &String| {
            let variable = match self.get(name) {
                Some(bound) => bound.variable.clone(),
                // Of what was reported nothing is known, and nothing more is said.
                None => Variable { ty: Type::anything(""), name: None, presence: Presence::Always },
            };
            (name.clone(), variable)
        };
        Scope {
            input: self.input.clone(),
            input_name: self.input_name.clone(),
            variables: expression.variables.iter().map(variable).collect(),
        }
    }

    /// Whether a condition may hold, or not hold.
    pub(super) fn may(&self, condition: &Expression, holds: bool) -> bool {
        narrow(&condition.tree, &self.scope(condition), holds).is_some()
    }

    /// From here on a condition is known to hold, or not to hold. False: that cannot be.
    pub(super) fn assume(&mut self, condition: &Expression, holds: bool) -> bool {
        self.assume_part(condition, &condition.tree, holds)
    }

    /// The same of a part of a condition.
    pub(super) fn assume_part(&mut self, whole: &Expression, condition: &Expr, holds: bool) -> bool {
        let before = self.scope(whole);
        let narrowed = narrow(condition, &before, holds);
        if let Some(narrowed) = &narrowed {
            self.input = narrowed.input.clone();
            for ((name, variable), (_, old)) in narrowed.variables.iter().zip(&before.variables) {
                self.learn(name, variable, old);
            }
        }
        if holds {
            let first = self.held.len();
            conjuncts(condition, &mut self.held);
            self.reveal(first);
        }
        narrowed.is_some()
    }

    /// Something more is known of a variable.
    fn learn(&mut self, name: &str, variable: &Variable<'w>, old: &Variable<'w>) {
        let mut variable = variable.clone();
        // Where it may not be there, `null` stands for that, and is no value of its own.
        if variable.presence != Presence::Always && !old.ty.may_be_null() {
            variable.ty = variable.ty.without_null();
        }
        let is_same = old.presence == variable.presence
            && old.ty.includes(&variable.ty)
            && variable.ty.includes(&old.ty);
        if let (false, Some(bound)) = (is_same, self.get(name)) {
            let bound = Bound { variable, ..bound.clone() };
            self.push(bound);
        }
    }

    /// Results that are there because the conditions they depend on hold.
    fn reveal(&mut self, first: usize) {
        let held: BTreeSet<&str> = self.held.iter().map(String::as_str).collect();
        let fresh = self.held.get(first..).unwrap_or_default();
        let mut shown = Vec::new();
        for bound in fresh.iter().filter_map(|condition| self.guarded.get(condition)).flatten() {
            let Some(bound) = self.get(bound) else { continue };
            let is_there = bound.guard.iter().all(|condition| held.contains(condition.as_str()));
            if is_there && bound.variable.presence != Presence::Always {
                let variable = Variable { presence: Presence::Always, ..bound.variable.clone() };
                shown.push(Bound { variable, ..bound.clone() });
            }
        }
        for bound in shown {
            self.push(bound);
        }
    }
}

/// The conditions that a condition is made of with `and`, as they are written.
fn conjuncts(condition: &Expr, all: &mut Vec<String>) {
    match &condition.kind {
        Kind::Binary(Operator::And, left, right) => {
            conjuncts(left, all);
            conjuncts(right, all);
        }
        _ => all.push(print(condition)),
    }
}
