//! How a source is doing, for people and alarms.

use std::sync::{Mutex, PoisonError};

use nave_model::Fault;
use serde::Serialize;

/// How a source is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceHealth {
    /// Its name, which its cursors begin with: `poll:crm/new-deals:crm.list_deals`.
    pub name: String,
    /// `schedule` or `poll`.
    pub kind: &'static str,
    /// The flow it starts.
    pub flow: String,
    /// What it looks at: `every 1h`, `cron 0 7 * * * Europe/Berlin`, `crm.list_deals`.
    pub what: String,
    /// When it last looked, or fired: milliseconds since 1970, UTC.
    pub last_ms: Option<u64>,
    /// When it does next.
    pub next_ms: Option<u64>,
    /// How long ago it last did so without a fault: milliseconds.
    pub age_ms: Option<u64>,
    /// Starts since the hub began.
    pub starts: u64,
    /// Items that are known, of a poll.
    pub known: Option<u64>,
    /// Faults since it last did well.
    pub failures: u32,
    /// Code and message of the last fault since it last did well, or of an item it had to pass over.
    pub fault: Option<(String, String)>,
}

/// Where a source tells how it is doing.
#[derive(Debug)]
pub(super) struct Report {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    health: SourceHealth,
    well_ms: Option<u64>,
}

impl Report {
    pub(super) fn new(name: &str, kind: &'static str, flow: &str, what: &str) -> Report {
        let health = SourceHealth {
            name: name.to_owned(),
            kind,
            flow: flow.to_owned(),
            what: what.to_owned(),
            last_ms: None,
            next_ms: None,
            age_ms: None,
            starts: 0,
            known: None,
            failures: 0,
            fault: None,
        };
        Report { state: Mutex::new(State { health, well_ms: None }) }
    }

    /// It looked or fired, and all went well but for what `passed_over` says.
    pub(super) fn did_well(&self, now_ms: u64, starts: u64, known: Option<u64>, passed_over: Option<&Fault>) {
        self.with(|state| {
            state.well_ms = Some(now_ms);
            state.health.last_ms = Some(now_ms);
            state.health.starts = state.health.starts.saturating_add(starts);
            state.health.known = known;
            state.health.failures = 0;
            state.health.fault = passed_over.map(told);
        });
    }

    /// It tried and failed; gives how often in a row.
    pub(super) fn failed(&self, now_ms: u64, fault: &Fault) -> u32 {
        self.with(|state| {
            state.health.last_ms = Some(now_ms);
            state.health.failures = state.health.failures.saturating_add(1);
            state.health.fault = Some(told(fault));
            state.health.failures
        })
    }

    /// When it does something next.
    pub(super) fn next(&self, next_ms: Option<u64>) {
        self.with(|state| state.health.next_ms = next_ms);
    }

    pub(super) fn health(&self, now_ms: u64) -> SourceHealth {
        self.with(|state| {
            let age_ms = state.well_ms.map(|well_ms| now_ms.saturating_sub(well_ms));
            SourceHealth { age_ms, ..state.health.clone() }
        })
    }

    fn with<T>(&self, tell: impl FnOnce(&mut State) -> T) -> T {
        tell(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn told(fault: &Fault) -> (String, String) {
    (fault.code.name.to_owned(), fault.message.clone())
}
