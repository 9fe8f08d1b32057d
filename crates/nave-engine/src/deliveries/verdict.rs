//! What an answer of an endpoint means: taken, to be tried again and when, given up, gone. Pure but for the
//! random bits.

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use nave_call::http_date;
use nave_model::Fault;
use nave_store::record::DeliveryState;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// How long to wait after each attempt that failed, in milliseconds; the schedule that Standard Webhooks
/// recommends, 3 days and some hours together. After the last attempt it is given up.
pub(super) const WAITS_MS: [u64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// The longest an endpoint can ask to be left alone, in milliseconds.
const LONGEST_MS: u64 = 24 * HOUR;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) state: DeliveryState,
    /// How long until it is sent again, in milliseconds.
    pub(super) wait_ms: u64,
    /// The endpoint said that it is gone.
    pub(super) is_gone: bool,
    /// The answer in a few words.
    pub(super) told: String,
}

/// What came of an attempt, which was the `attempts`-th.
pub(super) fn judge(answer: &Result<(u16, HeaderMap), Fault>, attempts: u32, now: Timestamp) -> Verdict {
    let told = match answer {
        Ok((status, _)) => status.to_string(),
        Err(fault) => format!("{}: {}", fault.code, fault.message),
    };
    let ended = |state, is_gone| Verdict { state, wait_ms: 0, is_gone, told: told.clone() };
    match answer {
        Ok((200..=299, _)) => return ended(DeliveryState::Delivered, false),
        Ok((410, _)) => return ended(DeliveryState::Failed, true),
        Ok(_) | Err(_) => {}
    }
    let step = usize::try_from(attempts).unwrap_or(usize::MAX).saturating_sub(1);
    let Some(wait) = WAITS_MS.get(step) else {
        return ended(DeliveryState::Failed, false);
    };
    let asked = answer.as_ref().ok().and_then(|(_, headers)| asked_ms(headers, now)).unwrap_or_default();
    // Up to a tenth more, so that what failed together does not come back together.
    let jitter = fastrand::u64(0..=wait / 10);
    Verdict {
        state: DeliveryState::Waiting,
        wait_ms: (wait + jitter).max(asked.min(LONGEST_MS)),
        is_gone: false,
        told,
    }
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3), in milliseconds.
fn asked_ms(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds.saturating_mul(SECOND));
    }
    u64::try_from(http_date::parse(text)?.duration_since(now).as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use nave_model::fault::codes;

    use super::*;

    fn check(status: u16, retry_after: Option<&str>, attempts: u32, expected: &str) {
        let mut headers = HeaderMap::new();
        if let Some(text) = retry_after {
            headers.insert(RETRY_AFTER, text.parse().unwrap());
        }
        let now = "2026-11-30T15:00:00Z".parse().unwrap();
        let verdict = judge(&Ok((status, headers)), attempts, now);
        // The jitter is a tenth at most: whole steps stay apart.
        let step = WAITS_MS.iter().position(|wait| (*wait..=wait + wait / 10).contains(&verdict.wait_ms));
        let wait = match step {
            Some(step) => format!("step {step}"),
            None => format!("{} s", verdict.wait_ms / SECOND),
        };
        assert_eq!(format!("{:?} {wait} {}", verdict.state, verdict.is_gone), expected);
    }

    #[test]
    fn an_answer_means_something() {
        check(200, None, 1, "Delivered 0 s false");
        check(204, None, 10, "Delivered 0 s false");
        check(410, None, 1, "Failed 0 s true");
        for status in [301, 400, 404, 429, 500, 503] {
            check(status, None, 1, "Waiting step 0 false");
        }
        check(500, None, 9, "Waiting step 8 false");
        check(500, None, 10, "Failed 0 s false");
    }

    #[test]
    fn an_endpoint_can_ask_for_time() {
        check(429, Some("120"), 1, "Waiting 120 s false");
        check(429, Some("1"), 1, "Waiting step 0 false");
        check(503, Some("Mon, 30 Nov 2026 15:02:00 GMT"), 1, "Waiting 120 s false");
        check(503, Some("99999999999999999999"), 1, "Waiting step 0 false");
        check(503, Some("9999999999"), 1, "Waiting step 8 false");
        check(503, Some("soon"), 1, "Waiting step 0 false");
    }

    #[test]
    fn it_takes_about_three_days() {
        let days = WAITS_MS.iter().sum::<u64>() as f64 / (24.0 * HOUR as f64);
        assert!((3.0..3.5).contains(&days), "{days}");
        let refused = Err(Fault::new(codes::UNREACHABLE, "nobody is there"));
        let verdict = judge(&refused, 1, Timestamp::UNIX_EPOCH);
        assert_eq!(verdict.told, "E-UNREACHABLE: nobody is there");
    }
}
