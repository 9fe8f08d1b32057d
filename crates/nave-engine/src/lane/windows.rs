//! Runs that wait for events. An event is told by the lane that handles it to those whose wait is on disk; of
//! what was accepted after a wait began and before it was on disk, the run's own lane tells it. Which of the two
//! is decided by the positions of the lanes alone, so that neither a stop nor another node changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nave_flow::decide::Happened;
use nave_model::fault::Kind;
use nave_model::{Event, Fault};
use nave_store::Op;
use nave_store::record::{KeptEvent, Queued, Subscription, Window};
use serde_json::Value;

use super::act::tell_elsewhere;
use super::gather::MOST;
use super::turn::{Next, Turn};
use super::{Input, Lane};

/// Runs of the own lane that are told of an event in the turn that handles it; more are told in turns of
/// their own, because each has to be loaded.
const TOLD_AT_ONCE: usize = 64;

/// How many subscriptions are read at a time.
const PAGE: usize = 512;

/// Which event: its tenant and name.
type Sort = (String, String);
/// Which wait: its run, and the run's name for it.
type Listener = (String, String);

/// Who waits for events, as a turn knows it.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// The last position of each lane before the turn began.
    pub(super) since: Vec<u64>,
    /// Waits that begin in the turn.
    begun: BTreeMap<Sort, BTreeSet<Listener>>,
    /// The first of those on disk, as they were read in this turn: whoever is on disk before an event is
    /// accepted is there when the turn that handles it begins.
    read: BTreeMap<Sort, Arc<[Subscription]>>,
}

impl Waits {
    /// A run of a lane begins to wait. Gives from where on events of other lanes count.
    pub(super) fn begin(&mut self, tenant: &str, event: &str, listener: Listener, lane: u32) -> Vec<u64> {
        self.begun.entry((tenant.to_owned(), event.to_owned())).or_default().insert(listener);
        let mut since = self.since.clone();
        if let Some(own) = usize::try_from(lane).ok().and_then(|lane| since.get_mut(lane)) {
            *own = 0;
        }
        since
    }

    /// Whether any wait begins in the turn.
    pub(super) fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Whether a wait for an event of this name does.
    pub(crate) fn is_begun(&self, tenant: &str, event: &str) -> bool {
        self.has_begun() && self.begun.contains_key(&(tenant.to_owned(), event.to_owned()))
    }
}

/// What is left of a window behind an event in it.
fn behind(window: &Window, event: &KeptEvent) -> Window {
    let mut left = window.clone();
    if let Some(place) = usize::try_from(event.lane).ok().and_then(|lane| left.since.get_mut(lane)) {
        *place = event.position;
    }
    left
}

/// A window was looked through as far as it says; without an event, to its end.
pub(super) fn counted(window: &Window, event: Option<&KeptEvent>) -> Op {
    let since = event.map(|_| window.since.clone());
    let (run, name, until) = (window.run.clone(), window.name.clone(), window.until.clone());
    Op::Counted { run, name, until, since }
}

impl Lane {
    /// Who waits for an event, as far as one look tells.
    pub(crate) async fn listening(
        &self,
        turn: &mut Turn,
        tenant: &str,
        event: &str,
    ) -> Result<Arc<[Subscription]>, Fault> {
        let sort = (tenant.to_owned(), event.to_owned());
        if let Some(known) = turn.waits.read.get(&sort) {
            return Ok(Arc::clone(known));
        }
        let page = self.shared.store.subscriptions(sort.0.clone(), sort.1.clone(), None, PAGE).await?;
        let page: Arc<[Subscription]> = page.into();
        turn.waits.read.insert(sort, Arc::clone(&page));
        Ok(page)
    }

    /// Tells every run that waits for it of an event.
    pub(crate) async fn tell_listeners(
        &mut self,
        turn: &mut Turn,
        queued: &Queued,
        event: &Event,
        (first, data): (Arc<[Subscription]>, &Arc<Value>),
    ) -> Result<(), Fault> {
        let (tenant, own) = (queued.tenant.as_str(), self.fence.lane);
        let sort = (tenant.to_owned(), event.name.clone());
        let begun = turn.waits.begun.get(&sort).cloned().unwrap_or_default();
        let mut told = 0;
        let mut tell = |turn: &mut Turn, (run, name): Listener, lane| {
            let what = Happened::EventArrived { subscription: name, data: Arc::clone(data) };
            if lane == own && told < TOLD_AT_ONCE {
                told += 1;
                turn.next.push_back(Next::Tell { run, what });
            } else {
                tell_elsewhere(turn, tenant, lane, &run, &what);
            }
        };
        let mut page = first;
        loop {
            for subscription in page.iter() {
                let listener = (subscription.run.clone(), subscription.name.clone());
                // Where it begins again in this turn, what is on disk is of no account any more.
                if subscription.is_told(own, queued.position) && !begun.contains(&listener) {
                    tell(turn, listener, subscription.lane);
                }
            }
            let Some(last) = page.last().filter(|_| page.len() >= PAGE) else { break };
            let after = Some((last.run.clone(), last.name.clone()));
            page = self.shared.store.subscriptions(sort.0.clone(), sort.1.clone(), after, PAGE).await?.into();
        }
        for listener in begun {
            tell(turn, listener, own);
        }
        Ok(())
    }

    /// Looks for events that were accepted while waits of this lane's runs were written.
    pub(super) async fn look_for_windows(&mut self) -> Result<(), Fault> {
        if !self.has_windows {
            return Ok(());
        }
        let store = &self.shared.store;
        let windows = store.windows(self.fence.lane, MOST).await?;
        self.has_windows = windows.len() >= MOST;
        for window in windows {
            let room = MOST.saturating_sub(self.pending.len());
            if room == 0 {
                self.has_windows = true;
                break;
            }
            let events = match store.accepted(window.clone(), room).await {
                Ok(events) => events,
                Err(fault) => {
                    self.has_windows = true;
                    return Err(fault);
                }
            };
            let is_last = events.len() < room;
            let mut window = Arc::new(window);
            for event in events {
                window = Arc::new(behind(&window, &event));
                let (window, event) = (Arc::clone(&window), Some(Box::new(event)));
                self.pending.push(Input::Missed { window, event });
            }
            if is_last {
                self.pending.push(Input::Missed { window, event: None });
            } else {
                self.has_windows = true;
            }
        }
        Ok(())
    }

    /// Tells a run of an event that was accepted while its wait was written.
    pub(super) async fn missed(
        &mut self,
        turn: &mut Turn,
        window: &Window,
        event: Option<&KeptEvent>,
    ) -> Result<(), Fault> {
        turn.ops.push(counted(window, event));
        let Some(kept) = event else { return Ok(()) };
        let data = match self.data(&kept.event).await {
            Ok(data) => data,
            Err(fault) if fault.code.kind == Kind::Unavailable => return Err(fault),
            // Whoever handles the event puts it aside.
            Err(_) => return Ok(()),
        };
        let what = Happened::EventArrived { subscription: window.name.clone(), data };
        self.tell(turn, &window.run, what).await?;
        Ok(())
    }
}
