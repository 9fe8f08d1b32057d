//! What is under way and held back at one connection: who may go, who waits on disk, and when the next
//! one is tried. Decisions over given times and lists; starting, parking and reading are left to others.
//!
//! A held connection is tried with its oldest call. Once that one ends otherwise than by being held back
//! again, the others follow in their order, twice as many at once after every one that ended. When none
//! is left on disk, new calls wait for the last ones in memory, so that none overtakes an older one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::Parked;

use super::Done;

mod places;

pub(crate) use places::Room;

use places::Tempo;

/// The first pause between tries, and the longest that is not the system's own wish.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// The most calls that are tried at once while others are held back.
const WIDEST: usize = 64;
/// A call that was to be resumed and did not start in this time is not coming: its run has ended.
const START: Duration = Duration::from_secs(30);
/// What was to be held back and is not on disk by then is not coming, or is found by a later look.
const COMING: Duration = Duration::from_secs(10);
/// A call that ended is remembered so long, in case it is still on disk.
const REMEMBERED: Duration = Duration::from_mins(10);
/// How often to look while something is expected to appear or disappear on disk.
const LOOK: Duration = Duration::from_millis(50);

/// Where the end of a call is told.
pub(super) type Slot = Arc<Mutex<Option<Done>>>;

/// What becomes of a call that is to start.
pub(super) enum Entry {
    /// It goes; with what is kept of it where it was held back.
    Go(Slot, Option<Box<Parked>>),
    /// It is under way already.
    UnderWay(Slot),
    /// It waits in memory for older ones; to be handed over with [`Line::wait`].
    Wait,
    /// It is held back.
    Park(Fault),
}

/// How a call left, as far as the line is concerned.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It has an end.
    Ended,
    /// It is held back.
    Parked(Fault),
    /// It was given up, and says nothing about the connection.
    Nothing,
}

/// What is to be done next.
#[derive(Debug)]
pub(super) struct Next<W> {
    /// These are tried, in their order.
    pub(super) resume: Vec<Parked>,
    /// Nothing is held back any more, and these go on.
    pub(super) released: Option<VecDeque<W>>,
}

/// One connection.
pub(super) struct Line<W> {
    under_way: BTreeMap<String, Slot>,
    held: Option<Held<W>>,
    /// Resumed, ended, and perhaps still on disk: a look that finds one must not resume it again. When it
    /// ended, and since when it had been held back.
    ended: BTreeMap<String, (Duration, u64)>,
    /// Places that are kept for calls to come.
    kept: usize,
    /// Somebody was told that there is no place.
    is_awaited: bool,
    tempo: Tempo,
}

struct Held<W> {
    reason: Fault,
    /// How many may be tried at once.
    width: usize,
    /// Tries in a row that were held back again.
    failures: u32,
    /// When the next one is tried.
    next: Duration,
    /// A call has ended since the last one was held back.
    is_proven: bool,
    /// Calls were resumed since the last one was held back.
    is_trying: bool,
    /// Resumed and not ended: when, and what is kept of them.
    out: BTreeMap<String, (Duration, bool, Parked)>,
    /// To be held back, and perhaps not on disk yet.
    coming: BTreeMap<String, Duration>,
    /// No more is known to be on disk: new calls wait here.
    waiting: Option<VecDeque<W>>,
}

impl<W> Default for Line<W> {
    fn default() -> Self {
        Line {
            under_way: BTreeMap::new(),
            held: None,
            ended: BTreeMap::new(),
            kept: 0,
            is_awaited: false,
            tempo: Tempo::default(),
        }
    }
}

