//! What a connection takes over from itself as it was before its project was read again, so that no limit
//! is exceeded and nothing learned is forgotten because a file was edited.

use std::sync::Arc;

use nave_connector::Connector;
use nave_model::connection::{Agents, Connection as Document, Limits, Timeouts};

use super::Connection;
use crate::admit::{Gate, Learned};

impl Connection {
    /// Goes on where the connection of this name was before: always at its gate, because limits belong to
    /// the name, and with the rest as far as it is still about the same thing.
    pub(crate) fn go_on_from(&mut self, before: &Connection) {
        let same_system = is_same_system(self, before);
        let kept = match (same_system, Arc::ptr_eq(&self.connector, &before.connector)) {
            (true, true) => Learned::All,
            (true, false) => Learned::OfSystem,
            (false, _) => Learned::Nothing,
        };
        self.gate = Arc::clone(&before.gate);
        self.gate.renew(self.limits, kept);
        if !same_system {
            return;
        }
        // What breaks on the way to a system, a proxy too, opens the breaker.
        if self.document.proxy == before.document.proxy {
            self.breaker = Arc::clone(&before.breaker);
        }
        self.budget = Arc::clone(&before.budget);
        if answers_alike(self, before) {
            self.cache = Arc::clone(&before.cache);
            self.dedup = Arc::clone(&before.dedup);
        } else {
            self.dedup = Arc::new(before.dedup.for_other_reads());
        }
    }

    /// Goes on at the gate of a connection of this name that was taken away in between.
    pub(crate) fn go_on_at(&mut self, gate: Arc<Gate>) {
        gate.renew(self.limits, Learned::Nothing);
        self.gate = gate;
    }
}

/// Whether calls go to the same place as the same account.
fn is_same_system(one: &Connection, other: &Connection) -> bool {
    let (a, b) = (&one.document, &other.document);
    a.connector == b.connector
        && a.address == b.address
        && a.variables == b.variables
        && a.credential == b.credential
        && (a.address.is_some() || are_same_servers(&one.connector, &other.connector))
}

fn are_same_servers(one: &Arc<Connector>, other: &Arc<Connector>) -> bool {
    Arc::ptr_eq(one, other) || one.servers == other.servers
}

/// Whether an equal call gets an equal answer, as far as it is up to us.
fn answers_alike(one: &Connection, other: &Connection) -> bool {
    Arc::ptr_eq(&one.connector, &other.connector)
        && what_shapes(&one.document) == what_shapes(&other.document)
}

/// A document without what has no part in what an answer says or how long it is kept.
fn what_shapes(document: &Document) -> Document {
    Document {
        agents: Agents::default(),
        limits: Limits::default(),
        timeouts: Timeouts::default(),
        fallback: None,
        webhook: None,
        ..document.clone()
    }
}
