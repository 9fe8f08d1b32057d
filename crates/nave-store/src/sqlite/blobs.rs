//! Bytes that are too many for a column: files named by their SHA-256. A file is whole or not there: it is
//! written under another name, synced, renamed, and its folder is synced. Who refers to a blob is left to
//! `sweep.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nave_model::Fault;
use sha2::{Digest, Sha256};

use super::folders;
use super::trouble::{corrupt, fault_of_io};

/// Sweeps in which each file is looked at once.
const ROUNDS: i64 = 16;

/// The folder of blobs.
#[derive(Debug)]
pub(super) struct Blobs {
    folder: PathBuf,
    unique: AtomicU64,
    /// Blobs that are about to be referred to, and by how many.
    pins: Mutex<BTreeMap<String, u64>>,
    /// Shelves whose names are durable.
    shelves: Mutex<BTreeSet<PathBuf>>,
    /// Bytes of all blobs, for the store's health.
    pub(super) bytes: AtomicU64,
}

/// A blob that was put and is about to be referred to: it is not dropped while this is held.
#[derive(Debug)]
pub(super) struct Pin {
    blobs: Arc<Blobs>,
    /// The blob's name.
    pub(super) name: String,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.blobs.pins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = pins.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.name);
            }
        }
    }
}

impl Blobs {
    pub(super) fn open(folder: PathBuf) -> io::Result<Blobs> {
        folders::make(&folder)?;
        let mut bytes = 0;
        let mut shelves = BTreeSet::new();
        for shelf in fs::read_dir(&folder)? {
            let shelf = shelf?.path();
            if !shelf.is_dir() {
                // Left over from a write that was cut off.
                fs::remove_file(&shelf)?;
                continue;
            }
            for file in fs::read_dir(&shelf)? {
                bytes += file?.metadata()?.len();
            }
            shelves.insert(shelf);
        }
        // Whoever made the shelves may not have got so far.
        folders::sync(&folder)?;
        Ok(Blobs {
            folder,
            unique: AtomicU64::new(0),
            pins: Mutex::default(),
            shelves: Mutex::new(shelves),
            bytes: AtomicU64::new(bytes),
        })
    }

    /// Keeps bytes; durable when it returns.
    pub(super) fn put(self: &Arc<Self>, bytes: &[u8]) -> Result<Pin, Fault> {
        let name = hex(&Sha256::digest(bytes));
        let target = self.path(&name);
        let pin = self.pin(name);
        let before = fs::metadata(&target).map_or(0, |found| found.len());
        // One that is damaged is written again: whoever puts it is told that it is there.
        let found = before == bytes.len() as u64 && fs::read(&target).is_ok_and(|found| found == bytes);
        if found {
            // Whoever wrote it may not have synced its name so far.
            folders::sync(target.parent().unwrap_or(&self.folder)).map_err(|error| fault_of_io(&error))?;
            return Ok(pin);
        }
        self.write(&target, bytes).map_err(|error| fault_of_io(&error))?;
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.bytes.fetch_sub(before, Ordering::Relaxed);
        Ok(pin)
    }

    fn pin(self: &Arc<Self>, name: String) -> Pin {
        *self.pins.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_default() += 1;
        Pin { blobs: Arc::clone(self), name }
    }

    /// Forgets blobs that are not pinned: first whoever counts them (`forget`, which gives those that went),
    /// then the files. Nothing is pinned meanwhile. Gives how many went.
    pub(super) fn drop_unpinned<E: From<Fault>>(
        &self,
        mut names: Vec<String>,
        forget: impl FnOnce(Vec<String>) -> Result<Vec<String>, E>,
    ) -> Result<u64, E> {
        let pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        names.retain(|name| !pins.contains_key(name));
        let gone = forget(names)?;
        for name in &gone {
            self.remove(name)?;
        }
        drop(pins);
        Ok(gone.len() as u64)
    }

    /// The names of the files of some shelves: each file is named once in so many rounds.
    pub(super) fn some_names(&self, round: i64) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for shelf in fs::read_dir(&self.folder)? {
            let shelf = shelf?;
            let number = shelf.file_name().to_str().and_then(|name| i64::from_str_radix(name, 16).ok());
            if number.is_none_or(|number| number.rem_euclid(ROUNDS) != round.rem_euclid(ROUNDS)) {
                continue;
            }
            for file in fs::read_dir(shelf.path())? {
                names.extend(file?.file_name().into_string().ok().filter(|name| is_name(name)));
            }
        }
        Ok(names)
    }

    fn write(&self, target: &Path, bytes: &[u8]) -> io::Result<()> {
        let shelf = target.parent().unwrap_or(&self.folder);
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelves.contains(shelf) {
            fs::create_dir_all(shelf)?;
            folders::sync(&self.folder)?;
            shelves.insert(shelf.to_owned());
        }
        drop(shelves);
        let unique = self.unique.fetch_add(1, Ordering::Relaxed);
        let draft = self.folder.join(format!("draft-{unique}"));
        let written = write_synced(&draft, bytes).and_then(|()| fs::rename(&draft, target));
        if let Err(error) = written {
            // What is left of the draft only takes room; the error is what counts.
            fs::remove_file(&draft).ok();
            return Err(error);
        }
        folders::sync(shelf)
    }

    /// The bytes of a blob, proven; `None` if there is none of that name.
    pub(super) fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        if !is_name(name) {
            return Ok(None);
        }
        let bytes = match fs::read(self.path(name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault_of_io(&error)),
        };
        if hex(&Sha256::digest(&bytes)) == name { Ok(Some(bytes)) } else { Err(corrupt("a blob")) }
    }

    /// Forgets a blob; one that is not there is no fault.
    fn remove(&self, name: &str) -> Result<(), Fault> {
        let path = self.path(name);
        let length = fs::metadata(&path).map_or(0, |found| found.len());
        match fs::remove_file(&path) {
            Ok(()) => {
                self.bytes.fetch_sub(length, Ordering::Relaxed);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(fault_of_io(&error)),
        }
    }

    /// Where a blob lies: `ab/abcd…`, so that no folder grows without end.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name.get(..2).unwrap_or("00")).join(name)
    }
}

/// Writes a file and syncs it.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether a text could be a blob's name.
pub(super) fn is_name(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .collect()
}
