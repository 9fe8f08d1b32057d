//! What an answer's headers say about a system's limits: `Retry-After`, the `RateLimit` fields in
//! every form the drafts gave them, and the `X-RateLimit-*` fields vendors use.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use jiff::Timestamp;

use crate::http_date;

/// What one answer says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signals {
    /// Time the system asks to be left alone (RFC 9110 section 10.2.3).
    pub retry_after: Option<Duration>,
    /// Calls left, and the time until there are more again.
    pub left: Option<(u64, Duration)>,
    /// Calls in every window of this length.
    pub policy: Option<(u32, Duration)>,
}

/// Reads the headers of an answer that came at `wall`.
pub fn read(headers: &HeaderMap, wall: Timestamp) -> Signals {
    // Most answers say nothing; one look at each name is cheaper than a dozen searches.
    let says_something = |name: &HeaderName| {
        ["retry-after", "ratelimit", "x-rate"].iter().any(|start| name.as_str().starts_with(start))
    };
    if !headers.keys().any(says_something) {
        return Signals::default();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Signals {
        retry_after: text("retry-after").and_then(|value| retry_after(value, wall)),
        left: text("ratelimit").and_then(left_in_one_field).or_else(|| left_in_fields(&text, wall)),
        policy: text("ratelimit-policy").and_then(policy),
    }
}

/// `Retry-After: 120` or `Retry-After: Fri, 31 Dec 1999 23:59:59 GMT`. Fractions, which some systems
/// send, count.
pub fn retry_after(value: &str, wall: Timestamp) -> Option<Duration> {
    seconds(value).or_else(|| http_date::parse(value).map(|at| until(at, wall)))
}

/// `RateLimit: "default";r=50;t=30` (draft 8 and later, a list: the tightest item counts), or
/// `RateLimit: limit=100, remaining=50, reset=30` (draft 7).
fn left_in_one_field(value: &str) -> Option<(u64, Duration)> {
    let items: Vec<Vec<(&str, &str)>> = items(value).collect();
    let find = |item: &[(&str, &str)], name: &str| {
        item.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    let listed = items.iter().filter_map(|item| {
        let (left, reset) = (find(item, "r")?, find(item, "t")?);
        Some((left.parse().ok()?, seconds(&reset)?))
    });
    if let Some(tightest) = listed.min() {
        return Some(tightest);
    }
    let together = items.concat();
    let (left, reset) = (find(&together, "remaining")?, find(&together, "reset")?);
    Some((left.parse().ok()?, seconds(&reset)?))
}

/// `RateLimit-Remaining` with `RateLimit-Reset` (drafts 1 to 6), and vendors' spellings of them.
fn left_in_fields<'a>(text: &dyn Fn(&str) -> Option<&'a str>, wall: Timestamp) -> Option<(u64, Duration)> {
    let spellings = [
        ("ratelimit-remaining", &["ratelimit-reset"][..]),
        ("x-ratelimit-remaining", &["x-ratelimit-reset-after", "x-ratelimit-reset"]),
        ("x-rate-limit-remaining", &["x-rate-limit-reset-after", "x-rate-limit-reset"]),
    ];
    spellings.iter().find_map(|(remaining, resets)| {
        // Some systems list several windows: `12, 3400`. The first is the nearest.
        let left = text(remaining)?.split([',', ';']).next()?.trim().parse().ok()?;
        let reset = resets.iter().find_map(|name| text(name))?;
        Some((left, reset_time(reset, wall)?))
    })
}

/// A reset as seconds from now, seconds or milliseconds since 1970, or a date.
///
/// A number of seconds that would be more than thirty years from now is a time since 1970.
fn reset_time(value: &str, wall: Timestamp) -> Option<Duration> {
    const EPOCH: Duration = Duration::from_secs(1_000_000_000);
    const EPOCH_MILLIS: Duration = Duration::from_secs(100_000_000_000);
    let first = value.split([',', ';']).next().unwrap_or(value);
    let Some(number) = seconds(first) else {
        let date = http_date::parse(value).or_else(|| value.trim().parse().ok())?;
        return Some(until(date, wall));
    };
    if number < EPOCH {
        return Some(number);
    }
    let since_epoch = if number < EPOCH_MILLIS { number } else { number / 1000 };
    let now = Duration::try_from(wall.as_duration()).ok()?;
    Some(since_epoch.saturating_sub(now))
}

/// `"default";q=100;w=60`, or `100;w=60` (drafts 2 to 7). Of several the slowest counts.
fn policy(value: &str) -> Option<(u32, Duration)> {
    let read = |item: Vec<(&str, &str)>| {
        let mut quota = item.first().and_then(|(name, _)| name.parse().ok());
        let mut window = None;
        for (name, value) in item {
            match name {
                "q" => quota = value.parse().ok(),
                "w" => window = seconds(value),
                _ => {}
            }
        }
        Some((quota.filter(|quota| *quota > 0)?, window.filter(|window| !window.is_zero())?))
    };
    let rate = |(quota, window): &(u32, Duration)| f64::from(*quota) / window.as_secs_f64();
    items(value).filter_map(read).min_by(|a, b| rate(a).total_cmp(&rate(b)))
}

/// The items of a structured list (RFC 9651), each as its parts: the bare value as a name without a
/// value, then its parameters. Quotes around names and values are taken off.
fn items(value: &str) -> impl Iterator<Item = Vec<(&str, &str)>> {
    value.split(',').map(|item| {
        item.split(';')
            .map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                (name.trim().trim_matches('"'), value.trim().trim_matches('"'))
            })
            .collect()
    })
}

