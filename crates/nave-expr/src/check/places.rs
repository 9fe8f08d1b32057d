//! Places that a condition can tell something about: `.a.b`, `$x.a`, `.items[0]`. What is learnt of a
//! place is put back into the type of the input or variable it belongs to, so that everything that reads
//! it later knows.

use std::rc::Rc;

use crate::ast::{Expr, Kind, Step, StepKind};
use crate::check::environment::Environment;
use crate::check::fields;
use crate::check::shape::{self, Sort};
use crate::types::{Array, Lazy, Type};

/// A place.
#[derive(Debug, Clone, Default)]
pub(super) struct Place<'e> {
    /// The variable it belongs to; `None`: the input.
    variable: Option<&'e str>,
    steps: Vec<Inside<'e>>,
}

/// One step of a place.
#[derive(Debug, Clone, Copy)]
enum Inside<'e> {
    Field(&'e str),
    Item(f64),
}

/// What becomes of a type at a place; never where the place cannot be so.
pub(super) type Narrow<'n, 'a> = &'n dyn Fn(&Type<'a>) -> Type<'a>;

/// The place an expression names, if it names one.
pub(super) fn place(expr: &Expr) -> Option<Place<'_>> {
    match &expr.kind {
        Kind::Identity => Some(Place { variable: None, steps: Vec::new() }),
        Kind::Variable(name) => Some(Place { variable: Some(name), steps: Vec::new() }),
        Kind::Path(base, steps) => {
            let mut place = place(base)?;
            for step in steps {
                place.steps.push(inside(step)?);
            }
            Some(place)
        }
        Kind::Try { body, handler: None } => place(body),
        Kind::Pipe(left, right) => {
            let (mut left, right) = (place(left)?, place(right)?);
            if right.variable.is_some() {
                return Some(right);
            }
            left.steps.extend(right.steps);
            Some(left)
        }
        _ => None,
    }
}

fn inside(step: &Step) -> Option<Inside<'_>> {
    match &step.kind {
        StepKind::Field(name) => Some(Inside::Field(name)),
        StepKind::Index(index) => match &index.kind {
            Kind::Number(number) => Some(Inside::Item(number.parse().ok()?)),
            Kind::Text(name) => Some(Inside::Field(name)),
            _ => None,
        },
        StepKind::Slice(..) | StepKind::Iterate => None,
    }
}

impl Place<'_> {
    /// The same environment where the place is what is left of it; `None`: nothing is.
    pub(super) fn narrow<'a>(
        &self,
        environment: &Environment<'a>,
        narrow: Narrow<'_, 'a>,
    ) -> Option<Environment<'a>> {
        let before = match self.variable {
            None => Rc::clone(&environment.input),
            Some(name) => Rc::clone(&environment.variable(name)?.ty),
        };
        let after = within(&before, &self.steps, narrow);
        if after.is_never() {
            return None;
        }
        Some(match self.variable {
            None => environment.narrowed(after),
            Some(name) => environment.narrowed_variable(name, after),
        })
    }

    /// Whether the variable it belongs to exists, if it belongs to one.
    pub(super) fn exists(&self, environment: &Environment<'_>) -> bool {
        self.variable.is_none_or(|name| environment.variable(name).is_some())
    }
}

fn within<'a>(ty: &Type<'a>, steps: &[Inside<'_>], narrow: Narrow<'_, 'a>) -> Type<'a> {
    let Some((step, rest)) = steps.split_first() else { return narrow(ty) };
    if ty.unknown.is_some() {
        return ty.clone();
    }
    // Where it is null, so is everything in it; what has no insides fails, and nothing is told then.
    let null_stays = ty.null && !within(&Type::null(), rest, narrow).is_never();
    let mut left = match step {
        Inside::Field(name) => ty.refine_field(name, |value| within(value, rest, narrow)),
        Inside::Item(index) => {
            let arrays = ty.arrays.as_ref().and_then(|array| item(array, *index, rest, narrow));
            Type { arrays, ..Type::default() }
        }
    };
    left.null = null_stays;
    left
}

/// The lists whose item is what is left of it.
fn item<'a>(
    array: &Rc<Array<'a>>,
    index: f64,
    rest: &[Inside<'_>],
    narrow: Narrow<'_, 'a>,
) -> Option<Rc<Array<'a>>> {
    let ty = Type { arrays: Some(Rc::clone(array)), ..Type::default() };
    let before = fields::item(&ty, Some(index)).ty;
    let after = within(&before, rest, narrow);
    if after.is_never() {
        return None;
    }
    let position = fields::whole(index).and_then(|index| usize::try_from(index).ok());
    let Some(position) = position.filter(|position| *position < MOST_ITEMS) else {
        return Some(Rc::clone(array));
    };
    let mut known = (**array).clone();
    while known.first.len() <= position {
        known.first.push(known.rest.clone());
    }
    if !shape::has(&after, Sort::Null) {
        known.least = known.least.max(u64::try_from(position).unwrap_or(u64::MAX) + 1);
    }
    // `null` may be in it because the list may be shorter; what the item is where it is there stays.
    let there = known.first.get(position).map(Lazy::get);
    if let (Some(slot), Some(there)) = (known.first.get_mut(position), there) {
        let null = after.null && shape::has(&there, Sort::Null);
        let value = Type { null, ..after };
        if !value.is_never() {
            *slot = Lazy::known(value);
        } else if known.least > u64::try_from(position).unwrap_or(u64::MAX) {
            return None;
        } else {
            known.most =
                Some(known.most.unwrap_or(u64::MAX).min(u64::try_from(position).unwrap_or(u64::MAX)));
        }
    }
    Some(Rc::new(known))
}

/// Items behind this one are not told apart.
const MOST_ITEMS: usize = 16;
