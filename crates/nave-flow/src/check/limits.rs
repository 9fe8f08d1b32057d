//! How many calls one run may make, and what that means for the limits of its connections.

use std::collections::BTreeMap;

use nave_model::fault::codes;
use nave_model::{At, Problem};
use serde::Serialize;

use super::World;
use super::checker::Checker;
use crate::flow::TriggerKind;

/// A run that needs longer than this for its calls is warned of, in seconds.
const LONGEST: f64 = 3_600.0;

/// How many calls one run may make on a connection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The connection.
    pub connection: String,
    /// The most calls as far as they can be counted, repetitions and undos left out.
    pub calls: f64,
    /// Whether there may be more: a loop goes over a list whose length nothing bounds. Such a loop counts
    /// as one round.
    pub unbounded: bool,
    /// The calls per second that the connection, or else its connector, allows.
    pub per_second: Option<f64>,
}

/// Calls of one connection.
#[derive(Debug, Clone, Default)]
struct Count {
    calls: f64,
    unbounded: bool,
    /// Where most of them are made.
    at: At,
    most: f64,
}

/// Calls that were counted so far.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    by_connection: BTreeMap<String, Count>,
    /// How often what is looked at runs.
    times: f64,
    unbounded: bool,
}

impl Default for Calls {
    fn default() -> Self {
        Calls { by_connection: BTreeMap::new(), times: 1.0, unbounded: false }
    }
}

impl Calls {
    /// From here on everything runs so many times; `None`: nothing says how many. Gives what to hand to
    /// [`Calls::leave`].
    pub(super) fn enter(&mut self, rounds: Option<u64>) -> (f64, bool) {
        let outer = (self.times, self.unbounded);
        match rounds {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            Some(rounds) => self.times *= rounds as f64,
            None => self.unbounded = true,
        }
        outer
    }

    pub(super) fn leave(&mut self, (times, unbounded): (f64, bool)) {
        self.times = times;
        self.unbounded = unbounded;
    }

    /// Counts a call.
    pub(super) fn count(&mut self, connection: &str, at: &At) {
        let (times, unbounded) = (self.times, self.unbounded);
        let count = self.by_connection.entry(connection.to_owned()).or_default();
        count.calls += times;
        count.unbounded |= unbounded;
        if times > count.most {
            count.most = times;
            count.at = at.clone();
        }
    }

    /// Counts the calls of another flow that is run.
    pub(super) fn add(&mut self, other: &Calls) {
        for (connection, calls) in &other.by_connection {
            let (times, unbounded) = (self.times, self.unbounded);
            let count = self.by_connection.entry(connection.clone()).or_default();
            count.calls += times * calls.calls;
            count.unbounded |= unbounded || calls.unbounded;
        }
    }

    /// What was counted, with the limits that are known.
    pub(super) fn estimates(&self, world: &dyn World) -> Vec<Estimate> {
        let estimate = |(connection, count): (&String, &Count)| Estimate {
            connection: connection.clone(),
            calls: count.calls,
            unbounded: count.unbounded,
            per_second: rate(world, connection),
        };
        self.by_connection.iter().map(estimate).collect()
    }
}

impl Checker<'_, '_> {
    /// Warns where a run needs very long for its calls, or where runs begin faster than they can end.
    pub(super) fn over_limits(&mut self) {
        let world = self.shared.world;
        let interval = self.flow.triggers.iter().find_map(|trigger| match trigger.kind {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            TriggerKind::Every { interval_ms, .. } => {
                Some((interval_ms as f64 / 1_000.0, trigger.at.clone()))
            }
            _ => None,
        });
        let mut problems = Vec::new();
        for (connection, count) in &self.calls.by_connection {
            let Some(rate) = rate(world, connection).filter(|rate| *rate > 0.0) else { continue };
            let needed = count.calls / rate;
            let calls = count.calls;
            let at = if count.at == At::default() { &self.flow.at } else { &count.at };
            if needed > LONGEST {
                let message = format!(
                    "one run may make {calls} calls on `{connection}`, which allows {rate} per second: that takes {}",
                    length(needed)
                );
                let hint = "go through fewer items in one run, or use an operation that takes many at once";
                problems.push(Problem::new(codes::FLOW_LIMIT, at.clone(), message).hint(hint));
            } else if let Some((seconds, at)) = interval.as_ref().filter(|(seconds, _)| needed > *seconds) {
                let message = format!(
                    "a run begins every {}, and may make {calls} calls on `{connection}`, which allows {rate} per second: that takes {}",
                    length(*seconds),
                    length(needed)
                );
                let hint = "begin less often, or make fewer calls";
                problems.push(Problem::new(codes::FLOW_LIMIT, at.clone(), message).hint(hint));
            }
        }
        for problem in problems {
            self.warning(problem);
        }
    }
}

/// The calls per second that a connection, or else its connector, allows.
fn rate(world: &dyn World, connection: &str) -> Option<f64> {
    let connected = world.connection(connection)?;
    let limits = connected.connector.manifest.limits.as_ref();
    connected.connection.limits.per_second.or_else(|| limits?.per_second)
}

/// Seconds in words.
fn length(seconds: f64) -> String {
    let (amount, unit) = if seconds >= 2.0 * 86_400.0 {
        (seconds / 86_400.0, "days")
    } else if seconds >= 2.0 * 3_600.0 {
        (seconds / 3_600.0, "hours")
    } else if seconds >= 120.0 {
        (seconds / 60.0, "minutes")
    } else {
        (seconds, "seconds")
    };
    let rounded = (amount * 10.0).round() / 10.0;
    format!("{rounded} {unit}")
}
