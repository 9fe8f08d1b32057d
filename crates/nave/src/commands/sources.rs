//! `nave sources`: schedules and polls that start flows, and how each is doing.

use clap::Args;
use nave_model::Fault;
use nave_server::view::Source;

use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub};
use crate::output::Style;
use crate::show::{Cell, Column, Table};

/// Options of `nave sources`.
#[derive(Debug, Args)]
pub(crate) struct Sources {
    #[command(flatten)]
    at: hub::At,
}

impl Sources {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let hub = self.at.open(context)?;
        hub.print_all("/sources", "no flow starts by itself", |sources| table(&hub, sources))
    }
}

fn table(hub: &Hub<'_>, sources: &[Source]) -> Table {
    let mut table = Table::new(&[
        Column::text("flow"),
        Column::text("what"),
        Column::whole("last"),
        Column::whole("next"),
        Column::number("starts"),
        Column::number("known"),
        Column::number("failures"),
        Column::text("why"),
    ]);
    for source in sources {
        let failures = (source.failures > 0).then(|| source.failures.to_string());
        table.row([
            (&source.flow).into(),
            (&source.what).into(),
            source.last_ms.map(|at| hub.when.short(at)).into(),
            source.next_ms.map(|at| hub.when.short(at)).into(),
            source.starts.to_string().into(),
            source.known.map(|known| known.to_string()).into(),
            failures.map(|count| Cell::styled(&count, Some(Style::Error))).unwrap_or_default(),
            source.fault.as_ref().map(|why| format!("{}: {}", why.code, why.message)).into(),
        ]);
    }
    table
}
