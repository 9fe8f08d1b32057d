//! Lengths of time as people write them: `90s`, `1h30m`, `2d`, and ISO 8601's `PT1H30M`.

/// What is wrong with a length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// In one sentence.
    pub message: String,
    /// The nearest right thing.
    pub hint: Option<String>,
}

/// Units, longest first: how they are written, their milliseconds, and what else people write for them.
const UNITS: [(&str, u64, &[&str]); 6] = [
    ("w", 7 * DAY, &["wk", "wks", "week", "weeks"]),
    ("d", DAY, &["day", "days"]),
    ("h", HOUR, &["hr", "hrs", "hour", "hours"]),
    ("m", MINUTE, &["min", "mins", "minute", "minutes"]),
    ("s", SECOND, &["sec", "secs", "second", "seconds"]),
    ("ms", 1, &["msec", "msecs", "milli", "millis", "millisecond", "milliseconds"]),
];

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What a text without a fitting unit is answered with.
const FORM: &str = "write a number with `ms`, `s`, `m`, `h`, `d` or `w`, for example `90s` or `1h30m`";

/// Reads a length of time: milliseconds. Units stand once each, the longest first. Of ISO 8601, weeks,
/// days and times are read; years and months have no fixed length.
///
/// # Errors
/// Anything else, with the nearest right form.
pub fn parse(text: &str) -> Result<u64, Wrong> {
    if let Some(iso) = text.strip_prefix('P') {
        return iso_8601(text, iso);
    }
    strict(text).ok_or_else(|| Wrong {
        message: format!("`{}` is no length of time", crate::read::clipped(text)),
        hint: Some(match nearest(text) {
            Some(right) => format!("did you mean `{right}`?"),
            None => FORM.to_owned(),
        }),
    })
}

/// A length of time in the shortest form that [`parse`] reads.
pub fn print(milliseconds: u64) -> String {
    let mut text = String::new();
    let mut rest = milliseconds;
    for (unit, length, _) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn strict(text: &str) -> Option<u64> {
    let mut units = UNITS.iter();
    let mut sum: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        let unit = rest.get(..letters)?;
        rest = rest.get(letters..)?;
        // Passing over units keeps each to one use, in order.
        let (_, length, _) = units.find(|(known, ..)| *known == unit)?;
        sum = sum.checked_add(number.checked_mul(*length)?)?;
    }
    (!text.is_empty()).then_some(sum)
}

/// ISO 8601-1:2019 section 5.5.2: `PnW`, `PnDTnHnMnS`, with a fraction in the seconds at most.
fn iso_8601(text: &str, rest: &str) -> Result<u64, Wrong> {
    let wrong = |hint: &str| Wrong {
        message: format!("`{}` is no length of time", crate::read::clipped(text)),
        hint: Some(hint.to_owned()),
    };
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.contains(['Y', 'M']) {
        return Err(wrong("years and months have no fixed length; write days, for example `P30D`"));
    }
    let date = sum(date, &[('W', 7 * DAY), ('D', DAY)]);
    let time_empty = rest.contains('T') && time.is_empty();
    let time = sum(time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)]);
    match date.zip(time) {
        Some((date, time)) if !time_empty && !rest.is_empty() => date.checked_add(time),
        _ => None,
    }
    .ok_or_else(|| wrong("write it as `PT1H30M`, or shorter as `1h30m`"))
}

fn sum(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut units = units.iter();
    let mut sum: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number = rest.get(..digits)?;
        rest = rest.get(digits..)?;
        let unit = rest.chars().next()?;
        rest = rest.get(1..)?;
        let (_, length) = units.find(|(known, _)| *known == unit)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if unit != 'S' && number.contains('.') {
            return None;
        }
        sum = sum.checked_add(whole.parse::<u64>().ok()?.checked_mul(*length)?)?;
        sum = sum.checked_add(thousandths(fraction)?)?;
    }
    Some(sum)
}

/// Digits behind the point of a number of seconds, as whole milliseconds.
fn thousandths(digits: &str) -> Option<u64> {
    if digits.is_empty() || digits.len() > 3 {
        return None;
    }
    format!("{digits:0<3}").parse().ok()
}

/// The right form of a text that can only mean one length: `5min`, `2 hours`, `1.5h`, `1H`, `90`.
fn nearest(text: &str) -> Option<String> {
    if text.len() > 40 {
        return None;
    }
    let mut sum: u64 = 0;
    let lower = text.to_lowercase().replace(" and ", " ");
    let mut rest = lower.trim();
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("{rest}s"));
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        let word = rest.get(..letters)?;
        rest = rest.get(letters..)?.trim_start_matches([' ', ',']);
        let (_, length, _) =
            UNITS.iter().find(|(unit, _, others)| *unit == word || others.contains(&word))?;
        let scaled = format!("{:.0}", number * f64::from(u32::try_from(*length).ok()?));
        sum = sum.checked_add(scaled.parse().ok()?)?;
    }
    (sum > 0).then(|| print(sum))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_read() {
        for (text, expected) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
            ("1w", 604_800_000),
            ("1w2d3h4m5s6ms", 788_645_006),
            ("PT1H", 3_600_000),
            ("PT1H30M", 5_400_000),
            ("P1DT12H", 129_600_000),
            ("P2W", 1_209_600_000),
            ("PT0.25S", 250),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[track_caller]
    fn check(text: &str, hint: &str) {
        let wrong = parse(text).unwrap_err();
        assert_eq!(wrong.message, format!("`{text}` is no length of time"));
        assert_eq!(wrong.hint.as_deref(), Some(hint));
    }

    #[test]
    fn what_is_meant_is_said() {
        check("5min", "did you mean `5m`?");
        check("2 hours", "did you mean `2h`?");
        check("1 hour and 30 minutes", "did you mean `1h30m`?");
        check("1.5h", "did you mean `1h30m`?");
        check("1H", "did you mean `1h`?");
        check("30", "did you mean `30s`?");
        check("30m1h", "did you mean `1h30m`?");
        check("90m90m", "did you mean `3h`?");
        check("soon", FORM);
        check("", FORM);
        check("5x", FORM);
        check("99999999999999999999s", FORM);
        check("P1M", "years and months have no fixed length; write days, for example `P30D`");
        check("P", "write it as `PT1H30M`, or shorter as `1h30m`");
        check("PT", "write it as `PT1H30M`, or shorter as `1h30m`");
        check("PT1.5H", "write it as `PT1H30M`, or shorter as `1h30m`");
        check("PT5M3H", "write it as `PT1H30M`, or shorter as `1h30m`");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(milliseconds: u64) {
            prop_assert_eq!(parse(&print(milliseconds)), Ok(milliseconds));
        }

        #[test]
        fn any_text_has_an_answer(text in ".*|P?[0-9a-zT. ]{0,12}") {
            if let Err(wrong) = parse(&text)
                && let Some(right) = wrong.hint.and_then(|hint| {
                    Some(hint.strip_prefix("did you mean `")?.strip_suffix("`?")?.to_owned())
                })
            {
                // A hint that is itself refused only because it is beyond any length helps nobody.
                prop_assert!(parse(&right).is_ok() || right.len() > 19, "{}", right);
            }
        }
    }
}
