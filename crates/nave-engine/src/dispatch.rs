//! From an event to the runs it concerns: flows that it triggers, and runs that listen for it. A flow whose
//! condition or key fails on the event gets a dead letter of its own; the others go on.

use std::sync::Arc;

use nave_flow::Flow;
use nave_flow::decide;
use nave_flow::flow::Batch;
use nave_model::event::{Body, Event};
use nave_model::fault::codes;
use nave_model::{Fault, fault::Kind};
use nave_store::batch::Message;
use nave_store::record::Queued;
use serde_json::Value;

use crate::intake;
use crate::lane::{Lane, Turn, append};
use crate::names::span;
use crate::run::guarded;
use crate::written::{Grouped, Starting, Startup, to_bytes};

/// Whether a flow wants some data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It does, with this ordering key.
    Wanted(Option<String>),
    /// It does not.
    Unwanted,
}

/// Whether a flow wants some data, and with which ordering key.
///
/// # Errors
/// Its condition or its key fails on the data.
pub(crate) fn judge(flow: &Flow, data: &Value) -> Result<Judged, Fault> {
    guarded(|| {
        if !decide::wanted(flow, data)? {
            return Ok(Judged::Unwanted);
        }
        Ok(Judged::Wanted(decide::key(flow, data)?))
    })
}

impl Lane {
    /// An event that was accepted.
    pub(crate) async fn event(
        &mut self,
        turn: &mut Turn,
        queued: &Queued,
        event: &Event,
    ) -> Result<(), Fault> {
        self.fan_out(turn, &queued.tenant, event);
        let catalogue = Arc::clone(&turn.catalogue);
        let triggered = catalogue.triggered(&event.name);
        let listening = self.listening(turn, &queued.tenant, &event.name).await?;
        if triggered.is_empty() && listening.is_empty() && !turn.waits.is_begun(&queued.tenant, &event.name) {
            return Ok(());
        }
        let data = match self.data(event).await {
            Ok(data) => data,
            Err(fault) if fault.code.kind == Kind::Unavailable => return Err(fault),
            Err(fault) => {
                let letter = self.letter(turn, queued, &fault);
                turn.bury(letter);
                return Ok(());
            }
        };
        let mut last = None;
        for (flow, number) in triggered {
            // Two triggers of one flow for the same event are one start.
            if last.replace(flow) == Some(flow) {
                continue;
            }
            let batch = catalogue
                .get(flow)
                .and_then(|runnable| runnable.flow.triggers.get(*number))
                .and_then(|trigger| trigger.batch);
            self.offer(turn, queued, event, (flow, batch), &data).await?;
        }
        self.tell_listeners(turn, queued, event, (listening, &data)).await
    }

    /// An event for one flow alone: a dead letter that was put back.
    pub(crate) async fn offer_again(
        &mut self,
        turn: &mut Turn,
        queued: &Queued,
        flow: &str,
        event: &Event,
    ) -> Result<(), Fault> {
        let queued = Queued { message: Ok(Message::Event(event.clone())), ..queued.clone() };
        match self.data(event).await {
            Ok(data) => self.offer(turn, &queued, event, (flow, None), &data).await,
            Err(fault) if fault.code.kind == Kind::Unavailable => Err(fault),
            Err(fault) => {
                let mut letter = self.letter(turn, &queued, &fault);
                letter.flow = Some(flow.to_owned());
                turn.bury(letter);
                Ok(())
            }
        }
    }

    async fn offer(
        &mut self,
        turn: &mut Turn,
        queued: &Queued,
        event: &Event,
        (flow, batch): (&str, Option<Batch>),
        data: &Arc<Value>,
    ) -> Result<(), Fault> {
        let item = Grouped { data: Arc::clone(data), cause: event.id.clone(), trace: event.trace.clone() };
        match batch {
            Some(batch) => self.group(turn, &queued.tenant, flow, batch, item).await,
            None => self.start_with(turn, queued, flow, item).await,
        }
    }

    /// Starts a flow with some data, if it wants to.
    pub(crate) async fn start_with(
        &mut self,
        turn: &mut Turn,
        queued: &Queued,
        flow: &str,
        item: Grouped,
    ) -> Result<(), Fault> {
        let catalogue = Arc::clone(&turn.catalogue);
        let judged = match catalogue.get(flow) {
            Some(runnable) => judge(&runnable.flow, &item.data).map(|judged| (judged, runnable)),
            None => Err(Fault::new(codes::FLOW_NAME, format!("there is no flow `{flow}` any more"))),
        };
        let (key, runnable) = match judged {
            Ok((Judged::Wanted(key), runnable)) => (key, runnable),
            Ok((Judged::Unwanted, _)) => return Ok(()),
            Err(fault) => {
                let mut letter = self.letter(turn, queued, &fault);
                letter.flow = Some(flow.to_owned());
                turn.bury(letter);
                return Ok(());
            }
        };
        let own = self.fence.lane;
        let lane = self.shared.home(&queued.tenant, &runnable.flow, key.as_deref()).unwrap_or(own);
        let starting = Starting {
            run: self.shared.ids.make(turn.now_ms, lane),
            flow: flow.to_owned(),
            data: item.data,
            cause: item.cause,
            parent: None,
            key,
            trace: Some(span(item.trace.as_deref())),
            replay: None,
        };
        if lane == own {
            return self.make(turn, &queued.tenant, starting).await;
        }
        append(turn, &queued.tenant, lane, Message::Start(to_bytes(&Startup::Run(Box::new(starting)))?));
        Ok(())
    }

    /// The data of an event: its body, read by its media type.
    pub(crate) async fn data(&self, event: &Event) -> Result<Arc<Value>, Fault> {
        let kept;
        let bytes = match &event.body {
            Body::Inline(bytes) => bytes,
            Body::Blob { sha256, .. } => match self.shared.store.blob(sha256.clone()).await? {
                Some(bytes) => {
                    kept = bytes;
                    &kept
                }
                None => {
                    let message = format!("the body of the event `{}` is not kept any more", event.id);
                    return Err(Fault::new(codes::STORE_CORRUPT, message));
                }
            },
        };
        intake::decode(&event.media, bytes).map(Arc::new)
    }
}
