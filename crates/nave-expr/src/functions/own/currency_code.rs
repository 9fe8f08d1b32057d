//! `currency_code`: the letters of a currency, whichever way it is written.

use super::amount::say;
use crate::functions::failure::type_error;
use crate::functions::signature::{Call, Number, Text};
use crate::functions::tables::{CURRENCIES, currency};
use crate::functions::{Example, Function, shape};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "currency_code",
    arity: 0,
    parameters: &[],
    summary: "The three letters of a currency (ISO 4217) from its code in any case or its number. Signs such as $ are not understood: several currencies share them.",
    is_jq: false,
    examples: &[
        Example {
            program: "map(currency_code)",
            input: r#"["eur", " Usd", "392", 48]"#,
            output: r#"["EUR", "USD", "JPY", "BHD"]"#,
        },
        Example {
            program: "currency_code",
            input: r#""EURO""#,
            output: "error: \"EURO\" is no currency of ISO 4217; did you mean `EUR`?",
        },
    ],
    run: |meter, input, _| {
        // A name is compared with some hundred others.
        meter.steps(100)?;
        let found = match input {
            Value::Text(text) => currency(text.as_str()),
            Value::Number(number) => {
                currency(&number.as_decimal().map(|number| format!("{number:0>3}")).unwrap_or_default())
            }
            other => return Err(type_error(other, "is no currency code")),
        };
        Ok(Value::text(found.map_err(|objection| say(meter, &objection))?.code))
    },
    types: |input, arguments| {
        let call = Call::new("currency_code", input, arguments)
            .input(&[Text, Number])?
            .known_input(|code| currency(code).map(drop))?;
        let codes: Vec<&str> = CURRENCIES.iter().map(|currency| currency.code).collect();
        call.gives(shape::known_text(input, &codes, |code| currency(code).ok().map(|found| found.code)))
    },
}];
