//! Checks expressions before they run: infers what type of value comes out and how many, and says, at the
//! exact place, everything that may fail or does not fit the target. Types themselves, and comparing a
//! finished type with a target, are `types`; what a function gives is said by the function.
//!
//! An expression that is accepted never fails on values of the scope's types, except where
//! [`Inferred::can_fail`] says so, and never gives a value outside the type that is inferred.

use std::rc::Rc;

use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::types::Type;

mod assignments;
mod bindings;
mod calls;
mod change;
mod combine;
mod conditions;
mod construct;
mod environment;
mod fields;
mod forms;
mod goal;
mod inside;
mod need;
mod objects;
mod operators;
mod patterns;
mod places;
mod reach;
mod shape;
mod steps;
mod walk;
mod widen;
mod words;

use environment::Environment;
use goal::Goal;
use walk::Walk;

/// What an expression can see.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The type of `.`.
    pub input: Type<'a>,
    /// What people call `.`: `the deal`.
    pub input_name: String,
    /// Variables by name, without `$`.
    pub variables: Vec<(String, Variable<'a>)>,
}

/// A variable that is handed in.
#[derive(Debug, Clone)]
pub struct Variable<'a> {
    /// Its type, where it is there.
    pub ty: Type<'a>,
    /// What people call it: ``the answer of `erp.create_project` ``; `None`: its name is all there is.
    pub name: Option<String>,
    /// Whether it is there.
    pub presence: Presence,
}

/// Whether a variable has its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It has.
    Always,
    /// It may be `null` instead, and this is why: ``the step `approve` may not run``.
    Maybe(String),
}

/// How many values come out, where the expression does not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// At least one does.
    pub some: bool,
    /// More than one may.
    pub many: bool,
}

impl Count {
    /// Exactly one.
    pub const ONE: Count = Count { some: true, many: false };
    /// One or none.
    pub const MAYBE: Count = Count { some: false, many: false };
    /// One or more.
    pub const SOME: Count = Count { some: true, many: true };
    /// Any number.
    pub const ANY: Count = Count { some: false, many: true };

    /// When for each of these so many come out.
    #[must_use]
    pub fn times(self, each: Count) -> Count {
        Count { some: self.some && each.some, many: self.many || each.many }
    }

    /// When it is the one or the other.
    #[must_use]
    pub fn or(self, other: Count) -> Count {
        Count { some: self.some && other.some, many: self.many || other.many }
    }
}

/// Why an expression that is accepted may still fail when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What fails.
    pub span: Span,
    /// When it does.
    pub reason: Rc<str>,
}

/// A field that is read and that a connector marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Where it is read.
    pub span: Span,
    /// The field.
    pub name: String,
    /// The mark: a secret, or personal data.
    pub mark: Rc<str>,
}

/// What is known of an expression.
#[derive(Debug, Clone)]
pub struct Inferred<'a> {
    /// What each value that comes out may be.
    pub ty: Type<'a>,
    /// How many come out.
    pub count: Count,
    /// Why it may fail on values of the scope's types: an explicit `error`, the content of a text, a
    /// division by zero, or something no schema tells. `None`: it cannot.
    pub can_fail: Option<Failure>,
    /// Fields that a connector marks and that are read, wherever their values go.
    pub marked: Vec<Marked>,
    /// Everything wrong or odd, sorted by place, each once.
    pub diagnostics: Vec<Diagnostic>,
}

impl Inferred<'_> {
    /// Whether nothing is wrong; warnings are not.
    pub fn is_accepted(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.is_warning)
    }
}

/// What an expression gives in this scope.
pub fn infer<'a>(expr: &Expr, scope: &Scope<'a>) -> Inferred<'a> {
    let mut walk = Walk::default();
    let out = walk.infer(expr, &Environment::of(scope));
    walk.finish(out)
}

/// What an expression gives in this scope, which must be exactly one value that fits the target.
/// `target_name` is what people call the target: `erp.create_project`.
pub fn check<'a>(expr: &Expr, scope: &Scope<'a>, target: &Type<'a>, target_name: &str) -> Inferred<'a> {
    let mut walk = Walk::default();
    let out = walk.check(expr, &Environment::of(scope), &Goal::new(target, target_name));
    walk.finish(out)
}

/// What a condition gives in this scope, which must be exactly one value. As in jq everything but `null`
/// and `false` counts as true; a condition that is always true or always false is a warning.
pub fn condition<'a>(expr: &Expr, scope: &Scope<'a>) -> Inferred<'a> {
    let mut walk = Walk::default();
    let environment = Environment::of(scope);
    let out = walk.infer(expr, &environment);
    walk.one_value(expr, out.count, "the condition");
    walk.constant_condition(expr, &out);
    walk.finish(out)
}

/// What is seen where a condition held, or, with `holds` false, where it did not; `None`: it never does.
/// Nothing is reported: that is [`condition`]'s matter.
pub fn narrow<'a>(expr: &Expr, scope: &Scope<'a>, holds: bool) -> Option<Scope<'a>> {
    let environment = Environment::of(scope);
    Walk::default().refine(expr, &environment, holds).map(|narrowed| narrowed.scope())
}

#[cfg(test)]
mod tests;
