//! Broken down time in UTC, as C's `struct tm` holds it: any numbers, made a real date by counting days.

use crate::value::{Items, Value};

/// Year, month and the rest; nothing is checked until it is made [`normal`](Broken::normal).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Broken {
    pub(super) year: i64,
    /// From 0.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// What goes beyond the second.
    pub(super) fraction: f64,
    /// From Sunday as 0.
    pub(super) weekday: i64,
    /// From 0.
    pub(super) day_of_year: i64,
}

impl Broken {
    /// The time so many seconds after 1970; `None` where its year is beyond C's `int`, or there is none.
    pub(super) fn of_seconds(seconds: f64) -> Option<Broken> {
        let whole = whole(seconds)?;
        let time = Broken { year: 1970, day: 1, ..Broken::default() }.later(whole);
        i32::try_from(time.year - 1900).ok()?;
        // jq cuts the seconds towards zero and takes the fraction above the next lower second.
        Some(Broken { fraction: seconds - seconds.floor(), ..time })
    }

    /// From a list of up to eight numbers, the rest 0; `None` where one is no number.
    pub(super) fn of_parts(parts: &Items<'_>) -> Option<Broken> {
        let mut numbers = [0; 8];
        for (position, (part, number)) in parts.iter().zip(&mut numbers).enumerate() {
            let Value::Number(part) = part else { return None };
            let part = part.as_f64();
            if part.is_nan() {
                return None;
            }
            let offset = if position == 0 { 1900 } else { 0 };
            *number = int(part - f64::from(offset)) + i64::from(offset);
        }
        let [year, month, day, hour, minute, second, weekday, day_of_year] = numbers;
        Some(Broken { year, month, day, hour, minute, second, fraction: 0.0, weekday, day_of_year })
    }

    /// Seconds since 1970; `None` where the year is beyond C's `int`.
    pub(super) fn seconds(&self) -> Option<i64> {
        i32::try_from(self.normal().year - 1900).ok()?;
        Some(self.count())
    }

    fn count(&self) -> i64 {
        let days = days(self.year + self.month.div_euclid(12), self.month.rem_euclid(12)) + self.day - 1;
        days * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// The same time as a date that exists, weekday and day of the year counted.
    pub(super) fn normal(&self) -> Broken {
        Broken { year: 1970, day: 1, fraction: self.fraction, ..Broken::default() }.later(self.count())
    }

    /// So many seconds after the first instant of 1970.
    fn later(self, seconds: i64) -> Broken {
        let (days_since, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = date(days_since);
        Broken {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest % 3600 / 60,
            second: rest % 60,
            fraction: self.fraction,
            weekday: weekday(days_since),
            day_of_year: days_since - days(year, 0),
        }
    }

    /// Counts the weekday and the day of the year of a date that was read.
    pub(super) fn count_days(&mut self) {
        let since = days(self.year, self.month) + self.day - 1;
        self.weekday = weekday(since);
        self.day_of_year = since - days(self.year, 0);
    }

    /// As a list of eight numbers.
    pub(super) fn value<'a>(&self) -> Value<'a> {
        Value::array(self.numbers())
    }

    /// As what `strptime` gives: behind the numbers stands the text that is left, if any is.
    pub(super) fn parsed_value<'a>(&self, rest: &str) -> Value<'a> {
        let mut parts = self.numbers();
        if !rest.is_empty() {
            parts.push(Value::text(rest));
        }
        Value::array(parts)
    }

    fn numbers<'a>(&self) -> Vec<Value<'a>> {
        let second = as_f64(self.second) + self.fraction;
        let whole = [self.year, self.month, self.day, self.hour, self.minute];
        let mut parts: Vec<Value<'a>> = whole.into_iter().map(|part| Value::number(as_f64(part))).collect();
        parts.push(Value::number(second));
        parts.extend([self.weekday, self.day_of_year].map(|part| Value::number(as_f64(part))));
        parts
    }
}

/// Days from 1970 to the first of a month, from 0, of the proleptic Gregorian calendar. Years are counted
/// from March, so that the leap day is the last of its year (Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms").
pub(super) fn days(year: i64, month: i64) -> i64 {
    let year = if month < 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let since_march = (month + 10) % 12;
    let day_of_year = (153 * since_march + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// Year, month from 0 and day from 1 of the day so many days after 1970.
fn date(days_since: i64) -> (i64, i64, i64) {
    let shifted = days_since + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    let since_march = (5 * day_of_year + 2) / 153;
    let month = (since_march + 2) % 12;
    let year = era * 400 + of_era + i64::from(month < 2);
    (year, month, day_of_year - (153 * since_march + 2) / 5 + 1)
}

/// 1970 began on a Thursday.
fn weekday(days_since: i64) -> i64 {
    (days_since + 4).rem_euclid(7)
}

/// Whether a year has a leap day.
pub(super) fn is_leap(year: i64) -> bool {
    days(year + 1, 0) - days(year, 0) == 366
}

/// A whole number as a double; years and seconds are far below 2^53.
pub(super) fn as_f64(number: i64) -> f64 {
    number as f64
}

/// Cut to C's `int`.
#[expect(clippy::cast_possible_truncation, reason = "it is clamped first")]
fn int(number: f64) -> i64 {
    number.clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i64
}

/// Cut to a whole number; `None` beyond what any year of C's `int` needs.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(number: f64) -> Option<i64> {
    (number.abs() < 1e17).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_counted_from_1970() {
        for (seconds, expected) in [
            (0.0, (1970, 0, 1, 4, 0)),
            (951_782_400.0, (2000, 1, 29, 2, 59)),
            (-2_203_891_200.0, (1900, 2, 1, 4, 59)),
            (4_107_542_400.0, (2100, 2, 1, 1, 59)),
            (253_402_300_800.0, (10_000, 0, 1, 6, 0)),
            (-62_167_219_200.0, (0, 0, 1, 6, 0)),
        ] {
            let time = Broken::of_seconds(seconds).unwrap();
            assert_eq!(
                (time.year, time.month, time.day, time.weekday, time.day_of_year),
                expected,
                "{seconds}"
            );
            assert_eq!(time.seconds().map(as_f64), Some(seconds));
        }
        assert_eq!(Broken::of_seconds(f64::NAN), None);
        assert_eq!(Broken::of_seconds(1e18), None);
        assert_eq!(Broken::of_seconds(6.8e16), None);
        assert!(is_leap(2000) && is_leap(2024) && !is_leap(1900) && !is_leap(2023));
    }

    proptest! {
        #[test]
        fn every_second_comes_back(seconds in -67_768_040_609_740_800_i64..67_767_976_233_532_799) {
            let time = Broken::of_seconds(as_f64(seconds)).unwrap();
            prop_assert_eq!(time.seconds().map(as_f64), Some(as_f64(seconds)));
            prop_assert!((0..12).contains(&time.month) && (1..=31).contains(&time.day));
            prop_assert!((0..7).contains(&time.weekday) && (0..366).contains(&time.day_of_year));
        }

        #[test]
        fn any_parts_count(parts in proptest::array::uniform8(i64::from(i32::MIN)..=i64::from(i32::MAX))) {
            let [year, month, day, hour, minute, second, weekday, day_of_year] = parts;
            let time = Broken { year, month, day, hour, minute, second, fraction: 0.0, weekday, day_of_year };
            prop_assert_eq!(time.normal().count(), time.count());
        }
    }
}
