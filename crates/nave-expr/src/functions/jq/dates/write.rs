//! C's `strftime` in the C locale and in UTC (POSIX.1-2024, `strftime`; flags, widths, `%k`, `%l`, `%P` and
//! `%s` as glibc has them).

use super::broken::{Broken, days};

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Names of weekdays, from Sunday.
pub(super) fn weekdays() -> [&'static str; 7] {
    DAYS
}

/// Names of months, from January.
pub(super) fn months() -> [&'static str; 12] {
    MONTHS
}

/// A specifier's flags and width.
#[derive(Clone, Copy, Default)]
struct Style {
    /// `_`, `-` or `0`.
    pad: Option<char>,
    /// `^`
    upper: bool,
    /// `#`
    swap: bool,
    width: Option<usize>,
}

/// The time by a format; `None` where jq's buffer, 100 bytes longer than the format, would not hold it, or
/// a format that is not empty gives nothing.
pub(super) fn format(time: &Broken, format: &str) -> Option<String> {
    let most = format.len() + 99;
    let mut out = String::new();
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        let (plain, specifier) = rest.split_at_checked(start)?;
        out.push_str(plain);
        let (text, behind) = specify(time, specifier, most)?;
        out.push_str(&text);
        rest = behind;
        if out.len() > most {
            return None;
        }
    }
    out.push_str(rest);
    (out.len() <= most && (!out.is_empty() || format.is_empty())).then_some(out)
}

/// What a specifier at the beginning of a text stands for, and the text behind it. What is none stands
/// for itself. `None`: too wide.
fn specify<'f>(time: &Broken, text: &'f str, most: usize) -> Option<(String, &'f str)> {
    let mut style = Style::default();
    let mut letters = text.chars();
    letters.next();
    let mut letter = letters.next();
    while let Some(flag) = letter {
        match flag {
            '_' | '-' | '0' => style.pad = Some(flag),
            '^' => style.upper = true,
            '#' => style.swap = true,
            _ => break,
        }
        letter = letters.next();
    }
    while let Some(digit) = letter.and_then(|letter| letter.to_digit(10)) {
        let width = style.width.unwrap_or(0).saturating_mul(10).saturating_add(usize::try_from(digit).ok()?);
        if width > most {
            return None;
        }
        style.width = Some(width);
        letter = letters.next();
    }
    if let Some('E' | 'O') = letter {
        letter = letters.next();
    }
    let behind = letters.as_str();
    let written = letter.and_then(|letter| write(time, letter, style));
    let itself = || text.get(..text.len() - behind.len()).unwrap_or(text).to_owned();
    Some((written.unwrap_or_else(itself), behind))
}

fn write(time: &Broken, letter: char, style: Style) -> Option<String> {
    let hour12 = (time.hour + 11) % 12 + 1;
    let (week_year, week) = iso_week(time);
    Some(match letter {
        'a' => named(style, short(&DAYS, time.weekday)?),
        'A' => named(style, name(&DAYS, time.weekday)?),
        'b' | 'h' => named(style, short(&MONTHS, time.month)?),
        'B' => named(style, name(&MONTHS, time.month)?),
        'c' => composed(time, style, "%a %b %e %H:%M:%S %Y")?,
        'C' => number(style, time.year.div_euclid(100), 2, '0'),
        'd' => number(style, time.day, 2, '0'),
        'D' | 'x' => composed(time, style, "%m/%d/%y")?,
        'e' => number(style, time.day, 2, '_'),
        'F' => composed(time, style, "%Y-%m-%d")?,
        'g' => number(style, week_year.rem_euclid(100), 2, '0'),
        'G' => number(style, week_year, 1, '0'),
        'H' => number(style, time.hour, 2, '0'),
        'I' => number(style, hour12, 2, '0'),
        'j' => number(style, time.day_of_year + 1, 3, '0'),
        'k' => number(style, time.hour, 2, '_'),
        'l' => number(style, hour12, 2, '_'),
        'm' => number(style, time.month + 1, 2, '0'),
        'M' => number(style, time.minute, 2, '0'),
        'n' => "\n".into(),
        'p' if style.swap => named(Style { swap: false, ..style }, half(time).to_lowercase().as_str()),
        'p' => named(style, half(time)),
        'P' => named(style, half(time).to_lowercase().as_str()),
        'r' => composed(time, style, "%I:%M:%S %p")?,
        'R' => composed(time, style, "%H:%M")?,
        's' => number(style, time.seconds()?, 1, '0'),
        'S' => number(style, time.second, 2, '0'),
        't' => "\t".into(),
        'T' | 'X' => composed(time, style, "%H:%M:%S")?,
        'u' => number(style, (time.weekday + 6) % 7 + 1, 1, '0'),
        'U' => number(style, (time.day_of_year + 7 - time.weekday) / 7, 2, '0'),
        'V' => number(style, week, 2, '0'),
        'w' => number(style, time.weekday, 1, '0'),
        'W' => number(style, (time.day_of_year + 7 - (time.weekday + 6) % 7) / 7, 2, '0'),
        'y' => number(style, time.year.rem_euclid(100), 2, '0'),
        'Y' => number(style, time.year, 1, '0'),
        'z' => "+0000".into(),
        'Z' if style.swap => named(Style { swap: false, ..style }, "gmt"),
        'Z' => named(style, "GMT"),
        '%' => "%".into(),
        _ => return None,
    })
}

