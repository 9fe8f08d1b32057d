//! What all parts of an engine share: what remembers, what makes calls, the time, the flows, and the doors
//! of the lanes. Decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use nave_call::{Caller, Clock};
use nave_flow::Flow;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::{Batch, Op, Store};
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::calls::Calls;
use crate::catalogue::Catalogue;
use crate::engine::Options;
use crate::figures::Counters;
use crate::lane::Input;
use crate::names::{Ids, lane_of};
use crate::project::{Definition, FlowSet};
use crate::view::Notice;
use crate::written::from_bytes;

/// Kept definitions that were read back, at most; more are read again when they are needed.
const MOST_DEFINITIONS: usize = 1_000;

/// Cursors under this prefix named every event that a flow ever listened for; who waits is asked of the store.
const LISTENED: &str = "listened:";

/// What all parts share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) ids: Ids,
    pub(crate) calls: Calls,
    pub(crate) caller: RwLock<Arc<Caller>>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) counters: Counters,
    pub(crate) doors: Vec<Door>,
    /// Take no new work, and stop when what is under way has ended.
    pub(crate) draining: CancellationToken,
    /// No call under way will be told of any more: stop when the last batch is written.
    pub(crate) ending: CancellationToken,
    /// Stop.
    pub(crate) stopping: CancellationToken,
    pub(crate) catalogue: RwLock<Arc<Catalogue>>,
    /// Changes whenever there is something to deliver.
    pub(crate) delivering: watch::Sender<u64>,
    /// Endpoints that said they are gone.
    pub(crate) silent: RwLock<BTreeSet<String>>,
    /// Held while a person decides on something that no lane owns: what is read before is so when it is written.
    pub(crate) deciding: tokio::sync::Mutex<()>,
    definitions: Mutex<BTreeMap<String, Arc<Flow>>>,
    /// Flows of which runs that wait for one another may stand in several lanes, because a version orders or
    /// counts them otherwise than the one before.
    scattered: RwLock<BTreeSet<String>>,
}

/// The way into a lane.
#[derive(Debug)]
pub(crate) struct Door {
    /// For what was not written down yet, or need not be.
    pub(crate) inbox: mpsc::UnboundedSender<Input>,
    /// Tenants for whom messages were appended.
    pub(crate) bell: Arc<Bell>,
}

/// Says that there is something to read.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    tenants: Mutex<BTreeSet<String>>,
    everybody: AtomicBool,
    rung: Notify,
}

impl Bell {
    /// Something was appended for a tenant.
    pub(crate) fn ring(&self, tenant: &str) {
        let is_new = {
            let mut tenants = lock(&self.tenants);
            !tenants.contains(tenant) && tenants.insert(tenant.to_owned())
        };
        if is_new {
            self.rung.notify_one();
        }
    }

    /// Something may have been appended for anybody.
    pub(crate) fn ring_for_all(&self) {
        self.everybody.store(true, Ordering::Relaxed);
        self.rung.notify_one();
    }

    /// Nothing was appended, but what is there may be taken now.
    pub(crate) fn nudge(&self) {
        self.rung.notify_one();
    }

    /// For whom it rang since it was last asked; `None`: for everybody.
    pub(crate) fn heard(&self) -> Option<BTreeSet<String>> {
        let tenants = std::mem::take(&mut *lock(&self.tenants));
        (!self.everybody.swap(false, Ordering::Relaxed)).then_some(tenants)
    }

    /// Waits until it rings.
    pub(crate) async fn rung(&self) {
        self.rung.notified().await;
    }
}

/// What a [`Shared`] is made of.
pub(crate) struct Foundation {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) calls: Calls,
    pub(crate) caller: Arc<Caller>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) doors: Vec<Door>,
}

impl Shared {
    /// Nothing is loaded yet: see [`Shared::load`].
    pub(crate) fn new(foundation: Foundation, least_ms: u64) -> Shared {
        let Foundation { store, clock, options, calls, caller, notices, doors } = foundation;
        Shared {
            store,
            clock,
            options,
            ids: Ids::new(least_ms),
            calls,
            caller: RwLock::new(caller),
            notices,
            counters: Counters::default(),
            doors,
            draining: CancellationToken::new(),
            ending: CancellationToken::new(),
            stopping: CancellationToken::new(),
            catalogue: RwLock::new(Arc::new(Catalogue::default())),
            delivering: watch::Sender::new(0),
            silent: RwLock::new(BTreeSet::new()),
            deciding: tokio::sync::Mutex::default(),
            definitions: Mutex::new(BTreeMap::new()),
            scattered: RwLock::default(),
        }
    }

