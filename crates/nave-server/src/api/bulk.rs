//! What people do to many runs at once: the same as to one, to every run that fits, with what became of
//! each.

use std::sync::Arc;

use http::Method;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{Filter, Page, RunRecord};

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, flows, time};
use crate::state::{State, TENANT};
use crate::view::{Bulk, BulkDone, BulkRefused, RunFilter, Why, word};

/// Runs looked at in one go.
const STEP: usize = 500;

/// What is done.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Cancel,
    Retry,
    Skip,
    Replay,
    Migrate,
}

pub(super) fn group() -> Group {
    let row = |name, path, summary, deed: Deed| {
        Endpoint::new((name, Method::POST, path), summary, move |state, request| each(state, request, deed))
            .takes::<Bulk>()
            .gives::<BulkDone>(200)
    };
    Group {
        name: "many runs",
        about: "The same things done to every run that fits. Each run is done by itself: one that refuses \
                stops no other.",
        endpoints: vec![
            row("runs.cancel-many", "/runs/cancel", "Cancels runs.", Deed::Cancel),
            row("runs.retry-many", "/runs/retry", "Has failed steps tried again.", Deed::Retry),
            row("runs.skip-many", "/runs/skip", "Skips failed steps.", Deed::Skip),
            row("runs.replay-many", "/runs/replay", "Begins ended runs again.", Deed::Replay),
            row(
                "runs.migrate-many",
                "/runs/migrate",
                "Moves waiting runs to present versions.",
                Deed::Migrate,
            ),
        ],
    }
}

async fn each(state: Arc<State>, request: Request, deed: Deed) -> Result<Answer, Fault> {
    let bulk: Bulk = request.json()?;
    if bulk.filter == RunFilter::default() {
        return Err(Fault::new(codes::ARGUMENT_REQUIRED, "nothing says which runs are meant")
            .with_hint("set at least one field of `filter`"));
    }
    let most = time::most(bulk.most, 1000, 10_000)?;
    let (ids, more) = fitting(&state, &bulk.filter, most).await?;
    if ids.is_empty() {
        flows::meant(&state.engine.flows(), bulk.filter.flow.as_deref())?;
    }
    let mut done = BulkDone { done: Vec::new(), refused: Vec::new(), more };
    for id in ids {
        if bulk.dry {
            done.done.push(id);
            continue;
        }
        match one(&state, &request, deed, &id, bulk.reason.clone()).await {
            Ok(()) => done.done.push(id),
            Err(fault) => done.refused.push(BulkRefused {
                id,
                why: Why { code: fault.code.name.to_owned(), message: fault.message.clone() },
            }),
        }
    }
    answer::ok(&done)
}

async fn one(
    state: &State,
    request: &Request,
    deed: Deed,
    run: &str,
    reason: Option<String>,
) -> Result<(), Fault> {
    match deed {
        Deed::Cancel => state.engine.of(TENANT).cancel(run, &request.by, reason).await,
        Deed::Retry => state.engine.of(TENANT).retry(run, None, &request.by).await,
        Deed::Skip => state.engine.of(TENANT).skip(run, None, &request.by).await,
        Deed::Replay => state.engine.of(TENANT).replay(run, None, &request.by).await.map(|_| ()),
        Deed::Migrate => state.engine.of(TENANT).migrate(run, &request.by).await,
    }
}

/// The ids of the runs that fit, and whether there are more. They are found before anything is done, so that
/// what is done cannot change what fits.
async fn fitting(state: &State, wanted: &RunFilter, most: usize) -> Result<(Vec<String>, bool), Fault> {
    let filter = Filter {
        tenant: Some(TENANT.to_owned()),
        flow: wanted.flow.clone(),
        state: wanted.state.map(word),
        phase: wanted.phase.map(Into::into),
        key: wanted.key.clone(),
        cause: wanted.cause.clone(),
        since_ms: time::moment("since", wanted.since.as_deref())?,
        until_ms: time::moment("until", wanted.until.as_deref())?,
    };
    let fits = |run: &RunRecord| {
        let code = run.fault.as_ref().map(|(code, _)| code);
        wanted.code.as_ref().is_none_or(|wanted| code == Some(wanted))
    };
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let found = state.store().runs(filter.clone(), Page { after, most: STEP }).await?;
        let last = found.len() < STEP;
        after = found.last().map(|run| run.id.clone());
        for run in found.iter().filter(|run| fits(run)) {
            if ids.len() == most {
                return Ok((ids, true));
            }
            ids.push(run.id.clone());
        }
        if last {
            return Ok((ids, false));
        }
    }
}
