//! `round_money`: an amount rounded to the smallest unit of its currency.

use super::amount::{amount, check, number, places, rounded};
use crate::error::Error;
use crate::functions::run::first;
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "round_money",
    arity: 1,
    parameters: &["currency"],
    summary: "The amount rounded to the smallest unit of a currency (ISO 4217), the half to the even neighbour, as banks do.",
    is_jq: false,
    examples: &[
        Example {
            program: r#"map(round_money("EUR"))"#,
            input: "[2.345, 2.355, 2]",
            output: "[2.34, 2.36, 2.00]",
        },
        Example { program: r#"round_money("JPY")"#, input: "99.5", output: "100" },
        Example { program: r#"round_money("XAU")"#, input: "1", output: "error: XAU has no minor unit" },
    ],
    run: |meter, input, arguments| {
        let (_, places) = places(meter, first(arguments))?;
        let amount = amount(input, "is no amount")?;
        let places = usize::try_from(places).unwrap_or(0);
        let rounded = rounded(&amount, places).ok_or_else(|| Error::new("the amount has too many digits"))?;
        Ok(number(rounded))
    },
    types: |input, arguments| {
        Call::new("round_money", input, arguments)
            .input(&[Number, Text])?
            .argument(0, &[Text])?
            .known(0, check)?
            .gives(Type::number())
    },
}];
