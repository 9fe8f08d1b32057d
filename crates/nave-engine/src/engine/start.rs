//! Starts of flows, from their data to messages in the lanes: by hand, by the flows' own triggers, again.

use std::sync::Arc;

use nave_connector::check::{Direction, value};
use nave_connector::{Dialect, Documents, Place, Schema};
use nave_flow::Flow;
use nave_flow::flow::TriggerKind;
use nave_model::Fault;
use nave_model::fault::{Kind, codes};
use nave_store::batch::{Intake, Message, NewMessage};
use nave_store::record::Appended;
use serde_json::Value;

use super::{Cursors, Engine, no_flow};
use crate::dispatch::{Judged, judge};
use crate::names::{lane_of, span, start_dedup};
use crate::sources::{Begin, Refused};
use crate::written::{Grouped, Starting, Startup, from_bytes, to_bytes};

/// What begins a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause<'a> {
    /// What: an event's id, `manual`, `webhook:path`.
    pub what: &'a str,
    /// The trace it belongs to, as [`nave_model::trace`] keeps it; without one the run begins its own.
    pub trace: Option<&'a str>,
}

impl<'a> From<&'a str> for Cause<'a> {
    fn from(what: &'a str) -> Self {
        Cause { what, trace: None }
    }
}

impl Engine {
    /// Starts a flow by hand. `cause`: what begins it, and the trace that goes on with it, if there is one.
    /// `dedup`: what makes it the same start. Gives the run's id, which is known
    /// before the run begins; of a start that was there before, that of the first.
    ///
    /// # Errors
    /// `E-FLOW-NAME`: there is no such flow. `E-ARG-…`: the data does not have the shape that the flow's
    /// `input` describes; the fault names every place. `E-CONFLICT`: its `when` does not hold for the data;
    /// the cursors have moved nevertheless. Its `when` or `key` fails on the data. The store cannot take it.
    #[expect(clippy::too_many_arguments, reason = "each is a word of the call, and none is optional")]
    pub async fn start_flow(
        &self,
        tenant: &str,
        flow: &str,
        data: Value,
        cause: impl Into<Cause<'_>>,
        dedup: Option<String>,
        cursors: Cursors,
    ) -> Result<String, Fault> {
        let Cause { what, trace } = cause.into();
        let item = Grouped { data: Arc::new(data), cause: what.to_owned(), trace: trace.map(str::to_owned) };
        let catalogue = self.shared.catalogue();
        let Some(runnable) = catalogue.get(flow) else { return Err(no_flow(flow)) };
        check_input(&runnable.flow, &item.data)?;
        let Some((lane, starting)) = self.starting(tenant, &runnable.flow, item)? else {
            let now_ms = self.shared.now_ms();
            self.shared.store.append(Intake { messages: Vec::new(), cursors, now_ms }).await?;
            return Err(unwanted(flow));
        };
        let (run, dedup) = (starting.run.clone(), dedup.map(|dedup| start_dedup(&dedup)));
        let place = self.start_run(tenant, lane, starting, dedup, cursors).await?;
        if place.duplicate { self.first(tenant, flow, place).await } else { Ok(run) }
    }

    /// Starts a flow several times, in order, all at once: the starts and the cursors become durable
    /// together. A start whose dedup key was seen before is not begun again, and one whose data the flow's
    /// `when` does not want begins nothing.
    ///
    /// Gives those that were refused because of what they are; the others are durable then, and the cursors
    /// have not moved.
    ///
    /// # Errors
    /// The store cannot take them, or there is no such flow. Nothing has begun.
    pub async fn start_flows(
        &self,
        tenant: &str,
        flow: &str,
        starts: Vec<Begin>,
        cursors: Cursors,
    ) -> Result<Vec<Refused>, Fault> {
        let catalogue = self.shared.catalogue();
        let Some(runnable) = catalogue.get(flow) else { return Err(no_flow(flow)) };
        let (mut messages, mut refused) = (Vec::with_capacity(starts.len()), Vec::new());
        for (number, Begin { data, dedup }) in starts.into_iter().enumerate() {
            let item = Grouped { data: Arc::new(data), cause: dedup.clone(), trace: None };
            match self.starting(tenant, &runnable.flow, item) {
                Ok(Some((lane, starting))) => messages.push(NewMessage {
                    tenant: tenant.to_owned(),
                    lane,
                    dedup: Some(start_dedup(&dedup)),
                    message: Message::Start(to_bytes(&Startup::Run(Box::new(starting)))?),
                }),
                Ok(None) => {}
                Err(fault) if fault.code.kind == Kind::Invalid => refused.push((number, fault)),
                Err(fault) => return Err(fault),
            }
        }
        let cursors = if refused.is_empty() { cursors } else { Vec::new() };
        if !messages.is_empty() || !cursors.is_empty() {
            self.append(tenant, messages, cursors).await?;
        }
        Ok(refused)
    }

