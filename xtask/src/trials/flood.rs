//! Very many webhook deliveries, part of them twice, very many at the same time: effects equal uniques.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::documents::{Documents, effect};
use super::figures::{Durations, rate};
use super::hub::{Desk, Place, Target};
use super::load::{self, PLACED, Sender};
use super::options::{Known, Options, known};
use super::report::Report;
use super::system::{Manner, System};
use super::{clock, process};
use crate::say;

/// The options.
pub(crate) const OPTIONS: [Known; 4] = [
    known("events", "1_000_000", "deliveries, duplicates included"),
    known("duplicates", "30", "how many of a hundred deliveries repeat another"),
    known("together", "10_000", "deliveries under way at the same time"),
    known("patience", "60", "seconds without any progress before what is left counts as lost"),
];

/// What the senders share.
struct Flood {
    /// The unique numbers in the order of sending; a number that comes again is a duplicate.
    order: Vec<u32>,
    next: AtomicUsize,
    broken: AtomicU64,
    away: AtomicU64,
    first: Barrier,
}

/// Runs the trial.
pub(crate) async fn run(place: Place, options: Options) -> anyhow::Result<Report> {
    let (events, together) = (options.count("events")?, options.count("together")?);
    let (seed, mut choices) = options.choices()?;
    let (order, uniques) = order(events, options.count("duplicates")?, &mut choices);
    say(&format!("{events} deliveries of {uniques} events, {together} at a time; --seed {seed}."));
    let honest = System::start(Manner { honours_keys: true, ..Manner::default() }).await?;
    let documents = Documents::new(place.folder())?;
    documents.connection("honest", "honest", honest.address, "limits: { concurrency: 64 }\n")?;
    documents.flow("trial/order", PLACED, &effect("paid", "honest"))?;
    let (hub, target) = place.ready().await?;

    let began = clock::now();
    let flood = Arc::new(Flood {
        order,
        next: AtomicUsize::new(0),
        broken: AtomicU64::new(0),
        away: AtomicU64::new(0),
        first: Barrier::new(together),
    });
    let durations = sent(&flood, &target, together).await?;
    let acknowledged = clock::micros(began);
    let highest = process::resident(hub.pid()?)?;
    let mut desk = Desk::open(&target).await?;
    drained(&mut desk, &honest, uniques, options.number("patience")?).await?;
    let all = clock::micros(began);

    let mut report = Report::new(format!("{events} deliveries of {uniques} events, {together} at a time"));
    report.row("deliveries acknowledged", durations.count());
    report.row("acknowledged a second", rate(events, acknowledged));
    report.row("time of an acknowledgement", durations.shown());
    report.row("sends without an answer", flood.broken.load(Ordering::Relaxed));
    report.row("sends the hub could not take (5xx)", flood.away.load(Ordering::Relaxed));
    report.row("runs ended a second", rate(uniques, all));
    report.row("memory of the hub behind the flood", process::megabytes(highest));
    report.row("unique events", uniques);
    report.row("effects", honest.seen.effects());
    report.must("every delivery was acknowledged", durations.count() == events);
    report.must("effects equal unique events", honest.seen.effects() == uniques);
    report.none("effects that happened twice", &honest.seen.doubled());
    report.none("events that could not be handled", &desk.some("/dead?limit=10").await?);
    let missing: Vec<usize> =
        (0..uniques).filter(|number| honest.seen.times(&format!("e{number}"), "paid") == 0).collect();
    report.none("events without their effect", &missing);
    hub.stop().await?;
    Ok(report)
}

/// A random order in which each unique number stands once and the rest are repeats; and how many uniques.
fn order(events: usize, duplicates: usize, choices: &mut fastrand::Rng) -> (Vec<u32>, usize) {
    let uniques = (events * (100 - duplicates.min(99)) / 100).max(1);
    let mut order: Vec<u32> = (0..u32::try_from(uniques).unwrap_or(u32::MAX)).collect();
    while order.len() < events {
        // Mostly of what was just sent, as vendors repeat; sometimes of long ago.
        order.push(choices.u32(..u32::try_from(uniques).unwrap_or(u32::MAX)));
    }
    choices.shuffle(&mut order);
    (order, uniques)
}

/// Connects everybody first, so that the first wave comes at once; then sends all.
async fn sent(flood: &Arc<Flood>, target: &Target, together: usize) -> anyhow::Result<Durations> {
    let mut tasks = JoinSet::new();
    for _ in 0..together {
        tasks.spawn(deliver(Arc::clone(flood), Sender::to(target)));
    }
    let mut micros = Vec::with_capacity(flood.order.len());
    while let Some(ended) = tasks.join_next().await {
        micros.extend(ended??);
    }
    Ok(Durations::of(micros))
}

async fn deliver(flood: Arc<Flood>, mut sender: Sender) -> anyhow::Result<Vec<u64>> {
    let mut micros = Vec::new();
    while sender.connect().await.is_err() {
        flood.broken.fetch_add(1, Ordering::Relaxed);
        clock::pause(50).await;
    }
    flood.first.wait().await;
    while let Some(number) = flood.order.get(flood.next.fetch_add(1, Ordering::Relaxed)) {
        let id = format!("e{number}");
        let data = json!({"id": id}).to_string();
        let began = clock::now();
        let tries = sender.insist(&|_: &Target| load::webhook(&id, "order.placed", &data)).await?;
        micros.push(clock::micros(began));
        flood.broken.fetch_add(tries.broken, Ordering::Relaxed);
        flood.away.fetch_add(tries.away, Ordering::Relaxed);
    }
    Ok(micros)
}

/// Waits until all effects are there, or nothing moves any more; and then for late repeats.
async fn drained(desk: &mut Desk, honest: &System, uniques: usize, patience: u64) -> anyhow::Result<()> {
    let (mut before, mut still) = (0, clock::now());
    let mut shown = clock::now();
    loop {
        let effects = honest.seen.effects();
        if effects != before {
            (before, still) = (effects, clock::now());
        }
        if effects >= uniques || clock::now().duration_since(still).as_secs() > patience {
            break;
        }
        if clock::now().duration_since(shown).as_secs() >= 10 {
            shown = clock::now();
            say(&format!("  {effects} effects of {uniques}"));
        }
        clock::pause(100).await;
    }
    // A repeat would come while runs are still under way.
    for _ in 0..300 {
        if desk.some("/runs?phase=active&limit=1").await?.is_empty() {
            break;
        }
        clock::pause(100).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unique_stands_in_the_order_and_the_rest_repeats() {
        let (order, uniques) = order(1000, 30, &mut fastrand::Rng::with_seed(1));
        assert_eq!((order.len(), uniques), (1000, 700));
        let mut once = order;
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), 700);
    }
}
