//! Very many runs that wait: they cost disk and not memory, a restart with them is quick, and each wakes
//! once, at its time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::documents::{Documents, effect};
use super::figures::{Durations, Times, milliseconds, rate};
use super::hub::{Desk, Hub, Place, Target};
use super::load::{self, Sender};
use super::options::{Known, Options, known};
use super::report::Report;
use super::system::{Manner, System};
use super::{clock, process};
use crate::say;

/// The options.
pub(crate) const OPTIONS: [Known; 6] = [
    known("runs", "100_000", "how many runs wait"),
    known("sample", "1_000", "how many more wake while the hub is watched"),
    known("within", "40", "seconds within which the sample wakes; two restarts happen in them"),
    known("memory", "200", "the most megabytes the hub may have resident"),
    known("ready", "2_000", "the most milliseconds a restart may take"),
    known("patience", "600", "seconds within which all runs must have begun to wait"),
];

/// Events in one request.
const BATCH: usize = 250;
/// Requests under way at the same time.
const TOGETHER: usize = 8;

/// Runs the trial.
pub(crate) async fn run(place: Place, options: Options) -> anyhow::Result<Report> {
    let (runs, sample) = (options.count("runs")?, options.count("sample")?);
    let (_, mut choices) = options.choices()?;
    let (times, base) = (Arc::new(Times::new(sample)), clock::since_1970());
    let ends = Some(("woken", Arc::clone(&times)));
    let honest = System::start(Manner { honours_keys: true, ends, ..Manner::default() }).await?;
    let documents = Documents::new(place.folder())?;
    documents.connection("honest", "honest", honest.address, "")?;
    let pause = "  - pause: wait\n    until: .wake\n";
    documents.flow("trial/rest", "honest.resting", &format!("{pause}{}", effect("woken", "honest")))?;
    let (hub, target) = place.ready().await?;

    let began = clock::now();
    let tomorrow = clock::since_1970() + Duration::from_hours(24);
    let far = (0..runs).map(|number| event(&format!("far{number}"), tomorrow)).collect();
    send(&target, far).await?;
    let mut desk = Desk::open(&target).await?;
    asleep(&mut desk, runs, options.number("patience")?).await?;
    let mut report = Report::new(format!("{runs} runs that wait"));
    report.row("runs begun and put to sleep, a second", rate(runs, clock::micros(began)));
    let before = process::resident(hub.pid()?)?;
    report.row("memory of the hub once all sleep", process::megabytes(before));

    let within = options.number("within")?;
    let moments: Vec<Duration> = (0..sample)
        .map(|_| clock::since_1970() + Duration::from_millis(5000 + choices.u64(0..(within * 1000).max(1))))
        .collect();
    let near = moments.iter().enumerate().map(|(number, at)| event(&number.to_string(), *at)).collect();
    send(&target, near).await?;
    hub.stop().await?;
    let (again, _) = restarted(&place, &mut report, "a stop", &options).await?;
    again.kill().await?;
    let (hub, target) = restarted(&place, &mut report, "a kill", &options).await?;
    watched(&moments, &times).await;
    let (late, early) = lateness(&moments, base, &times);
    let after = process::resident(hub.pid()?)?;
    report.row("memory of the hub behind the sample", process::megabytes(after));
    let most = options.number("memory")? * 1_000_000;
    report.must("the hub stays below its memory", before.max(after) < most);
    report.row("woken of the sample", times.count(0..sample));
    report.row("late by (those due while it was down, too)", late.shown());
    report.must("every run of the sample woke", times.count(0..sample) == sample);
    report.none("runs that woke before their time", &early);
    report.none("runs that woke twice", &honest.seen.doubled());
    report.must("nobody else woke", honest.seen.effects() == sample);
    let mut desk = Desk::open(&target).await?;
    report.must("the others still sleep", desk.each("/runs?phase=waiting", |_| {}).await? == runs);
    hub.stop().await?;
    Ok(report)
}

fn event(id: &str, wake: Duration) -> (String, String) {
    (id.to_owned(), json!({"id": id, "wake": written(wake)}).to_string())
}

/// A moment as RFC 3339 wants it, in UTC.
fn written(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, date) = civil(day);
    let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
    format!(
        "{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{rest:02}.{:03}Z",
        since_1970.subsec_millis()
    )
}

/// Year, month and date of a day since 1970, by counting: no trial lives in another century.
fn civil(mut day: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    (year, month, day + 1)
}

async fn send(target: &Target, events: Vec<(String, String)>) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    let share = events.len().div_ceil(TOGETHER).max(1);
    for part in events.chunks(share) {
        let (part, target) = (part.to_vec(), target.clone());
        tasks.spawn(async move {
            let mut sender = Sender::to(&target);
            for some in part.chunks(BATCH) {
                sender.insist(&|target: &Target| load::batch(target, "honest.resting", some)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// Waits until so many runs wait.
async fn asleep(desk: &mut Desk, runs: usize, patience: u64) -> anyhow::Result<()> {
    let began = clock::now();
    loop {
        let waiting = desk.each("/runs?phase=waiting", |_| {}).await?;
        if waiting >= runs {
            return Ok(());
        }
        if clock::now().duration_since(began).as_secs() > patience {
            anyhow::bail!("only {waiting} of {runs} runs wait after {patience} seconds");
        }
        say(&format!("  {waiting} runs wait"));
        clock::pause(2000).await;
    }
}

async fn restarted(
    place: &Place,
    report: &mut Report,
    behind: &str,
    options: &Options,
) -> anyhow::Result<(Hub, Target)> {
    let (hub, target) = place.ready().await?;
    let took = hub.age();
    report.row(&format!("ready behind {behind} after"), milliseconds(took));
    let most = options.number("ready")?;
    report.must(&format!("a restart behind {behind} takes less than {most} ms"), took < most * 1000);
    Ok((hub, target))
}

/// How late each of the sample woke; the numbers of those that woke early are given apart.
fn lateness(moments: &[Duration], base: Duration, times: &Times) -> (Durations, Vec<usize>) {
    let (mut late, mut early) = (Vec::new(), Vec::new());
    for (number, at) in moments.iter().enumerate() {
        let Some(woke) = times.done_after(number) else { continue };
        match (base + woke).checked_sub(*at) {
            Some(by) => late.push(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)),
            None => early.push(number),
        }
    }
    (Durations::of(late), early)
}

/// Waits until the last of the sample is due and everybody woke, or should have long ago.
async fn watched(moments: &[Duration], times: &Times) {
    let last = moments.iter().max().copied().unwrap_or_default();
    tokio::time::sleep(last.saturating_sub(clock::since_1970())).await;
    for _ in 0..300 {
        if times.count(0..moments.len()) == moments.len() {
            break;
        }
        clock::pause(100).await;
    }
    // One that wakes twice would do so soon.
    clock::pause(1500).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_rfc_3339_wants_them() {
        let check = |milliseconds: u64, expected: &str| {
            assert_eq!(written(Duration::from_millis(milliseconds)), expected);
        };
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_400_123, "2000-02-29T00:00:00.123Z");
        check(1_796_083_199_999, "2026-11-30T23:59:59.999Z");
        check(1_798_761_600_000, "2027-01-01T00:00:00.000Z");
    }
}
