//! C's `strptime` in the C locale, as glibc has it (POSIX.1-2024, `strptime`).

use super::broken::{Broken, days, is_leap};
use super::write::{months, weekdays};

/// What `strptime` leaves where a date tells neither weekday nor day of the year (jq 1.8).
const UNKNOWN_WEEKDAY: i64 = 8;
const UNKNOWN_DAY_OF_YEAR: i64 = 367;

/// The time that a text tells by a format, and the text behind it: nothing, or what begins with a space.
pub(super) fn parse<'t>(text: &'t str, format: &str) -> Option<(Broken, &'t str)> {
    let mut reader = Reader {
        time: Broken {
            year: 1900,
            weekday: UNKNOWN_WEEKDAY,
            day_of_year: UNKNOWN_DAY_OF_YEAR,
            ..Broken::default()
        },
        rest: text,
        told: Told::default(),
    };
    reader.format(format)?;
    let rest = reader.rest;
    let is_end = rest.is_empty() || rest.starts_with(is_space);
    is_end.then(|| (reader.finish(), rest))
}

struct Reader<'t> {
    time: Broken,
    rest: &'t str,
    told: Told,
}

/// What the text told, as far as it matters in the end.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for a specifier of its own")]
struct Told {
    /// `%p`: the second half of the day.
    afternoon: Option<bool>,
    /// `%I`: hours are those of half a day.
    half_days: bool,
    century: Option<i64>,
    /// `%y` was there.
    short_year: bool,
    /// Enough to tell the weekday by.
    date: bool,
    weekday: bool,
    month: bool,
    day: bool,
    day_of_year: bool,
    /// The number of a week, and whether weeks begin on Sunday.
    week: Option<(i64, bool)>,
}

