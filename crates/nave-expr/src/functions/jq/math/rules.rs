//! Type rules of the mathematical functions.

use crate::functions::Typed;
use crate::functions::signature::{Call, Number};
use crate::types::{Complaint, Numbers, Type};

/// Not a number is written as null.
fn result<'a>() -> Type<'a> {
    Type::number().or_null()
}

pub(super) fn of_input<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(result())
}

/// Of numbers all of which have a result.
pub(super) fn sure<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(Type::number())
}

/// Of numbers that have a result where they are not below zero.
pub(super) fn of_positive<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    let lowest = input.numbers.as_ref().and_then(Numbers::lowest);
    let is_positive = !input.is_unknown() && lowest.is_some_and(|lowest| lowest >= 0.0);
    let output = if is_positive { Type::number() } else { result() };
    Call::new(name, input, arguments).input(&[Number])?.gives(output)
}

pub(super) fn whole<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(Type::integer())
}

pub(super) fn of_arguments<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    numbers(name, input, arguments)?.gives(result())
}

pub(super) fn sure_of_arguments<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    numbers(name, input, arguments)?.gives(Type::number())
}

fn numbers<'t, 'a>(
    name: &'static str,
    input: &'t Type<'a>,
    arguments: &'t [Type<'a>],
) -> Result<Call<'t, 'a>, Complaint> {
    let mut call = Call::new(name, input, arguments);
    for position in 0..arguments.len() {
        call = call.argument(position, &[Number])?;
    }
    Ok(call)
}

pub(super) fn two_numbers<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(Type::list(vec![result(), result()]))
}
