//! What an expression sees at one place: its input, what people call it, and the variables around it.
//! Narrowing makes a new environment; none is ever changed.

use std::rc::Rc;

use crate::check::{Presence, Scope, Variable, shape};
use crate::types::Type;

/// What an expression sees.
#[derive(Debug, Clone)]
pub(super) struct Environment<'a> {
    /// `.`
    pub(super) input: Rc<Type<'a>>,
    /// What people call `.`; empty: nothing better than "the input".
    pub(super) subject: Rc<str>,
    /// Variables, the innermost last.
    pub(super) variables: Rc<Vec<Bound<'a>>>,
}

/// A variable.
#[derive(Debug, Clone)]
pub(super) struct Bound<'a> {
    /// Without `$`.
    pub(super) name: Rc<str>,
    /// What it may be; `null` included, where it may not be there.
    pub(super) ty: Rc<Type<'a>>,
    /// What people call it, where that is more than its name.
    pub(super) called: Option<Rc<str>>,
    /// Why it may not be there.
    pub(super) absent: Option<Rc<str>>,
}

impl<'a> Environment<'a> {
    /// What a whole expression sees.
    pub(super) fn of(scope: &Scope<'a>) -> Self {
        let bound = |(name, variable): &(String, Variable<'a>)| {
            let absent = match &variable.presence {
                Presence::Always => None,
                Presence::Maybe(reason) => Some(Rc::from(reason.as_str())),
            };
            let ty = variable.ty.clone();
            Bound {
                name: Rc::from(name.as_str()),
                ty: Rc::new(if absent.is_some() { ty.or_null() } else { ty }),
                called: variable.name.as_deref().map(Rc::from),
                absent,
            }
        };
        Environment {
            input: Rc::new(scope.input.clone()),
            subject: Rc::from(scope.input_name.as_str()),
            variables: Rc::new(scope.variables.iter().map(bound).collect()),
        }
    }

    /// The same for who asked.
    pub(super) fn scope(&self) -> Scope<'a> {
        let variable = |bound: &Bound<'a>| {
            let presence = match &bound.absent {
                None => Presence::Always,
                Some(reason) => Presence::Maybe(reason.to_string()),
            };
            let name = bound.called.as_deref().map(str::to_owned);
            (bound.name.to_string(), Variable { ty: (*bound.ty).clone(), name, presence })
        };
        Scope {
            input: (*self.input).clone(),
            input_name: self.subject.to_string(),
            variables: self.variables.iter().map(variable).collect(),
        }
    }

    /// The same on another input.
    pub(super) fn on(&self, input: Type<'a>, subject: Rc<str>) -> Self {
        Environment { input: Rc::new(input), subject, variables: Rc::clone(&self.variables) }
    }

    /// The same where the input is known better.
    pub(super) fn narrowed(&self, input: Type<'a>) -> Self {
        self.on(input, Rc::clone(&self.subject))
    }

    /// The same with one more variable.
    pub(super) fn with(&self, name: &str, ty: Type<'a>) -> Self {
        let mut variables = Rc::clone(&self.variables);
        let bound = Bound { name: Rc::from(name), ty: Rc::new(ty), called: None, absent: None };
        Rc::make_mut(&mut variables).push(bound);
        Environment { variables, ..self.clone() }
    }

    /// The same with one more variable that people call by another name.
    pub(super) fn with_called(&self, name: &str, ty: Type<'a>, called: &str) -> Self {
        let mut environment = self.with(name, ty);
        if let Some(bound) = Rc::make_mut(&mut environment.variables).last_mut() {
            bound.called = Some(called).filter(|called| !called.is_empty()).map(Rc::from);
        }
        environment
    }

    /// The innermost variable of this name.
    pub(super) fn variable(&self, name: &str) -> Option<&Bound<'a>> {
        self.variables.iter().rev().find(|bound| &*bound.name == name)
    }

    /// The same where a variable is known better.
    pub(super) fn narrowed_variable(&self, name: &str, ty: Type<'a>) -> Self {
        let mut variables = Rc::clone(&self.variables);
        if let Some(bound) = Rc::make_mut(&mut variables).iter_mut().rev().find(|bound| &*bound.name == name)
        {
            if !shape::has(&ty, shape::Sort::Null) {
                bound.absent = None;
            }
            bound.ty = Rc::new(ty);
        }
        Environment { variables, ..self.clone() }
    }

    /// What is seen by who came from here or from there. Both have the same variables.
    pub(super) fn join(&self, other: &Self) -> Self {
        let either = |a: &Rc<Type<'a>>, b: &Rc<Type<'a>>| {
            if Rc::ptr_eq(a, b) { Rc::clone(a) } else { Rc::new(shape::union(a, b)) }
        };
        let variables = if Rc::ptr_eq(&self.variables, &other.variables) {
            Rc::clone(&self.variables)
        } else {
            let pairs = self.variables.iter().zip(other.variables.iter());
            Rc::new(
                pairs
                    .map(|(a, b)| Bound {
                        ty: either(&a.ty, &b.ty),
                        absent: a.absent.clone().or_else(|| b.absent.clone()),
                        ..a.clone()
                    })
                    .collect(),
            )
        };
        Environment { input: either(&self.input, &other.input), subject: Rc::clone(&self.subject), variables }
    }
}
