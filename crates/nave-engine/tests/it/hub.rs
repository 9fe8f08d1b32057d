//! A hub made from the files of a project, with its webhooks: what tests of events from outside and of
//! deliveries to outside have in common.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nave_call::{Caller, Clock, SystemClock, Transport, TransportOptions};
use nave_engine::engine::Parts;
use nave_engine::intake::Hooks;
use nave_engine::view::RunView;
use nave_engine::{Engine, FlowSet, Options};
use nave_project::{Memory, Project};
use nave_store::Store;
use nave_store::record::{Filter, Page, Phase, RunRecord};
use nave_store::sqlite::Sqlite;
use tempfile::TempDir;

/// What senders know the hub by.
pub(crate) const PUBLIC: &str = "http://127.0.0.1:7466";
/// The secret of every webhook.
pub(crate) const SECRET: &str = "demonstrationkey";

/// A hub.
pub(crate) struct Hub {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) hooks: Hooks,
    files: BTreeMap<String, String>,
    _folder: TempDir,
}

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Hub {
    /// A hub at work with these files; where one names the file `SECRET`, a file with [`SECRET`] stands.
    pub(crate) async fn new(files: impl IntoIterator<Item = (String, String)>) -> Hub {
        Hub::on(files.into_iter().collect(), false, Arc::new(SystemClock::new())).await
    }

    /// The same on a clock; `is_paused`: tokio's time is paused.
    pub(crate) async fn on(
        mut files: BTreeMap<String, String>,
        is_paused: bool,
        clock: Arc<dyn Clock>,
    ) -> Hub {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, SECRET).unwrap();
        for text in files.values_mut() {
            *text = text.replace("file: SECRET", &format!("file: {}", secret.display()));
        }
        files.entry("nave.yaml".to_owned()).or_insert_with(|| "name: test\n".to_owned());
        let options = nave_store::sqlite::Options { lanes: 4, hold_time: is_paused, ..Default::default() };
        let store: Arc<dyn Store> = Sqlite::open(&folder.path().join("store"), options).unwrap();
        let (engine, hooks) = start(&files, &store, &clock).await;
        Hub { store, clock, engine, hooks, files, _folder: folder }
    }

    /// Starts again on another store.
    pub(crate) async fn start_on(&mut self, store: Arc<dyn Store>) {
        (self.engine, self.hooks) = start(&self.files, &store, &self.clock).await;
        self.store = store;
    }

    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.wall().as_millisecond()).unwrap()
    }

    /// The run that an event began, once it is there.
    pub(crate) async fn run_of(&self, cause: &str) -> RunRecord {
        let filter = Filter { cause: Some(cause.to_owned()), ..Filter::default() };
        self.when(|| async {
            self.store.runs(filter.clone(), Page { after: None, most: 1 }).await.unwrap().pop()
        })
        .await
    }

    /// A run, once it has ended.
    pub(crate) async fn ended(&self, run: &str) -> RunView {
        self.when(|| async {
            let view = self.engine.run(run).await.ok()?;
            (view.record.phase == Phase::Ended).then_some(view)
        })
        .await
    }

    /// What a question gives, asked again whenever something happened, until there is an answer.
    pub(crate) async fn when<T, F: Future<Output = Option<T>>>(&self, mut ask: impl FnMut() -> F) -> T {
        let mut notices = self.engine.watch();
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            // A watcher that fell behind looks again as well.
            if tokio::time::timeout(PATIENCE, notices.recv()).await.is_err() {
                panic!("nothing happens any more");
            }
        }
    }
}

/// An engine at work with a project, and the project's webhooks.
async fn start(
    files: &BTreeMap<String, String>,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
) -> (Arc<Engine>, Hooks) {
    let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let (project, problems) = Project::load(Arc::new(Memory::new(files)));
    assert!(problems.is_empty(), "{problems:#?}");
    let checked = project.check(Vec::new());
    assert!(checked.errors.is_empty(), "{:#?}", checked.errors);
    let transport = TransportOptions { clock: Arc::clone(clock), ..TransportOptions::default() };
    let transport = Transport::new(transport).unwrap();
    let used =
        project.connections().values().map(|connection| project.connector(&connection.connector).unwrap());
    let connectors: Vec<_> = used.collect();
    let caller = Caller::new(&connectors, project.connections(), transport, Arc::clone(clock)).unwrap();
    let caller = Arc::new(caller.with_ledger(Arc::clone(store), "default"));
    let flows = FlowSet::of(&project);
    let (hooks, faults) = Hooks::load(&caller, &flows, PUBLIC).await;
    assert!(faults.is_empty(), "{faults:?}");
    let parts = Parts {
        store: Arc::clone(store),
        caller,
        flows,
        clock: Arc::clone(clock),
        options: Options::default(),
    };
    (Engine::start(parts).await.unwrap(), hooks)
}

/// A flow that keeps what it is given.
pub(crate) fn keeper(trigger: &str) -> (String, String) {
    let text = format!(
        "flow: keep\n{trigger}\nsteps:\n  - kept: set\n    value: .\noutput: \"{{ kept: $kept }}\"\n"
    );
    ("flows/keep.yaml".to_owned(), text)
}

/// The files of a project in `examples/`; secrets of its webhooks are read from a file.
pub(crate) fn example(name: &str) -> BTreeMap<String, String> {
    fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // What a hub that was tried there left behind is no part of the project.
            if path == ".nave" {
                continue;
            }
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{path}/"), files);
            } else {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                files.insert(path, text.replace("env: CRM_WEBHOOK_SECRET", "file: SECRET"));
            }
        }
    }
    let mut files = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    collect(&root, "", &mut files);
    files
}
