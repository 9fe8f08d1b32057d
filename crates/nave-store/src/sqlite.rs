//! The store in a folder of one machine: SQLite with a write-ahead log, synced at every commit, one writer and
//! a few readers, blobs as files beside it.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use nave_model::Fault;
use nave_model::fault::codes;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, oneshot, watch};

mod apply;
mod backup;
mod blobs;
mod folders;
mod forward;
mod lanes;
mod lists;
mod log;
mod meta;
mod pack;
mod prepare;
mod query;
mod readers;
mod schema;
mod segments;
mod serve;
mod sweep;
mod tables;
mod trouble;
mod verify;
mod windows;
mod writer;

pub use backup::restore;
pub(crate) use blobs::hex;

use self::blobs::Blobs;
use self::lanes::Lanes;
use self::log::{Log, PAGE};
use self::readers::Readers;
use self::trouble::{Trouble, fault_of, fault_of_io, stopped};
use self::writer::{Answer, Gauges, Job, Request, Waiting, Work, Write, Writer};

/// The names in the folder.
const FILE: &str = "store.db";
const LOG: &str = "store.db-wal";
const BLOBS: &str = "blobs";
const LOCK: &str = "lock";

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many lanes a new store gets; one that is there keeps its own.
    pub lanes: u32,
    /// How much is synced.
    pub synchronous: Synchronous,
    /// How many questions are answered at the same time.
    pub readers: usize,
    /// How many writes may wait, of what is under way and of what comes from outside each; more wait before
    /// the store.
    pub waiting: usize,
    /// Bytes of the log beyond which it is written back into the main file even under load.
    pub log_bytes: u64,
    /// About how many bytes of messages a segment holds while few segments are in use.
    pub segment_bytes: u64,
    /// For tests on paused time: the runtime counts as busy while a write is under way, so that its time
    /// does not jump. It costs a thread for each write that waits.
    pub hold_time: bool,
}

/// How much is synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Every commit, before it is answered.
    Full,
    /// Nothing. A power loss loses what was acknowledged: only for showing that the power-loss test bites.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            lanes: 16,
            synchronous: Synchronous::Full,
            readers: 4,
            waiting: 8192,
            log_bytes: 32 * 1024 * 1024,
            segment_bytes: 8 * 1024 * 1024,
            hold_time: false,
        }
    }
}

/// The store.
pub struct Sqlite {
    folder: PathBuf,
    lanes: u32,
    hold_time: bool,
    /// `None` once it closes.
    requests: Mutex<Option<Sender<Request>>>,
    /// Apart for what comes from outside, so that nothing that is under way waits behind it.
    permits: [Arc<Semaphore>; 2],
    readers: Arc<Readers>,
    blobs: Arc<Blobs>,
    gauges: Arc<Gauges>,
    appended: watch::Receiver<u64>,
    writer: Option<JoinHandle<()>>,
    /// Held while copies are made or blobs are dropped, which exclude each other.
    care: Arc<tokio::sync::Mutex<()>>,
    _lock: File,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").field("folder", &self.folder).field("lanes", &self.lanes).finish()
    }
}

impl Sqlite {
    /// Opens the store in a folder, or makes one; an older one is brought to this version.
    ///
    /// # Errors
    /// `E-STORE-FAILED`: the folder cannot be used, or another process uses it. `E-STORE-FULL`.
    /// `E-STORE-VERSION`: a newer version wrote it. `E-STORE-CORRUPT`: it is damaged.
    pub fn open(folder: &Path, options: Options) -> Result<Arc<Sqlite>, Fault> {
        let io = |error: std::io::Error| fault_of_io(&error);
        folders::make(folder).map_err(io)?;
        let lock = lock(folder)?;
        let file = folder.join(FILE);
        let blobs = Arc::new(Blobs::open(folder.join(BLOBS)).map_err(io)?);
        let synchronous = options.synchronous;
        let place = folder.to_owned();
        let mut connection = connect(folder, synchronous, true)?;
        // A file that vanished under the store is not made again: what was in it may come back.
        let open = move || connect(&place, synchronous, false);
        let keeper = readers::open(&file)?;
        keeper.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(Trouble::from)?;
        let lanes = schema::migrate(&mut connection, options.lanes, &blobs)?;
        segments::mend(&mut connection)?;
        folders::sync(folder).map_err(io)?;
        let mut known = Lanes::new(lanes, options.segment_bytes);
        // What cannot be read now is read again before the first write, which then says why.
        known.stale = known.load(&connection).is_err();
        let (requests, receiver) = channel();
        let (appended, watched) = watch::channel(0);
        let gauges = Arc::new(Gauges { lasts: Mutex::new(known.lasts()), ..Gauges::default() });
        let writer = Writer {
            open: Box::new(open),
            connection: Some(connection),
            keeper: Some(keeper),
            lanes: known,
            waiting: Waiting::default(),
            log: Log::new(options.log_bytes),
            gauges: Arc::clone(&gauges),
            appended,
        };
        let writer = std::thread::Builder::new()
            .name("nave-store".to_owned())
            .spawn(move || writer.run(&receiver))
            .map_err(io)?;
        Ok(Arc::new(Sqlite {
            folder: folder.to_owned(),
            lanes,
            hold_time: options.hold_time,
            requests: Mutex::new(Some(requests)),
            permits: [(); 2].map(|()| Arc::new(Semaphore::new(options.waiting.max(1)))),
            readers: Arc::new(Readers::new(file, Arc::clone(&blobs), options.readers)),
            blobs,
            gauges,
            appended: watched,
            writer: Some(writer),
            care: Arc::new(tokio::sync::Mutex::new(())),
            _lock: lock,
        }))
    }

