//! What sources and batches ask of the engine: starts and events that are durable when it answers, with
//! the cursor of whoever hands them in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nave_call::{Caller, Clock};
use nave_model::{Event, Fault};
use nave_store::{Pending, Store};
use serde_json::Value;

use crate::engine::{Cursors, Engine};
use crate::project::FlowSet;

/// Whose the sources are, as long as there is one tenant.
pub(crate) const TENANT: &str = "default";

/// How long is waited before the lanes are looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// One start of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Begin {
    /// The trigger's data.
    pub data: Value,
    /// What makes it the same start, and says for people what began it.
    pub dedup: String,
}

/// A start that was refused: which one of those handed in, and why.
pub type Refused = (usize, Fault);

/// The engine, as sources and batches see it.
pub trait Door: fmt::Debug + Send + Sync {
    /// Starts a flow several times, in order. A start whose dedup key was seen before is not begun again.
    ///
    /// Gives those that were refused because of what they are; the others are durable then. The cursors
    /// move when none was refused, together with the starts.
    ///
    /// # Errors
    /// The store cannot take them, or there is no such flow. Nothing has begun.
    fn begin<'a>(
        &'a self,
        tenant: &'a str,
        flow: &'a str,
        starts: Vec<Begin>,
        cursors: Cursors,
    ) -> Pending<'a, Vec<Refused>>;

    /// Accepts events, and moves the cursors with them.
    ///
    /// # Errors
    /// The store cannot take them; nothing was accepted.
    fn accept<'a>(&'a self, tenant: &'a str, events: Vec<Event>, cursors: Cursors) -> Pending<'a, ()>;

    /// What remembers.
    fn store(&self) -> &Arc<dyn Store>;

    /// What makes calls, as last loaded.
    fn caller(&self) -> Arc<Caller>;

    /// The flows, as last loaded.
    fn flows(&self) -> Arc<FlowSet>;

    /// The time.
    fn clock(&self) -> &Arc<dyn Clock>;
}

impl Door for Engine {
    fn begin<'a>(
        &'a self,
        tenant: &'a str,
        flow: &'a str,
        starts: Vec<Begin>,
        cursors: Cursors,
    ) -> Pending<'a, Vec<Refused>> {
        Box::pin(self.start_flows(tenant, flow, starts, cursors))
    }

    fn accept<'a>(&'a self, tenant: &'a str, events: Vec<Event>, cursors: Cursors) -> Pending<'a, ()> {
        Box::pin(async move { Engine::accept(self, tenant, events, cursors).await.map(drop) })
    }

    fn store(&self) -> &Arc<dyn Store> {
        Engine::store(self)
    }

    fn caller(&self) -> Arc<Caller> {
        Engine::caller(self)
    }

    fn flows(&self) -> Arc<FlowSet> {
        Engine::flows(self)
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        Engine::clock(self)
    }
}

/// The time of a clock: milliseconds since 1970, UTC.
pub(crate) fn now_ms(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.wall().as_millisecond()).unwrap_or(0)
}

/// Ends when at most this many messages of a tenant wait in the lanes.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn room(door: &dyn Door, tenant: &str, most: u64) -> Result<(), Fault> {
    loop {
        let store = door.store();
        let mut waiting: u64 = 0;
        for lane in 0..store.lanes() {
            for backlog in store.backlog(lane).await? {
                if backlog.tenant == tenant {
                    waiting = waiting.saturating_add(backlog.last.saturating_sub(backlog.consumed));
                }
            }
        }
        if waiting <= most {
            return Ok(());
        }
        door.clock().sleep(LOOK_AGAIN).await;
    }
}
