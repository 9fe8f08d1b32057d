//! What an expression has to give: the target goes down into the expression, so that what does not fit is
//! reported at the part that gives it, and not at the whole.

use std::collections::BTreeSet;
use std::rc::Rc;

use nave_model::fault::codes;

use crate::ast::{Expr, Kind, Operator};
use crate::check::environment::Environment;
use crate::check::objects::is_object;
use crate::check::operators::default_hint;
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk, without_null};
use crate::check::{Count, words};
use crate::diagnostic::Diagnostic;
use crate::types::Type;
use crate::types::assign::{Assignment, assign};

/// What an expression has to give.
#[derive(Debug, Clone)]
pub(super) struct Goal<'a> {
    /// The type every value must fit.
    pub(super) target: Rc<Type<'a>>,
    /// What people call the target.
    pub(super) name: Rc<str>,
    /// Any number of values will do, as in a list.
    pub(super) is_list: bool,
    /// Only a part of an object: fields may be missing, and these come from elsewhere.
    pub(super) part: Option<Rc<BTreeSet<Rc<str>>>>,
}

impl<'a> Goal<'a> {
    /// Exactly one value that fits the target.
    pub(super) fn new(target: &Type<'a>, name: &str) -> Self {
        Goal { target: Rc::new(target.clone()), name: name.into(), is_list: false, part: None }
    }

    /// The target's name in a sentence: a word alone is quoted.
    pub(super) fn called(&self) -> String {
        if self.name.contains([' ', '.']) { self.name.to_string() } else { format!("`{}`", self.name) }
    }

    /// The same for a value inside.
    pub(super) fn inside(&self, target: Rc<Type<'a>>, name: &str) -> Self {
        Goal { target, name: name.into(), is_list: self.is_list, part: None }
    }
}

