//! Times as people read and write them: of their own zone, or how long ago.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use nave_model::Fault;
use nave_model::fault::codes;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Now, where the reader is.
#[derive(Debug, Clone)]
pub(crate) struct When {
    now_ms: u64,
    zone: TimeZone,
}

impl When {
    /// Now, in the zone of this machine.
    pub(crate) fn new(now_ms: u64) -> Self {
        When { now_ms, zone: TimeZone::system() }
    }

    /// In the zone a test wants.
    #[cfg(test)]
    pub(crate) fn at(now_ms: u64, zone: TimeZone) -> Self {
        When { now_ms, zone }
    }

    /// Now: milliseconds since 1970, UTC.
    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Date and time of day.
    pub(crate) fn moment(&self, at_ms: u64) -> String {
        self.shown(at_ms, "%Y-%m-%d %H:%M:%S")
    }

    /// The time of day, to the millisecond.
    pub(crate) fn clock(&self, at_ms: u64) -> String {
        self.shown(at_ms, "%H:%M:%S%.3f")
    }

    /// How long ago it was, or how soon it will be.
    pub(crate) fn ago(&self, at_ms: u64) -> String {
        let away = self.now_ms.abs_diff(at_ms);
        let length = match away {
            0..SECOND => return "now".to_owned(),
            SECOND..MINUTE => format!("{} s", away / SECOND),
            MINUTE..HOUR => format!("{} min", away / MINUTE),
            HOUR..172_800_000 => format!("{} h", away / HOUR),
            _ => format!("{} d", away / DAY),
        };
        if at_ms > self.now_ms { format!("in {length}") } else { format!("{length} ago") }
    }

    /// How long ago it was, or the date where that says more.
    pub(crate) fn short(&self, at_ms: u64) -> String {
        if self.now_ms.abs_diff(at_ms) < DAY { self.ago(at_ms) } else { self.moment(at_ms) }
    }

    /// Both.
    pub(crate) fn both(&self, at_ms: u64) -> String {
        format!("{} ({})", self.moment(at_ms), self.ago(at_ms))
    }

    fn shown(&self, at_ms: u64, format: &str) -> String {
        let timestamp = i64::try_from(at_ms).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
        match timestamp {
            Some(timestamp) => timestamp.to_zoned(self.zone.clone()).strftime(format).to_string(),
            None => format!("{at_ms} ms"),
        }
    }

    /// Milliseconds since 1970 of a time a person wrote: `2h` (ago), `yesterday`, `2026-11-30`,
    /// `2026-11-30 21:00` in the zone of this machine, RFC 3339, or such milliseconds.
    ///
    /// # Errors
    /// `E-ARG-VALUE`: it is none of these.
    pub(crate) fn read(&self, option: &str, text: &str) -> Result<u64, Fault> {
        let text = text.trim();
        if let Ok(milliseconds) = text.parse::<u64>() {
            return Ok(milliseconds);
        }
        if let Ok(length) = nave_flow::duration::parse(text) {
            return Ok(self.now_ms.saturating_sub(length));
        }
        let found = match text {
            "now" => return Ok(self.now_ms),
            "today" => self.day(0),
            "yesterday" => self.day(1),
            _ => text
                .parse::<Timestamp>()
                .ok()
                .or_else(|| {
                    Some(text.parse::<DateTime>().ok()?.to_zoned(self.zone.clone()).ok()?.timestamp())
                })
                .or_else(|| Some(text.parse::<Date>().ok()?.to_zoned(self.zone.clone()).ok()?.timestamp())),
        };
        let milliseconds = found.and_then(|found| u64::try_from(found.as_millisecond()).ok());
        milliseconds.ok_or_else(|| {
            Fault::new(codes::ARGUMENT_VALUE, format!("`{text}` is no time for `{option}`")).with_hint(
                "write how long ago, `90m` or `2d`, or a time: `2026-11-30`, `2026-11-30 21:00`, \
                 `2026-11-30T21:00:00Z`",
            )
        })
    }

