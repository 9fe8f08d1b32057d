//! `to_zone`: the same instant, told in another time zone.

use super::time::{instant, written, zone, zone_of};
use crate::functions::run::{first, make_text};
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "to_zone",
    arity: 1,
    parameters: &["zone"],
    summary: "The same instant as RFC 3339 in a time zone of IANA. The input is a date and time with an offset (RFC 3339), a date (its beginning in the zone), or seconds since 1970.",
    is_jq: false,
    examples: &[
        Example {
            program: r#"to_zone("America/New_York")"#,
            input: r#""2024-07-05T12:30:00.5Z""#,
            output: r#""2024-07-05T08:30:00.5-04:00""#,
        },
        Example { program: r#"to_zone("UTC")"#, input: "1720182600", output: r#""2024-07-05T12:30:00Z""# },
        Example {
            program: r#"to_zone("Europe/Berlin")"#,
            input: r#""2024-01-05""#,
            output: r#""2024-01-05T00:00:00+01:00""#,
        },
        Example {
            program: r#"to_zone("Mars")"#,
            input: "0",
            output: "error: \"Mars\" is no time zone of the IANA database; zones have names such as \"Europe/Berlin\" and \"UTC\"",
        },
    ],
    run: |meter, input, arguments| {
        meter.steps(100)?;
        let zone = zone_of(meter, first(arguments))?;
        make_text(meter, written(&instant(input, &zone)?))
    },
    types: |input, arguments| {
        Call::new("to_zone", input, arguments)
            .input(&[Text, Number])?
            .argument(0, &[Text])?
            .known(0, |name| zone(name).map(drop))?
            .gives(Type::text_of_format("date-time"))
    },
}];
