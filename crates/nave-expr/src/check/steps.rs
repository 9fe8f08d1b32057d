//! Paths: each step from a value to what is inside it, with everything that may go wrong on the way.

use nave_model::fault::codes;
use nave_model::similar::nearest;

use crate::ast::{Expr, Kind, Step, StepKind};
use crate::check::environment::Environment;
use crate::check::fields::{self, Read};
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk};
use crate::check::{Count, Failure, words};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::types::Type;

/// How far a path has come: for messages.
#[derive(Clone, Copy)]
struct Reached<'e> {
    whole: Span,
    base: &'e Expr,
    before: &'e [Step],
    step: &'e Step,
    /// What catches failures of the step does not catch those of its index.
    guard: u32,
}

impl Reached<'_> {
    /// The path up to the step, as an expression of its own.
    fn expr(self) -> Expr {
        let Some(last) = self.before.last() else { return self.base.clone() };
        let kind = Kind::Path(Box::new(self.base.clone()), self.before.to_vec());
        Expr { kind, span: Span { start: self.whole.start, end: last.span.end } }
    }

    /// From the beginning of the path to the end of the step.
    fn span(self) -> Span {
        Span { start: self.whole.start, end: self.step.span.end.max(self.whole.start) }
    }
}

impl<'a> Walk<'a> {
    /// `base.a[0]?`
    pub(super) fn path(
        &mut self,
        expr: &Expr,
        base: &Expr,
        steps: &[Step],
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let mut out = self.infer(base, environment);
        for (position, step) in steps.iter().enumerate() {
            if out.ty.is_never() {
                break;
            }
            let before = steps.get(..position).unwrap_or_default();
            let reached = Reached { whole: expr.span, base, before, step, guard: self.guard() };
            let next = if step.optional {
                let next = self.guardedly(|walk| walk.step(reached, &out.ty, environment));
                // What fails gives nothing then; an index that fails does so all the same.
                let some = next.count.some && next.fails.is_none();
                let fails = self.silently(|walk| walk.index_fails(step, environment));
                Out { count: Count { some, ..next.count }, fails, ..next }
            } else {
                self.step(reached, &out.ty, environment)
            };
            out = Out { ty: next.ty, count: out.count.times(next.count), fails: out.fails.or(next.fails) };
        }
        out
    }

