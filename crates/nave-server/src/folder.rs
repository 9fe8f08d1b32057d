//! A project on disk: the folder that holds `nave.yaml`, and the cache inside it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use nave_model::fault::codes;
use nave_model::{At, Fault};
use nave_project::{Files, settings};
use sha2::{Digest, Sha256};

pub use crate::places::OWN;

/// Bytes of the key's hash before what was kept.
const KEY: usize = 32;

/// Folders below a project's folder are followed this deep.
const DEEPEST: usize = 16;

/// A project's folder.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
    /// Whether there is a `nave.yaml`; without one nothing is kept.
    is_project: bool,
}

impl Folder {
    /// The project `start` lies in: the nearest folder upwards with a `nave.yaml`, else `start` itself
    /// with every default.
    pub fn find(start: &Path) -> Self {
        let found = start.ancestors().find(|folder| folder.join(settings::FILE).is_file());
        Folder { root: found.unwrap_or(start).to_path_buf(), is_project: found.is_some() }
    }

    /// The project in exactly this folder.
    pub fn at(root: &Path) -> Self {
        Folder { root: root.to_path_buf(), is_project: root.join(settings::FILE).is_file() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether there is a `nave.yaml`.
    pub fn is_project(&self) -> bool {
        self.is_project
    }

    /// Writes a file of the project as a whole or not at all.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Fault> {
        write(&self.root.join(path), bytes)
    }

    /// Removes a file of the project.
    pub fn remove(&self, path: &str) -> Result<(), Fault> {
        fs::remove_file(self.root.join(path)).map_err(|error| {
            Fault::new(codes::FILE, format!("`{path}` cannot be removed: {}", reason(&error)))
        })
    }

    fn cache(&self, connector: &str) -> PathBuf {
        self.root.join(OWN).join("cache").join(format!("{connector}.connector"))
    }
}

impl Files for Folder {
    fn list(&self, folder: &str) -> Result<Vec<String>, Fault> {
        let mut paths = Vec::new();
        collect(&self.root.join(folder), folder, DEEPEST, &mut paths)?;
        paths.sort();
        Ok(paths)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        read(&self.root.join(path), path)
    }

    fn exists(&self, path: &str) -> bool {
        self.root.join(path).is_file()
    }

    fn stamp(&self, path: &str) -> Option<String> {
        let metadata = fs::metadata(self.root.join(path)).ok()?;
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{} {}", metadata.len(), changed.as_nanos()))
    }

    fn recall(&self, connector: &str, key: &str) -> Option<Vec<u8>> {
        let mut kept = fs::read(self.cache(connector)).ok()?;
        let bytes = kept.split_off(kept.len().min(KEY));
        (kept == Sha256::digest(key.as_bytes())[..]).then_some(bytes)
    }

    fn keep(&self, connector: &str, key: &str, bytes: &[u8]) {
        if self.is_project {
            let mut kept = Sha256::digest(key.as_bytes()).to_vec();
            kept.extend_from_slice(bytes);
            // A cache that cannot be written costs time at the next start; the doctor says so.
            let _unwritable = self.ignore_own().and_then(|()| write(&self.cache(connector), &kept));
        }
    }
}

impl Folder {
    /// Keeps Git from seeing what is Nave's own.
    pub fn ignore_own(&self) -> Result<(), Fault> {
        let ignore = self.root.join(OWN).join(".gitignore");
        if ignore.exists() { Ok(()) } else { write(&ignore, b"*\n") }
    }
}

/// Reads a file; `name` is what the user calls it.
pub fn read(path: &Path, name: &str) -> Result<Vec<u8>, Fault> {
    fs::read(path).map_err(|error| {
        Fault::new(codes::FILE, format!("`{name}` cannot be read: {}", reason(&error)))
            .with_at(At::file(name))
    })
}

/// Writes a file beside its place and moves it there, so that a reader sees the old or the new one.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let attempt = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder.join(format!(".{name}.{}", std::process::id()));
        let mut file = fs::File::create(&beside)?;
        let written =
            file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            let _gone = fs::remove_file(&beside);
        }
        written
    };
    attempt().map_err(|error| {
        Fault::new(codes::FILE, format!("`{}` cannot be written: {}", path.display(), reason(&error)))
    })
}

/// What the operating system said, without its number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn collect(folder: &Path, name: &str, deepest: usize, paths: &mut Vec<String>) -> Result<(), Fault> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let message = format!("`{name}` cannot be read: {}", reason(&error));
            return Err(Fault::new(codes::FILE, message).with_at(At::file(name)));
        }
    };
    for entry in entries.flatten() {
        let Ok(file) = entry.file_name().into_string() else { continue };
        if file.starts_with('.') {
            continue;
        }
        let path = format!("{name}/{file}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && deepest > 0 => collect(&entry.path(), &path, deepest - 1, paths)?,
            Ok(kind) if kind.is_file() => paths.push(path),
            // Links and devices are nobody's documents.
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
