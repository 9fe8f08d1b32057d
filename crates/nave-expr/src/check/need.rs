//! Values that must be of one sort for something to work: one place that tells apart what never works,
//! what only null spoils, and what may go wrong otherwise.

use nave_model::fault::codes;

use crate::ast::{Expr, Kind};
use crate::check::environment::Environment;
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk};
use crate::check::{Failure, words};
use crate::diagnostic::Diagnostic;
use crate::types::Type;

/// What needs a value of some sort.
pub(super) struct Need<'n> {
    /// What gives the value.
    pub(super) expr: &'n Expr,
    /// Which sorts will do.
    pub(super) takes: &'n [Sort],
    /// Why, behind the value's name: ``and `sort_by` sorts a list``.
    pub(super) why: &'n str,
    /// What to do about null.
    pub(super) instead: &'n str,
}

impl<'a> Walk<'a> {
    /// Reports where a value is not of a sort that is needed. What is left is what will do.
    pub(super) fn need(&mut self, need: &Need<'_>, ty: &Type<'a>, environment: &Environment<'a>) -> Out<'a> {
        let takes = |sort: Sort| need.takes.contains(&sort);
        let left = shape::keep(ty, takes);
        if let Some(unknown) = self.matters(ty, need.expr.span) {
            return Out { fails: Some(unknown), ..Out::one(left) };
        }
        let wrong = shape::keep(ty, |sort| !takes(sort));
        if wrong.is_never() {
            return Out::one(left);
        }
        let name = self.called(need.expr, environment);
        let kinds = words::kinds(&wrong);
        if left.is_never() {
            let message = format!("{name} is {kinds}, {}", need.why);
            let fails = self.always_fails(Diagnostic::error(codes::EXPRESSION_TYPE, need.expr.span, message));
            return self.caught_or_broken(fails);
        }
        let fails = self.spoilt(need, &wrong, &name, environment);
        Out { fails: Some(fails), ..Out::one(left) }
    }

    fn spoilt(
        &mut self,
        need: &Need<'_>,
        wrong: &Type<'a>,
        name: &str,
        environment: &Environment<'a>,
    ) -> Failure {
        if crate::check::steps::is_all(&Type::null(), wrong) {
            let absent = self.absence(need.expr, environment);
            let message = format!("{name} {absent}, {}", need.why);
            let code = words::code(need.expr).filter(|code| code != ".");
            let code = code.unwrap_or_else(|| "…".to_owned());
            let hint = format!("give another value then, as in `({code} // {})`", need.instead);
            return self.may_fail(Diagnostic::error(codes::MAPPING_NULL, need.expr.span, message).hint(hint));
        }
        let message = format!("{name} may be {}, {}", words::kinds(wrong), need.why);
        self.may_fail(Diagnostic::error(codes::EXPRESSION_TYPE, need.expr.span, message))
    }

    /// What people call what an expression gives; `.` by what it is.
    pub(super) fn called(&self, expr: &Expr, environment: &Environment<'a>) -> String {
        match &expr.kind {
            Kind::Identity if !environment.subject.is_empty() => environment.subject.to_string(),
            Kind::Identity => "the input".to_owned(),
            Kind::Variable(name) if name.starts_with('*') => {
                let called = environment.variable(name).and_then(|bound| bound.called.as_deref());
                called.unwrap_or("this value").to_owned()
            }
            _ => words::name_or_this(expr),
        }
    }
}