impl<W> Line<W> {
    /// Whether new calls are held back on disk.
    pub(super) fn is_held(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.waiting.is_none())
    }

    /// Whether nothing is known of it.
    pub(super) fn is_idle(&mut self, now: Duration) -> bool {
        self.ended.retain(|_, (since, _)| now < since.saturating_add(REMEMBERED));
        let is_kept = self.kept > 0 || self.is_awaited;
        self.under_way.is_empty() && self.held.is_none() && self.ended.is_empty() && !is_kept
    }

    /// Calls in memory.
    pub(super) fn in_memory(&self) -> usize {
        self.under_way.len()
    }

    /// What becomes of a call that is to start, where at most `most` are in memory.
    pub(super) fn enter(&mut self, id: &str, now: Duration, most: usize) -> Entry {
        if let Some(slot) = self.under_way.get(id) {
            return Entry::UnderWay(Arc::clone(slot));
        }
        let mut parked = None;
        if let Some(held) = &mut self.held {
            match (held.out.get_mut(id), &held.waiting) {
                (Some((_, is_started, resumed)), _) => {
                    *is_started = true;
                    parked = Some(Box::new(resumed.clone()));
                }
                (None, Some(waiting)) if waiting.len() < most => return Entry::Wait,
                (None, _) => {
                    held.coming.insert(id.to_owned(), now);
                    return Entry::Park(held.reason.clone());
                }
            }
        } else if self.under_way.len() >= most {
            let message = "more calls wait for their turn than are held in memory";
            let reason = Fault::new(codes::QUEUE_FULL, message);
            let mut held = Held::new(reason.clone(), now.saturating_add(LOOK));
            // Nothing is wrong with the connection: it need not be tried with one call first.
            held.is_proven = true;
            held.width = WIDEST;
            held.coming.insert(id.to_owned(), now);
            self.held = Some(held);
            return Entry::Park(reason);
        }
        let slot = Slot::default();
        self.under_way.insert(id.to_owned(), Arc::clone(&slot));
        Entry::Go(slot, parked)
    }

    /// Takes a call that waits in memory.
    pub(super) fn wait(&mut self, waiting: W) {
        if let Some(line) = self.held.as_mut().and_then(|held| held.waiting.as_mut()) {
            line.push_back(waiting);
        }
    }

    /// Learns how a call left, and gives those that waited in memory for it and are now to be held back.
    pub(super) fn ended(&mut self, id: &str, outcome: &Outcome, now: Duration) -> VecDeque<W> {
        self.under_way.remove(id);
        if matches!(outcome, Outcome::Ended) {
            self.tempo.count(now);
        }
        match (&mut self.held, outcome) {
            (None, Outcome::Parked(fault)) => {
                let mut held = Held::new(fault.clone(), now.saturating_add(pause(1, fault)));
                held.coming.insert(id.to_owned(), now);
                self.held = Some(held);
            }
            (Some(held), Outcome::Parked(fault)) => return held.parked_again(id, fault, now),
            (Some(held), Outcome::Ended) => {
                if let Some(since_ms) = held.worked(id, now) {
                    self.ended.insert(id.to_owned(), (now, since_ms));
                }
            }
            (Some(held), Outcome::Nothing) => {
                held.out.remove(id);
            }
            (None, Outcome::Ended | Outcome::Nothing) => {}
        }
        VecDeque::new()
    }

    /// Holds back new calls, because older ones are on disk.
    pub(super) fn hold(&mut self, reason: Fault, now: Duration) -> bool {
        let is_new = self.held.is_none();
        self.held.get_or_insert_with(|| Held::new(reason, now));
        is_new
    }

    /// Has the oldest one tried now.
    pub(super) fn try_now(&mut self) {
        if let Some(held) = &mut self.held {
            held.next = Duration::ZERO;
            held.failures = 0;
        }
    }

    /// How long until the list on disk is worth a look; `None`: nothing is held back, or enough of it is
    /// under way.
    pub(super) fn look_in(&self, now: Duration, most: usize) -> Option<Duration> {
        let held = self.held.as_ref()?;
        let room = held.room(self.under_way.len(), most);
        if room == 0 || room * 2 < held.width.min(most) {
            // One that was resumed and does not start must not keep the others waiting for ever.
            let waits = held.out.values().filter(|(_, is_started, _)| !is_started);
            return waits.map(|(since, ..)| since.saturating_add(START).saturating_sub(now)).min();
        }
        Some(held.next.saturating_sub(now))
    }

    /// How many to read from disk.
    pub(super) fn page(&self) -> usize {
        self.held.as_ref().map_or(0, |held| held.width + held.out.len() + self.ended.len() + 1)
    }

    /// What to do, given the oldest on disk, of which `page` were asked for.
    pub(super) fn choose(&mut self, listed: &[Parked], page: usize, now: Duration, most: usize) -> Next<W> {
        let is_whole = listed.len() < page;
        let in_memory = self.under_way.len();
        let Some(held) = &mut self.held else { return Next { resume: Vec::new(), released: None } };
        held.forget(listed, now);
        // Up to here the list tells what is on disk; who is older and not in it is gone from there.
        let told_to = listed.last().map_or(0, |last| last.since_ms);
        let on_disk: BTreeSet<&str> = listed.iter().map(|parked| parked.id.as_str()).collect();
        self.ended.retain(|id, (since, since_ms)| {
            let is_told = is_whole || *since_ms < told_to;
            on_disk.contains(id.as_str()) || (!is_told && now < since.saturating_add(START))
        });
        let room = held.room(in_memory, most);
        let is_new =
            |parked: &&Parked| !held.out.contains_key(&parked.id) && !self.ended.contains_key(&parked.id);
        let mut left = listed.iter().filter(is_new);
        let resume: Vec<Parked> = left.by_ref().take(room).cloned().collect();
        let is_last = is_whole && left.next().is_none();
        for parked in &resume {
            held.out.insert(parked.id.clone(), (now, false, parked.clone()));
            held.is_trying = true;
        }
        if is_last && held.is_proven {
            held.waiting.get_or_insert_default();
        }
        if !is_last || !held.out.is_empty() || !held.coming.is_empty() {
            held.next = now.saturating_add(LOOK);
            return Next { resume, released: None };
        }
        let waiting = self.held.take().and_then(|held| held.waiting).unwrap_or_default();
        Next { resume, released: Some(waiting) }
    }
}

