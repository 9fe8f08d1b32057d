//! A lane at work: takes all that is ready, decides in memory, writes one batch at its epoch, and only then
//! acts. One commit is under way at a time; what arrives meanwhile is the next batch.
//!
//! The way through: [`Lane::work`] (the loop) → `gather` (what is ready) → `turn` (decide, write, act, or
//! forget and try again) → `tell` and `dispatch` (what happens to runs) → `act` (what runs want done).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use nave_flow::decide::Happened;
use nave_model::Fault;
use nave_store::Fence;
use nave_store::record::{KeptEvent, Parked, Queued, RunRecord, Timer, Window};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::calls::End;
use crate::catalogue::Catalogue;
use crate::group::Groups;
use crate::run::Loaded;
use crate::shared::Shared;

mod act;
mod aside;
mod ended;
mod gates;
mod gather;
mod log;
mod make;
mod order;
mod places;
mod settled;
mod tell;
mod turn;
mod windows;

pub(crate) use act::append;
pub(crate) use turn::{Next, Turn};

use gates::Gates;
use places::Kept;

/// What a lane takes in.
#[derive(Debug)]
pub(crate) enum Input {
    /// A message that was appended to it.
    Message(Queued),
    /// A timer that is due.
    Timer(Timer),
    /// A call of one of its runs ended.
    Ended { run: String, task: String, end: End },
    /// A call that was held back may be tried again.
    Resumed(Parked),
    /// Somebody asks for something, and waits for the answer.
    Order(Order),
    /// The next event in the window of a run that waits, and what of the window is behind it; `None`: there is
    /// none any more.
    Missed { window: Arc<Window>, event: Option<Box<KeptEvent>> },
    /// A run that a stop interrupted.
    Recover(Box<RunRecord>),
    /// Flows were loaded.
    Reloaded,
    /// A run of a flow, whose runs stand in several lanes, ended in another.
    Freed { tenant: String, flow: String },
}

impl Input {
    /// In a word what it is, and the run it is about.
    fn about(&self) -> (&'static str, Option<&str>) {
        match self {
            Input::Message(_) => ("message", None),
            Input::Timer(timer) => ("timer", Some(&timer.run)),
            Input::Ended { run, .. } => ("end of a call", Some(run)),
            Input::Resumed(parked) => ("call held back", Some(&parked.run)),
            Input::Order(order) => ("order", Some(&order.run)),
            Input::Missed { window, .. } => ("event that came meanwhile", Some(&window.run)),
            Input::Recover(record) => ("run to recover", Some(&record.id)),
            Input::Reloaded | Input::Freed { .. } => ("news", None),
        }
    }
}

/// What somebody asks for.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) run: String,
    pub(crate) what: What,
    pub(crate) reply: oneshot::Sender<Result<(), Fault>>,
}

/// What can be asked of a run.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// That it be told something.
    Tell(Happened),
    /// That the step it failed at be tried again, or skipped.
    Again { step: Option<String>, skip: bool, by: String },
    /// That a call whose outcome is unknown be settled.
    Settle { task: String, ended: Result<Arc<Value>, String>, by: String },
    /// That it go on by the flow's present version.
    Migrate { by: String },
}

/// A lane at work.
pub(crate) struct Lane {
    pub(crate) shared: Arc<Shared>,
    pub(crate) fence: Fence,
    inbox: mpsc::UnboundedReceiver<Input>,
    /// What was taken in and not decided on.
    pending: Vec<Input>,
    /// Runs in memory: those with calls under way, and those of the present turn.
    runs: BTreeMap<String, Loaded>,
    /// Runs with calls under way.
    live: BTreeMap<String, Live>,
    /// How many of these each tenant has.
    live_of: BTreeMap<String, usize>,
    gates: Gates,
    pub(crate) groups: Groups,
    /// Tenants that have had messages in this lane.
    tenants: IndexMap<String, Tenant>,
    /// Places at connections that are kept for the runs of this turn.
    kept: Kept,
    /// Tenants whose next message waits for a place at a connection, and until when it is not looked at again.
    blocked: BTreeMap<String, (String, Duration)>,
    /// How many messages are read at a time: fewer where most of them have to wait.
    page: usize,
    /// Which tenant is served first next.
    first: usize,
    /// The earliest timer; `None`: to be asked for. Within: none is set.
    next_timer: Option<Option<u64>>,
    /// Behind which run recovery goes on; `None`: it is over.
    recovering: Option<Option<String>>,
    /// Runs that were dealt with before the lane came to their starts; `None`: to be read.
    forestalled: Option<BTreeSet<String>>,
    /// Whether runs may have begun to wait for events that were accepted meanwhile.
    has_windows: bool,
    /// Whether the gates have to be filled from the store first.
    is_unsure: bool,
    /// What they are filled with the first time.
    queued: Option<Vec<RunRecord>>,
    /// By which flows they are.
    catalogue: Arc<Catalogue>,
}

/// What a lane knows of a tenant's messages.
#[derive(Debug, Clone, Copy)]
struct Tenant {
    /// Up to where they are consumed.
    consumed: u64,
    /// Whether there may be more behind that.
    has_more: bool,
}

/// A run with calls under way.
#[derive(Debug)]
struct Live {
    tenant: String,
    /// By task: what gives the call up, and how often it may have been sent before.
    calls: BTreeMap<String, (CancellationToken, u32)>,
}

impl Lane {
    /// A lane that was just taken.
    pub(crate) fn new(
        shared: Arc<Shared>,
        fence: Fence,
        inbox: mpsc::UnboundedReceiver<Input>,
        queued: Vec<RunRecord>,
    ) -> Lane {
        let catalogue = shared.catalogue();
        let kept = Kept::new(shared.calls.clone());
        Lane {
            shared,
            fence,
            inbox,
            pending: Vec::new(),
            runs: BTreeMap::new(),
            live: BTreeMap::new(),
            live_of: BTreeMap::new(),
            gates: Gates::default(),
            groups: Groups::default(),
            tenants: IndexMap::new(),
            kept,
            blocked: BTreeMap::new(),
            page: gather::MOST,
            first: 0,
            next_timer: None,
            recovering: Some(None),
            forestalled: None,
            has_windows: true,
            is_unsure: true,
            queued: Some(queued),
            catalogue,
        }
    }

    /// Whether a call is under way.
    fn is_live(&self, run: &str, task: &str) -> bool {
        self.live.get(run).is_some_and(|live| live.calls.contains_key(task))
    }

    /// Works until it is stopped, or the lane is lost.
    pub(crate) async fn work(mut self) {
        // The first turn fills the gates, which begins what waited for a run that has ended.
        let mut inputs = Some(Vec::new());
        while let Some(ready) = inputs {
            if !Box::pin(self.turn(ready)).await {
                return;
            }
            inputs = self.gather().await;
        }
    }
}
