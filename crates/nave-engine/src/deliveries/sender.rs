//! Sends what is due to one endpoint, a few at the same time, and writes down what came of it. What is
//! under way when the hub stops is sent again: a receiver tells it by its id.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::Method;
use nave_call::{HostPolicy, Limits, Outgoing, Transport};
use nave_model::endpoint::Endpoint;
use nave_model::event::Body;
use nave_model::fault::codes;
use nave_model::{Fault, Secret, trace};
use nave_store::record::{Delivery, DeliveryFilter, DeliveryState, Page};
use nave_store::{Batch, Op};
use url::Url;

use super::health::Report;
use super::verdict::{Verdict, judge};
use super::{fan, message};
use crate::shared::Shared;
use crate::view::Notice;

/// Deliveries under way at the same time where nothing else is said.
const CONCURRENCY: u32 = 4;
/// How often it looks though nobody said that there is something.
const LOOK: Duration = Duration::from_secs(60);
/// How long it waits where the hub itself cannot deliver: a secret is missing, the store fails.
const HOLD: Duration = Duration::from_secs(30);
/// The first pause before what came of an attempt is written again; it doubles up to [`HOLD`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Known times of later attempts; what is beyond is found by looking.
const MOST_TIMES: usize = 10_000;
/// How long an endpoint may take, as Standard Webhooks recommends; and what is read of its answer.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    first_byte: Duration::from_secs(15),
    attempt: Duration::from_secs(20),
    response_bytes: 1 << 20,
};

/// Sends to one endpoint.
pub(super) struct Sender {
    name: String,
    endpoint: Arc<Endpoint>,
    hosts: Arc<HostPolicy>,
    shared: Arc<Shared>,
    transport: Transport,
    report: Arc<Report>,
}

/// What becomes of a delivery.
enum Next {
    /// It ended.
    Ended,
    /// It is sent again at this time: milliseconds since 1970, UTC.
    Later(u64),
    /// The hub could not send it; nothing was counted.
    Held,
}

