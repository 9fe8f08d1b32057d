//! The settings as written: texts and numbers, before they mean anything.

use std::path::PathBuf;
use std::time::Duration;

use nave_flow::duration;
use nave_model::fault::codes;
use nave_model::{At, Fault};
use nave_store::record;
use serde::{Deserialize, Serialize};

use crate::config::{Bodies, Config, Log, LogFormat, Retention, Store, loopback, public, sizes};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    listen: String,
    public_address: String,
    store: WrittenStore,
    retention: WrittenRetention,
    engine: WrittenEngine,
    bodies: WrittenBodies,
    batches: String,
    drain: String,
    watch: String,
    log: WrittenLog,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStore {
    folder: String,
    lanes: u32,
    sweep: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRetention {
    events: String,
    runs: String,
    calls: String,
    dedup: String,
    dead: String,
    deliveries: String,
    size: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEngine {
    loaded: usize,
    waiting_per_connection: usize,
    runs_per_tenant: usize,
    patience: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenBodies {
    webhook: String,
    request: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLog {
    filter: String,
    format: LogFormat,
}

/// The least and the most lanes a store can have.
const LANES: std::ops::RangeInclusive<u32> = 1..=1024;

impl Written {
    /// What they mean.
    pub(super) fn settled(self) -> Result<Config, Fault> {
        let WrittenEngine { loaded, waiting_per_connection, runs_per_tenant, patience } = self.engine;
        for (name, value) in [
            ("loaded", loaded),
            ("waiting_per_connection", waiting_per_connection),
            ("runs_per_tenant", runs_per_tenant),
        ] {
            if value == 0 {
                return Err(wrong(&format!("/engine/{name}"), "0 would let nothing happen"));
            }
        }
        if !LANES.contains(&self.store.lanes) {
            return Err(wrong("/store/lanes", "a store has 1 to 1024 lanes"));
        }
        Ok(Config {
            listen: loopback(&self.listen)?,
            public_address: public(&self.public_address)?,
            store: Store {
                folder: PathBuf::from(self.store.folder),
                lanes: self.store.lanes,
                sweep: at_least("/store/sweep", &self.store.sweep, Duration::from_secs(1))?,
            },
            retention: self.retention.settled()?,
            engine: nave_engine::Options {
                loaded,
                waiting_per_connection,
                runs_per_tenant,
                patience_ms: milliseconds("/engine/patience", &patience)?,
                ..nave_engine::Options::default()
            },
            bodies: Bodies {
                webhook: length("/bodies/webhook", &self.bodies.webhook)?,
                request: length("/bodies/request", &self.bodies.request)?,
            },
            batches: PathBuf::from(self.batches),
            drain: Duration::from_millis(milliseconds("/drain", &self.drain)?),
            watch: at_least("/watch", &self.watch, Duration::from_millis(10))?,
            log: Log { filter: self.log.filter, format: self.log.format },
        })
    }
}

impl WrittenRetention {
    fn settled(&self) -> Result<Retention, Fault> {
        let kept = |name: &str, text: &str| match text {
            "forever" => Ok(None),
            text => milliseconds(&format!("/retention/{name}"), text).map(Some),
        };
        Ok(Retention(record::Retention {
            events_ms: kept("events", &self.events)?,
            runs_ms: kept("runs", &self.runs)?,
            calls_ms: kept("calls", &self.calls)?,
            dedup_ms: kept("dedup", &self.dedup)?,
            dead_ms: kept("dead", &self.dead)?,
            deliveries_ms: kept("deliveries", &self.deliveries)?,
            most_bytes: match self.size.as_str() {
                "forever" => None,
                text => Some(size("/retention/size", text)?),
            },
        }))
    }
}

fn milliseconds(pointer: &str, text: &str) -> Result<u64, Fault> {
    duration::parse(text).map_err(|found| {
        let fault = wrong(pointer, &found.message);
        match found.hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    })
}

fn at_least(pointer: &str, text: &str, least: Duration) -> Result<Duration, Fault> {
    let duration = Duration::from_millis(milliseconds(pointer, text)?);
    if duration < least {
        let least = u64::try_from(least.as_millis()).unwrap_or(u64::MAX);
        return Err(wrong(pointer, &format!("`{text}` is too often: {} at least", duration::print(least))));
    }
    Ok(duration)
}

fn size(pointer: &str, text: &str) -> Result<u64, Fault> {
    sizes::parse(text).ok_or_else(|| {
        wrong(pointer, &format!("`{text}` is no size")).with_hint("write it as `512KB`, `5MB` or `50GB`")
    })
}

/// The size of a body: as much as fits into memory many times.
fn length(pointer: &str, text: &str) -> Result<usize, Fault> {
    const MOST: u64 = 1_000_000_000;
    let bytes = size(pointer, text)?;
    if bytes > MOST {
        return Err(wrong(pointer, &format!("`{text}` is too large for a body: 1GB at most")));
    }
    usize::try_from(bytes).map_err(|_| wrong(pointer, &format!("`{text}` is too large")))
}

fn wrong(pointer: &str, message: &str) -> Fault {
    let at = At { pointer: Some(pointer.to_owned()), ..At::default() };
    Fault::new(codes::SETTING_INVALID, message).with_at(at)
}
