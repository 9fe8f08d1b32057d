//! The five fields of a cron expression: checked, and the times at which they come true. Waiting for
//! those times is left to the engine.
//!
//! The form is that of POSIX `crontab`, with steps (`*/5`, `1-30/10`) and English names as every cron
//! since Vixie's reads them. <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html>

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use nave_model::similar::did_you_mean;

use crate::duration::Wrong;

/// A cron expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    /// One bit for each value a field allows, from bit 0 on.
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the days and the weekdays both have to fit; otherwise one of them is enough, as POSIX has
    /// it where both are restricted.
    both: bool,
}

/// Days behind which no expression is looked for any more: the weekday of a 29th of February comes back
/// after 40 years at the latest.
const FARTHEST_DAYS: usize = 50 * 366;

impl Cron {
    /// Reads a cron expression.
    ///
    /// # Errors
    /// It has not five fields, a field has a value it cannot have, or the time never comes.
    pub fn parse(text: &str) -> Result<Cron, Wrong> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(miscounted(&fields));
        };
        let [of_minute, of_hour, of_day, of_month, of_weekday] = &FIELDS;
        let cron = Cron {
            minutes: bits(minutes, of_minute)?,
            hours: bits(hours, of_hour)?,
            days: bits(days, of_day)?,
            months: bits(months, of_month)?,
            weekdays: bits(weekdays, of_weekday)?,
            both: days.starts_with('*') || weekdays.starts_with('*'),
        };
        // 7 is Sunday too.
        let cron = Cron { weekdays: (cron.weekdays | cron.weekdays >> 7) & 0x7f, ..cron };
        let comes = (1..)
            .zip(&DAYS)
            .any(|(month, length)| has(cron.months, month) && (1..=*length).any(|day| has(cron.days, day)));
        if weekdays.starts_with('*') && !comes {
            let message = "this time never comes: the month has no such day";
            return Err(wrong(message, Some("`28` is in every month".to_owned())));
        }
        Ok(cron)
    }

    /// The first time behind `after` at which the clocks of a zone show what the expression says.
    ///
    /// A time that a zone leaves out when its clocks go forward comes at the first moment after the gap. A
    /// time that is there twice when they go back comes once, the first time. `None` where the calendar
    /// ends.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut shown = zone.to_datetime(after);
        // What clocks showed moments ago may be shown again, so several may lie before `after`.
        loop {
            shown = self.next_shown(shown)?;
            let time = moment(shown, zone)?;
            if time > after {
                return Some(time);
            }
        }
    }

    /// The last time at or before `until`, but behind `after`.
    pub fn last_before(&self, after: Timestamp, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // From ever farther back, so that neither a rare time nor a long absence is walked through whole.
        for hours in [1, 24, 24 * 32, 24 * 370, 24 * 366 * 9, 24 * 366 * 50] {
            let from = until.checked_sub(i64::from(hours).hours()).map_or(after, |from| from.max(after));
            let mut last = None;
            let mut next = self.next_after(from, zone);
            while let Some(time) = next.filter(|time| *time <= until) {
                last = Some(time);
                next = self.next_after(time, zone);
            }
            if last.is_some() || from == after {
                return last;
            }
        }
        None
    }

    /// The next whole minute behind `shown` that fits, as clocks show it.
    fn next_shown(&self, shown: DateTime) -> Option<DateTime> {
        let minute = shown.with().second(0).subsec_nanosecond(0).build().ok()?;
        let start = minute.checked_add(1.minute()).ok()?;
        let mut date = start.date();
        let mut from = (u32::try_from(start.hour()).ok()?, u32::try_from(start.minute()).ok()?);
        for _ in 0..FARTHEST_DAYS {
            if self.fits(date)
                && let Some((hour, minute)) = self.time_from(from)
            {
                let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
                return Some(date.at(hour, minute, 0, 0));
            }
            from = (0, 0);
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The first time of a day at or behind an hour and minute.
    fn time_from(&self, (from_hour, from_minute): (u32, u32)) -> Option<(u32, u32)> {
        for hour in (from_hour..24).filter(|hour| has(self.hours, *hour)) {
            let least = if hour == from_hour { from_minute } else { 0 };
            if let Some(minute) = (least..60).find(|minute| has(self.minutes, *minute)) {
                return Some((hour, minute));
            }
        }
        None
    }

    fn fits(&self, date: Date) -> bool {
        let in_bits = |bits: u64, value: i8| u32::try_from(value).is_ok_and(|value| has(bits, value));
        let day = in_bits(self.days, date.day());
        let weekday = in_bits(self.weekdays, date.weekday().to_sunday_zero_offset());
        let fits = if self.both { day && weekday } else { day || weekday };
        fits && in_bits(self.months, date.month())
    }
}

/// When the clocks of a zone show a time, as [`Cron::next_after`] has it.
fn moment(shown: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shown).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shown).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // Reckoned with the offset behind the gap, a time inside it lies before the gap.
            let earlier = after.to_timestamp(shown).ok()?;
            zone.following(earlier).next().map(|transition| transition.timestamp())
        }
    }
}

fn has(bits: u64, value: u32) -> bool {
    bits.checked_shr(value).is_some_and(|rest| rest & 1 == 1)
}

fn bits(text: &str, field: &Field) -> Result<u64, Wrong> {
    Ok(parse(text, field)?.into_iter().fold(0, |bits, value| bits | 1_u64.checked_shl(value).unwrap_or(0)))
}

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

/// What is wrong with an expression that has not five fields.
fn miscounted(fields: &[&str]) -> Wrong {
    if let Some((_, meant)) = SHORTHANDS.iter().find(|(word, _)| fields == [*word]) {
        return wrong("a cron expression has five fields", Some(format!("write `{meant}`")));
    }
    let hint = match fields {
        [_, rest @ ..] if rest.len() == FIELDS.len() => {
            format!("seconds are not read; did you mean `{}`?", rest.join(" "))
        }
        _ => "they are minute, hour, day of the month, month, day of the week: `0 7 * * 1-5`".to_owned(),
    };
    wrong(&format!("a cron expression has five fields, not {}", fields.len()), Some(hint))
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
mod tests;
