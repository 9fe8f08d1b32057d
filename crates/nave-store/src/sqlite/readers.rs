//! Connections for reading. SQLite waits for the disk, so each question runs on a thread for blocking work;
//! a few at a time, each on a snapshot of its own, and none of them ever holds up the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use nave_model::Fault;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::blobs::Blobs;
use super::pack::{Place, place};
use super::trouble::{Trouble, corrupt, stopped};

/// The pool.
#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    blobs: Arc<Blobs>,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// What a question may use.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    pub(super) blobs: &'a Blobs,
}

impl Readers {
    pub(super) fn new(file: PathBuf, blobs: Arc<Blobs>, most: usize) -> Readers {
        Readers { file, blobs, idle: Mutex::new(Vec::new()), permits: Arc::new(Semaphore::new(most.max(1))) }
    }

    /// Asks.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Reader<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| stopped())?;
        let readers = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            let answer = readers.run(question);
            // Held to the end, also when nobody waits for the answer any more.
            drop(permit);
            answer
        });
        answer.await.map_err(|_| stopped())?.map_err(Fault::from)
    }

    fn run<T>(&self, question: impl FnOnce(&Reader<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open(&self.file)?,
        };
        let answer = question(&Reader { connection: &connection, blobs: &self.blobs });
        // A connection that met an error of the disk is not used again.
        if !matches!(answer, Err(Trouble::Broken(_))) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        answer
    }
}

/// A connection for reading.
pub(super) fn open(file: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;")?;
    Ok(connection)
}

impl Reader<'_> {
    /// The payload of a column that was proven.
    pub(super) fn payload(&self, what: &str, column: &[u8]) -> Result<Vec<u8>, Fault> {
        match place(column) {
            Some(Place::Here(bytes)) => Ok(bytes.to_vec()),
            Some(Place::Blob(name)) => self.blobs.get(name)?.ok_or_else(|| corrupt(what)),
            None => Err(corrupt(what)),
        }
    }
}
