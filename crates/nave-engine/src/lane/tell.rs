//! What happens to runs: they are told something, and what they want done follows.

use std::collections::BTreeMap;

use nave_flow::decide::{Action, Event, FaultRecord, Happened, Outcome};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::Op;
use nave_store::batch::Message;
use nave_store::record::{Queued, Timer};

use super::act::{self, Site};
use super::turn::{Next, Turn};
use super::{Lane, act::who};
use crate::group;
use crate::run::Loaded;
use crate::written::{Line, Startup, from_bytes};

/// What became of something that a run was to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It was told.
    Told,
    /// It came too late to change anything.
    Late,
    /// There is no such run.
    Nobody,
}

impl Lane {
    /// A message that was appended to the lane.
    pub(super) async fn message(&mut self, turn: &mut Turn, queued: &Queued) -> Result<(), Fault> {
        let message = match &queued.message {
            Ok(message) => message,
            Err(fault) => {
                let letter = self.letter(turn, queued, fault);
                turn.bury(letter);
                return Ok(());
            }
        };
        match message {
            Message::Event(event) => self.event(turn, queued, event).await,
            Message::Start(bytes) => match from_bytes("the start of a run", bytes)? {
                Startup::Run(starting) => self.make(turn, &queued.tenant, *starting).await,
                Startup::Item { flow, item } => self.item(turn, queued, &flow, item).await,
                Startup::Offer { flow, event } => self.offer_again(turn, queued, &flow, &event).await,
                Startup::Group { flow, together } => self.start_group(turn, queued, &flow, together).await,
            },
            Message::Told { run, what } => {
                let what = from_bytes("what a run is told", what)?;
                if self.tell(turn, run, what).await? == Heard::Nobody {
                    tracing::debug!(run, "a run that there is not was told something");
                }
                Ok(())
            }
        }
    }

    /// A timer is due. That it fired and that it is gone are written together.
    pub(super) async fn timer(&mut self, turn: &mut Turn, timer: &Timer) -> Result<(), Fault> {
        turn.ops.push(Op::DropTimer { run: timer.run.clone(), name: timer.name.clone() });
        turn.counted.timers += 1;
        if let Some(name) = timer.run.strip_prefix(group::PREFIX) {
            return self.gathered_in_time(turn, name).await;
        }
        self.tell(turn, &timer.run, Happened::TimerFired { timer: timer.name.clone() }).await?;
        Ok(())
    }

    /// Tells a run something.
    ///
    /// # Errors
    /// What it is told cannot be, as `decide` says; the run is as before. The store cannot be read.
    pub(crate) async fn tell(&mut self, turn: &mut Turn, run: &str, what: Happened) -> Result<Heard, Fault> {
        if !self.ensure(turn, run).await? {
            return Ok(Heard::Nobody);
        }
        let Some(loaded) = self.runs.get_mut(run) else { return Ok(Heard::Nobody) };
        let had_ended = loaded.keep.outcome().is_some();
        if had_ended && !matches!(what, Happened::Retry { .. } | Happened::Skip { .. }) {
            return Ok(Heard::Late);
        }
        if loaded.keep.run.is_none() {
            return match what {
                Happened::Cancel { by, reason } => self.drop_queued(turn, run, &by, reason.as_deref()),
                _ => Ok(Heard::Late),
            };
        }
        let event = Event { at_ms: turn.now_ms, what };
        let actions = loaded.keep.tell(&loaded.flow, &event)?;
        if actions.is_empty() && matches!(event.what, Happened::EventArrived { .. }) {
            // An event that the run passes over changes nothing: its journal need not know.
            return Ok(Heard::Late);
        }
        if had_ended {
            let who = who(turn, loaded);
            self.gates.again(&*self.shared.store, &who).await?;
        }
        self.perform(turn, run, &actions, |children| Line::Told { what: event.what, children })?;
        Ok(Heard::Told)
    }

    /// Notes what happened to a run, and has done what it wants done.
    pub(super) fn perform(
        &mut self,
        turn: &mut Turn,
        run: &str,
        actions: &[Action],
        line: impl FnOnce(BTreeMap<String, String>) -> Line,
    ) -> Result<(), Fault> {
        let Some(loaded) = self.runs.get_mut(run) else { return Ok(()) };
        let site = Site { shared: &self.shared, lane: self.fence.lane };
        let children = act::children(site, turn, &loaded.record.tenant, actions);
        let ids: BTreeMap<String, String> = children
            .iter()
            .filter_map(|(child, named)| Some((child.clone(), named.as_ref().ok()?.0.clone())))
            .collect();
        loaded.keep.absorb(actions, &ids);
        loaded.note(turn.now_ms, &line(ids))?;
        act::act(site, loaded, turn, actions, &children);
        turn.touched.insert(run.to_owned());
        turn.seen.insert(run.to_owned());
        Ok(())
    }

    /// Has a run in memory; false: there is none.
    pub(super) async fn ensure(&mut self, turn: &mut Turn, run: &str) -> Result<bool, Fault> {
        if !self.runs.contains_key(run) {
            let Some(record) = self.shared.store.run(run.to_owned()).await? else { return Ok(false) };
            if record.lane != self.fence.lane {
                return Ok(false);
            }
            let loaded = Loaded::load(&self.shared, record).await?;
            self.remember(loaded);
        }
        turn.seen.insert(run.to_owned());
        Ok(true)
    }

    pub(super) fn remember(&mut self, loaded: Loaded) {
        if self.runs.insert(loaded.record.id.clone(), loaded).is_none() {
            self.shared.counters.loaded.add(1);
        }
    }

    pub(super) fn unload(&mut self, run: &str) {
        if self.runs.remove(run).is_some() {
            self.shared.counters.loaded.sub(1);
        }
    }

    /// Gives up a run whose turn has not come.
    fn drop_queued(
        &mut self,
        turn: &mut Turn,
        run: &str,
        by: &str,
        reason: Option<&str>,
    ) -> Result<Heard, Fault> {
        let Some(loaded) = self.runs.get_mut(run) else { return Ok(Heard::Nobody) };
        let mut message = format!("{by} cancelled the run before its turn came");
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            message.push_str(": ");
            message.push_str(reason);
        }
        let fault = FaultRecord::new(codes::FLOW_CANCELLED, message);
        let outcome = Outcome::Cancelled { fault, not_undone: Vec::new() };
        let line = Line::Dropped { outcome: outcome.clone() };
        loaded.note(turn.now_ms, &line)?;
        loaded.keep.read(&loaded.flow, line, turn.now_ms)?;
        let gave_up = Next::GaveUp(who(turn, loaded));
        let site = Site { shared: &self.shared, lane: self.fence.lane };
        act::tell_parent(site, loaded, turn, &outcome);
        turn.next.push_back(gave_up);
        turn.touched.insert(run.to_owned());
        Ok(Heard::Told)
    }
}