impl Reader<'_> {
    fn format(&mut self, format: &str) -> Option<()> {
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if is_space(letter) {
                self.skip_spaces();
                continue;
            }
            if letter != '%' {
                self.rest = self.rest.strip_prefix(letter)?;
                continue;
            }
            // Flags and modifiers say nothing to the reader.
            let specifier =
                letters.find(|letter| !matches!(letter, '_' | '-' | '0' | '^' | '#' | 'E' | 'O'))?;
            self.specifier(specifier)?;
        }
        Some(())
    }

    fn specifier(&mut self, specifier: char) -> Option<()> {
        match specifier {
            'a' | 'A' => {
                self.time.weekday = self.name(&weekdays())?;
                self.told.weekday = true;
            }
            'b' | 'B' | 'h' => {
                self.time.month = self.name(&months())?;
                self.told.month = true;
                self.told.date = true;
            }
            'c' => self.format("%a %b %e %H:%M:%S %Y")?,
            'D' | 'x' => self.format("%m/%d/%y")?,
            'F' => self.format("%Y-%m-%d")?,
            'R' => self.format("%H:%M")?,
            'r' => self.format("%I:%M:%S %p")?,
            'T' | 'X' => self.format("%H:%M:%S")?,
            'n' | 't' => self.skip_spaces(),
            '%' => self.rest = self.rest.strip_prefix('%')?,
            'p' | 'P' => self.told.afternoon = Some(self.name(&["AM", "PM"])? == 1),
            'Z' => {
                self.skip_spaces();
                self.rest = self.rest.trim_start_matches(|letter| !is_space(letter));
            }
            'z' => self.offset()?,
            's' => self.seconds()?,
            other => self.number_of(other)?,
        }
        Some(())
    }

    fn number_of(&mut self, specifier: char) -> Option<()> {
        match specifier {
            'C' => {
                self.told.century = Some(self.number(0, 99, 2)?);
                self.told.date = true;
            }
            'd' | 'e' => {
                self.time.day = self.number(1, 31, 2)?;
                (self.told.day, self.told.date) = (true, true);
            }
            'H' | 'k' => {
                self.time.hour = self.number(0, 23, 2)?;
                self.told.half_days = false;
            }
            'I' | 'l' => {
                self.time.hour = self.number(1, 12, 2)? % 12;
                self.told.half_days = true;
            }
            'j' => {
                self.time.day_of_year = self.number(1, 366, 3)? - 1;
                self.told.day_of_year = true;
            }
            'm' => {
                self.time.month = self.number(1, 12, 2)? - 1;
                (self.told.month, self.told.date) = (true, true);
            }
            'M' => self.time.minute = self.number(0, 59, 2)?,
            'S' => self.time.second = self.number(0, 61, 2)?,
            'u' => {
                self.time.weekday = self.number(1, 7, 1)? % 7;
                self.told.weekday = true;
            }
            'w' => {
                self.time.weekday = self.number(0, 6, 1)?;
                self.told.weekday = true;
            }
            'U' => self.told.week = Some((self.number(0, 53, 2)?, true)),
            'W' => self.told.week = Some((self.number(0, 53, 2)?, false)),
            // Read, and of no effect in glibc.
            'V' => drop(self.number(0, 53, 2)?),
            'g' => drop(self.number(0, 99, 2)?),
            'G' => drop(self.number(0, 9999, 4)?),
            'y' => {
                let year = self.number(0, 99, 2)?;
                self.time.year = if year >= 69 { 1900 + year } else { 2000 + year };
                (self.told.short_year, self.told.date) = (true, true);
            }
            'Y' => {
                self.time.year = self.number(0, 9999, 4)?;
                (self.told.short_year, self.told.century, self.told.date) = (false, None, true);
            }
            _ => return None,
        }
        Some(())
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    /// A number of at most so many digits; a digit that would lead beyond the greatest is left.
    fn number(&mut self, least: i64, most: i64, digits: usize) -> Option<i64> {
        self.rest = self.rest.trim_start_matches(' ');
        let mut found: Option<i64> = None;
        for _ in 0..digits {
            let digit = self.rest.chars().next().and_then(|letter| letter.to_digit(10));
            let (Some(digit), true) = (digit, found.is_none_or(|found| found * 10 <= most)) else { break };
            found = Some(found.unwrap_or(0) * 10 + i64::from(digit));
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found.filter(|found| (least..=most).contains(found))
    }

    /// A name in any case, whole or its first three letters.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        let found = names.iter().enumerate().find_map(|(number, name)| {
            let lengths = [name.len(), name.len().min(3)];
            let length = lengths.into_iter().find(|length| {
                let start = self.rest.get(..*length);
                start.is_some_and(|start| {
                    name.get(..*length).is_some_and(|name| start.eq_ignore_ascii_case(name))
                })
            })?;
            Some((number, length))
        });
        let (number, length) = found?;
        self.rest = self.rest.get(length..)?;
        i64::try_from(number).ok()
    }

    /// `+hhmm`, `+hh:mm`, `+hh` or `Z`; jq's times do not keep it.
    fn offset(&mut self) -> Option<()> {
        self.rest = self.rest.trim_start_matches(' ');
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Some(());
        }
        self.rest = self.rest.strip_prefix(['+', '-'])?;
        let mut digits = 0;
        let mut offset: u32 = 0;
        while digits < 4 {
            if digits == 2 {
                self.rest = self.rest.strip_prefix(':').unwrap_or(self.rest);
            }
            let Some(digit) = self.rest.chars().next().and_then(|letter| letter.to_digit(10)) else { break };
            offset = offset * 10 + digit;
            digits += 1;
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        let offset = match digits {
            2 => offset * 100,
            4 => offset,
            _ => return None,
        };
        (offset <= 1400 && offset % 100 < 60).then_some(())
    }

    /// Seconds since 1970.
    fn seconds(&mut self) -> Option<()> {
        let digits = self.rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let number = self.rest.get(..self.rest.len() - digits.len())?;
        let seconds = number.parse::<i64>().ok().filter(|seconds| *seconds < 1 << 50)?;
        self.rest = digits;
        self.time = Broken::of_seconds(super::broken::as_f64(seconds))?;
        Some(())
    }

    fn finish(mut self) -> Broken {
        let told = &self.told;
        if told.half_days && told.afternoon == Some(true) {
            self.time.hour += 12;
        }
        if let Some(century) = told.century {
            let of_century = if told.short_year { self.time.year.rem_euclid(100) } else { 0 };
            self.time.year = century * 100 + of_century;
        }
        if told.date && !told.weekday {
            if !(told.month && told.day) && told.day_of_year {
                (self.time.month, self.time.day) = month_and_day(self.time.year, self.time.day_of_year);
            }
            let known = self.time;
            self.time.count_days();
            self.time.day_of_year = known.day_of_year;
        }
        if told.date && !told.day_of_year {
            let known = self.time;
            self.time.count_days();
            self.time.weekday = known.weekday;
        }
        if let (Some((week, from_sunday)), true) = (told.week, told.weekday) {
            self.count_from_week(week, from_sunday);
        }
        let is_date = self.time.day != 0;
        let known = self.time;
        if is_date && (known.weekday == UNKNOWN_WEEKDAY || known.day_of_year == UNKNOWN_DAY_OF_YEAR) {
            self.time.count_days();
            if known.weekday != UNKNOWN_WEEKDAY {
                self.time.weekday = known.weekday;
            }
            if known.day_of_year != UNKNOWN_DAY_OF_YEAR {
                self.time.day_of_year = known.day_of_year;
            }
        }
        self.time
    }

    /// The date of a weekday in a numbered week.
    fn count_from_week(&mut self, week: i64, from_sunday: bool) {
        let offset = if from_sunday { 0 } else { 1 };
        let first = (days(self.time.year, 0) + 4).rem_euclid(7);
        let weekday = (self.time.weekday - offset).rem_euclid(7);
        let day = (7 - (first - offset)).rem_euclid(7) + (week - 1) * 7 + weekday;
        if !self.told.day_of_year {
            self.time.day_of_year = day;
        }
        if !(self.told.month && self.told.day) {
            (self.time.month, self.time.day) = month_and_day(self.time.year, day);
        }
    }
}