impl<W> Held<W> {
    fn new(reason: Fault, next: Duration) -> Self {
        Held {
            reason,
            width: 1,
            failures: 0,
            next,
            is_proven: false,
            is_trying: false,
            out: BTreeMap::new(),
            coming: BTreeMap::new(),
            waiting: None,
        }
    }

    /// How many more may be tried.
    fn room(&self, in_memory: usize, most: usize) -> usize {
        self.width.saturating_sub(self.out.len()).min(most.saturating_sub(in_memory))
    }

    fn parked_again(&mut self, id: &str, fault: &Fault, now: Duration) -> VecDeque<W> {
        let was_out = self.out.remove(id).is_some();
        if !was_out {
            self.coming.insert(id.to_owned(), now);
        }
        // Several that were tried at once and failed at once are one failure.
        if was_out && self.is_trying {
            self.failures = self.failures.saturating_add(1);
            self.is_trying = false;
        }
        self.next = now.saturating_add(pause(self.failures.max(1), fault));
        self.reason = fault.clone();
        self.is_proven = false;
        self.width = 1;
        self.waiting.take().unwrap_or_default()
    }

    /// Learns that a call ended; of one that was resumed, since when it had been held back.
    fn worked(&mut self, id: &str, now: Duration) -> Option<u64> {
        // Also one that was under way before says that the connection works.
        self.next = now;
        let (.., parked) = self.out.remove(id)?;
        self.width = (self.width * 2).min(WIDEST);
        self.is_proven = true;
        self.failures = 0;
        Some(parked.since_ms)
    }

    /// Forgets what has arrived on disk, what has gone from it, and what is not coming.
    fn forget(&mut self, listed: &[Parked], now: Duration) {
        for parked in listed {
            self.coming.remove(&parked.id);
        }
        self.coming.retain(|_, since| now < since.saturating_add(COMING));
        self.out.retain(|_, (since, is_started, _)| *is_started || now < since.saturating_add(START));
    }
}

/// The pause after so many failures in a row: as long as the system or the breaker says, else doubling.
fn pause(failures: u32, fault: &Fault) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let own = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    fault.retry_after_ms.map_or(own, |said| Duration::from_millis(said).max(FIRST))
}

#[cfg(test)]
mod tests;
