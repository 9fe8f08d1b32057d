//! Runs whose start is on disk and was not taken up by their lane yet: found by their id among the lane's
//! messages, so that a run is known from the moment its id is given out.

use std::sync::Arc;

use nave_model::Fault;
use nave_store::batch::Message;
use nave_store::record::{Phase, RunRecord};
use serde_json::Value;

use crate::names::{lane_of_run, made_ms};
use crate::shared::Shared;
use crate::written::{Starting, Startup, from_bytes};

/// How many messages are read at a time.
const PAGE: usize = 256;

/// A start that was not taken up.
pub(crate) struct Pending {
    pub(crate) tenant: String,
    pub(crate) starting: Starting,
}

/// The start of a run among the messages that its lane has not handled; `None`: there is none.
pub(crate) async fn find(shared: &Shared, run: &str) -> Result<Option<Pending>, Fault> {
    let Some(lane) = lane_of_run(run, shared.lanes()) else { return Ok(None) };
    for backlog in shared.store.backlog(lane).await? {
        let mut after = backlog.consumed;
        loop {
            let page = shared.store.read(lane, backlog.tenant.clone(), after, PAGE).await?;
            let is_last = page.len() < PAGE;
            after = page.last().map_or(after, |queued| queued.position);
            for queued in page {
                if let Ok(Message::Start(bytes)) = &queued.message
                    && names(bytes, run)
                    && let Ok(Startup::Run(starting)) = from_bytes("the start of a run", bytes)
                    && starting.run == run
                {
                    return Ok(Some(Pending { tenant: queued.tenant, starting: *starting }));
                }
            }
            if is_last {
                break;
            }
        }
    }
    Ok(None)
}

/// Whether bytes name a run: what does not is not read.
fn names(bytes: &[u8], run: &str) -> bool {
    bytes.windows(run.len()).any(|part| part == run.as_bytes())
}

impl Pending {
    /// The record that the run will begin with, and its data.
    pub(crate) fn view(&self, shared: &Shared) -> (RunRecord, Arc<Value>) {
        let starting = &self.starting;
        let catalogue = shared.catalogue();
        let definition = catalogue.get(&starting.flow).map(|runnable| runnable.hash.clone());
        let lane = lane_of_run(&starting.run, shared.lanes()).unwrap_or_default();
        let now_ms = made_ms(&starting.run).unwrap_or_default();
        let record = record(&self.tenant, lane, (definition.unwrap_or_default(), now_ms), starting);
        (record, Arc::clone(&starting.data))
    }
}

/// The record of a run that was just made by a definition, at a time.
pub(crate) fn record(
    tenant: &str,
    lane: u32,
    (definition, now_ms): (String, u64),
    starting: &Starting,
) -> RunRecord {
    RunRecord {
        id: starting.run.clone(),
        tenant: tenant.to_owned(),
        lane,
        flow: starting.flow.clone(),
        definition,
        key: starting.key.clone(),
        phase: Phase::Queued,
        state: "queued".to_owned(),
        cause: starting.cause.clone(),
        parent: starting.parent.clone(),
        replay_of: starting.replay.as_ref().map(|replay| replay.of.clone()),
        created_ms: now_ms,
        changed_ms: now_ms,
        ended_ms: None,
        entries: 0,
        fault: None,
        trace: starting.trace.clone(),
    }
}
