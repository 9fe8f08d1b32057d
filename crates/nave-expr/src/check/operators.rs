//! Operators: what comes out of them, and what they cannot work on. How the values of two types combine
//! stands in `combine`.

use std::rc::Rc;

use nave_model::fault::codes;
use nave_model::similar::nearest;

use crate::ast::{Expr, Operator};
use crate::check::combine::{Combined, combine};
use crate::check::environment::Environment;
use crate::check::goal::Goal;
use crate::check::shape::{self, Sort};
use crate::check::steps::is_all;
use crate::check::walk::{Out, Walk, without_null};
use crate::check::{Count, Failure, words};
use crate::diagnostic::Diagnostic;
use crate::types::Type;

impl<'a> Walk<'a> {
    /// `left OPERATOR right`
    pub(super) fn binary(
        &mut self,
        expr: &Expr,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        match operator {
            Operator::And | Operator::Or => self.logic(operator, left, right, environment),
            Operator::Alternative => self.alternative(left, right, environment, None),
            _ => {
                let (one, other) = (self.infer(left, environment), self.infer(right, environment));
                if one.ty.is_never() || other.ty.is_never() {
                    let count = one.count.times(other.count);
                    return Out { ty: Type::never(), count, fails: one.fails.or(other.fails) };
                }
                let sides = Sides { expr, operator, left, right };
                let (ty, fails) = self.operate(&sides, &one.ty, &other.ty, environment);
                let count = one.count.times(other.count);
                Out { ty, count, fails: one.fails.or(other.fails).or(fails) }
            }
        }
    }

    /// The type of an operator's value, with everything that is wrong about its sides.
    pub(super) fn operate(
        &mut self,
        sides: &Sides<'_>,
        left: &Type<'a>,
        right: &Type<'a>,
        environment: &Environment<'a>,
    ) -> (Type<'a>, Option<Failure>) {
        match sides.operator {
            Operator::Equal | Operator::NotEqual => {
                self.equality(sides, left, right);
                (Type::boolean(), None)
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.order(sides, left, right);
                (Type::boolean(), None)
            }
            _ => self.arithmetic(sides, left, right, environment),
        }
    }

    fn logic(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let one = self.infer(left, environment);
        self.constant_condition(left, &one);
        let goes_on = operator == Operator::And;
        let ends = if goes_on { shape::may_be_falsy(&one.ty) } else { shape::may_be_truthy(&one.ty) };
        let mut out = Out { ty: Type::never(), count: one.count, fails: one.fails };
        if ends {
            out.ty = shape::bool_constant(!goes_on);
        }
        let reached = if goes_on { shape::may_be_truthy(&one.ty) } else { shape::may_be_falsy(&one.ty) };
        let inside = if reached { self.refine(left, environment, goes_on) } else { None };
        if let Some(inside) = inside {
            let other = self.infer(right, &inside);
            self.constant_condition(right, &other);
            if shape::may_be_truthy(&other.ty) {
                out.ty.booleans.yes = true;
            }
            if shape::may_be_falsy(&other.ty) {
                out.ty.booleans.no = true;
            }
            out.count = out.count.times(other.count);
            out.fails = out.fails.or(other.fails);
        }
        out
    }

