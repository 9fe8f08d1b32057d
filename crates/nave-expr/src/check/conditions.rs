//! `if`, and what a condition tells: what is known of the input and of variables where it holds, and
//! where it does not. Comparisons themselves are typed in `operators`.

use std::cell::RefCell;

use nave_model::fault::codes;

use crate::ast::{Expr, Kind, Operator};
use crate::check::environment::Environment;
use crate::check::goal::Goal;
use crate::check::places::{Place, place};
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk};
use crate::check::{Count, words};
use crate::diagnostic::Diagnostic;
use crate::functions;
use crate::types::Type;

impl<'a> Walk<'a> {
    /// `if … then … elif … then … else … end`
    pub(super) fn branches(
        &mut self,
        expr: &Expr,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        environment: &Environment<'a>,
        goal: Option<&Goal<'a>>,
    ) -> Out<'a> {
        let mut all: Option<Out<'a>> = None;
        let mut reach = Count::ONE;
        let mut fails = None;
        let mut left = Some(environment.clone());
        for (condition, then) in branches {
            let Some(here) = left.take() else { break };
            let mut tested = self.infer(condition, &here);
            if let Some(goal) = goal {
                tested = self.counted(condition, tested, goal);
            }
            self.constant_condition(condition, &tested);
            reach = reach.times(tested.count);
            fails = fails.or(tested.fails);
            if tested.ty.is_never() {
                break;
            }
            if shape::may_be_truthy(&tested.ty)
                && let Some(inside) = self.refine(condition, &here, true)
            {
                let out = self.toward(then, &inside, goal);
                all = Some(either(all, out, reach));
            }
            if shape::may_be_falsy(&tested.ty) {
                left = self.refine(condition, &here, false);
            }
        }
        if let Some(here) = left {
            let out = match otherwise {
                Some(otherwise) => self.toward(otherwise, &here, goal),
                None => self.toward(&Expr { kind: Kind::Identity, span: expr.span }, &here, goal),
            };
            all = Some(either(all, out, reach));
        }
        let all = all.unwrap_or(Out { ty: Type::never(), count: reach, fails: None });
        Out { fails: fails.or(all.fails), ..all }
    }

    /// Warns of a condition that decides nothing.
    pub(super) fn constant_condition(&mut self, condition: &Expr, tested: &Out<'a>) {
        let is_written = self.sugar != Some(condition.span);
        let is_literal = matches!(condition.kind, Kind::Bool(_) | Kind::Null);
        if !is_written || is_literal || tested.ty.is_never() || tested.ty.is_unknown() {
            return;
        }
        let always = match (shape::may_be_truthy(&tested.ty), shape::may_be_falsy(&tested.ty)) {
            (true, false) => "true",
            (false, true) => "false",
            _ => return,
        };
        let name = words::name(condition).unwrap_or_else(|| "this condition".to_owned());
        let booleans = shape::sorts(&tested.ty).all(|sort| sort == Sort::True || sort == Sort::False);
        let message = match booleans {
            true => format!("{name} is always {always}"),
            false => format!("{name} always counts as {always}: it is {}", words::kinds(&tested.ty)),
        };
        let hint = (always == "true" && !booleans).then(|| "only null and false count as false".to_owned());
        self.report(Diagnostic::warning(codes::EXPRESSION_TYPE, condition.span, message).hint(hint));
    }

    /// What is seen where a condition gave something true (or false); `None`: it never does.
    pub(super) fn refine(
        &mut self,
        condition: &Expr,
        environment: &Environment<'a>,
        truth: bool,
    ) -> Option<Environment<'a>> {
        if !self.may_look_closer() {
            return Some(environment.clone());
        }
        self.deeper(1, |walk| walk.refine_kind(condition, environment, truth))
    }

    fn refine_kind(
        &mut self,
        condition: &Expr,
        environment: &Environment<'a>,
        truth: bool,
    ) -> Option<Environment<'a>> {
        if let Some(place) = place(condition) {
            if !place.exists(environment) {
                return Some(environment.clone());
            }
            return place.narrow(environment, if truth { &shape::truthy } else { &shape::falsy });
        }
        match &condition.kind {
            Kind::Bool(value) => (*value == truth).then(|| environment.clone()),
            Kind::Null => (!truth).then(|| environment.clone()),
            Kind::Number(_) | Kind::Text(_) | Kind::Array(_) | Kind::Object(_) => {
                truth.then(|| environment.clone())
            }
            Kind::Comma(left, right) => {
                let (left, right) =
                    (self.refine(left, environment, truth), self.refine(right, environment, truth));
                join(left, right)
            }
            Kind::Binary(operator, left, right) => {
                self.refine_binary(*operator, left, right, environment, truth)
            }
            Kind::Pipe(left, right) => self.refine_pipe(left, right, environment, truth),
            Kind::Try { body, .. } if matches!(condition.kind, Kind::Try { handler: None, .. }) => {
                self.refine(body, environment, truth)
            }
            Kind::If { branches, otherwise } => {
                self.refine_branches(branches, otherwise.as_deref(), environment, truth)
            }
            Kind::Call { name, arguments, .. } => {
                self.refine_call(condition, name, arguments, environment, truth)
            }
            _ => Some(environment.clone()),
        }
    }

    fn refine_binary(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
        truth: bool,
    ) -> Option<Environment<'a>> {
        match (operator, truth) {
            (Operator::And, true) => {
                let inside = self.refine(left, environment, true)?;
                self.refine(right, &inside, true)
            }
            (Operator::And, false) => {
                let first = self.refine(left, environment, false);
                let inside = self.refine(left, environment, true);
                let second = inside.and_then(|inside| self.refine(right, &inside, false));
                join(first, second)
            }
            (Operator::Or, true) => {
                let first = self.refine(left, environment, true);
                let inside = self.refine(left, environment, false);
                let second = inside.and_then(|inside| self.refine(right, &inside, true));
                join(first, second)
            }
            (Operator::Or, false) => {
                let inside = self.refine(left, environment, false)?;
                self.refine(right, &inside, false)
            }
            (Operator::Alternative, _) => {
                let first = if truth { self.refine(left, environment, true) } else { None };
                // Where the left may give nothing, nothing is known where the right is reached.
                let is_certain = self.silently(|walk| walk.infer(left, environment)).count.some;
                let inside = match is_certain {
                    true => self.refine(left, environment, false),
                    false => Some(environment.clone()),
                };
                let second = inside.and_then(|inside| self.refine(right, &inside, truth));
                join(first, second)
            }
            (
                Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual,
                _,
            ) => {
                let relation = if truth { operator } else { opposite(operator) };
                let inside = self.refine_compared(relation, left, right, environment)?;
                self.refine_compared(mirrored(relation), right, left, &inside)
            }
            _ => Some(environment.clone()),
        }
    }

    /// What is known of the left side where it stands in this relation to the right.
    fn refine_compared(
        &mut self,
        relation: Operator,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
    ) -> Option<Environment<'a>> {
        if let Some(place) = place(left).filter(|place| place.exists(environment)) {
            let other = self.silently(|walk| walk.infer(right, environment)).ty;
            return place.narrow(environment, &|ty| related(ty, relation, &other));
        }
        let (place, name) = match &left.kind {
            Kind::Call { name, arguments, .. } if arguments.is_empty() => (Place::input(), name),
            Kind::Pipe(before, after) => match (place(before), &after.kind) {
                (Some(place), Kind::Call { name, arguments, .. }) if arguments.is_empty() => (place, name),
                _ => return Some(environment.clone()),
            },
            _ => return Some(environment.clone()),
        };
        if !place.exists(environment) || !matches!(name.as_str(), "type" | "length") {
            return Some(environment.clone());
        }
        let other = self.silently(|walk| walk.infer(right, environment)).ty;
        if name == "type" {
            return place.narrow(environment, &|ty| of_named_type(ty, relation, &other));
        }
        let is_some = match (relation, shape::one_number(&other)) {
            (Operator::Greater, Some(least)) => least >= 0.0,
            (Operator::GreaterOrEqual | Operator::Equal, Some(least)) => least > 0.0,
            (Operator::NotEqual, Some(not)) => not == 0.0,
            _ => false,
        };
        if is_some { place.narrow(environment, &shape::not_empty) } else { Some(environment.clone()) }
    }

    fn refine_pipe(
        &mut self,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
        truth: bool,
    ) -> Option<Environment<'a>> {
        if matches!(&right.kind, Kind::Call { name, arguments, .. } if name == "not" && arguments.is_empty())
        {
            return self.refine(left, environment, !truth);
        }
        let Some(place) = place(left).filter(|place| place.exists(environment)) else {
            return Some(environment.clone());
        };
        let walk = RefCell::new(self);
        let narrow = |ty: &Type<'a>| {
            let inside = Self::behind(left, ty.clone(), environment);
            let Ok(mut walk) = walk.try_borrow_mut() else { return ty.clone() };
            walk.refine(right, &inside, truth).map_or_else(Type::never, |inside| (*inside.input).clone())
        };
        place.narrow(environment, &narrow)
    }

    fn refine_branches(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        environment: &Environment<'a>,
        truth: bool,
    ) -> Option<Environment<'a>> {
        let mut all = None;
        let mut left = environment.clone();
        for (condition, then) in branches {
            let inside = self.refine(condition, &left, true);
            let found = inside.and_then(|inside| self.refine(then, &inside, truth));
            all = join(all, found);
            match self.refine(condition, &left, false) {
                Some(outside) => left = outside,
                None => return all,
            }
        }
        let found = match otherwise {
            Some(otherwise) => self.refine(otherwise, &left, truth),
            None => Place::input().narrow(&left, if truth { &shape::truthy } else { &shape::falsy }),
        };
        join(all, found)
    }

    fn refine_call(
        &mut self,
        call: &Expr,
        name: &str,
        arguments: &[Expr],
        environment: &Environment<'a>,
        truth: bool,
    ) -> Option<Environment<'a>> {
        match (name, arguments) {
            ("not", []) => {
                return Place::input()
                    .narrow(environment, if truth { &shape::falsy } else { &shape::truthy });
            }
            ("has", [key]) => {
                let key = self.silently(|walk| walk.infer(key, environment)).ty;
                let Some(name) = shape::one_text(&key) else { return Some(environment.clone()) };
                // Null has no field, and what is neither null nor an object fails.
                let narrow = |ty: &Type<'a>| match truth {
                    true => ty.with_field(name),
                    false if ty.is_unknown() => ty.clone(),
                    false => Type { null: ty.null, ..ty.without_field(name) },
                };
                return Place::input().narrow(environment, &narrow);
            }
            ("IN", [source]) if truth => {
                let other = self.silently(|walk| walk.infer(source, environment)).ty;
                return Place::input().narrow(environment, &|ty| related(ty, Operator::Equal, &other));
            }
            _ => {}
        }
        if let Some(longer) = self.sugared(call, name, arguments) {
            return self.refine(&longer, environment, truth);
        }
        let Some(function) = functions::find(name, arguments.len()) else { return Some(environment.clone()) };
        let types: Vec<Type<'a>> = arguments
            .iter()
            .map(|argument| self.silently(|walk| walk.infer(argument, environment)).ty)
            .collect();
        if functions::gives_by_accident(function) {
            return Some(environment.clone());
        }
        // Where it gave anything at all, its input was of a sort it takes. A wrong argument says nothing of
        // that: it may have gone unused.
        let takes =
            |ty: &Type<'a>, sort| (function.types)(&shape::keep(ty, |other| other == sort), &types).is_ok();
        let narrow = |ty: &Type<'a>| {
            let kept = shape::keep(ty, |sort| takes(ty, sort));
            if kept.is_never() { ty.clone() } else { kept }
        };
        Place::input().narrow(environment, &narrow)
    }
}

