//! The one who makes calls: connectors, connections, transport and clock together.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};

use nave_connector::{Connector, Operation};
use nave_model::connection::Connection as Document;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault};
use nave_store::Store;

use crate::admit::Gate;
use crate::answer::{Answer, CallRequest};
use crate::breaker::Standing;
use crate::clock::Clock;
use crate::connection::Connection;
use crate::ledger::Ledger;
use crate::meter::Measured;
use crate::paging::pages::Pages;
use crate::pipeline;
use crate::pipeline::preview::Preview;
use crate::pipeline::trail::Past;
use crate::settle::{self, Settled};
use crate::transport::{Incoming, Outgoing, Transport};

/// An answer on its way.
pub(crate) type Sending<'a> = Pin<Box<dyn Future<Output = Result<Incoming, Fault>> + Send + 'a>>;

/// The way out, for tests to stand in. Nothing outside this crate can be one.
pub(crate) trait Wire: fmt::Debug + Send + Sync {
    fn send(&self, outgoing: Outgoing) -> Sending<'_>;
}

impl Wire for Transport {
    fn send(&self, outgoing: Outgoing) -> Sending<'_> {
        Box::pin(Transport::send(self, outgoing))
    }
}

/// Makes calls. Share it behind an `Arc`: limits, caches and breakers are one per connection of a
/// caller and of those that follow it (see [`Caller::renewed`]).
#[derive(Debug)]
pub struct Caller {
    connections: BTreeMap<String, Arc<Connection>>,
    /// The gates of connections that are no longer there, for as long as they hold calls back: one that is
    /// taken away and put back may not call more than it may.
    gone: BTreeMap<String, Arc<Gate>>,
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where what may have an effect is written down first.
    pub(crate) ledger: Option<Ledger>,
}

impl Caller {
    /// A caller for these connections.
    ///
    /// # Errors
    /// A connection names an unknown connector, scheme, variable or fallback, or an address or limit
    /// that cannot be used.
    pub fn new(
        connectors: &[Arc<Connector>],
        connections: &BTreeMap<String, Document>,
        transport: Transport,
        clock: Arc<dyn Clock>,
    ) -> Result<Caller, Fault> {
        Caller::over(connectors, connections, Arc::new(transport), clock)
    }

    pub(crate) fn over(
        connectors: &[Arc<Connector>],
        documents: &BTreeMap<String, Document>,
        wire: Arc<dyn Wire>,
        clock: Arc<dyn Clock>,
    ) -> Result<Caller, Fault> {
        let connections = made(connectors, documents, &clock)?;
        let connections =
            connections.into_iter().map(|(name, connection)| (name, Arc::new(connection))).collect();
        Ok(Caller { connections, gone: BTreeMap::new(), wire, clock, ledger: None })
    }

    /// A caller for what connections and connectors are from now on, with the same transport, clock and
    /// ledger. It goes on where this one is: what was used of limits counts, calls under way hold their
    /// places, breakers, kept answers and idempotency keys are shared by both, as far as a connection
    /// still is one with the same system and account. Calls under way end with what they began with.
    ///
    /// Other limits hold for calls of this caller too, from now on. A credential is read anew, so that
    /// one in a file that was rotated takes effect.
    ///
    /// # Errors
    /// As [`Caller::new`]; then nothing has changed.
    pub fn renewed(
        &self,
        connectors: &[Arc<Connector>],
        connections: &BTreeMap<String, Document>,
    ) -> Result<Caller, Fault> {
        let mut made = made(connectors, connections, &self.clock)?;
        let mut gone = self.gone.clone();
        let left = self.connections.iter().filter(|(name, _)| !made.contains_key(*name));
        gone.extend(left.map(|(name, connection)| (name.clone(), Arc::clone(&connection.gate))));
        for (name, connection) in &mut made {
            match (self.connections.get(name), gone.remove(name)) {
                (Some(before), _) => connection.go_on_from(before),
                (None, Some(gate)) => connection.go_on_at(gate),
                (None, None) => {}
            }
        }
        gone.retain(|_, gate| !gate.is_at_rest());
        Ok(Caller {
            connections: made.into_iter().map(|(name, connection)| (name, Arc::new(connection))).collect(),
            gone,
            wire: Arc::clone(&self.wire),
            clock: Arc::clone(&self.clock),
            ledger: self.ledger.clone(),
        })
    }

    /// The same caller, which writes every intended effect of this tenant into the store before it is
    /// sent. What cannot be written down is not sent.
    #[must_use]
    pub fn with_ledger(mut self, store: Arc<dyn Store>, tenant: &str) -> Caller {
        self.ledger = Some(Ledger::new(store, tenant));
        self
    }

    /// Makes one call through the whole pipeline.
    ///
    /// Where the answer was lost, the connector's read-back is asked before anything is said. With a
    /// ledger, the outcome is in it when this returns.
    ///
    /// Dropping the future gives the call up: what it held is free again, and the ledger says what is
    /// true then: nothing where nothing was sent, else an intent without an outcome.
    ///
    /// # Errors
    /// Any fault of the pipeline; its code says what happened and who can mend it.
    pub async fn call(&self, request: CallRequest) -> Result<Answer, Fault> {
        settle::direct(self, &request).await
    }

