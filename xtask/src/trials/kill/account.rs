//! The account of a kill trial: acknowledged events, runs, the ledger, and what the systems counted, held
//! against each other.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::{EFFECTS, Sent, Systems};
use crate::trials::hub::{Desk, text};
use crate::trials::report::Report;

/// A run as it counts here.
struct Run {
    id: String,
    state: String,
}

/// Holds everything against each other before anybody settles anything; gives the calls in doubt by id.
pub(super) async fn take(
    report: &mut Report,
    desk: &mut Desk,
    sent: &Sent,
    systems: &Systems,
) -> anyhow::Result<BTreeMap<String, Value>> {
    let mut runs: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    desk.each("/runs", |run| {
        let found = Run { id: text(run, "id").to_owned(), state: text(run, "state").to_owned() };
        runs.entry(text(run, "cause").to_owned()).or_default().push(found);
    })
    .await?;
    let mut doubt = BTreeMap::new();
    desk.each("/ledger?state=unknown", |call| {
        doubt.insert(text(call, "id").to_owned(), call.clone());
    })
    .await?;
    let intended = desk.some("/ledger?state=intended&limit=10").await?;
    let dead = desk.some("/dead?limit=10").await?;
    senders(report, sent);
    events(report, sent, systems, &runs, &doubt);
    doubled(report, systems);
    in_doubt(report, systems, &runs, &doubt);
    report.none("calls that nobody concluded", &intended);
    report.none("events that could not be handled", &dead);
    Ok(doubt)
}

fn senders(report: &mut Report, sent: &Sent) {
    let acknowledged = sent.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
    report.row("events acknowledged", acknowledged.len());
    report.row("sent again on purpose", sent.again.load(Ordering::Relaxed));
    report.row("sends without an answer", sent.broken.load(Ordering::Relaxed));
    report.row("sends the hub could not take (5xx)", sent.away.load(Ordering::Relaxed));
    report.must("events were acknowledged", !acknowledged.is_empty());
}

/// Every acknowledged event has one run, and that has all effects up to where it rests.
fn events(
    report: &mut Report,
    sent: &Sent,
    systems: &Systems,
    runs: &BTreeMap<String, Vec<Run>>,
    doubt: &BTreeMap<String, Value>,
) {
    let acknowledged = sent.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut lost, mut several, mut lacking, mut resting) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for event in acknowledged.iter() {
        let Some(found) = runs.get(event) else {
            lost.push(event.clone());
            continue;
        };
        let [run] = found.as_slice() else {
            several.push(event.clone());
            continue;
        };
        let in_doubt = doubt.contains_key(&format!("{}/told", run.id));
        match run.state.as_str() {
            "completed" => lacking.extend(missing(systems, event, EFFECTS.len())),
            // What stands before the doubt is done.
            "unknown" if in_doubt => lacking.extend(missing(systems, event, 1)),
            state => resting.push(format!("{event} {}: {state}", run.id)),
        }
    }
    report.row("runs", runs.values().map(Vec::len).sum::<usize>());
    report.none("acknowledged events lost", &lost);
    report.none("events with several runs", &several);
    report.none("effects that are missing", &lacking);
    report.none("runs that neither completed nor wait in doubt", &resting);
}

/// The first so many effects of an event, as far as a system has not seen them.
fn missing(systems: &Systems, event: &str, first: usize) -> Vec<(String, &'static str)> {
    let lacks = |(step, honest): &&(&'static str, bool)| {
        let system = if *honest { &systems.honest } else { &systems.blunt };
        system.seen.times(event, step) == 0
    };
    let lacking = EFFECTS.iter().take(first).filter(lacks);
    lacking.map(|(step, _)| (event.to_owned(), *step)).collect()
}

fn doubled(report: &mut Report, systems: &Systems) {
    report.row("effects at the system that honours keys", systems.honest.seen.effects());
    report.row("sent to it again with the same key", systems.honest.seen.repeats());
    report.none("effects doubled there", &systems.honest.seen.doubled());
    report.row("effects at the system that does not", systems.blunt.seen.effects());
    report.none("effects repeated there", &systems.blunt.seen.doubled());
}

/// Every call in doubt is one to the system without keys, and every effect that system counted is known to
/// the hub as done, or as in doubt.
fn in_doubt(
    report: &mut Report,
    systems: &Systems,
    runs: &BTreeMap<String, Vec<Run>>,
    doubt: &BTreeMap<String, Value>,
) {
    let wrong: Vec<&String> = doubt
        .iter()
        .filter(|(_, call)| text(call, "connection") != "blunt" || text(call, "operation") != "create_effect")
        .map(|(id, _)| id)
        .collect();
    let argument = |call: &Value| text(call.get("arguments").unwrap_or(&Value::Null), "id").to_owned();
    let unsure: BTreeMap<String, &Value> = doubt.values().map(|call| (argument(call), call)).collect();
    let known = |event: &String| {
        let completed = runs.get(event).is_some_and(|runs| runs.iter().any(|run| run.state == "completed"));
        completed != unsure.contains_key(event)
    };
    let all = systems.blunt.seen.all();
    let unaccounted: Vec<&String> =
        all.iter().map(|(event, _)| event).filter(|event| !known(event)).collect();
    let arrived = unsure.keys().filter(|event| systems.blunt.seen.times(event, "told") > 0).count();
    report.row("calls listed as unknown", doubt.len());
    report.row("of them had arrived, as the system knows", arrived);
    report.none("calls listed as unknown that could have been settled by the hub", &wrong);
    report.none("effects the hub holds neither for done nor for unknown", &unaccounted);
}

/// Once all is settled: everything of every acknowledged event, once.
pub(super) fn close(report: &mut Report, sent: &Sent, systems: &Systems) {
    let acknowledged = sent.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
    let lacking: Vec<_> =
        acknowledged.iter().flat_map(|event| missing(systems, event, EFFECTS.len())).collect();
    report.none("effects missing once all is settled", &lacking);
    report.none("effects repeated once all is settled", &systems.blunt.seen.doubled());
    report.none("effects doubled once all is settled", &systems.honest.seen.doubled());
}