    /// Now: milliseconds since 1970, UTC.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.wall().as_millisecond()).unwrap_or_default()
    }

    /// How many lanes there are.
    pub(crate) fn lanes(&self) -> u32 {
        u32::try_from(self.doors.len()).unwrap_or(u32::MAX)
    }

    /// The flows, as last loaded.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps the definitions of flows; then new runs begin with them.
    pub(crate) async fn load(&self, flows: FlowSet) -> Result<(), Fault> {
        let catalogue = Catalogue::new(flows);
        let mut ops = Vec::new();
        for runnable in catalogue.set.flows.values() {
            ops.push(Op::Definition { hash: runnable.hash.clone(), bytes: runnable.definition.bytes() });
        }
        for (name, _) in self.store.cursors(LISTENED.to_owned()).await? {
            ops.push(Op::Cursor { name, value: None });
        }
        if !ops.is_empty() {
            self.store.commit(Batch { fence: None, ops, now_ms: self.now_ms() }).await?;
        }
        {
            let mut definitions = lock(&self.definitions);
            for runnable in catalogue.set.flows.values() {
                definitions.insert(runnable.hash.clone(), Arc::clone(&runnable.flow));
            }
        }
        let before = self.catalogue();
        for (name, runnable) in &catalogue.set.flows {
            let rule = |flow: &Flow| (flow.key.is_some(), flow.concurrency.is_some());
            if before.get(name).is_some_and(|before| rule(&before.flow) != rule(&runnable.flow)) {
                self.scatter(name);
            }
        }
        *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalogue);
        Ok(())
    }

    /// Runs of a flow that wait for one another stand in several lanes. Said before any is counted, so that
    /// whoever is counted says when it ends.
    pub(crate) fn scatter(&self, flow: &str) {
        if !self.is_scattered(flow) {
            self.scattered.write().unwrap_or_else(PoisonError::into_inner).insert(flow.to_owned());
        }
    }

    /// Whether runs of a flow that wait for one another stand in several lanes.
    pub(crate) fn is_scattered(&self, flow: &str) -> bool {
        self.scattered.read().unwrap_or_else(PoisonError::into_inner).contains(flow)
    }

    /// Tells the other lanes that a run of a flow ended.
    pub(crate) fn tell_freed(&self, own: u32, tenant: &str, flow: &str) {
        for lane in (0..self.lanes()).filter(|lane| *lane != own) {
            self.hand(lane, Input::Freed { tenant: tenant.to_owned(), flow: flow.to_owned() });
        }
    }

    /// A flow by the hash of its definition.
    pub(crate) async fn definition(&self, hash: &str) -> Result<Arc<Flow>, Fault> {
        if let Some(flow) = lock(&self.definitions).get(hash) {
            return Ok(Arc::clone(flow));
        }
        let Some(bytes) = self.store.definition(hash.to_owned()).await? else {
            let message = "the version of the flow that a run began with is not kept any more";
            return Err(Fault::new(codes::FLOW_INVALID, message).with_detail(hash));
        };
        let definition: Definition = from_bytes("a flow's definition", &bytes)?;
        let flow = Arc::new(definition.flow()?);
        let mut definitions = lock(&self.definitions);
        if definitions.len() >= MOST_DEFINITIONS {
            definitions.clear();
        }
        definitions.insert(hash.to_owned(), Arc::clone(&flow));
        Ok(flow)
    }

    /// The lane a flow's runs must live in, where it orders or counts them.
    pub(crate) fn home(&self, tenant: &str, flow: &Flow, key: Option<&str>) -> Option<u32> {
        match (flow.concurrency, key) {
            (Some(_), _) => Some(lane_of(self.lanes(), &[tenant, &flow.name])),
            (None, Some(key)) => Some(lane_of(self.lanes(), &[tenant, &flow.name, key])),
            (None, None) => None,
        }
    }

    /// The lane an event goes to: one for all events of its name where their order matters to some flow.
    pub(crate) fn lane_of_event(&self, tenant: &str, name: &str, id: &str) -> u32 {
        if self.catalogue().is_ordered(name) {
            lane_of(self.lanes(), &[tenant, name])
        } else {
            lane_of(self.lanes(), &[tenant, id])
        }
    }

    /// Hands something to a lane. A lane that has stopped takes nothing; what is durable is found again
    /// after the next start.
    pub(crate) fn hand(&self, lane: u32, input: Input) -> bool {
        let door = usize::try_from(lane).ok().and_then(|lane| self.doors.get(lane));
        door.is_some_and(|door| door.inbox.send(input).is_ok())
    }

    /// Tells a lane that messages were appended to it.
    pub(crate) fn ring(&self, lane: u32, tenant: &str) {
        if let Some(door) = usize::try_from(lane).ok().and_then(|lane| self.doors.get(lane)) {
            door.bell.ring(tenant);
        }
    }

    /// Tells the lanes that calls may be begun again over a connection that was full. Each is the first to be
    /// told now and then, because those who are told first take most.
    pub(crate) fn tell_room(&self) {
        let first = fastrand::usize(..self.doors.len().max(1));
        let (before, behind) = self.doors.split_at(first.min(self.doors.len()));
        behind.iter().chain(before).for_each(|door| door.bell.nudge());
    }

    /// Tells everybody who watches.
    pub(crate) fn announce(&self, notice: Notice) {
        // Nobody listening is no fault.
        self.notices.send(notice).ok();
    }

    /// Whether anybody watches.
    pub(crate) fn is_watched(&self) -> bool {
        self.notices.receiver_count() > 0
    }
}

/// A lock whose holder panicked holds nothing half-done here: sets and maps are changed in one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
