//! The one writer: a thread of its own that takes whatever waits, runs it in one transaction, syncs, and only
//! then answers. Nothing waits artificially: while one transaction is synced, the next gathers by itself.
//! What a change means in tables is left to `apply.rs`.

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
    pub(super) gauges: Arc<Gauges>,
    pub(super) appended: watch::Sender<u64>,
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
            let first = match receiver.recv_timeout(IDLE) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.probe();
                    // Somebody who still reads from the log keeps it from being emptied: it is tried again.
                    tidy =
                        tidy || !self.checkpoint("TRUNCATE", Duration::ZERO).is_some_and(|state| state.busy);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            tidy = false;
            self.round(first, receiver);
            self.tend_log();
        }
        self.checkpoint("TRUNCATE", LOCK);
        // The last connection to be closed tidies up; one for reading could not.
        self.keeper = None;
    }

    /// One request, and what waits behind it.
    fn round(&mut self, first: Request, receiver: &Receiver<Request>) {
        let mut group = Vec::new();
        let mut bytes = 0;
        let mut next = Some(first);
        let mut job = None;
        while let Some(request) = next {
            match request {
                Request::Write(write) => {
                    bytes += write.work.size();
                    group.push(write);
                }
                Request::Job(found) => {
                    job = Some(found);
                    break;
                }
            }
            if group.len() >= MOST || bytes >= MOST_BYTES {
                break;
            }
            next = receiver.try_recv().ok();
        }
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