    /// Makes one call, or settles one that may have been sent before (`perhaps_sent`), and says how it
    /// ended as far as anybody can tell. The outcome of a call with a `call_id` is handed back, to be
    /// written down together with what follows from it.
    pub async fn settle_or_call(&self, request: &CallRequest) -> Settled {
        settle::call(self, request).await
    }

    /// The pages of a list, one call each, held one at a time.
    ///
    /// # Errors
    /// The operation is not known, or its connector has no paging rule for it.
    pub fn pages(&self, request: CallRequest) -> Result<Pages<'_>, Fault> {
        let connection = self.connection(&request.connection)?;
        let operation = connection.connector.operation(&request.operation)?;
        match &operation.paging {
            Some(rule) => Ok(Pages::new(self, request, rule.clone())),
            None => {
                let message =
                    format!("`{}.{}` is not known to be paged", connection.connector.name, operation.name);
                Err(Fault::new(codes::PAGING, message).with_hint(
                    "say how under `paging` in the connector's manifest, or call it without pages",
                ))
            }
        }
    }

    /// The request a call would send, without a credential and without sending it.
    ///
    /// # Errors
    /// Whatever would keep it from being sent.
    pub fn preview(&self, request: &CallRequest) -> Result<Preview, Fault> {
        pipeline::preview::preview(self, request)
    }

    /// The operation a request names.
    ///
    /// # Errors
    /// The connection or the operation is not known, with the nearest names.
    pub fn operation(&self, connection: &str, operation: &str) -> Result<&Operation, Fault> {
        self.connection(connection)?.connector.operation(operation)
    }

    /// The names of the connections.
    pub fn connections(&self) -> impl Iterator<Item = &str> {
        self.connections.keys().map(String::as_str)
    }

    /// A connection as its owner wrote it, and its connector.
    ///
    /// # Errors
    /// The connection is not known, with the nearest names.
    pub fn account(&self, connection: &str) -> Result<(&Document, &Arc<Connector>), Fault> {
        let connection = self.connection(connection)?;
        Ok((&connection.document, &connection.connector))
    }

    /// How the breaker of a connection stands now.
    ///
    /// # Errors
    /// The connection is not known, with the nearest names.
    pub fn breaker(&self, connection: &str) -> Result<Standing, Fault> {
        let breaker = &self.connection(connection)?.breaker;
        Ok(breaker.lock().unwrap_or_else(PoisonError::into_inner).standing(self.clock.now()))
    }

    /// What was sent on each connection, by their names.
    pub fn measured(&self) -> impl Iterator<Item = (&str, Measured)> {
        self.connections.iter().map(|(name, connection)| (name.as_str(), connection.meter.read()))
    }

    /// The page at an address, or the first.
    pub(crate) async fn page(&self, request: &CallRequest, address: Option<&str>) -> Result<Answer, Fault> {
        pipeline::run(self, request, address, Past::default()).await.outcome
    }

    pub(crate) fn connection(&self, name: &str) -> Result<&Arc<Connection>, Fault> {
        self.connections.get(name).ok_or_else(|| {
            let fault = Fault::new(codes::CONNECTION_UNKNOWN, format!("there is no connection `{name}`"));
            let known = self.connections.keys().map(String::as_str);
            hinted(fault, did_you_mean(name, known))
        })
    }
}

/// The connections of these documents, each fresh.
fn made(
    connectors: &[Arc<Connector>],
    documents: &BTreeMap<String, Document>,
    clock: &Arc<dyn Clock>,
) -> Result<BTreeMap<String, Connection>, Fault> {
    let mut connections = BTreeMap::new();
    for (name, document) in documents {
        let connector = connectors.iter().find(|connector| connector.name == document.connector);
        let Some(connector) = connector else {
            let known = connectors.iter().map(|connector| connector.name.as_str());
            let message = format!(
                "the connection `{name}` names the connector `{}`, which there is not",
                document.connector
            );
            let at =
                At { pointer: Some("/connector".into()), ..At::file(format!("connections/{name}.yaml")) };
            let fault = Fault::new(codes::CONNECTOR_UNKNOWN, message).with_at(at);
            return Err(hinted(fault, did_you_mean(&document.connector, known)));
        };
        check_fallback(name, document, documents)?;
        let connection = Connection::new(name, document.clone(), Arc::clone(connector), clock)?;
        connections.insert(name.clone(), connection);
    }
    Ok(connections)
}

fn check_fallback(
    name: &str,
    document: &Document,
    documents: &BTreeMap<String, Document>,
) -> Result<(), Fault> {
    let Some(fallback) = &document.fallback else { return Ok(()) };
    let why = match documents.get(fallback) {
        Some(_) if fallback == name => "which is the connection itself".to_owned(),
        Some(other) if other.connector == document.connector => return Ok(()),
        Some(other) => format!("which is a connection of `{}`", other.connector),
        None => "which there is not".to_owned(),
    };
    let message = format!("the connection `{name}` names the fallback `{fallback}`, {why}");
    let at = At { pointer: Some("/fallback".into()), ..At::file(format!("connections/{name}.yaml")) };
    let others = documents.keys().filter(|other| *other != name).map(String::as_str);
    Err(hinted(Fault::new(codes::CONNECTION_INVALID, message).with_at(at), did_you_mean(fallback, others)))
}

fn hinted(fault: Fault, hint: Option<String>) -> Fault {
    match hint {
        Some(hint) => fault.with_hint(hint),
        None => fault,
    }
}