    /// `left // right`: every value of the left that is neither null nor false, or else the right. What
    /// fails on the left fails the whole, as in jq.
    pub(super) fn alternative(
        &mut self,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
        goal: Option<&Goal<'a>>,
    ) -> Out<'a> {
        let one = match goal {
            Some(goal) => self.check_alternative(left, environment, goal),
            None => self.infer(left, environment),
        };
        let kept = shape::truthy(&one.ty);
        if one.ty.is_never() && one.count.some {
            return one;
        }
        let is_certain = one.count.some;
        if is_certain && !shape::may_be_falsy(&one.ty) && !one.ty.is_never() {
            let name = words::name_or_this(left);
            let message = format!("{name} is never null or false, so that the right of `//` is never used");
            self.report(Diagnostic::warning(codes::EXPRESSION_TYPE, right.span, message));
            return Out { ty: kept, ..one };
        }
        let inside = if is_certain { self.refine(left, environment, false) } else { None };
        let other = self.toward(right, inside.as_ref().unwrap_or(environment), goal);
        Out {
            ty: shape::union(&kept, &other.ty),
            count: Count { some: other.count.some, many: one.count.many || other.count.many },
            fails: one.fails.or(other.fails),
        }
    }

    /// `-operand`
    pub(super) fn negate(&mut self, expr: &Expr, operand: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let out = self.infer(operand, environment);
        if out.ty.is_never() {
            return out;
        }
        if let Some(unknown) = self.matters(&out.ty, operand.span) {
            return Out { ty: Type::number(), fails: out.fails.or(Some(unknown)), ..out };
        }
        let wrong = shape::keep(&out.ty, |sort| sort != Sort::Number);
        let ty = crate::check::combine::negated(&out.ty);
        if wrong.is_never() {
            return Out { ty, ..out };
        }
        let name = words::name_or_this(operand);
        let fails = if out.ty.numbers.is_none() {
            let message = format!("{name} is {} and cannot be negated", words::kinds(&wrong));
            self.always_fails(Diagnostic::error(codes::EXPRESSION_TYPE, expr.span, message))
        } else if is_all(&Type::null(), &wrong) {
            let absent = self.absence(operand, environment);
            let message = format!("{name} {absent}, and null cannot be negated");
            let hint = default_hint(operand, "0");
            self.may_fail(Diagnostic::error(codes::MAPPING_NULL, operand.span, message).hint(hint))
        } else {
            let message = format!("{name} may be {}, which cannot be negated", words::kinds(&wrong));
            self.may_fail(Diagnostic::error(codes::EXPRESSION_TYPE, operand.span, message))
        };
        if ty.is_never() {
            return self.caught_or_broken(fails);
        }
        Out { ty, count: out.count, fails: out.fails.or(Some(fails)) }
    }

    fn arithmetic(
        &mut self,
        sides: &Sides<'_>,
        left: &Type<'a>,
        right: &Type<'a>,
        environment: &Environment<'a>,
    ) -> (Type<'a>, Option<Failure>) {
        let (one, other) = (self.matters(left, sides.left.span), self.matters(right, sides.right.span));
        let unknown = one.or(other);
        let Combined { ty, wrong, zero } = combine(sides.operator, left, right);
        if unknown.is_some() {
            return (ty, unknown);
        }
        let zero = zero.then(|| self.division(sides, right)).flatten();
        if wrong.is_empty() {
            return (ty, zero);
        }
        let sign = sides.operator.as_str();
        let (one, other) = (self.called(sides.left, environment), self.called(sides.right, environment));
        if ty.is_never() {
            let message = format!(
                "`{sign}` cannot work here: {one} is {}, and {other} is {}",
                words::kinds(left),
                words::kinds(right)
            );
            let hint = mixed_hint(sides, left, right);
            let diagnostic = Diagnostic::error(codes::EXPRESSION_TYPE, sides.expr.span, message).hint(hint);
            let fails = self.always_fails(diagnostic);
            let out = self.caught_or_broken(fails);
            return (out.ty, out.fails);
        }
        let by_null = |(one, other): &(Sort, Sort)| *one == Sort::Null || *other == Sort::Null;
        let fails = if wrong.iter().all(by_null) {
            let is_left = wrong.iter().any(|(one, _)| *one == Sort::Null);
            let (culprit, partner) = if is_left { (sides.left, right) } else { (sides.right, left) };
            let name = self.called(culprit, environment);
            let absent = self.absence(culprit, environment);
            let message = format!("{name} {absent}, and `{sign}` does not work on null");
            let hint = default_hint(culprit, neutral(sides.operator, partner));
            self.may_fail(Diagnostic::error(codes::MAPPING_NULL, culprit.span, message).hint(hint))
        } else {
            let pairs: Vec<String> = wrong
                .iter()
                .filter(|(one, other)| *one != Sort::Null && *other != Sort::Null)
                .take(1)
                .map(|(one, other)| format!("{} and {}", one.words(), other.words()))
                .collect();
            let message = format!("`{sign}` may meet {}, which it cannot work on", pairs.concat());
            let hint = mixed_hint(sides, left, right);
            self.may_fail(Diagnostic::error(codes::EXPRESSION_TYPE, sides.expr.span, message).hint(hint))
        };
        (ty, Some(fails))
    }

    /// A division by what may be zero: nothing types can settle, so it is only noted, unless it is zero.
    fn division(&mut self, sides: &Sides<'_>, right: &Type<'a>) -> Option<Failure> {
        if shape::one_number(right) == Some(0.0) {
            let message = "this divides by zero";
            return Some(self.always_fails(Diagnostic::error(
                codes::EXPRESSION_TYPE,
                sides.right.span,
                message,
            )));
        }
        Some(Failure { span: sides.right.span, reason: Rc::from("it divides by what may be zero") })
    }

    fn equality(&mut self, sides: &Sides<'_>, left: &Type<'a>, right: &Type<'a>) {
        let is_written = self.sugar != Some(sides.expr.span);
        if !is_written || left.is_unknown() || right.is_unknown() || left.may_equal(right) {
            return;
        }
        let (one, other) = (words::name_or_this(sides.left), words::name_or_this(sides.right));
        let always = if sides.operator == Operator::Equal { "false" } else { "true" };
        let null = Type::null();
        if is_all(&null, left) || is_all(&null, right) {
            let name = if is_all(&null, right) { one } else { other };
            let message = format!("{name} is never null, so that this is always {always}");
            self.report(Diagnostic::warning(codes::EXPRESSION_TYPE, sides.expr.span, message));
            return;
        }
        if are_apart(left, right) {
            let message = format!(
                "this is always {always}: {one} is {}, and {other} is {}",
                words::kinds(left),
                words::kinds(right)
            );
            let hint = type_hint(sides, left, right);
            self.report(Diagnostic::error(codes::EXPRESSION_TYPE, sides.expr.span, message).hint(hint));
            return;
        }
        // The side that is written out is the one that is wrong.
        let (name, known, wrong, place) = match (shape::is_one_value(right), shape::is_one_value(left)) {
            (false, true) => (other, right, left, sides.left),
            _ => (one, left, right, sides.right),
        };
        let message = format!("{name} is never {wrong}, so that this is always {always}");
        let hint = values_hint(known, wrong);
        self.report(Diagnostic::error(codes::MAPPING_VALUE, place.span, message).hint(hint));
    }

    fn order(&mut self, sides: &Sides<'_>, left: &Type<'a>, right: &Type<'a>) {
        if left.is_unknown() || right.is_unknown() || self.sugar == Some(sides.expr.span) {
            return;
        }
        let (some, others) = (without_null(left), without_null(right));
        if some.is_never() || others.is_never() || !are_apart(&some, &others) {
            return;
        }
        let (one, other) = (words::name_or_this(sides.left), words::name_or_this(sides.right));
        let message = format!(
            "`{}` compares by type alone here: {one} is {}, and {other} is {}",
            sides.operator.as_str(),
            words::kinds(&some),
            words::kinds(&others)
        );
        let hint = type_hint(sides, left, right);
        self.report(Diagnostic::error(codes::EXPRESSION_TYPE, sides.expr.span, message).hint(hint));
    }
}

