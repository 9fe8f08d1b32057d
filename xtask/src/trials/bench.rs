//! How fast the hub is on this machine, each figure beside its yardstick of the same minute, and what limits
//! it. The figures are for people; a trial fails only where one falls below what it was told to demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use super::documents::{Documents, effect, read};
use super::figures::{Durations, Times, milliseconds, rate, real};
use super::hub::{Desk, Hub, Place, Target};
use super::load::{self, Sender};
use super::options::{Known, Options, known};
use super::report::Report;
use super::system::{Manner, System};
use super::{clock, process};
use crate::say;

mod yardstick;

/// The options.
pub(crate) const OPTIONS: [Known; 9] = [
    known("seconds", "10", "how long each measurement lasts"),
    known("connections", "64", "connections that deliver webhooks"),
    known("together", "256", "flows under way at full load"),
    known("acks", "0", "demand so many durable acknowledgements a second (the goal is 10000)"),
    known("acks-p99", "0", "demand their p99 in milliseconds (the goal is 15)"),
    known("flows", "0", "demand so many durable four-step flows a second (the goal is 2000)"),
    known("flows-p99", "0", "demand their p99 at half load in milliseconds (the goal is 60)"),
    known("ready", "0", "demand readiness in milliseconds (the goal is 300)"),
    known("idle", "0", "demand idle memory in megabytes (the goal is 40)"),
];

/// The most flows of a measurement.
const MOST: usize = 4_000_000;

/// What is measured with.
struct Bench {
    place: Place,
    honest: System,
    times: Arc<Times>,
    next: Arc<AtomicUsize>,
    seconds: u64,
}

/// Runs the benchmark.
pub(crate) async fn run(place: Place, options: Options) -> anyhow::Result<Report> {
    let mut report = Report::new("a hub beside its yardsticks");
    let times = Arc::new(Times::new(MOST));
    let ends = Some(("last", Arc::clone(&times)));
    let honest = System::start(Manner { honours_keys: true, ends, ..Manner::default() }).await?;
    documents(&place, &honest)?;
    let next = Arc::new(AtomicUsize::new(0));
    let bench = Bench { place, honest, times, next, seconds: options.number("seconds")?.max(1) };
    bench.starts(&mut report, &options).await?;
    let (hub, target) = bench.place.ready().await?;
    say("  acknowledgements");
    let batch = bench.acknowledgements(&mut report, &hub, &target, &options).await?;
    yardstick::server(&mut report, bench.honest.address, options.count("connections")?, bench.seconds)
        .await?;
    yardstick::store(&mut report, bench.place.folder(), batch, bench.seconds)?;
    say("  flows");
    let most = bench.flows(&mut report, &hub, &target, &options).await?;
    bench.half(&mut report, &target, most, &options).await?;
    bench.steps(&mut report, &target).await?;
    report.row("memory of the hub at the end", process::megabytes(process::resident(hub.pid()?)?));
    report.none("effects that happened twice", &bench.honest.seen.doubled());
    hub.stop().await?;
    Ok(report)
}

fn documents(place: &Place, honest: &System) -> anyhow::Result<()> {
    let documents = Documents::new(place.folder())?;
    for name in ["honest", "short", "long"] {
        documents.connection(name, "honest", honest.address, "limits: { concurrency: 64 }\n")?;
    }
    let four = ["second", "third", "last"].map(|step| effect(step, "honest")).concat();
    documents.flow("bench/four", load::PLACED, &format!("{}{four}", read("first", "honest")))?;
    documents.flow("bench/short", "short.placed", &effect("last", "short"))?;
    let long: String = (1..LONG).map(|number| effect(&format!("step{number}"), "long")).collect();
    documents.flow("bench/long", "long.placed", &format!("{long}{}", effect("last", "long")))
}

/// Steps of the long flow.
const LONG: u64 = 9;

fn demand(report: &mut Report, options: &Options, name: &str, found: u64, least: bool) -> anyhow::Result<()> {
    let wanted = options.number(name)?;
    if wanted > 0 {
        let holds = if least { found >= wanted } else { found <= wanted };
        report.must(&format!("{name}: {found}, demanded {wanted}"), holds);
    }
    Ok(())
}

