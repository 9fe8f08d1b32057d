//! A disk that is full, fails to sync, cannot be written, or lies: intake refuses clearly, nothing that was
//! acknowledged is lost, work goes on by itself when the cause goes, and a changed record is never served.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::task::JoinSet;

use super::clock;
use super::documents::{Documents, effect};
use super::figures::milliseconds;
use super::hub::{Desk, Place, Target};
use super::load::{self, Sender};
use super::options::{Known, Options, known};
use super::report::Report;
use super::system::{Manner, System};
use crate::say;

mod cause;
mod changed;

use cause::{Cause, Ending};

/// The options.
pub(crate) const OPTIONS: [Known; 3] = [
    known("causes", "full,fails,read-only,changed", "which of them are tried"),
    known("seconds", "5", "how long each lasts"),
    known("patience", "60", "seconds within which the hub must go on by itself once the cause is gone"),
];

/// What the senders saw.
#[derive(Default)]
struct Seen {
    next: AtomicU64,
    stop: AtomicBool,
    /// By id: whether it was acknowledged.
    events: Mutex<BTreeMap<String, bool>>,
    refused: AtomicU64,
    vague: Mutex<Vec<String>>,
    acknowledged: AtomicU64,
}

/// Runs the trial.
pub(crate) async fn run(place: Place, options: Options) -> anyhow::Result<Report> {
    let mut report = Report::new("a disk that is full, fails, cannot be written or lies");
    let wanted: Vec<&str> = options.text("causes").split(',').map(str::trim).collect();
    for name in &wanted {
        let beside = place.beside(name)?;
        match Cause::named(name) {
            Some(cause) => ailing(&mut report, &beside, cause, &options).await?,
            None if *name == "changed" => changed::run(&mut report, &beside).await?,
            None => anyhow::bail!("`{name}` is none of full, fails, read-only, changed"),
        }
    }
    Ok(report)
}

async fn ailing(report: &mut Report, place: &Place, cause: Cause, options: &Options) -> anyhow::Result<()> {
    let name = cause.name();
    say(&format!("  {name}"));
    let honest = System::start(Manner { honours_keys: true, slowness: 10, ..Manner::default() }).await?;
    let documents = Documents::new(place.folder())?;
    documents.connection("honest", "honest", honest.address, "")?;
    let steps = format!("{}{}", effect("paid", "honest"), effect("told", "honest"));
    documents.flow("trial/order", load::PLACED, &steps)?;
    let store = place.folder().join(".nave/store");
    let Some(disk) = cause.prepare(&store).await? else {
        report.row(&format!("{name}: not tried"), cause.needs());
        return Ok(());
    };
    let (hub, target) = place.ready().await?;
    let seen = Arc::new(Seen::default());
    let mut senders = senders(&target, &seen);
    clock::pause(1500).await;

    let ending = cause.begin(&store, hub.pid()?).await?;
    clock::pause(1000 * options.number("seconds")?).await;
    let unready = !ready(&target).await;
    let refused = seen.refused.load(Ordering::Relaxed);
    let recovered = goes_on(ending, &seen, options.number("patience")?).await?;
    clock::pause(1500).await;
    seen.stop.store(true, Ordering::Relaxed);
    while let Some(ended) = senders.join_next().await {
        ended?;
    }
    drained(&target, &honest, &seen).await?;
    account(report, name, &seen, &honest);
    report.must(&format!("{name}: intake refuses"), refused > 0);
    report.must(&format!("{name}: the hub says that it is not ready"), unready);
    match recovered {
        Some(took) => report.row(&format!("{name}: takes events again after"), milliseconds(took)),
        None => report.must(&format!("{name}: takes events again by itself"), false),
    }
    hub.stop().await?;
    drop(disk);
    Ok(())
}

/// Ends the cause and waits for the next acknowledgement; how long that took in microseconds.
async fn goes_on(ending: Ending, seen: &Seen, patience: u64) -> anyhow::Result<Option<u64>> {
    ending.end().await?;
    let (began, before) = (clock::now(), seen.acknowledged.load(Ordering::Relaxed));
    while clock::micros(began) < patience * 1_000_000 {
        if seen.acknowledged.load(Ordering::Relaxed) > before {
            return Ok(Some(clock::micros(began)));
        }
        clock::pause(10).await;
    }
    Ok(None)
}

