//! `nave batches`: records of files and uploads on their way into the hub, and stopping or resuming them.

use clap::{Args, Subcommand};
use http::Method;
use nave_model::Fault;
use nave_server::view::{Batch, BatchQuery, BatchState};
use serde_json::{Value, json};

use crate::commands::several::Several;
use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub, Part};
use crate::show::{Cell, Column, Table, size, state_style};

/// Options of `nave batches`.
#[derive(Debug, Args)]
pub(crate) struct Batches {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show a batch as JSON, with the records that were passed over
    Show {
        /// Its id
        id: String,
    },
    /// Stop batches where they are
    Cancel {
        /// Ids of batches
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Let batches of files go on where they stopped
    Resume {
        /// Ids of batches
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

impl Batches {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.what.is_some() {
            hub::without(&self.part)?;
        }
        let hub = self.at.open(context)?;
        match self.what {
            None => {
                let wanted = BatchQuery::default();
                hub.print("/batches", &wanted, &self.part, "no batches", |batches| table(&hub, batches))
            }
            Some(What::Show { id }) => {
                context.output.value(&hub.get::<Value>(&hub::path("/batches", &id, ""))?)?;
                Ok(Ended::Done)
            }
            Some(What::Cancel { ids }) => each(&hub, &ids, "cancel", "cancelled"),
            Some(What::Resume { ids }) => each(&hub, &ids, "resume", "resumed"),
        }
    }
}

fn each(hub: &Hub<'_>, ids: &[String], deed: &str, done: &str) -> Result<Ended, Fault> {
    let mut several = Several::new(&hub.context.output);
    for id in ids {
        let path = hub::path("/batches", id, &format!("/{deed}"));
        let result = hub.act(Method::POST, &path, None::<&Value>);
        several.one(id, result.map(|()| json!({ "batch": id, "done": done })))?;
    }
    several.end()
}

fn table(hub: &Hub<'_>, batches: &[Batch]) -> Table {
    let mut table = Table::new(&[
        Column::whole("id"),
        Column::whole("made"),
        Column::whole("state"),
        Column::text("records of"),
        Column::text("to"),
        Column::number("records"),
        Column::number("passed over"),
        Column::number("size"),
        Column::text("why"),
    ]);
    for batch in batches {
        let options = &batch.options;
        let state = match batch.state {
            BatchState::Running => "running",
            BatchState::Done => "done",
            BatchState::Failed => "failed",
            BatchState::Cancelled => "cancelled",
            BatchState::Interrupted => "interrupted",
        };
        table.row([
            (&batch.id).into(),
            hub.when.short(batch.created_ms).into(),
            Cell::styled(state, state_style(state)),
            batch.file.clone().unwrap_or_else(|| "(upload)".to_owned()).into(),
            options.flow.as_ref().or(options.event.as_ref()).cloned().into(),
            batch.records.to_string().into(),
            (batch.rejected > 0).then(|| batch.rejected.to_string()).into(),
            size(batch.bytes).into(),
            batch.why.as_ref().map(|why| format!("{}: {}", why.code, why.message)).into(),
        ]);
    }
    table
}
