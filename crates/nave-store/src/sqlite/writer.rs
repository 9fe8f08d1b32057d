//! The one writer: a thread of its own that takes whatever waits, runs it in one transaction, syncs, and only
//! then answers. Nothing waits artificially: while one transaction is synced, the next gathers by itself.
//! What a change means in tables is left to `apply.rs`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nave_model::Fault;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

use super::apply::Apply;
use super::blobs::Pin;
use super::lanes::Lanes;
use super::log::{Log, LogState};
use super::meta;
use super::prepare::Change;
use super::trouble::{Trouble, fault_of, stopped};
use crate::batch::Fence;
use crate::record::Appended;

/// The most requests in one transaction, and about the most bytes.
const MOST: usize = 1024;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// How many of them at most come from outside. However many wait there, what is under way waits for a short
/// transaction only, and behind few who were answered: a run needs several in a row before it ends.
const MOST_OUTSIDE: usize = 128;
/// After this long without work, the log is emptied.
const IDLE: Duration = Duration::from_millis(500);
/// So long, under load, the log may wait for those who read from it.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long any other lock is waited for: nobody else writes.
pub(super) const LOCK: Duration = Duration::from_secs(5);

/// What the writer is asked.
pub(super) enum Request {
    /// Changes.
    Write(Write),
    /// Something of its own, outside of any transaction.
    Job(Job),
}

/// Work for the writer with its connection, or with the reason why there is none. It tells whoever waits for it by
/// itself, and gives what was wrong with the connection.
pub(super) type Job = Box<dyn FnOnce(Result<&mut Connection, Fault>) -> Result<(), Fault> + Send>;

/// Changes that belong together, and who waits for them.
pub(super) struct Write {
    pub(super) work: Work,
    pub(super) now_ms: u64,
    pub(super) reply: oneshot::Sender<Result<Answer, Fault>>,
    /// Held until it is answered: bounds how many wait.
    pub(super) permit: OwnedSemaphorePermit,
}

/// What is to be written.
pub(super) enum Work {
    /// Messages from outside.
    Append { messages: Vec<Change>, cursors: Vec<(String, Vec<u8>)> },
    /// A batch.
    Commit { fence: Option<Fence>, changes: Vec<Change> },
    /// A lane gets an owner.
    Take { lane: u32, owner: String },
    /// A blob is there.
    Blob { pin: Pin, length: u64 },
}

impl Work {
    /// Whether it is something new rather than what goes on with work that is under way.
    pub(super) fn is_from_outside(&self) -> bool {
        match self {
            Work::Append { .. } => true,
            Work::Commit { .. } | Work::Take { .. } | Work::Blob { .. } => false,
        }
    }

    fn size(&self) -> usize {
        match self {
            Work::Append { messages, .. } => messages.iter().map(Change::size).sum(),
            Work::Commit { changes, .. } => changes.iter().map(Change::size).sum(),
            Work::Take { .. } | Work::Blob { .. } => 64,
        }
    }
}

/// What became of it.
pub(super) enum Answer {
    Done,
    Places(Vec<Appended>),
    Epoch(u64),
}

/// How writing has been going; read by anyone.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    pub(super) failing: Mutex<Option<Fault>>,
    pub(super) syncs: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) waiting: AtomicU64,
    /// The last position of each lane.
    pub(super) lasts: Mutex<Vec<u64>>,
}

/// How a connection for writing is made, the first time and again after a failure.
pub(super) type Open = Box<dyn Fn() -> Result<Connection, Trouble> + Send>;

/// The writer's own things.
pub(super) struct Writer {
    pub(super) open: Open,
    /// `None` after a failure: pages and statements of a connection that failed are not trusted again.
    pub(super) connection: Option<Connection>,
    /// Never written through, and open as long as the writer works. Without it, closing a connection that
    /// failed would forget how far the log was committed, and the next one would take what was refused for
    /// written.
    pub(super) keeper: Option<Connection>,
    pub(super) lanes: Lanes,
    /// When the log is written back even under load.
    pub(super) log: Log,
    pub(super) waiting: Waiting,
    pub(super) gauges: Arc<Gauges>,
    pub(super) appended: watch::Sender<u64>,
}

/// What was asked and not begun, each in the order it came.
#[derive(Default)]
pub(super) struct Waiting {
    inside: VecDeque<Write>,
    outside: VecDeque<Write>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.inside.is_empty() && self.outside.is_empty()
    }

    fn push(&mut self, write: Write) {
        let line = if write.work.is_from_outside() { &mut self.outside } else { &mut self.inside };
        line.push_back(write);
    }

    /// What is written together next. There is always room for something from outside.
    fn group(&mut self) -> Vec<Write> {
        let mut group = Vec::new();
        for (line, most) in [(&mut self.inside, MOST - MOST_OUTSIDE), (&mut self.outside, MOST_OUTSIDE)] {
            let mut bytes = 0;
            for _ in 0..most {
                if bytes >= MOST_BYTES / 2 {
                    break;
                }
                let Some(write) = line.pop_front() else { break };
                bytes += write.work.size();
                group.push(write);
            }
        }
        group
    }
}

