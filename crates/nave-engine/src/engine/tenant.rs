//! The engine as one tenant sees it: what is another's is as if it were not there.

use nave_flow::decide::Verdict;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::Call;
use serde_json::Value;

use super::Engine;
use crate::names::lane_of_run;
use crate::pending;
use crate::view::RunView;

/// The engine for one tenant. What its methods do, and their faults, are those of [`Engine`]; a run, question,
/// dead letter or call of another tenant is unknown (`E-RUN-UNKNOWN`).
#[derive(Debug, Clone, Copy)]
pub struct OfTenant<'a> {
    engine: &'a Engine,
    tenant: &'a str,
}

impl Engine {
    /// The engine as a tenant sees it.
    pub fn of<'a>(&'a self, tenant: &'a str) -> OfTenant<'a> {
        OfTenant { engine: self, tenant }
    }
}

impl OfTenant<'_> {
    /// A run with its steps.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`.
    pub async fn run(&self, run: &str) -> Result<RunView, Fault> {
        let view = self.engine.run(run).await?;
        if view.record.tenant == self.tenant { Ok(view) } else { Err(unknown("run", run)) }
    }

    /// See [`Engine::cancel`].
    ///
    /// # Errors
    /// As there.
    pub async fn cancel(&self, run: &str, by: &str, reason: Option<String>) -> Result<(), Fault> {
        self.owns(run).await?;
        self.engine.cancel(run, by, reason).await
    }

    /// See [`Engine::retry`].
    ///
    /// # Errors
    /// As there.
    pub async fn retry(&self, run: &str, step: Option<String>, by: &str) -> Result<(), Fault> {
        self.owns(run).await?;
        self.engine.retry(run, step, by).await
    }

    /// See [`Engine::skip`].
    ///
    /// # Errors
    /// As there.
    pub async fn skip(&self, run: &str, step: Option<String>, by: &str) -> Result<(), Fault> {
        self.owns(run).await?;
        self.engine.skip(run, step, by).await
    }

    /// See [`Engine::replay`].
    ///
    /// # Errors
    /// As there.
    pub async fn replay(&self, run: &str, from: Option<String>, by: &str) -> Result<String, Fault> {
        self.owns(run).await?;
        self.engine.replay(run, from, by).await
    }

    /// See [`Engine::migrate`].
    ///
    /// # Errors
    /// As there.
    pub async fn migrate(&self, run: &str, by: &str) -> Result<(), Fault> {
        self.owns(run).await?;
        self.engine.migrate(run, by).await
    }

    /// See [`Engine::answer`].
    ///
    /// # Errors
    /// As there.
    pub async fn answer(
        &self,
        ask: &str,
        by: &str,
        role: &str,
        verdict: Verdict,
        comment: Option<String>,
    ) -> Result<(), Fault> {
        let run = ask.split_once('/').map_or(ask, |(run, _)| run);
        if !self.is_own(run).await? {
            return Err(unknown("question", ask));
        }
        self.engine.answer(ask, by, role, verdict, comment).await
    }

    /// See [`Engine::revive`].
    ///
    /// # Errors
    /// As there.
    pub async fn revive(&self, dead: &str, by: &str) -> Result<(), Fault> {
        crate::dead::revive(&self.engine.shared, Some(self.tenant), dead, by).await
    }

    /// A call of the ledger.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`.
    pub async fn call(&self, call: &str) -> Result<Call, Fault> {
        let found = self.engine.shared.store.call(call.to_owned()).await?;
        let own = found.filter(|found| found.intent.tenant == self.tenant);
        own.ok_or_else(|| {
            Fault::new(codes::RUN_UNKNOWN, format!("there is no call `{call}` in the ledger"))
                .with_hint("reads are not written down; `nave ledger` lists what is")
        })
    }

    /// See [`Engine::settle`].
    ///
    /// # Errors
    /// As there.
    pub async fn settle(&self, call: &str, ended: Result<Value, String>, by: &str) -> Result<(), Fault> {
        match call.split_once('/') {
            // Of a run's call the ledger may know nothing: where a defect ended it before it was written down.
            Some((run, _)) => {
                if !self.is_own(run).await? {
                    return Err(unknown("call", call));
                }
            }
            None => drop(self.call(call).await?),
        }
        self.engine.settle(call, ended, by).await
    }

    async fn owns(&self, run: &str) -> Result<(), Fault> {
        if self.is_own(run).await? { Ok(()) } else { Err(unknown("run", run)) }
    }

    /// Whether a run is the tenant's.
    async fn is_own(&self, run: &str) -> Result<bool, Fault> {
        let shared = &self.engine.shared;
        if lane_of_run(run, shared.lanes()).is_none() {
            return Ok(false);
        }
        if let Some(record) = shared.store.run(run.to_owned()).await? {
            return Ok(record.tenant == self.tenant);
        }
        if let Some(pending) = pending::find(shared, run).await? {
            return Ok(pending.tenant == self.tenant);
        }
        // Its lane may have taken it up in the meantime.
        let record = shared.store.run(run.to_owned()).await?;
        Ok(record.is_some_and(|record| record.tenant == self.tenant))
    }
}

fn unknown(what: &str, name: &str) -> Fault {
    Fault::new(codes::RUN_UNKNOWN, format!("there is no {what} `{name}`"))
}
