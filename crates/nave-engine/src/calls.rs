//! The calls of flows: through the pipeline, settled, and held back on disk while a system, its
//! credential or its description is at fault. What follows from an end is left to the lane that asked.
//!
//! The way through: [`Calls::start`] → `calls/perform.rs` (one call to its end) → `calls/line.rs` (what is
//! held back at a connection, and when it is tried again) → `calls/drainer.rs` (which does it).

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use nave_call::task::spawn;
use nave_call::{Caller, Clock, Priority};
use nave_flow::decide::FaultRecord;
use nave_flow::flow::Tighten;
use nave_model::fault::codes;
use nave_model::{Fault, trace};
use nave_store::Store;
use nave_store::batch::{Audited, Conclusion, Fence};
use nave_store::record::Parked;
use serde_json::{Value, json};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use crate::engine::Options;
use crate::view::Notice;

use line::{Entry, Line, Outcome};

pub(crate) use line::Room;

mod direct;
mod drainer;
mod line;
mod perform;

/// A call that a run asks for.
#[derive(Debug)]
pub(crate) struct Job {
    /// `run/task`: its id in the ledger.
    pub(crate) id: String,
    /// Whose.
    pub(crate) tenant: String,
    /// The lane that asks.
    pub(crate) fence: Fence,
    /// The run.
    pub(crate) run: String,
    /// The task in it.
    pub(crate) task: String,
    /// The connection.
    pub(crate) connection: String,
    /// The operation.
    pub(crate) operation: String,
    /// The arguments.
    pub(crate) arguments: Arc<Value>,
    /// What the step tightens.
    pub(crate) tighten: Tighten,
    /// The idempotency key.
    pub(crate) key: String,
    /// The trace it belongs to.
    pub(crate) trace: Option<String>,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// How often it was begun before. 0: never, and the ledger need not be asked what became of it.
    pub(crate) attempts: u32,
    /// Cancelled when the run needs it no longer.
    pub(crate) cancel: CancellationToken,
}

/// How a call ended for its run. `conclude` belongs into the batch that journals it.
#[derive(Debug)]
pub(crate) enum End {
    /// It was done.
    Done {
        /// The answer.
        result: Arc<Value>,
        /// For the ledger.
        conclude: Option<Conclusion>,
    },
    /// It was provably not done.
    Failed {
        /// Why.
        fault: FaultRecord,
        /// For the ledger.
        conclude: Option<Conclusion>,
    },
    /// Nobody knows; it is not sent again.
    Unknown {
        /// Why.
        fault: FaultRecord,
        /// For the ledger.
        conclude: Option<Conclusion>,
    },
    /// It is to be held back on disk until the connection works again.
    Park {
        /// Why.
        fault: Fault,
    },
}

/// Hears how a call ended. It is called at most once: not at all when the hub stops before anything was
/// sent, or when the lane is lost.
type Done = Box<dyn FnOnce(End) + Send>;

/// Whose connection.
pub(crate) type Place = (String, String);

/// Makes the calls of flows. Cheap to clone; clones are the same one.
#[derive(Clone)]
pub(crate) struct Calls {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}

/// What all clones share.
struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    caller: Mutex<Arc<Caller>>,
    notices: broadcast::Sender<Notice>,
    waiting_most: usize,
    patience_ms: u64,
    /// How long lanes wait for what they write, lately: microseconds.
    writes_us: AtomicU64,
    lines: Mutex<BTreeMap<Place, Line<(Job, Done)>>>,
    resume: OnceLock<Box<dyn Fn(Parked) + Send + Sync>>,
    room: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Wakes the drainer.
    changed: Arc<Notify>,
    /// Wakes whoever waits for the last call to end.
    ended: Notify,
    closing: CancellationToken,
}

