//! Objects on their way to a target: each entry is checked against the field it becomes, and what the
//! target needs and is not given is reported where the object is made.

use std::collections::BTreeSet;
use std::rc::Rc;

use nave_model::fault::codes;

use crate::ast::{Entry, Expr, Key, KeyKind, Kind, Operator};
use crate::check::construct::Aim;
use crate::check::environment::Environment;
use crate::check::goal::Goal;
use crate::check::walk::{Out, Walk};
use crate::check::{shape, words};
use crate::diagnostic::Diagnostic;
use crate::types::assign::{Assignment, assign};
use crate::types::{Field, Object, Type};

impl<'a> Walk<'a> {
    /// `{ … }` where an object is needed.
    pub(super) fn check_object(
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
    pub(super) fn check_sum(
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

/// Whether an object is made here, whole or in part.
pub(super) fn is_object(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Object(_) => true,
        Kind::Binary(Operator::Add, left, right) => is_object(left) || is_object(right),
        _ => false,
    }
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
