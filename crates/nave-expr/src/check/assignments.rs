//! What changes values: assignment and update operators, `del`, `pick`, `setpath` and the like: what becomes
//! of what stands at a place. How the change comes to the place is `change`.

use std::rc::Rc;

use crate::ast::{Assignment, Expr, Kind, Operator, Step, StepKind};
use crate::check::calls::plain_places;
use crate::check::change::{After, Changed, Use, Work};
use crate::check::environment::Environment;
use crate::check::forms::path_type;
use crate::check::operators::Sides;
use crate::check::reach;
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk};
use crate::check::{Count, Failure, words};
use crate::types::Type;

impl<'a> Walk<'a> {
    /// `path = value` and the like.
    pub(super) fn assign(
        &mut self,
        expr: &Expr,
        assignment: Assignment,
        path: &Expr,
        value: &Expr,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        if assignment == Assignment::Update {
            return self.update(path, value, environment);
        }
        let out = self.infer(value, environment);
        if out.ty.is_never() {
            return out;
        }
        let given = out.ty.clone();
        let (changed, fails) = match assignment {
            Assignment::Arithmetic(operator) => {
                let failed = std::cell::RefCell::new(None);
                let make = |walk: &mut Walk<'a>, old: &Type<'a>| {
                    let sides = Sides { expr, operator, left: path, right: value };
                    let (ty, fails) = walk.calculated(&sides, old, &given, environment);
                    if let (Some(fails), Ok(mut failed)) = (fails, failed.try_borrow_mut()) {
                        failed.get_or_insert(fails);
                    }
                    Changed::to(ty)
                };
                let work = Work { make: &make, outside: environment };
                let (changed, fails) = self.changing(Use::Read, |walk| walk.change(path, environment, &work));
                (changed, fails.or_else(|| failed.take()))
            }
            Assignment::Set | Assignment::Update => {
                let make = |_: &mut Walk<'a>, _: &Type<'a>| Changed::to(given.clone());
                let work = Work { make: &make, outside: environment };
                self.changing(Use::Set, |walk| walk.change(path, environment, &work))
            }
        };
        Out { ty: changed.ty, count: out.count, fails: out.fails.or(fails) }
    }

    fn calculated(
        &mut self,
        sides: &Sides<'_>,
        old: &Type<'a>,
        given: &Type<'a>,
        environment: &Environment<'a>,
    ) -> (Type<'a>, Option<Failure>) {
        if old.is_never() {
            return (Type::never(), None);
        }
        if sides.operator == Operator::Alternative {
            let kept = shape::truthy(old);
            let ty = if shape::may_be_falsy(old) { shape::union(&kept, given) } else { kept };
            return (ty, None);
        }
        self.operate(sides, old, given, environment)
    }

    /// `path |= value`: the first value that comes out; where none does, what stands there goes.
    fn update(&mut self, path: &Expr, value: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let failed = std::cell::RefCell::new(None);
        let subject = words::subject(path, &environment.subject);
        let make = |walk: &mut Walk<'a>, old: &Type<'a>| {
            if old.is_never() {
                return Changed::default();
            }
            let out = walk.infer(value, &environment.on(old.clone(), Rc::clone(&subject)));
            if let (Some(fails), Ok(mut failed)) = (out.fails, failed.try_borrow_mut()) {
                failed.get_or_insert(fails);
            }
            Changed { gone: !out.count.some, ..Changed::to(out.ty) }
        };
        let work = Work { make: &make, outside: environment };
        let (changed, fails) = self.changing(Use::Read, |walk| walk.change(path, environment, &work));
        Out { ty: changed.ty, count: Count::ONE, fails: fails.or_else(|| failed.take()) }
    }

    /// `del(path)`
    pub(super) fn delete(&mut self, _: &Expr, path: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let make = |_: &mut Walk<'a>, _: &Type<'a>| Changed { gone: true, ..Changed::default() };
        let work = Work { make: &make, outside: environment };
        let (changed, fails) = self.changing(Use::Take, |walk| walk.change(path, environment, &work));
        Out { ty: changed.ty, count: Count::ONE, fails }
    }

    /// `path(f)`
    pub(super) fn path_of(&mut self, place: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let out = self.infer(place, environment);
        let make = |_: &mut Walk<'a>, old: &Type<'a>| Changed::to(old.clone());
        let work = Work { make: &make, outside: environment };
        let (_, fails) = self.changing(Use::Look, |walk| walk.change(place, environment, &work));
        let ty = if out.ty.is_never() { Type::never() } else { path_type() };
        Out { ty, count: out.count, fails: out.fails.or(fails) }
    }

