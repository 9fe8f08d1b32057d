//! `date_only`: the date of an instant.

use super::time::{instant, zone, zone_of};
use crate::functions::failure::type_error;
use crate::functions::run::{as_text, first, make_text};
use crate::functions::signature::{Call, Number, Text};
use crate::functions::{Example, Function};
use crate::types::{Type, format};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "date_only",
        arity: 0,
        parameters: &[],
        summary: "The date of a date and time, as it is written: its offset does not count.",
        is_jq: false,
        examples: &[
            Example {
                program: "date_only",
                input: r#""2024-07-05T23:30:00-04:00""#,
                output: r#""2024-07-05""#,
            },
            Example { program: "date_only", input: r#""2024-07-05""#, output: r#""2024-07-05""# },
            Example {
                program: "date_only",
                input: r#""5.7.2024""#,
                output: r#"error: string ("5.7.2024") is neither a date nor a date and time"#,
            },
        ],
        run: |meter, input, _| {
            let text = as_text(input).map(str::trim).filter(|text| {
                ["date", "date-time"].into_iter().any(|name| format::objection(name, text).is_none())
            });
            let text = text.ok_or_else(|| type_error(input, "is neither a date nor a date and time"))?;
            make_text(meter, text.get(..10).unwrap_or(text))
        },
        types: |input, arguments| {
            Call::new("date_only", input, arguments).input(&[Text])?.gives(Type::text_of_format("date"))
        },
    },
    Function {
        name: "date_only",
        arity: 1,
        parameters: &["zone"],
        summary: "The date of an instant in a time zone of IANA.",
        is_jq: false,
        examples: &[
            Example {
                program: r#"date_only("Europe/Berlin")"#,
                input: r#""2024-07-05T23:30:00Z""#,
                output: r#""2024-07-06""#,
            },
            Example { program: r#"date_only("UTC")"#, input: "0", output: r#""1970-01-01""# },
        ],
        run: |meter, input, arguments| {
            meter.steps(100)?;
            let zone = zone_of(meter, first(arguments))?;
            make_text(meter, instant(input, &zone)?.date().to_string())
        },
        types: |input, arguments| {
            Call::new("date_only", input, arguments)
                .input(&[Text, Number])?
                .argument(0, &[Text])?
                .known(0, |name| zone(name).map(drop))?
                .gives(Type::text_of_format("date"))
        },
    },
];
