//! jq's dates: seconds since 1970 and "broken down" time, all in UTC. `now` and whatever follows the
//! machine's own zone is left out; `parse_date` and `format_date` know zones.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::{calculated, type_error_of_two};
use crate::functions::run::{as_text, first, make_text, second};
use crate::functions::shape;
use crate::functions::signature::{Call, List, Number, Text};
use crate::functions::{Example, Function, Typed};
use crate::types::{Complaint, Type};
use crate::value::Value;

mod broken;
mod read;
mod write;

use broken::Broken;

/// The format of `todate` and `fromdate`.
const ISO: &str = "%Y-%m-%dT%H:%M:%SZ";

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "gmtime",
        arity: 0,
        parameters: &[],
        summary: "Seconds since 1970 as year, month from 0, day, hour, minute, second, weekday from Sunday as 0, day of the year from 0.",
        is_jq: true,
        examples: &[
            Example {
                program: "gmtime",
                input: "1709251199.5",
                output: "[2024, 1, 29, 23, 59, 59.5, 4, 59]",
            },
            Example { program: "gmtime", input: "\"x\"", output: "error: gmtime() requires numeric inputs" },
        ],
        run: |_, input, _| match input {
            Value::Number(seconds) => {
                Ok(Broken::of_seconds(seconds.as_f64()).ok_or_else(out_of_range)?.value())
            }
            _ => Err(Error::new("gmtime() requires numeric inputs")),
        },
        types: |input, arguments| {
            let mut parts = vec![Type::integer(); 8];
            if let Some(seconds) = parts.get_mut(5) {
                *seconds = Type::number();
            }
            Call::new("gmtime", input, arguments).input(&[Number])?.gives(Type::list(parts))
        },
    },
    Function {
        name: "mktime",
        arity: 0,
        parameters: &[],
        summary: "Broken down time as seconds since 1970.",
        is_jq: true,
        examples: &[
            Example { program: "mktime", input: "[2024, 1, 29, 23, 59, 59.5, 4, 59]", output: "1709251199" },
            Example { program: "mktime", input: "1", output: "error: mktime requires array inputs" },
            Example {
                program: "mktime",
                input: r#"["a"]"#,
                output: "error: mktime requires parsed datetime inputs",
            },
            Example {
                program: "mktime",
                input: "[1969, 11, 31, 23, 59, 59]",
                output: "error: invalid gmtime representation",
            },
        ],
        run: |_, input, _| seconds(input),
        types: |input, arguments| {
            Call::new("mktime", input, arguments).input(&[List])?.gives(Type::integer())
        },
    },
    Function {
        name: "strftime",
        arity: 1,
        parameters: &["format"],
        summary: "A time, in seconds since 1970 or broken down, as text by a format of C's `strftime`.",
        is_jq: true,
        examples: &[
            Example {
                program: r#"strftime("%d.%m.%Y %H:%M")"#,
                input: "1709251199",
                output: r#""29.02.2024 23:59""#,
            },
            Example {
                program: r#"strftime("%A, %e %B")"#,
                input: "[2024, 2, 5]",
                output: r#""Tuesday,  5 March""#,
            },
            Example {
                program: "strftime([])",
                input: "0",
                output: "error: strftime/1 requires a string format",
            },
            Example {
                program: r#"strftime("%Y")"#,
                input: "{}",
                output: "error: strftime/1 requires parsed datetime inputs",
            },
        ],
        run: |meter, input, arguments| format(meter, input, first(arguments)),
        types: |input, arguments| {
            Call::new("strftime", input, arguments)
                .input(&[Number, List])?
                .argument(0, &[Text])?
                .gives(Type::text())
        },
    },
    Function {
        name: "strptime",
        arity: 1,
        parameters: &["format"],
        summary: "Broken down time from a text, by a format of C's `strptime`.",
        is_jq: true,
        examples: &[
            Example {
                program: r#"strptime("%d.%m.%Y %H:%M")"#,
                input: r#""29.02.2024 23:59""#,
                output: "[2024, 1, 29, 23, 59, 0, 4, 59]",
            },
            Example {
                program: r#"strptime("%Y")"#,
                input: r#""soon""#,
                output: r#"error: date "soon" does not match format "%Y""#,
            },
            Example {
                program: "strptime(1)",
                input: r#""x""#,
                output: "error: strptime/1 requires string inputs and arguments",
            },
        ],
        run: |meter, input, arguments| match (as_text(input), as_text(first(arguments))) {
            (Some(text), Some(format)) => parse(meter, text, format),
            _ => Err(Error::new("strptime/1 requires string inputs and arguments")),
        },
        types: |input, arguments| {
            let parts = Type::integer().union(&Type::text());
            let call = Call::new("strptime", input, arguments).input(&[Text])?.argument(0, &[Text])?;
            call.gives(shape::list(parts, 8, Some(9)))
        },
    },
    Function {
        name: "todate",
        arity: 0,
        parameters: &[],
        summary: "Seconds since 1970 as a date and time like 2024-02-29T23:59:59Z; fractions are cut off.",
        is_jq: true,
        examples: &[Example {
            program: "todate",
            input: "1709251199.9",
            output: r#""2024-02-29T23:59:59Z""#,
        }],
        run: |meter, input, _| format(meter, input, &Value::text(ISO)),
        types: |input, arguments| to_date("todate", input, arguments),
    },
    Function {
        name: "todateiso8601",
        arity: 0,
        parameters: &[],
        summary: "The same as `todate`.",
        is_jq: true,
        examples: &[Example { program: "todateiso8601", input: "0", output: r#""1970-01-01T00:00:00Z""# }],
        run: |meter, input, _| format(meter, input, &Value::text(ISO)),
        types: |input, arguments| to_date("todateiso8601", input, arguments),
    },
    Function {
        name: "date",
        arity: 0,
        parameters: &[],
        summary: "The same as `todate`.",
        is_jq: true,
        examples: &[Example { program: "date", input: "86400", output: r#""1970-01-02T00:00:00Z""# }],
        run: |meter, input, _| format(meter, input, &Value::text(ISO)),
        types: |input, arguments| to_date("date", input, arguments),
    },
    Function {
        name: "fromdate",
        arity: 0,
        parameters: &[],
        summary: "A date and time like 2024-02-29T23:59:59Z as seconds since 1970.",
        is_jq: true,
        examples: &[
            Example { program: "fromdate", input: r#""2024-02-29T23:59:59Z""#, output: "1709251199" },
            Example {
                program: "fromdate",
                input: r#""2024-02-29""#,
                output: r#"error: date "2024-02-29" does not match format "%Y-%m-%dT%H:%M:%SZ""#,
            },
        ],
        run: from_date,
        types: |input, arguments| {
            Call::new("fromdate", input, arguments).input(&[Text])?.gives(Type::integer())
        },
    },
    Function {
        name: "fromdateiso8601",
        arity: 0,
        parameters: &[],
        summary: "The same as `fromdate`.",
        is_jq: true,
        examples: &[Example {
            program: "fromdateiso8601",
            input: r#""1970-01-02T00:00:00Z""#,
            output: "86400",
        }],
        run: from_date,
        types: |input, arguments| {
            Call::new("fromdateiso8601", input, arguments).input(&[Text])?.gives(Type::integer())
        },
    },
    Function {
        name: "dateadd",
        arity: 2,
        parameters: &["unit", "count"],
        summary: "Seconds since 1970, so many later; the first argument names the unit and does not count (jq 1.7).",
        is_jq: true,
        examples: &[Example {
            program: r#"dateadd("seconds"; 60)"#,
            input: "1709251199",
            output: "1709251259",
        }],
        run: |_, input, arguments| match (input, second(arguments)) {
            (time @ Value::Number(seconds), by @ Value::Number(more)) => {
                let (one, other) = (seconds.as_f64(), more.as_f64());
                let failure =
                    || type_error_of_two(time, by, "cannot be added because the result is no number");
                calculated(one + other, &[one, other], failure)
            }
            (time, by) => Err(type_error_of_two(time, by, "cannot be added")),
        },
        types: |input, arguments| {
            Call::new("dateadd", input, arguments)
                .input(&[Number])?
                .argument(1, &[Number])?
                .gives(Type::number())
        },
    },
    Function {
        name: "datesub",
        arity: 2,
        parameters: &["unit", "count"],
        summary: "Seconds since 1970, so many earlier; the first argument names the unit and does not count (jq 1.7).",
        is_jq: true,
        examples: &[Example {
            program: r#"datesub("seconds"; 60)"#,
            input: "1709251199",
            output: "1709251139",
        }],
        run: |_, input, arguments| match (input, second(arguments)) {
            (time @ Value::Number(seconds), by @ Value::Number(more)) => {
                let (one, other) = (seconds.as_f64(), more.as_f64());
                let failure =
                    || type_error_of_two(time, by, "cannot be subtracted because the result is no number");
                calculated(one - other, &[one, other], failure)
            }
            (time, by) => Err(type_error_of_two(time, by, "cannot be subtracted")),
        },
        types: |input, arguments| {
            Call::new("datesub", input, arguments)
                .input(&[Number])?
                .argument(1, &[Number])?
                .gives(Type::number())
        },
    },
];

fn to_date<'a>(name: &'static str, input: &Type<'a>, arguments: &[Type<'a>]) -> Result<Typed<'a>, Complaint> {
    Call::new(name, input, arguments).input(&[Number, List])?.gives(Type::text())
}

fn out_of_range<'a>() -> Error<'a> {
    Error::new("error converting number of seconds since epoch to datetime")
}

fn seconds<'a>(input: &Value<'a>) -> Result<Value<'a>, Error<'a>> {
    let Value::Array(parts) = input else { return Err(Error::new("mktime requires array inputs")) };
    let time = Broken::of_parts(parts).ok_or_else(|| Error::new("mktime requires parsed datetime inputs"))?;
    // C's `timegm` says -1 where it fails, and for one second that exists.
    match time.seconds().filter(|seconds| *seconds != -1) {
        Some(seconds) => Ok(Value::number(broken::as_f64(seconds))),
        None => Err(Error::new("invalid gmtime representation")),
    }
}

