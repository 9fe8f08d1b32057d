//! Deduplication, in memory: equal reads under way at the same time are sent once, and a write with an
//! idempotency key gets the answer its key got before. What outlives the process is left to the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nave_model::fault::codes;
use nave_model::{Fault, Retry};
use tokio::sync::OnceCell;

use crate::answer::Answer;
use crate::clock::Clock;
use crate::digest::Digest;

/// How long the answer to an idempotency key is remembered.
const WINDOW: Duration = Duration::from_mins(10);
/// How many keys are remembered at most; the oldest go first.
const MOST: usize = 1000;

/// What came of a call, shared by everyone who asked for it.
pub(crate) type Outcome = Result<Arc<Answer>, Fault>;

type Cell = Arc<OnceCell<Outcome>>;

/// The calls of one connection that must not be made twice.
#[derive(Debug)]
pub(crate) struct Dedup {
    clock: Arc<dyn Clock>,
    /// Reads under way, by what they ask and how urgent they are.
    reads: Mutex<BTreeMap<(Digest, usize), Cell>>,
    keys: Arc<Mutex<Keys>>,
}

#[derive(Debug, Default)]
struct Keys {
    by_key: BTreeMap<String, Remembered>,
    arrivals: u64,
}

#[derive(Debug)]
struct Remembered {
    digest: Digest,
    cell: Cell,
    arrival: u64,
    since: Duration,
}

impl Dedup {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Dedup { clock, reads: Mutex::default(), keys: Arc::default() }
    }

    /// Knows the same keys of writes, and none of the reads under way: their answers may differ from now on.
    pub(crate) fn for_other_reads(&self) -> Self {
        Dedup { clock: Arc::clone(&self.clock), reads: Mutex::default(), keys: Arc::clone(&self.keys) }
    }

    /// Makes a read, or shares the answer of an equal one that is under way. Only equally urgent
    /// reads are shared, so that nobody waits in a slower line than its own. If the one that is
    /// sending gives up, the next takes over.
    pub(crate) async fn read(
        &self,
        digest: Digest,
        rank: usize,
        send: impl Future<Output = Outcome>,
    ) -> Outcome {
        let key = (digest, rank);
        let cell = Arc::clone(lock(&self.reads).entry(key).or_default());
        let flight = Flight { dedup: self, key, cell };
        flight.cell.get_or_init(|| send).await.clone()
    }

    /// Makes a write under an idempotency key, or gives the answer an earlier one with this key got.
    ///
    /// Remembered are answers, and faults after which nobody knows whether it happened, unless the
    /// system itself lets the call be repeated (`repeatable`). Any other fault is forgotten, so that
    /// the caller can try again with the same key.
    ///
    /// # Errors
    /// `E-CONFLICT`: the key was used for another call.
    pub(crate) async fn write(
        &self,
        (key, digest): (&str, Digest),
        repeatable: bool,
        send: impl Future<Output = Outcome>,
    ) -> Outcome {
        let cell = self.remember(key, digest)?;
        let outcome = cell.get_or_init(|| send).await.clone();
        let settled = match &outcome {
            Ok(_) => true,
            Err(fault) => fault.code.retry == Retry::IfIdempotent && !repeatable,
        };
        if !settled {
            let mut keys = lock(&self.keys);
            if keys.by_key.get(key).is_some_and(|remembered| Arc::ptr_eq(&remembered.cell, &cell)) {
                keys.by_key.remove(key);
            }
        }
        outcome
    }

    fn remember(&self, key: &str, digest: Digest) -> Result<Cell, Fault> {
        let now = self.clock.now();
        let mut keys = lock(&self.keys);
        keys.forget(now);
        if let Some(remembered) = keys.by_key.get(key).filter(|remembered| !remembered.is_over(now)) {
            if remembered.digest != digest {
                let message = format!("the idempotency key `{key}` was used for a different call");
                return Err(
                    Fault::new(codes::CONFLICT, message).with_hint("use a new key for every intended effect")
                );
            }
            return Ok(Arc::clone(&remembered.cell));
        }
        keys.arrivals += 1;
        let cell = Cell::default();
        let remembered = Remembered { digest, cell: Arc::clone(&cell), arrival: keys.arrivals, since: now };
        keys.by_key.insert(key.to_owned(), remembered);
        Ok(cell)
    }
}

impl Remembered {
    /// Whether it is settled and older than the window.
    fn is_over(&self, now: Duration) -> bool {
        self.cell.initialized() && now >= self.since + WINDOW
    }
}

impl Keys {
    /// Drops what is older than the window and, where there are too many, the oldest. Calls under way
    /// are never dropped; there are only as many as the connection lets wait.
    fn forget(&mut self, now: Duration) {
        if self.by_key.len() < MOST {
            return;
        }
        self.by_key.retain(|_, remembered| !remembered.is_over(now));
        if self.by_key.len() < MOST {
            return;
        }
        let settled = self.by_key.iter().filter(|(_, remembered)| remembered.cell.initialized());
        let mut arrivals: Vec<u64> = settled.map(|(_, remembered)| remembered.arrival).collect();
        // A tenth at once, so that not every further call pays for the search.
        arrivals.sort_unstable();
        let Some(youngest) = arrivals.get(MOST / 10).or_else(|| arrivals.last()).copied() else { return };
        self.by_key.retain(|_, remembered| !remembered.cell.initialized() || remembered.arrival > youngest);
    }
}

/// A read under way. Whoever leaves it last, or first with an answer, takes it off the list.
struct Flight<'a> {
    dedup: &'a Dedup,
    key: (Digest, usize),
    cell: Cell,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut reads = lock(&self.dedup.reads);
        let over = self.cell.initialized() || Arc::strong_count(&self.cell) <= 2;
        if over && reads.get(&self.key).is_some_and(|listed| Arc::ptr_eq(listed, &self.cell)) {
            reads.remove(&self.key);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
