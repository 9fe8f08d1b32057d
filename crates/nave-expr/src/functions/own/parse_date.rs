//! `parse_date`: an instant from a date as some system writes it.

use jiff::Zoned;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::time::{written, zone, zone_of};
use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_text, first, make_text, second};
use crate::functions::signature::{Call, Text};
use crate::functions::tables::beginning;
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "parse_date",
    arity: 2,
    parameters: &["format", "zone"],
    summary: "The instant that a text tells by a format of `strptime` (with %z, %:z, %f and %Q too), as RFC 3339 in a time zone of IANA. Without a time it is midnight; with an offset in the text that counts, without one it is local time in the zone. Where clocks were set forward, a time that was skipped is moved by as much; where they were set back, a time that came twice is the first.",
    is_jq: false,
    examples: &[
        Example {
            program: r#"parse_date("%d.%m.%Y %H:%M"; "Europe/Berlin")"#,
            input: r#""05.07.2024 14:30""#,
            output: r#""2024-07-05T14:30:00+02:00""#,
        },
        Example {
            program: r#"parse_date("%Y%m%d"; "UTC")"#,
            input: r#""20240229""#,
            output: r#""2024-02-29T00:00:00Z""#,
        },
        Example {
            program: r#"parse_date("%Y-%m-%d %H:%M %z"; "America/New_York")"#,
            input: r#""2024-07-05 14:30 +0200""#,
            output: r#""2024-07-05T08:30:00-04:00""#,
        },
        Example {
            program: r#"parse_date("%Y-%m-%d %H:%M"; "Europe/Berlin")"#,
            input: r#""2024-03-31 02:30""#,
            output: r#""2024-03-31T03:30:00+02:00""#,
        },
        Example {
            program: r#"parse_date("%Y-%m-%d %H:%M"; "Europe/Berlin")"#,
            input: r#""2024-10-27 02:30""#,
            output: r#""2024-10-27T02:30:00+02:00""#,
        },
        Example {
            program: r#"parse_date("%d.%m.%Y"; "UTC")"#,
            input: r#""31.02.2024""#,
            output: r#"error: "31.02.2024" is no date by the format "%d.%m.%Y""#,
        },
        Example {
            program: r#"parse_date("%Y"; "Europe/Berln")"#,
            input: r#""2024""#,
            output: "error: \"Europe/Berln\" is no time zone of the IANA database; did you mean `Europe/Berlin`, `Europe/Dublin` or `Europe/Jersey`?",
        },
    ],
    run: parse,
    types: |input, arguments| {
        Call::new("parse_date", input, arguments)
            .input(&[Text])?
            .argument(0, &[Text])?
            .argument(1, &[Text])?
            .known(1, |name| zone(name).map(drop))?
            .gives(Type::text_of_format("date-time"))
    },
}];

fn parse<'a>(meter: &Meter, input: &Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let text = as_text(input).ok_or_else(|| type_error(input, "is no text to read a date from"))?;
    let format =
        as_text(first(arguments)).ok_or_else(|| type_error(first(arguments), "is no format of dates"))?;
    let zone = zone_of(meter, second(arguments))?;
    meter.steps(text.len().saturating_add(format.len()).saturating_add(100))?;
    match instant(text.trim(), format, &zone) {
        Some(instant) => make_text(meter, written(&instant)),
        None => {
            let (text, format) = (beginning(text), beginning(format));
            Err(Error::new(format!("\"{text}\" is no date by the format \"{format}\"")))
        }
    }
}

fn instant(text: &str, format: &str, zone: &TimeZone) -> Option<Zoned> {
    let told = BrokenDownTime::parse(format, text).ok()?;
    if let Some(seconds) = told.timestamp() {
        return Some(seconds.to_zoned(zone.clone()));
    }
    let local = told.to_datetime().ok()?;
    if let Some(offset) = told.offset() {
        return Some(offset.to_timestamp(local).ok()?.to_zoned(zone.clone()));
    }
    let own = match told.iana_time_zone() {
        Some(name) => super::time::zone(name).ok()?,
        None => zone.clone(),
    };
    let instant = own.to_ambiguous_zoned(local).compatible().ok()?;
    Some(instant.with_time_zone(zone.clone()))
}
