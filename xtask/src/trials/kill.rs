//! `SIGKILL` at random moments under load. Every acknowledged event must lead to one run with all its
//! effects; a system that honours keys sees nothing twice, and one that does not sees nothing repeated:
//! what is in doubt there is listed as unknown, and a person who settles it has the rest follow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::clock;
use super::documents::{Documents, effect, read};
use super::hub::{Desk, Hub, Place, Target, text};
use super::load::{self, PLACED, Sender};
use super::options::{Known, Options, known};
use super::report::Report;
use super::system::{Manner, Seen, System};
use crate::say;

mod account;

/// The options.
pub(crate) const OPTIONS: [Known; 5] = [
    known("times", "1000", "how often the hub is killed"),
    known("senders", "8", "how many send at the same time"),
    known("rate", "150", "events a second, all senders together"),
    known("spread", "500", "the longest the hub lives behind its start, in milliseconds"),
    known("patience", "60", "seconds without any progress before what is left counts as lost"),
];

/// The steps with an effect, in order, and whether the honest system has it.
const EFFECTS: [(&str, bool); 3] = [("paid", true), ("told", false), ("booked", true)];

/// What the senders did.
#[derive(Default)]
struct Sent {
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<String>>,
    again: AtomicU64,
    broken: AtomicU64,
    away: AtomicU64,
    stop: AtomicBool,
}

/// The systems of the trial.
struct Systems {
    honest: System,
    blunt: System,
}

/// Runs the trial.
pub(crate) async fn run(place: Place, options: Options) -> anyhow::Result<Report> {
    let times = options.number("times")?;
    let (seed, mut choices) = options.choices()?;
    say(&format!("Killing the hub {times} times under load; --seed {seed} makes the same moments again."));
    let systems = systems(&place).await?;
    let (target, followed) = watch::channel(None);
    let sent = Arc::new(Sent::default());
    let mut senders = senders(&options, &followed, &sent)?;
    let killed = kills(&place, &options, &mut choices, &target, &systems).await?;
    let (hub, last) = killed.last;
    target.send_replace(Some(last.clone()));
    sent.stop.store(true, Ordering::Relaxed);
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    let mut desk = Desk::open(&last).await?;
    let mut report = Report::new(format!("{times} kills under load"));
    report.row("kills", times);
    report.row("of them before the hub was ready", killed.early);
    let patience = options.number("patience")?;
    let drained = drained(&mut desk, &systems, patience).await?;
    report.must("everything drains by itself", drained);
    let listed = account::take(&mut report, &mut desk, &sent, &systems).await?;
    settle(&mut desk, &systems.blunt.seen, &listed).await?;
    let settled = settled(&mut desk, patience).await?;
    report.must("what was in doubt goes on once it is settled", settled);
    account::close(&mut report, &sent, &systems);
    hub.stop().await?;
    Ok(report)
}

async fn systems(place: &Place) -> anyhow::Result<Systems> {
    let slow = |honours_keys| Manner { honours_keys, slowness: 20, ..Manner::default() };
    let systems =
        Systems { honest: System::start(slow(true)).await?, blunt: System::start(slow(false)).await? };
    let documents = Documents::new(place.folder())?;
    documents.connection("honest", "honest", systems.honest.address, "")?;
    documents.connection("blunt", "blunt", systems.blunt.address, "")?;
    let steps: String =
        EFFECTS.iter().map(|(step, honest)| effect(step, if *honest { "honest" } else { "blunt" })).collect();
    documents.flow("trial/order", PLACED, &format!("{}{steps}", read("seen", "honest")))?;
    Ok(systems)
}

/// Starts the senders: half of them send webhooks, half CloudEvents; one delivery in ten is sent once more
/// after it was acknowledged.
fn senders(
    options: &Options,
    target: &watch::Receiver<Option<Target>>,
    sent: &Arc<Sent>,
) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
    let count = options.number("senders")?.max(1);
    let pause = 1000 * count / options.number("rate")?.max(1);
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let mut sender = Sender::new(target.clone());
        let sent = Arc::clone(sent);
        tasks.spawn(async move {
            while !sent.stop.load(Ordering::Relaxed) {
                one(&mut sender, &sent, number % 2 == 0).await?;
                clock::pause(fastrand::u64(0..=2 * pause)).await;
            }
            Ok(())
        });
    }
    Ok(tasks)
}

