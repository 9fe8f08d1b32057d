//! What is done once a batch is written: calls begin, those who wait are answered, others are told.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::turn::{After, Turn};
use super::{Input, Lane, Live};
use crate::calls::Job;
use crate::view::Notice;

impl Lane {
    /// Acts on what was decided and is written.
    pub(super) fn settled(&mut self, mut turn: Turn, inputs: Vec<Input>) {
        self.count(&turn);
        self.has_windows |= turn.waits.has_begun();
        for (tenant, position) in &turn.consumed {
            if let Some(tenant) = self.tenants.get_mut(tenant) {
                tenant.consumed = *position;
            }
        }
        for (run, task) in std::mem::take(&mut turn.over) {
            self.is_over(&run, &task);
        }
        for after in std::mem::take(&mut turn.after) {
            match after {
                After::Start { run, task, attempts } => self.start_call(&run, &task, attempts),
                After::Cancel { run, task } => {
                    if let Some((cancel, _)) = self.live.get(&run).and_then(|live| live.calls.get(&task)) {
                        cancel.cancel();
                    }
                }
            }
        }
        for (number, input) in inputs.into_iter().enumerate() {
            if let Input::Order(order) = input {
                // Who asked may have stopped waiting.
                order.reply.send(turn.replies.remove(&number).unwrap_or(Ok(()))).ok();
            }
        }
        if let (Some(next), Some(earliest)) = (&mut self.next_timer, turn.earliest) {
            *next = Some(next.map_or(earliest, |next| next.min(earliest)));
        }
        for (lane, tenant) in &turn.appended {
            self.shared.ring(*lane, tenant);
        }
        for (tenant, flow) in std::mem::take(&mut turn.freed) {
            if self.shared.is_scattered(&flow) {
                self.shared.tell_freed(self.fence.lane, &tenant, &flow);
            }
        }
        if turn.delivers {
            self.shared.ring_deliveries();
        }
        self.log(&turn);
        self.announce(&mut turn);
        self.groups.written();
        self.gates.tidy();
        for run in &turn.seen {
            if !self.live.contains_key(run) {
                self.unload(run);
            }
        }
    }

    fn count(&self, turn: &Turn) {
        let (counters, counted) = (&self.shared.counters, &turn.counted);
        counters.dead.add(counted.dead);
        counters.begun.add(counted.begun);
        counters.timers.add(counted.timers);
        counters.steps_done.add(counted.done);
        counters.steps_failed.add(counted.failed);
        counters.steps_unknown.add(counted.unknown);
        counters.steps_parked.add(counted.parked);
        counters.completed.add(counted.completed);
        counters.failed.add(counted.ended_badly);
        counters.cancelled.add(counted.cancelled);
        for took_ms in &counted.took_ms {
            counters.times.runs.took(Duration::from_millis(*took_ms));
        }
    }

    fn announce(&self, turn: &mut Turn) {
        if !self.shared.is_watched() {
            return;
        }
        for run in &turn.touched {
            let Some(loaded) = self.runs.get(run) else { continue };
            turn.notices.push(Notice::Run {
                run: run.clone(),
                flow: loaded.record.flow.clone(),
                tenant: loaded.record.tenant.clone(),
                state: loaded.record.state.clone(),
                at_ms: turn.now_ms,
            });
        }
        for notice in turn.notices.drain(..) {
            self.shared.announce(notice);
        }
    }

    /// A call is not under way any more.
    fn is_over(&mut self, run: &str, task: &str) {
        let Some(live) = self.live.get_mut(run) else { return };
        live.calls.remove(task);
        if !live.calls.is_empty() {
            return;
        }
        if let Some(live) = self.live.remove(run)
            && let Some(count) = self.live_of.get_mut(&live.tenant)
        {
            *count = count.saturating_sub(1);
        }
    }

    /// Begins a call. While the hub takes no new work it is left to the next start.
    fn start_call(&mut self, run: &str, task: &str, attempts: u32) {
        if self.shared.draining.is_cancelled() || self.is_live(run, task) {
            return;
        }
        let Some(loaded) = self.runs.get(run) else { return };
        let Some(call) = loaded.keep.calls.get(task) else { return };
        let cancel = CancellationToken::new();
        if call.cancelled {
            cancel.cancel();
        }
        let record = &loaded.record;
        let priority = match call.tighten.priority {
            Some(nave_flow::flow::Priority::Backfill) => nave_call::Priority::Backfill,
            Some(nave_flow::flow::Priority::Flow) | None => nave_call::Priority::Flow,
        };
        let job = Job {
            id: format!("{run}/{task}"),
            tenant: record.tenant.clone(),
            fence: self.fence,
            run: run.to_owned(),
            task: task.to_owned(),
            connection: call.connection.clone(),
            operation: call.operation.clone(),
            arguments: std::sync::Arc::clone(&call.arguments),
            tighten: call.tighten.clone(),
            key: call.key.clone(),
            trace: record.trace.clone(),
            priority,
            attempts,
            cancel: cancel.clone(),
        };
        if !self.live.contains_key(run) {
            let tenant = record.tenant.clone();
            *self.live_of.entry(tenant.clone()).or_default() += 1;
            self.live.insert(run.to_owned(), Live { tenant, calls: std::collections::BTreeMap::new() });
        }
        if let Some(live) = self.live.get_mut(run) {
            live.calls.insert(task.to_owned(), (cancel, attempts));
        }
        self.shared.counters.calls.add(1);
        let (lane, run, task) = (self.fence.lane, run.to_owned(), task.to_owned());
        let door = usize::try_from(lane).ok().and_then(|lane| self.shared.doors.get(lane));
        let Some(inbox) = door.map(|door| door.inbox.clone()) else { return };
        self.shared.calls.start(job, move |end| {
            // A lane that has stopped finds the call again when it starts.
            inbox.send(Input::Ended { run, task, end }).ok();
        });
    }
}
