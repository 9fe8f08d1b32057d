//! What an expression has to give: the target goes down into the expression, so that what does not fit is
//! reported at the part that gives it, and not at the whole.

use std::collections::BTreeSet;
use std::rc::Rc;

use nave_model::fault::codes;

use crate::ast::{Entry, Expr, Key, KeyKind, Kind, Operator};
use crate::check::construct::Aim;
use crate::check::environment::Environment;
use crate::check::operators::default_hint;
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk, without_null};
use crate::check::{Count, words};
use crate::diagnostic::Diagnostic;
use crate::types::assign::{Assignment, assign};
use crate::types::{Field, Object, Type};

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

    fn check_object(
        &mut self,
        expr: &Expr,
        entries: &[Entry],
        environment: &Environment<'a>,
        goal: &Goal<'a>,
    ) -> Out<'a> {
        if goal.target.is_unknown() || goal.target.objects.is_empty() {
            let out = self.object(entries, environment, None);
            return self.fit(expr, out, environment, goal);
        }
        let meant = self.meant(entries, environment, goal);
        let before = self.errors();
        let out = self.object(entries, environment, Some(&Aim { meant: &meant, goal }));
        if out.ty.is_never() {
            return out;
        }
        let told = misspelt(entries, &meant);
        self.required(expr, &out.ty, &Aim { meant: &meant, goal }, &told, environment);
        let is_plain = goal.target.objects.len() == 1
            && entries.iter().all(|entry| !matches!(entry.key.kind, KeyKind::Expr(_)));
        // Computed keys and alternatives are only seen in the whole.
        if !is_plain && self.errors() == before { self.fit(expr, out, environment, goal) } else { out }
    }

    /// The alternative of the target that an object constructor means: the one it fits, or else the one
    /// whose fields it has most of.
    fn meant(&mut self, entries: &[Entry], environment: &Environment<'a>, goal: &Goal<'a>) -> Rc<Object<'a>> {
        let [first, others @ ..] = goal.target.objects.as_slice() else { return Rc::default() };
        if others.is_empty() {
            return Rc::clone(first);
        }
        let given = self.silently(|walk| walk.object(entries, environment, None)).ty;
        let assignment = Assignment { value: "", target: "", repairs: false };
        let mut best = (i64::MIN, first);
        for object in &goal.target.objects {
            let alone = Type { objects: vec![Rc::clone(object)], ..Type::default() };
            if assign(&given, &alone, &assignment).is_empty() {
                return Rc::clone(object);
            }
            let score = likeness(&given, object);
            if score > best.0 {
                best = (score, object);
            }
        }
        Rc::clone(best.1)
    }

    /// The value of an entry with a known key.
    pub(super) fn check_entry(
        &mut self,
        key: &str,
        entry: &Entry,
        value: &Expr,
        environment: &Environment<'a>,
        aim: &Aim<'_, 'a>,
    ) -> Out<'a> {
        let Aim { meant, goal } = aim;
        let is_overridden = goal.part.as_ref().is_some_and(|part| part.contains(key));
        let target = match (meant.fields.get(key), &meant.rest) {
            _ if is_overridden => None,
            (Some(field), _) if field.is_set_by_system() => {
                let message = format!("`{key}` of {} is set by the system alone", goal.called());
                let hint = "leave it out".to_owned();
                self.report(Diagnostic::error(codes::MAPPING_EXTRA, entry.key.span, message).hint(hint));
                None
            }
            (Some(field), _) => Some(field.value.get()),
            (None, Some(rest)) => Some(rest.get()),
            (None, None) => {
                let message = format!("{} has no `{key}`", goal.called());
                let hint = extra_hint(key, meant, goal.part.is_some());
                self.report(Diagnostic::error(codes::MAPPING_EXTRA, entry.key.span, message).hint(hint));
                None
            }
        };
        match target {
            Some(target) => self.check(value, environment, &goal.inside(target, key)),
            None => {
                let out = self.infer(value, environment);
                self.counted(value, out, &goal.inside(Rc::default(), key))
            }
        }
    }

    /// Reports required fields that are not given.
    fn required(
        &mut self,
        expr: &Expr,
        given: &Type<'a>,
        aim: &Aim<'_, 'a>,
        told: &BTreeSet<Rc<str>>,
        environment: &Environment<'a>,
    ) {
        let Aim { meant, goal } = aim;
        if goal.part.is_some() {
            return;
        }
        let fields = meant.fields.iter().filter(|(_, field)| field.required && !field.is_set_by_system());
        for (name, field) in fields {
            let given: Vec<Option<&Field<'a>>> =
                given.objects.iter().map(|object| object.fields.get(name)).collect();
            if given.iter().all(|given| given.is_some_and(|given| given.required)) {
                continue;
            }
            // A name nobody takes that is like this one is the same mistake.
            if told.contains(name) {
                continue;
            }
            let message = if given.iter().all(Option::is_none) {
                format!("{} needs `{name}`; the mapping never gives it", goal.called())
            } else {
                format!("{} needs `{name}`; the mapping may leave it out", goal.called())
            };
            let mut hint = format!("`{name}` is {}", words::needed(&field.value.get()));
            let source = environment.input.field_names();
            if let Some(near) =
                nave_model::similar::nearest(name, source.iter().map(|name| &**name), 1).first()
            {
                let subject = if environment.subject.is_empty() { "the input" } else { &environment.subject };
                hint.push_str(&format!("; {subject} has `{near}`"));
            }
            self.report(Diagnostic::error(codes::MAPPING_REQUIRED, expr.span, message).hint(hint));
        }
    }

    /// `left + right` of objects, each of which gives a part.
    fn check_sum(
        &mut self,
        expr: &Expr,
        left: &Expr,
        right: &Expr,
        environment: &Environment<'a>,
        goal: &Goal<'a>,
    ) -> Out<'a> {
        if goal.target.is_unknown() || goal.target.objects.len() != 1 {
            let out = self.infer(expr, environment);
            return self.fit(expr, out, environment, goal);
        }
        let before = self.errors();
        let given = self.silently(|walk| walk.infer(right, environment)).ty;
        let mut later: BTreeSet<Rc<str>> = goal.part.as_deref().cloned().unwrap_or_default();
        let part = Goal { part: Some(Rc::new(later.clone())), ..goal.clone() };
        let other = self.check_part(right, environment, &part);
        later.extend(given.objects.first().into_iter().flat_map(|first| {
            let others = given.objects.get(1..).unwrap_or_default();
            let always = first.fields.iter().filter(|(name, field)| {
                let certain =
                    |object: &Rc<Object<'a>>| object.fields.get(*name).is_some_and(Field::is_certain);
                field.is_certain() && others.iter().all(certain) && !given.null
            });
            always.map(|(name, _)| Rc::clone(name)).collect::<Vec<_>>()
        }));
        let part = Goal { part: Some(Rc::new(later)), ..goal.clone() };
        let one = self.check_part(left, environment, &part);
        if one.ty.is_never() || other.ty.is_never() {
            return Out {
                count: one.count.times(other.count),
                fails: one.fails.or(other.fails),
                ty: Type::never(),
            };
        }
        let sides = crate::check::operators::Sides { expr, operator: Operator::Add, left, right };
        let (ty, fails) = self.operate(&sides, &one.ty, &other.ty, environment);
        let count = one.count.times(other.count);
        let out = Out { ty, count, fails: one.fails.or(other.fails).or(fails) };
        if let Some(meant) = goal.target.objects.first().filter(|_| !out.ty.is_unknown()) {
            self.required(expr, &out.ty, &Aim { meant, goal }, &BTreeSet::new(), environment);
        }
        if self.errors() == before { self.fit(expr, out, environment, goal) } else { out }
    }

    /// A side of a sum: `null` adds nothing, so that it is fine.
    fn check_part(&mut self, expr: &Expr, environment: &Environment<'a>, goal: &Goal<'a>) -> Out<'a> {
        let target = Rc::new((*goal.target).clone().or_null());
        self.check(expr, environment, &Goal { target, ..goal.clone() })
    }
}

