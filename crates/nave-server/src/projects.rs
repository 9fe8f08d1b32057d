//! The project the hub runs: loaded, checked and turned into what the engine takes, again whenever its
//! files change. While there are errors, what ran before goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nave_call::{Caller, Clock};
use nave_connector::Connector;
use nave_engine::sources::Sources;
use nave_engine::{Engine, FlowSet};
use nave_flow::Flow;
use nave_flow::flow::{Trigger, TriggerKind};
use nave_model::connection::Connection;
use nave_model::endpoint::Endpoint;
use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use nave_project::{Files as _, Incremental, documents, endpoints, flows, policies, settings};
use nave_store::Store;

use crate::callers;
use crate::folder::Folder;
use crate::projects::stand_ins::StandIns;
use crate::state::{TENANT, now_ms};
use crate::view;

pub(crate) use stand_ins::Standing;

mod stand_ins;

/// Folders whose files make a project.
const FOLDERS: [&str; 5] =
    ["connectors", documents::CONNECTIONS, flows::FOLDER, policies::FOLDER, endpoints::FOLDER];

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

/// What the engine begins with.
pub(crate) struct First {
    pub(crate) flows: FlowSet,
    pub(crate) caller: Arc<Caller>,
}

/// What a project stands on.
pub(crate) struct Ground {
    pub(crate) folder: Folder,
    pub(crate) mode: Mode,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where its calls are written down.
    pub(crate) store: Arc<dyn Store>,
}

/// The project the hub runs.
pub(crate) struct Projects {
    ground: Ground,
    /// One at a time takes in changes.
    turn: tokio::sync::Mutex<StandIns>,
    documents: Arc<Mutex<Documents>>,
    shown: Mutex<Shown>,
}

/// The documents as they were last read.
struct Documents {
    incremental: Incremental,
    stamps: BTreeMap<String, String>,
    /// Whether something besides flows and policies was read and not taken in yet, for errors in the files or
    /// because the engine could not.
    owed: bool,
    /// Whether what was read is to be taken in although nothing changed since.
    again: bool,
}

/// What people are shown.
#[derive(Default)]
struct Shown {
    name: String,
    view: view::Project,
    stand_ins: BTreeMap<String, Standing>,
}

/// What reading the files anew gave.
struct Read {
    name: String,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
    flows: FlowSet,
    connections: BTreeMap<String, Connection>,
    connectors: Result<Vec<Arc<Connector>>, Fault>,
    /// Whether something besides flows and policies changed.
    ground: bool,
}

impl Projects {
    /// Loads the project of a folder. Serving, it must be without errors; in dev what can run does, and the
    /// errors are shown.
    ///
    /// # Errors
    /// `E-PROJECT-INVALID` and the like, with every problem.
    pub(crate) async fn open(ground: Ground, now_ms: u64) -> Result<(Self, First), Fault> {
        let (root, mode) = (ground.folder.clone(), ground.mode);
        let (documents, mut read) = blocking(move || {
            let stamps = stamps(&root);
            let incremental = Incremental::load(Arc::new(root.clone()));
            let mut documents = Documents { incremental, stamps, owed: false, again: false };
            let read = documents.read(&root, true);
            documents.owed = !read.errors.is_empty();
            (documents, read)
        })
        .await?;
        if mode == Mode::Serve && !read.errors.is_empty() {
            return Err(Fault::from_problems("the project", read.errors));
        }
        let mut stand_ins = StandIns::new(&ground.folder);
        let made = ground.caller(&read, &mut stand_ins, None).await;
        let caller = match (made, mode) {
            (Ok(caller), _) => caller,
            (Err(fault), Mode::Serve) => return Err(fault),
            (Err(fault), Mode::Dev) => {
                read.errors.push(nave_project::names::problem(&fault, documents::CONNECTIONS));
                ground.made(&[], &BTreeMap::new(), None)?
            }
        };
        let caller = Arc::new(caller);
        let projects = Projects {
            ground,
            shown: Mutex::default(),
            documents: Arc::new(Mutex::new(documents)),
            turn: tokio::sync::Mutex::new(StandIns::default()),
        };
        projects.show(&read, &caller, stand_ins.standing(), now_ms);
        *projects.turn.lock().await = stand_ins;
        Ok((projects, First { flows: read.flows, caller }))
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        self.ground.folder.root()
    }

