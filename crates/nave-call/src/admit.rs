//! Admission: lets a call go when the connection's rate, its learned limits and its concurrency
//! allow, in order of priority. What to send, and whether to send it again, is left to others.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use nave_model::Fault;
use nave_model::fault::codes;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::admit::bucket::Rate;
use crate::admit::concurrency::Concurrency;
use crate::admit::headers::Signals;
use crate::admit::line::{Joined, Line};
use crate::admit::pace::{Pace, Reason};
use crate::clock::Clock;

pub mod bucket;
pub mod concurrency;
pub mod headers;
pub mod line;
pub mod pace;

/// How urgent a call is. The order is the order of urgency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// A person, or an agent working for one, waits for the answer.
    #[default]
    Person,
    /// A system waits for us to deal with its event.
    Webhook,
    /// A flow's step.
    Flow,
    /// Bulk work that may take its time.
    Backfill,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Priority; 4] = [Priority::Person, Priority::Webhook, Priority::Flow, Priority::Backfill];

    /// 0 for the most urgent.
    pub fn rank(self) -> usize {
        match self {
            Priority::Person => 0,
            Priority::Webhook => 1,
            Priority::Flow => 2,
            Priority::Backfill => 3,
        }
    }
}

/// The limits a connection declares.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls per second and at once; `None`: only what the system says.
    pub rate: Option<Rate>,
    /// Calls under way at the same time, at most.
    pub concurrency: u32,
    /// Calls that may wait.
    pub queue: u32,
}

/// What a gate still knows when its connection is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learned {
    /// Everything: what is called is as before.
    All,
    /// What the system said, and how many calls at once it takes; its operations may be others.
    OfSystem,
    /// Nothing: it is another system, or another account.
    Nothing,
}

/// The gate every call of one connection passes.
#[derive(Debug)]
pub struct Gate {
    connection: String,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    concurrency: Concurrency,
    running: u32,
    line: Line<Arc<Waiter>>,
    /// The waiter that sleeps until time alone allows the next call. The others only wait to be
    /// woken, so that a thousand waiters do not all wake for every token.
    timekeeper: Option<Arc<Waiter>>,
    /// When the timekeeper must look again; `None`: only an answer can let the next call go.
    look_again: Option<Duration>,
    /// Grows when something else is called from then on: calls from before teach nothing about it.
    era: u64,
}

/// One who waits, and what became of him.
#[derive(Debug, Default)]
struct Waiter {
    wake: Notify,
    fate: OnceLock<Fate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// May go, and counts as under way since this era.
    Admitted(u64),
    /// Made room for one more urgent.
    Displaced,
}

impl Waiter {
    fn decide(&self, fate: Fate) {
        self.fate.get_or_init(|| fate);
        self.wake.notify_one();
    }

    fn fate(&self) -> Option<Fate> {
        self.fate.get().copied()
    }
}