impl Calls {
    /// Calls through this caller, which keeps its ledger in the same store.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        caller: Arc<Caller>,
        clock: Arc<dyn Clock>,
        options: &Options,
        notices: broadcast::Sender<Notice>,
    ) -> Calls {
        let inner = Inner {
            store,
            clock,
            caller: Mutex::new(caller),
            notices,
            waiting_most: options.waiting_per_connection.max(1),
            patience_ms: options.patience_ms,
            writes_us: AtomicU64::new(0),
            lines: Mutex::default(),
            resume: OnceLock::new(),
            room: OnceLock::new(),
            changed: Arc::default(),
            ended: Notify::new(),
            closing: CancellationToken::new(),
        };
        Calls { inner: Arc::new(inner) }
    }

    /// What has a parked call loaded and started again. Said once, before [`Calls::recover`].
    pub(crate) fn on_resume(&self, resume: impl Fn(Parked) + Send + Sync + 'static) {
        if self.inner.resume.set(Box::new(resume)).is_err() {
            tracing::error!("parked calls are resumed by whoever said so first");
        }
    }

    /// What is told that calls may be begun again over a connection that was full. Said once.
    pub(crate) fn on_room(&self, room: impl Fn() + Send + Sync + 'static) {
        if self.inner.room.set(Box::new(room)).is_err() {
            tracing::error!("those who wait for places are told by whoever said so first");
        }
    }

    /// Keeps a place for a call over a connection, for somebody who was given `own` already.
    pub(crate) fn keep(&self, place: &Place, own: usize) -> Room {
        let (now, most) = (self.inner.clock.now(), self.inner.waiting_most);
        let writes = Duration::from_micros(self.inner.writes_us.load(Ordering::Relaxed));
        let mut lines = self.inner.lines();
        if !lines.contains_key(place) {
            lines.insert(place.clone(), Line::default());
        }
        lines.get_mut(place).map_or(Room::Open, |line| {
            line.writes_take(writes);
            line.keep(own, now, most)
        })
    }

    /// Learns how long a lane waited for a batch to be written.
    pub(crate) fn written(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let before = self.inner.writes_us.load(Ordering::Relaxed);
        // Lanes that write at the same time may forget one another's; it is a mean all the same.
        self.inner.writes_us.store(before - before / 16 + took / 16, Ordering::Relaxed);
    }

    /// Gives back places that were kept.
    pub(crate) fn give_back(&self, kept: &BTreeMap<Place, usize>) {
        let (now, most) = (self.inner.clock.now(), self.inner.waiting_most);
        let mut is_open = false;
        if !kept.is_empty() {
            let mut lines = self.inner.lines();
            for (place, kept) in kept {
                if let Some(line) = lines.get_mut(place) {
                    line.give_back(*kept);
                    is_open |= line.opens(now, most);
                }
            }
        }
        if is_open {
            self.inner.tell_room();
        }
    }

    /// Whether somebody who was told that a connection is full has to wait on.
    pub(crate) fn is_full(&self, place: &Place) -> bool {
        let (now, most) = (self.inner.clock.now(), self.inner.waiting_most);
        self.inner.lines().get_mut(place).is_some_and(|line| line.is_full(now, most))
    }

    /// Holds back what was held back before a stop, and begins to try it; settles what people and agents had
    /// under way.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn recover(&self) -> Result<(), Fault> {
        direct::recover(&self.inner).await?;
        drainer::sweep(&self.inner).await?;
        drainer::start(&self.inner);
        Ok(())
    }

    /// Uses another caller from now on, and tries at once what is held back.
    pub(crate) fn load(&self, caller: Arc<Caller>) {
        *self.inner.caller.lock().unwrap_or_else(PoisonError::into_inner) = caller;
        self.inner.lines().values_mut().for_each(Line::try_now);
        self.inner.changed.notify_one();
    }

    /// Tries at once what is held back at a connection.
    pub(crate) fn resume(&self, tenant: &str, connection: &str) {
        if let Some(line) = self.inner.lines().get_mut(&(tenant.to_owned(), connection.to_owned())) {
            line.try_now();
        }
        self.inner.changed.notify_one();
    }

    /// Whether new calls of a connection are held back, because older ones are.
    pub(crate) fn is_held(&self, tenant: &str, connection: &str) -> bool {
        let lines = self.inner.lines();
        lines.get(&(tenant.to_owned(), connection.to_owned())).is_some_and(Line::is_held)
    }

    /// How many calls are under way or wait for their turn in memory.
    pub(crate) fn under_way(&self) -> usize {
        self.inner.lines().values().map(Line::in_memory).sum()
    }

    /// Starts a call, in the background. A call that is under way already is not made twice: from now on
    /// `done` hears how it ends.
    pub(crate) fn start(&self, job: Job, done: impl FnOnce(End) + Send + 'static) {
        self.begin(job, Box::new(done));
    }

    fn begin(&self, job: Job, done: Done) {
        let inner = &self.inner;
        if inner.closing.is_cancelled() {
            return;
        }
        let place = (job.tenant.clone(), job.connection.clone());
        let mut lines = inner.lines();
        let line = lines.entry(place.clone()).or_default();
        let was_held = line.is_held();
        match line.enter(&job.id, inner.clock.now(), inner.waiting_most) {
            Entry::Go(slot, parked) => {
                *lock(&slot) = Some(done);
                drop(lines);
                let inner = Arc::clone(inner);
                spawn("call", Box::pin(Inner::carry_out(inner, place, job, slot, parked)));
            }
            Entry::UnderWay(slot) => *lock(&slot) = Some(done),
            Entry::Wait => line.wait((job, done)),
            Entry::Park(fault) => {
                drop(lines);
                if !was_held {
                    inner.tell_held(&place, &fault);
                }
                done(End::Park { fault });
            }
        }
    }

    /// Starts nothing more, lets what was sent end for up to `within`, and gives up the rest: what was not
    /// sent is as if it had never begun, what was is in doubt.
    pub(crate) async fn drain(&self, within: Duration) {
        let inner = &self.inner;
        inner.closing.cancel();
        inner.changed.notify_one();
        let end = inner.clock.now().saturating_add(within);
        loop {
            let ended = inner.ended.notified();
            let now = inner.clock.now();
            if self.under_way() == 0 || now >= end {
                return;
            }
            tokio::select! {
                () = ended => {}
                () = inner.clock.sleep(end.saturating_sub(now)) => {}
            }
        }
    }
}