impl Bench {
    /// Time to be ready, and memory when nothing happens.
    async fn starts(&self, report: &mut Report, options: &Options) -> anyhow::Result<()> {
        let mut took = Vec::new();
        let mut idle = 0;
        for round in 0..5 {
            let (hub, _) = self.place.ready().await?;
            // The first start makes the store.
            if round == 0 {
                report.row("ready for the first time after", milliseconds(hub.age()));
            } else {
                took.push(hub.age());
            }
            clock::pause(1000).await;
            idle = process::resident(hub.pid()?)?;
            hub.stop().await?;
        }
        let took = Durations::of(took);
        report.row("ready again after (median of 4)", milliseconds(took.median()));
        report.row("idle memory", process::megabytes(idle));
        demand(report, options, "ready", took.median().div_ceil(1000), false)?;
        demand(report, options, "idle", idle.div_ceil(1_000_000), false)
    }

    /// Signed webhooks with nothing behind them, as many as the hub takes. Gives how many the store wrote
    /// together.
    async fn acknowledgements(
        &self,
        report: &mut Report,
        hub: &Hub,
        target: &Target,
        options: &Options,
    ) -> anyhow::Result<usize> {
        let connections = options.count("connections")?;
        let mut desk = Desk::open(target).await?;
        // Warm up.
        self.deliver(target, connections, 1).await?;
        let (syncs, batches) = written(&mut desk).await?;
        let (before, own) = (process::threads(hub.pid()?)?, process::threads(std::process::id())?);
        let began = clock::now();
        let durations = self.deliver(target, connections, self.seconds).await?;
        let took = clock::micros(began);
        let (hub_time, hub_shown) = process::spent(&before, &process::threads(hub.pid()?)?);
        let (own_time, _) = process::spent(&own, &process::threads(std::process::id())?);
        let (syncs_after, batches_after) = written(&mut desk).await?;
        let per_second = rate(durations.count(), took);
        let together = (batches_after - batches) / (syncs_after - syncs).max(1);
        report.row("durable acknowledgements a second", per_second);
        report.row(&format!("  over {connections} connections"), durations.shown());
        report.row("  written together on average", together);
        report.row("  syncs a second", rate(usize::try_from(syncs_after - syncs)?, took));
        cost(report, hub_time, &hub_shown, own_time, took);
        demand(report, options, "acks", per_second, true)?;
        demand(report, options, "acks-p99", durations.p99().div_ceil(1000), false)?;
        Ok(usize::try_from(together)?.max(1))
    }

