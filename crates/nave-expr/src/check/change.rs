//! A change at a place: it goes down a path expression into the type, is made there, and comes back as the
//! type of the whole. What is changed, and to what, is `assignments`; single steps are `inside`.

use std::rc::Rc;

use nave_model::fault::codes;

use crate::ast::{Expr, Kind, Operator, Step, StepKind};
use crate::check::assignments::known_path;
use crate::check::environment::Environment;
use crate::check::fields;
use crate::check::inside::{self, Change};
use crate::check::reach;
use crate::check::shape;
use crate::check::walk::{Out, Walk};
use crate::check::{Count, Failure, words};
use crate::diagnostic::Diagnostic;
use crate::forms::{self, Form, Primitive};
use crate::types::{Array, Type};

/// What becomes of what stands at a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Changed<'a> {
    /// What may stand there.
    pub(super) ty: Type<'a>,
    /// It may be taken away.
    pub(super) gone: bool,
    /// It may be left alone, so that what is not there does not come to be.
    pub(super) skipped: bool,
}

impl<'a> Changed<'a> {
    /// Certainly this.
    pub(super) fn to(ty: Type<'a>) -> Self {
        Changed { ty, ..Changed::default() }
    }

    /// The one or the other.
    pub(super) fn or(self, other: &Changed<'a>) -> Self {
        Changed {
            ty: shape::union(&self.ty, &other.ty),
            gone: self.gone || other.gone,
            skipped: self.skipped || other.skipped,
        }
    }

    /// Left alone.
    pub(super) fn not(ty: &Type<'a>) -> Self {
        Changed { ty: ty.clone(), gone: false, skipped: true }
    }
}

/// How a place is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// What stands there does not matter, and it may not be there.
    Set,
    /// What stands there is read, and something is made of it.
    Read,
    /// What stands there is taken away.
    Take,
    /// It is only looked where it is.
    Look,
}

/// A change under way.
pub(super) struct Work<'w, 'a> {
    /// What is made of what stands there.
    pub(super) make: &'w dyn Fn(&mut Walk<'a>, &Type<'a>) -> Changed<'a>,
    /// What the indices of the path see.
    pub(super) outside: &'w Environment<'a>,
}

/// A change as seen from outside of its path. Every `?` in the path catches that a place is not found, and
/// none catches that nothing can be set at a place that is.
#[derive(Debug)]
pub(super) struct Changing {
    how: Use,
    /// How many times failures are caught around the change.
    guard: u32,
    /// Why nothing may be set at a place that is found.
    fails: Option<Failure>,
}

/// What becomes of a whole after a change in it, and why the change may fail.
pub(super) type After<'a> = (Changed<'a>, Option<Failure>);

impl<'a> Walk<'a> {
    /// Looks at a whole change.
    pub(super) fn changing(&mut self, how: Use, look: impl FnOnce(&mut Self) -> After<'a>) -> After<'a> {
        self.changing.push(Changing { how, guard: self.guard(), fails: None });
        let (changed, fails) = look(self);
        let cannot = self.changing.pop().and_then(|change| change.fails);
        (changed, fails.or(cannot))
    }

    /// How the places of the change under way are used.
    pub(super) fn used(&self) -> Use {
        self.changing.last().map_or(Use::Set, |change| change.how)
    }

    /// Whether something in the path catches that a place is not found.
    pub(super) fn may_miss(&self) -> bool {
        self.changing.last().is_some_and(|change| self.guard() > change.guard)
    }

    /// Nothing may be set at a place that is found.
    pub(super) fn cannot_set(&mut self, fails: Option<Failure>) {
        if let (Some(change), Some(fails)) = (self.changing.last_mut(), fails) {
            change.fails.get_or_insert(fails);
        }
    }

    /// The same, with what is to be said of it.
    pub(super) fn may_not_set(&mut self, error: Diagnostic) -> Failure {
        let guard = self.changing.last().map_or_else(|| self.guard(), |change| change.guard);
        let fails = self.at_guard(guard, |walk| walk.may_fail(error));
        self.cannot_set(Some(fails.clone()));
        fails
    }

    /// What the input becomes where what stands at a path is changed.
    pub(super) fn change(
        &mut self,
        path: &Expr,
        environment: &Environment<'a>,
        work: &Work<'_, 'a>,
    ) -> After<'a> {
        if !self.enter(path.span) {
            return (Changed::to(Out::broken(None).ty), None);
        }
        let after = self.deeper(2, |walk| walk.change_kind(path, environment, work));
        self.leave();
        after
    }

