//! Deliveries out: every event an endpoint wants reaches it, signed as Standard Webhooks, tried for about
//! three days. One task per endpoint, so that one that hangs keeps nobody else waiting.
//!
//! The way through: `fan.rs` (an event's deliveries, in the batch that consumes it) → `sender.rs` (what is
//! due) → `message.rs` (what is sent) → `verdict.rs` (what an answer means).

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_call::Transport;
use nave_model::Fault;
use nave_model::endpoint::Endpoint;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_store::record::{EventFilter, Page};
use nave_store::{Batch, Op};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::intake::TENANT;
use crate::shared::Shared;

pub(crate) mod fan;
mod health;
mod message;
mod sender;
mod verdict;

pub use health::{EndpointHealth, EndpointState};

use health::Report;
use sender::Sender;

/// Events that are replayed in one batch.
const PAGE: usize = 256;

/// The deliveries to the endpoints of the loaded project.
#[derive(Debug)]
pub struct Deliveries {
    engine: Arc<Engine>,
    transport: Transport,
    running: Mutex<BTreeMap<String, Running>>,
}

/// An endpoint at work.
#[derive(Debug)]
struct Running {
    endpoint: Arc<Endpoint>,
    report: Arc<Report>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Deliveries {
    /// Starts delivering to the endpoints that the engine has loaded.
    pub async fn start(engine: Arc<Engine>, transport: Transport) -> Arc<Deliveries> {
        let deliveries = Arc::new(Deliveries { engine, transport, running: Mutex::new(BTreeMap::new()) });
        deliveries.reload().await;
        deliveries
    }

    /// Takes the endpoints that the engine has loaded by now: those that are new or changed are started,
    /// those that are gone or disabled are stopped, and the others go on. What waits for one that is gone
    /// stays until it comes back.
    pub async fn reload(&self) {
        let wanted = self.engine.flows().endpoints.clone();
        let mut running = self.running.lock().await;
        let ending: Vec<String> = running
            .iter()
            .filter(|(name, one)| wanted.get(*name) != Some(&one.endpoint))
            .map(|(name, _)| name.clone())
            .collect();
        for name in ending {
            if let Some(one) = running.remove(&name) {
                end(one).await;
            }
        }
        for (name, endpoint) in wanted {
            if !endpoint.disabled && !running.contains_key(&name) {
                let one = self.begin(&name, endpoint);
                running.insert(name, one);
            }
        }
    }

    /// Stops delivering. What was under way is sent again after the next start.
    pub async fn stop(&self) {
        let mut running = self.running.lock().await;
        for one in running.values() {
            one.stop.cancel();
        }
        while let Some((_, one)) = running.pop_first() {
            end(one).await;
        }
    }

    /// How each endpoint is doing, in the order of their names.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn health(&self) -> Result<Vec<EndpointHealth>, Fault> {
        let mut all = Vec::new();
        for (name, endpoint) in &self.engine.flows().endpoints {
            let report = self.running.lock().await.get(name).map(|one| Arc::clone(&one.report));
            all.push(health::health(self.shared(), name, endpoint, report.as_deref()).await?);
        }
        Ok(all)
    }

    /// Delivers again what was accepted in a time: all events the endpoint wants, those it has had before
    /// too; they carry the ids they had. Gives how many.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`: there is no such endpoint. The store cannot be read or written; what was put into
    /// the queue before that is delivered.
    pub async fn replay(&self, endpoint: &str, since_ms: u64, until_ms: u64) -> Result<u64, Fault> {
        let wanted = self.endpoint(endpoint)?;
        let shared = self.shared();
        let filter = EventFilter {
            tenant: Some(TENANT.to_owned()),
            since_ms: Some(since_ms),
            until_ms: Some(until_ms),
            ..EventFilter::default()
        };
        let mut page = Page { after: None, most: PAGE };
        let mut count = 0;
        loop {
            let kept = shared.store.events(filter.clone(), page.clone()).await?;
            let is_last = kept.len() < PAGE;
            page.after = kept.last().map(|last| last.place.clone());
            let now_ms = shared.now_ms();
            let mut ops = Vec::new();
            for kept in kept.into_iter().rev().filter(|kept| wanted.wants(&kept.event.name)) {
                let delivery = shared.delivery(endpoint, &kept.tenant, kept.event, kept.lane, now_ms);
                ops.push(Op::PutDelivery(Box::new(delivery)));
            }
            if !ops.is_empty() {
                count += ops.len() as u64;
                shared.store.commit(Batch { fence: None, ops, now_ms }).await?;
                shared.ring_deliveries();
            }
            if is_last {
                return Ok(count);
            }
        }
    }

    /// Delivers again to an endpoint that was disabled because it said that it is gone.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`: there is no such endpoint. The store cannot be written.
    pub async fn enable(&self, endpoint: &str) -> Result<(), Fault> {
        self.endpoint(endpoint)?;
        let shared = self.shared();
        let ops = vec![Op::Cursor { name: fan::silence(endpoint), value: None }];
        shared.store.commit(Batch { fence: None, ops, now_ms: shared.now_ms() }).await?;
        shared.set_silent(endpoint, false);
        shared.ring_deliveries();
        Ok(())
    }

    fn shared(&self) -> &Arc<Shared> {
        self.engine.shared()
    }

    /// An endpoint by its name.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`: there is none, with the nearest name.
    pub fn endpoint(&self, name: &str) -> Result<Arc<Endpoint>, Fault> {
        let flows = self.engine.flows();
        flows.endpoints.get(name).cloned().ok_or_else(|| {
            let fault = Fault::new(codes::RUN_UNKNOWN, format!("there is no endpoint `{name}`"));
            match did_you_mean(name, flows.endpoints.keys().map(String::as_str)) {
                Some(hint) => fault.with_hint(hint),
                None => fault.with_hint("`nave deliveries endpoints` lists them"),
            }
        })
    }

    fn begin(&self, name: &str, endpoint: Arc<Endpoint>) -> Running {
        let report = Arc::new(Report::default());
        let stop = CancellationToken::new();
        let (shared, transport) = (Arc::clone(self.shared()), self.transport.clone());
        let sender = Sender::new(name, Arc::clone(&endpoint), shared, transport, Arc::clone(&report));
        let token = stop.clone();
        let task = nave_call::task::spawn("deliveries", async move {
            token.run_until_cancelled(Box::pin(sender.run())).await;
        });
        Running { endpoint, report, stop, task }
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        for one in self.running.get_mut().values() {
            one.stop.cancel();
        }
    }
}

async fn end(one: Running) {
    one.stop.cancel();
    // A task that panicked has been logged, and is not under way any more either.
    drop(one.task.await);
}