fn format<'a>(meter: &Meter, input: &Value<'a>, format: &Value<'a>) -> Result<Value<'a>, Error<'a>> {
    let unparsed = || Error::new("strftime/1 requires parsed datetime inputs");
    let time = match input {
        Value::Number(seconds) => Some(Broken::of_seconds(seconds.as_f64()).ok_or_else(out_of_range)?),
        Value::Array(parts) => Broken::of_parts(parts),
        _ => return Err(unparsed()),
    };
    let format = as_text(format).ok_or_else(|| Error::new("strftime/1 requires a string format"))?;
    let time = time.ok_or_else(unparsed)?;
    meter.bytes(format.len())?;
    let text = write::format(&time.normal(), format);
    make_text(meter, text.ok_or_else(|| Error::new("strftime/1: unknown system failure"))?)
}

fn parse<'a>(meter: &Meter, text: &str, format: &str) -> Result<Value<'a>, Error<'a>> {
    meter.steps(text.len().saturating_add(format.len()))?;
    meter.items(9)?;
    match read::parse(text, format) {
        Some((time, rest)) => Ok(time.parsed_value(rest)),
        None => {
            meter.bytes(text.len().saturating_add(format.len()))?;
            Err(Error::new(format!("date \"{text}\" does not match format \"{format}\"")))
        }
    }
}

fn from_date<'a>(meter: &Meter, input: &Value<'a>, _: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let text = as_text(input).ok_or_else(|| Error::new("strptime/1 requires string inputs and arguments"))?;
    seconds(&parse(meter, text, ISO)?)
}
