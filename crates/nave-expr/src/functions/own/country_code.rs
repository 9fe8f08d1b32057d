//! `country_code`: the two letters of a country, whichever way it is written.

use super::amount::say;
use crate::functions::failure::type_error;
use crate::functions::signature::{Call, Number, Text};
use crate::functions::tables::{COUNTRIES, country};
use crate::functions::{Example, Function, shape};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "country_code",
    arity: 0,
    parameters: &[],
    summary: "The two letters of a country (ISO 3166-1) from any of its codes or names, in any case.",
    is_jq: false,
    examples: &[
        Example {
            program: "map(country_code)",
            input: r#"["deu", "United Kingdom", "usa", 756, "Côte d'Ivoire"]"#,
            output: r#"["DE", "GB", "US", "CH", "CI"]"#,
        },
        Example {
            program: "country_code",
            input: r#""Germny""#,
            output: "error: \"Germny\" is no country of ISO 3166; did you mean `Germany`?",
        },
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
        Ok(Value::text(found.map_err(|objection| say(meter, &objection))?.alpha2))
    },
    types: |input, arguments| {
        let call = Call::new("country_code", input, arguments)
            .input(&[Text, Number])?
            .known_input(|text| country(text).map(drop))?;
        let all: Vec<&str> = COUNTRIES.iter().map(|country| country.alpha2).collect();
        call.gives(shape::known_text(input, &all, |text| country(text).ok().map(|found| found.alpha2)))
    },
}];
