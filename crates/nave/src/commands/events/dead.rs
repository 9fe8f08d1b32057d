//! `nave events dead`: what could not be handled, and why; put back, or given up for good.

use clap::{Args, Subcommand};
use http::Method;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::view::{self, BulkDone, DeadQuery, Revive};
use serde_json::{Value, json};

use crate::commands::several::Several;
use crate::confirm;
use crate::exit::Ended;
use crate::hub::{self, Hub, Part};
use crate::output::Style;
use crate::show::{Cell, Column, Table, plain, pretty};

/// Options of `nave events dead`.
#[derive(Debug, Args)]
pub(super) struct Dead {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show a dead letter with its message
    Show {
        /// Its id
        id: String,
    },
    /// Put dead letters back: they are handled again
    Revive(Which),
    /// Give dead letters up for good
    Drop(Which),
}

/// Which dead letters.
#[derive(Debug, Args)]
struct Which {
    /// These
    #[arg(value_name = "ID", conflicts_with_all = ["all", "flow", "code"])]
    ids: Vec<String>,
    /// All of them
    #[arg(long)]
    all: bool,
    /// Those that this flow could not handle
    #[arg(long, value_name = "FLOW")]
    flow: Option<String>,
    /// Those with this fault's code
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Dead {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        if self.what.is_some() {
            hub::without(&self.part)?;
        }
        match self.what {
            None => hub.print("/dead", &DeadQuery::default(), &self.part, "no dead letters", |dead| {
                table(hub, dead)
            }),
            Some(What::Show { id }) => show(hub, &id),
            Some(What::Revive(which)) => revive(hub, &which),
            Some(What::Drop(which)) => drop_them(hub, &which),
        }
    }
}

fn table(hub: &Hub<'_>, dead: &[view::Dead]) -> Table {
    let mut table = Table::new(&[
        Column::whole("id"),
        Column::whole("since"),
        Column::text("what"),
        Column::text("flow"),
        Column::whole("code"),
        Column::text("why"),
    ]);
    for letter in dead {
        table.row([
            (&letter.id).into(),
            hub.when.short(letter.at_ms).into(),
            what(letter).into(),
            letter.flow.as_ref().into(),
            Cell::styled(&letter.why.code, Some(Style::Error)),
            (&letter.why.message).into(),
        ]);
    }
    table
}

/// What a dead letter is, in a word or two.
fn what(letter: &view::Dead) -> String {
    match &letter.event {
        Some((id, name)) => format!("{name} {id}"),
        None => letter.kind.clone(),
    }
}

fn show(hub: &Hub<'_>, id: &str) -> Result<Ended, Fault> {
    let output = &hub.context.output;
    let all: Vec<Value> = hub.list("/dead", &DeadQuery::default(), &Part::whole())?;
    let found = all.into_iter().find(|letter| letter.get("id").and_then(Value::as_str) == Some(id));
    let found = found.ok_or_else(|| {
        Fault::new(codes::RUN_UNKNOWN, format!("there is no dead letter `{id}`"))
            .with_hint("`nave events dead` lists them")
    })?;
    if output.json() {
        output.value(&found)?;
        return Ok(Ended::Done);
    }
    let letter: view::Dead = serde_json::from_value(found)
        .map_err(|error| Fault::new(codes::HUB_AWAY, format!("the hub is older or newer: {error}")))?;
    output.line(&format!("{}  {}", output.out(Style::Strong, &plain(&what(&letter))), plain(&letter.id)))?;
    if let Some(flow) = &letter.flow {
        output.line(&format!("  {:<10} {}", "flow", plain(flow)))?;
    }
    output.line(&format!("  {:<10} {}", "given up", hub.when.both(letter.at_ms)))?;
    let code = output.out(Style::Error, &plain(&letter.why.code));
    output.line(&format!("  {:<10} {code}: {}", "why", plain(&letter.why.message)))?;
    if let Some(hint) = &letter.hint {
        output.line(&format!("  {:<10} {}", "hint", plain(hint)))?;
    }
    output.data(&format!("\n{}", pretty(&letter.message, 2)))?;
    Ok(Ended::Done)
}

impl Which {
    /// The ids of those that are meant; for more than those that were named, the person is asked.
    fn ids(&self, hub: &Hub<'_>, deed: &str) -> Result<Vec<String>, Fault> {
        if !self.ids.is_empty() {
            return Ok(self.ids.clone());
        }
        if !self.all && self.flow.is_none() && self.code.is_none() {
            return Err(Fault::new(codes::ARGUMENT_REQUIRED, "nothing says which dead letters are meant")
                .with_hint("give ids, `--flow`, `--code` or `--all`"));
        }
        let all: Vec<view::Dead> = hub.list("/dead", &DeadQuery::default(), &Part::whole())?;
        let fits = |letter: &view::Dead| {
            self.flow.as_ref().is_none_or(|flow| letter.flow.as_ref() == Some(flow))
                && self.code.as_ref().is_none_or(|code| letter.why.code == *code)
        };
        let ids: Vec<String> = all.into_iter().filter(fits).map(|letter| letter.id).collect();
        if ids.is_empty() {
            hub.context.output.say("no dead letter fits");
            return Ok(ids);
        }
        let question = format!("{deed} {} dead letters?", ids.len());
        Ok(if confirm::confirmed(hub.context, &question, self.yes)? { ids } else { Vec::new() })
    }
}

/// Ids in one request.
const TOGETHER: usize = 1000;

fn revive(hub: &Hub<'_>, which: &Which) -> Result<Ended, Fault> {
    let mut several = Several::new(&hub.context.output);
    for ids in which.ids(hub, "put back")?.chunks(TOGETHER) {
        let most = u32::try_from(TOGETHER).ok();
        let body = Revive { ids: ids.to_vec(), most, ..Revive::default() };
        let done: BulkDone = hub.post("/dead/revive", &body)?;
        several.bulk(&done, "revived")?;
    }
    several.end()
}

fn drop_them(hub: &Hub<'_>, which: &Which) -> Result<Ended, Fault> {
    let mut several = Several::new(&hub.context.output);
    for id in which.ids(hub, "give up")? {
        let dropped = hub.act(Method::DELETE, &hub::path("/dead", &id, ""), None::<&Value>);
        several.one(&id, dropped.map(|()| json!({ "id": id, "done": "dropped" })))?;
    }
    several.end()
}