    /// `pick(a, b.c)`: an object of only these. `None`: by what it stands for.
    pub(super) fn pick(&mut self, _: &Expr, places: &Expr, environment: &Environment<'a>) -> Option<Out<'a>> {
        let places = plain_places(places)?;
        let mut picked = Out::one(Type::null());
        for place in places {
            let value = self.infer(place, environment);
            if value.ty.is_never() && !value.count.some {
                picked.fails = picked.fails.or(value.fails);
                continue;
            }
            let make = |_: &mut Walk<'a>, _: &Type<'a>| Changed::to(value.ty.clone());
            let work = Work { make: &make, outside: environment };
            let inside = environment.on(picked.ty, Rc::from(""));
            let before = (*inside.input).clone();
            let (changed, fails) = self.changing(Use::Set, |walk| match reach::is_certain(place) {
                true => walk.change(place, &inside, &work),
                // Its `?` catches what fails in the input, and nothing where it is set.
                false => walk.silently(|walk| walk.change(&reach::insisting(place), &inside, &work)),
            });
            let ty = if value.count.some { changed.ty } else { shape::union(&before, &changed.ty) };
            picked = Out { ty, count: Count::ONE, fails: picked.fails.or(value.fails).or(fails) };
        }
        Some(picked)
    }

    /// A change at a path that is known as a value.
    pub(super) fn change_known(
        &mut self,
        expr: &Expr,
        steps: &[StepKind],
        environment: &Environment<'a>,
        work: &Work<'_, 'a>,
    ) -> After<'a> {
        let span = expr.span;
        let step = |kind: &StepKind| Step { kind: kind.clone(), optional: false, span };
        let base = Expr { kind: Kind::Identity, span };
        let steps: Vec<Step> = steps.iter().map(step).collect();
        if steps.is_empty() {
            return self.change(&base, environment, work);
        }
        let path = Expr { kind: Kind::Path(Box::new(base), steps), span };
        self.change(&path, environment, work)
    }

    /// A change at a place that is only known when it runs.
    pub(super) fn somewhere(&mut self, expr: &Expr) -> (Type<'a>, Option<Failure>) {
        let why = "a computed path may lead anywhere";
        let reason = Rc::from("a computed path may lead where nothing can be set");
        (Type::anything(why), Some(Failure { span: expr.span, reason }))
    }

    /// `getpath(path)`
    pub(super) fn get_path(&mut self, expr: &Expr, path: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let by = self.infer(path, environment);
        match known_path(&by.ty) {
            Some(steps) => {
                let span = expr.span;
                let step = |kind| Step { kind, optional: false, span };
                let steps: Vec<Step> = steps.into_iter().map(step).collect();
                let base = Expr { kind: Kind::Identity, span };
                let out = if steps.is_empty() {
                    self.infer(&base, environment)
                } else {
                    let kind = Kind::Path(Box::new(base), steps);
                    self.infer(&Expr { kind, span }, environment)
                };
                Out { ty: out.ty, count: by.count.times(out.count), fails: by.fails.or(out.fails) }
            }
            None => {
                let (ty, fails) = self.somewhere(expr);
                Out { ty, count: by.count, fails: by.fails.or(fails) }
            }
        }
    }

    /// `setpath(path; value)`
    pub(super) fn set_path(
        &mut self,
        expr: &Expr,
        path: &Expr,
        value: &Expr,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let (by, given) = (self.infer(path, environment), self.infer(value, environment));
        let count = by.count.times(given.count);
        let fails = by.fails.or(given.fails);
        if by.ty.is_never() || given.ty.is_never() {
            return Out { ty: Type::never(), count, fails };
        }
        let (ty, failed) = match known_path(&by.ty) {
            Some(steps) => {
                let make = |_: &mut Walk<'a>, _: &Type<'a>| Changed::to(given.ty.clone());
                let work = Work { make: &make, outside: environment };
                let (changed, fails) =
                    self.changing(Use::Set, |walk| walk.change_known(expr, &steps, environment, &work));
                (changed.ty, fails)
            }
            None => self.somewhere(expr),
        };
        Out { ty, count, fails: fails.or(failed) }
    }

    /// `delpaths(paths)`
    pub(super) fn delete_paths(&mut self, paths: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let by = self.infer(paths, environment);
        let (ty, fails) = self.somewhere(paths);
        Out { ty, count: by.count, fails: by.fails.or(fails) }
    }
}

/// A path as a value, where it is known: texts and numbers.
pub(super) fn known_path(ty: &Type<'_>) -> Option<Vec<StepKind>> {
    let array = ty.arrays.as_ref().filter(|array| array.most == Some(array.least))?;
    let only = shape::sorts(ty).all(|sort| sort == Sort::Array) && !ty.is_unknown();
    if !only || u64::try_from(array.first.len()) != Ok(array.least) {
        return None;
    }
    let step = |item: &crate::types::Lazy<'_>| {
        let item = item.get();
        if let Some(name) = shape::one_text(&item) {
            return Some(StepKind::Field(name.to_owned()));
        }
        let number = shape::one_number(&item)?;
        let kind = Kind::Number(number.abs().to_string());
        let span = crate::Span::default();
        let index = Expr { kind, span };
        let kind = if number < 0.0 { Kind::Negate(Box::new(index)) } else { index.kind };
        Some(StepKind::Index(Box::new(Expr { kind, span })))
    };
    array.first.iter().map(step).collect()
}
