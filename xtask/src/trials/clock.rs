//! Real time, for trials: they measure a real process, so there is no clock to be moved.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment of the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a trial measures a real process in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Microseconds since a moment.
pub(crate) fn micros(since: Instant) -> u64 {
    u64::try_from(now().duration_since(since).as_micros()).unwrap_or(u64::MAX)
}

/// Time since 1970, UTC: what signatures and `wait until` are made with.
#[expect(clippy::disallowed_methods, reason = "a trial signs its deliveries with the real time")]
pub(crate) fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Lets real time pass.
pub(crate) async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}