    /// The first moment of a day before today.
    fn day(&self, before: i64) -> Option<Timestamp> {
        let now = Timestamp::from_millisecond(i64::try_from(self.now_ms).ok()?).ok()?;
        let day = now.to_zoned(self.zone.clone()).date().checked_sub(before.days()).ok()?;
        Some(day.to_zoned(self.zone.clone()).ok()?.timestamp())
    }
}

/// How long something took.
pub(crate) fn took(milliseconds: u64) -> String {
    match milliseconds {
        0..SECOND => format!("{milliseconds} ms"),
        SECOND..10_000 => format!("{}.{} s", milliseconds / SECOND, milliseconds % SECOND / 100),
        10_000..MINUTE => format!("{} s", milliseconds / SECOND),
        MINUTE..HOUR => format!("{} min {} s", milliseconds / MINUTE, milliseconds % MINUTE / SECOND),
        HOUR..DAY => format!("{} h {} min", milliseconds / HOUR, milliseconds % HOUR / MINUTE),
        _ => format!("{} d {} h", milliseconds / DAY, milliseconds % DAY / HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30 21:00:00 UTC.
    const NOW: u64 = 1_796_072_400_000;

    fn when() -> When {
        When::at(NOW, TimeZone::get("Europe/Vienna").unwrap())
    }

    #[test]
    fn times_are_shown_where_the_reader_is() {
        assert_eq!(when().moment(NOW), "2026-11-30 22:00:00");
        assert_eq!(when().clock(NOW + 7), "22:00:00.007");
        assert_eq!(when().both(NOW - 3000), "2026-11-30 21:59:57 (3 s ago)");
        assert_eq!(when().moment(u64::MAX), "18446744073709551615 ms");
    }

    #[track_caller]
    fn ago(away: u64, past: &str, future: &str) {
        assert_eq!((when().ago(NOW - away), when().ago(NOW + away)), (past.to_owned(), future.to_owned()));
    }

    #[test]
    fn how_long_ago_is_one_number() {
        ago(999, "now", "now");
        ago(3_000, "3 s ago", "in 3 s");
        ago(119_000, "1 min ago", "in 1 min");
        ago(7_200_000, "2 h ago", "in 2 h");
        ago(47 * HOUR, "47 h ago", "in 47 h");
        ago(3 * DAY, "3 d ago", "in 3 d");
        assert_eq!(when().short(NOW - HOUR), "1 h ago");
        assert_eq!(when().short(NOW - DAY), "2026-11-29 22:00:00");
    }

    #[test]
    fn lengths_have_two_units_at_most() {
        for (length, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (2_345, "2.3 s"),
            (59_999, "59 s"),
            (243_000, "4 min 3 s"),
            (2 * HOUR + 5 * MINUTE, "2 h 5 min"),
            (50 * HOUR, "2 d 2 h"),
        ] {
            assert_eq!(took(length), expected);
        }
    }

    #[track_caller]
    fn reads(text: &str, expected: Option<u64>) {
        assert_eq!(when().read("--since", text).ok(), expected, "{text}");
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        reads("2h", Some(NOW - 2 * HOUR));
        reads("1h30m", Some(NOW - 90 * MINUTE));
        reads("now", Some(NOW));
        reads("today", Some(NOW - 22 * HOUR));
        reads("yesterday", Some(NOW - 46 * HOUR));
        reads("2026-11-30", Some(NOW - 22 * HOUR));
        reads("2026-11-30 22:00", Some(NOW));
        reads("2026-11-30T22:00:00", Some(NOW));
        reads("2026-11-30T21:00:00Z", Some(NOW));
        reads("2026-11-30T23:00:00+02:00", Some(NOW));
        reads("1796072400000", Some(NOW));
        for wrong in ["", "tomorrow", "2026-13-01", "21:00", "-1h", "1969-01-01"] {
            reads(wrong, None);
        }
    }
}