    /// Starts a flow by its webhook, whose own schema was looked at. Gives the run's id; `None` where the
    /// trigger gathers several into one run, which is not known yet.
    ///
    /// # Errors
    /// As for [`Engine::start_flow`].
    pub(crate) async fn start_by_hook(
        &self,
        tenant: &str,
        flow: &str,
        item: Grouped,
        dedup: Option<String>,
    ) -> Result<Option<String>, Fault> {
        let catalogue = self.shared.catalogue();
        let Some(runnable) = catalogue.get(flow) else { return Err(no_flow(flow)) };
        let dedup = dedup.map(|dedup| start_dedup(&dedup));
        let gathers =
            runnable.flow.triggers.iter().any(|trigger| {
                matches!(trigger.kind, TriggerKind::Webhook { .. }) && trigger.batch.is_some()
            });
        if gathers {
            let startup = Startup::Item { flow: flow.to_owned(), item };
            let message = Message::Start(to_bytes(&startup)?);
            // One group per flow, whatever its key.
            let lane = lane_of(self.shared.lanes(), &[tenant, flow]);
            let message = NewMessage { tenant: tenant.to_owned(), lane, dedup, message };
            self.append(tenant, vec![message], Vec::new()).await?;
            return Ok(None);
        }
        let Some((lane, starting)) = self.starting(tenant, &runnable.flow, item)? else {
            return Err(unwanted(flow));
        };
        let run = starting.run.clone();
        let place = self.start_run(tenant, lane, starting, dedup, Vec::new()).await?;
        if place.duplicate { self.first(tenant, flow, place).await.map(Some) } else { Ok(Some(run)) }
    }

    /// Has a lane make a run.
    pub(super) async fn start_run(
        &self,
        tenant: &str,
        lane: u32,
        starting: Starting,
        dedup: Option<String>,
        cursors: Cursors,
    ) -> Result<Appended, Fault> {
        let message = Message::Start(to_bytes(&Startup::Run(Box::new(starting)))?);
        let message = NewMessage { tenant: tenant.to_owned(), lane, dedup, message };
        let places = self.append(tenant, vec![message], cursors).await?;
        places
            .into_iter()
            .next()
            .ok_or_else(|| Fault::new(codes::INTERNAL, "the store did not say where it put a message"))
    }

    /// The run that some data starts, and its lane; `None`: the flow does not want it.
    fn starting(&self, tenant: &str, flow: &Flow, item: Grouped) -> Result<Option<(u32, Starting)>, Fault> {
        let shared = &self.shared;
        let Judged::Wanted(key) = judge(flow, &item.data)? else { return Ok(None) };
        let spread = || lane_of(shared.lanes(), &[tenant, &format!("{:016x}", fastrand::u64(..))]);
        let lane = shared.home(tenant, flow, key.as_deref()).unwrap_or_else(spread);
        let starting = Starting {
            run: shared.ids.make(shared.now_ms(), lane),
            flow: flow.name.clone(),
            data: item.data,
            cause: item.cause,
            parent: None,
            key,
            trace: Some(span(item.trace.as_deref())),
            replay: None,
        };
        Ok(Some((lane, starting)))
    }

    async fn append(
        &self,
        tenant: &str,
        messages: Vec<NewMessage>,
        cursors: Cursors,
    ) -> Result<Vec<Appended>, Fault> {
        let now_ms = self.shared.now_ms();
        let places = self.shared.store.append(Intake { messages, cursors, now_ms }).await?;
        for place in places.iter().filter(|place| !place.duplicate) {
            self.shared.ring(place.lane, tenant);
        }
        Ok(places)
    }

    /// The run of a start that was there before.
    async fn first(&self, tenant: &str, flow: &str, place: Appended) -> Result<String, Fault> {
        let before = place.position.saturating_sub(1);
        let first = self.shared.store.read(place.lane, tenant.to_owned(), before, 1).await?;
        if let Some(Ok(Message::Start(bytes))) = first.into_iter().next().map(|queued| queued.message)
            && let Startup::Run(starting) = from_bytes("the start of a run", &bytes)?
        {
            return Ok(starting.run);
        }
        Err(Fault::new(codes::CONFLICT, format!("this start of `{flow}` was accepted before")))
    }
}

fn unwanted(flow: &str) -> Fault {
    Fault::new(codes::CONFLICT, format!("the `when` of `{flow}` does not hold for this data"))
}

/// Whether data has the shape that a flow's `input` describes.
pub(crate) fn check_input(flow: &Flow, data: &Value) -> Result<(), Fault> {
    let Some(schema) = &flow.input else { return Ok(()) };
    let documents = Documents::single("input", Dialect::Draft2020, schema.clone());
    let problems = value(Schema::at(&documents, &Place::new(""))?, data, Direction::Request);
    if problems.is_empty() {
        return Ok(());
    }
    Err(Fault::from_problems(&format!("the input of `{}`", flow.name), problems))
}
