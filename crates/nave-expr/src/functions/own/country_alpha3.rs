//! `country_alpha3`: the three letters of a country, whichever way it is written.

use super::amount::say;
use crate::functions::failure::type_error;
use crate::functions::signature::{Call, Number, Text};
use crate::functions::tables::{COUNTRIES, country};
use crate::functions::{Example, Function, shape};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "country_alpha3",
    arity: 0,
    parameters: &[],
    summary: "The three letters of a country (ISO 3166-1) from any of its codes or names, in any case.",
    is_jq: false,
    examples: &[
        Example { program: "country_alpha3", input: r#""Germany""#, output: r#""DEU""# },
        Example { program: "country_alpha3", input: "null", output: "error: null (null) is no country" },
    ],
    run: |meter, input, _| {
        // A name is compared with some hundred others.
        meter.steps(100)?;
        let found = match input {
            Value::Text(text) => country(text.as_str()),
            Value::Number(number) => {
                country(&number.as_decimal().map(|number| number.to_string()).unwrap_or_default())
            }
            other => return Err(type_error(other, "is no country")),
        };
        Ok(Value::text(found.map_err(|objection| say(meter, &objection))?.alpha3))
    },
    types: |input, arguments| {
        let call = Call::new("country_alpha3", input, arguments)
            .input(&[Text, Number])?
            .known_input(|text| country(text).map(drop))?;
        let all: Vec<&str> = COUNTRIES.iter().map(|country| country.alpha3).collect();
        call.gives(shape::known_text(input, &all, |text| country(text).ok().map(|found| found.alpha3)))
    },
}];
