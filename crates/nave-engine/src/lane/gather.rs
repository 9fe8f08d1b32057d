//! What is ready for a lane: what came from inside, runs to recover, timers that are due, messages fair
//! across tenants. Waits where nothing is.

use std::sync::Arc;
use std::time::Duration;

use nave_model::Fault;

use super::places::LOOK_AGAIN;
use super::{Input, Lane, Tenant};
use crate::shared::Bell;

/// The most that one turn takes of each sort.
pub(super) const MOST: usize = 256;

/// How long at most until the time is looked at again: wall clocks jump.
const GLANCE: Duration = Duration::from_secs(1);

/// How long to wait after the store could not be read.
const AFTER_A_FAULT: Duration = Duration::from_millis(200);

impl Lane {
    /// What is ready, once something is; `None`: the lane is to stop.
    pub(super) async fn gather(&mut self) -> Option<Vec<Input>> {
        // The calls of the turn before are under way by now.
        self.kept.give_back();
        loop {
            if self.shared.stopping.is_cancelled() {
                return None;
            }
            let is_draining = self.shared.draining.is_cancelled();
            while self.pending.len() < MOST
                && let Ok(input) = self.inbox.try_recv()
            {
                self.pending.push(input);
            }
            if !is_draining && let Err(fault) = self.look().await {
                tracing::warn!(lane = self.fence.lane, %fault, "what is ready cannot be read; trying again");
                self.shared.clock.sleep(AFTER_A_FAULT).await;
                if self.pending.is_empty() {
                    continue;
                }
            }
            if !self.pending.is_empty() {
                return Some(std::mem::take(&mut self.pending));
            }
            if is_draining && (self.live.is_empty() || self.shared.ending.is_cancelled()) {
                return None;
            }
            self.wait(is_draining).await;
        }
    }

    /// Looks for what is ready in the store.
    async fn look(&mut self) -> Result<(), Fault> {
        // First, so that what was accepted earlier is told before what is told by others.
        self.look_for_windows().await?;
        self.look_for_timers().await?;
        let room = self.room();
        if self.recovering.is_some() {
            self.look_for_interrupted(room).await?;
            if self.recovering.is_some() {
                return Ok(());
            }
        }
        self.look_for_messages(room).await
    }

    /// How many runs more may be loaded.
    fn room(&self) -> usize {
        let lanes = self.shared.doors.len().max(1);
        let most = (self.shared.options.loaded / lanes).max(1);
        most.saturating_sub(self.live.len()).min(MOST)
    }

    /// Timers whose time has come.
    async fn look_for_timers(&mut self) -> Result<(), Fault> {
        let next = match self.next_timer {
            Some(next) => next,
            None => {
                let next = self.shared.store.next_timer(self.fence.lane).await?;
                *self.next_timer.insert(next)
            }
        };
        let now_ms = self.shared.now_ms();
        if next.is_none_or(|next| next > now_ms) {
            return Ok(());
        }
        let due = self.shared.store.due(self.fence.lane, now_ms, MOST).await?;
        self.next_timer = None;
        self.pending.extend(due.into_iter().map(Input::Timer));
        Ok(())
    }

    /// Runs that a stop interrupted, as many as there is room for.
    async fn look_for_interrupted(&mut self, room: usize) -> Result<(), Fault> {
        if room == 0 {
            return Ok(());
        }
        let after = self.recovering.clone().flatten();
        let runs = self.shared.store.unfinished(self.fence.lane, after, room).await?;
        self.recovering = match runs.last() {
            Some(last) if runs.len() >= room => Some(Some(last.id.clone())),
            _ => None,
        };
        self.pending.extend(runs.into_iter().map(|record| Input::Recover(Box::new(record))));
        Ok(())
    }

    /// Messages of each tenant in turn, the same number for each.
    async fn look_for_messages(&mut self, room: usize) -> Result<(), Fault> {
        self.hear().await.inspect_err(|_| self.bell().ring_for_all())?;
        let limit = (self.shared.options.runs_per_tenant / self.shared.doors.len().max(1)).max(1);
        let count = self.tenants.len();
        let left_of = |name: &str| limit.saturating_sub(self.live_of.get(name).copied().unwrap_or_default());
        let sharing =
            self.tenants.iter().filter(|(name, tenant)| tenant.has_more && left_of(name) > 0).count();
        if room == 0 || sharing == 0 {
            return Ok(());
        }
        let share = (room / sharing).max(1);
        let first = self.first;
        self.first = (first + 1) % count;
        let mut left = room;
        for place in 0..count {
            let Some((name, tenant)) = self.tenants.get_index((first + place) % count) else { continue };
            let limit = limit.saturating_sub(self.live_of.get(name).copied().unwrap_or_default());
            let most = share.min(left).min(limit).min(self.page);
            if !tenant.has_more || most == 0 || self.is_blocked(name) {
                continue;
            }
            let (name, consumed) = (name.clone(), tenant.consumed);
            let mut messages = self.shared.store.read(self.fence.lane, name.clone(), consumed, most).await?;
            let is_whole = messages.len() < most;
            let is_cut = self.leave_those_without_a_place(&name, &mut messages);
            if let Some(tenant) = self.tenants.get_mut(&name) {
                tenant.has_more = !is_whole || is_cut;
            }
            left = left.saturating_sub(messages.len());
            self.pending.extend(messages.into_iter().map(Input::Message));
        }
        Ok(())
    }

    /// Notes for whom something was appended.
    async fn hear(&mut self) -> Result<(), Fault> {
        let heard = self.bell().heard();
        let is_known =
            heard.as_ref().is_some_and(|names| names.iter().all(|name| self.tenants.contains_key(name)));
        if is_known {
            for name in heard.unwrap_or_default() {
                if let Some(tenant) = self.tenants.get_mut(&name) {
                    tenant.has_more = true;
                }
            }
            return Ok(());
        }
        for backlog in self.shared.store.backlog(self.fence.lane).await? {
            let fresh = Tenant { consumed: backlog.consumed, has_more: true };
            self.tenants.entry(backlog.tenant).or_insert(fresh).has_more = true;
        }
        Ok(())
    }

    fn bell(&self) -> Arc<Bell> {
        let door = usize::try_from(self.fence.lane).ok().and_then(|lane| self.shared.doors.get(lane));
        door.map(|door| Arc::clone(&door.bell)).unwrap_or_default()
    }

    /// Waits until something may be ready.
    async fn wait(&mut self, is_draining: bool) {
        let timer = self.next_timer.flatten().filter(|_| !is_draining);
        let pause =
            timer.map(|at_ms| Duration::from_millis(at_ms.saturating_sub(self.shared.now_ms())).min(GLANCE));
        let pause = if self.blocked.is_empty() {
            pause
        } else {
            Some(pause.map_or(LOOK_AGAIN, |pause| pause.min(LOOK_AGAIN)))
        };
        let bell = self.bell();
        let shared = Arc::clone(&self.shared);
        let sleep = async {
            match pause {
                Some(pause) => shared.clock.sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shared.stopping.cancelled() => {}
            () = shared.draining.cancelled(), if !is_draining => {}
            () = shared.ending.cancelled() => {}
            received = self.inbox.recv() => self.pending.extend(received),
            () = bell.rung(), if !is_draining => {}
            () = sleep => {}
        }
    }
}
