//! The walk through an expression: one function from a node and what it sees to what it gives, and the
//! book in which diagnostics are written. What a sort of node means stands in the file named after it.

use std::collections::BTreeSet;
use std::rc::Rc;

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use crate::ast::{Expr, Kind};
use crate::check::change::Changing;
use crate::check::environment::Environment;
use crate::check::shape::{self, Sort};
use crate::check::{Count, Failure, Inferred, Marked, words};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::types::Type;

/// What a part of an expression gives.
#[derive(Debug, Clone)]
pub(super) struct Out<'a> {
    /// What each value may be.
    pub(super) ty: Type<'a>,
    /// How many there are, where nothing fails.
    pub(super) count: Count,
    /// Why it may fail.
    pub(super) fails: Option<Failure>,
}

impl<'a> Out<'a> {
    /// Exactly one value, without fail.
    pub(super) fn one(ty: Type<'a>) -> Self {
        Out { ty, count: Count::ONE, fails: None }
    }

    /// One value of which nothing is known, because what it comes from is wrong and was reported.
    pub(super) fn broken(fails: Option<Failure>) -> Self {
        Out { ty: Type::anything(REPORTED), count: Count::ONE, fails }
    }
}

/// Why nothing is known of a value that comes from something reported: it is not reported again.
pub(super) const REPORTED: &str = "";

/// Nodes that are looked at in one check. Narrowing looks at conditions more than once, so that nested
/// ones could take forever; a mapping of 500 lines takes about 5,000.
const MOST_WORK: u32 = 40_000;
/// Nodes inside nodes, so that the stack suffices.
const MOST_DEPTH: u32 = 192;

/// A check under way.
#[derive(Debug, Default)]
pub(super) struct Walk<'a> {
    diagnostics: Vec<Diagnostic>,
    marked: Vec<Marked>,
    /// Origins of unknown values that were spoken of.
    unknown: BTreeSet<Rc<str>>,
    /// Above 0: parts are looked at again, and were or will be reported elsewhere.
    silent: u32,
    /// Above 0: what fails is caught.
    guarded: u32,
    /// What `error` raises, for each `try … catch` around.
    raised: Vec<Type<'a>>,
    /// Labels around, with whether something breaks out to them.
    labels: Vec<(String, bool)>,
    /// The call that is being looked at in its longer form, whose parts nobody wrote.
    pub(super) sugar: Option<Span>,
    /// Loops, and entries of objects, that are being followed.
    pub(super) settling: u32,
    /// Changes around.
    pub(super) changing: Vec<Changing>,
    work: u32,
    depth: u32,
}