fn senders(target: &Target, seen: &Arc<Seen>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let (mut sender, seen) = (Sender::to(target), Arc::clone(seen));
        tasks.spawn(async move {
            while !seen.stop.load(Ordering::Relaxed) {
                one(&mut sender, &seen).await;
                clock::pause(fastrand::u64(5..30)).await;
            }
        });
    }
    tasks
}

/// Sends one event once. Whatever is neither taken nor clearly put off is noted.
async fn one(sender: &mut Sender, seen: &Seen) {
    let id = format!("e{}", seen.next.fetch_add(1, Ordering::Relaxed));
    let data = json!({"id": id, "note": "n".repeat(500)}).to_string();
    let make = |_: &Target| load::webhook(&id, "order.placed", &data);
    let sent = tokio::time::timeout(std::time::Duration::from_secs(30), sender.send(&make));
    let taken = match sent.await {
        Ok(Ok(answer)) if answer.status < 300 => true,
        Ok(Ok(answer)) if answer.status == 503 && answer.retry_after.is_some() => {
            seen.refused.fetch_add(1, Ordering::Relaxed);
            false
        }
        Ok(Ok(answer)) => {
            seen.odd(format!("{id}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)))
        }
        Ok(Err(error)) => seen.odd(format!("{id}: {error}")),
        Err(_) => seen.odd(format!("{id}: no answer in 30 seconds")),
    };
    seen.acknowledged.fetch_add(u64::from(taken), Ordering::Relaxed);
    seen.events.lock().unwrap_or_else(PoisonError::into_inner).insert(id, taken);
}

impl Seen {
    fn odd(&self, what: String) -> bool {
        self.vague.lock().unwrap_or_else(PoisonError::into_inner).push(what);
        false
    }

    fn taken(&self) -> Vec<String> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().filter(|(_, taken)| **taken).map(|(id, _)| id.clone()).collect()
    }
}

async fn ready(target: &Target) -> bool {
    let Ok(mut line) = super::wire::Line::open(target.address).await else { return false };
    let asked = super::wire::request("GET", "/readyz", &[], b"");
    line.exchange(&asked).await.is_ok_and(|answer| answer.status == 200)
}

/// Waits until no run is under way and every acknowledged event has its effects, half a minute at most.
async fn drained(target: &Target, honest: &System, seen: &Seen) -> anyhow::Result<()> {
    let mut desk = Desk::open(target).await?;
    let taken = seen.taken();
    for _ in 0..300 {
        let lacking = taken.iter().any(|id| honest.seen.times(id, "told") == 0);
        if !lacking && desk.some("/runs?phase=active&limit=1").await?.is_empty() {
            break;
        }
        clock::pause(100).await;
    }
    Ok(())
}

fn account(report: &mut Report, name: &str, seen: &Seen, honest: &System) {
    let taken = seen.taken();
    report.row(&format!("{name}: events acknowledged"), taken.len());
    report.row(&format!("{name}: put off with 503 and Retry-After"), seen.refused.load(Ordering::Relaxed));
    let lost: Vec<&String> = taken
        .iter()
        .filter(|id| ["paid", "told"].iter().any(|step| honest.seen.times(id, step) == 0))
        .collect();
    report.none(&format!("{name}: acknowledged events without their effects"), &lost);
    report.none(&format!("{name}: effects that happened twice"), &honest.seen.doubled());
    let odd = seen.vague.lock().unwrap_or_else(PoisonError::into_inner);
    report.none(&format!("{name}: answers that are neither yes nor a clear no"), &odd);
    let refused = |(id, taken): (&String, &bool)| !taken && honest.seen.times(id, "paid") > 0;
    let events = seen.events.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = events.iter().filter(|(id, taken)| refused((id, taken))).count();
    report.row(&format!("{name}: events put off that were kept all the same"), kept);
}
