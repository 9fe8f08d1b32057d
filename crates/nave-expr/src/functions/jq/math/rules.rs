//! Type rules of the mathematical functions.

use crate::functions::Typed;
use crate::functions::signature::{Call, Number};
use crate::types::{Complaint, Type};

pub(super) fn of_input<'a>(
    name: &'static str,
    input: &Type<'a>,
    arguments: &[Type<'a>],
) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number])?.gives(Type::number())
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
    Call::new(name, input, arguments)
        .input(&[Number])?
        .gives(Type::list(vec![Type::number(), Type::number()]))
}
