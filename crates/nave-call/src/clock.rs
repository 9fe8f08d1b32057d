//! The one source of time. Everything that waits or measures takes a [`Clock`], so that a test can
//! move time instead of waiting for it.

use std::fmt;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A wait that a clock ends.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Time as the process sees it.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Time since this clock was made. Never goes back; use it to measure.
    fn now(&self) -> Duration;

    /// Calendar time. May jump; use it for what people and other systems read.
    fn wall(&self) -> Timestamp;

    /// Ends after `duration` of this clock's time.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// The machine's time, through tokio: `tokio::time::pause` stops it and `advance` moves it, calendar
/// time included.
#[derive(Debug, Clone)]
pub struct SystemClock {
    /// Moves with tokio's time.
    origin: Instant,
    /// The same moment on the machine's clock, which nothing pauses.
    machine: std::time::Instant,
}

impl SystemClock {
    /// A clock that starts at zero now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    pub fn new() -> Self {
        SystemClock { origin: Instant::now(), machine: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.origin)
    }

    /// The machine's calendar time, so that clock corrections and a laptop's sleep count, moved by as
    /// much as a test moved tokio's time away from the machine's.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn wall(&self) -> Timestamp {
        let calendar = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
        let moved = SignedDuration::try_from(self.now()).unwrap_or(SignedDuration::MAX);
        let passed = SignedDuration::try_from(self.machine.elapsed()).unwrap_or(SignedDuration::MAX);
        calendar.checked_add(moved.saturating_sub(passed)).unwrap_or(calendar)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn both_times_move_with_a_test() {
        let clock = SystemClock::new();
        let (before, wall) = (clock.now(), clock.wall());
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(clock.now() - before, Duration::from_secs(3600));
        let moved = clock.wall().duration_since(wall);
        assert!((moved - SignedDuration::from_secs(3600)).abs() < SignedDuration::from_secs(1), "{moved}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_ends_when_its_time_has_come() {
        let clock = SystemClock::new();
        clock.sleep(Duration::from_secs(60)).await;
        assert!(clock.now() >= Duration::from_secs(60));
    }
}