impl<'a> Walk<'a> {
    /// What a part gives.
    pub(super) fn infer(&mut self, expr: &Expr, environment: &Environment<'a>) -> Out<'a> {
        if !self.enter(expr.span) {
            return Out { count: Count::ANY, ..Out::broken(Some(too_large(expr.span))) };
        }
        let out = self.kind(expr, environment);
        self.leave();
        out
    }

    fn kind(&mut self, expr: &Expr, environment: &Environment<'a>) -> Out<'a> {
        match &expr.kind {
            Kind::Identity => Out::one((*environment.input).clone()),
            Kind::Null => Out::one(Type::null()),
            Kind::Bool(value) => Out::one(shape::bool_constant(*value)),
            Kind::Number(number) => Out::one(shape::number_constant(number)),
            Kind::Text(text) => Out::one(shape::text_constant(text)),
            Kind::Interpolation { format, parts } => {
                self.interpolation(format.as_deref(), parts, environment)
            }
            Kind::Format(format) => self.format(format, expr.span, environment),
            Kind::Array(items) => self.array(items.as_deref(), environment),
            Kind::Object(entries) => self.object(entries, environment, None),
            Kind::Negate(operand) => self.negate(expr, operand, environment),
            Kind::Pipe(left, right) => self.pipe(left, right, environment),
            Kind::Comma(left, right) => {
                let left = self.infer(left, environment);
                let right = self.infer(right, environment);
                comma(left, right)
            }
            Kind::Binary(operator, left, right) => self.binary(expr, *operator, left, right, environment),
            Kind::Assign(assignment, path, value) => self.assign(expr, *assignment, path, value, environment),
            Kind::Path(base, steps) => self.path(expr, base, steps, environment),
            Kind::Bind { source, patterns, body } => self.bind(source, patterns, body, environment, None),
            Kind::Reduce { source, pattern, init, update } => {
                self.reduce([source, init, update], pattern, environment)
            }
            Kind::Foreach { source, pattern, init, update, extract } => {
                self.foreach([source, init, update], extract.as_deref(), pattern, environment)
            }
            Kind::If { branches, otherwise } => {
                self.branches(expr, branches, otherwise.as_deref(), environment, None)
            }
            Kind::Try { body, handler } => self.attempt(body, handler.as_deref(), environment, None),
            Kind::Label { name, body } => self.label(name, body, environment, None),
            Kind::Break(name) => self.break_to(name, expr.span),
            Kind::Variable(name) => self.variable(name, expr.span, environment),
            Kind::Call { name, name_span, arguments } => {
                self.call(expr, name, *name_span, arguments, environment)
            }
        }
    }

    fn pipe(&mut self, left: &Expr, right: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let before = self.infer(left, environment);
        if before.ty.is_never() {
            return before;
        }
        let after = self.infer(right, &Self::behind(left, before.ty, environment));
        Out { ty: after.ty, count: before.count.times(after.count), fails: before.fails.or(after.fails) }
    }

    /// What is seen behind a `|`.
    pub(super) fn behind(left: &Expr, ty: Type<'a>, environment: &Environment<'a>) -> Environment<'a> {
        environment.on(ty, words::subject(left, &environment.subject))
    }

    fn variable(&mut self, name: &str, span: Span, environment: &Environment<'a>) -> Out<'a> {
        if let Some(bound) = environment.variable(name) {
            return Out::one((*bound.ty).clone());
        }
        if name == "__loc__" {
            return Out::one(shape::location());
        }
        let names = environment.variables.iter().map(|bound| &*bound.name);
        let hint = did_you_mean(name, names.clone()).or_else(|| {
            let listed = words::listed(names.rev(), 8);
            (!listed.is_empty()).then(|| format!("there are {listed}"))
        });
        let message = format!("there is no variable `${name}`");
        self.report(Diagnostic::error(codes::EXPRESSION_NAME, span, message).hint(hint));
        Out::broken(None)
    }

    pub(super) fn label(
        &mut self,
        name: &str,
        body: &Expr,
        environment: &Environment<'a>,
        goal: Option<&super::Goal<'a>>,
    ) -> Out<'a> {
        self.labels.push((name.to_owned(), false));
        let out = self.toward(body, environment, goal);
        let broken = self.labels.pop().is_some_and(|(_, broken)| broken);
        Out { count: Count { some: out.count.some && !broken, ..out.count }, ..out }
    }

    fn break_to(&mut self, name: &str, span: Span) -> Out<'a> {
        match self.labels.iter_mut().rev().find(|(label, _)| label == name) {
            Some((_, broken)) => *broken = true,
            None => {
                let hint = did_you_mean(name, self.labels.iter().map(|(label, _)| label.as_str()));
                let message = format!("there is no label `${name}` around this `break`");
                self.report(Diagnostic::error(codes::EXPRESSION_NAME, span, message).hint(hint));
            }
        }
        Out::one(Type::never())
    }

    /// Whether there is room for one more node; to be followed by [`Walk::leave`] where there is.
    pub(super) fn enter(&mut self, span: Span) -> bool {
        if self.depth < MOST_DEPTH && self.work < MOST_WORK {
            self.depth += 1;
            self.work += 1;
            return true;
        }
        // Said even where a part is looked at silently, and once: nothing may pass unchecked.
        if !self.diagnostics.iter().any(|known| known.code == codes::EXPRESSION_LIMIT) {
            let message = "this is nested too deeply, or too much at once, to be checked";
            self.diagnostics.push(
                Diagnostic::error(codes::EXPRESSION_LIMIT, span, message)
                    .hint("split it into several steps".to_owned()),
            );
        }
        false
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Goes deeper by a way that takes more of the stack than a node does.
    pub(super) fn deeper<T>(&mut self, levels: u32, look: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += levels;
        let found = look(self);
        self.depth -= levels;
        found
    }

    /// Whether conditions may still be looked into for what they tell.
    pub(super) fn may_look_closer(&mut self) -> bool {
        self.work += 1;
        self.work < MOST_WORK / 2 && self.depth < MOST_DEPTH / 2
    }

    /// Looks at a part without reporting what is found.
    pub(super) fn silently<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        self.silent += 1;
        let found = look(self);
        self.silent -= 1;
        found
    }