    async fn deliver(&self, target: &Target, connections: usize, seconds: u64) -> anyhow::Result<Durations> {
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let (mut sender, next) = (Sender::to(target), Arc::clone(&self.next));
            tasks.spawn(async move {
                let (began, mut micros) = (clock::now(), Vec::new());
                while clock::micros(began) < seconds * 1_000_000 {
                    let id = format!("a{}", next.fetch_add(1, Ordering::Relaxed));
                    let data = json!({"id": id}).to_string();
                    let sent = clock::now();
                    sender.insist(&|_: &Target| load::webhook(&id, "order.seen", &data)).await?;
                    micros.push(clock::micros(sent));
                }
                anyhow::Ok(micros)
            });
        }
        let mut all = Vec::new();
        while let Some(ended) = tasks.join_next().await {
            all.extend(ended??);
        }
        Ok(Durations::of(all))
    }

    /// Four-step flows, a fixed number of them under way. Gives how many end a second.
    async fn flows(
        &self,
        report: &mut Report,
        hub: &Hub,
        target: &Target,
        options: &Options,
    ) -> anyhow::Result<u64> {
        let together = options.count("together")?;
        let mut tasks = JoinSet::new();
        let numbers = Arc::new(AtomicUsize::new(0));
        for _ in 0..32 {
            let (mut sender, times, numbers) =
                (Sender::to(target), Arc::clone(&self.times), Arc::clone(&numbers));
            tasks.spawn(async move {
                loop {
                    times.turn(together).await;
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    if let Err(error) = begin(&mut sender, &times, number, load::PLACED).await {
                        break error;
                    }
                }
            });
        }
        clock::pause(2000).await;
        let (before, own) = (process::threads(hub.pid()?)?, process::threads(std::process::id())?);
        let (began, first) = (clock::now(), self.times.finished());
        clock::pause(1000 * self.seconds).await;
        let (took, ended) = (clock::micros(began), self.times.finished() - first);
        let (hub_time, hub_shown) = process::spent(&before, &process::threads(hub.pid()?)?);
        let (own_time, _) = process::spent(&own, &process::threads(std::process::id())?);
        if let Some(Ok(error)) = tasks.try_join_next() {
            return Err(error);
        }
        tasks.shutdown().await;
        let per_second = rate(ended, took);
        report.row("durable four-step flows a second", per_second);
        let durations = self.times.durations(0..numbers.load(Ordering::Relaxed));
        report.row(&format!("  {together} under way"), durations.shown());
        let each = real(hub_time) / real(u64::try_from(ended)?.max(1)) / 4.0;
        report.row("  processor time of the hub for a step", format!("{each:.3} ms"));
        cost(report, hub_time, &hub_shown, own_time, took);
        demand(report, options, "flows", per_second, true)?;
        self.next.store(numbers.load(Ordering::Relaxed) + 1000, Ordering::Relaxed);
        Ok(per_second)
    }

    /// The same flows at half of what the hub can do, begun whether others have ended or not.
    async fn half(
        &self,
        report: &mut Report,
        target: &Target,
        most: u64,
        options: &Options,
    ) -> anyhow::Result<()> {
        const SENDERS: u64 = 48;
        clock::pause(1000).await;
        let first = self.next.load(Ordering::Relaxed);
        let mut tasks = JoinSet::new();
        for _ in 0..SENDERS {
            let (mut sender, times, next) =
                (Sender::to(target), Arc::clone(&self.times), Arc::clone(&self.next));
            let pause = 2 * 2_000_000 * SENDERS / most.max(1);
            let seconds = self.seconds;
            tasks.spawn(async move {
                let began = clock::now();
                while clock::micros(began) < seconds * 1_000_000 {
                    let wait = std::time::Duration::from_micros(fastrand::u64(0..=pause));
                    tokio::time::sleep(wait).await;
                    begin(&mut sender, &times, next.fetch_add(1, Ordering::Relaxed), load::PLACED).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        clock::pause(1000).await;
        let durations = self.times.durations(first..self.next.load(Ordering::Relaxed));
        let per_second = rate(durations.count(), self.seconds * 1_000_000);
        report.row(&format!("  at half load ({per_second} a second)"), durations.shown());
        demand(report, options, "flows-p99", durations.p99().div_ceil(1000), false)
    }

    /// One flow at a time: what a further step adds.
    async fn steps(&self, report: &mut Report, target: &Target) -> anyhow::Result<()> {
        let mut medians = Vec::new();
        for name in ["short.placed", "long.placed"] {
            let first = self.next.load(Ordering::Relaxed);
            let mut sender = Sender::to(target);
            let began = clock::now();
            while clock::micros(began) < self.seconds * 500_000 {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                begin(&mut sender, &self.times, number, name).await?;
                for _ in 0..5000 {
                    if self.times.is_done(number) {
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
            }
            let durations = self.times.durations(first..self.next.load(Ordering::Relaxed));
            report.row(&format!("one flow at a time, {name}"), durations.shown());
            medians.push(durations.median());
        }
        if let [short, long] = medians.as_slice() {
            let each = long.saturating_sub(*short) / (LONG - 1);
            report.row("  what a further step adds, its syncs included", milliseconds(each));
        }
        Ok(())
    }
}

async fn begin(sender: &mut Sender, times: &Times, number: usize, name: &str) -> anyhow::Result<()> {
    let id = number.to_string();
    let data = json!({"id": id}).to_string();
    times.sent(number);
    let event = format!("{name}-{number}");
    sender.insist(&|target: &Target| load::cloud_event(target, &event, name, &data)).await?;
    Ok(())
}

/// Syncs and writes of the store so far.
async fn written(desk: &mut Desk) -> anyhow::Result<(u64, u64)> {
    let store = desk.get("/store").await?;
    let number = |name: &str| store.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0);
    Ok((number("syncs"), number("batches")))
}

fn cost(report: &mut Report, hub: u64, shown: &str, own: u64, took: u64) {
    let share = |time: u64| format!("{} % of a core", time * 100_000 / took.max(1));
    report.row("  processor: the hub", share(hub));
    report.row("    by thread", shown);
    report.row("  processor: load and systems of the trial", share(own));
}