fn is_object(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Object(_) => true,
        Kind::Binary(Operator::Add, left, right) => is_object(left) || is_object(right),
        _ => false,
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

/// The field that is meant by a name nobody takes, or all of them.
fn extra_hint(key: &str, meant: &Object<'_>, is_part: bool) -> Option<String> {
    if let Some(required) = meant_by(key, meant).filter(|_| !is_part) {
        return Some(format!("did you mean `{required}`, which is required?"));
    }
    let known = meant.fields.iter().filter(|(_, field)| !field.is_set_by_system());
    let known: Vec<&str> = known.map(|(name, _)| &**name).collect();
    let near = nave_model::similar::did_you_mean(key, known.iter().copied());
    near.or_else(|| {
        (!known.is_empty()).then(|| format!("it has {}", words::listed(known.iter().copied(), 12)))
    })
}

/// The required field that a name nobody takes is most like.
fn meant_by<'m>(key: &str, meant: &'m Object<'_>) -> Option<&'m Rc<str>> {
    let known = meant.fields.iter().filter(|(_, field)| !field.is_set_by_system());
    let near = nave_model::similar::nearest(key, known.map(|(name, _)| &**name), 1);
    let (name, field) = near.first().and_then(|near| meant.fields.get_key_value(*near))?;
    field.required.then_some(name)
}

/// Required fields that are meant by names nobody takes.
fn misspelt(entries: &[Entry], meant: &Object<'_>) -> BTreeSet<Rc<str>> {
    if meant.rest.is_some() {
        return BTreeSet::new();
    }
    let keys = entries.iter().filter_map(|entry| match &entry.key.kind {
        KeyKind::Name(name) => Some(name.as_str()),
        KeyKind::Variable(name) if entry.value.is_none() => Some(name),
        KeyKind::Variable(_) | KeyKind::Expr(_) => None,
    });
    let extra = keys.filter(|key| !meant.fields.contains_key(*key));
    extra.filter_map(|key| meant_by(key, meant)).cloned().collect()
}

/// How much of an alternative an object has: constants that fit weigh most.
fn likeness<'a>(given: &Type<'a>, object: &Object<'a>) -> i64 {
    let mut score = 0;
    for (name, field) in &object.fields {
        let value = given.objects.iter().find_map(|given| given.fields.get(name));
        match value {
            None if field.required => score -= 1,
            None => {}
            Some(value) => {
                let (value, wanted) = (value.value.get(), field.value.get());
                let is_constant = shape::text_constants(&wanted).is_some();
                score += match (is_constant, value.may_equal(&wanted)) {
                    (true, true) => 8,
                    (true, false) => -8,
                    (false, true) => 2,
                    (false, false) => 1,
                };
            }
        }
    }
    score
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

/// The expression that an entry without a value stands for.
pub(super) fn shorthand(key: &Key) -> Option<Expr> {
    let span = key.span;
    match &key.kind {
        KeyKind::Name(name) => {
            let step =
                crate::ast::Step { kind: crate::ast::StepKind::Field(name.clone()), optional: false, span };
            let base = Box::new(Expr { kind: Kind::Identity, span: crate::Span { end: span.start, ..span } });
            Some(Expr { kind: Kind::Path(base, vec![step]), span })
        }
        KeyKind::Variable(name) => Some(Expr { kind: Kind::Variable(name.clone()), span }),
        KeyKind::Expr(_) => None,
    }
}