impl Sender {
    pub(super) fn new(
        name: &str,
        endpoint: Arc<Endpoint>,
        shared: Arc<Shared>,
        transport: Transport,
        report: Arc<Report>,
    ) -> Sender {
        let hosts = HostPolicy {
            allow_private: endpoint.allow_private_hosts.clone(),
            proxy: endpoint.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok()),
            ..HostPolicy::default()
        };
        Sender { name: name.to_owned(), endpoint, hosts: Arc::new(hosts), shared, transport, report }
    }

    /// Sends until it is dropped.
    pub(super) async fn run(self) {
        let most = usize::try_from(self.endpoint.concurrency.unwrap_or(CONCURRENCY)).unwrap_or(1).max(1);
        let mut rung = self.shared.delivering.subscribe();
        let mut under_way = FuturesUnordered::new();
        let mut ids: BTreeSet<String> = BTreeSet::new();
        let mut times: BTreeSet<u64> = BTreeSet::new();
        let mut held = None;
        loop {
            rung.borrow_and_update();
            let now_ms = self.shared.now_ms();
            times = times.split_off(&now_ms.saturating_add(1));
            if held.is_some_and(|until| until <= now_ms) {
                held = None;
            }
            if held.is_none() && under_way.len() < most && !self.shared.is_silent(&self.name) {
                match self.due(now_ms, most).await {
                    Ok(due) => {
                        for delivery in due {
                            if under_way.len() < most && ids.insert(delivery.id.clone()) {
                                under_way.push(self.attempt(delivery));
                            }
                        }
                    }
                    Err(fault) => {
                        tracing::warn!(endpoint = self.name, %fault, "deliveries cannot be read");
                        held = Some(later(now_ms, HOLD));
                    }
                }
            }
            self.report.under_way(under_way.len());
            let soonest = held.or_else(|| times.first().copied());
            let wait = soonest.map_or(LOOK, |at| Duration::from_millis(at.saturating_sub(now_ms)).min(LOOK));
            tokio::select! {
                Some((id, next)) = under_way.next(), if !under_way.is_empty() => {
                    ids.remove(&id);
                    match next {
                        Next::Ended => {}
                        Next::Later(at) => {
                            times.insert(at);
                            if times.len() > MOST_TIMES {
                                times.pop_last();
                            }
                        }
                        Next::Held => held = Some(later(self.shared.now_ms(), HOLD)),
                    }
                }
                // The engine lives as long as its sender does.
                _ = rung.changed() => {}
                () = self.shared.clock.sleep(wait) => {}
            }
        }
    }

    async fn due(&self, now_ms: u64, most: usize) -> Result<Vec<Delivery>, Fault> {
        let filter = DeliveryFilter {
            endpoint: Some(self.name.clone()),
            state: Some(DeliveryState::Waiting),
            due_ms: Some(now_ms),
            ..DeliveryFilter::default()
        };
        self.shared.store.deliveries(filter, Page { after: None, most }).await
    }

    /// Sends a delivery once.
    async fn attempt(&self, mut delivery: Delivery) -> (String, Next) {
        let id = delivery.id.clone();
        let outgoing = match self.outgoing(&delivery).await {
            Ok(outgoing) => outgoing,
            Err(fault) if fault.code == codes::STORE_CORRUPT => {
                // Its body is not kept any more: it can never be sent.
                let verdict = Verdict {
                    state: DeliveryState::Failed,
                    wait_ms: 0,
                    is_gone: false,
                    told: format!("{}: {}", fault.code, fault.message),
                };
                let next = self.conclude(&mut delivery, verdict).await;
                return (id, next);
            }
            Err(fault) => {
                tracing::warn!(endpoint = self.name, %fault, "nothing can be delivered; held back");
                self.report.held(self.shared.now_ms(), &fault);
                return (id, Next::Held);
            }
        };
        let answer = self.transport.send(outgoing).await.map(|answer| (answer.status, answer.headers));
        delivery.attempts = delivery.attempts.saturating_add(1);
        let verdict = judge(&answer, delivery.attempts, self.shared.clock.wall());
        let next = self.conclude(&mut delivery, verdict).await;
        (id, next)
    }

    async fn outgoing(&self, delivery: &Delivery) -> Result<Outgoing, Fault> {
        let mut secrets: Vec<Secret> = Vec::new();
        for source in std::iter::once(&self.endpoint.secret).chain(self.endpoint.previous.as_ref()) {
            secrets.push(nave_call::secret::read(source).await?);
        }
        let event = &delivery.event;
        let kept;
        let data = match &event.body {
            Body::Inline(bytes) => bytes,
            Body::Blob { sha256, .. } => match self.shared.store.blob(sha256.clone()).await? {
                Some(bytes) => {
                    kept = bytes;
                    &kept
                }
                None => {
                    let message = format!("the body of the event `{}` is not kept any more", event.id);
                    return Err(Fault::new(codes::STORE_CORRUPT, message));
                }
            },
        };
        let url = Url::parse(&self.endpoint.url).map_err(|_| {
            Fault::new(codes::PROJECT_INVALID, format!("`{}` is not an address", self.endpoint.url))
        })?;
        let body = message::body(event, data);
        let (id, now_ms) = (message::id(event), self.shared.now_ms());
        let signed =
            message::headers(url.as_str(), &body, &id, &secrets, now_ms).map_err(|one| one.fault())?;
        let own = [("content-type", "application/json")].into_iter();
        let given = self.endpoint.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // Each attempt is a span of its own.
        let trace = event.trace.as_deref().and_then(|kept| trace::next(kept, fastrand::u64(..)));
        let parent = trace.as_deref().map(|kept| (trace::PARENT, trace::parent(kept)));
        let state = trace.as_deref().and_then(trace::state).map(|state| (trace::STATE, state));
        let signed = signed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Outgoing {
            method: Method::POST,
            url,
            headers: message::map(own.chain(given).chain(parent).chain(state).chain(signed)),
            body: Some(Bytes::from(body)),
            credential: false,
            limits: LIMITS,
            hosts: Arc::clone(&self.hosts),
        })
    }

    /// Writes down what came of an attempt, and tells it.
    async fn conclude(&self, delivery: &mut Delivery, verdict: Verdict) -> Next {
        let now_ms = self.shared.now_ms();
        delivery.state = verdict.state;
        delivery.next_ms = now_ms.saturating_add(verdict.wait_ms);
        delivery.last = Some(verdict.told.clone());
        let mut ops = vec![Op::PutDelivery(Box::new(delivery.clone()))];
        if verdict.is_gone {
            ops.push(Op::Cursor { name: fan::silence(&self.name), value: Some(Vec::new()) });
        }
        let mut pause = FIRST_PAUSE;
        // Until it is written, the attempt is not over: it would be made again.
        while let Err(fault) = self.shared.store.commit(Batch { fence: None, ops: ops.clone(), now_ms }).await
        {
            tracing::warn!(endpoint = self.name, %fault, "what came of a delivery cannot be written; trying again");
            self.shared.clock.sleep(pause).await;
            pause = (pause * 2).min(HOLD);
        }
        if verdict.is_gone {
            self.shared.set_silent(&self.name, true);
        }
        self.tell(delivery, &verdict, now_ms);
        match verdict.state {
            DeliveryState::Waiting => Next::Later(delivery.next_ms),
            DeliveryState::Delivered | DeliveryState::Failed => Next::Ended,
        }
    }

    fn tell(&self, delivery: &Delivery, verdict: &Verdict, now_ms: u64) {
        let (endpoint, code) = (self.name.as_str(), codes::DELIVERY_FAILED.name);
        let (event, tenant) = (delivery.event.id.as_str(), delivery.tenant.as_str());
        let trace_id = delivery.event.trace.as_deref().and_then(trace::id);
        let (attempt, told) = (delivery.attempts, verdict.told.as_str());
        let state = match verdict.state {
            DeliveryState::Delivered => {
                self.report.delivered(now_ms);
                tracing::debug!(trace_id, event, endpoint, tenant, attempt, told, "delivered");
                "delivered"
            }
            DeliveryState::Waiting => {
                self.report.failed(now_ms, &verdict.told, false);
                tracing::info!(trace_id, event, endpoint, tenant, attempt, told, "not delivered yet");
                "waiting"
            }
            DeliveryState::Failed => {
                self.report.failed(now_ms, &verdict.told, true);
                if verdict.is_gone {
                    tracing::error!(
                        trace_id,
                        event,
                        endpoint,
                        tenant,
                        code,
                        "the endpoint says that it is gone; nothing more is sent until it is enabled"
                    );
                } else {
                    tracing::error!(
                        trace_id,
                        event,
                        endpoint,
                        tenant,
                        attempt,
                        code,
                        told,
                        "a delivery was given up"
                    );
                }
                "failed"
            }
        };
        self.shared.announce(Notice::Delivery {
            id: delivery.id.clone(),
            endpoint: self.name.clone(),
            state: state.to_owned(),
            at_ms: now_ms,
        });
    }
}

fn later(now_ms: u64, wait: Duration) -> u64 {
    now_ms.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
}