    /// Looks at a part whose failures are caught.
    pub(super) fn guardedly<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        self.guarded += 1;
        let found = look(self);
        self.guarded -= 1;
        found
    }

    /// How many times failures are caught here.
    pub(super) fn guard(&self) -> u32 {
        self.guarded
    }

    /// Looks at a part that is written outside of what catches failures here.
    pub(super) fn at_guard<T>(&mut self, guard: u32, look: impl FnOnce(&mut Self) -> T) -> T {
        let inner = std::mem::replace(&mut self.guarded, guard);
        let found = look(self);
        self.guarded = inner;
        found
    }

    /// Looks at a part whose failures are caught and handed on; gives what may be raised, too.
    pub(super) fn catching<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> (T, Type<'a>) {
        self.raised.push(Type::text());
        let found = self.guardedly(look);
        (found, self.raised.pop().unwrap_or_default())
    }

    /// A value of this type may be raised.
    pub(super) fn raise(&mut self, ty: &Type<'a>) {
        for raised in &mut self.raised {
            *raised = shape::union(raised, ty);
        }
    }

    /// Whether failures are caught here.
    pub(super) fn is_guarded(&self) -> bool {
        self.guarded > 0
    }

    /// Writes a diagnostic down.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.silent == 0 && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// A field that a connector marks is read.
    pub(super) fn mark(&mut self, span: Span, name: &str, mark: &Rc<str>) {
        let marked = Marked { span, name: name.to_owned(), mark: Rc::clone(mark) };
        if self.silent == 0 && !self.marked.contains(&marked) {
            self.marked.push(marked);
        }
    }

    /// Something may fail: an error, unless the failure is caught.
    pub(super) fn may_fail(&mut self, diagnostic: Diagnostic) -> Failure {
        let failure = Failure { span: diagnostic.span, reason: Rc::from(diagnostic.message.as_str()) };
        if self.guarded == 0 {
            self.report(diagnostic);
        }
        failure
    }

    /// Something always fails: an error, or a warning where the failure is caught.
    pub(super) fn always_fails(&mut self, diagnostic: Diagnostic) -> Failure {
        let failure = Failure { span: diagnostic.span, reason: Rc::from(diagnostic.message.as_str()) };
        let is_warning = self.guarded > 0;
        self.report(Diagnostic { is_warning, ..diagnostic });
        failure
    }

    /// A value comes to a place where its type matters. Where nothing is known of it, that is said, once
    /// for each origin.
    pub(super) fn matters(&mut self, ty: &Type<'_>, span: Span) -> Option<Failure> {
        let unknown = ty.unknown.as_ref()?;
        let reason: Rc<str> = if *unknown.why == *REPORTED {
            Rc::from("what it works on is wrong")
        } else {
            Rc::from(format!("{}, so this cannot be checked", unknown.why))
        };
        if *unknown.why != *REPORTED && self.silent == 0 && self.unknown.insert(Rc::clone(&unknown.why)) {
            let hint =
                "say what it is, for example with `strings` or `tostring`, or describe it in an overlay";
            self.report(Diagnostic::warning(codes::MAPPING_UNKNOWN, span, &*reason).hint(hint.to_owned()));
        }
        Some(Failure { span, reason })
    }

    /// Reports where not exactly one value comes out.
    pub(super) fn one_value(&mut self, expr: &Expr, count: Count, what: &str) {
        let code = words::code(expr);
        let shown = code.as_deref().unwrap_or("…");
        let (message, hint) = match (count.some, count.many) {
            (true, false) => return,
            (_, true) => (
                format!("this may give several values, and {what} must be exactly one"),
                format!("collect them with `[{shown}]`, or take one with `first({shown})`"),
            ),
            (false, false) => (
                format!("this may give no value, and {what} must be exactly one"),
                format!("say what it is then, as in `({shown}) // …`"),
            ),
        };
        self.report(Diagnostic::error(codes::MAPPING_COUNT, expr.span, message).hint(hint));
    }

    /// How many errors there are.
    pub(super) fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| !diagnostic.is_warning).count()
    }

    /// What was found.
    pub(super) fn finish(mut self, out: Out<'a>) -> Inferred<'a> {
        self.diagnostics.sort_by(|a, b| (a.span, a.code.name).cmp(&(b.span, b.code.name)));
        self.marked.sort_by_key(|marked| marked.span);
        Inferred {
            ty: out.ty,
            count: out.count,
            can_fail: out.fails,
            marked: self.marked,
            diagnostics: self.diagnostics,
        }
    }
}

/// `left, right`. Only where the one never gives anything, without fail, one value at most comes out:
/// what is tried must not give a value and fail then.
pub(super) fn comma<'a>(left: Out<'a>, right: Out<'a>) -> Out<'a> {
    let nothing = |out: &Out<'_>| out.ty.is_never() && !out.count.some && out.fails.is_none();
    let many = if nothing(&left) {
        right.count.many
    } else if nothing(&right) {
        left.count.many
    } else {
        true
    };
    Out {
        ty: shape::union(&left.ty, &right.ty),
        count: Count { some: left.count.some || right.count.some, many },
        fails: left.fails.or(right.fails),
    }
}

fn too_large(span: Span) -> Failure {
    Failure { span, reason: Rc::from("it is too large to be checked") }
}

/// Whether `null` is the one thing that a value may be and may not be.
pub(super) fn without_null<'a>(ty: &Type<'a>) -> Type<'a> {
    shape::keep(ty, |sort| sort != Sort::Null)
}
