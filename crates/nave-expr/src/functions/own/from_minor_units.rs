//! `from_minor_units`: an amount from the smallest unit of its currency.

use nave_model::Decimal;

use super::amount::{amount, check, number, places};
use crate::error::Error;
use crate::functions::run::first;
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "from_minor_units",
    arity: 1,
    parameters: &["currency"],
    summary: "The amount that so many of the smallest unit of a currency (ISO 4217) are, exact: 1999 cents are 19.99 EUR.",
    is_jq: false,
    examples: &[
        Example { program: r#"from_minor_units("EUR")"#, input: "1999", output: "19.99" },
        Example { program: r#"from_minor_units("jpy")"#, input: "500", output: "500" },
        Example { program: r#"from_minor_units("USD")"#, input: r#""-5""#, output: "-0.05" },
        Example {
            program: r#"from_minor_units("EUR")"#,
            input: "19.99",
            output: "error: 19.99 is no whole number of the smallest unit of EUR",
        },
    ],
    run: |meter, input, arguments| {
        let (currency, places) = places(meter, first(arguments))?;
        let amount = amount(input, "is no amount")?;
        match amount.units(0) {
            Some(units) => Ok(number(Decimal::scaled(units, places).to_string())),
            None if amount.is_whole() => Err(Error::new(format!("{amount} is too much to count"))),
            None => {
                let code = currency.code;
                Err(Error::new(format!("{amount} is no whole number of the smallest unit of {code}")))
            }
        }
    },
    types: |input, arguments| {
        Call::new("from_minor_units", input, arguments)
            .input(&[Number, Text])?
            .argument(0, &[Text])?
            .known(0, check)?
            .gives(Type::number())
    },
}];
