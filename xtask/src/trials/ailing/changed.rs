//! Bits of a kept event are flipped on disk while the hub is down. It must say so, never serve what was not
//! written, and go on with everything else.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Documents, Manner, Place, Report, System, effect, load};
use crate::trials::hub::{Desk, Target};
use crate::trials::load::Sender;

/// Events that are kept; the middle one is changed.
const EVENTS: usize = 20;
const VICTIM: usize = EVENTS / 2;

/// Runs this part of the trial.
pub(super) async fn run(report: &mut Report, place: &Place) -> anyhow::Result<()> {
    let honest = System::start(Manner { honours_keys: true, ..Manner::default() }).await?;
    let documents = Documents::new(place.folder())?;
    documents.connection("honest", "honest", honest.address, "")?;
    documents.flow("trial/order", load::PLACED, &effect("paid", "honest"))?;
    let (hub, target) = place.ready().await?;
    let mut sender = Sender::to(&target);
    for number in 0..EVENTS {
        let (id, data) = (format!("e{number}"), data(number));
        // Nobody runs on it, so that the event alone is what can be lost.
        sender.insist(&|target: &Target| load::cloud_event(target, &id, "honest.seen", &data)).await?;
    }
    hub.stop().await?;
    let flipped = flip(&place.folder().join(".nave/store"), mark(VICTIM).as_bytes())?;
    report.row("changed: places in which a bit was flipped", flipped);
    report.must("changed: the event was found on disk", flipped > 0);

    let (hub, target) = place.ready().await?;
    let mut desk = Desk::open(&target).await?;
    let (mut served, mut wrong) = (0, Vec::new());
    for number in 0..EVENTS {
        let (status, answer) = desk.ask("GET", &format!("/events/e{number}/body"), &Value::Null).await?;
        let right = serde_json::from_str::<Value>(&data(number)).is_ok_and(|expected| expected == answer);
        served += usize::from(status == 200 && right);
        if status == 200 && !right {
            wrong.push(format!("e{number}: {answer}"));
        }
        if number == VICTIM {
            let code = answer.get("code").and_then(Value::as_str).unwrap_or_default();
            report.row("changed: what the hub says of it", format!("{status} {code}"));
            report.must("changed: the hub says that the record is corrupt", code == "E-STORE-CORRUPT");
        }
    }
    report.none("changed: events served that were not what was written", &wrong);
    report.must("changed: all others are served", served == EVENTS - 1);
    let list = desk.ask("GET", "/events?limit=100", &Value::Null).await?;
    report.row("changed: listing all events answers", list.0);
    let data = json!({"id": "after"}).to_string();
    sender = Sender::to(&target);
    sender.insist(&|_: &Target| load::webhook("after", "order.placed", &data)).await?;
    for _ in 0..200 {
        if honest.seen.times("after", "paid") > 0 {
            break;
        }
        super::clock::pause(50).await;
    }
    report.must("changed: new work goes on", honest.seen.times("after", "paid") == 1);
    hub.stop().await
}

fn mark(number: usize) -> String {
    format!("mark-{number:04}-of-an-event")
}

fn data(number: usize) -> String {
    json!({"id": format!("e{number}"), "note": mark(number)}).to_string()
}

/// Flips the lowest bit of the first byte of every place that holds these bytes, in all files.
fn flip(folder: &Path, wanted: &[u8]) -> anyhow::Result<usize> {
    let mut flipped = 0;
    for path in files(folder)? {
        let mut bytes = std::fs::read(&path)?;
        let places: Vec<usize> = bytes
            .windows(wanted.len())
            .enumerate()
            .filter(|(_, part)| *part == wanted)
            .map(|(at, _)| at)
            .collect();
        for at in &places {
            if let Some(byte) = bytes.get_mut(*at) {
                *byte ^= 1;
            }
        }
        if !places.is_empty() {
            std::fs::write(&path, bytes)?;
        }
        flipped += places.len();
    }
    Ok(flipped)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