async fn one(sender: &mut Sender, sent: &Sent, webhook: bool) -> anyhow::Result<()> {
    let id = format!("e{}", sent.next.fetch_add(1, Ordering::Relaxed));
    let data = json!({"id": id}).to_string();
    let make = |target: &Target| match webhook {
        true => load::webhook(&id, "order.placed", &data),
        false => load::cloud_event(target, &id, PLACED, &data),
    };
    let tries = sender.insist(&make).await?;
    sent.broken.fetch_add(tries.broken, Ordering::Relaxed);
    sent.away.fetch_add(tries.away, Ordering::Relaxed);
    sent.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    if fastrand::u8(0..10) == 0 {
        sent.again.fetch_add(1, Ordering::Relaxed);
        sender.insist(&make).await?;
    }
    Ok(())
}

struct Killed {
    early: u64,
    last: (Hub, Target),
}

/// Kills the hub so many times; one time in eight before it is ready. Gives the hub that lives on.
async fn kills(
    place: &Place,
    options: &Options,
    choices: &mut fastrand::Rng,
    target: &watch::Sender<Option<Target>>,
    systems: &Systems,
) -> anyhow::Result<Killed> {
    let (times, spread) = (options.number("times")?, options.number("spread")?);
    let mut early = 0;
    for round in 1..=times {
        let mut hub = place.start()?;
        if choices.u8(0..8) == 0 {
            clock::pause(choices.u64(0..200)).await;
            early += 1;
        } else {
            target.send_replace(Some(hub.ready().await?));
            clock::pause(choices.u64(0..=spread)).await;
        }
        target.send_replace(None);
        hub.kill().await?;
        if round % 50 == 0 || round == times {
            let effects = systems.honest.seen.effects() + systems.blunt.seen.effects();
            say(&format!("  {round} kills, {effects} effects"));
        }
    }
    Ok(Killed { early, last: place.ready().await? })
}

/// Waits until no run can go on by itself; `false` where nothing moved for too long before that.
async fn drained(desk: &mut Desk, systems: &Systems, patience: u64) -> anyhow::Result<bool> {
    let moved = || systems.honest.seen.requests() + systems.blunt.seen.requests();
    let (mut before, mut still) = (moved(), clock::now());
    loop {
        if resting(desk).await? {
            // A message may have been on its way between two looks.
            clock::pause(500).await;
            if resting(desk).await? {
                return Ok(true);
            }
        }
        clock::pause(200).await;
        if moved() != before {
            (before, still) = (moved(), clock::now());
        }
        if clock::now().duration_since(still).as_secs() > patience {
            return Ok(false);
        }
    }
}

/// Whether every run ended or waits for a person to settle something.
async fn resting(desk: &mut Desk) -> anyhow::Result<bool> {
    for phase in ["active", "queued"] {
        if !desk.some(&format!("/runs?phase={phase}&limit=1")).await?.is_empty() {
            return Ok(false);
        }
    }
    let mut others = 0;
    desk.each("/runs?phase=waiting", |run| others += usize::from(text(run, "state") != "unknown")).await?;
    let unhandled = desk.some("/events?limit=1000").await?;
    let handled = |event: &Value| event.get("handled").and_then(Value::as_bool) == Some(true);
    Ok(others == 0 && unhandled.iter().all(handled))
}

/// A person looks at the system and says of each call in doubt whether it was done.
async fn settle(desk: &mut Desk, blunt: &Seen, listed: &BTreeMap<String, Value>) -> anyhow::Result<()> {
    for call in listed.values() {
        let (id, run) = (text(call, "id"), text(call, "run"));
        let arguments = call.get("arguments").context("a call without arguments")?;
        let done = blunt.times(text(arguments, "id"), text(arguments, "step")) > 0;
        let said = match done {
            true => json!({"outcome": "done", "result": arguments}),
            false => json!({"outcome": "not-done", "message": "the system does not know it"}),
        };
        desk.post(&format!("/ledger/{}/settle", id.replace('/', "%2F")), &said).await?;
        if !done {
            retry(desk, run).await?;
        }
    }
    Ok(())
}

/// Has the step tried again once the run has failed of what was settled.
async fn retry(desk: &mut Desk, run: &str) -> anyhow::Result<()> {
    for _ in 0..500 {
        let (status, answer) = desk.ask("POST", &format!("/runs/{run}/retry"), &Value::Null).await?;
        match status {
            200..300 => return Ok(()),
            409 => clock::pause(10).await,
            _ => bail!("the retry of {run} was refused: {status} {answer}"),
        }
    }
    bail!("{run} does not fail although its call was settled as not done")
}

/// Waits until every run has ended.
async fn settled(desk: &mut Desk, patience: u64) -> anyhow::Result<bool> {
    let began = clock::now();
    loop {
        let mut open = 0;
        for phase in ["active", "queued", "waiting"] {
            open += desk.some(&format!("/runs?phase={phase}&limit=1")).await?.len();
        }
        if open == 0 {
            return Ok(true);
        }
        if clock::now().duration_since(began).as_secs() > patience {
            return Ok(false);
        }
        clock::pause(100).await;
    }
}