    fn step(&mut self, reached: Reached<'_>, ty: &Type<'a>, environment: &Environment<'a>) -> Out<'a> {
        match &reached.step.kind {
            StepKind::Field(name) => self.field(reached, ty, name, environment),
            StepKind::Index(index) => self.index(reached, ty, index, environment),
            StepKind::Slice(from, to) => {
                let mut count = Count::ONE;
                let mut fails = None;
                for bound in [from, to].into_iter().flatten() {
                    let out = self.at_guard(reached.guard, |walk| walk.infer(bound, environment));
                    count = count.times(out.count);
                    let wrong = self.slice_bound(bound, &out.ty);
                    fails = fails.or(out.fails).or(wrong);
                }
                let read = fields::slice(ty);
                let out = self.reading(reached, ty, read, "cannot be cut", environment);
                Out { count: out.count.times(count), fails: fails.or(out.fails), ..out }
            }
            StepKind::Iterate => {
                let (read, count) = fields::each(ty);
                let out = self.reading(reached, ty, read, "has no items", environment);
                let some = out.count.some && count.some;
                Out { count: Count { some, ..count }, ..out }
            }
        }
    }

    /// Why what a step selects by may fail.
    fn index_fails(&mut self, step: &Step, environment: &Environment<'a>) -> Option<Failure> {
        let parts: Vec<&Expr> = match &step.kind {
            StepKind::Index(index) => vec![index],
            StepKind::Slice(from, to) => [from, to].into_iter().flatten().map(|part| &**part).collect(),
            StepKind::Field(_) | StepKind::Iterate => Vec::new(),
        };
        parts.into_iter().find_map(|part| self.infer(part, environment).fails)
    }

    fn field(
        &mut self,
        reached: Reached<'_>,
        ty: &Type<'a>,
        name: &str,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let read = fields::field(ty, name);
        if read.is_lacking {
            let subject = self.subject(reached, ty, environment);
            self.no_field(name, reached.step.span, ty, &subject);
            return Out::broken(None);
        }
        if let Some(mark) = &read.sensitive {
            self.mark(reached.span(), name, mark);
        }
        self.reading(reached, ty, read, "has no fields", environment)
    }

    /// Reports that a field does not exist, with the nearest that do.
    pub(super) fn no_field(&mut self, name: &str, span: Span, ty: &Type<'a>, subject: &str) {
        let mut names: Vec<&str> = Vec::new();
        for name in ty.objects.iter().flat_map(|object| object.fields.keys()) {
            if !names.contains(&&**name) {
                names.push(name);
            }
        }
        let near = nearest(name, names.iter().copied(), 2);
        let hint = match near.as_slice() {
            [] if names.is_empty() => None,
            [] => Some(format!("it has {}", words::listed(names.iter().copied(), 12))),
            near => {
                let described: Vec<String> =
                    near.iter().map(|name| format!("`{name}` ({})", fields::field(ty, name).ty)).collect();
                Some(format!("did you mean {}?", described.join(" or ")))
            }
        };
        let message = format!("no field `{name}` on {subject}");
        self.report(Diagnostic::error(codes::MAPPING_FIELD, span, message).hint(hint));
    }

    /// What people call the value that a step starts from.
    fn subject(&self, reached: Reached<'_>, ty: &Type<'a>, environment: &Environment<'a>) -> String {
        let before = reached.expr();
        let called = match &before.kind {
            Kind::Identity => Some(environment.subject.to_string()).filter(|subject| !subject.is_empty()),
            Kind::Variable(name) => {
                let called = environment.variable(name).and_then(|bound| bound.called.as_deref());
                let own =
                    || if name.starts_with('*') { "this object".to_owned() } else { format!("`${name}`") };
                Some(called.map_or_else(own, str::to_owned))
            }
            _ => Some(words::subject(&before, &environment.subject).to_string())
                .filter(|subject| !subject.is_empty()),
        };
        let named = ty.objects.iter().find_map(|object| object.name.as_deref());
        called.or_else(|| named.map(str::to_owned)).unwrap_or_else(|| "this object".to_owned())
    }

    /// What was read, with complaints about what nothing can be read from.
    fn reading(
        &mut self,
        reached: Reached<'_>,
        ty: &Type<'a>,
        read: Read<'a>,
        lack: &str,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        if let Some(unknown) = &ty.unknown {
            let fails = Some(Failure { span: reached.span(), reason: unknown.why.clone() });
            return Out { ty: read.ty, count: Count::ONE, fails };
        }
        if read.wrong.is_empty() {
            return Out::one(read.ty);
        }
        let wrong = shape::keep(ty, |sort| read.wrong.contains(&sort));
        let before = reached.expr();
        let name = self.called(&before, environment);
        if read.ty.is_never() && shape::sorts(ty).all(|sort| read.wrong.contains(&sort)) {
            let message = format!("{name} is {} and {lack}", words::kinds(&wrong));
            let hint = has_instead(ty);
            let fails = self.always_fails(
                Diagnostic::error(codes::EXPRESSION_TYPE, reached.step.span, message).hint(hint),
            );
            return self.caught_or_broken(fails);
        }
        let fails = if read.wrong == [Sort::Null] {
            let absent = self.absence(&before, environment);
            let message = format!("{name} {absent}, and null {lack}");
            let hint = null_hint(&before, &reached.step.kind);
            self.may_fail(Diagnostic::error(codes::MAPPING_NULL, reached.span(), message).hint(hint))
        } else {
            let message = format!("{name} may be {}, which {lack}", words::kinds(&wrong));
            let hint = "test what it is first, for example with `if type == \"object\" then … else … end`";
            self.may_fail(
                Diagnostic::error(codes::EXPRESSION_TYPE, reached.span(), message).hint(hint.to_owned()),
            )
        };
        Out { ty: read.ty, count: Count::ONE, fails: Some(fails) }
    }

    /// What comes out where everything fails: nothing, where that is caught.
    pub(super) fn caught_or_broken(&self, fails: Failure) -> Out<'a> {
        if self.is_guarded() {
            return Out { ty: Type::never(), count: Count::ONE, fails: Some(fails) };
        }
        Out::broken(Some(fails))
    }

    fn index(
        &mut self,
        reached: Reached<'_>,
        ty: &Type<'a>,
        index: &Expr,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let by = self.at_guard(reached.guard, |walk| walk.infer(index, environment));
        if by.ty.is_never() {
            return by;
        }
        let unknown = self.matters(&by.ty, index.span);
        let mut fails = by.fails.or(unknown);
        let mut found = Type::never();
        for sort in shape::sorts(&by.ty).filter(|_| by.ty.unknown.is_none()) {
            let read = match sort {
                Sort::Text => match shape::text_constants(&by.ty) {
                    Some([name]) if shape::one_text(&by.ty).is_some() => {
                        let out = self.field(reached, ty, name, environment);
                        return Out { count: out.count.times(by.count), fails: fails.or(out.fails), ..out };
                    }
                    Some(names) => by_names(ty, names),
                    None => fields::any_field(ty),
                },
                Sort::Number => fields::item(ty, shape::one_number(&by.ty)),
                Sort::Object => fields::slice(ty),
                Sort::Array => fields::positions(ty),
                Sort::Null | Sort::True | Sort::False => {
                    let null = shape::has(&by.ty, Sort::Null);
                    let kept = shape::keep(&by.ty, |sort| sort <= Sort::True);
                    let what = words::kinds(&kept);
                    let message = format!(
                        "{} {} {what}, which is no index",
                        words::name_or_this(index),
                        if is_all(&kept, &by.ty) { "is" } else { "may be" }
                    );
                    let code = if null { codes::MAPPING_NULL } else { codes::EXPRESSION_TYPE };
                    let hint = "an index is a text for a field, or a number for an item".to_owned();
                    fails = Some(self.may_fail(Diagnostic::error(code, index.span, message).hint(hint)));
                    found.null = true;
                    continue;
                }
            };
            let out = self.reading(reached, ty, read, index_lack(sort), environment);
            fails = fails.or(out.fails);
            found = shape::union(&found, &out.ty);
        }
        if by.ty.unknown.is_some() {
            found = by.ty.clone();
        }
        Out { ty: found, count: by.count, fails }
    }

