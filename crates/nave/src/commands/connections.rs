//! `nave connections`: accounts on systems, and the work that is held back at them.

use clap::{Args, Subcommand};
use http::Method;
use nave_model::Fault;
use nave_server::view::{Connection, ConnectionDetail};
use serde_json::{Value, json};

use crate::commands::several::Several;
use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub};
use crate::output::Style;
use crate::show::{Cell, Column, Table, plain};

/// Options of `nave connections`.
#[derive(Debug, Args)]
pub(crate) struct Connections {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show a connection with the calls that are held back at it
    Show {
        /// Its name
        name: String,
    },
    /// Have the calls that are held back tried now
    Resume {
        /// Names of connections
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

impl Connections {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let hub = self.at.open(context)?;
        match self.what {
            None => hub.print_all("/connections", "no connections", |connections| table(&hub, connections)),
            Some(What::Show { name }) => {
                hub.print_one(&hub::path("/connections", &name, ""), |detail| text(&hub, detail))
            }
            Some(What::Resume { names }) => {
                let mut several = Several::new(&context.output);
                for name in &names {
                    let path = hub::path("/connections", name, "/resume");
                    let done = hub.act(Method::POST, &path, None::<&Value>);
                    several.one(name, done.map(|()| json!({ "connection": name, "done": "resumed" })))?;
                }
                several.end()
            }
        }
    }
}

fn table(hub: &Hub<'_>, connections: &[Connection]) -> Table {
    let mut table = Table::new(&[
        Column::whole("name"),
        Column::text("connector"),
        Column::text("address"),
        Column::whole("agents"),
        Column::number("held back"),
        Column::whole("since"),
    ]);
    for connection in connections {
        let held = (connection.parked > 0)
            .then(|| Cell::styled(&connection.parked.to_string(), Some(Style::Warning)));
        table.row([
            (&connection.name).into(),
            (&connection.connector).into(),
            address(connection).into(),
            (&connection.agents).into(),
            held.unwrap_or_default(),
            connection.parked_since_ms.map(|since| hub.when.short(since)).into(),
        ]);
    }
    table
}

fn address(connection: &Connection) -> String {
    let address = connection.address.as_deref().unwrap_or_default();
    if connection.sandbox {
        format!("{address} (sandbox)").trim_start().to_owned()
    } else {
        address.to_owned()
    }
}

fn text(hub: &Hub<'_>, detail: &ConnectionDetail) -> String {
    let (output, connection) = (&hub.context.output, &detail.connection);
    let mut text = format!("{}\n", output.out(Style::Strong, &plain(&connection.name)));
    let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", plain(value)));
    field("connector", &format!("{}, {} operations", connection.connector, detail.operations));
    if connection.address.is_some() || connection.sandbox {
        field("address", &address(connection));
    }
    field("agents", &connection.agents);
    let held = connection.parked_since_ms.map_or_else(
        || "nothing".to_owned(),
        |since| format!("{} calls, since {}", connection.parked, hub.when.both(since)),
    );
    field("held back", &held);
    if detail.held.is_empty() {
        return text;
    }
    let mut table = Table::new(&[
        Column::whole("call"),
        Column::text("operation"),
        Column::whole("since"),
        Column::number("attempts"),
        Column::text("why"),
    ]);
    for parked in &detail.held {
        table.row([
            (&parked.id).into(),
            (&parked.operation).into(),
            hub.when.short(parked.since_ms).into(),
            parked.attempts.to_string().into(),
            format!("{}: {}", parked.why.code, parked.why.message).into(),
        ]);
    }
    text.push('\n');
    text.push_str(&table.text(true, output.width(), &|style, text| output.out(style, text)));
    text
}
