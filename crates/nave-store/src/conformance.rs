//! What every store must pass, whatever it keeps its records in. A case knows only the trait and a way to open
//! stores by name; opened again under its name, a store has what it had. Faults of the disk are left to the
//! tests of each store, because every store meets its own.

use std::path::Path;
use std::sync::Arc;

use nave_model::event::Body;
use nave_model::{Event, Fault};

use crate::batch::{Batch, Fence, Intake, Message, NewMessage, Op};
use crate::record::{Appended, Phase, RunRecord};
use crate::store::{Pending, Store};

mod care;
mod cases;
mod windows;

/// Opens a store by the path that names it, with [`LANES`] lanes: a new one, or the one that was there.
pub type Open<'a> = &'a dyn Fn(&Path) -> Arc<dyn Store>;

/// How many lanes the stores of the suite have.
pub const LANES: u32 = 4;

/// Makes a store out of a copy: from, to.
pub type Restore<'a> = &'a dyn Fn(&Path, &Path) -> Result<(), Fault>;

/// What a case is given.
struct Ground<'a> {
    open: Open<'a>,
    restore: Restore<'a>,
    folder: &'a Path,
}

impl Ground<'_> {
    /// The store of a name.
    fn store(&self, name: &str) -> Arc<dyn Store> {
        (self.open)(&self.folder.join(name))
    }

    fn restore(&self, from: &Path, to: &Path) {
        assert_eq!((self.restore)(from, to), Ok(()));
    }
}

/// Runs every case in an empty folder; panics at the first that does not hold.
pub async fn check(open: Open<'_>, restore: Restore<'_>, folder: &Path) {
    let ground = Ground { open, restore, folder };
    cases::check(&ground).await;
    windows::check(&ground).await;
    care::check(&ground).await;
}

/// The value, or the end of the suite.
#[expect(clippy::panic, reason = "the suite is a test: what fails ends it")]
async fn must<T>(pending: Pending<'_, T>) -> T {
    match pending.await {
        Ok(value) => value,
        Err(fault) => panic!("{}: {} ({:?})", fault.code, fault.message, fault.detail),
    }
}

/// The fault's code, or the end of the suite.
#[expect(clippy::panic, reason = "the suite is a test: what does not fail ends it")]
async fn must_fail<T>(pending: Pending<'_, T>) -> Fault {
    match pending.await {
        Ok(_) => panic!("it should have failed"),
        Err(fault) => fault,
    }
}

const TENANT: &str = "default";

fn event(id: &str) -> Event {
    Event {
        id: id.to_owned(),
        source: "/connections/crm".to_owned(),
        name: "crm.deal.won".to_owned(),
        subject: None,
        time_ms: None,
        received_ms: 1000,
        trace: None,
        extensions: std::collections::BTreeMap::new(),
        media: "application/json".to_owned(),
        body: Body::Inline(format!("{{\"id\":\"{id}\"}}").into_bytes()),
    }
}

fn message(lane: u32, id: &str) -> NewMessage {
    NewMessage {
        tenant: TENANT.to_owned(),
        lane,
        dedup: Some(id.to_owned()),
        message: Message::Event(event(id)),
    }
}

async fn append(store: &dyn Store, messages: Vec<NewMessage>) -> Vec<Appended> {
    must(store.append(Intake { messages, cursors: Vec::new(), now_ms: 1000 })).await
}

fn batch(ops: Vec<Op>) -> Batch {
    Batch { fence: None, ops, now_ms: 1000 }
}

fn fenced(lane: u32, epoch: u64, ops: Vec<Op>) -> Batch {
    Batch { fence: Some(Fence { lane, epoch }), ops, now_ms: 1000 }
}

async fn commit(store: &dyn Store, ops: Vec<Op>) {
    must(store.commit(batch(ops))).await;
}

fn run(id: &str, phase: Phase) -> RunRecord {
    RunRecord {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        lane: 1,
        flow: "sales/onboard".to_owned(),
        definition: "d".to_owned(),
        key: None,
        phase,
        state: "running".to_owned(),
        cause: "manual".to_owned(),
        parent: None,
        replay_of: None,
        created_ms: 1000,
        changed_ms: 1000,
        ended_ms: (phase == Phase::Ended).then_some(2000),
        entries: 0,
        fault: None,
        trace: None,
    }
}

fn put(run: RunRecord) -> Op {
    Op::PutRun(Box::new(run))
}

/// The place of each message of a tenant in a lane, with the id of its event.
async fn read(store: &dyn Store, lane: u32, after: u64) -> Vec<(u64, String)> {
    let queued = must(store.read(lane, TENANT.to_owned(), after, 1000)).await;
    queued
        .into_iter()
        .map(|queued| match queued.message {
            Ok(Message::Event(event)) => (queued.position, event.id),
            other => (queued.position, format!("{other:?}")),
        })
        .collect()
}
