//! One of many systems is unwell, each way in turn; what flows over the others takes no longer for it. And
//! a system with a declared limit never gets more than that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use super::clock;
use super::documents::{Documents, effect};
use super::figures::{Durations, Times, milliseconds, most_within, real};
use super::hub::{Desk, Place, Target};
use super::load::{self, Sender};
use super::options::{Known, Options, known};
use super::report::Report;
use super::system::{Manner, Mood, System};
use crate::say;

/// The options.
pub(crate) const OPTIONS: [Known; 6] = [
    known("systems", "100", "how many systems there are; the first is unwell, the second limited"),
    known("rate", "300", "events a second for the others, all together"),
    known("seconds", "15", "how long each calm and each storm lasts"),
    known("limit", "20", "calls a second the limited system declares; its burst is a quarter of that"),
    known("factor", "1.2", "how much longer the others' p99 may be in a storm than in a calm"),
    known("patience", "120", "seconds within which what was held back must be done behind the storms"),
];

/// How the first system is unwell, in turn.
const STORMS: [(&str, Mood); 5] = [
    ("429s", Mood::TooMany),
    ("5 s latency", Mood::Slow),
    ("flapping", Mood::Flapping),
    ("hanging", Mood::Hanging),
    ("down", Mood::Down),
];

/// The numbers of events for one system begin at a multiple of this.
const STRIDE: usize = 1_000_000;
/// The unwell system gets so many events a second, the limited one as many calls as twice its limit.
const UNWELL_RATE: u64 = 10;

/// What the senders share. Events of the others are numbered in one row, so that a time is a range.
struct Shared {
    times: Arc<Times>,
    next: AtomicUsize,
    unwell: AtomicUsize,
    limited: AtomicUsize,
    stop: AtomicBool,
}

/// Runs the trial.
pub(crate) async fn run(place: Place, options: Options) -> anyhow::Result<Report> {
    let (count, seconds, rate) =
        (options.count("systems")?, options.number("seconds")?, options.number("rate")?);
    let limit = options.number("limit")?;
    let most = usize::try_from(rate * (seconds + 3) * 3 * 6)?;
    let shared = Arc::new(Shared {
        times: Arc::new(Times::new(most)),
        next: AtomicUsize::new(0),
        unwell: AtomicUsize::new(STRIDE),
        limited: AtomicUsize::new(2 * STRIDE),
        stop: AtomicBool::new(false),
    });
    let systems = systems(&place, count, limit, &shared).await?;
    let (hub, target) = place.ready().await?;
    let mut senders = senders(&target, count, rate, limit, &shared);
    let mut report = Report::new(format!("storms at one of {count} systems"));
    let mut unsettled = false;
    if let [unwell, limited, ..] = systems.as_slice() {
        storms(&mut report, unwell, &shared, seconds, options.ratio("factor")?).await;
        shared.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = senders.join_next().await {
            ended??;
        }
        let burst = limit / 4;
        let window = most_within(&limited.seen.arrivals(), 1_000_000);
        report.row("calls of the limited system, in all", limited.seen.arrivals().len());
        report.row("most of them within any second", window);
        let holds = format!("a limit of {limit} a second, {burst} at once, is never exceeded");
        report.must(&holds, window <= usize::try_from(limit + burst)?);
        let expected = shared.unwell.load(Ordering::Relaxed) - STRIDE;
        unsettled = !recovered(&mut report, &target, unwell, expected, options.number("patience")?).await?;
    }
    report.must("what was held back at the unwell system is done once it is well", !unsettled);
    let twice: Vec<_> = systems.iter().flat_map(|system| system.seen.doubled()).collect();
    report.none("effects that happened twice", &twice);
    hub.stop().await?;
    Ok(report)
}

async fn systems(place: &Place, count: usize, limit: u64, shared: &Shared) -> anyhow::Result<Vec<System>> {
    let documents = Documents::new(place.folder())?;
    let mut systems = Vec::new();
    for number in 0..count.max(3) {
        let ends = Some(("told", Arc::clone(&shared.times)));
        let manner = Manner { honours_keys: true, slowness: 4, keeps_arrivals: number == 1, ends };
        let system = System::start(manner).await?;
        let name = format!("s{number:02}");
        let limits = match number {
            // Longer than the slow storm takes, so that only hanging calls break off.
            0 => "timeouts: { first_byte_ms: 8000 }\n".to_owned(),
            1 => format!("limits: {{ per_second: {limit}, burst: {} }}\n", limit / 4),
            _ => String::new(),
        };
        documents.connection(&name, "honest", system.address, &limits)?;
        let steps = format!("{}{}", effect("paid", &name), effect("told", &name));
        documents.flow(&format!("storm/{name}"), &format!("{name}.placed"), &steps)?;
        systems.push(system);
    }
    Ok(systems)
}

