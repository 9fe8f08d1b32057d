//! What must hold after a power loss: everything acknowledged is there, whole and once; what was refused is not;
//! and what was written together is there together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nave_model::Fault;
use nave_store::Store;
use nave_store::audit;
use nave_store::batch::{Intake, Message};
use nave_store::record::CallState;
use nave_store::sqlite::Synchronous;
use sha2::{Digest, Sha256};

use super::work::{
    LANES, Said, TENANT, UNHANDLED, WORKERS, blob, call_of, done_by, message, next_step, open, record,
    run_of, text,
};

/// What the workers were told, over all processes that worked in the same store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Where the message of a worker, step and attempt is.
    messages: BTreeMap<(u32, u32, u32), (u32, u64)>,
    /// The last step of a worker whose batch was acknowledged.
    steps: BTreeMap<u32, u32>,
    blobs: BTreeSet<(u32, u32)>,
    refused: BTreeSet<(u32, u32, u32)>,
    /// Refused, and the worker was acknowledged nothing since: until the disk works again, the store cannot
    /// promise that none of it is there.
    open: BTreeSet<(u32, u32, u32)>,
    /// Promises that the store broke while it worked.
    wrong: Vec<String>,
    /// Messages and batches and blobs that were acknowledged.
    pub(crate) acknowledged: u64,
}

impl Told {
    pub(crate) fn hear(&mut self, said: &Said) {
        let who = match said {
            &Said::Appended { worker, step, attempt, lane, position } => {
                self.messages.insert((worker, step, attempt), (lane, position));
                worker
            }
            &Said::Committed { worker, step } => {
                self.steps.insert(worker, step);
                worker
            }
            &Said::Blob { worker, step } => {
                self.blobs.insert((worker, step));
                worker
            }
            &Said::Refused { worker, step, attempt } => {
                self.open.insert((worker, step, attempt));
                return;
            }
            &Said::Resumed { worker, step } => {
                self.refused.remove(&(worker, step, 0));
                return;
            }
            Said::Wrong(what) => {
                self.wrong.push(what.clone());
                return;
            }
        };
        self.acknowledged += 1;
        self.refused.extend(self.open.extract_if(.., |(worker, _, _)| *worker == who));
    }

