//! Runs: started by hand, listed, shown step by step, and what people do to one of them.

use std::sync::Arc;

use http::{Method, StatusCode};
use nave_engine::Cause;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_store::record::{Filter, Page};

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, flows, time};
use crate::state::{State, TENANT};
use crate::view::{Cancel, Listed, Replay, Run, RunDetail, RunQuery, Start, Started, StepAt, part, word};

/// Runs among which one is looked for that could be meant.
const NEWEST: usize = 1000;
/// Characters of an id that say which one is meant; fewer say only when it began.
const LEAST: usize = 8;

pub(super) fn group() -> Group {
    Group {
        name: "runs",
        about: "Executions of flows: each step, what went in, what came out.",
        endpoints: vec![
            Endpoint::new(("runs.start", Method::POST, "/runs"), "Starts a flow by hand.", start)
                .more(
                    "The run is on disk when this answers, and shown by its id from then on; it begins at once, or \
                     when its turn comes.",
                )
                .takes::<Start>()
                .gives::<Started>(202)
                .faults(&[codes::FLOW_NAME, codes::ARGUMENT_TYPE, codes::STORE_FULL]),
            Endpoint::new(("runs.list", Method::GET, "/runs"), "Lists runs, the newest first.", list)
                .more(
                    "A run that was just started is listed once its lane has taken it up, which may take a while \
                     where many wait; by its id it is shown at once.",
                )
                .query::<RunQuery>()
                .gives::<Listed<Run>>(200)
                .faults(&[codes::FLOW_NAME]),
            Endpoint::new(("runs.show", Method::GET, "/runs/{run}"), "Shows a run with its steps.", show)
                .gives::<RunDetail>(200)
                .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(("runs.cancel", Method::POST, "/runs/{run}/cancel"), "Cancels a run.", cancel)
                .may_take::<Cancel>()
                .gives_nothing()
                .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT]),
            Endpoint::new(
                ("runs.retry", Method::POST, "/runs/{run}/retry"),
                "Has the failed step of a run, or an undo that failed, tried again.",
                retry,
            )
            .may_take::<StepAt>()
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT]),
            Endpoint::new(
                ("runs.skip", Method::POST, "/runs/{run}/skip"),
                "Declares the failed step of a run done by other means; its result is null.",
                skip,
            )
            .may_take::<StepAt>()
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT]),
            Endpoint::new(
                ("runs.replay", Method::POST, "/runs/{run}/replay"),
                "Begins a new run of the flow's present version with the data of an ended run.",
                replay,
            )
            .more("Idempotency keys are those of the first run, so that nothing is done twice.")
            .may_take::<Replay>()
            .gives::<Started>(202)
            .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT]),
            Endpoint::new(
                ("runs.migrate", Method::POST, "/runs/{run}/migrate"),
                "Moves a waiting run to the flow's present version, where its past is the same there.",
                migrate,
            )
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT]),
        ],
    }
}

async fn start(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let Start { flow, data, key } = request.json()?;
    flows::one(&state.engine.flows(), &flow)?;
    let dedup = key.map(|key| format!("manual:{flow}:{key}"));
    let cause = Cause { what: "manual", trace: Some(&request.trace) };
    let run = state.engine.start_flow(TENANT, &flow, data, cause, dedup, Vec::new()).await?;
    answer::json(StatusCode::ACCEPTED, &Started { run })
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: RunQuery = request.query()?;
    let most = time::part(query.limit)?;
    let (flow, is_first) = (query.flow.clone(), query.after.is_none());
    let filter = Filter {
        tenant: Some(TENANT.to_owned()),
        flow: query.flow,
        state: query.state.map(word),
        phase: query.phase.map(Into::into),
        key: query.key,
        cause: query.cause,
        since_ms: time::moment("since", query.since.as_deref())?,
        until_ms: time::moment("until", query.until.as_deref())?,
    };
    let found = state.store().runs(filter, Page { after: query.after, most }).await?;
    if found.is_empty() && is_first {
        flows::meant(&state.engine.flows(), flow.as_deref())?;
    }
    answer::ok(&part(found.into_iter().map(Run::from).collect(), most))
}

/// A fault about a run there is none of, with the run that was meant: one whose id begins so, or is near.
async fn near(state: &State, run: &str, fault: Fault) -> Fault {
    if fault.code != codes::RUN_UNKNOWN || fault.hint.is_some() {
        return fault;
    }
    let filter = Filter { tenant: Some(TENANT.to_owned()), ..Filter::default() };
    let newest = state.store().runs(filter, Page { after: None, most: NEWEST }).await.unwrap_or_default();
    let ids = || newest.iter().map(|run| run.id.as_str());
    let begins = ids().find(|id| run.len() >= LEAST && id.starts_with(run));
    match begins.map(|id| format!("did you mean `{id}`?")).or_else(|| did_you_mean(run, ids())) {
        Some(hint) => fault.with_hint(hint),
        None => fault.with_hint("`nave runs` lists them; those that ended long ago are not kept"),
    }
}

async fn show(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let run = request.parameter("run");
    match state.engine.of(TENANT).run(run).await {
        Ok(run) => answer::ok(&RunDetail::from(run)),
        Err(fault) => Err(near(&state, run, fault).await),
    }
}

/// What was done to a run, or why not.
async fn done(state: &State, run: &str, outcome: Result<(), Fault>) -> Result<Answer, Fault> {
    match outcome {
        Ok(()) => Ok(answer::done()),
        Err(fault) => Err(near(state, run, fault).await),
    }
}

async fn cancel(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let Cancel { reason } = request.json_or_default()?;
    let run = request.parameter("run");
    done(&state, run, state.engine.of(TENANT).cancel(run, &request.by, reason).await).await
}

async fn retry(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let StepAt { step } = request.json_or_default()?;
    let run = request.parameter("run");
    done(&state, run, state.engine.of(TENANT).retry(run, step, &request.by).await).await
}

async fn skip(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let StepAt { step } = request.json_or_default()?;
    let run = request.parameter("run");
    done(&state, run, state.engine.of(TENANT).skip(run, step, &request.by).await).await
}

async fn replay(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let Replay { from } = request.json_or_default()?;
    let run = request.parameter("run");
    match state.engine.of(TENANT).replay(run, from, &request.by).await {
        Ok(run) => answer::json(StatusCode::ACCEPTED, &Started { run }),
        Err(fault) => Err(near(&state, run, fault).await),
    }
}

async fn migrate(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let run = request.parameter("run");
    done(&state, run, state.engine.of(TENANT).migrate(run, &request.by).await).await
}
