//! From an event to its deliveries: one for every endpoint that wants it, written in the batch that
//! consumes the event, so that there is exactly one.

use std::sync::PoisonError;

use nave_model::{Event, Fault};
use nave_store::Op;
use nave_store::record::{Delivery, DeliveryState};

use crate::lane::{Lane, Turn};
use crate::shared::Shared;

/// Cursors under this prefix name endpoints that said they are gone.
const SILENCE: &str = "endpoint-gone:";

/// The cursor that says an endpoint is gone.
pub(super) fn silence(endpoint: &str) -> String {
    format!("{SILENCE}{endpoint}")
}

impl Lane {
    /// The deliveries of an event that is consumed.
    pub(crate) fn fan_out(&self, turn: &mut Turn, tenant: &str, event: &Event) {
        let shared = &self.shared;
        for (name, endpoint) in &turn.catalogue.set.endpoints {
            if endpoint.disabled || !endpoint.wants(&event.name) || shared.is_silent(name) {
                continue;
            }
            let delivery = shared.delivery(name, tenant, event.clone(), self.fence.lane, turn.now_ms);
            turn.ops.push(Op::PutDelivery(Box::new(delivery)));
            turn.delivers = true;
        }
    }
}

impl Shared {
    /// A delivery that is to be sent at once.
    pub(crate) fn delivery(
        &self,
        endpoint: &str,
        tenant: &str,
        event: Event,
        lane: u32,
        now_ms: u64,
    ) -> Delivery {
        Delivery {
            id: self.ids.make(now_ms, lane),
            tenant: tenant.to_owned(),
            endpoint: endpoint.to_owned(),
            event,
            state: DeliveryState::Waiting,
            attempts: 0,
            created_ms: now_ms,
            next_ms: now_ms,
            last: None,
        }
    }

    /// Says that there is something to deliver.
    pub(crate) fn ring_deliveries(&self) {
        self.delivering.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether an endpoint said that it is gone.
    pub(crate) fn is_silent(&self, endpoint: &str) -> bool {
        self.silent.read().unwrap_or_else(PoisonError::into_inner).contains(endpoint)
    }

    /// Notes that an endpoint is gone, or there again.
    pub(crate) fn set_silent(&self, endpoint: &str, is_silent: bool) {
        let mut silent = self.silent.write().unwrap_or_else(PoisonError::into_inner);
        if is_silent {
            silent.insert(endpoint.to_owned());
        } else {
            silent.remove(endpoint);
        }
    }

    /// Learns which endpoints said so before the last stop.
    pub(crate) async fn recall_silent(&self) -> Result<(), Fault> {
        for (name, _) in self.store.cursors(SILENCE.to_owned()).await? {
            if let Some(endpoint) = name.strip_prefix(SILENCE) {
                self.set_silent(endpoint, true);
            }
        }
        Ok(())
    }
}
