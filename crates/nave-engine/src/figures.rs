//! What is counted of an engine, for the metrics endpoint: counters kept here, gauges asked of the store.
//! How they are written on the wire is left to the server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use nave_call::breaker::Standing;
use nave_call::meter::Measured;
use nave_model::Fault;
use nave_store::Store;
use nave_store::batch::Message;
use nave_store::record::{CallFilter, CallState, Page};
use serde::Serialize;

use crate::names::made_ms;
use crate::shared::Shared;
use crate::written::{Startup, from_bytes};

use histogram::{Histogram, Names, Read};

mod histogram;

/// Upper bounds of the buckets of commits, in microseconds: from a fast disk to one that hangs.
const COMMITS_US: [u64; 12] =
    [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 125_000, 250_000, 1_000_000, 5_000_000];
/// Those of runs: from a few milliseconds to a day, because runs wait for systems and people.
const RUNS_US: [u64; 12] = [
    10_000,
    25_000,
    60_000,
    250_000,
    1_000_000,
    5_000_000,
    30_000_000,
    60_000_000,
    600_000_000,
    3_600_000_000,
    21_600_000_000,
    86_400_000_000,
];
/// How many records are counted of what should be few: each is read for it, and more are as bad.
const MOST_COUNTED: usize = 100;

/// A number with a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Its name, for example `nave_events_accepted`.
    pub name: &'static str,
    /// What it says, in a sentence.
    pub help: &'static str,
    /// Labels and their values.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub value: f64,
    /// How it behaves.
    pub kind: FigureKind,
}

/// How a number behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FigureKind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
    /// A bucket of a histogram: how many were at most `le` seconds; `_count` and `_sum` beside it.
    Bucket,
}

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) accepted: Count,
    pub(crate) duplicates: Count,
    pub(crate) dead: Count,
    pub(crate) begun: Count,
    pub(crate) completed: Count,
    pub(crate) failed: Count,
    pub(crate) cancelled: Count,
    pub(crate) calls: Count,
    pub(crate) steps_done: Count,
    pub(crate) steps_failed: Count,
    pub(crate) steps_unknown: Count,
    pub(crate) steps_parked: Count,
    pub(crate) timers: Count,
    pub(crate) commits_failed: Count,
    pub(crate) times: Times,
    /// Runs in memory right now.
    pub(crate) loaded: Count,
}

/// How long things took.
#[derive(Debug)]
pub(crate) struct Times {
    /// Batches of lanes, until they were on disk.
    pub(crate) commits: Histogram<{ COMMITS_US.len() }>,
    /// Runs, from their making to their end.
    pub(crate) runs: Histogram<{ RUNS_US.len() }>,
}

impl Default for Times {
    fn default() -> Self {
        Times { commits: Histogram::new(COMMITS_US), runs: Histogram::new(RUNS_US) }
    }
}

