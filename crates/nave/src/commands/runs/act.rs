//! What people do to runs: to those that are named, or to all that fit once the person agreed.

use clap::Args;
use http::Method;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::view::{
    Bulk, BulkDone, Cancel as CancelBody, Replay as ReplayBody, RunFilter, Started, StepAt,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::Filters;
use crate::commands::several::Several;
use crate::confirm;
use crate::exit::Ended;
use crate::hub::{self, Hub};
use crate::show::plain;

/// Which runs.
#[derive(Debug, Args)]
struct Which {
    /// These
    #[arg(value_name = "ID", conflicts_with_all = ["flow", "state", "phase", "key", "cause", "code", "since", "until"])]
    ids: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    /// With a fault of this code
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// To how many at most at once
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    most: u32,
    /// Only show to which it would be done
    #[arg(long, conflicts_with = "ids")]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Options of `nave runs retry`.
#[derive(Debug, Args)]
pub(super) struct Retry {
    #[command(flatten)]
    which: Which,
    /// The step, or the undo (undo:STEP), that is tried again [default: the one it failed at]
    #[arg(long, value_name = "STEP", requires = "ids")]
    step: Option<String>,
}

/// Options of `nave runs cancel`.
#[derive(Debug, Args)]
pub(super) struct Cancel {
    #[command(flatten)]
    which: Which,
    /// Why, for the record
    #[arg(long, value_name = "WHY")]
    reason: Option<String>,
}

/// Options of `nave runs skip`.
#[derive(Debug, Args)]
pub(super) struct Skip {
    #[command(flatten)]
    which: Which,
    /// The step that is skipped; its result is null [default: the one it failed at]
    #[arg(long, value_name = "STEP", requires = "ids")]
    step: Option<String>,
}

/// Options of `nave runs replay`.
#[derive(Debug, Args)]
pub(super) struct Replay {
    #[command(flatten)]
    which: Which,
    /// Steps before this one keep the results they had [default: all are done again]
    #[arg(long, value_name = "STEP", requires = "ids")]
    from: Option<String>,
}

/// Options of `nave runs migrate`.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    which: Which,
}

impl Retry {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        self.which.done(hub, "retry", Some(&StepAt { step: self.step }), None)
    }
}

impl Cancel {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        self.which.done(hub, "cancel", Some(&CancelBody { reason: self.reason.clone() }), self.reason)
    }
}

impl Skip {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        self.which.done(hub, "skip", Some(&StepAt { step: self.step }), None)
    }
}

impl Replay {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        self.which.done(hub, "replay", Some(&ReplayBody { from: self.from }), None)
    }
}

impl Migrate {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        self.which.done(hub, "migrate", None::<&Value>, None)
    }
}

impl Which {
    fn done(
        &self,
        hub: &Hub<'_>,
        deed: &str,
        body: Option<&impl Serialize>,
        reason: Option<String>,
    ) -> Result<Ended, Fault> {
        let mut several = Several::new(&hub.context.output);
        if self.ids.is_empty() {
            return self.all_that_fit(hub, deed, reason, several);
        }
        for id in &self.ids {
            several.one(id, one(hub, deed, id, body))?;
        }
        several.end()
    }

    fn all_that_fit(
        &self,
        hub: &Hub<'_>,
        deed: &str,
        reason: Option<String>,
        mut several: Several<'_>,
    ) -> Result<Ended, Fault> {
        let filter = self.filters.filter(hub, self.code.as_ref())?;
        if filter == RunFilter::default() {
            return Err(Fault::new(codes::ARGUMENT_REQUIRED, "nothing says which runs are meant")
                .with_hint("give ids, or filters such as `--flow` and `--state failed`"));
        }
        let output = &hub.context.output;
        let path = format!("/runs/{deed}");
        let mut bulk = Bulk { filter, most: Some(self.most), dry: true, reason };
        let would: BulkDone = hub.post(&path, &bulk)?;
        if would.done.is_empty() {
            output.say("no run fits");
            return Ok(Ended::Done);
        }
        if self.dry_run {
            several.bulk(&would, "nothing")?;
            if would.more {
                output.say("there are more");
            }
            return several.end();
        }
        let count = would.done.len();
        let more = if would.more { ", the first of more" } else { "" };
        if !confirm::confirmed(hub.context, &format!("{deed} {count} runs{more}?"), self.yes)? {
            return Ok(Ended::Problems);
        }
        bulk.dry = false;
        let done: BulkDone = hub.post(&path, &bulk)?;
        several.bulk(&done, deed)?;
        output.say(&format!("{deed}: {} done, {} refused", done.done.len(), done.refused.len()));
        if done.more {
            output.say("more fit than were done; the same command goes on, or `--most` allows more at once");
        }
        several.end()
    }
}

/// Does it to one run; gives what programs are told.
fn one(hub: &Hub<'_>, deed: &str, id: &str, body: Option<&impl Serialize>) -> Result<Value, Fault> {
    let path = hub::path("/runs", id, &format!("/{deed}"));
    if deed == "replay" {
        let started: Started = hub.post(&path, &body)?;
        hub.context.output.say(&format!("begun again as {}", plain(&started.run)));
        return Ok(json!({ "id": id, "done": deed, "run": started.run }));
    }
    hub.act(Method::POST, &path, body)?;
    Ok(json!({ "id": id, "done": deed }))
}