/// How an attempt at a group ended, if it did not fail.
enum Attempt {
    Committed(Vec<Option<Answer>>),
    /// One was refused after it had changed something: the others are run again without it.
    Again,
}

impl Writer {
    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, receiver: &Receiver<Request>) {
        let mut tidy = true;
        loop {
            let first =
                if self.waiting.is_empty() { receiver.recv_timeout(IDLE).map(Some) } else { Ok(None) };
            match first {
                Ok(first) => self.round(first, receiver),
                Err(RecvTimeoutError::Timeout) => {
                    self.probe();
                    // Somebody who still reads from the log keeps it from being emptied: it is tried again.
                    tidy =
                        tidy || !self.checkpoint("TRUNCATE", Duration::ZERO).is_some_and(|state| state.busy);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            tidy = false;
            self.tend_log();
        }
        self.checkpoint("TRUNCATE", LOCK);
        // The last connection to be closed tidies up; one for reading could not.
        self.keeper = None;
    }

    /// Takes in what was asked, and writes what comes first of it. How much waits is bounded by permits.
    fn round(&mut self, first: Option<Request>, receiver: &Receiver<Request>) {
        let mut job = None;
        let mut next = first.or_else(|| receiver.try_recv().ok());
        while let Some(request) = next {
            match request {
                Request::Write(write) => self.waiting.push(write),
                Request::Job(found) => {
                    job = Some(found);
                    break;
                }
            }
            next = receiver.try_recv().ok();
        }
        let group = self.waiting.group();
        if !group.is_empty() {
            self.write(group);
        }
        if let Some(job) = job {
            self.job(job);
        }
    }

    fn job(&mut self, job: Job) {
        let ready = self.ready().map_err(Fault::from);
        let connection = ready.and_then(|()| self.connection.as_mut().ok_or_else(stopped));
        if let Err(fault) = job(connection) {
            self.failed(&fault);
        }
    }

    /// Runs a group in one transaction and answers.
    fn write(&mut self, group: Vec<Write>) {
        let waiting = group.len() as u64;
        let mut refused: Vec<Option<Fault>> = group.iter().map(|_| None).collect();
        let outcome = loop {
            match self.attempt(&group, &mut refused) {
                Ok(Attempt::Again) => {}
                Ok(Attempt::Committed(answers)) => break Ok(answers),
                Err(trouble) => break Err(Fault::from(trouble)),
            }
        };
        self.gauges.waiting.fetch_sub(waiting, Ordering::Relaxed);
        match outcome {
            Ok(answers) => {
                self.gauges.syncs.fetch_add(1, Ordering::Relaxed);
                self.gauges.batches.fetch_add(waiting, Ordering::Relaxed);
                self.works();
                let appended = self.lanes.committed();
                if appended > 0 {
                    *self.gauges.lasts.lock().unwrap_or_else(PoisonError::into_inner) = self.lanes.lasts();
                    self.appended.send_modify(|count| *count = count.wrapping_add(appended));
                }
                for ((write, answer), refused) in group.into_iter().zip(answers).zip(refused) {
                    let answer = match (answer, refused) {
                        (Some(answer), _) => Ok(answer),
                        (None, Some(fault)) => Err(fault),
                        (None, None) => Ok(Answer::Done),
                    };
                    reply(write, answer);
                }
            }
            Err(fault) => {
                self.failed(&fault);
                // Emptying the log makes sure that none of it comes back. Where that fails, too, it is done
                // before anything else is written; until then, a power loss may bring it back.
                self.ready().ok();
                for write in group {
                    reply(write, Err(fault.clone()));
                }
            }
        }
    }

    fn attempt(&mut self, group: &[Write], refused: &mut [Option<Fault>]) -> Result<Attempt, Trouble> {
        self.ready()?;
        let Some(connection) = self.connection.as_mut() else { return Ok(Attempt::Again) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut apply = Apply::new(&transaction, &mut self.lanes);
        let mut answers = Vec::with_capacity(group.len());
        let mut again = false;
        for (write, refused) in group.iter().zip(refused) {
            if refused.is_some() {
                answers.push(None);
                continue;
            }
            let before = apply.changes;
            match apply.work(&write.work, write.now_ms) {
                Ok(answer) => answers.push(Some(answer)),
                Err(Trouble::Refused(fault)) => {
                    *refused = Some(fault);
                    answers.push(None);
                    if apply.changes != before {
                        again = true;
                        break;
                    }
                }
                Err(Trouble::Broken(error)) => return Err(Trouble::Broken(error)),
            }
        }
        if again {
            transaction.rollback()?;
            self.lanes.stale = true;
            return Ok(Attempt::Again);
        }
        apply.finish()?;
        transaction.commit()?;
        Ok(Attempt::Committed(answers))
    }

    /// Opens the connection again after a failure, and reads again what is remembered of the tables.
    fn ready(&mut self) -> Result<(), Trouble> {
        if self.connection.is_none() {
            self.connection = Some((self.open)()?);
            self.lanes.stale = true;
        }
        if let (true, Some(connection)) = (self.lanes.stale, &self.connection) {
            self.lanes.load(connection)?;
        }
        Ok(())
    }

    fn failed(&mut self, fault: &Fault) {
        tracing::error!(code = %fault.code, detail = fault.detail.as_deref(), "the store cannot write");
        self.connection = None;
        self.lanes.forget();
        *self.gauges.failing.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.clone());
    }

    /// After a failure, finds out by itself whether the cause has gone: whoever asks how the store is doing,
    /// and therefore writes nothing, must learn of it.
    fn probe(&mut self) {
        if self.gauges.failing.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return;
        }
        match self.ready().and_then(|()| self.touch()) {
            Ok(()) => self.works(),
            Err(trouble) => self.failed(&trouble.into()),
        }
    }

    /// The smallest write there is.
    fn touch(&mut self) -> Result<(), Trouble> {
        let Some(connection) = self.connection.as_mut() else { return Ok(()) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // What is there already, SQLite does not write again.
        let other = transaction.query_row("SELECT random()", [], |row| row.get(0))?;
        meta::set(&transaction, meta::TOUCHED, other)?;
        Ok(transaction.commit()?)
    }

    fn works(&self) {
        let mut failing = self.gauges.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if failing.take().is_some() {
            tracing::info!("the store can write again");
        }
    }

    /// Writes the log back once it is long.
    fn tend_log(&mut self) {
        let Some(now) = self.checkpoint("NOOP", LOCK) else { return };
        if self.log.is_due(now.frames)
            && let Some(after) = self.checkpoint("RESTART", PATIENCE)
        {
            self.log.tried(after.frames);
        }
    }

    /// Writes the log back into the main file, and gives what is in it. A failure is no loss: the log has
    /// everything, and the next write shows whether the disk works.
    fn checkpoint(&self, mode: &str, patience: Duration) -> Option<LogState> {
        let connection = self.connection.as_ref()?;
        let state = connection.busy_timeout(patience).and_then(|()| {
            connection
                .prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?
                .query_row([], |row| Ok(LogState { busy: row.get(0)?, frames: row.get(1)? }))
        });
        let restored = connection.busy_timeout(LOCK);
        match restored.and(state) {
            Ok(state) => Some(state),
            Err(error) => {
                tracing::warn!(detail = %fault_of(&error), "the store's log cannot be written back");
                None
            }
        }
    }
}

fn reply(write: Write, answer: Result<Answer, Fault>) {
    let Write { work, reply, permit, .. } = write;
    drop(work);
    // Whoever asked may have given up waiting; what was written stays written.
    reply.send(answer).ok();
    drop(permit);
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    fn write(work: Work) -> Write {
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        Write { work, now_ms: 0, reply: oneshot::channel().0, permit }
    }

    /// What is written together, as letters: `o` comes from outside, `i` does not.
    fn groups(outside: usize, inside: usize) -> Vec<String> {
        let mut waiting = Waiting::default();
        for _ in 0..outside {
            waiting.push(write(Work::Append { messages: Vec::new(), cursors: Vec::new() }));
        }
        for _ in 0..inside {
            waiting.push(write(Work::Commit { fence: None, changes: Vec::new() }));
        }
        let letter = |write: &Write| if write.work.is_from_outside() { 'o' } else { 'i' };
        let next = || Some(waiting.group()).filter(|group| !group.is_empty());
        std::iter::from_fn(next).map(|group| group.iter().map(letter).collect()).collect()
    }

    #[test]
    fn what_is_under_way_does_not_wait_behind_what_comes_from_outside() {
        let o = |count| "o".repeat(count);
        assert_eq!(groups(300, 2), ["ii".to_owned() + &o(128), o(128), o(44)]);
    }

    #[test]
    fn what_comes_from_outside_is_written_however_much_is_under_way() {
        let i = |count| "i".repeat(count);
        assert_eq!(groups(2, 2_000), [i(896) + "oo", i(896), i(208)]);
    }
}
