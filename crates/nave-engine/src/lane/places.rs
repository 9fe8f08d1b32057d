//! Messages that may begin a call over a connection that is full and fast stay where they are: it is sooner
//! their turn there than it would be held back on disk. Unless there is another behind them that need not wait:
//! it must not, so they are taken, and held back. Which connection is full and fast is left to
//! `calls/line/places.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nave_store::batch::Message;
use nave_store::record::Queued;

use super::Lane;
use super::gather::MOST;
use crate::calls::{Calls, Place, Room};
use crate::catalogue::Catalogue;
use crate::written::{Startup, from_bytes};

/// The fewest messages that are read at a time, and so how far it is looked for one that need not wait.
const LEAST: usize = 32;
/// After so long it is looked again: the connection may be slow by now, or what came meanwhile need not wait.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Places that are kept; a lane that ends gives them back.
#[derive(Debug)]
pub(super) struct Kept {
    calls: Calls,
    places: BTreeMap<Place, usize>,
}

impl Kept {
    pub(super) fn new(calls: Calls) -> Kept {
        Kept { calls, places: BTreeMap::new() }
    }

    /// Gives all of them back.
    pub(super) fn give_back(&mut self) {
        self.calls.give_back(&std::mem::take(&mut self.places));
    }

    /// Keeps a place at each of some connections, or at none.
    fn keep(&mut self, tenant: &str, connections: &BTreeSet<String>) -> Result<(), (Room, String)> {
        let mut fresh = BTreeMap::new();
        for connection in connections {
            let place = (tenant.to_owned(), connection.clone());
            let own = self.places.get(&place).copied().unwrap_or_default();
            match self.calls.keep(&place, own) {
                Room::Kept => drop(fresh.insert(place, 1)),
                Room::Open => {}
                room @ (Room::Shared | Room::Full) => {
                    self.calls.give_back(&fresh);
                    return Err((room, place.1));
                }
            }
        }
        for (place, kept) in fresh {
            *self.places.entry(place).or_default() += kept;
        }
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl Lane {
    /// Whether the next message of a tenant still waits for a place.
    pub(super) fn is_blocked(&self, tenant: &str) -> bool {
        self.blocked.get(tenant).is_some_and(|(connection, until)| {
            self.shared.clock.now() < *until
                && self.shared.calls.is_full(&(tenant.to_owned(), connection.clone()))
        })
    }

    /// Leaves in the lane what there is no place for, and all behind it. True: something was left.
    pub(super) fn leave_those_without_a_place(&mut self, tenant: &str, messages: &mut Vec<Queued>) -> bool {
        self.blocked.remove(tenant);
        let catalogue = self.shared.catalogue();
        let mut taken = 0;
        let mut full = None;
        for (number, queued) in messages.iter().enumerate() {
            let kept = match &queued.message {
                Ok(message) => self.keep_for(&catalogue, tenant, message),
                Err(_) => Ok(()),
            };
            match kept {
                Ok(()) => taken = number + 1,
                Err((Room::Full, connection)) => full = Some(connection),
                Err(_) => break,
            }
        }
        let is_cut = taken < messages.len();
        messages.truncate(taken);
        if let Some(connection) = full.filter(|_| is_cut) {
            let until = self.shared.clock.now().saturating_add(LOOK_AGAIN);
            self.blocked.insert(tenant.to_owned(), (connection, until));
        }
        self.page = if is_cut { taken.clamp(LEAST, MOST) } else { (self.page * 2).min(MOST) };
        is_cut
    }

    fn keep_for(
        &mut self,
        catalogue: &Catalogue,
        tenant: &str,
        message: &Message,
    ) -> Result<(), (Room, String)> {
        let connections = match message {
            Message::Event(event) => catalogue.needed(&event.name),
            Message::Start(bytes) => flow_of(bytes).and_then(|flow| catalogue.called(&flow)),
            Message::Told { .. } => None,
        };
        connections.map_or(Ok(()), |connections| self.kept.keep(tenant, connections))
    }
}

/// The flow that is to be started.
fn flow_of(bytes: &[u8]) -> Option<String> {
    match from_bytes("the start of a run", bytes).ok()? {
        Startup::Run(starting) => Some(starting.flow),
        Startup::Offer { flow, .. } | Startup::Item { flow, .. } | Startup::Group { flow, .. } => Some(flow),
    }
}
