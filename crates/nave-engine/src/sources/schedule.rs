//! Schedules: which times of `every` and `cron` are due, and the task that fires them. A time is fired
//! once: the cursor moves with the start, and the time itself is what makes two starts the same.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nave_flow::cron::Cron;
use nave_flow::duration;
use nave_flow::flow::{Missed, Trigger, TriggerKind};
use nave_model::Fault;
use nave_model::fault::codes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::MOST_WAITING;
use super::door::{Begin, Door, TENANT, now_ms, room};
use super::health::Report;

/// A time is missed when it is later than this.
const LATE_MS: u64 = 60_000;
/// A clock that went back farther than this was wrong before; waiting for it would take too long.
const BACK_MS: u64 = 24 * 60 * 60 * 1000;
/// The most times that are fired in one write.
const MOST: usize = 256;
/// The longest that a clock is not looked at, because it may be set.
const LONGEST: Duration = Duration::from_secs(10);

/// A schedule of a flow.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// Its name, and that of its cursor.
    pub(super) name: String,
    pub(super) flow: String,
    pub(super) rule: Rule,
    pub(super) missed: Missed,
}

/// When a schedule fires.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    /// Whole multiples of this many milliseconds since 1970, so that a restart moves nothing.
    Every(u64),
    /// The times of a cron expression.
    Cron { expression: String, cron: Cron, zone: TimeZone, zone_name: String },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Every(interval_ms) => write!(f, "every {}", duration::print(*interval_ms)),
            Rule::Cron { expression, zone_name, .. } => write!(f, "cron {expression} {zone_name}"),
        }
    }
}

impl Rule {
    /// The first time behind `after_ms`.
    fn next_after(&self, after_ms: u64) -> Option<u64> {
        match self {
            Rule::Every(interval_ms) => {
                after_ms.checked_div(*interval_ms)?.checked_add(1)?.checked_mul(*interval_ms)
            }
            Rule::Cron { cron, zone, .. } => milliseconds(cron.next_after(timestamp(after_ms)?, zone)?),
        }
    }

    /// The last time up to `until_ms`, but behind `after_ms`.
    fn last_before(&self, after_ms: u64, until_ms: u64) -> Option<u64> {
        match self {
            Rule::Every(interval_ms) => {
                let last = until_ms.checked_div(*interval_ms)?.checked_mul(*interval_ms)?;
                (last > after_ms).then_some(last)
            }
            Rule::Cron { cron, zone, .. } => {
                milliseconds(cron.last_before(timestamp(after_ms)?, timestamp(until_ms)?, zone)?)
            }
        }
    }
}

fn timestamp(ms: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()
}

fn milliseconds(time: Timestamp) -> Option<u64> {
    u64::try_from(time.as_millisecond()).ok()
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Due {
    /// The times to fire, in order.
    times: Vec<u64>,
    /// Everything up to here is done with them.
    handled_ms: u64,
}

/// What is due, where everything up to `handled_ms` is done. `None`: nothing.
fn due(rule: &Rule, missed: Missed, handled_ms: u64, now_ms: u64) -> Option<Due> {
    if handled_ms > now_ms.saturating_add(BACK_MS) {
        return Some(Due { times: Vec::new(), handled_ms: now_ms });
    }
    let first = rule.next_after(handled_ms).filter(|time| *time <= now_ms)?;
    if missed == Missed::All {
        let next = |time: &u64| rule.next_after(*time).filter(|time| *time <= now_ms);
        let times: Vec<u64> = std::iter::successors(Some(first), next).take(MOST).collect();
        let handled_ms = times.last().copied().unwrap_or(first);
        return Some(Due { times, handled_ms });
    }
    let last = rule.last_before(handled_ms, now_ms).unwrap_or(first);
    let is_passed_over = missed == Missed::Skip && now_ms.saturating_sub(last) > LATE_MS;
    Some(Due { times: if is_passed_over { Vec::new() } else { vec![last] }, handled_ms: last })
}

/// What is kept of a schedule.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    handled_ms: u64,
}

impl Schedule {
    /// The schedule of a trigger, where it is one. Its name is still to be given.
    pub(super) fn of(flow: &str, trigger: &Trigger) -> Result<Option<Schedule>, Fault> {
        let (rule, missed) = match &trigger.kind {
            TriggerKind::Every { interval_ms, missed } => (Rule::Every(*interval_ms), *missed),
            TriggerKind::Cron { expression, zone, missed } => (cron(expression, zone, trigger)?, *missed),
            TriggerKind::Event { .. }
            | TriggerKind::Webhook { .. }
            | TriggerKind::Each { .. }
            | TriggerKind::Manual => return Ok(None),
        };
        Ok(Some(Schedule { name: String::new(), flow: flow.to_owned(), rule, missed }))
    }

