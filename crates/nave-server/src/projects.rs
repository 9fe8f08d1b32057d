//! The project the hub runs: loaded, checked and turned into what the engine takes, again whenever its
//! files change. While there are errors, what ran before goes on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use nave_engine::Engine;
use nave_model::Fault;

use crate::view;

/// How the hub runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For whoever builds: sandboxes stand in for the systems, edits are taken in as they are saved.
    Dev,
    /// For production.
    Serve,
}

impl Mode {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Mode::Dev => "dev",
            Mode::Serve => "serve",
        }
    }
}

/// The project the hub runs.
pub(crate) struct Projects {
    root: PathBuf,
    mode: Mode,
    view: Mutex<view::Project>,
}

impl Projects {
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }
    pub(crate) fn name(&self) -> String {
        String::new()
    }
    pub(crate) fn stands_in(&self, _connection: &str) -> bool {
        false
    }
    pub(crate) fn view(&self) -> view::Project {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    pub(crate) async fn reload(&self, engine: &Arc<Engine>, by: &str, now_ms: u64) -> Result<(), Fault> {
        let _ = (engine, by, now_ms);
        Ok(())
    }
}