/// A number that many change.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, less: u64) {
        self.0.fetch_sub(less, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    fn simple(&self) -> Vec<(&'static str, &'static str, &Count)> {
        vec![
            ("nave_events_accepted", "Events that were accepted.", &self.accepted),
            ("nave_events_duplicate", "Events that had been accepted before.", &self.duplicates),
            ("nave_messages_dead", "Messages that could not be handled.", &self.dead),
            ("nave_runs_begun", "Runs that began.", &self.begun),
            ("nave_runs_completed", "Runs that ended as they should.", &self.completed),
            ("nave_runs_failed", "Runs that ended by a fault.", &self.failed),
            ("nave_runs_cancelled", "Runs that were cancelled.", &self.cancelled),
            ("nave_calls_begun", "Calls of runs that were begun.", &self.calls),
            ("nave_steps_done", "Calls of runs that were done.", &self.steps_done),
            ("nave_steps_failed", "Calls of runs that were provably not done.", &self.steps_failed),
            ("nave_steps_unknown", "Calls of runs whose outcome nobody knew.", &self.steps_unknown),
            ("nave_steps_parked", "Calls of runs that were held back.", &self.steps_parked),
            ("nave_timers_fired", "Timers that fired.", &self.timers),
            ("nave_commits_failed", "Batches that could not be written.", &self.commits_failed),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are floating-point by nature")]
fn float(number: u64) -> f64 {
    number as f64
}

fn counter(name: &'static str, help: &'static str, value: u64) -> Figure {
    Figure { name, help, labels: Vec::new(), value: float(value), kind: FigureKind::Counter }
}

fn gauge(name: &'static str, help: &'static str, value: f64) -> Figure {
    Figure { name, help, labels: Vec::new(), value, kind: FigureKind::Gauge }
}

/// Everything that is counted.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn figures(shared: &Shared) -> Result<Vec<Figure>, Fault> {
    let counters = &shared.counters;
    let mut figures: Vec<Figure> =
        counters.simple().into_iter().map(|(name, help, count)| counter(name, help, count.get())).collect();
    let help = "How long lanes waited for their batches to be on disk.";
    let names = Names("nave_commit_seconds", "nave_commit_seconds_count", "nave_commit_seconds_sum");
    figures.extend(counters.times.commits.figures(names, help));
    let help = "How long runs took, from their making to their end, with all their waiting.";
    let names = Names("nave_run_seconds", "nave_run_seconds_count", "nave_run_seconds_sum");
    figures.extend(counters.times.runs.figures(names, help));
    figures.push(gauge("nave_runs_loaded", "Runs in memory.", float(counters.loaded.get())));
    backlog(shared, &mut figures).await?;
    parked(shared, &mut figures).await?;
    connections(shared, &mut figures);
    counted(shared, &mut figures).await?;
    store(&*shared.store, &mut figures);
    Ok(figures)
}

/// How many messages are looked at for one that says when it came: what runs are told does not.
const DATED: usize = 16;

/// When a message came, where it says so.
fn appended_ms(message: &Message) -> Option<u64> {
    match message {
        Message::Event(event) => Some(event.received_ms),
        Message::Start(bytes) => match from_bytes("the start of a run", bytes).ok()? {
            Startup::Run(starting) => made_ms(&starting.run),
            Startup::Offer { event, .. } => Some(event.received_ms),
            Startup::Item { .. } | Startup::Group { .. } => None,
        },
        Message::Told { .. } => None,
    }
}

/// What waits in the lanes.
async fn backlog(shared: &Shared, figures: &mut Vec<Figure>) -> Result<(), Fault> {
    let now_ms = shared.now_ms();
    for lane in 0..shared.lanes() {
        let backlog = shared.store.backlog(lane).await?;
        let waiting: u64 = backlog.iter().map(|tenant| tenant.last.saturating_sub(tenant.consumed)).sum();
        let mut oldest_ms = now_ms;
        for tenant in backlog {
            let read = shared.store.read(lane, tenant.tenant, tenant.consumed, DATED).await?;
            let dated = read.iter().find_map(|queued| appended_ms(queued.message.as_ref().ok()?));
            oldest_ms = oldest_ms.min(dated.unwrap_or(now_ms));
        }
        let help = "Messages that wait in a lane.";
        let labels = vec![("lane", lane.to_string())];
        figures.push(Figure { labels: labels.clone(), ..gauge("nave_lane_backlog", help, float(waiting)) });
        let help = "For how long the oldest message has waited in a lane.";
        let age = float(now_ms.saturating_sub(oldest_ms)) / 1e3;
        figures.push(Figure { labels, ..gauge("nave_lane_age_seconds", help, age) });
    }
    Ok(())
}

/// What is held back.
async fn parked(shared: &Shared, figures: &mut Vec<Figure>) -> Result<(), Fault> {
    let now_ms = shared.now_ms();
    for (tenant, connection, count, oldest_ms) in shared.store.parked_sums().await? {
        let is_held = if shared.calls.is_held(&tenant, &connection) { 1.0 } else { 0.0 };
        let labels = vec![("tenant", tenant), ("connection", connection)];
        let help = "1 while new calls of a connection are held back as well.";
        figures.push(Figure { labels: labels.clone(), ..gauge("nave_connection_held", help, is_held) });
        let help = "Calls that are held back at a connection.";
        figures.push(Figure { labels: labels.clone(), ..gauge("nave_parked", help, float(count)) });
        let help = "For how long the oldest call has been held back at a connection.";
        let age = float(now_ms.saturating_sub(oldest_ms)) / 1e3;
        figures.push(Figure { labels, ..gauge("nave_parked_age_seconds", help, age) });
    }
    Ok(())
}

/// How the systems answer, by what was sent to them.
fn connections(shared: &Shared, figures: &mut Vec<Figure>) {
    let caller = Arc::clone(&shared.caller.read().unwrap_or_else(PoisonError::into_inner));
    for (connection, Measured { buckets, seconds, done, refused, failed }) in caller.measured() {
        let of = vec![("connection", connection.to_owned())];
        let standing = match caller.breaker(connection) {
            Ok(Standing::Open(_)) => 2.0,
            Ok(Standing::HalfOpen) => 1.0,
            Ok(Standing::Closed) | Err(_) => 0.0,
        };
        let help = "How a breaker stands: 0 calls go, 1 one call tries, 2 calls are held back.";
        figures.push(Figure { labels: of.clone(), ..gauge("nave_breaker", help, standing) });
        let help = "Attempts of calls by how they ended: done, refused by an answer, failed without one.";
        for (result, count) in [("done", done), ("refused", refused), ("failed", failed)] {
            let labels = [&of[..], &[("result", result.to_owned())]].concat();
            figures.push(Figure { labels, ..counter("nave_attempts", help, count) });
        }
        let names = Names("nave_attempt_seconds", "nave_attempt_seconds_count", "nave_attempt_seconds_sum");
        let help = "How long systems took to answer an attempt of a call.";
        let read = Read { buckets, count: done + refused + failed, sum: seconds };
        figures.extend(histogram::figures(names, help, &of, read));
    }
}

/// What should be few, and waits for a person.
async fn counted(shared: &Shared, figures: &mut Vec<Figure>) -> Result<(), Fault> {
    let page = || Page { after: None, most: MOST_COUNTED };
    let filter = CallFilter { state: Some(CallState::Unknown), ..CallFilter::default() };
    let unknown = shared.store.calls(filter, page()).await?.len() as u64;
    let help = "Calls whose outcome nobody knows, 100 at most.";
    figures.push(gauge("nave_effects_unknown", help, float(unknown)));
    let dead = shared.store.dead(None, page()).await?.len() as u64;
    figures.push(gauge("nave_dead_letters", "Dead letters, 100 at most.", float(dead)));
    let asks = shared.store.asks(None, page()).await?.len() as u64;
    figures.push(gauge("nave_questions", "Questions to people that are open, 100 at most.", float(asks)));
    Ok(())
}

/// How the store is doing.
fn store(store: &dyn Store, figures: &mut Vec<Figure>) {
    let health = store.health();
    let failing = if health.failing.is_some() { 1.0 } else { 0.0 };
    figures.push(gauge("nave_store_failing", "1 while writing does not work.", failing));
    figures.push(gauge("nave_store_bytes", "Bytes on disk.", float(health.bytes)));
    let help = "Bytes of the write-ahead log.";
    figures.push(gauge("nave_store_log_bytes", help, float(health.log_bytes)));
    figures.push(gauge("nave_store_waiting", "Writes that wait right now.", float(health.waiting)));
    figures.push(counter("nave_store_syncs", "Transactions synced.", health.syncs));
    figures.push(counter("nave_store_batches", "Batches and intakes in them.", health.batches));
}
