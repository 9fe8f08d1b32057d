//! What binds: `as` with its patterns, `reduce` and `foreach`, and what catches: `try`.

use std::rc::Rc;

use crate::ast::{Expr, KeyKind, Kind, Pattern, PatternKind, Step, StepKind};
use crate::check::environment::Environment;
use crate::check::goal::Goal;
use crate::check::shape;
use crate::check::walk::{Out, REPORTED, Walk};
use crate::check::{Count, Failure, widen, words};
use crate::span::Span;
use crate::types::Type;

/// The variable that a pattern takes apart; nobody can write its name.
const WHOLE: &str = "*whole";
/// Loops inside loops whose states are followed.
const MOST_LOOPS: u32 = 3;

/// What a pattern binds.
struct Taken<'a> {
    environment: Environment<'a>,
    count: Count,
    fails: Option<Failure>,
}

impl<'a> Walk<'a> {
    /// `source as pattern ?// pattern | body`
    pub(super) fn bind(
        &mut self,
        source: &Expr,
        patterns: &[Pattern],
        body: &Expr,
        environment: &Environment<'a>,
        goal: Option<&Goal<'a>>,
    ) -> Out<'a> {
        let mut values = self.infer(source, environment);
        if let Some(goal) = goal {
            values = self.counted(source, values, goal);
        }
        if values.ty.is_never() {
            return values;
        }
        let called = words::subject(source, &environment.subject);
        let mut all: Option<Out<'a>> = None;
        for (position, pattern) in patterns.iter().enumerate() {
            // Every variable of every alternative exists in each, null where it does not bind it.
            let mut outside = environment.clone();
            if patterns.len() > 1 {
                for name in patterns.iter().flat_map(names) {
                    outside = outside.with(name, Type::null());
                }
            }
            let is_last = position + 1 == patterns.len();
            let out = if is_last {
                self.bind_one(pattern, (&values.ty, &called), body, &outside, goal)
            } else {
                self.guardedly(|walk| walk.bind_one(pattern, (&values.ty, &called), body, &outside, goal))
            };
            let fails = out.fails.clone();
            all = Some(match all {
                None => out,
                Some(before) => Out {
                    ty: shape::union(&before.ty, &out.ty),
                    count: before.count.or(out.count),
                    fails: out.fails,
                },
            });
            // What cannot fail leaves nothing to the other alternatives.
            if fails.is_none() {
                break;
            }
        }
        let mut all = all.unwrap_or_else(|| Out::one(Type::never()));
        if let Some(goal) = goal {
            all = self.counted(source, all, goal);
        }
        Out { ty: all.ty, count: values.count.times(all.count), fails: values.fails.or(all.fails) }
    }

    fn bind_one(
        &mut self,
        pattern: &Pattern,
        (value, called): (&Type<'a>, &str),
        body: &Expr,
        environment: &Environment<'a>,
        goal: Option<&Goal<'a>>,
    ) -> Out<'a> {
        let taken = self.take(pattern, value, called, environment);
        let out = self.toward(body, &taken.environment, goal);
        Out { ty: out.ty, count: taken.count.times(out.count), fails: taken.fails.or(out.fails) }
    }

    /// Takes a value apart as a pattern says; `called` is what people call it.
    fn take(
        &mut self,
        pattern: &Pattern,
        value: &Type<'a>,
        called: &str,
        environment: &Environment<'a>,
    ) -> Taken<'a> {
        let mut taken = Taken { environment: environment.clone(), count: Count::ONE, fails: None };
        self.take_into(pattern, (value, called), environment, &mut taken);
        taken
    }

    /// Keys see what is outside of the whole pattern. Of a name that stands twice the one is meant that
    /// the evaluation binds first: the last of a list, the first of an object, and `$name` before what
    /// stands behind it. What is taken later here covers what was taken before.
    fn take_into(
        &mut self,
        pattern: &Pattern,
        (value, called): (&Type<'a>, &str),
        outside: &Environment<'a>,
        taken: &mut Taken<'a>,
    ) {
        match &pattern.kind {
            PatternKind::Variable(name) => {
                taken.environment = taken.environment.with(name, value.clone());
            }
            PatternKind::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    let kind = Kind::Number(position.to_string());
                    let index = Expr { kind, span: item.span };
                    let step = StepKind::Index(Box::new(index));
                    self.take_part((step, item), (value, called), outside, taken);
                }
            }
            PatternKind::Object(entries) => {
                for (key, inner) in entries.iter().rev() {
                    let step = match &key.kind {
                        KeyKind::Name(name) | KeyKind::Variable(name) => StepKind::Field(name.clone()),
                        KeyKind::Expr(expr) => StepKind::Index(expr.clone()),
                    };
                    if let Some(inner) = inner {
                        let inner = Pattern { span: key.span.to(inner.span), ..inner.clone() };
                        self.take_part((step.clone(), &inner), (value, called), outside, taken);
                    }
                    if let KeyKind::Variable(name) = &key.kind {
                        let kind = PatternKind::Variable(name.clone());
                        let own = Pattern { kind, span: key.span };
                        self.take_part((step, &own), (value, called), outside, taken);
                    }
                }
            }
        }
    }

    fn take_part(
        &mut self,
        (step, pattern): (StepKind, &Pattern),
        (value, called): (&Type<'a>, &str),
        outside: &Environment<'a>,
        taken: &mut Taken<'a>,
    ) {
        let span = pattern.span;
        let base =
            Box::new(Expr { kind: Kind::Variable(WHOLE.to_owned()), span: Span { end: span.start, ..span } });
        let path = Expr { kind: Kind::Path(base, vec![Step { kind: step, optional: false, span }]), span };
        let out = self.infer(&path, &outside.with_called(WHOLE, value.clone(), called));
        taken.count = taken.count.times(out.count);
        taken.fails = taken.fails.take().or(out.fails);
        self.take_into(pattern, (&out.ty, ""), outside, taken);
    }

    /// `reduce source as pattern (init; update)`
    pub(super) fn reduce(
        &mut self,
        [source, init, update]: [&Expr; 3],
        pattern: &Pattern,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let values = self.infer(source, environment);
        let start = self.infer(init, environment);
        let fails = values.fails.clone().or_else(|| start.fails.clone());
        if start.ty.is_never() || values.ty.is_never() {
            let is_over = values.ty.is_never() && values.count.some;
            let ty = if is_over { Type::never() } else { start.ty };
            return Out { ty, count: start.count, fails };
        }
        let called = words::subject(source, &environment.subject);
        let taken = self.take(pattern, &values.ty, &called, environment);
        let next = |walk: &mut Self, state: &Type<'a>| {
            let inside = taken.environment.on(state.clone(), "".into());
            let out = walk.infer(update, &inside);
            // Without a next state, the state is null (jq's manual, "reduce").
            let ty = if out.count.some { out.ty } else { out.ty.or_null() };
            Out { ty, ..out }
        };
        let (state, last) = self.settle(&start.ty, &next);
        let is_updated = values.count.some && taken.count.some;
        let ty = if is_updated { last.ty } else { state };
        Out { ty, count: start.count, fails: fails.or(taken.fails).or(last.fails) }
    }

    /// `foreach source as pattern (init; update; extract)`
    pub(super) fn foreach(
        &mut self,
        [source, init, update]: [&Expr; 3],
        extract: Option<&Expr>,
        pattern: &Pattern,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let values = self.infer(source, environment);
        let start = self.infer(init, environment);
        let fails = values.fails.clone().or_else(|| start.fails.clone());
        let each = start.count.times(values.count);
        if start.ty.is_never() || values.ty.is_never() {
            return Out { ty: Type::never(), count: each, fails };
        }
        let called = words::subject(source, &environment.subject);
        let taken = self.take(pattern, &values.ty, &called, environment);
        let next = |walk: &mut Self, state: &Type<'a>| {
            let out = walk.infer(update, &taken.environment.on(state.clone(), "".into()));
            let ty = if out.count.some { out.ty } else { out.ty.or_null() };
            Out { ty, ..out }
        };
        let (_, last) = self.settle(&start.ty, &next);
        let each = each.times(taken.count).times(last.count);
        let fails = fails.or(taken.fails).or_else(|| last.fails.clone());
        let Some(extract) = extract else { return Out { ty: last.ty, count: each, fails } };
        let out = self.infer(extract, &taken.environment.on(last.ty, "".into()));
        Out { ty: out.ty, count: each.times(out.count), fails: fails.or(out.fails) }
    }

    /// The type of a state that is updated over and over, and what the update gives from it. The type
    /// grows until the update gives nothing new; a type that would grow without end is cut.
    pub(super) fn settle(
        &mut self,
        start: &Type<'a>,
        next: &dyn Fn(&mut Self, &Type<'a>) -> Out<'a>,
    ) -> (Type<'a>, Out<'a>) {
        let mut state = start.clone();
        self.settling += 1;
        // Each loop inside a loop multiplies the work; the innermost of many is not followed any more.
        let rounds =
            if self.settling > MOST_LOOPS { widen::ROUNDS - 1..widen::ROUNDS } else { 0..widen::ROUNDS };
        for round in rounds {
            let mut out = self.silently(|walk| next(walk, &state));
            if is_reported(&out.ty) && !is_reported(&state) {
                // What is wrong is wrong of this state, and is not seen any more in what comes of it.
                out = next(self, &state);
            }
            if widen::covers(&state, &out.ty) {
                break;
            }
            state = widen::widened(&shape::union(&state, &out.ty), round);
        }
        let last = next(self, &state);
        self.settling -= 1;
        (state, last)
    }

    /// `try body catch handler`
    pub(super) fn attempt(
        &mut self,
        body: &Expr,
        handler: Option<&Expr>,
        environment: &Environment<'a>,
        goal: Option<&Goal<'a>>,
    ) -> Out<'a> {
        let (out, raised) = self.catching(|walk| walk.toward(body, environment, goal));
        if out.fails.is_none() {
            return out;
        }
        let Some(handler) = handler else {
            return Out { count: Count { some: false, ..out.count }, fails: None, ..out };
        };
        let caught = self.toward(handler, &environment.on(raised, Rc::from("the error")), goal);
        Out { ty: shape::union(&out.ty, &caught.ty), count: out.count.or(caught.count), fails: caught.fails }
    }
}

/// Whether nothing is known of a value because what it comes from is wrong.
fn is_reported(ty: &Type<'_>) -> bool {
    ty.unknown.as_ref().is_some_and(|unknown| *unknown.why == *REPORTED)
}

/// The variables of a pattern.
fn names(pattern: &Pattern) -> Vec<&str> {
    match &pattern.kind {
        PatternKind::Variable(name) => vec![name],
        PatternKind::Array(items) => items.iter().flat_map(names).collect(),
        PatternKind::Object(entries) => {
            let mut all = Vec::new();
            for (key, inner) in entries {
                if let KeyKind::Variable(name) = &key.kind {
                    all.push(name.as_str());
                }
                all.extend(inner.iter().flat_map(names));
            }
            all
        }
    }
}
