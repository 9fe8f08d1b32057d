//! Follows values through an expression: from what it sees to what it gives. Which fields are read on the
//! way is written down. It tells of more rather than of less: both branches of an `if` count, and what a
//! function makes bears the marks of everything it was given.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_expr::Span;
use nave_expr::ast::{Assignment, Entry, Expr, Key, KeyKind, Kind, Operator, Part as Piece, Step, StepKind};
use nave_expr::syntax::walk::children;

use super::flowing::{Flowing, Origin};
use super::sight::Sight;

mod calls;
mod patterns;

/// Nodes that are looked at in one expression; the checker refuses larger ones.
const MOST_WORK: u32 = 40_000;
/// Reads that are written down of one expression.
const MOST_READS: usize = 2_000;

/// Something that is read.
pub(super) struct Seen {
    pub(super) origin: Rc<Origin>,
    pub(super) pointer: Rc<str>,
    pub(super) span: Span,
}

/// Follows one expression.
pub(super) struct Tracer<'t, 'w> {
    sight: &'t Sight<'w>,
    /// Variables that the expression binds itself, the innermost last.
    bound: Vec<(String, Flowing<'w>)>,
    reads: Vec<Seen>,
    work: u32,
}

/// Where what an expression gives comes from, and what it reads.
pub(super) fn trace<'w>(expr: &Expr, input: &Flowing<'w>, sight: &Sight<'w>) -> (Flowing<'w>, Vec<Seen>) {
    let mut tracer = Tracer { sight, bound: Vec::new(), reads: Vec::new(), work: 0 };
    let flowing = tracer.value(expr, input);
    (flowing, tracer.reads)
}

