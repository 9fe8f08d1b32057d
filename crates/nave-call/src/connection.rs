//! A connection made ready for calls: its document checked against its connector, and everything that
//! lives as long as it does: gate, breaker, budget, cache, keys.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nave_connector::{Connector, Operation, server};
use nave_model::connection::{Agents, Connection as Document};
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Effect, Fault};
use url::Url;

use crate::admit::bucket::Rate;
use crate::admit::{Gate, Limits};
use crate::answer::Principal;
use crate::authenticate::keys::Keys;
use crate::authenticate::kind_of;
use crate::breaker::Breaker;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::dedup::Dedup;
use crate::meter::Meter;
use crate::retry::Budget;
use crate::transport::{self, HostPolicy};

mod carry;

const CONCURRENCY: u32 = 64;
const QUEUE: u32 = 1000;
const TOTAL: Duration = Duration::from_mins(2);

/// A connection ready for calls.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) name: String,
    pub(crate) document: Document,
    pub(crate) connector: Arc<Connector>,
    pub(crate) gate: Arc<Gate>,
    limits: Limits,
    pub(crate) breaker: Arc<Mutex<Breaker>>,
    pub(crate) budget: Arc<Mutex<Budget>>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) dedup: Arc<Dedup>,
    pub(crate) keys: Keys,
    pub(crate) meter: Meter,
    /// Limits of one attempt.
    pub(crate) attempt: transport::Limits,
    /// Time for the whole call.
    pub(crate) total: Duration,
    proxy: Option<Url>,
    /// What the transport is told, by the origin of the operation's server.
    policies: Mutex<BTreeMap<String, Arc<HostPolicy>>>,
}

impl Connection {
    /// Checks a document against its connector and makes it ready.
    ///
    /// # Errors
    /// `E-CONNECTION-INVALID`, with the place in the document.
    pub(crate) fn new(
        name: &str,
        document: Document,
        connector: Arc<Connector>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        check(&document, &connector).map_err(|fault| located(name, fault))?;
        let limits = limits(&document, &connector).map_err(|fault| located(name, fault))?;
        let proxy = document.proxy.as_deref().map(proxy_address).transpose();
        let proxy = proxy.map_err(|why| located(name, invalid("/proxy", format!("the proxy {why}"))))?;
        Ok(Connection {
            name: name.to_owned(),
            gate: Arc::new(Gate::new(name, limits, Arc::clone(clock))),
            limits,
            breaker: Arc::default(),
            budget: Arc::new(Mutex::new(Budget::new(clock.now()))),
            cache: Arc::default(),
            dedup: Arc::new(Dedup::new(Arc::clone(clock))),
            keys: Keys::new(document.credential.clone()),
            meter: Meter::default(),
            attempt: attempt_limits(&document),
            total: document.timeouts.total_ms.map_or(TOTAL, Duration::from_millis),
            proxy,
            policies: Mutex::default(),
            document,
            connector,
        })
    }

    /// Whether this caller may use operations of this effect here.
    ///
    /// # Errors
    /// `E-NOT-ALLOWED`.
    pub(crate) fn allow(&self, principal: Principal, operation: &Operation) -> Result<(), Fault> {
        let allowed = match (principal, self.document.agents) {
            (Principal::Person | Principal::Flow, _) | (Principal::Agent, Agents::Write) => return Ok(()),
            (Principal::Agent, Agents::Read) if operation.effect == Effect::Read => return Ok(()),
            (Principal::Agent, Agents::Read) => "only read operations of",
            (Principal::Agent, Agents::None) => "nothing of",
        };
        let effect = operation.effect.as_str();
        let message = format!(
            "agents may use {allowed} the connection `{}`, and `{}` is a {effect} operation",
            self.name, operation.name
        );
        Err(Fault::new(codes::NOT_ALLOWED, message)
            .with_hint("a person can allow it with `agents: write` in the connection"))
    }

