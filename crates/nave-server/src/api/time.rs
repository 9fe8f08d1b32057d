//! Times and limits as queries write them.

use jiff::Timestamp;
use nave_model::Fault;
use nave_model::fault::codes;

/// The most items of a part of a list.
const MOST: u32 = 1000;

/// Milliseconds since 1970 of a time in a query: RFC 3339, or such milliseconds.
///
/// # Errors
/// `E-ARG-VALUE`: it is neither.
pub(super) fn moment(name: &str, text: Option<&str>) -> Result<Option<u64>, Fault> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(milliseconds) = text.parse() {
        return Ok(Some(milliseconds));
    }
    let parsed = text.parse::<Timestamp>().ok().and_then(|time| u64::try_from(time.as_millisecond()).ok());
    parsed.map(Some).ok_or_else(|| {
        Fault::new(codes::ARGUMENT_VALUE, format!("`{name}` is `{text}`, which is no time"))
            .with_hint("write it as `2026-11-30T21:00:00Z`, or as milliseconds since 1970")
    })
}

/// How many items at most, of those asked for.
///
/// # Errors
/// `E-ARG-VALUE`: none, or more than are given at once.
pub(super) fn most(limit: Option<u32>, default: u32, most: u32) -> Result<usize, Fault> {
    let limit = limit.unwrap_or(default);
    if limit == 0 || limit > most {
        let message = format!("{limit} at most cannot be asked for; 1 to {most} can");
        return Err(Fault::new(codes::ARGUMENT_VALUE, message));
    }
    usize::try_from(limit).map_err(|_| Fault::new(codes::ARGUMENT_VALUE, "the limit is too large"))
}

/// The size of a part of a list.
///
/// # Errors
/// As for [`most`].
pub(super) fn part(limit: Option<u32>) -> Result<usize, Fault> {
    most(limit, 100, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(moment("since", Some(text)).ok().flatten(), expected, "{text}");
    }

    #[test]
    fn times_are_read_as_people_and_programs_write_them() {
        check("1764536400000", Some(1_764_536_400_000));
        check("2025-11-30T21:00:00Z", Some(1_764_536_400_000));
        check("2025-11-30T22:00:00+01:00", Some(1_764_536_400_000));
        check("yesterday", None);
        check("1969-12-31T23:59:59Z", None);
    }

    #[test]
    fn a_part_has_a_size() {
        assert_eq!(part(None).ok(), Some(100));
        assert_eq!(part(Some(1000)).ok(), Some(1000));
        assert!(part(Some(0)).is_err());
        assert!(part(Some(1001)).is_err());
    }
}