    /// How the hub runs.
    pub(crate) fn mode(&self) -> Mode {
        self.ground.mode
    }

    /// The project's name.
    pub(crate) fn name(&self) -> String {
        self.shown().name.clone()
    }

    /// Whether a sandbox stands in for a connection's system.
    pub(crate) fn stands_in(&self, connection: &str) -> bool {
        self.shown().stand_ins.contains_key(connection)
    }

    /// The sandboxes that stand in, by connection.
    pub(crate) fn stand_ins(&self) -> BTreeMap<String, Standing> {
        self.shown().stand_ins.clone()
    }

    /// What is loaded, and what is wrong with the files.
    pub(crate) fn view(&self) -> view::Project {
        self.shown().view.clone()
    }

    /// Takes in what changed since the files were last read; says whether something did.
    ///
    /// # Errors
    /// The engine cannot take it. Mistakes in the files are no fault: they are shown, and what ran goes on.
    pub(crate) async fn reload(
        &self,
        engine: &Engine,
        sources: &Sources,
        by: &str,
        now_ms: u64,
    ) -> Result<bool, Fault> {
        let mut stand_ins = self.turn.lock().await;
        let (documents, root) = (Arc::clone(&self.documents), self.ground.folder.clone());
        let read = blocking(move || {
            let mut documents = documents.lock().unwrap_or_else(PoisonError::into_inner);
            documents.refresh(&root)
        })
        .await?;
        let Some(mut read) = read else { return Ok(false) };
        let caller = match read.ground && read.errors.is_empty() {
            false => Ok(engine.caller()),
            true => self.ground.caller(&read, &mut stand_ins, Some(&engine.caller())).await.map(Arc::new),
        };
        match caller {
            Ok(caller) if read.errors.is_empty() => {
                let taken = engine.load(read.flows.clone(), Arc::clone(&caller)).await;
                self.documents.lock().unwrap_or_else(PoisonError::into_inner).settled(taken.is_ok());
                taken?;
                sources.reload().await?;
                tracing::info!(by, flows = read.flows.flows.len(), "the project was taken in anew");
                self.show(&read, &caller, stand_ins.standing(), now_ms);
            }
            made => {
                if let Err(fault) = made {
                    read.errors.push(nave_project::names::problem(&fault, documents::CONNECTIONS));
                }
                tracing::warn!(
                    by,
                    errors = read.errors.len(),
                    "the project has errors; what ran before goes on"
                );
                let mut shown = self.shown();
                shown.view.current = false;
                shown.view.errors = read.errors.iter().map(view::Problem::from).collect();
                shown.view.warnings = read.warnings.iter().map(view::Problem::from).collect();
            }
        }
        Ok(true)
    }