fn half(time: &Broken) -> &'static str {
    if time.hour < 12 { "AM" } else { "PM" }
}

fn name(names: &[&'static str], number: i64) -> Option<&'static str> {
    names.get(usize::try_from(number).ok()?).copied()
}

fn short(names: &[&'static str], number: i64) -> Option<&'static str> {
    name(names, number)?.get(..3)
}

fn composed(time: &Broken, style: Style, format: &str) -> Option<String> {
    Some(named(style, &self::format(time, format)?))
}

/// A text: upper case where asked for, filled up in front with spaces, or zeros where asked for.
fn named(style: Style, text: &str) -> String {
    let text = if style.upper || style.swap { text.to_uppercase() } else { text.to_owned() };
    fill(&text, style.width.unwrap_or(0), if style.pad == Some('0') { '0' } else { ' ' })
}

fn number(style: Style, number: i64, width: usize, pad: char) -> String {
    let digits = number.unsigned_abs().to_string();
    let pad = style.pad.unwrap_or(pad);
    let width = match (style.width, pad) {
        (Some(width), _) => width,
        (None, '-') => 0,
        (None, _) => width,
    };
    let sign = if number < 0 { "-" } else { "" };
    if pad == '0' || pad == '-' && style.width.is_some() {
        return format!("{sign}{}", fill(&digits, width.saturating_sub(sign.len()), '0'));
    }
    fill(&format!("{sign}{digits}"), width, ' ')
}

fn fill(text: &str, width: usize, with: char) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let mut filled: String = std::iter::repeat_n(with, missing).collect();
    filled.push_str(text);
    filled
}

/// Year and number of the week by ISO 8601: weeks begin on Monday and belong to the year of their Thursday.
fn iso_week(time: &Broken) -> (i64, i64) {
    let monday_based = (time.weekday + 6) % 7;
    let thursday = time.day_of_year - monday_based + 3;
    let length = |year| days(year + 1, 0) - days(year, 0);
    if thursday < 0 {
        return (time.year - 1, (thursday + length(time.year - 1)) / 7 + 1);
    }
    if thursday >= length(time.year) {
        return (time.year + 1, (thursday - length(time.year)) / 7 + 1);
    }
    (time.year, thursday / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: f64, format: &str, expected: Option<&str>) {
        let time = Broken::of_seconds(seconds).unwrap();
        assert_eq!(super::format(&time, format).as_deref(), expected, "{format}");
    }

    #[test]
    fn every_specifier_is_written() {
        // 2024-03-05T14:07:09Z, a Tuesday.
        let time = 1_709_647_629.0;
        for (format, expected) in [
            ("%a %A %b %h %B", "Tue Tuesday Mar Mar March"),
            ("%c|%x|%X|%r", "Tue Mar  5 14:07:09 2024|03/05/24|14:07:09|02:07:09 PM"),
            ("%C %y %Y %g %G", "20 24 2024 24 2024"),
            ("%d %e %j %m %H %I %k %l %M %S", "05  5 065 03 14 02 14  2 07 09"),
            ("%D %F %R %T", "03/05/24 2024-03-05 14:07 14:07:09"),
            ("%n%t%%", "\n\t%"),
            ("%p %P %s %u %w %U %W %V %z %Z", "PM pm 1709647629 2 2 09 10 10 +0000 GMT"),
            ("%-d %_m %03d %^a %#p %10B|%-H", "5  3 005 TUE pm      March|14"),
            ("%Ey %Od %Q %", "24 05 %Q %"),
            ("ä", "ä"),
        ] {
            check(time, format, Some(expected));
        }
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        check(1_735_603_200.0, "%G-%V", Some("2025-01"));
        check(1_609_459_200.0, "%G-%V", Some("2020-53"));
        check(1_230_768_000.0, "%G-%V", Some("2009-01"));
    }

    #[test]
    fn too_much_is_refused_as_by_jqs_buffer() {
        check(0.0, "", Some(""));
        check(0.0, "%150d", None);
        check(0.0, "%99999999999999999999d", None);
        check(0.0, &"%c".repeat(20), None);
    }
}
