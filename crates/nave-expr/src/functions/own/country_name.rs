//! `country_name`: the English name of a country, whichever way it is written.

use super::amount::say;
use crate::functions::failure::type_error;
use crate::functions::signature::{Call, Number, Text};
use crate::functions::tables::{COUNTRIES, country};
use crate::functions::{Example, Function, shape};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "country_name",
    arity: 0,
    parameters: &[],
    summary: "The short English name of a country from any of its codes (ISO 3166-1) or names, in any case.",
    is_jq: false,
    examples: &[Example {
        program: "map(country_name)",
        input: r#"["de", "GBR", "410"]"#,
        output: r#"["Germany", "United Kingdom", "South Korea"]"#,
    }],
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
        Ok(Value::text(found.map_err(|objection| say(meter, &objection))?.name))
    },
    types: |input, arguments| {
        let call = Call::new("country_name", input, arguments)
            .input(&[Text, Number])?
            .known_input(|text| country(text).map(drop))?;
        let all: Vec<&str> = COUNTRIES.iter().map(|country| country.name).collect();
        call.gives(shape::known_text(input, &all, |text| country(text).ok().map(|found| found.name)))
    },
}];