    fn change_kind(&mut self, path: &Expr, environment: &Environment<'a>, work: &Work<'_, 'a>) -> After<'a> {
        match &path.kind {
            Kind::Identity => {
                let changed = (work.make)(self, &environment.input);
                let ty = if changed.gone { changed.ty.or_null() } else { changed.ty };
                (Changed { ty, ..changed }, None)
            }
            Kind::Path(base, steps) => self.change_steps(path, base, steps, environment, work),
            Kind::Pipe(left, right) => self.change_behind(left, environment, work, &|walk, ty, work| {
                let inside = Self::behind(left, ty.clone(), environment);
                let outside = inside.clone();
                walk.change(right, &inside, &Work { outside: &outside, ..*work })
            }),
            Kind::Comma(left, right) => self.change_both(left, right, environment, work),
            Kind::If { branches, otherwise } => {
                self.change_branches(branches, otherwise.as_deref(), environment, work)
            }
            Kind::Binary(Operator::Alternative, left, right) => {
                let (one, fails) = self.change_some(left, environment, work);
                let (other, later) = self.change(right, environment, work);
                (one.or(&other), fails.or(later))
            }
            // What is no place fails where the place is used, and not where it is tried.
            Kind::Try { body, handler: None } if is_place(body) => {
                let guard = self.guard();
                let make =
                    |walk: &mut Walk<'a>, old: &Type<'a>| walk.at_guard(guard, |walk| (work.make)(walk, old));
                let inner = Work { make: &make, ..*work };
                let (changed, _) = self.guardedly(|walk| walk.change_some(body, environment, &inner));
                (changed, None)
            }
            Kind::Try { body, handler: None } => self.change(body, environment, work),
            Kind::Call { name, arguments, .. } => self.change_call(path, name, arguments, environment, work),
            _ => {
                let message = "this is no place in a value, so that nothing can be changed there";
                let hint = "a place is a path like `.a.b`, or paths with `|`, `,`, `if` and `select`";
                let error = Diagnostic::error(codes::EXPRESSION_TYPE, path.span, message);
                let fails = self.always_fails(error.hint(hint.to_owned()));
                (Changed::to(Out::broken(None).ty), Some(fails))
            }
        }
    }

    /// A change at several places. All are found in the value as it was; what is set at later ones meets
    /// what was set before, and what is taken away by an update goes at the end.
    fn change_both(
        &mut self,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
        work: &Work<'_, 'a>,
    ) -> After<'a> {
        let may_go = std::cell::Cell::new(false);
        let make = |walk: &mut Walk<'a>, old: &Type<'a>| {
            let changed = (work.make)(walk, old);
            may_go.set(may_go.get() || changed.gone);
            changed
        };
        let noting = Work { make: &make, ..*work };
        let (one, fails) = self.change(left, environment, &noting);
        let (alone, found) = self.change(right, environment, &noting);
        let fails = fails.or(found);
        if self.used() == Use::Look {
            return (one.or(&alone), fails);
        }
        if !reach::may_follow(left, right, self.used() == Use::Read && may_go.get()) {
            let gone = one.gone || alone.gone;
            let (ty, meets) = self.met(right);
            return (Changed { ty, gone, skipped: true }, fails.or(meets));
        }
        let (other, later) = self.silently(|walk| walk.change(right, &environment.narrowed(one.ty), work));
        self.cannot_set(later.clone());
        let (gone, skipped) = (one.gone || other.gone, one.skipped && other.skipped);
        (Changed { gone, skipped, ..other }, fails.or(later))
    }

    /// A change at some of the places that a path leads to, or at none.
    fn change_some(&mut self, path: &Expr, environment: &Environment<'a>, work: &Work<'_, 'a>) -> After<'a> {
        let make = |walk: &mut Walk<'a>, old: &Type<'a>| (work.make)(walk, old).or(&Changed::not(old));
        let (changed, fails) = self.change(path, environment, &Work { make: &make, ..*work });
        (changed.or(&Changed::not(&environment.input)), fails)
    }

    /// A change within what a first path leads to.
    fn change_behind(
        &mut self,
        first: &Expr,
        environment: &Environment<'a>,
        work: &Work<'_, 'a>,
        then: &dyn Fn(&mut Walk<'a>, &Type<'a>, &Work<'_, 'a>) -> After<'a>,
    ) -> After<'a> {
        let failed = std::cell::RefCell::new(None);
        let make = |walk: &mut Walk<'a>, old: &Type<'a>| {
            let (changed, fails) = then(walk, old, work);
            if let (Some(fails), Ok(mut failed)) = (fails, failed.try_borrow_mut()) {
                failed.get_or_insert(fails);
            }
            changed
        };
        let (changed, fails) = self.change(first, environment, &Work { make: &make, ..*work });
        (changed, fails.or_else(|| failed.take()))
    }