    fn show(&self, read: &Read, caller: &Caller, stand_ins: BTreeMap<String, Standing>, now_ms: u64) {
        let mut shown = self.shown();
        shown.name.clone_from(&read.name);
        shown.stand_ins = stand_ins;
        shown.view = view::Project {
            version: shown.view.version + 1,
            loaded_ms: now_ms,
            current: read.errors.is_empty(),
            errors: read.errors.iter().map(view::Problem::from).collect(),
            warnings: read.warnings.iter().map(view::Problem::from).collect(),
            flows: read.flows.flows.keys().cloned().collect(),
            connections: caller.connections().map(str::to_owned).collect(),
        };
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Documents {
    /// Reads what changed since the last time; `None`: nothing did.
    fn refresh(&mut self, folder: &Folder) -> Option<Read> {
        let now = stamps(folder);
        let paths: BTreeSet<&String> = self.stamps.keys().chain(now.keys()).collect();
        let changed: Vec<String> =
            paths.into_iter().filter(|path| self.stamps.get(*path) != now.get(*path)).cloned().collect();
        if changed.is_empty() && !self.again {
            return None;
        }
        let small = |path: &String| {
            [flows::FOLDER, policies::FOLDER].iter().any(|folder| path.starts_with(&format!("{folder}/")))
        };
        let ground = !changed.iter().all(small);
        match (ground, changed.iter().find(|path| !small(path))) {
            // One of them has the whole read again; once is enough.
            (true, Some(path)) => self.incremental.changed(path),
            _ => changed.iter().for_each(|path| self.incremental.changed(path)),
        }
        self.stamps = now;
        self.owed |= ground;
        Some(self.read(folder, self.owed))
    }

    /// What was read last was taken in, or has to be, as soon as the engine can.
    fn settled(&mut self, is_taken: bool) {
        self.owed &= !is_taken;
        self.again = !is_taken;
    }

    fn read(&mut self, folder: &Folder, ground: bool) -> Read {
        let (checked, project) = (self.incremental.checked(), self.incremental.project());
        let connections: BTreeMap<String, Connection> = project
            .connections()
            .iter()
            .map(|(name, found)| (name.clone(), callers::from_folder(found.clone(), folder.root())))
            .collect();
        let own_name = || folder.root().file_name().map(|name| name.to_string_lossy().into_owned());
        Read {
            name: project.settings().name.clone().or_else(own_name).unwrap_or_default(),
            errors: checked.errors,
            warnings: checked.warnings,
            flows: from_folder(FlowSet::of(project), folder.root()),
            connectors: callers::connectors(project, connections.values()),
            connections,
            ground,
        }
    }
}

impl Ground {
    /// A caller for what was read, which goes on where the one before is; in dev with sandboxes in the
    /// systems' places.
    async fn caller(
        &self,
        read: &Read,
        stand_ins: &mut StandIns,
        before: Option<&Caller>,
    ) -> Result<Caller, Fault> {
        let connectors = read.connectors.as_ref().map_err(Clone::clone)?;
        match self.mode {
            Mode::Serve => self.made(connectors, &read.connections, before),
            Mode::Dev => {
                let connections =
                    stand_ins.in_place_of(connectors, &read.connections, now_ms(&*self.clock)).await?;
                self.made(connectors, &connections, before)
            }
        }
    }

    fn made(
        &self,
        connectors: &[Arc<Connector>],
        connections: &BTreeMap<String, Connection>,
        before: Option<&Caller>,
    ) -> Result<Caller, Fault> {
        if let Some(before) = before {
            return before.renewed(connectors, connections);
        }
        let caller = callers::made(connectors, connections, Arc::clone(&self.clock))?;
        Ok(caller.with_ledger(Arc::clone(&self.store), TENANT))
    }
}

/// The flows and endpoints, whose webhooks' files of secrets are found from the project's folder.
fn from_folder(mut set: FlowSet, root: &Path) -> FlowSet {
    let signed = |trigger: &Trigger| matches!(&trigger.kind, TriggerKind::Webhook { signed: Some(_), .. });
    for runnable in set.flows.values_mut().filter(|runnable| runnable.flow.triggers.iter().any(signed)) {
        let mut flow = Flow::clone(&runnable.flow);
        for trigger in &mut flow.triggers {
            if let TriggerKind::Webhook { signed: Some(signed), .. } = &mut trigger.kind {
                callers::found(&mut signed.secret, root);
                signed.previous.iter_mut().for_each(|source| callers::found(source, root));
            }
        }
        runnable.flow = Arc::new(flow);
    }
    for endpoint in set.endpoints.values_mut() {
        let mut found = Endpoint::clone(endpoint);
        callers::found(&mut found.secret, root);
        found.previous.iter_mut().for_each(|source| callers::found(source, root));
        *endpoint = Arc::new(found);
    }
    set
}

/// The stamps of all files of a project.
fn stamps(folder: &Folder) -> BTreeMap<String, String> {
    let inside = FOLDERS.iter().flat_map(|name| folder.list(name).unwrap_or_default());
    inside
        .chain([settings::FILE.to_owned()])
        .filter_map(|path| folder.stamp(&path).map(|stamp| (path, stamp)))
        .collect()
}

/// Runs what reads files and computes beside the tasks that must not wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Fault::new(codes::INTERNAL, "loading the project failed").with_detail(error.to_string())
    })
}