    /// Fires what is due, for ever.
    pub(super) async fn run(&self, door: &dyn Door, report: &Report) {
        let mut handled: Option<u64> = None;
        loop {
            let at_ms = now_ms(door.clock().as_ref());
            let done = match handled {
                None => self.take_up(door, at_ms).await.map(Some),
                Some(handled_ms) => self.fire(door, report, handled_ms, at_ms).await,
            };
            match done {
                Ok(Some(handled_ms)) => handled = Some(handled_ms),
                Ok(None) => {
                    let next = handled.and_then(|handled_ms| self.rule.next_after(handled_ms));
                    report.next(next);
                    let left = Duration::from_millis(next.unwrap_or(u64::MAX).saturating_sub(at_ms));
                    door.clock().sleep(left.clamp(Duration::from_millis(1), LONGEST)).await;
                }
                Err(fault) => {
                    let failures = report.failed(at_ms, &fault);
                    tracing::warn!(source = %self.name, code = fault.code.name, "a schedule cannot fire");
                    // It is not known what was written; what is kept says it.
                    handled = None;
                    door.clock().sleep(pause(failures, &fault)).await;
                }
            }
        }
    }

    /// Where it stopped; where it is new, now.
    async fn take_up(&self, door: &dyn Door, at_ms: u64) -> Result<u64, Fault> {
        let kept = door.store().cursor(self.name.clone()).await?;
        if let Some(kept) = kept.and_then(|kept| serde_json::from_slice::<Cursor>(&kept).ok()) {
            return Ok(kept.handled_ms);
        }
        door.begin(TENANT, &self.flow, Vec::new(), self.cursor(at_ms)).await?;
        Ok(at_ms)
    }

    /// Fires what is due at a time; gives up to where, or nothing where nothing was.
    async fn fire(
        &self,
        door: &dyn Door,
        report: &Report,
        handled_ms: u64,
        at_ms: u64,
    ) -> Result<Option<u64>, Fault> {
        let Some(due) = due(&self.rule, self.missed, handled_ms, at_ms) else { return Ok(None) };
        if due.handled_ms < handled_ms {
            tracing::warn!(source = %self.name, "the clock was set back by more than a day");
        }
        let starts: Vec<Begin> = due.times.iter().filter_map(|time| self.start(*time)).collect();
        let count = starts.len() as u64;
        room(door, TENANT, MOST_WAITING).await?;
        let refused = door.begin(TENANT, &self.flow, starts, self.cursor(due.handled_ms)).await?;
        if let Some((_, fault)) = refused.into_iter().next() {
            return Err(fault);
        }
        report.next(self.rule.next_after(due.handled_ms));
        report.did_well(at_ms, count, None, None);
        tracing::debug!(source = %self.name, flow = self.flow, starts = count, "a schedule fired");
        Ok(Some(due.handled_ms))
    }

    fn start(&self, time_ms: u64) -> Option<Begin> {
        let time = timestamp(time_ms)?.to_string();
        Some(Begin { dedup: format!("{}:{time}", self.name), data: json!({ "scheduled_at": time }) })
    }

    fn cursor(&self, handled_ms: u64) -> Vec<(String, Vec<u8>)> {
        vec![(self.name.clone(), json!(Cursor { handled_ms }).to_string().into_bytes())]
    }
}

/// How long is waited after a number of failures in a row.
pub(super) fn pause(failures: u32, fault: &Fault) -> Duration {
    let system_says = fault.retry_after_ms.map(Duration::from_millis);
    // Never less than a quarter of the pause, so that a store that fails at once is not asked in a loop.
    nave_call::retry::pause(failures, system_says, 0.25 + 0.75 * fastrand::f64())
}

fn cron(expression: &str, zone: &str, trigger: &Trigger) -> Result<Rule, Fault> {
    let wrong = |message: String| Fault::new(codes::FLOW_INVALID, message).with_at(trigger.at.clone());
    let cron = Cron::parse(expression).map_err(|error| wrong(error.message))?;
    let found = TimeZone::get(zone).map_err(|_| wrong(format!("there is no time zone `{zone}`")))?;
    let (expression, zone_name) = (expression.to_owned(), zone.to_owned());
    Ok(Rule::Cron { expression, cron, zone: found, zone_name })
}

#[cfg(test)]
mod tests;