/// An operator with its sides as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'e> {
    /// The whole.
    pub(super) expr: &'e Expr,
    /// Which operator.
    pub(super) operator: Operator,
    /// On its left.
    pub(super) left: &'e Expr,
    /// On its right.
    pub(super) right: &'e Expr,
}

/// Whether no sort is possible for both.
fn are_apart(left: &Type<'_>, right: &Type<'_>) -> bool {
    !shape::sorts(left).any(|one| shape::sorts(right).any(|other| one.jq_name() == other.jq_name()))
}

/// `(.amount // 0)`, for a path.
pub(super) fn default_hint(expr: &Expr, value: &str) -> Option<String> {
    words::code(expr).map(|code| format!("give another value then, as in `({code} // {value})`"))
}

/// A value that takes part in an operator without changing much, as an example.
fn neutral(operator: Operator, partner: &Type<'_>) -> &'static str {
    match operator {
        Operator::Divide if partner.texts.is_some() => "\"\"",
        Operator::Divide | Operator::Multiply | Operator::Remainder => "1",
        _ if partner.arrays.is_some() => "[]",
        _ if !partner.objects.is_empty() => "{}",
        _ => "0",
    }
}

/// What to do with a number and a text.
fn mixed_hint(sides: &Sides<'_>, left: &Type<'_>, right: &Type<'_>) -> Option<String> {
    let text = |ty: &Type<'_>| ty.texts.is_some();
    let number = |ty: &Type<'_>| ty.numbers.is_some();
    if !(text(left) && number(right) || number(left) && text(right)) {
        return None;
    }
    let (one, other) = (words::code(sides.left), words::code(sides.right));
    Some(match sides.operator {
        Operator::Add => {
            let shown = |code: Option<String>| code.unwrap_or_else(|| "…".to_owned());
            format!(
                "join texts with `\"\\({})\\({})\"`, or make a number with `tonumber`",
                shown(one),
                shown(other)
            )
        }
        _ => "make a number of the text with `tonumber`".to_owned(),
    })
}

/// How two values of different types can be compared.
fn type_hint(sides: &Sides<'_>, left: &Type<'_>, right: &Type<'_>) -> Option<String> {
    let (texts, others, text) =
        if left.texts.is_some() { (left, right, sides.left) } else { (right, left, sides.right) };
    let constant = shape::one_text(texts);
    if others.numbers.is_some() && texts.texts.is_some() {
        return Some(match constant.filter(|constant| constant.parse::<f64>().is_ok()) {
            Some(number) => format!("write `{number}` without quotes"),
            None => {
                let code = words::code(text).unwrap_or_else(|| "…".to_owned());
                format!("make a number of the text: `({code} | tonumber)`")
            }
        });
    }
    let boolean = others.booleans.yes || others.booleans.no;
    let named = constant.filter(|constant| boolean && matches!(*constant, "true" | "false"));
    named.map(|constant| format!("write `{constant}` without quotes"))
}

/// The allowed values, the nearest first.
pub(super) fn values_hint(known: &Type<'_>, wrong: &Type<'_>) -> Option<String> {
    let allowed = shape::text_constants(known);
    if let (Some(allowed), Some(wrong)) = (allowed, shape::one_text(wrong)) {
        let near = nearest(wrong, allowed.iter().map(String::as_str), 1);
        if let Some(near) = near.first() {
            return Some(format!("did you mean {}?", serde_json::Value::from(*near)));
        }
    }
    Some(format!("it is {known}"))
}