/// Senders for the others, each with its share of the rate; one for the unwell and one for the limited.
fn senders(
    target: &Target,
    count: usize,
    rate: u64,
    limit: u64,
    shared: &Arc<Shared>,
) -> JoinSet<anyhow::Result<()>> {
    const SENDERS: u64 = 24;
    let mut tasks = JoinSet::new();
    for _ in 0..SENDERS {
        let shared = Arc::clone(shared);
        let others = count.max(3) - 2;
        tasks.spawn(sending(target.clone(), shared, 1000 * SENDERS / rate.max(1), move |shared| {
            let number = shared.next.fetch_add(1, Ordering::Relaxed);
            (number, 2 + number % others)
        }));
    }
    let pick = |shared: &Shared| (shared.unwell.fetch_add(1, Ordering::Relaxed), 0);
    tasks.spawn(sending(target.clone(), Arc::clone(shared), 1000 / UNWELL_RATE, pick));
    let pick = |shared: &Shared| (shared.limited.fetch_add(1, Ordering::Relaxed), 1);
    tasks.spawn(sending(target.clone(), Arc::clone(shared), 1000 / limit.max(1), pick));
    tasks
}

/// Sends an event now and then, on average one in so many milliseconds.
async fn sending(
    target: Target,
    shared: Arc<Shared>,
    pause: u64,
    pick: impl Fn(&Shared) -> (usize, usize),
) -> anyhow::Result<()> {
    let mut sender = Sender::to(&target);
    while !shared.stop.load(Ordering::Relaxed) {
        clock::pause(fastrand::u64(0..=2 * pause)).await;
        let (number, system) = pick(&shared);
        let (id, name) = (number.to_string(), format!("s{system:02}.placed"));
        let data = json!({"id": id}).to_string();
        shared.times.sent(number);
        sender.insist(&|target: &Target| load::cloud_event(target, &id, &name, &data)).await?;
    }
    Ok(())
}

/// A calm before each storm; compares the others in each storm with all the calms.
async fn storms(report: &mut Report, unwell: &System, shared: &Shared, seconds: u64, factor: f64) {
    // Connections are made and code is warm before anything counts.
    spell(shared, 3).await;
    let (mut calms, mut storms) = (Vec::new(), Vec::new());
    for (name, mood) in STORMS {
        let calm = spell(shared, seconds).await;
        say(&format!("  calm: {}", calm.shown()));
        calms.push(calm);
        unwell.seen.becomes(mood);
        let storm = spell(shared, seconds).await;
        unwell.seen.becomes(Mood::Calm);
        say(&format!("  {name}: {}", storm.shown()));
        storms.push((name, storm));
        // What was held back is done now; that belongs to neither.
        spell(shared, 3).await;
    }
    let calm = Durations::all(&calms);
    report.row("flows over the others in calms", calm.count());
    report.row("their time from event to last effect", calm.shown());
    for (name, storm) in storms {
        let ratio = real(storm.p99()) / real(calm.p99().max(1));
        let row = format!("p99 {}, {ratio:.2} times", milliseconds(storm.p99()));
        report.row(&format!("{name}: {} flows over the others", storm.count()), row);
        report.must(&format!("{name}: the others' p99 is at most {factor} times"), ratio <= factor);
    }
}

/// The others' times of a spell. Those under way at its end are waited for.
async fn spell(shared: &Shared, seconds: u64) -> Durations {
    let first = shared.next.load(Ordering::Relaxed);
    clock::pause(1000 * seconds).await;
    let last = shared.next.load(Ordering::Relaxed);
    for _ in 0..100 {
        if shared.times.count(first..last) == last - first {
            break;
        }
        clock::pause(20).await;
    }
    shared.times.durations(first..last)
}

/// Waits until everything meant for the unwell system is done.
async fn recovered(
    report: &mut Report,
    target: &Target,
    unwell: &System,
    events: usize,
    patience: u64,
) -> anyhow::Result<bool> {
    let mut desk = Desk::open(target).await?;
    desk.post("/connections/s00/resume", &serde_json::Value::Null).await?;
    let began = clock::now();
    while unwell.seen.effects() < 2 * events && clock::now().duration_since(began).as_secs() < patience {
        clock::pause(50).await;
    }
    report.row("events for the unwell system", events);
    report.row("effects there behind the storms", unwell.seen.effects());
    report.row("done so long behind the last storm", milliseconds(clock::micros(began)));
    Ok(unwell.seen.effects() == 2 * events)
}