impl<'a> Walk<'a> {
    /// What a part gives, checked where there is a goal.
    pub(super) fn toward(
        &mut self,
        expr: &Expr,
        environment: &Environment<'a>,
        goal: Option<&Goal<'a>>,
    ) -> Out<'a> {
        match goal {
            Some(goal) => self.check(expr, environment, goal),
            None => self.infer(expr, environment),
        }
    }

    /// What a part gives, with everything reported that does not fit.
    pub(super) fn check(&mut self, expr: &Expr, environment: &Environment<'a>, goal: &Goal<'a>) -> Out<'a> {
        if !self.enter(expr.span) {
            return Out { count: Count::ANY, ..Out::broken(None) };
        }
        let out = self.check_kind(expr, environment, goal);
        self.leave();
        out
    }

    fn check_kind(&mut self, expr: &Expr, environment: &Environment<'a>, goal: &Goal<'a>) -> Out<'a> {
        match &expr.kind {
            Kind::Pipe(left, right) => {
                let before = self.infer(left, environment);
                if before.ty.is_never() {
                    return self.fit(expr, before, environment, goal);
                }
                let before = self.counted(left, before, goal);
                let after = self.check(right, &Self::behind(left, before.ty, environment), goal);
                let count = before.count.times(after.count);
                Out { ty: after.ty, count, fails: before.fails.or(after.fails) }
            }
            Kind::Comma(left, right) if goal.is_list => {
                let left = self.check(left, environment, goal);
                crate::check::walk::comma(left, self.check(right, environment, goal))
            }
            Kind::Binary(Operator::Alternative, left, right) => {
                self.alternative(left, right, environment, Some(goal))
            }
            Kind::Binary(Operator::Add, left, right) if is_object(left) || is_object(right) => {
                self.check_sum(expr, left, right, environment, goal)
            }
            Kind::If { branches, otherwise } => {
                self.branches(expr, branches, otherwise.as_deref(), environment, Some(goal))
            }
            Kind::Try { body, handler } => {
                let out = self.attempt(body, handler.as_deref(), environment, Some(goal));
                self.counted(expr, out, goal)
            }
            Kind::Bind { source, patterns, body } => {
                self.bind(source, patterns, body, environment, Some(goal))
            }
            Kind::Label { name, body } => {
                let out = self.label(name, body, environment, Some(goal));
                self.counted(expr, out, goal)
            }
            Kind::Object(entries) => self.check_object(expr, entries, environment, goal),
            Kind::Array(Some(items)) if goal.target.arrays.is_some() => {
                self.check_array(expr, items, environment, goal)
            }
            Kind::Call { name, arguments, .. } => match self.sugared(expr, name, arguments) {
                Some(longer) if !self.has_own_type(name, environment) => {
                    self.in_sugar(expr.span, |walk| walk.check(&longer, environment, goal))
                }
                _ => {
                    let out = self.infer(expr, environment);
                    self.fit(expr, out, environment, goal)
                }
            },
            _ => {
                let out = self.infer(expr, environment);
                self.fit(expr, out, environment, goal)
            }
        }
    }

    /// The left side of `//`: whatever counts as true must fit.
    pub(super) fn check_alternative(
        &mut self,
        expr: &Expr,
        environment: &Environment<'a>,
        goal: &Goal<'a>,
    ) -> Out<'a> {
        let out = self.infer(expr, environment);
        let used =
            Out { ty: shape::truthy(&out.ty), count: Count { some: true, ..out.count }, ..out.clone() };
        if !used.ty.is_never() {
            let used = self.fit(expr, used, environment, goal);
            return Out { count: Count { many: used.count.many, ..out.count }, ..out };
        }
        out
    }

    /// Reports where a goal needs one value and this does not give one; counts it as one then.
    pub(super) fn counted(&mut self, expr: &Expr, out: Out<'a>, goal: &Goal<'a>) -> Out<'a> {
        if goal.is_list || out.count == Count::ONE {
            return out;
        }
        self.one_value(expr, out.count, &goal.called());
        Out { count: Count::ONE, ..out }
    }

    /// Reports everything about a finished value that does not fit.
    pub(super) fn fit(
        &mut self,
        expr: &Expr,
        out: Out<'a>,
        environment: &Environment<'a>,
        goal: &Goal<'a>,
    ) -> Out<'a> {
        let out = self.counted(expr, out, goal);
        if out.ty.is_never() || goal.target.is_unknown() {
            return out;
        }
        if out.ty.is_unknown() {
            let _known = self.matters(&out.ty, expr.span);
            return out;
        }
        let mut rest = out.ty.clone();
        if out.ty.null && !goal.target.null {
            self.not_null(expr, &out.ty, environment, goal);
            rest = without_null(&rest);
        }
        if rest.is_never() {
            return out;
        }
        let target = match &goal.part {
            Some(elsewhere) => Rc::new(part_of(&goal.target, elsewhere)),
            None => Rc::clone(&goal.target),
        };
        let value = words::name_or_this(expr);
        let assignment = Assignment { value: &value, target: &goal.name, repairs: false };
        for mismatch in assign(&rest, &target, &assignment) {
            let message = match (mismatch.path.is_empty(), words::name(expr)) {
                (false, Some(name)) => format!("in {name}: {}", mismatch.message),
                _ => mismatch.message,
            };
            let is_warning = mismatch.is_warning;
            let error = Diagnostic::error(mismatch.code, expr.span, message).hint(mismatch.hint);
            self.report(Diagnostic { is_warning, ..error });
        }
        out
    }

    fn not_null(&mut self, expr: &Expr, ty: &Type<'a>, environment: &Environment<'a>, goal: &Goal<'a>) {
        let name = self.called(expr, environment);
        let needed = without_null(&goal.target);
        if without_null(ty).is_never() {
            let message = format!("this is null, and {} must be {}", goal.called(), words::needed(&needed));
            self.report(Diagnostic::error(codes::MAPPING_NULL, expr.span, message));
            return;
        }
        let absent = self.absence(expr, environment);
        let message = format!("{name} {absent}, and {} must be {}", goal.called(), words::needed(&needed));
        let hint =
            default_hint(expr, example(&needed)).unwrap_or_else(|| "give another value with `//`".to_owned());
        let hint = format!("{hint}, or guard the step with `if:`");
        self.report(Diagnostic::error(codes::MAPPING_NULL, expr.span, message).hint(hint));
    }

    fn check_array(
        &mut self,
        expr: &Expr,
        items: &Expr,
        environment: &Environment<'a>,
        goal: &Goal<'a>,
    ) -> Out<'a> {
        let before = self.errors();
        let name = format!("an item of {}", goal.called());
        let inside = Goal { is_list: true, ..goal.inside(Rc::new(goal.target.items()), &name) };
        let found = self.check(items, environment, &inside);
        let out = Self::listed(found);
        // Lengths and places are a matter of the whole; where items are wrong, that says enough.
        if self.errors() == before { self.fit(expr, out, environment, goal) } else { out }
    }
}

/// The target as far as a part of it can tell: nothing is required, and what comes from elsewhere may be
/// anything here.
fn part_of<'a>(target: &Type<'a>, elsewhere: &BTreeSet<Rc<str>>) -> Type<'a> {
    let objects = target.objects.iter().map(|object| {
        let mut object = (**object).clone();
        for (name, field) in &mut object.fields {
            field.required = false;
            if elsewhere.contains(name) {
                field.value = crate::types::Lazy::known(Type::anything("it comes from elsewhere"));
                field.read_only = false;
            }
        }
        Rc::new(object)
    });
    Type { objects: objects.collect(), ..target.clone() }
}

/// A value of a type, as an example.
fn example(ty: &Type<'_>) -> &'static str {
    match shape::sorts(ty).next() {
        Some(Sort::Text) => "\"…\"",
        Some(Sort::Number) => "0",
        Some(Sort::False | Sort::True) => "false",
        Some(Sort::Array) => "[]",
        Some(Sort::Object) => "{…}",
        _ => "…",
    }
}
