//! `nave deliveries`: outgoing webhooks, how far each is, and the endpoints they go to.

use clap::{Args, Subcommand};
use http::Method;
use nave_model::Fault;
use nave_server::view::{DeliverAgain, DeliveredAgain, Delivery, DeliveryQuery, DeliveryState, Endpoint};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub, Part};
use crate::show::{Cell, Column, Table, plain, state_style};

/// Options of `nave deliveries`.
#[derive(Debug, Args)]
pub(crate) struct Deliveries {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How each endpoint is doing
    Endpoints,
    /// Deliver again what was accepted in a time, with the ids it had
    Replay(Replay),
    /// Deliver again to an endpoint that answered that it is gone
    Enable {
        /// The endpoint
        endpoint: String,
    },
}

#[derive(Debug, Args)]
struct Replay {
    /// The endpoint
    endpoint: String,
    /// Accepted since: 2h (ago), yesterday, 2026-11-30, "2026-11-30 21:00", RFC 3339
    #[arg(long = "from", value_name = "TIME")]
    from: String,
    /// Accepted before [default: now]
    #[arg(long = "to", value_name = "TIME")]
    to: Option<String>,
}

/// Which deliveries are listed.
#[derive(Debug, Default, PartialEq, Eq, Args)]
struct List {
    /// To this endpoint
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// In this state
    #[arg(long, value_name = "STATE", value_parser = ["waiting", "delivered", "failed"])]
    state: Option<String>,
    /// Made since: 2h (ago), yesterday, 2026-11-30, "2026-11-30 21:00", RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Made before
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    part: Part,
}

impl Deliveries {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.what.is_some() {
            hub::without(&self.list)?;
        }
        let hub = self.at.open(context)?;
        match self.what {
            Some(What::Endpoints) => hub.print_all("/endpoints", "no endpoints", |all| endpoints(&hub, all)),
            Some(What::Replay(replay)) => replay.run(&hub),
            Some(What::Enable { endpoint }) => {
                hub.act(Method::POST, &hub::path("/endpoints", &endpoint, "/enable"), None::<&()>)?;
                hub.context.output.say(&format!("`{}` gets deliveries again", plain(&endpoint)));
                Ok(Ended::Done)
            }
            None => self.list.run(&hub),
        }
    }
}

impl Replay {
    fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let since = hub.moment("--from", Some(&self.from))?.unwrap_or_default();
        let asked = DeliverAgain { since, until: hub.moment("--to", self.to.as_deref())? };
        let path = hub::path("/endpoints", &self.endpoint, "/replay");
        let done: DeliveredAgain = hub.post(&path, &asked)?;
        if hub.context.output.json() {
            hub.context.output.value(&done)?;
        } else {
            hub.context.output.line(&format!("events that are delivered again: {}", done.deliveries))?;
        }
        Ok(Ended::Done)
    }
}

impl List {
    fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let query = DeliveryQuery {
            endpoint: self.endpoint,
            // The argument parser lets no other word through.
            state: self.state.and_then(|state| serde_json::from_value(json!(state)).ok()),
            since: hub.moment("--since", self.since.as_deref())?,
            until: hub.moment("--until", self.until.as_deref())?,
            ..DeliveryQuery::default()
        };
        hub.print("/deliveries", &query, &self.part, "no deliveries", |deliveries| table(hub, deliveries))
    }
}

fn table(hub: &Hub<'_>, deliveries: &[Delivery]) -> Table {
    let mut table = Table::new(&[
        Column::whole("id"),
        Column::text("endpoint"),
        Column::text("type"),
        Column::text("event"),
        Column::whole("state"),
        Column::number("attempts"),
        Column::whole("made"),
        Column::whole("next"),
        Column::text("last answer"),
    ]);
    for delivery in deliveries {
        let state = match delivery.state {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
        };
        table.row([
            (&delivery.id).into(),
            (&delivery.endpoint).into(),
            (&delivery.name).into(),
            (&delivery.event).into(),
            Cell::styled(state, state_style(state)),
            delivery.attempts.to_string().into(),
            hub.when.short(delivery.created_ms).into(),
            delivery.next_ms.map(|next| hub.when.short(next)).into(),
            delivery.last.as_ref().into(),
        ]);
    }
    table
}

fn endpoints(hub: &Hub<'_>, endpoints: &[Endpoint]) -> Table {
    let mut table = Table::new(&[
        Column::text("endpoint"),
        Column::whole("state"),
        Column::text("address"),
        Column::number("delivered"),
        Column::number("failed attempts"),
        Column::whole("oldest waits since"),
        Column::text("last failure"),
    ]);
    for endpoint in endpoints {
        table.row([
            (&endpoint.name).into(),
            (&endpoint.state).into(),
            (&endpoint.url).into(),
            (&endpoint.delivered.to_string()).into(),
            (&endpoint.failed_attempts.to_string()).into(),
            endpoint.oldest_waiting_ms.map(|since| hub.when.short(since)).into(),
            endpoint.last_failure.clone().into(),
        ]);
    }
    table
}
