//! Dates and times in a fixed window: the first half of 2026. No clock is read, so that the same seed
//! gives the same dates tomorrow.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::generate::rng::Rng;

/// 2026-01-05 00:00:00 UTC.
const FIRST: i64 = 1_767_571_200;
/// Half a year later.
const LAST: i64 = FIRST + 180 * 86_400;

/// Seconds since 1970.
pub(crate) fn seconds(rng: &mut Rng) -> i64 {
    rng.between(FIRST, LAST)
}

/// RFC 3339, in UTC, whole seconds.
pub(crate) fn timestamp(rng: &mut Rng) -> String {
    moment(rng).to_string()
}

/// `2026-03-14`.
pub(crate) fn date(rng: &mut Rng) -> String {
    moment(rng).to_zoned(TimeZone::UTC).date().to_string()
}

/// `09:26:53Z`.
pub(crate) fn time(rng: &mut Rng) -> String {
    format!("{:02}:{:02}:{:02}Z", rng.between(0, 23), rng.between(0, 59), rng.between(0, 59))
}

/// `Sat, 14 Mar 2026 09:26:53 +0000`.
pub(crate) fn rfc_2822(rng: &mut Rng) -> String {
    moment(rng).to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn moment(rng: &mut Rng) -> Timestamp {
    Timestamp::from_second(seconds(rng)).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_look_as_their_formats_say() {
        let rng = &mut Rng::new(1);
        for _ in 0..50 {
            assert!(timestamp(rng).starts_with("2026-0") && timestamp(rng).ends_with('Z'));
            assert_eq!(date(rng).len(), 10);
            assert_eq!(time(rng).len(), 9);
            assert!(rfc_2822(rng).ends_with(" +0000"));
        }
    }
}
