//! `to_minor_units`: an amount in the smallest unit of its currency, as payment systems count it.

use super::amount::{amount, check, number, places};
use crate::error::Error;
use crate::functions::run::first;
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "to_minor_units",
    arity: 1,
    parameters: &["currency"],
    summary: "The amount in the smallest unit of a currency (ISO 4217), exact: 19.99 EUR are 1999 cents. A fraction of that unit is refused, never rounded.",
    is_jq: false,
    examples: &[
        Example { program: r#"to_minor_units("EUR")"#, input: "19.99", output: "1999" },
        Example { program: r#"to_minor_units("JPY")"#, input: r#""500""#, output: "500" },
        Example { program: r#"to_minor_units("KWD")"#, input: "1.5", output: "1500" },
        Example {
            program: r#"to_minor_units("EUR")"#,
            input: "19.999",
            output: "error: 19.999 has more than the 2 decimal places of EUR; `round_money` rounds it",
        },
        Example {
            program: r#"to_minor_units("EUT")"#,
            input: "1",
            output: "error: \"EUT\" is no currency of ISO 4217; did you mean `EUR`?",
        },
    ],
    run: |meter, input, arguments| {
        let (currency, places) = places(meter, first(arguments))?;
        let amount = amount(input, "is no amount")?;
        if let Some(units) = amount.units(places) {
            return Ok(number(units.to_string()));
        }
        let code = currency.code;
        Err(Error::new(if amount.places() > u64::from(places) {
            format!("{amount} has more than the {places} decimal places of {code}; `round_money` rounds it")
        } else {
            format!("{amount} {code} is too much to count")
        }))
    },
    types: |input, arguments| {
        Call::new("to_minor_units", input, arguments)
            .input(&[Number, Text])?
            .argument(0, &[Text])?
            .known(0, check)?
            .gives(Type::integer())
    },
}];