impl Gate {
    /// A gate for one connection.
    pub fn new(connection: &str, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            pace: Pace::new(limits.rate),
            concurrency: Concurrency::new(limits.concurrency),
            running: 0,
            line: Line::new(room(limits.queue)),
            timekeeper: None,
            look_again: None,
            era: 0,
        };
        Gate { connection: connection.to_owned(), clock, state: Mutex::new(state) }
    }

    /// Waits for this call's turn, until `deadline` at the latest.
    ///
    /// # Errors
    /// The line is full, the turn does not come before the deadline, or the system asked for a pause
    /// that lasts longer than that.
    pub async fn admit(self: &Arc<Self>, priority: Priority, deadline: Duration) -> Result<Permit, Fault> {
        let mut waiting = match self.enter(priority, deadline)? {
            Entered::Admitted(permit) => return Ok(permit),
            Entered::Waiting(waiting) => waiting,
        };
        loop {
            let now = self.clock.now();
            let look_again = {
                let mut state = self.lock();
                state.settle(now);
                match waiting.waiter.fate() {
                    Some(Fate::Admitted(era)) => return Ok(waiting.admitted(era)),
                    Some(Fate::Displaced) => return Err(self.full()),
                    None => state.keep_time(&waiting.waiter),
                }
            };
            if now >= deadline {
                return Err(self.too_late());
            }
            let until = look_again.map_or(deadline, |at| at.min(deadline));
            tokio::select! {
                () = waiting.waiter.wake.notified() => {}
                () = self.clock.sleep(until.saturating_sub(now)) => {}
            }
        }
    }

    /// Goes on under other limits. What was used so far counts against them, and calls under way hold their
    /// places.
    pub fn renew(&self, limits: Limits, kept: Learned) {
        let now = self.clock.now();
        let mut state = self.lock();
        let is_first_rate = !state.pace.is_declared() && limits.rate.is_some();
        state.pace.renew(limits.rate, now);
        state.concurrency.renew(limits.concurrency);
        state.line.renew(room(limits.queue));
        match kept {
            Learned::All => {}
            Learned::OfSystem => state.concurrency.forget_operations(),
            Learned::Nothing => {
                state.pace.forget_learned();
                state.concurrency.forget_learned();
            }
        }
        if is_first_rate || kept != Learned::All {
            state.era += 1;
        }
        state.settle(now);
    }

    /// Whether a fresh gate would let no more calls go than this one.
    pub fn is_at_rest(&self) -> bool {
        let now = self.clock.now();
        let state = self.lock();
        state.running == 0 && state.line.is_empty() && state.pace.is_at_rest(now)
    }

    /// The calls that may be under way now, and those that are. For tests and the operator.
    pub fn load(&self) -> (u32, u32) {
        let state = self.lock();
        (state.concurrency.limit(), state.running)
    }

    fn enter(self: &Arc<Self>, priority: Priority, deadline: Duration) -> Result<Entered, Fault> {
        let now = self.clock.now();
        let mut state = self.lock();
        state.settle(now);
        if state.line.is_empty() && state.running < state.concurrency.limit() && state.pace.take(now) {
            state.running += 1;
            return Ok(Entered::Admitted(Permit::new(self, now, state.era)));
        }
        if let (at, Reason::Paused) = state.pace.ready_at()
            && at > deadline
        {
            return Err(self.paused(at.saturating_sub(now)));
        }
        let waiter = Arc::new(Waiter::default());
        let ticket = match state.line.join(priority, Arc::clone(&waiter)) {
            Joined::Waiting(ticket) => ticket,
            Joined::InPlaceOf(ticket, displaced) => {
                state.stop_keeping_time(&displaced);
                displaced.decide(Fate::Displaced);
                ticket
            }
            Joined::Full => return Err(self.full()),
        };
        Ok(Entered::Waiting(Waiting { gate: Arc::clone(self), priority, ticket, waiter, taken: false }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paused(&self, pause: Duration) -> Fault {
        let message =
            format!("the system of `{}` asked for a pause of another {} s", self.connection, pause.as_secs());
        Fault::new(codes::RATE_LIMITED, message)
            .with_hint("try again after that time")
            .with_retry_after_ms(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX))
    }

    fn full(&self) -> Fault {
        let message = format!("too many calls already wait for `{}`", self.connection);
        Fault::new(codes::QUEUE_FULL, message)
            .with_hint("make fewer calls at once, or raise `limits.queue` of the connection")
    }

    fn too_late(&self) -> Fault {
        let message = format!("the turn of this call did not come in time at `{}`", self.connection);
        Fault::new(codes::QUEUE_TIMEOUT, message).with_hint(
            "more calls are made than the limits allow: make fewer, or raise `limits` or `timeouts.total_ms` \
             of the connection",
        )
    }
}

impl State {
    /// Lets go everyone who may go now, and has the timekeeper look again where the time changed.
    fn settle(&mut self, now: Duration) {
        let mut look_again = None;
        while !self.line.is_empty() && self.running < self.concurrency.limit() {
            if !self.pace.take(now) {
                look_again = Some(self.pace.ready_at().0);
                break;
            }
            let Some(waiter) = self.line.call_next() else { break };
            self.running += 1;
            waiter.decide(Fate::Admitted(self.era));
            self.stop_keeping_time(&waiter);
        }
        if self.look_again != look_again {
            self.look_again = look_again;
            if let Some(timekeeper) = &self.timekeeper {
                timekeeper.wake.notify_one();
            }
        }
        // Whoever is woken without a turn becomes the timekeeper where there is none.
        if self.timekeeper.is_none()
            && let Some(next) = self.line.first()
        {
            next.wake.notify_one();
        }
    }

    /// Returns a token, unless it was taken from another rate.
    fn give_back(&mut self, era: u64) {
        if self.era == era {
            self.pace.give_back();
        }
    }

    /// When this waiter must look again: the one timekeeper by time, everyone else when woken.
    fn keep_time(&mut self, waiter: &Arc<Waiter>) -> Option<Duration> {
        let timekeeper = self.timekeeper.get_or_insert_with(|| Arc::clone(waiter));
        if Arc::ptr_eq(timekeeper, waiter) { self.look_again } else { None }
    }

    /// A waiter that leaves the line stops keeping time.
    fn stop_keeping_time(&mut self, leaving: &Arc<Waiter>) {
        self.timekeeper.take_if(|timekeeper| Arc::ptr_eq(timekeeper, leaving));
    }
}

/// How many may wait.
fn room(queue: u32) -> usize {
    usize::try_from(queue).unwrap_or(usize::MAX)
}

enum Entered {
    Admitted(Permit),
    Waiting(Waiting),
}

/// A place in the line. Dropping it leaves the line, or gives up the turn that was just granted.
struct Waiting {
    gate: Arc<Gate>,
    priority: Priority,
    ticket: u64,
    waiter: Arc<Waiter>,
    taken: bool,
}

impl Waiting {
    fn admitted(&mut self, era: u64) -> Permit {
        self.taken = true;
        Permit::new(&self.gate, self.gate.clock.now(), era)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let now = self.gate.clock.now();
        let mut state = self.gate.lock();
        state.line.leave(self.priority, self.ticket);
        state.stop_keeping_time(&self.waiter);
        if let Some(Fate::Admitted(era)) = self.waiter.fate() {
            state.running = state.running.saturating_sub(1);
            state.give_back(era);
        }
        state.settle(now);
    }
}

/// The right to make one call. It ends when the call is over, also when its future is dropped.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    since: Duration,
    era: u64,
}

impl Permit {
    fn new(gate: &Arc<Gate>, since: Duration, era: u64) -> Self {
        Permit { gate: Arc::clone(gate), since, era }
    }

    /// The call was not sent after all: its token goes back.
    pub fn unused(self) {
        self.gate.lock().give_back(self.era);
    }

    /// The call was answered, or waited in vain: learns how long that took, and what the answer's
    /// headers say. `operation` tells slow operations from a slow system.
    pub fn answered(self, operation: usize, signals: &Signals) {
        let now = self.gate.clock.now();
        let mut state = self.gate.lock();
        if state.era != self.era {
            return;
        }
        let running = state.running;
        state.concurrency.observe(operation, now.saturating_sub(self.since), running);
        state.pace.learn(now, signals, running.saturating_sub(1));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.gate.clock.now();
        let mut state = self.gate.lock();
        state.running = state.running.saturating_sub(1);
        state.settle(now);
    }
}

#[cfg(test)]
mod tests;