fn month_and_day(year: i64, day_of_year: i64) -> (i64, i64) {
    let february = if is_leap(year) { 29 } else { 28 };
    let mut day = day_of_year;
    for (month, length) in (0..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if day < length {
            return (month, day + 1);
        }
        day -= length;
    }
    (11, day + 32)
}

/// C's `isspace`.
fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, format: &str, expected: &str) {
        let found = parse(text, format)
            .map_or_else(|| "no".to_owned(), |(time, rest)| time.parsed_value(rest).to_json().to_string());
        assert_eq!(found, expected, "{text} {format}");
    }

    #[test]
    fn texts_are_read_by_their_format() {
        check("2015-03-05T23:51:47Z", "%Y-%m-%dT%H:%M:%SZ", "[2015,2,5,23,51,47,4,63]");
        check("5 March 2015 11:51 pm", "%d %B %Y %I:%M %p", "[2015,2,5,23,51,0,4,63]");
        check("thu, 5 MAR 15", "%a, %d %b %y", "[2015,2,5,0,0,0,4,63]");
        check("12:30", "%H:%M", "[1900,0,0,12,30,0,8,367]");
        check("2015", "%Y", "[2015,0,0,0,0,0,3,-1]");
        check("2015 064", "%Y %j", "[2015,2,5,0,0,0,4,63]");
        check("2015-W09-4", "%Y-W%W-%u", "[2015,2,5,0,0,0,4,63]");
        check("1425599507", "%s", "[2015,2,5,23,51,47,4,63]");
        check("20150305", "%Y%m%d", "[2015,2,5,0,0,0,4,63]");
        check("05/03/70", "%d/%m/%y", "[1970,2,5,0,0,0,4,63]");
        check("2015-03-05 +01:00", "%F %z", "[2015,2,5,0,0,0,4,63]");
        check("2015-03-05 CET", "%F %Z", "[2015,2,5,0,0,0,4,63]");
        check("20 15", "%C %y", "[2015,0,0,0,0,0,3,-1]");
        check("2015-03-05 and more", "%Y-%m-%d", r#"[2015,2,5,0,0,0,4,63," and more"]"#);
    }

    #[test]
    fn what_does_not_match_is_refused() {
        check("2015-13-05", "%Y-%m-%d", "no");
        check("2015-03-05x", "%Y-%m-%d", "no");
        check("soon", "%Y", "no");
        check("25:00", "%H:%M", "no");
        check("1", "%Q", "no");
        check("1", "%", "no");
        check("2015 +15:00", "%Y %z", "no");
        check("2015 +1", "%Y %z", "no");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,20}", format in "(%[a-zA-Z%_0#^-]|[a-z ]){0,8}") {
            if let Some((time, _)) = parse(&text, &format) {
                time.normal();
            }
        }

        #[test]
        fn what_is_written_is_read(seconds in 0_i64..253_402_300_799, format in prop::sample::select(vec![
            "%Y-%m-%dT%H:%M:%SZ", "%a %d %b %Y %I:%M:%S %p", "%c", "%s", "%Y %j %T", "%F %T %z",
        ])) {
            let time = Broken::of_seconds(super::super::broken::as_f64(seconds)).unwrap();
            let text = super::super::write::format(&time, format).unwrap();
            let (read, rest) = parse(&text, format).unwrap();
            prop_assert_eq!(rest, "");
            prop_assert_eq!(read, time);
        }
    }
}
