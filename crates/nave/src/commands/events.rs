//! `nave events`: what happened: listed, shown, sent, and what could not be handled.

use clap::{Args, Subcommand};
use nave_model::Fault;
use nave_server::view::{Event, EventQuery};

use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub, Part};
use crate::live::Live;
use crate::output::Style;
use crate::show::{Cell, Column, Table, size};

mod dead;
mod deliver;
mod send;
mod show;

/// Options of `nave events`.
#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Send an event: on disk when this is done
    Send(send::Send),
    /// Hand a recorded webhook delivery to the hub, signed now as its sender would
    Deliver(deliver::Deliver),
    /// Show an event with its data and the runs it began
    Show(show::Show),
    /// What could not be handled, and why; put back or given up
    Dead(dead::Dead),
}

/// Which events are listed.
#[derive(Debug, Default, PartialEq, Eq, Args)]
struct List {
    /// Of this name
    #[arg(long = "type", value_name = "NAME")]
    name: Option<String>,
    /// From this source
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// With this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Accepted since: 2h (ago), yesterday, 2026-11-30, "2026-11-30 21:00", RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Accepted before
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    part: Part,
    /// Go on with what happens from now on, until Ctrl-C
    #[arg(long, short = 'f', conflicts_with_all = ["source", "id", "until", "after", "all"])]
    follow: bool,
}

impl Events {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.what.is_some() {
            hub::without(&self.list)?;
        }
        let hub = self.at.open(context)?;
        match self.what {
            Some(What::Send(send)) => send.run(&hub),
            Some(What::Deliver(deliver)) => deliver.run(&hub),
            Some(What::Show(show)) => show.run(&hub),
            Some(What::Dead(dead)) => dead.run(&hub),
            None if self.list.follow => self.list.follow(&hub, &self.at),
            None => self.list.run(&hub),
        }
    }
}

impl List {
    fn query(&self, hub: &Hub<'_>) -> Result<EventQuery, Fault> {
        Ok(EventQuery {
            name: self.name.clone(),
            source: self.source.clone(),
            id: self.id.clone(),
            since: hub.moment("--since", self.since.as_deref())?,
            until: hub.moment("--until", self.until.as_deref())?,
            ..EventQuery::default()
        })
    }

    fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let query = self.query(hub)?;
        hub.print("/events", &query, &self.part, "no events", |events| table(hub, events))
    }

    /// What was accepted last, then what comes.
    fn follow(self, hub: &Hub<'_>, at: &hub::At) -> Result<Ended, Fault> {
        let following = hub.open_stream(at, "kinds=event")?;
        let output = &hub.context.output;
        let mut live = Live::new(output, &hub.when);
        let mut seen = Vec::new();
        if !output.json() {
            let before: Vec<Event> = hub.list("/events", &self.query(hub)?, &self.part)?;
            for event in before.iter().rev() {
                output.line(&live.event(&event.id, &event.name, event.received_ms))?;
            }
            seen = before.into_iter().map(|event| event.id).collect();
        }
        hub.follow(following, |message| match Live::event_of(message) {
            Some((id, _)) if seen.contains(&id) => Ok(()),
            Some((_, name)) if self.name.as_ref().is_some_and(|wanted| *wanted != name) => Ok(()),
            _ => live.message(message),
        })?;
        Ok(Ended::Done)
    }
}

fn table(hub: &Hub<'_>, events: &[Event]) -> Table {
    let mut table = Table::new(&[
        Column::whole("accepted"),
        Column::text("type"),
        Column::text("id"),
        Column::text("source"),
        Column::number("size"),
        Column::whole(""),
    ]);
    for event in events {
        let waits = (!event.handled).then(|| Cell::styled("waits", Some(Style::Warning)));
        table.row([
            hub.when.short(event.received_ms).into(),
            (&event.name).into(),
            (&event.id).into(),
            (&event.source).into(),
            size(event.length).into(),
            waits.unwrap_or_default(),
        ]);
    }
    table
}