    fn change_steps(
        &mut self,
        path: &Expr,
        base: &Expr,
        steps: &[Step],
        environment: &Environment<'a>,
        work: &Work<'_, 'a>,
    ) -> After<'a> {
        let Some((step, rest)) = steps.split_first() else { return self.change(base, environment, work) };
        self.change_behind(base, environment, work, &|walk, ty, work| {
            walk.change_step(path, ty, (step, rest), work)
        })
    }

    fn change_step(
        &mut self,
        path: &Expr,
        ty: &Type<'a>,
        (step, rest): (&Step, &[Step]),
        work: &Work<'_, 'a>,
    ) -> After<'a> {
        let failed = std::cell::RefCell::new(None);
        let keep = |fails: Option<Failure>| {
            if let (Some(fails), Ok(mut failed)) = (fails, failed.try_borrow_mut()) {
                failed.get_or_insert(fails);
            }
        };
        let guard = self.guard();
        // What catches failures of this step does not catch those of what comes behind it.
        let behind = |walk: &mut Walk<'a>, old: &Type<'a>| match rest.split_first() {
            None => (work.make)(walk, old),
            Some(next) => {
                let (changed, fails) = walk.change_step(path, old, next, work);
                keep(fails);
                changed
            }
        };
        let inner = |walk: &mut Walk<'a>, old: &Type<'a>| walk.at_guard(guard, |walk| behind(walk, old));
        let is_set = self.used() == Use::Set || ty.is_never();
        let change = Change { make: &inner, span: step.span };
        let changed = |walk: &mut Walk<'a>| match &step.kind {
            StepKind::Field(name) => {
                if !is_set && fields::field(ty, name).is_lacking {
                    let subject = subject_of(path, rest.len() + 1, work.outside, ty);
                    walk.no_field(name, step.span, ty, &subject);
                }
                inside::field(walk, ty, name, &change)
            }
            StepKind::Iterate => inside::each(walk, ty, &change),
            StepKind::Index(index) => {
                let by = walk.at_guard(guard, |walk| walk.infer(index, work.outside));
                keep(by.fails);
                let after = inside::index(walk, ty, &by.ty, &change);
                walk.selected(after, ty, by.count, index)
            }
            StepKind::Slice(from, to) => {
                let mut count = Count::ONE;
                for bound in [from, to].into_iter().flatten() {
                    let out = walk.at_guard(guard, |walk| walk.infer(bound, work.outside));
                    keep(out.fails);
                    count = count.times(out.count);
                }
                let after = inside::slice(walk, ty, &change);
                walk.selected(after, ty, count, path)
            }
        };
        let (after, fails) = if step.optional {
            let (after, _) = self.guardedly(changed);
            (after.or(&Changed::not(ty)), None)
        } else {
            changed(self)
        };
        (after, fails.or_else(|| failed.take()))
    }

    /// What comes of a change where no index tells where it is, or several do.
    fn selected(&mut self, (changed, fails): After<'a>, ty: &Type<'a>, count: Count, by: &Expr) -> After<'a> {
        // Without an index there is no place, and nothing changes.
        let mut changed = if count.some { changed } else { changed.or(&Changed::not(ty)) };
        match self.used() {
            Use::Read if count.many => {
                let (ty, meets) = self.met(by);
                return (Changed { skipped: true, ..Changed::to(ty) }, fails.or(meets));
            }
            Use::Take if count.many => {
                let shorter = |array: Rc<Array<'a>>| Array {
                    first: Vec::new(),
                    rest: array.items(),
                    least: 0,
                    ..*array
                };
                changed.ty.arrays = changed.ty.arrays.map(|array| Rc::new(shorter(array)));
            }
            Use::Read | Use::Take | Use::Set | Use::Look => {}
        }
        (changed, fails)
    }

    /// What comes of changes of which one may meet another.
    fn met(&mut self, later: &Expr) -> (Type<'a>, Option<Failure>) {
        let why = "what is changed at one place may lie at another that is changed too";
        let fails = Some(Failure { span: later.span, reason: Rc::from(why) });
        self.cannot_set(fails.clone());
        (Type::anything(why), fails)
    }

    fn change_branches(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        environment: &Environment<'a>,
        work: &Work<'_, 'a>,
    ) -> After<'a> {
        let mut all = Changed::default();
        let mut fails = None;
        let mut left = Some(environment.clone());
        for (condition, then) in branches {
            let Some(here) = left.take() else { break };
            let tested = self.infer(condition, &here);
            fails = fails.or(tested.fails);
            if tested.count.many {
                let ty = Type::anything("it may change more than once");
                let unknown = self.matters(&ty, condition.span);
                self.cannot_set(unknown.clone());
                let fails = fails.or(unknown);
                return (Changed { ty, gone: true, skipped: true }, fails);
            }
            if !tested.count.some {
                // Without an answer nothing changes.
                all = all.or(&Changed::not(&here.input));
            }
            if let Some(inside) = self.refine(condition, &here, true) {
                let (changed, failed) = self.change(then, &inside, work);
                all = all.or(&changed);
                fails = fails.or(failed);
            }
            left = self.refine(condition, &here, false);
        }
        if let Some(here) = left {
            let identity = Expr { kind: Kind::Identity, span: crate::Span::default() };
            let (changed, failed) = self.change(otherwise.unwrap_or(&identity), &here, work);
            all = all.or(&changed);
            fails = fails.or(failed);
        }
        (all, fails)
    }

    fn change_call(
        &mut self,
        path: &Expr,
        name: &str,
        arguments: &[Expr],
        environment: &Environment<'a>,
        work: &Work<'_, 'a>,
    ) -> After<'a> {
        match (forms::form(name, arguments.len()), arguments) {
            (Some(Form::Sugar(longer)), _) => {
                let longer = longer(path.span, arguments);
                self.in_sugar(path.span, |walk| walk.change(&longer, environment, work))
            }
            (Some(Form::Primitive(Primitive::Empty)), _) => (Changed::not(&environment.input), None),
            (Some(Form::Primitive(Primitive::Error)), _) => {
                self.raise(&environment.input);
                let reason = Rc::from("`error` is called");
                (Changed::default(), Some(Failure { span: path.span, reason }))
            }
            (Some(Form::Primitive(Primitive::First)), [inner])
            | (Some(Form::Primitive(Primitive::Limit | Primitive::Skip | Primitive::Nth)), [_, inner]) => {
                self.change_some(inner, environment, work)
            }
            (Some(Form::Primitive(Primitive::GetPath)), [place]) => {
                let by = self.infer(place, environment);
                match known_path(&by.ty).filter(|_| by.count == Count::ONE) {
                    Some(steps) => {
                        let (changed, fails) = self.change_known(path, &steps, environment, work);
                        (changed, by.fails.or(fails))
                    }
                    None => {
                        let (ty, fails) = self.somewhere(path);
                        self.cannot_set(fails.clone());
                        (Changed { ty, gone: true, skipped: true }, by.fails.or(fails))
                    }
                }
            }
            _ => {
                let message =
                    format!("`{name}` gives no place in a value, so that nothing can be changed there");
                let fails = self.always_fails(Diagnostic::error(codes::EXPRESSION_TYPE, path.span, message));
                (Changed::to(Out::broken(None).ty), Some(fails))
            }
        }
    }
}