impl Inner {
    fn lines(&self) -> MutexGuard<'_, BTreeMap<Place, Line<(Job, Done)>>> {
        lock(&self.lines)
    }

    fn caller(&self) -> Arc<Caller> {
        Arc::clone(&lock(&self.caller))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.wall().as_millisecond()).unwrap_or_default()
    }

    /// Makes one call, tells how it ended, and what that means for those behind it.
    async fn carry_out(
        inner: Arc<Inner>,
        place: Place,
        job: Job,
        slot: Arc<Mutex<Option<Done>>>,
        parked: Option<Box<Parked>>,
    ) {
        let since_ms = parked.as_ref().map(|parked| parked.since_ms);
        let performed = AssertUnwindSafe(perform::perform(&inner, &job, since_ms)).catch_unwind().await;
        let end = performed.unwrap_or_else(|_| {
            // Whether it was sent before the defect showed is in the ledger; a person has to look.
            let fault = Fault::new(codes::INTERNAL, "a defect of the hub ended the call");
            let (run, step) = (job.run.as_str(), job.task.as_str());
            let trace_id = job.trace.as_deref().and_then(trace::id);
            tracing::error!(trace_id, run, step, "a call ended by a defect");
            Some(End::Unknown { fault: FaultRecord::from(&fault), conclude: None })
        });
        let outcome = match &end {
            Some(End::Park { fault }) => Outcome::Parked(fault.clone()),
            Some(End::Done { .. } | End::Failed { .. } | End::Unknown { .. }) => Outcome::Ended,
            None => Outcome::Nothing,
        };
        let (is_new, waiting, is_open) = {
            let mut lines = inner.lines();
            let line = lines.entry(place.clone()).or_default();
            let was_held = line.is_held();
            let now = inner.clock.now();
            let waiting = line.ended(&job.id, &outcome, now);
            (!was_held && line.is_held(), waiting, line.opens(now, inner.waiting_most))
        };
        if is_open {
            inner.tell_room();
        }
        if let Outcome::Parked(fault) = &outcome {
            if is_new {
                inner.tell_held(&place, fault);
            } else {
                inner.tell_still_held(&place, fault, since_ms);
            }
        }
        let done = lock(&slot).take();
        if let (Some(end), Some(done)) = (end, done) {
            done(end);
        }
        // Those behind it are held back behind it.
        if let Outcome::Parked(fault) = outcome {
            for (_, done) in waiting {
                done(End::Park { fault: fault.clone() });
            }
        }
        inner.changed.notify_one();
        inner.ended.notify_waiters();
    }

    /// Tells those who wait for places that there are some.
    fn tell_room(&self) {
        if let Some(room) = self.room.get() {
            room();
        }
    }

    fn tell_held(&self, (tenant, connection): &Place, fault: &Fault) {
        let code = fault.code.name;
        if fault.code == codes::QUEUE_FULL {
            tracing::info!(tenant, connection, code, "more calls wait than memory holds; they wait on disk");
        } else {
            // What a system says in its own words may be about somebody; it stands at the connection.
            let is_ours = fault.status.is_none() && fault.code != codes::RESPONSE_DRIFT;
            let why = Some(fault.message.as_str()).filter(|_| is_ours);
            tracing::warn!(tenant, connection, code, why, "calls are held back until the connection works");
        }
        self.notify(connection, true, Some(format!("{code}: {}", fault.message)));
    }

    fn tell_still_held(&self, (tenant, connection): &Place, fault: &Fault, since_ms: Option<u64>) {
        let Some(since_ms) = since_ms.filter(|_| fault.code != codes::QUEUE_FULL) else { return };
        let age_s = self.now_ms().saturating_sub(since_ms) / 1000;
        let code = fault.code.name;
        tracing::warn!(tenant, connection, code, age_s, "calls are still held back");
    }

    fn notify(&self, connection: &str, held: bool, reason: Option<String>) {
        let notice = Notice::Parked { connection: connection.to_owned(), held, reason, at_ms: self.now_ms() };
        // Nobody listening is no failure.
        self.notices.send(notice).ok();
    }
}

/// How a call ended, for the audit chain.
pub(crate) fn audited(tenant: String, who: &str, conclusion: &Conclusion) -> Audited {
    Audited {
        tenant,
        who: who.to_owned(),
        what: "call.concluded".to_owned(),
        on: conclusion.id.clone(),
        detail: json!({
            "state": conclusion.state,
            "code": conclusion.code,
            "status": conclusion.status,
            "by": conclusion.by,
        }),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
