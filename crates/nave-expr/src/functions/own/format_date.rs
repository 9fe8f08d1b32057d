//! `format_date`: an instant as some system wants to read it.

use jiff::fmt::strtime;

use super::time::{instant, zone, zone_of};
use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_text, first, make_text, second};
use crate::functions::signature::{Call, Number, Text};
use crate::functions::tables::beginning;
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "format_date",
    arity: 2,
    parameters: &["format", "zone"],
    summary: "The instant as text by a format of `strftime` (with %:z, %f and %Q too), in a time zone of IANA. The input is a date and time with an offset (RFC 3339), a date (its beginning in the zone), or seconds since 1970.",
    is_jq: false,
    examples: &[
        Example {
            program: r#"format_date("%d.%m.%Y %H:%M"; "Europe/Berlin")"#,
            input: r#""2024-07-05T12:30:00Z""#,
            output: r#""05.07.2024 14:30""#,
        },
        Example { program: r#"format_date("%A"; "UTC")"#, input: r#""2024-07-05""#, output: r#""Friday""# },
        Example {
            program: r#"format_date("%Y-%m-%dT%H:%M:%S%:z"; "Asia/Kolkata")"#,
            input: "1720182600",
            output: r#""2024-07-05T18:00:00+05:30""#,
        },
        Example {
            program: r#"format_date("%Y"; "UTC")"#,
            input: r#""2024-07-05T12:30:00""#,
            output: r#"error: string ("2024-07-05T12:30:00") is no date and time with an offset, no date, and no seconds since 1970"#,
        },
        Example {
            program: r#"format_date("%!"; "UTC")"#,
            input: "0",
            output: r#"error: "%!" is no format of dates"#,
        },
    ],
    run: format,
    types: |input, arguments| {
        Call::new("format_date", input, arguments)
            .input(&[Text, Number])?
            .argument(0, &[Text])?
            .argument(1, &[Text])?
            .known(1, |name| zone(name).map(drop))?
            .gives(Type::text())
    },
}];

fn format<'a>(meter: &Meter, input: &Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let format =
        as_text(first(arguments)).ok_or_else(|| type_error(first(arguments), "is no format of dates"))?;
    let zone = zone_of(meter, second(arguments))?;
    let instant = instant(input, &zone)?;
    // No specifier, of two characters at least, gives more than its greatest width.
    meter.bytes(format.len().saturating_mul(128).saturating_add(100))?;
    let text = strtime::format(format, &instant);
    make_text(
        meter,
        text.map_err(|_| Error::new(format!("\"{}\" is no format of dates", beginning(format))))?,
    )
}
