//! What is counted of an engine, for the metrics endpoint: counters kept here, gauges asked of the store.
//! How they are written on the wire is left to the server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nave_model::Fault;
use nave_store::Store;
use nave_store::batch::Message;
use serde::Serialize;

use crate::names::made_ms;
use crate::shared::Shared;
use crate::written::{Startup, from_bytes};

/// Upper bounds of the buckets of commit latency: microseconds.
const BUCKETS_US: [u64; 12] =
    [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 125_000, 250_000, 1_000_000, 5_000_000];

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
    pub(crate) commits: Count,
    pub(crate) commits_failed: Count,
    commit_us: Count,
    buckets: [Count; BUCKETS_US.len()],
    /// Runs in memory right now.
    pub(crate) loaded: Count,
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
    /// A batch was written.
    pub(crate) fn committed(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.commits.add(1);
        self.commit_us.add(us);
        for (bound, bucket) in BUCKETS_US.iter().zip(&self.buckets) {
            if us <= *bound {
                bucket.add(1);
            }
        }
    }

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
    for (bound, bucket) in BUCKETS_US.iter().zip(&counters.buckets) {
        let le = float(*bound) / 1e6;
        let (value, kind) = (float(bucket.get()), FigureKind::Bucket);
        figures.push(Figure {
            name: "nave_commit_seconds",
            help,
            labels: vec![("le", le.to_string())],
            value,
            kind,
        });
    }
    figures.push(counter("nave_commit_seconds_count", help, counters.commits.get()));
    figures.push(Figure {
        value: float(counters.commit_us.get()) / 1e6,
        ..counter("nave_commit_seconds_sum", help, 0)
    });
    figures.push(gauge("nave_runs_loaded", "Runs in memory.", float(counters.loaded.get())));
    backlog(shared, &mut figures).await?;
    parked(shared, &mut figures).await?;
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

/// How the store is doing.
fn store(store: &dyn Store, figures: &mut Vec<Figure>) {
    let health = store.health();
    let failing = if health.failing.is_some() { 1.0 } else { 0.0 };
    figures.push(gauge("nave_store_failing", "1 while writing does not work.", failing));
    figures.push(gauge("nave_store_bytes", "Bytes on disk.", float(health.bytes)));
    figures.push(gauge("nave_store_waiting", "Writes that wait right now.", float(health.waiting)));
    figures.push(counter("nave_store_syncs", "Transactions synced.", health.syncs));
    figures.push(counter("nave_store_batches", "Batches and intakes in them.", health.batches));
}