    /// Proves the whole store: the structure of its file, every record, every payload that is a blob, and the
    /// audit chains. It reads everything. Gives how many records there are.
    ///
    /// # Errors
    /// `E-STORE-CORRUPT` with what is not as it was written; `E-STORE-FAILED`.
    pub async fn verify(&self) -> Result<u64, Fault> {
        // A blob that is dropped meanwhile would be missed.
        let _care = self.care.lock().await;
        self.readers.ask(|reader| reader.verify()).await
    }

    fn send(&self, request: Request) -> Result<(), Fault> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = requests.as_ref().ok_or_else(stopped)?;
        sender.send(request).map_err(|_| stopped())
    }

    /// Has the writer write something, and waits until it is synced.
    async fn write(&self, work: Work, now_ms: u64) -> Result<Answer, Fault> {
        let [inside, outside] = &self.permits;
        let permits = if work.is_from_outside() { outside } else { inside };
        let permit = Arc::clone(permits).acquire_owned().await.map_err(|_| stopped())?;
        let (reply, answer) = oneshot::channel();
        self.gauges.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(fault) = self.send(Request::Write(Write { work, now_ms, reply, permit })) {
            self.gauges.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(fault);
        }
        self.wait(answer).await?
    }

    /// Has the writer do something with its connection.
    async fn job<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let no_connection = connection.as_ref().err().cloned();
            let done = connection.map_err(Trouble::Refused).and_then(job);
            let broken = match &done {
                Err(Trouble::Broken(error)) => Some(fault_of(error)),
                _ => no_connection,
            };
            // Whoever asked may have given up waiting.
            reply.send(done.map_err(Fault::from)).ok();
            broken.map_or(Ok(()), Err)
        });
        self.send(Request::Job(job))?;
        self.wait(answer).await?
    }

    async fn wait<T: Send + 'static>(&self, answer: oneshot::Receiver<T>) -> Result<T, Fault> {
        if self.hold_time {
            let waited = tokio::task::spawn_blocking(move || answer.blocking_recv()).await;
            return waited.map_err(|_| stopped())?.map_err(|_| stopped());
        }
        answer.await.map_err(|_| stopped())
    }

    /// Bytes on disk.
    fn bytes(&self) -> u64 {
        self.length(FILE) + self.log_bytes() + self.blobs.bytes.load(Ordering::Relaxed)
    }
}

impl Sqlite {
    /// Bytes of the write-ahead log.
    fn log_bytes(&self) -> u64 {
        self.length(LOG)
    }

    fn length(&self, name: &str) -> u64 {
        fs::metadata(self.folder.join(name)).map_or(0, |found| found.len())
    }
}

impl Drop for Sqlite {
    /// Lets the writer finish what it was given, so that whoever opens the folder next finds it closed.
    fn drop(&mut self) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the store's writer had stopped before");
        }
    }
}

/// Makes sure that one process alone uses a folder. The lock ends with the process, however it ends.
fn lock(folder: &Path) -> Result<File, Fault> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(|error| fault_of_io(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process uses the store in {}", folder.display());
            Err(Fault::new(codes::STORE_FAILED, message)
                .with_hint("stop the other hub, or give this one a folder of its own"))
        }
        Err(TryLockError::Error(error)) => Err(fault_of_io(&error)),
    }
}

/// A connection for writing, with an empty log.
fn connect(folder: &Path, synchronous: Synchronous, may_make: bool) -> Result<Connection, Trouble> {
    let file = folder.join(FILE);
    let new = fs::metadata(&file).map_or(0, |found| found.len()) == 0;
    let mut flags = OpenFlags::default();
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, may_make);
    let connection = Connection::open_with_flags(&file, flags)?;
    if new {
        // Both are fixed by the first thing that is written.
        connection.execute_batch(&format!("PRAGMA page_size = {PAGE}; PRAGMA auto_vacuum = INCREMENTAL;"))?;
    }
    connection.busy_timeout(writer::LOCK)?;
    connection.set_prepared_statement_cache_capacity(128);
    let level = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Off => "OFF",
    };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {level}; PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0;
         PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864;"
    ))?;
    empty_log(folder, &connection, synchronous)?;
    Ok(connection)
}

/// Writes back what is in the log and empties it, durably. What an earlier process or a connection that failed
/// left in it may be whole and yet not synced, or refused and yet complete: the first would be served as if it
/// were durable, the second would come back after a power loss.
fn empty_log(folder: &Path, connection: &Connection, synchronous: Synchronous) -> Result<(), Trouble> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        let fault = Fault::new(codes::STORE_FAILED, "the store's log is in use and cannot be emptied");
        return Err(Trouble::Refused(fault));
    }
    if synchronous == Synchronous::Full {
        let log = folder.join(LOG);
        let emptied = if log.exists() { folders::sync(&log) } else { Ok(()) };
        emptied
            .and_then(|()| folders::sync(folder))
            .map_err(|error| Trouble::Refused(fault_of_io(&error)))?;
    }
    Ok(())
}
