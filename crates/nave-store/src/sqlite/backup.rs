//! A consistent copy of a store made while work goes on, and the way back. A copy is a folder: `store.db`,
//! `blobs/`, and `backup.json`, which proves that both are whole.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use nave_model::Fault;
use nave_model::fault::codes;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::blobs::{Blobs, hex, write_synced};
use super::folders;
use super::readers::Reader;
use super::schema::VERSION;
use super::trouble::{Trouble, corrupt, fault_of_io};
use super::{BLOBS, FILE};

const SUMMARY: &str = "backup.json";

/// What a copy says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Summary {
    /// The version of its tables.
    version: usize,
    /// SHA-256 of `store.db`, in hex.
    sha256: String,
    /// How many blobs there are.
    blobs: u64,
}

impl Reader<'_> {
    /// Copies everything into a new or empty folder.
    pub(super) fn backup(&self, to: &Path) -> Result<(), Trouble> {
        empty(to)?;
        let file = to.join(FILE);
        let mut copy = Connection::open(&file)?;
        // All pages in one step: one snapshot, and the writer goes on meanwhile.
        rusqlite::backup::Backup::new(self.connection, &mut copy)?.step(-1)?;
        copy.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;")?;
        let blobs = Arc::new(Blobs::open(to.join(BLOBS)).map_err(|error| fault_of_io(&error))?);
        let mut count = 0;
        for name in names(&copy)? {
            let bytes = self.blobs.get(&name)?.ok_or_else(|| corrupt("a blob"))?;
            blobs.put(&bytes)?;
            count += 1;
        }
        drop(copy);
        let summary = Summary { version: VERSION, sha256: digest(&file)?, blobs: count };
        let summary = serde_json::to_vec_pretty(&summary).unwrap_or_default();
        fs::File::open(&file)
            .and_then(|file| file.sync_all())
            .and_then(|()| write_synced(&to.join(SUMMARY), &summary))
            .and_then(|()| folders::sync(to))
            .map_err(|error| fault_of_io(&error))?;
        Ok(())
    }
}

/// Makes a store out of a copy, once the copy is proven to be whole. `to` must be new or empty.
///
/// # Errors
/// `E-STORE-CORRUPT`: the copy is not what was written. `E-STORE-VERSION`: a newer version wrote it.
/// `E-CONFLICT`: there is something at `to`. `E-STORE-FAILED`, `E-STORE-FULL`: it cannot be read or written.
pub fn restore(from: &Path, to: &Path) -> Result<(), Fault> {
    restored(from, to).map_err(Fault::from)
}

fn restored(from: &Path, to: &Path) -> Result<(), Trouble> {
    let io = |error: std::io::Error| Trouble::Refused(fault_of_io(&error));
    let file = from.join(FILE);
    let summary = fs::read(from.join(SUMMARY)).map_err(io)?;
    let summary: Summary = serde_json::from_slice(&summary).map_err(|_| corrupt("the backup's summary"))?;
    if summary.version > VERSION {
        let message = format!("the backup has version {}, this program knows {VERSION}", summary.version);
        return Err(Trouble::Refused(Fault::new(codes::STORE_VERSION, message)));
    }
    if digest(&file)? != summary.sha256 {
        return Err(Trouble::Refused(corrupt("the backup's file")));
    }
    empty(to)?;
    let source = Blobs::open(from.join(BLOBS)).map_err(io)?;
    let target = Arc::new(Blobs::open(to.join(BLOBS)).map_err(io)?);
    let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(Trouble::Refused(corrupt("the backup's file").with_detail(sound)));
    }
    for name in names(&connection)? {
        let bytes = source.get(&name)?.ok_or_else(|| corrupt("the backup's blobs"))?;
        target.put(&bytes)?;
    }
    drop(connection);
    let draft = to.join("store.draft");
    fs::copy(&file, &draft).map_err(io)?;
    if digest(&draft)? != summary.sha256 {
        return Err(Trouble::Refused(corrupt("the restored file")));
    }
    fs::File::open(&draft)
        .and_then(|draft| draft.sync_all())
        .and_then(|()| fs::rename(&draft, to.join(FILE)))
        .and_then(|()| folders::sync(to))
        .map_err(io)
}

fn names(connection: &Connection) -> Result<Vec<String>, Trouble> {
    let mut statement = connection.prepare("SELECT sha256 FROM blobs ORDER BY sha256")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn empty(folder: &Path) -> Result<(), Trouble> {
    let io = |error: std::io::Error| Trouble::Refused(fault_of_io(&error));
    folders::make(folder).map_err(io)?;
    if fs::read_dir(folder).map_err(io)?.next().is_some() {
        let message = format!("{} is not empty", folder.display());
        return Err(Trouble::Refused(Fault::new(codes::CONFLICT, message).with_hint("name a new folder")));
    }
    Ok(())
}

/// SHA-256 of a file, read in pieces.
fn digest(path: &Path) -> Result<String, Trouble> {
    let io = |error: std::io::Error| Trouble::Refused(fault_of_io(&error));
    let mut file = fs::File::open(path).map_err(io)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 256 * 1024];
    loop {
        let length = std::io::Read::read(&mut file, &mut piece).map_err(io)?;
        if length == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(piece.get(..length).unwrap_or_default());
    }
}