/// Whether an expression leads to places, as far as its form tells.
fn is_place(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Identity => true,
        Kind::Path(base, _) => is_place(base),
        Kind::Pipe(left, right)
        | Kind::Comma(left, right)
        | Kind::Binary(Operator::Alternative, left, right) => is_place(left) && is_place(right),
        Kind::Try { body, handler: None } => is_place(body),
        Kind::If { branches, otherwise } => {
            branches.iter().all(|(_, then)| is_place(then)) && otherwise.as_deref().is_none_or(is_place)
        }
        Kind::Call { name, arguments, .. } => match forms::form(name, arguments.len()) {
            Some(Form::Sugar(longer)) => is_place(&longer(expr.span, arguments)),
            Some(Form::Primitive(Primitive::Empty | Primitive::Error | Primitive::GetPath)) => true,
            Some(Form::Primitive(Primitive::First | Primitive::Limit | Primitive::Skip | Primitive::Nth)) => {
                arguments.last().is_some_and(is_place)
            }
            _ => false,
        },
        _ => false,
    }
}

/// What people call the object that a step of a path reads, counted from the path's end.
fn subject_of(path: &Expr, from_end: usize, outside: &Environment<'_>, ty: &Type<'_>) -> String {
    let named = || ty.objects.iter().find_map(|object| object.name.as_deref()).unwrap_or("this object");
    let Kind::Path(base, steps) = &path.kind else { return named().to_owned() };
    let before = steps.get(..steps.len().saturating_sub(from_end)).unwrap_or_default();
    let subject = match before {
        [] => words::subject(base, &outside.subject),
        before => {
            let kind = Kind::Path(base.clone(), before.to_vec());
            words::subject(&Expr { kind, span: path.span }, &outside.subject)
        }
    };
    if subject.is_empty() { named().to_owned() } else { subject.to_string() }
}
