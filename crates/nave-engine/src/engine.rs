//! The engine as others see it: events in, questions about runs, decisions of people.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nave_call::{Caller, Clock, task};
use nave_flow::decide::{Happened, Verdict};
use nave_model::fault::codes;
use nave_model::{Event, Fault, trace};
use nave_store::batch::{Intake, Message, NewMessage};
use nave_store::record::{Appended, Filter, Page, Phase, RunRecord};
use nave_store::{Fence, Store};
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::calls::Calls;
use crate::dispatch::{Judged, judge};
use crate::figures::{self, Figure};
use crate::herald;
use crate::lane::{Input, Lane, Order, What};
use crate::names::{event_dedup, lane_of_run, made_ms, span};
use crate::project::FlowSet;
use crate::replay::Past;
use crate::shared::{Bell, Door, Foundation, Shared, lock};
use crate::view::{Notice, RunView, derive};
use crate::written::Starting;

mod start;
mod tenant;

pub use start::Cause;
pub(crate) use start::check_input;
pub use tenant::OfTenant;

/// Notices that a slow watcher may be behind; it is told how many it missed.
const NOTICES: usize = 4_096;

/// How many queued runs are read at a time.
const QUEUED: usize = 10_000;

/// How long the last batch of each lane may take at least when the engine stops.
const LAST_BATCH: Duration = Duration::from_secs(5);

/// What the engine may use.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name this node owns lanes by.
    pub node: String,
    /// The most runs held in memory; others wait on disk.
    pub loaded: usize,
    /// The most calls of one connection that are held in memory while they wait for their turn; more are
    /// parked on disk.
    pub waiting_per_connection: usize,
    /// The most active runs of one tenant; others wait their turn.
    pub runs_per_tenant: usize,
    /// How long work is held back at most before it fails: milliseconds.
    pub patience_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            node: "nave".to_owned(),
            loaded: 10_000,
            waiting_per_connection: 256,
            runs_per_tenant: 5_000,
            patience_ms: 3 * 24 * 60 * 60 * 1000,
        }
    }
}

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// What remembers.
    pub store: Arc<dyn Store>,
    /// What makes calls; its ledger is kept in the same store.
    pub caller: Arc<Caller>,
    /// The flows.
    pub flows: FlowSet,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The options.
    pub options: Options,
}

/// Cursors that move with events: name and value.
pub type Cursors = Vec<(String, Vec<u8>)>;

/// The engine. Everything it is told is durable when the method returns.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    lanes: Mutex<Vec<JoinHandle<()>>>,
}