fn seconds(value: &str) -> Option<Duration> {
    let number: f64 = value.trim().parse().ok()?;
    Duration::try_from_secs_f64(number).ok()
}

fn until(at: Timestamp, wall: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(wall)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// 2026-01-02T03:04:05Z is 1,767,323,045 seconds after 1970.
    const WALL: &str = "2026-01-02T03:04:05Z";

    #[track_caller]
    fn check(fields: &[(&'static str, &'static str)], expected: Signals) {
        let headers: HeaderMap = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        assert_eq!(read(&headers, WALL.parse().unwrap()), expected, "{fields:?}");
    }

    fn after(seconds: f64) -> Signals {
        Signals { retry_after: Some(Duration::from_secs_f64(seconds)), ..Signals::default() }
    }

    fn left(calls: u64, seconds: u64) -> Signals {
        Signals { left: Some((calls, Duration::from_secs(seconds))), ..Signals::default() }
    }

    fn policy(quota: u32, seconds: u64) -> Signals {
        Signals { policy: Some((quota, Duration::from_secs(seconds))), ..Signals::default() }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        check(&[("retry-after", "120")], after(120.0));
        check(&[("retry-after", "0.5")], after(0.5));
        check(&[("retry-after", "Fri, 02 Jan 2026 03:05:05 GMT")], after(60.0));
        check(&[("retry-after", "Fri, 02 Jan 2026 03:00:00 GMT")], after(0.0));
    }

    #[test]
    fn structured_fields_of_every_draft() {
        check(&[("ratelimit", r#""default";r=50;t=30"#)], left(50, 30));
        check(&[("ratelimit", r#""minute";r=9;t=30, "day";r=4;t=3600"#)], left(4, 3600));
        check(&[("ratelimit", "limit=100, remaining=50, reset=5")], left(50, 5));
        check(
            &[("ratelimit-limit", "10"), ("ratelimit-remaining", "3"), ("ratelimit-reset", "7")],
            left(3, 7),
        );
        check(&[("ratelimit-policy", r#""a";q=100;w=60,"b";q=1000;w=3600"#)], policy(1000, 3600));
        check(&[("ratelimit-policy", "10;w=1, 1000;w=3600")], policy(1000, 3600));
    }

    #[test]
    fn vendors_fields_reset_after_or_at() {
        check(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")], left(0, 60));
        check(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "1767323105")], left(1, 60));
        check(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "1767323105000")], left(1, 60));
        check(&[("x-ratelimit-remaining", "2"), ("x-ratelimit-reset", "2026-01-02T03:04:15Z")], left(2, 10));
        check(&[("x-rate-limit-remaining", "8"), ("x-rate-limit-reset", "1")], left(8, 1));
        check(&[("x-ratelimit-remaining", "12, 3400"), ("x-ratelimit-reset", "1, 3600")], left(12, 1));
    }

    #[test]
    fn nonsense_says_nothing() {
        for fields in [
            [("retry-after", "soon")],
            [("retry-after", "-1")],
            [("ratelimit", "r=;t=x")],
            [("x-ratelimit-remaining", "5")],
            [("ratelimit-policy", "0;w=60")],
            [("ratelimit-policy", "5;w=0")],
        ] {
            check(&fields, Signals::default());
        }
    }
}