impl<'w> Tracer<'_, 'w> {
    fn value(&mut self, expr: &Expr, input: &Flowing<'w>) -> Flowing<'w> {
        self.work += 1;
        if self.work > MOST_WORK {
            return Flowing::default();
        }
        match &expr.kind {
            Kind::Identity => {
                let flowing = input.at(expr.span);
                self.read(&flowing);
                flowing
            }
            Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::Text(_)
            | Kind::Array(None)
            | Kind::Break(_) => Flowing::default(),
            Kind::Interpolation { parts, .. } => {
                let mut marks = Vec::new();
                for part in parts {
                    if let Piece::Expr(inner) = part {
                        marks.extend(self.value(inner, input).marks());
                    }
                }
                Flowing::made(marks)
            }
            Kind::Format(_) => Flowing::made(input.at(expr.span).marks()),
            Kind::Array(Some(inner)) => Flowing::list(self.value(inner, input)),
            Kind::Object(entries) => self.object(entries, input),
            Kind::Negate(inner) => Flowing::made(self.value(inner, input).marks()),
            Kind::Pipe(left, right) => {
                let before = self.unread(left, input);
                self.value(right, &before)
            }
            Kind::Comma(left, right) => self.value(left, input).or(self.value(right, input)),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, input),
            Kind::Assign(assignment, path, value) => self.assign(*assignment, path, value, input),
            Kind::Path(base, steps) => {
                let flowing = self.path(base, steps, expr.span, input);
                self.read(&flowing);
                flowing
            }
            Kind::If { branches, otherwise } => self.branches(branches, otherwise.as_deref(), input),
            Kind::Try { body, handler } => {
                let body = self.value(body, input);
                match handler {
                    Some(handler) => body.or(self.value(handler, &Flowing::default())),
                    None => body,
                }
            }
            Kind::Label { body, .. } => self.value(body, input),
            Kind::Variable(name) => {
                let flowing = self.variable(name).at(expr.span);
                self.read(&flowing);
                flowing
            }
            Kind::Bind { source, patterns, body } => self.bind(source, patterns, body, input),
            Kind::Reduce { source, pattern, init, update } => {
                self.reduce([source, init, update], None, pattern, input)
            }
            Kind::Foreach { source, pattern, init, update, extract } => {
                self.reduce([source, init, update], extract.as_deref(), pattern, input)
            }
            Kind::Call { name, arguments, .. } => self.call(expr, name, arguments, input),
        }
    }

    /// What is read.
    fn read(&mut self, flowing: &Flowing<'w>) {
        for taken in flowing.all_taken() {
            if self.reads.len() < MOST_READS {
                let (origin, pointer) = (Rc::clone(&taken.origin), Rc::clone(&taken.pointer));
                self.reads.push(Seen { origin, pointer, span: taken.span });
            }
        }
    }

    /// A value of which only parts are read: a path that goes on behind a `|` is read where it ends.
    fn unread(&mut self, expr: &Expr, input: &Flowing<'w>) -> Flowing<'w> {
        match &expr.kind {
            Kind::Identity => input.at(expr.span),
            Kind::Variable(name) => self.variable(name).at(expr.span),
            Kind::Path(base, steps) => self.path(base, steps, expr.span, input),
            _ => self.value(expr, input),
        }
    }

    fn variable(&self, name: &str) -> Flowing<'w> {
        if let Some((_, flowing)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return flowing.clone();
        }
        self.sight.get(name).map(|bound| bound.flowing.clone()).unwrap_or_default()
    }

    fn path(&mut self, base: &Expr, steps: &[Step], span: Span, input: &Flowing<'w>) -> Flowing<'w> {
        let mut flowing = self.unread(base, input);
        for step in steps {
            flowing = match &step.kind {
                StepKind::Field(name) => flowing.field(name, span),
                StepKind::Iterate => flowing.items(span),
                StepKind::Index(index) => match &index.kind {
                    Kind::Text(name) => flowing.field(name, span),
                    Kind::Object(_) => flowing,
                    _ => {
                        self.value(index, input);
                        flowing.items(span)
                    }
                },
                StepKind::Slice(from, to) => {
                    for bound in from.iter().chain(to) {
                        self.value(bound, input);
                    }
                    flowing
                }
            };
        }
        flowing
    }

    fn object(&mut self, entries: &[Entry], input: &Flowing<'w>) -> Flowing<'w> {
        let mut fields: IndexMap<Rc<str>, Flowing<'w>> = IndexMap::new();
        let mut others = Flowing::default();
        for entry in entries {
            let value = match &entry.value {
                Some(value) => self.value(value, input),
                None => self.shorthand(&entry.key, input),
            };
            match &entry.key.kind {
                KeyKind::Name(name) => {
                    fields.insert(name.as_str().into(), value);
                }
                KeyKind::Variable(name) if entry.value.is_none() => {
                    fields.insert(name.as_str().into(), value);
                }
                KeyKind::Variable(name) => {
                    let key = Flowing::made(self.variable(name).at(entry.key.span).marks());
                    others = others.or(value).or(key);
                }
                KeyKind::Expr(key) => {
                    let key = Flowing::made(self.value(key, input).marks());
                    others = others.or(value).or(key);
                }
            }
        }
        let others = (!others.parts.is_empty()).then_some(others);
        Flowing::object(fields, others)
    }

    /// `{name}` and `{$name}`.
    fn shorthand(&mut self, key: &Key, input: &Flowing<'w>) -> Flowing<'w> {
        let flowing = match &key.kind {
            KeyKind::Name(name) => input.field(name, key.span),
            KeyKind::Variable(name) => self.variable(name).at(key.span),
            KeyKind::Expr(_) => input.items(key.span),
        };
        self.read(&flowing);
        flowing
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr, input: &Flowing<'w>) -> Flowing<'w> {
        let one = self.value(left, input);
        let other = self.value(right, input);
        match operator {
            Operator::Alternative => one.or(other),
            Operator::Add | Operator::Multiply if is_structure(&one) || is_structure(&other) => {
                let (mut fields, rest) = one.spread(left.span);
                let (more, others) = other.spread(right.span);
                let is_object = !fields.is_empty() || !more.is_empty();
                fields.extend(more);
                let all = Flowing::any(rest.into_iter().chain(others));
                let object = if is_object {
                    Flowing::object(fields, (!all.parts.is_empty()).then_some(all))
                } else {
                    all
                };
                object.or(lists(&one)).or(lists(&other))
            }
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Remainder => {
                let mut marks = one.marks();
                marks.extend(other.marks());
                Flowing::made(marks)
            }
            // What a comparison tells of a value is no longer the value.
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::And
            | Operator::Or => Flowing::default(),
        }
    }

    fn assign(
        &mut self,
        assignment: Assignment,
        path: &Expr,
        value: &Expr,
        input: &Flowing<'w>,
    ) -> Flowing<'w> {
        let old = self.value(path, input);
        let new = match assignment {
            Assignment::Set => self.value(value, input),
            Assignment::Update => self.value(value, &old),
            Assignment::Arithmetic(_) => old.or(self.value(value, input)),
        };
        let mut steps = Vec::new();
        match plain(path, &mut steps) {
            true => input.with(&steps, &new, path.span),
            false => input.clone().or(new),
        }
    }

    fn branches(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        input: &Flowing<'w>,
    ) -> Flowing<'w> {
        let mut all = Flowing::default();
        for (condition, then) in branches {
            self.value(condition, input);
            all = all.or(self.value(then, input));
        }
        match otherwise {
            Some(otherwise) => all.or(self.value(otherwise, input)),
            None => all.or(input.clone()),
        }
    }

    /// Looks at everything inside only for what it reads.
    fn look(&mut self, expr: &Expr, input: &Flowing<'w>) {
        children(expr, &mut |child| {
            self.value(child, input);
        });
    }
}

/// A path of names and `[]` only.
fn plain<'e>(path: &'e Expr, steps: &mut Vec<Option<&'e str>>) -> bool {
    match &path.kind {
        Kind::Identity => true,
        Kind::Pipe(left, right) => plain(left, steps) && plain(right, steps),
        Kind::Path(base, written) => {
            plain(base, steps)
                && written.iter().all(|step| match &step.kind {
                    StepKind::Field(name) => {
                        steps.push(Some(name));
                        true
                    }
                    StepKind::Iterate => {
                        steps.push(None);
                        true
                    }
                    StepKind::Index(_) | StepKind::Slice(..) => false,
                })
        }
        _ => false,
    }
}

/// Whether it may be an object or a list whose parts are known.
fn is_structure(flowing: &Flowing<'_>) -> bool {
    use super::flowing::Part;
    flowing.parts.iter().any(|part| match part {
        Part::Object { .. } | Part::List(_) => true,
        Part::Taken(taken) => {
            let ty = taken.ty.get();
            ty.arrays.is_some() || !ty.objects.is_empty()
        }
        Part::Made(_) => false,
    })
}

/// The lists among its parts, and what else is no object.
fn lists<'w>(flowing: &Flowing<'w>) -> Flowing<'w> {
    use super::flowing::Part;
    let keep = |part: &&Part<'w>| match part {
        Part::Object { .. } => false,
        Part::Taken(taken) => taken.ty.get().objects.is_empty(),
        Part::List(_) | Part::Made(_) => true,
    };
    Flowing { parts: flowing.parts.iter().filter(keep).cloned().collect() }
}
