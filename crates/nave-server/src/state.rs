//! What handlers work with: the engine, the project as it was last loaded, and how far the hub is.

use std::sync::{Arc, PoisonError, RwLock};

use nave_call::Clock;
use nave_engine::Engine;
use nave_engine::deliveries::Deliveries;
use nave_engine::intake::Hooks;
use nave_engine::sources::Sources;
use nave_model::Fault;
use nave_store::Store;
use nave_store::batch::{Audited, Batch, Op};
use tokio::sync::watch;

use crate::batches::Batches;
use crate::config::Config;
use crate::feed::Feed;
use crate::places::Places;
use crate::projects::Projects;
use crate::token::Token;
use crate::view;

/// Whose everything is, until people sign in.
pub(crate) const TENANT: &str = "default";

/// How far the hub is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It recovers what a stop interrupted.
    Starting,
    /// It works.
    Ready,
    /// It takes nothing new, and ends what is under way.
    Draining,
    /// It is over.
    Stopped,
}

impl Stage {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Stage::Starting => "starting",
            Stage::Ready => "ready",
            Stage::Draining => "draining",
            Stage::Stopped => "stopped",
        }
    }
}

/// Ends when the hub drains or is over.
pub(crate) async fn over(mut stage: watch::Receiver<Stage>) {
    // A hub that is gone is over too.
    let _over = stage.wait_for(|stage| matches!(stage, Stage::Draining | Stage::Stopped)).await;
}

/// The webhook addresses of what the engine has loaded. One that cannot be used answers that to its
/// senders, who try again.
pub(crate) async fn hooks(engine: &Engine, config: &Config) -> Arc<Hooks> {
    let own = format!("http://{}", config.listen);
    let public = config.public_address.as_deref().unwrap_or(&own);
    let (mut hooks, faults) = Hooks::load(&engine.caller(), &engine.flows(), public).await;
    for fault in faults {
        let at = fault.at.as_ref().map(ToString::to_string).unwrap_or_default();
        tracing::warn!(code = fault.code.name, %fault, at, "a webhook cannot be taken");
    }
    hooks.most_bytes = config.bodies.webhook;
    Arc::new(hooks)
}

/// What handlers work with.
pub(crate) struct State {
    pub(crate) engine: Arc<Engine>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) batches: Arc<Batches>,
    /// The webhook addresses, as last loaded.
    pub(crate) hooks: RwLock<Arc<Hooks>>,
    pub(crate) projects: Projects,
    pub(crate) config: Config,
    pub(crate) places: Places,
    pub(crate) token: Token,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) stage: watch::Sender<Stage>,
    pub(crate) started_ms: u64,
    pub(crate) ready_after_ms: watch::Sender<Option<u64>>,
}

/// Milliseconds since 1970, UTC.
pub(crate) fn now_ms(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.wall().as_millisecond()).unwrap_or_default()
}

impl State {
    /// Milliseconds since 1970, UTC.
    pub(crate) fn now_ms(&self) -> u64 {
        now_ms(&*self.clock)
    }

    /// What remembers.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        self.engine.store()
    }

    /// Writes into the audit chain what a person had done.
    pub(crate) async fn audit(&self, who: &str, what: &str, on: &str) -> Result<(), Fault> {
        let audited = Audited {
            tenant: TENANT.to_owned(),
            who: who.to_owned(),
            what: what.to_owned(),
            on: on.to_owned(),
            detail: serde_json::Value::Null,
        };
        let batch = Batch { fence: None, ops: vec![Op::Audit(audited)], now_ms: self.now_ms() };
        self.store().commit(batch).await
    }

    /// Whether a sandbox stands in for a connection's system.
    pub(crate) fn stands_in(&self, connection: &str) -> bool {
        self.projects.stands_in(connection)
    }

    /// Ends when the hub ends or drains: whoever streams stops.
    pub(crate) async fn stopped(&self) {
        over(self.stage.subscribe()).await;
    }

    /// The webhook addresses.
    pub(crate) fn hooks(&self) -> Arc<Hooks> {
        Arc::clone(&self.hooks.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The project as it was last loaded.
    pub(crate) fn project(&self) -> view::Project {
        self.projects.view()
    }

    /// Takes in the project's files as they are now.
    pub(crate) async fn reload(&self, by: &str) -> Result<view::Project, Fault> {
        if self.projects.reload(&self.engine, &self.sources, by, self.now_ms()).await? {
            self.deliveries.reload().await;
            let hooks = hooks(&self.engine, &self.config).await;
            *self.hooks.write().unwrap_or_else(PoisonError::into_inner) = hooks;
        }
        Ok(self.project())
    }

    /// Forgets where sources stood that the project has long been without.
    pub(crate) async fn forget_gone_sources(&self) {
        let kept = self.config.retention.kept();
        // Starts are known again by their keys: while those are kept, a source that comes back must know its place.
        let keep_ms = kept.events_ms.zip(kept.dedup_ms).map(|(events_ms, dedup_ms)| events_ms.max(dedup_ms));
        if let Err(fault) = self.sources.forget_gone(keep_ms).await {
            tracing::error!(code = fault.code.name, message = %fault, "sources that are gone could not be forgotten");
        }
    }

    /// What this hub is.
    pub(crate) fn info(&self) -> view::Info {
        let project = self.projects.view();
        view::Info {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            project: self.projects.name(),
            folder: self.projects.root().display().to_string(),
            mode: self.projects.mode().word().to_owned(),
            state: self.stage.borrow().word().to_owned(),
            pid: std::process::id(),
            started_ms: self.started_ms,
            ready_after_ms: *self.ready_after_ms.borrow(),
            lanes: self.store().lanes(),
            flows: project.flows.len(),
            connections: project.connections.len(),
            limits: view::Limits { webhook: self.config.bodies.webhook, request: self.config.bodies.request },
        }
    }
}
