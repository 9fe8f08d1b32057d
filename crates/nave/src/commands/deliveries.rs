//! `nave deliveries`: outgoing webhooks, and how far each is.

use clap::Args;
use nave_model::Fault;
use nave_server::view::{Delivery, DeliveryQuery, DeliveryState};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub, Part};
use crate::show::{Cell, Column, Table, state_style};

/// Options of `nave deliveries`.
#[derive(Debug, Args)]
pub(crate) struct Deliveries {
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
    #[command(flatten)]
    at: hub::At,
}

impl Deliveries {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let hub = self.at.open(context)?;
        let query = DeliveryQuery {
            endpoint: self.endpoint,
            // The argument parser lets no other word through.
            state: self.state.and_then(|state| serde_json::from_value(json!(state)).ok()),
            since: hub.moment("--since", self.since.as_deref())?,
            until: hub.moment("--until", self.until.as_deref())?,
            ..DeliveryQuery::default()
        };
        hub.print("/deliveries", &query, &self.part, "no deliveries", |deliveries| table(&hub, deliveries))
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