    /// The process ended: what was not settled by then may be there or not.
    pub(crate) fn ended(&mut self) {
        self.open.clear();
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Acknowledged, and not there.
    pub(crate) lost: Vec<String>,
    /// There, and not as it should be.
    pub(crate) wrong: Vec<String>,
}

/// Opens the store after a loss and compares.
pub(crate) fn check(folder: &Path, told: &Told) -> anyhow::Result<Found> {
    let mut found = Found { wrong: told.wrong.clone(), ..Found::default() };
    if told.acknowledged == 0 && !folder.exists() {
        return Ok(found);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    match open(folder, Synchronous::Full) {
        Ok(store) => {
            if let Err(fault) = runtime.block_on(store.verify()) {
                found.wrong.push(describe(&fault));
            }
            if let Err(fault) = runtime.block_on(compare(&*store, told, &mut found)) {
                found.wrong.push(describe(&fault));
            }
        }
        Err(fault) => found.wrong.push(format!("it cannot be opened: {}", describe(&fault))),
    }
    Ok(found)
}

fn describe(fault: &Fault) -> String {
    format!("{}: {} ({})", fault.code, fault.message, fault.detail.as_deref().unwrap_or("no detail"))
}

async fn compare(store: &dyn Store, told: &Told, found: &mut Found) -> Result<(), Fault> {
    messages(store, told, found).await?;
    let mut steps = 0;
    for worker in 0..WORKERS {
        steps += u64::from(batches(store, worker, told, found).await?);
    }
    for (worker, step) in &told.blobs {
        let bytes = blob(*worker, *step);
        let name: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if store.blob(name).await? != Some(bytes) {
            found.lost.push(format!("blob {worker} {step}"));
        }
    }
    let chain = store.audit(TENANT.to_owned(), 0, usize::MAX).await?;
    if audit::broken(0, audit::START, &chain).is_some() || chain.len() as u64 != steps {
        found.wrong.push(format!("the audit chain has {} entries for {steps} steps", chain.len()));
    }
    duplicates(store, told, found).await
}

async fn messages(store: &dyn Store, told: &Told, found: &mut Found) -> Result<(), Fault> {
    let mut places = BTreeMap::new();
    // Up to this position, a lane was handled at most: what stands there may have been swept.
    let mut handled = BTreeMap::new();
    for (lane, position) in told.messages.values() {
        let last: &mut u64 = handled.entry(*lane).or_default();
        *last = position.saturating_sub(UNHANDLED).max(*last);
    }
    for lane in 0..LANES {
        let handled = handled.get(&lane).copied().unwrap_or(0);
        let queued = store.read(lane, TENANT.to_owned(), 0, usize::MAX).await?;
        let first = queued.first().map_or(1, |queued| queued.position).min(handled + 1);
        for (queued, expected) in queued.into_iter().zip(first..) {
            let place = (lane, queued.position);
            if queued.position != expected {
                found.wrong.push(format!("position {expected} of lane {lane} is missing"));
            }
            let Message::Event(event) = queued.message? else { continue };
            let numbers: Vec<u32> = event.id.split('-').filter_map(|part| part.parse().ok()).collect();
            let &[worker, step, attempt] = numbers.as_slice() else { continue };
            if Message::Event(event) != message(worker, step, attempt).message {
                found.wrong.push(format!("message {worker} {step} {attempt} is another"));
            }
            if places.insert((worker, step, attempt), place).is_some() {
                found.wrong.push(format!("message {worker} {step} {attempt} is there twice"));
            }
            if told.refused.contains(&(worker, step, attempt)) {
                found.wrong.push(format!("message {worker} {step} {attempt} was refused and is there"));
            }
        }
    }
    for (name, place) in &told.messages {
        let (lane, position) = place;
        let may_be_gone = handled.get(lane).is_some_and(|handled| position <= handled);
        if places.get(name).is_none_or(|found| found != place) && (places.contains_key(name) || !may_be_gone)
        {
            found.lost.push(format!("message {name:?} at {place:?}"));
        }
    }
    Ok(())
}

/// Compares what a worker's batches wrote; gives how many there were.
async fn batches(store: &dyn Store, worker: u32, told: &Told, found: &mut Found) -> Result<u32, Fault> {
    let steps = next_step(store.cursor(done_by(worker)).await?.as_deref());
    let expected = told.steps.get(&worker).map_or(0, |last| last + 1);
    if steps < expected {
        found.lost.push(format!("{} batches of worker {worker}", expected - steps));
    }
    let journal = store.journal(run_of(worker), 0).await?;
    let whole = journal.len() == steps as usize
        && journal.iter().all(|entry| entry.bytes == text(&run_of(worker), entry.number));
    let last = steps.checked_sub(1);
    let run = store.run(run_of(worker)).await?;
    let call = match last {
        Some(last) => store.call(call_of(worker, last)).await?.map(|call| call.state),
        None => None,
    };
    if !whole || run != last.map(|last| record(worker, last)) || call != last.map(|_| CallState::Intended) {
        found.wrong.push(format!("the batches of worker {worker} are not whole"));
    }
    Ok(steps)
}

/// What was acknowledged is a duplicate when it comes again.
async fn duplicates(store: &dyn Store, told: &Told, found: &mut Found) -> Result<(), Fault> {
    let last: BTreeMap<u32, _> =
        told.messages.iter().map(|(name, place)| (name.0, (*name, *place))).collect();
    for ((worker, step, attempt), (lane, position)) in last.into_values() {
        let messages = vec![message(worker, step, attempt)];
        let places = store.append(Intake { messages, cursors: Vec::new(), now_ms: 1 }).await?;
        let same = |place: &nave_store::record::Appended| {
            place.duplicate && (place.lane, place.position) == (lane, position)
        };
        if !places.iter().all(same) {
            found.lost.push(format!("the key of message {worker} {step} {attempt}"));
        }
    }
    Ok(())
}
