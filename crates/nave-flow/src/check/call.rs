//! Calls of operations: their arguments against the operation's schema, their answers, and what a call is
//! noted for.

use nave_expr::types::Type;
use nave_model::At;

use super::checker::{Checker, Given};
use super::facts::Facts;
use super::flowing::{Flowing, Origin};
use super::found::tail;
use super::step::Done;
use super::uses::{OperationUse, Purpose, Source};
use crate::expression::place;
use crate::flow::{Call, Expression, Step};

/// Arguments that say how many items a list in the answer has at most.
const SIZES: [&str; 10] = [
    "limit",
    "per_page",
    "page_size",
    "pageSize",
    "perPage",
    "max_results",
    "maxResults",
    "count",
    "first",
    "top",
];
/// Levels of arguments that are noted.
const DEEPEST: usize = 4;
/// Arguments that are noted of one call.
const MOST: usize = 500;

impl<'w> Checker<'w, '_> {
    /// A call of a step.
    pub(super) fn call(&mut self, step: &'w Step, call: &'w Call) -> Done<'w> {
        let at = tail(&step.at, &format!("{}.{}", call.connection, call.operation));
        let Some(facts) = self.operation(&call.connection, &call.operation, &at) else {
            let own = match &call.with {
                Some(with) => self.any_value(with, "the arguments"),
                None => Given::reported(),
            };
            return Done { own: Some(own), ..Given::reported().into() };
        };
        let own = self.arguments(&facts, call.with.as_ref(), &at);
        self.use_operation(&facts, Purpose::Step, &own.ty, &at);
        self.settled(&facts, &format!("in the step `{}`", step.name), &at);
        self.scopes(&facts, &at);
        self.calls.count(&call.connection, &at);
        let given = self.answer(&facts, &own.ty);
        Done { given, own: Some(own), called: Some(format!("the answer of `{}`", facts.name)) }
    }

    /// The arguments of a call, held to what the operation takes.
    pub(super) fn arguments(
        &mut self,
        facts: &Facts<'w>,
        with: Option<&'w Expression>,
        at: &At,
    ) -> Given<'w> {
        match with {
            Some(with) => {
                let given = self.value(with, &facts.arguments, &facts.name);
                self.sinks(facts, &given.flowing, &|span| place(with, span));
                given
            }
            None => {
                let given = Given::made(Type::record([]));
                self.fits(&given.ty, &facts.arguments, ("the call", &facts.name), at);
                given
            }
        }
    }

    /// What a call gives.
    pub(super) fn answer(&self, facts: &Facts<'w>, arguments: &Type<'w>) -> Given<'w> {
        let (connection, operation) = facts.name.split_once('.').unwrap_or((&facts.name, ""));
        let source = Source::Answer { connection: connection.to_owned(), operation: operation.to_owned() };
        let connector = Some(facts.connected.connector.name.clone());
        let origin = Origin { source, connector, most: most_items(facts, arguments) };
        Given { ty: facts.result.clone(), flowing: Flowing::taken(origin, facts.result.clone()) }
    }

    /// Notes that an operation is used.
    pub(super) fn use_operation(
        &mut self,
        facts: &Facts<'w>,
        purpose: Purpose,
        arguments: &Type<'w>,
        at: &At,
    ) {
        let (connection, operation) = facts.name.split_once('.').unwrap_or((&facts.name, ""));
        let mut pointers = Vec::new();
        pointers_of(arguments, "", 0, &mut pointers);
        self.uses.operations.push(OperationUse {
            connection: connection.to_owned(),
            connector: Some(facts.connected.connector.name.clone()),
            operation: operation.to_owned(),
            step: self.step_name(),
            purpose,
            arguments: pointers,
            at: at.clone(),
        });
    }
}

/// The most items of a list in the answer, where an argument says so: by its value, or by the most it takes.
fn most_items(facts: &Facts<'_>, arguments: &Type<'_>) -> Option<u64> {
    let bound = |ty: &Type<'_>, name: &str| {
        let access = ty.field(name);
        let numbers = access.value.numbers.as_ref()?.highest()?;
        whole(numbers)
    };
    SIZES.iter().find_map(|name| {
        let taken = bound(&facts.arguments, name);
        let given = bound(arguments, name);
        given.or(taken)
    })
}

fn whole(number: f64) -> Option<u64> {
    let is_plain = (1.0..=1e9).contains(&number) && number.fract() == 0.0;
    is_plain.then(|| format!("{number}").parse().ok()).flatten()
}

/// The places in arguments, the outer ones first.
fn pointers_of(ty: &Type<'_>, pointer: &str, depth: usize, all: &mut Vec<String>) {
    if depth >= DEEPEST || ty.is_unknown() {
        return;
    }
    if ty.arrays.is_some() {
        let items = ty.items();
        if !items.objects.is_empty() {
            pointers_of(&items, &format!("{pointer}/*"), depth + 1, all);
        }
    }
    for object in &ty.objects {
        for (name, field) in &object.fields {
            if all.len() >= MOST {
                return;
            }
            let child = nave_model::place::child(pointer, name);
            if !all.contains(&child) {
                all.push(child.clone());
            }
            pointers_of(&field.value.get(), &child, depth + 1, all);
        }
    }
}