impl Engine {
    /// Takes every lane, recovers what a stop interrupted, and begins to work.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn start(parts: Parts) -> Result<Arc<Engine>, Fault> {
        let Parts { store, caller, flows, clock, options } = parts;
        let (mut doors, mut inboxes) = (Vec::new(), Vec::new());
        for _ in 0..store.lanes() {
            let (inbox, receiver) = mpsc::unbounded_channel();
            let bell = Arc::new(Bell::default());
            bell.ring_for_all();
            doors.push(Door { inbox, bell });
            inboxes.push(receiver);
        }
        let newest = store.runs(Filter::default(), Page { after: None, most: 1 }).await?;
        let least_ms = newest.first().and_then(|record| made_ms(&record.id)).unwrap_or_default();
        let notices = broadcast::channel(NOTICES).0;
        let (kept, making, time) = (Arc::clone(&store), Arc::clone(&caller), Arc::clone(&clock));
        let calls = Calls::new(kept, making, time, &options, notices.clone());
        let foundation = Foundation { store, clock, options, calls, caller, notices, doors };
        let shared = Arc::new(Shared::new(foundation, least_ms));
        shared.recall_silent().await?;
        shared.load(flows).await?;
        let weak = Arc::downgrade(&shared);
        shared.calls.on_resume(move |parked| {
            if let Some(shared) = weak.upgrade() {
                shared.hand(parked.lane, Input::Resumed(parked));
            }
        });
        let weak = Arc::downgrade(&shared);
        shared.calls.on_room(move || {
            if let Some(shared) = weak.upgrade() {
                shared.tell_room();
            }
        });
        let mut lanes = Vec::new();
        let mut fences = Vec::new();
        for lane in 0..shared.lanes() {
            let epoch = shared.store.take(lane, shared.options.node.clone()).await?;
            fences.push(Fence { lane, epoch });
        }
        // From here on nobody else changes a run: one look serves all lanes.
        let mut queued = queued(&shared).await?;
        for (fence, inbox) in fences.into_iter().zip(inboxes) {
            let queued = queued.remove(&fence.lane).unwrap_or_default();
            lanes.push(Lane::new(Arc::clone(&shared), fence, inbox, queued));
        }
        // What is held back is known before any lane makes a call, so that no new one overtakes it.
        shared.calls.recover().await?;
        let mut handles: Vec<JoinHandle<()>> =
            lanes.into_iter().map(|lane| task::spawn("lane", lane.work())).collect();
        handles.push(task::spawn("lanes' herald", herald::herald(Arc::clone(&shared))));
        Ok(Arc::new(Engine { shared, lanes: Mutex::new(handles) }))
    }

    /// Accepts events of a tenant; with them, cursors of their source move. `dedup` of an event is
    /// `source` and `id`.
    ///
    /// # Errors
    /// `E-EVENT-INVALID`: an event has no id, source or name. The store cannot take them. Nothing was
    /// accepted.
    pub async fn accept(
        &self,
        tenant: &str,
        events: Vec<Event>,
        cursors: Cursors,
    ) -> Result<Vec<Appended>, Fault> {
        let shared = &self.shared;
        let mut messages = Vec::with_capacity(events.len());
        let (mut notices, mut said) = (Vec::new(), Vec::new());
        let now_ms = shared.now_ms();
        for mut event in events {
            check(&event)?;
            event.received_ms = now_ms;
            // What follows from it is found by its trace, wherever it came from.
            event.trace.get_or_insert_with(|| span(None));
            if shared.is_watched() {
                let (id, name, tenant) = (event.id.clone(), event.name.clone(), tenant.to_owned());
                notices.push(Notice::Event { id, name, tenant, at_ms: now_ms });
            }
            if tracing::enabled!(tracing::Level::DEBUG) {
                said.push((event.id.clone(), event.name.clone(), event.trace.clone()));
            }
            messages.push(NewMessage {
                tenant: tenant.to_owned(),
                lane: shared.lane_of_event(tenant, &event.name, &event.id),
                dedup: Some(event_dedup(&event)),
                message: Message::Event(event),
            });
        }
        let appended = shared.store.append(Intake { messages, cursors, now_ms }).await?;
        let (mut notices, mut said) = (notices.into_iter(), said.iter());
        for place in &appended {
            if let Some((event, kind, trace)) = said.next() {
                let trace_id = trace.as_deref().and_then(trace::id);
                let duplicate = place.duplicate;
                tracing::debug!(trace_id, event, kind, tenant, duplicate, "an event is accepted");
            }
            let notice = notices.next();
            if place.duplicate {
                shared.counters.duplicates.add(1);
                continue;
            }
            shared.counters.accepted.add(1);
            // Before the lane hears of it, so that nobody is told of a run before its event.
            if let Some(notice) = notice {
                shared.announce(notice);
            }
            shared.ring(place.lane, tenant);
        }
        Ok(appended)
    }

    /// Replaces the flows and connections that new runs and calls use. Runs under way keep their version.
    ///
    /// # Errors
    /// The store cannot keep the flows; those before stay.
    pub async fn load(&self, flows: FlowSet, caller: Arc<Caller>) -> Result<(), Fault> {
        self.shared.load(flows).await?;
        *self.shared.caller.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&caller);
        self.shared.calls.load(caller);
        // Whose turn it is may be another by the new versions.
        for lane in 0..self.shared.lanes() {
            self.shared.hand(lane, Input::Reloaded);
        }
        Ok(())
    }

    /// A run with its steps.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`.
    pub async fn run(&self, run: &str) -> Result<RunView, Fault> {
        derive::view(&self.shared, run).await
    }

    /// Cancels a run.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: it has ended.
    pub async fn cancel(&self, run: &str, by: &str, reason: Option<String>) -> Result<(), Fault> {
        self.order(run, What::Tell(Happened::Cancel { by: by.to_owned(), reason })).await
    }

    /// Has the failed step of a run, or an undo that failed (`undo:…`), tried again; `None`: the step it
    /// failed at.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: there is nothing to be tried again.
    pub async fn retry(&self, run: &str, step: Option<String>, by: &str) -> Result<(), Fault> {
        self.order(run, What::Again { step, skip: false, by: by.to_owned() }).await
    }

    /// Declares the failed step of a run done by other means.
    ///
    /// # Errors
    /// As for [`Engine::retry`].
    pub async fn skip(&self, run: &str, step: Option<String>, by: &str) -> Result<(), Fault> {
        self.order(run, What::Again { step, skip: true, by: by.to_owned() }).await
    }

    /// Begins a run of the flow's present version with the data of an ended run; steps before `from` keep
    /// the results they had. Idempotency keys stay those of the run before, but for what provably failed
    /// or was undone there. Gives the new run's id.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: it has not ended, or a step before `from` has no result.
    pub async fn replay(&self, run: &str, from: Option<String>, by: &str) -> Result<String, Fault> {
        let shared = &self.shared;
        let past = Past::read(shared, run).await?;
        let catalogue = shared.catalogue();
        let Some(runnable) = catalogue.get(&past.record.flow) else { return Err(no_flow(&past.record.flow)) };
        let Judged::Wanted(key) = judge(&runnable.flow, &past.data)? else {
            let message =
                format!("the `when` of `{}` does not hold for this data any more", past.record.flow);
            return Err(Fault::new(codes::CONFLICT, message));
        };
        let now_ms = shared.now_ms();
        let lane =
            shared.home(&past.record.tenant, &runnable.flow, key.as_deref()).unwrap_or(past.record.lane);
        let id = shared.ids.make(now_ms, lane);
        let replay = past.replay(&runnable.flow, &id, from.as_deref(), now_ms)?;
        let starting = Starting {
            run: id.clone(),
            flow: past.record.flow.clone(),
            data: Arc::clone(&past.data),
            cause: format!("replay:{run}:{by}"),
            parent: None,
            key,
            trace: Some(span(past.record.trace.as_deref())),
            replay: Some(Box::new(replay)),
        };
        self.start_run(&past.record.tenant, lane, starting, None, Vec::new()).await?;
        Ok(id)
    }

    /// Moves a waiting run to the flow's present version, where its journal gives the same actions there.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: the new version would have acted otherwise; the message says where.
    pub async fn migrate(&self, run: &str, by: &str) -> Result<(), Fault> {
        self.order(run, What::Migrate { by: by.to_owned() }).await
    }

    /// Answers a question (`run/approval`) of a run.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-NOT-ALLOWED`: the role was not asked.
    pub async fn answer(
        &self,
        ask: &str,
        by: &str,
        role: &str,
        verdict: Verdict,
        comment: Option<String>,
    ) -> Result<(), Fault> {
        let Some((run, approval)) = ask.split_once('/') else {
            return Err(Fault::new(codes::RUN_UNKNOWN, format!("there is no question `{ask}`")));
        };
        let (by, role) = (by.to_owned(), role.to_owned());
        let what = Happened::Answered { approval: approval.to_owned(), by, role, verdict, comment };
        self.order(run, What::Tell(what)).await
    }

    /// Puts a dead letter back into its lane.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`.
    pub async fn revive(&self, dead: &str, by: &str) -> Result<(), Fault> {
        crate::dead::revive(&self.shared, None, dead, by).await
    }

    /// Says how a call whose outcome is unknown ended: `Ok(result)` done with that answer, `Err(message)`
    /// not done.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: its outcome is known.
    pub async fn settle(&self, call: &str, ended: Result<Value, String>, by: &str) -> Result<(), Fault> {
        let run = call.split_once('/').filter(|(run, _)| lane_of_run(run, self.shared.lanes()).is_some());
        match run {
            Some((run, task)) => {
                let (task, ended) = (task.to_owned(), ended.map(Arc::new));
                self.order(run, What::Settle { task, ended, by: by.to_owned() }).await
            }
            None => crate::dead::settle_direct(&self.shared, call, &ended, by).await,
        }
    }

    /// Has the calls that are held back at a connection tried now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn resume(&self, tenant: &str, connection: &str) -> Result<(), Fault> {
        self.shared.calls.resume(tenant, connection);
        Ok(())
    }

    /// What happens from now on.
    pub fn watch(&self) -> broadcast::Receiver<Notice> {
        self.shared.notices.subscribe()
    }

    /// Everything that is counted, for metrics.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn figures(&self) -> Result<Vec<Figure>, Fault> {
        figures::figures(&self.shared).await
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What remembers.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// What makes calls, as last loaded.
    pub fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self.shared.caller.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The flows, as last loaded.
    pub fn flows(&self) -> Arc<FlowSet> {
        Arc::new(self.shared.catalogue().set.clone())
    }

    /// The time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// Takes no new work, lets calls under way end for up to `within`, and stops. What has not ended by
    /// then is taken up again at the next start.
    pub async fn drain(&self, within: Duration) {
        self.shared.draining.cancel();
        self.shared.calls.drain(within).await;
        // Whatever ended stands in the lanes' inboxes by now.
        self.shared.ending.cancel();
        let handles = std::mem::take(&mut *lock(&self.lanes));
        let ended = async {
            for handle in handles {
                // A lane that panicked was logged, and has ended as well.
                handle.await.ok();
            }
        };
        tokio::select! {
            () = ended => {}
            () = self.shared.clock.sleep(within.max(LAST_BATCH)) => {
                tracing::warn!("the last batch cannot be written; its runs are taken up again at the next start");
            }
        }
        self.shared.stopping.cancel();
    }

    /// Asks something of a run, and waits until it is written down.
    async fn order(&self, run: &str, what: What) -> Result<(), Fault> {
        let unknown = || Fault::new(codes::RUN_UNKNOWN, format!("there is no run `{run}`"));
        let lane = lane_of_run(run, self.shared.lanes()).ok_or_else(unknown)?;
        let (reply, answer) = oneshot::channel();
        let order = Order { run: run.to_owned(), what, reply };
        let stopping = || Fault::new(codes::HUB_AWAY, "the hub is stopping");
        if !self.shared.hand(lane, Input::Order(order)) {
            return Err(stopping());
        }
        answer.await.unwrap_or_else(|_| Err(stopping()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.stopping.cancel();
    }
}

/// Runs whose turn has not come, by lane.
async fn queued(shared: &Shared) -> Result<BTreeMap<u32, Vec<RunRecord>>, Fault> {
    let filter = Filter { phase: Some(Phase::Queued), ..Filter::default() };
    let mut queued: BTreeMap<u32, Vec<RunRecord>> = BTreeMap::new();
    let mut page = Page { after: None, most: QUEUED };
    loop {
        let runs = shared.store.runs(filter.clone(), page.clone()).await?;
        let is_last = runs.len() < QUEUED;
        page.after = runs.last().map(|record| record.id.clone());
        for record in runs {
            queued.entry(record.lane).or_default().push(record);
        }
        if is_last {
            return Ok(queued);
        }
    }
}

/// What every event must have (CloudEvents 1.0.2, section 3.1).
fn check(event: &Event) -> Result<(), Fault> {
    for (attribute, value) in [("id", &event.id), ("source", &event.source), ("type", &event.name)] {
        if value.is_empty() {
            let message = format!("the event has no `{attribute}`");
            return Err(Fault::new(codes::EVENT_INVALID, message));
        }
    }
    Ok(())
}

fn no_flow(flow: &str) -> Fault {
    Fault::new(codes::FLOW_NAME, format!("there is no flow `{flow}`"))
}
