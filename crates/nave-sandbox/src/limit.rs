//! The system's own rate limit: a bucket of tokens that fills with time. Time is handed in.

use std::time::Duration;

use nave_connector::manifest::Limits;

use crate::options::Rate;

/// Requests a connector allows at once where it says only how many a second.
fn burst_of(per_second: f64) -> f64 {
    per_second.max(1.0)
}

/// A bucket of tokens; one request takes one.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    last: Duration,
}

/// What the bucket said to one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    /// There was a token.
    pub(crate) admitted: bool,
    /// Requests in a full bucket.
    pub(crate) limit: u64,
    /// Requests left now.
    pub(crate) remaining: u64,
    /// Whole seconds until the next request may come; at least 1 where none is left.
    pub(crate) reset: u64,
}

impl Bucket {
    /// The bucket the options ask for; none where nothing is limited.
    pub(crate) fn new(rate: Rate, declared: Option<&Limits>) -> Option<Self> {
        let (per_second, burst) = match rate {
            Rate::Unlimited => return None,
            Rate::Limited { per_second, burst } => (per_second, f64::from(burst)),
            Rate::Declared => {
                let limits = declared?;
                let per_second = limits.per_second?;
                (per_second, limits.burst.map_or_else(|| burst_of(per_second), f64::from))
            }
        };
        let usable = per_second > 0.0 && per_second.is_finite();
        let burst = burst.max(1.0);
        usable.then_some(Bucket { per_second, burst, tokens: burst, last: Duration::ZERO })
    }

    /// Asks for one token at a time since the sandbox began.
    pub(crate) fn take(&mut self, now: Duration) -> Verdict {
        let passed = now.saturating_sub(self.last);
        self.last = self.last.max(now);
        self.tokens = (self.tokens + passed.as_secs_f64() * self.per_second).min(self.burst);
        // A token that is whole but for the rounding of many small additions is whole.
        let admitted = self.tokens >= 1.0 - 1e-9;
        if admitted {
            self.tokens = (self.tokens - 1.0).max(0.0);
        }
        let missing = (1.0 - self.tokens).max(0.0) / self.per_second;
        let reset = if missing > 0.0 { missing.ceil().max(1.0) } else { 0.0 };
        Verdict { admitted, limit: whole(self.burst), remaining: whole(self.tokens), reset: whole(reset) }
    }
}

impl Verdict {
    /// The header fields of draft-ietf-httpapi-ratelimit-headers, in the form most systems send.
    pub(crate) fn headers(self) -> Vec<(String, String)> {
        let field = |name: &str, value: u64| (name.to_owned(), value.to_string());
        let mut headers = vec![
            field("ratelimit-limit", self.limit),
            field("ratelimit-remaining", self.remaining),
            field("ratelimit-reset", self.reset),
        ];
        if !self.admitted {
            headers.push(field("retry-after", self.reset.max(1)));
        }
        headers
    }
}

/// The whole part of a small number that is not negative.
fn whole(number: f64) -> u64 {
    format!("{:.0}", number.max(0.0).floor()).parse().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_the_average() {
        let mut bucket = Bucket::new(Rate::Limited { per_second: 10.0, burst: 3 }, None).unwrap();
        let mut at = |milliseconds: u64| bucket.take(Duration::from_millis(milliseconds)).admitted;
        assert_eq!([at(0), at(0), at(0), at(0)], [true, true, true, false]);
        assert_eq!([at(99), at(100), at(100)], [false, true, false]);
        assert_eq!((0..40).filter(|step| at(1_000 + step * 25)).count(), 3 + 9);
    }

    #[test]
    fn the_manifest_decides_where_asked() {
        let limits = Limits { per_second: Some(2.0), ..Limits::default() };
        let mut bucket = Bucket::new(Rate::Declared, Some(&limits)).unwrap();
        let last = [(); 3].map(|()| bucket.take(Duration::ZERO))[2];
        assert_eq!(last, Verdict { admitted: false, limit: 2, remaining: 0, reset: 1 });
        assert!(last.headers().contains(&("retry-after".to_owned(), "1".to_owned())));
        assert!(Bucket::new(Rate::Declared, None).is_none());
    }
}
