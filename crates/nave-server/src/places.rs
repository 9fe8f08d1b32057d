//! Where the hub keeps what is its own: below `.nave` of the project's folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The folder of what is the hub's own.
pub const OWN: &str = ".nave";

/// The hub's files and folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// All of it.
    pub own: PathBuf,
    /// The token.
    pub token: PathBuf,
    /// Address and process of the hub that runs.
    pub hub: PathBuf,
    /// The store.
    pub store: PathBuf,
    /// Backups.
    pub backups: PathBuf,
}

/// What `.nave/hub.json` says while a hub runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// `dev` or `serve`.
    pub mode: String,
    /// Its version.
    pub version: String,
}

impl Places {
    /// Those of a project's folder; the store may be elsewhere: a path from the project's folder.
    pub fn of(root: &Path, store: Option<&Path>) -> Self {
        let own = root.join(OWN);
        Places {
            token: own.join("token"),
            hub: own.join("hub.json"),
            store: store.map_or_else(|| own.join("store"), |store| root.join(store)),
            backups: own.join("backups"),
            own,
        }
    }
}