    fn slice_bound(&mut self, bound: &Expr, ty: &Type<'a>) -> Option<Failure> {
        if ty.unknown.is_some() {
            return self.matters(ty, bound.span);
        }
        let wrong = shape::keep(ty, |sort| !matches!(sort, Sort::Null | Sort::Number));
        if wrong.is_never() {
            return None;
        }
        let message = format!(
            "{} {} {}, and where a cut begins and ends is a number",
            words::name_or_this(bound),
            if is_all(&wrong, ty) { "is" } else { "may be" },
            words::kinds(&wrong)
        );
        Some(self.may_fail(Diagnostic::error(codes::EXPRESSION_TYPE, bound.span, message)))
    }

    /// Why a value may be null, in words behind its name: `may be null`, `may be missing`,
    /// ``may be null, because `owner` may be``.
    pub(super) fn absence(&mut self, expr: &Expr, environment: &Environment<'a>) -> String {
        let plain = "may be null".to_owned();
        match &expr.kind {
            Kind::Variable(name) => match environment.variable(name).and_then(|bound| bound.absent.clone()) {
                Some(reason) => format!("may be null ({reason})"),
                None => plain,
            },
            Kind::Path(base, steps) => {
                let Some((step, before)) = steps.split_last() else { return plain };
                let reached = Reached { whole: expr.span, base, before, step, guard: self.guard() };
                let parent = reached.expr();
                let ty = self.silently(|walk| walk.infer(&parent, environment)).ty;
                if ty.null && ty.unknown.is_none() {
                    let why = self.absence(&parent, environment);
                    let name = words::name_or_this(&parent);
                    return format!("may be null, because {name} {why}");
                }
                let value = match &step.kind {
                    StepKind::Field(name) => fields_alone(&ty, name),
                    StepKind::Index(_) => {
                        ty.arrays.as_ref().map_or_else(Type::never, |array| fields::items(array))
                    }
                    StepKind::Slice(..) | StepKind::Iterate => return plain,
                };
                if value.null || value.unknown.is_some() { plain } else { "may be missing".to_owned() }
            }
            _ => plain,
        }
    }
}

/// What a field may be where it is there.
fn fields_alone<'a>(ty: &Type<'a>, name: &str) -> Type<'a> {
    let mut alone = Type::never();
    for object in &ty.objects {
        if let Some(field) = object.fields.get(name) {
            alone = shape::union(&alone, &field.value.get());
        } else if let Some(rest) = &object.rest {
            alone = shape::union(&alone, &rest.get());
        }
    }
    alone
}

fn by_names<'a>(ty: &Type<'a>, names: &[String]) -> Read<'a> {
    let mut all = fields::field(ty, names.first().map_or("", String::as_str));
    for name in names {
        all.ty = shape::union(&all.ty, &fields::field(ty, name).ty);
    }
    all
}

fn index_lack(sort: Sort) -> &'static str {
    match sort {
        Sort::Text => "has no fields",
        Sort::Number => "has no numbered items",
        _ => "cannot be cut",
    }
}

/// Whether the part is everything.
pub(super) fn is_all(part: &Type<'_>, whole: &Type<'_>) -> bool {
    shape::sorts(whole).all(|sort| shape::has(part, sort))
}

/// What can be done with a value that has no such parts.
fn has_instead(ty: &Type<'_>) -> Option<String> {
    let array = ty.arrays.is_some();
    array.then(|| "a list has items: `[0]` is the first, `[]` is each".to_owned())
}

fn null_hint(before: &Expr, step: &StepKind) -> Option<String> {
    let code = words::code(before)?;
    let dotted = if code == "." { "." } else { &code };
    Some(match step {
        StepKind::Iterate if code == "." => "`.[]?` gives nothing then".to_owned(),
        StepKind::Iterate => {
            format!("`{dotted}[]?` gives nothing then; so does `({dotted} // [])[]`")
        }
        _ => format!("give another value first, as in `({dotted} // …)`"),
    })
}
