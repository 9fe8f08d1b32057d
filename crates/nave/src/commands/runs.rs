//! `nave runs`: executions of flows: listed, shown step by step, started, and what people do to them.

use clap::{Args, Subcommand};
use nave_model::Fault;
use nave_server::view::{Phase, Run, RunFilter, RunQuery, RunState};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub, Part};
use crate::live::Live;
use crate::show::{Cell, Column, Table, When, state_style, took};

mod act;
mod show;
mod start;

/// Options of `nave runs`.
#[derive(Debug, Args)]
pub(crate) struct Runs {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show a run: each step, in, out, attempts, time
    Show(show::Show),
    /// Start a flow by hand
    Start(start::Start),
    /// Have what failed tried again
    Retry(act::Retry),
    /// Cancel runs
    Cancel(act::Cancel),
    /// Declare the failed step of a run done by other means
    Skip(act::Skip),
    /// Begin ended runs again, by the flow as it is now
    Replay(act::Replay),
    /// Move waiting runs to the flow as it is now
    Migrate(act::Migrate),
}

/// Which runs.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(super) struct Filters {
    /// Of this flow
    #[arg(long, value_name = "FLOW")]
    flow: Option<String>,
    /// In this state
    #[arg(long, value_name = "STATE", value_parser = ["queued", "running", "waiting", "parked", "unknown", "stopping", "undoing", "completed", "failed", "cancelled"])]
    state: Option<String>,
    /// In this phase
    #[arg(long, value_name = "PHASE", value_parser = ["queued", "active", "waiting", "ended"])]
    phase: Option<String>,
    /// With this ordering key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Begun by this event
    #[arg(long, value_name = "EVENT")]
    cause: Option<String>,
    /// Made since: 2h (ago), yesterday, 2026-11-30, "2026-11-30 21:00", RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Made before
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// Which runs are listed.
#[derive(Debug, Default, PartialEq, Eq, Args)]
struct List {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    part: Part,
    /// Go on with what happens from now on, step by step, until Ctrl-C
    #[arg(long, short = 'f', conflicts_with_all = ["state", "phase", "key", "cause", "until", "after", "all"])]
    follow: bool,
}

impl Runs {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.what.is_some() {
            hub::without(&self.list)?;
        }
        let hub = self.at.open(context)?;
        match self.what {
            Some(What::Show(show)) => show.run(&hub),
            Some(What::Start(start)) => start.run(&hub, &self.at),
            Some(What::Retry(retry)) => retry.run(&hub),
            Some(What::Cancel(cancel)) => cancel.run(&hub),
            Some(What::Skip(skip)) => skip.run(&hub),
            Some(What::Replay(replay)) => replay.run(&hub),
            Some(What::Migrate(migrate)) => migrate.run(&hub),
            None if self.list.follow => self.list.follow(&hub, &self.at),
            None => self.list.run(&hub),
        }
    }
}

impl Filters {
    pub(super) fn filter(&self, hub: &Hub<'_>, code: Option<&String>) -> Result<RunFilter, Fault> {
        Ok(RunFilter {
            flow: self.flow.clone(),
            state: self.state(),
            phase: self.phase(),
            key: self.key.clone(),
            cause: self.cause.clone(),
            code: code.cloned(),
            since: hub.moment("--since", self.since.as_deref())?,
            until: hub.moment("--until", self.until.as_deref())?,
        })
    }

    /// The state; the argument parser lets no other word through.
    fn state(&self) -> Option<RunState> {
        serde_json::from_value(json!(self.state.as_ref()?)).ok()
    }

    /// The phase; the argument parser lets no other word through.
    fn phase(&self) -> Option<Phase> {
        serde_json::from_value(json!(self.phase.as_ref()?)).ok()
    }
}

impl List {
    fn query(&self, hub: &Hub<'_>) -> Result<RunQuery, Fault> {
        let RunFilter { flow, state, phase, key, cause, code: _, since, until } =
            self.filters.filter(hub, None)?;
        Ok(RunQuery { flow, state, phase, key, cause, since, until, after: None, limit: None })
    }

    fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let query = self.query(hub)?;
        hub.print("/runs", &query, &self.part, "no runs", |runs| table(&hub.when, runs))
    }

    /// The runs that were made last, then what happens to any.
    fn follow(self, hub: &Hub<'_>, at: &hub::At) -> Result<Ended, Fault> {
        let wanted = json!({ "kinds": "run,step", "flow": self.filters.flow });
        let following = hub.open_stream(at, &hub::query(&wanted)?)?;
        let output = &hub.context.output;
        let mut live = Live::new(output, &hub.when);
        if !output.json() {
            let before: Vec<Run> = hub.list("/runs", &self.query(hub)?, &self.part)?;
            for run in before.iter().rev() {
                output.line(&live.run(&run.id, &run.flow, &run.state, run.changed_ms))?;
            }
        }
        hub.follow(following, |message| live.message(message))?;
        Ok(Ended::Done)
    }
}

/// A table of runs.
pub(super) fn table(when: &When, runs: &[Run]) -> Table {
    let mut table = Table::new(&[
        Column::whole("id"),
        Column::text("flow"),
        Column::whole("state"),
        Column::text("key"),
        Column::text("cause"),
        Column::whole("began"),
        Column::number("took"),
        Column::text("why"),
    ]);
    for run in runs {
        let until = run.ended_ms.unwrap_or_else(|| when.now_ms());
        table.row([
            (&run.id).into(),
            (&run.flow).into(),
            Cell::styled(&run.state, state_style(&run.state)),
            run.key.as_ref().into(),
            (&run.cause).into(),
            when.short(run.created_ms).into(),
            took(until.saturating_sub(run.created_ms)).into(),
            run.fault.as_ref().map(|why| format!("{}: {}", why.code, why.message)).into(),
        ]);
    }
    table
}