    /// What the transport may do with a request to this address: a credential goes to its origin only.
    pub(crate) fn policy(&self, base: &Url) -> Arc<HostPolicy> {
        let origin = transport::origin(base);
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        let policy = policies.entry(origin.ascii_serialization()).or_insert_with(|| {
            Arc::new(HostPolicy {
                allow_private: self.document.allow_private_hosts.clone(),
                proxy: self.proxy.clone(),
                credential_origins: vec![origin],
            })
        });
        Arc::clone(policy)
    }

    /// How long an operation's answer may be reused; `None`: not at all.
    pub(crate) fn cache_time(&self, operation: &Operation) -> Option<Duration> {
        let seconds = self.document.cache_seconds.or(operation.cache_seconds)?;
        (operation.effect == Effect::Read && seconds > 0).then(|| Duration::from_secs(seconds))
    }
}

/// What can be checked without making a call. Servers of single operations are checked by the call.
fn check(document: &Document, connector: &Connector) -> Result<(), Fault> {
    if let Some(text) = &document.address {
        let read = connector.manifest.protocol.address(text);
        read.map_err(|why| invalid("/address", format!("the address `{text}` {why}")))?;
    }
    if connector.servers.is_empty() && document.address.is_none() && connector.entries().is_empty() {
        return Ok(());
    }
    if let Some(entry) = connector.entries().first()
        && let Ok(operation) = connector.operation(&entry.name)
    {
        server::base(connector, operation, document)?;
    }
    let Some(named) = document.credential.as_ref().and_then(|credential| credential.scheme.as_deref()) else {
        return Ok(());
    };
    let Some(scheme) = connector.schemes.get(named) else {
        let fault =
            invalid("/credential/scheme", format!("`{}` has no security scheme `{named}`", connector.name));
        return Err(match did_you_mean(named, connector.schemes.keys().map(String::as_str)) {
            Some(hint) => fault.with_hint(hint),
            None => fault.with_hint(format!("it has {}", names(connector))),
        });
    };
    match kind_of(scheme) {
        Some(_) => Ok(()),
        None => {
            let message = format!("the security scheme `{named}` is one Nave does not attach yet");
            Err(invalid("/credential/scheme", message))
        }
    }
}

fn names(connector: &Connector) -> String {
    match connector.schemes.is_empty() {
        true => "none".to_owned(),
        false => connector.schemes.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn limits(document: &Document, connector: &Connector) -> Result<Limits, Fault> {
    let published = connector.manifest.limits.clone().unwrap_or_default();
    let own = &document.limits;
    // A burst belongs to the rate it was declared with.
    let (per_second, burst) = match own.per_second {
        Some(rate) => (Some(rate), own.burst),
        None => (published.per_second, own.burst.or(published.burst)),
    };
    let rate = per_second.map(|rate| Rate::new(rate, burst).ok_or(rate)).transpose().map_err(|rate| {
        invalid("/limits/per_second", format!("{rate} is not a number of calls per second"))
    })?;
    Ok(Limits {
        rate,
        concurrency: own.concurrency.or(published.concurrency).unwrap_or(CONCURRENCY),
        queue: own.queue.unwrap_or(QUEUE),
    })
}

fn attempt_limits(document: &Document) -> transport::Limits {
    let defaults = transport::Limits::default();
    let times = &document.timeouts;
    let time = |millis: Option<u64>, default| millis.map_or(default, Duration::from_millis);
    transport::Limits {
        connect: time(times.connect_ms, defaults.connect),
        first_byte: time(times.first_byte_ms, defaults.first_byte),
        attempt: time(times.attempt_ms, defaults.attempt),
        response_bytes: document.limits.response_bytes.unwrap_or(defaults.response_bytes),
    }
}

fn proxy_address(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(_) => Err(format!("`{text}` is neither http nor https")),
        Err(error) => Err(format!("`{text}` is none: {error}")),
    }
}

fn invalid(pointer: &str, message: String) -> Fault {
    Fault::new(codes::CONNECTION_INVALID, message).with_at(At::pointer(pointer))
}

/// Adds which connection it is.
fn located(name: &str, mut fault: Fault) -> Fault {
    fault.message = format!("the connection `{name}`: {}", fault.message);
    let pointer = fault.at.take().and_then(|at| at.pointer);
    fault.with_at(At { file: Some(format!("connections/{name}.yaml")), pointer, ..At::default() })
}
