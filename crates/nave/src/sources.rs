//! Where descriptions come from: every connector of a project at once, and a vendor's file with the
//! files it refers to.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use nave_connector::Connector;
use nave_connector::openapi::Resolver;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_project::Project;

use crate::folder;
use crate::output::Output;

/// Every connector of the project under its own name, loaded by as many threads as there are
/// processors. One that cannot be read is a warning.
pub(crate) fn all(project: &Project, output: &Output) -> Vec<(String, Arc<Connector>)> {
    let names = project.connectors().names();
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(names.len().max(1));
    let next = Mutex::new(names.iter());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(name) = next.lock().ok().and_then(|mut names| names.next()) {
                    // The result is kept in the project; who asks for it below gets the fault too.
                    let _loaded = project.connector(name);
                }
            });
        }
    });
    let mut loaded = Vec::new();
    for name in names {
        match project.connector(&name) {
            Ok(connector) => loaded.push((name, connector)),
            Err(fault) => output.say(&format!("`{name}` is left out: {fault}; `nave check` says more")),
        }
    }
    loaded
}

/// Follows references from a file to others in its folder and below, and remembers which.
pub(crate) struct Beside {
    folder: PathBuf,
    /// What the folder is called in the names of documents; ends in `/`.
    called: String,
    fetched: Mutex<Vec<(String, Vec<u8>)>>,
}

impl Beside {
    /// For a description at `file` that will be called `called` followed by its name.
    pub(crate) fn new(file: &Path, called: &str) -> Self {
        let folder = file.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        Beside { folder, called: called.to_owned(), fetched: Mutex::default() }
    }

    /// The files that were followed: path from the description's folder, and content.
    pub(crate) fn fetched(self) -> Vec<(String, Vec<u8>)> {
        self.fetched.into_inner().unwrap_or_default()
    }
}

impl Resolver for Beside {
    fn fetch(&self, uri: &str) -> Result<Vec<u8>, Fault> {
        let outside = || {
            Fault::new(codes::REFERENCE_OUTSIDE, format!("`{uri}` is not beside the description"))
                .with_hint("put the file into the description's folder and import again")
        };
        let path = uri.strip_prefix(&self.called).ok_or_else(outside)?;
        let root = self.folder.canonicalize().map_err(|_| outside())?;
        // After links are resolved, so that none leads out of the folder.
        let file = root.join(path).canonicalize().ok().filter(|file| file.starts_with(&root));
        let bytes = folder::read(&file.ok_or_else(outside)?, path)?;
        if let Ok(mut fetched) = self.fetched.lock() {
            fetched.push((path.to_owned(), bytes.clone()));
        }
        Ok(bytes)
    }
}
