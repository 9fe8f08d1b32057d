//! What one attempt teaches its connection: the breaker, the limits, the usual time to answer.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use nave_model::Fault;
use nave_model::fault::codes;

use crate::admit::Permit;
use crate::admit::headers::Signals;
use crate::breaker::{Ended, Pass};
use crate::clock::Clock;
use crate::connection::Connection;

/// The pause after a system said "too many calls" and not for how long.
const UNSAID_PAUSE: Duration = Duration::from_secs(1);

/// The right to send on a connection. Dropped without an outcome, it says nothing about the system.
#[derive(Debug)]
pub(super) struct Health<'a> {
    connection: &'a Connection,
    clock: &'a Arc<dyn Clock>,
    pass: Pass,
    ended: Ended,
}

impl<'a> Health<'a> {
    /// Asks the breaker.
    ///
    /// # Errors
    /// `E-BREAKER-OPEN`, with the time until it is worth asking again.
    pub(super) fn enter(connection: &'a Connection, clock: &'a Arc<dyn Clock>) -> Result<Self, Fault> {
        let mut breaker = connection.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match breaker.enter(clock.now()) {
            Ok(pass) => Ok(Health { connection, clock, pass, ended: Ended::Unknown }),
            Err(wait) => {
                let message =
                    format!("the system of `{}` keeps failing, and calls are held back", connection.name);
                let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                Err(Fault::new(codes::BREAKER_OPEN, message).with_retry_after_ms(millis))
            }
        }
    }

    /// Learns from one attempt: how long it took, what the answer's headers said, how it ended.
    pub(super) fn learn(
        mut self,
        permit: Permit,
        position: usize,
        mut signals: Signals,
        fault: Option<&Fault>,
    ) {
        self.ended = fault.map_or(Ended::Healthy, ended);
        let limited = fault.is_some_and(|fault| fault.code == codes::RATE_LIMITED);
        if limited && signals.retry_after.is_none() {
            let exhausted = signals.left.filter(|(calls, _)| *calls == 0).map(|(_, reset)| reset);
            signals.retry_after = Some(exhausted.unwrap_or(UNSAID_PAUSE));
        }
        // How long a connection took to break says nothing about how fast the system is.
        match fault {
            Some(fault)
                if matches!(self.ended, Ended::Failed)
                    && fault.status.is_none()
                    && fault.code != codes::TIMEOUT =>
            {
                drop(permit);
            }
            _ => permit.answered(position, &signals),
        }
    }
}

impl Drop for Health<'_> {
    fn drop(&mut self) {
        let now = self.clock.now();
        let mut breaker = self.connection.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        let before = breaker.holds_back(now);
        breaker.leave(now, self.pass, self.ended);
        let after = breaker.holds_back(now);
        drop(breaker);
        let connection = self.connection.name.as_str();
        match (before, after) {
            (false, true) => tracing::warn!(connection, "the system keeps failing; calls are held back"),
            (true, false) if self.ended == Ended::Healthy => {
                tracing::info!(connection, "the system answers again; calls go on");
            }
            _ => {}
        }
    }
}

/// What a fault says about the system's health.
fn ended(fault: &Fault) -> Ended {
    let down = [codes::UNREACHABLE, codes::TLS, codes::CONNECTION_LOST, codes::TIMEOUT, codes::UNAVAILABLE];
    if down.contains(&fault.code) {
        Ended::Failed
    } else if fault.status.is_some() {
        Ended::Healthy
    } else {
        Ended::Unknown
    }
}
