//! The five fields of a cron expression, checked. When they come true is left to the clock's owner.
//!
//! The form is that of POSIX `crontab`, with steps (`*/5`, `1-30/10`) and English names as every cron
//! since Vixie's reads them. <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html>

use nave_model::similar::did_you_mean;

use crate::duration::Wrong;

struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Names for the numbers from `least` on.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, names: &[] },
    Field { name: "hour", least: 0, most: 23, names: &[] },
    Field { name: "day of the month", least: 1, most: 31, names: &[] },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    // 7 is Sunday too.
    Field {
        name: "day of the week",
        least: 0,
        most: 7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// The days of each month in a leap year.
const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Shorthands of other crons, and what they stand for.
const SHORTHANDS: [(&str, &str); 6] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// Checks a cron expression.
///
/// # Errors
/// It has not five fields, a field has a value it cannot have, or the time never comes.
pub fn check(text: &str) -> Result<(), Wrong> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if let Some((_, meant)) = SHORTHANDS.iter().find(|(word, _)| fields == [*word]) {
        return Err(wrong("a cron expression has five fields", Some(format!("write `{meant}`"))));
    }
    if fields.len() != FIELDS.len() {
        let hint = match fields.as_slice() {
            [_, rest @ ..] if rest.len() == FIELDS.len() => {
                format!("seconds are not read; did you mean `{}`?", rest.join(" "))
            }
            _ => "they are minute, hour, day of the month, month, day of the week: `0 7 * * 1-5`".to_owned(),
        };
        let message = format!("a cron expression has five fields, not {}", fields.len());
        return Err(wrong(&message, Some(hint)));
    }
    let mut values = Vec::with_capacity(FIELDS.len());
    for (text, field) in fields.iter().zip(&FIELDS) {
        values.push(parse(text, field)?);
    }
    let [_, _, days, months, _] = values.as_slice() else { return Ok(()) };
    // Where the day of the week is restricted too, either of them is enough.
    let restricted = fields.get(4).is_some_and(|weekday| weekday.starts_with('*'));
    let comes = |month: &u32| {
        let length = usize::try_from(*month).ok().and_then(|month| DAYS.get(month.wrapping_sub(1)));
        days.iter().any(|day| length.is_some_and(|length| day <= length))
    };
    if restricted && !months.iter().any(comes) {
        let message = "this time never comes: the month has no such day";
        return Err(wrong(message, Some("`28` is in every month".to_owned())));
    }
    Ok(())
}

/// The values a field allows.
fn parse(text: &str, field: &Field) -> Result<Vec<u32>, Wrong> {
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step, field, part)?)),
            None => (part, None),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (field.least, field.most),
            (_, Some((from, to))) => (value(from, field)?, value(to, field)?),
            // `5/10` is every tenth from the fifth on.
            (_, None) => {
                let from = value(range, field)?;
                (from, if step.is_some() { field.most } else { from })
            }
        };
        if from > to {
            let message = format!("the range `{part}` of the {} goes backwards", field.name);
            return Err(wrong(&message, Some(format!("write `{to}-{from}`, or two ranges with `,`"))));
        }
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(wrong(&format!("the step of `{part}` is 0"), Some("a step is 1 or more".to_owned())));
        }
        values.extend((from..=to).step_by(usize::try_from(step).unwrap_or(1)));
    }
    Ok(values)
}

fn value(text: &str, field: &Field) -> Result<u32, Wrong> {
    let lower = text.to_lowercase();
    if let Some(index) = field.names.iter().position(|name| *name == lower) {
        return Ok(field.least + u32::try_from(index).unwrap_or(0));
    }
    let value = number(text, field, text)?;
    if (field.least..=field.most).contains(&value) {
        return Ok(value);
    }
    let message = format!("`{}` is no {}", crate::read::clipped(text), field.name);
    Err(wrong(&message, Some(format!("it goes from {} to {}", field.least, field.most))))
}

fn number(text: &str, field: &Field, whole: &str) -> Result<u32, Wrong> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        let message = format!("`{}` is no {}", crate::read::clipped(whole), field.name);
        let hint = did_you_mean(&text.to_lowercase(), field.names.iter().copied()).unwrap_or_else(|| {
            format!("write `*`, a number from {} to {}, a range or a list", field.least, field.most)
        });
        wrong(&message, Some(hint))
    })
}

fn wrong(message: &str, hint: Option<String>) -> Wrong {
    Wrong { message: message.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_are_taken() {
        for text in [
            "* * * * *",
            "0 7 * * 1-5",
            "*/5 0-6/2 1,15 jan-MAR sun",
            "5/10 * * * 7",
            "0 0 29 2 *",
            "0 0 31 2 1",
            "  0   0 1 1 * ",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let wrong = check(text).unwrap_err();
        assert_eq!(format!("{}; {}", wrong.message, wrong.hint.unwrap_or_default()), expected);
    }

    #[test]
    fn what_is_wrong_is_said() {
        refused("@daily", "a cron expression has five fields; write `0 0 * * *`");
        refused(
            "0 0 7 * * 1",
            "a cron expression has five fields, not 6; seconds are not read; did you mean `0 7 * * 1`?",
        );
        refused(
            "",
            "a cron expression has five fields, not 0; they are minute, hour, day of the month, month, day of the week: `0 7 * * 1-5`",
        );
        refused("60 * * * *", "`60` is no minute; it goes from 0 to 59");
        refused("* * 0 * *", "`0` is no day of the month; it goes from 1 to 31");
        refused("* * * juni *", "`juni` is no month; did you mean `jun`?");
        refused("* * * * 1-", "`` is no day of the week; write `*`, a number from 0 to 7, a range or a list");
        refused(
            "0 17-9 * * *",
            "the range `17-9` of the hour goes backwards; write `9-17`, or two ranges with `,`",
        );
        refused("*/0 * * * *", "the step of `*/0` is 0; a step is 1 or more");
        refused("0 0 30 feb *", "this time never comes: the month has no such day; `28` is in every month");
        refused(
            "0 0 31 4,6,9,11 *",
            "this time never comes: the month has no such day; `28` is in every month",
        );
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in "(\\PC{0,6} ?){0,6}|([0-9*/,-]{1,5} ){4}[0-9*/,-]{1,5}") {
            let answer = check(&text);
            prop_assert!(answer.is_ok() || answer.is_err_and(|wrong| wrong.hint.is_some()));
        }
    }
}
