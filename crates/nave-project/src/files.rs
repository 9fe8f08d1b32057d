//! What a project is read through. The command line hands in a folder on disk; tests hand in a list.

use std::collections::BTreeMap;

use nave_model::fault::codes;
use nave_model::{At, Fault};

/// The files of a project. Paths are relative to the project's folder, with `/`, without `.` and `..`.
pub trait Files: Send + Sync {
    /// The paths of all files in a folder and below, in order. A folder that is not there is empty.
    ///
    /// # Errors
    /// The folder is there and cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<String>, Fault>;

    /// The content of a file.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, Fault>;

    /// Whether there is a file at this path.
    fn exists(&self, path: &str) -> bool;

    /// A text that is different whenever the file's content may be. `None`: unknown, so nothing made
    /// from this file is kept.
    fn stamp(&self, path: &str) -> Option<String>;

    /// What was kept last for a connector, if it was kept under this key.
    fn recall(&self, connector: &str, key: &str) -> Option<Vec<u8>>;

    /// Keeps bytes for a connector under a key, in place of those kept before. Losing them costs time
    /// and nothing else.
    fn keep(&self, connector: &str, key: &str, bytes: &[u8]);
}

/// A project held in memory.
#[derive(Debug, Default, Clone)]
pub struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    /// A project of these files.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Memory(files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect())
    }
}

impl Files for Memory {
    fn list(&self, folder: &str) -> Result<Vec<String>, Fault> {
        let inside = |path: &&String| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        Ok(self.0.keys().filter(inside).cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| Fault::new(codes::FILE, format!("`{path}` is not there")).with_at(At::file(path)))
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn stamp(&self, _path: &str) -> Option<String> {
        None
    }

    fn recall(&self, _connector: &str, _key: &str) -> Option<Vec<u8>> {
        None
    }

    fn keep(&self, _connector: &str, _key: &str, _bytes: &[u8]) {}
}
