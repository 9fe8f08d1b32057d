//! The engine as others see it: events in, questions about runs, decisions of people.

use std::sync::Arc;
use std::time::Duration;

use nave_call::{Caller, Clock};
use nave_flow::decide::Verdict;
use nave_model::{Event, Fault};
use nave_store::Store;
use nave_store::record::Appended;
use serde_json::Value;
use tokio::sync::broadcast;

use crate::project::FlowSet;
use crate::view::{Notice, RunView};

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
    /// What makes calls.
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
    _parts: Parts,
}

fn missing() -> Fault {
    Fault::new(nave_model::fault::codes::INTERNAL, "the engine has no such part")
}

impl Engine {
    /// Takes every lane, recovers what a stop interrupted, and begins to work.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn start(parts: Parts) -> Result<Arc<Engine>, Fault> {
        Ok(Arc::new(Engine { _parts: parts }))
    }

    /// Accepts events of a tenant; with them, cursors of their source move. `dedup` of an event is
    /// `source` and `id`.
    ///
    /// # Errors
    /// The store cannot take them; nothing was accepted.
    pub async fn accept(
        &self,
        tenant: &str,
        events: Vec<Event>,
        cursors: Cursors,
    ) -> Result<Vec<Appended>, Fault> {
        let _ = (tenant, events, cursors);
        Err(missing())
    }

    /// Starts a flow by hand, or by one of its own triggers (a schedule, a poll, a webhook path). `dedup`:
    /// what makes it the same start. Gives the run's id, which is known before the run begins.
    ///
    /// # Errors
    /// There is no such flow, its input does not fit, or the store cannot take it.
    pub async fn start_flow(
        &self,
        tenant: &str,
        flow: &str,
        data: Value,
        cause: &str,
        dedup: Option<String>,
        cursors: Cursors,
    ) -> Result<String, Fault> {
        let _ = (tenant, flow, data, cause, dedup, cursors);
        Err(missing())
    }

    /// Replaces the flows and connections that new runs and calls use. Runs under way keep their version.
    pub async fn load(&self, flows: FlowSet, caller: Arc<Caller>) -> Result<(), Fault> {
        let _ = (flows, caller);
        Err(missing())
    }

    /// A run with its steps.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`.
    pub async fn run(&self, run: &str) -> Result<RunView, Fault> {
        let _ = run;
        Err(missing())
    }

    /// Cancels a run.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: it has ended.
    pub async fn cancel(&self, run: &str, by: &str, reason: Option<String>) -> Result<(), Fault> {
        let _ = (run, by, reason);
        Err(missing())
    }

    /// Has the failed step of a run, or an undo that failed (`undo:…`), tried again; `None`: the step it
    /// failed at.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: there is nothing to be tried again.
    pub async fn retry(&self, run: &str, step: Option<String>, by: &str) -> Result<(), Fault> {
        let _ = (run, step, by);
        Err(missing())
    }

    /// Declares the failed step of a run done by other means.
    ///
    /// # Errors
    /// As for [`Engine::retry`].
    pub async fn skip(&self, run: &str, step: Option<String>, by: &str) -> Result<(), Fault> {
        let _ = (run, step, by);
        Err(missing())
    }

    /// Begins a run of the flow's present version with the data of an ended run; steps before `from` keep
    /// the results they had. Gives the new run's id.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: it has not ended, or a step before `from` has no result.
    pub async fn replay(&self, run: &str, from: Option<String>, by: &str) -> Result<String, Fault> {
        let _ = (run, from, by);
        Err(missing())
    }

    /// Moves a waiting run to the flow's present version, where its journal gives the same actions there.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: the new version would have acted otherwise; the message says where.
    pub async fn migrate(&self, run: &str, by: &str) -> Result<(), Fault> {
        let _ = (run, by);
        Err(missing())
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
        let _ = (ask, by, role, verdict, comment);
        Err(missing())
    }

    /// Puts a dead letter back into its lane.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`.
    pub async fn revive(&self, dead: &str, by: &str) -> Result<(), Fault> {
        let _ = (dead, by);
        Err(missing())
    }

    /// Says how a call whose outcome is unknown ended: `Ok(result)` done with that answer, `Err(message)`
    /// not done.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`; `E-CONFLICT`: its outcome is known.
    pub async fn settle(&self, call: &str, ended: Result<Value, String>, by: &str) -> Result<(), Fault> {
        let _ = (call, ended, by);
        Err(missing())
    }

    /// Has the calls that are held back at a connection tried now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn resume(&self, tenant: &str, connection: &str) -> Result<(), Fault> {
        let _ = (tenant, connection);
        Err(missing())
    }

    /// What happens from now on.
    pub fn watch(&self) -> broadcast::Receiver<Notice> {
        broadcast::channel(1).1
    }

    /// What remembers.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self._parts.store
    }

    /// What makes calls, as last loaded.
    pub fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self._parts.caller)
    }

    /// The flows, as last loaded.
    pub fn flows(&self) -> Arc<FlowSet> {
        Arc::new(self._parts.flows.clone())
    }

    /// The time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self._parts.clock
    }

    /// Takes no new work, lets calls under way end for up to `within`, and stops.
    pub async fn drain(&self, within: Duration) {
        let _ = within;
    }
}