impl Place<'_> {
    /// `.`
    fn input() -> Self {
        Place::default()
    }
}

fn either<'a>(all: Option<Out<'a>>, out: Out<'a>, reach: Count) -> Out<'a> {
    let out = Out { count: reach.times(out.count), ..out };
    match all {
        None => out,
        Some(all) => Out {
            ty: shape::union(&all.ty, &out.ty),
            count: all.count.or(out.count),
            fails: all.fails.or(out.fails),
        },
    }
}

fn join<'a>(a: Option<Environment<'a>>, b: Option<Environment<'a>>) -> Option<Environment<'a>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.join(&b)),
        (one, other) => one.or(other),
    }
}

/// The relation that holds where this one does not.
fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
        other => other,
    }
}

/// The same relation, read from the right.
fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

/// What a value may be that stands in this relation to another one.
fn related<'a>(ty: &Type<'a>, relation: Operator, other: &Type<'a>) -> Type<'a> {
    match relation {
        Operator::Equal => shape::equal(ty, other),
        Operator::NotEqual => shape::different(ty, other),
        _ if other.is_unknown() => ty.clone(),
        Operator::Greater | Operator::GreaterOrEqual => {
            let Some(lowest) = shape::sorts(other).next() else { return Type::never() };
            let strict = relation == Operator::Greater && lowest <= Sort::True;
            let mut left = shape::keep(ty, |sort| if strict { sort > lowest } else { sort >= lowest });
            let bound = other.numbers.as_ref().and_then(crate::types::Numbers::lowest);
            if let (Sort::Number, Some(bound), Some(numbers)) = (lowest, bound, &mut left.numbers) {
                numbers.least = Some(numbers.least.map_or(bound, |least| least.max(bound)));
            }
            left
        }
        Operator::Less | Operator::LessOrEqual => {
            let Some(highest) = shape::sorts(other).last() else { return Type::never() };
            let strict = relation == Operator::Less && highest <= Sort::True;
            let mut left = shape::keep(ty, |sort| if strict { sort < highest } else { sort <= highest });
            let bound = other.numbers.as_ref().and_then(crate::types::Numbers::highest);
            if let (Sort::Number, Some(bound), Some(numbers)) = (highest, bound, &mut left.numbers) {
                numbers.most = Some(numbers.most.map_or(bound, |most| most.min(bound)));
            }
            left
        }
        _ => ty.clone(),
    }
}

/// What a value may be whose `type` stands in this relation to a text.
fn of_named_type<'a>(ty: &Type<'a>, relation: Operator, other: &Type<'a>) -> Type<'a> {
    let Some(names) = shape::text_constants(other) else { return ty.clone() };
    let is_named = |sort: Sort| names.iter().any(|name| name == sort.jq_name());
    match relation {
        Operator::Equal => shape::keep(ty, is_named),
        Operator::NotEqual if shape::is_one_value(other) => shape::keep(ty, |sort| !is_named(sort)),
        _ => ty.clone(),
    }
}
