//! A hub in a temporary folder: a project held in memory, a sandbox for its system, an engine that can be
//! stopped and started again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use nave_call::clock::Sleep;
use nave_call::{Caller, Clock, SystemClock, Transport, TransportOptions};
use nave_engine::engine::Parts;
use nave_engine::view::{Notice, RunView};
use nave_engine::{Engine, FlowSet, Options};
use nave_model::event::{Body, Event};
use nave_project::{Memory, Project};
use nave_sandbox::serve::Running;
use nave_sandbox::{Profile, Sandbox};
use nave_store::Store;
use nave_store::record::{Appended, Backlog, Filter, Page, Phase, RunRecord};
use nave_store::sqlite::Sqlite;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Orders of a shop: things that are done (`reserve`, `charge`, `ship`), taken back (`release`, `refund`)
/// and read (`get_stock`).
const DESCRIPTION: &str = r##"
openapi: 3.1.0
info: { title: Shop, version: "1" }
components:
  schemas:
    Order:
      type: object
      required: [order, amount]
      properties:
        order: { type: string }
        amount: { type: number }
        customer: { type: [string, "null"] }
        lines: { type: array, items: { type: string } }
    Done:
      type: object
      required: [id]
      properties: { id: { type: string }, order: { type: string } }
  requestBodies:
    order:
      required: true
      content: { application/json: { schema: { type: object, properties: { order: { type: string }, amount: { type: number } } } } }
  responses:
    done: { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Done" } } } }
paths:
  /reservations: { post: { operationId: reserve, requestBody: { $ref: "#/components/requestBodies/order" }, responses: { "201": { $ref: "#/components/responses/done" } } } }
  /charges: { post: { operationId: charge, requestBody: { $ref: "#/components/requestBodies/order" }, responses: { "201": { $ref: "#/components/responses/done" } } } }
  /shipments: { post: { operationId: ship, requestBody: { $ref: "#/components/requestBodies/order" }, responses: { "201": { $ref: "#/components/responses/done" } } } }
  /reservations/{id}/release: { post: { operationId: release, parameters: [{ name: id, in: path, required: true, schema: { type: string } }], responses: { "200": { $ref: "#/components/responses/done" } } } }
  /charges/{id}/refund: { post: { operationId: refund, parameters: [{ name: id, in: path, required: true, schema: { type: string } }], responses: { "200": { $ref: "#/components/responses/done" } } } }
  /stock: { get: { operationId: get_stock, parameters: [{ name: order, in: query, schema: { type: string } }], responses: { "200": { $ref: "#/components/responses/done" } } } }
"##;

const KEYS: &str = "idempotency: { header: Idempotency-Key, methods: [POST] }";

const MANIFEST: &str = r##"
connector: shop
title: Shop
summary: Orders of a shop.
description: openapi.yaml
events:
  order.placed: { summary: An order was placed., schema: "#/components/schemas/Order" }
  order.paid: { summary: An order was paid., schema: "#/components/schemas/Order" }
"##;

/// A hub.
pub(crate) struct Rig {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) engine: Option<Arc<Engine>>,
    flows: BTreeMap<String, String>,
    has_keys: bool,
    patience: Duration,
    running: Running,
    _folder: TempDir,
}

/// How a hub is made.
pub(crate) struct Setup {
    /// Whether the system honours idempotency keys.
    pub(crate) has_keys: bool,
    /// Whether tokio's time is paused.
    pub(crate) is_paused: bool,
    /// Whether pauses of the hub are short.
    pub(crate) is_fast: bool,
    pub(crate) options: Options,
}

/// How much faster time goes where pauses are short.
const FACTOR: u32 = 50;

#[derive(Debug)]
struct FastClock(SystemClock);

impl Clock for FastClock {
    fn now(&self) -> Duration {
        self.0.now() * FACTOR
    }
    fn wall(&self) -> jiff::Timestamp {
        self.0.wall()
    }
    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.sleep(duration / FACTOR)
    }
}

impl Default for Setup {
    fn default() -> Self {
        Setup { has_keys: true, is_paused: false, is_fast: false, options: Options::default() }
    }
}

impl Rig {
    /// A hub with these flows, at work.
    pub(crate) async fn new(flows: &[&str]) -> Rig {
        let mut rig = Rig::still(flows, Setup::default());
        rig.start().await;
        rig
    }

    /// A hub with these flows, not started.
    pub(crate) fn still(flows: &[&str], setup: Setup) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let options =
            nave_store::sqlite::Options { lanes: 4, hold_time: setup.is_paused, ..Default::default() };
        let store: Arc<dyn Store> = Sqlite::open(folder.path(), options).unwrap();
        let flows = flows.iter().map(|text| named(text)).collect();
        let project = project(&BTreeMap::new(), setup.has_keys, "http://127.0.0.1:1");
        let options = nave_sandbox::Options { idempotency: setup.has_keys, ..Default::default() };
        let sandbox = Arc::new(Sandbox::new(project.connector("shop").unwrap(), options));
        // It starts a runtime of its own, which the thread of a test's runtime may not.
        let serve = {
            let sandbox = Arc::clone(&sandbox);
            std::thread::spawn(move || Running::start(sandbox).unwrap())
        };
        let running = serve.join().unwrap();
        Rig {
            store,
            sandbox,
            clock: if setup.is_fast {
                Arc::new(FastClock(SystemClock::new()))
            } else {
                Arc::new(SystemClock::new())
            },
            options: setup.options,
            engine: None,
            flows,
            has_keys: setup.has_keys,
            // Paused time passes as soon as everybody waits for it.
            patience: Duration::from_secs(if setup.is_paused { 365 * 24 * 60 * 60 } else { 20 }),
            running,
            _folder: folder,
        }
    }

    /// Starts the engine on the rig's store.
    pub(crate) async fn start(&mut self) {
        self.start_on(Arc::clone(&self.store)).await;
    }

    /// Starts the engine on another store.
    pub(crate) async fn start_on(&mut self, store: Arc<dyn Store>) {
        let (flows, caller) = self.made(&store);
        let parts =
            Parts { store, caller, flows, clock: Arc::clone(&self.clock), options: self.options.clone() };
        self.engine = Some(Engine::start(parts).await.unwrap());
    }

    /// Loads flows in place of those of the same name.
    pub(crate) async fn load(&mut self, flows: &[&str]) {
        self.flows.extend(flows.iter().map(|text| named(text)));
        let (flows, caller) = self.made(&self.store);
        self.engine().load(flows, caller).await.unwrap();
    }

    /// Takes a flow out of the project.
    pub(crate) fn remove(&mut self, flow: &str) -> String {
        self.flows.remove(&format!("flows/{flow}.yaml")).unwrap()
    }

    fn made(&self, store: &Arc<dyn Store>) -> (FlowSet, Arc<Caller>) {
        let project = project(&self.flows, self.has_keys, &self.running.url());
        let flows = FlowSet::of(&project);
        assert_eq!(flows.flows.len(), self.flows.len(), "{:?}", project.check(Vec::new()).errors);
        let options = TransportOptions { clock: Arc::clone(&self.clock), ..TransportOptions::default() };
        let transport = Transport::new(options).unwrap();
        let connectors = [project.connector("shop").unwrap()];
        let caller = Caller::new(&connectors, project.connections(), transport, Arc::clone(&self.clock));
        (flows, Arc::new(caller.unwrap().with_ledger(Arc::clone(store), "default")))
    }

    /// Stops as if the process had been killed: nothing ends properly.
    pub(crate) fn kill(&mut self) {
        self.engine = None;
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        self.engine.as_ref().unwrap()
    }

    /// What goes wrong at the system from now on.
    pub(crate) fn faults(&self, profile: &str) {
        self.sandbox.set_faults(profile.parse::<Profile>().unwrap());
    }

    /// How often an operation took effect.
    pub(crate) fn effects(&self, operation: &str) -> u64 {
        self.sandbox.count(operation).effects
    }

    /// Accepts an order that was placed.
    pub(crate) async fn placed(&self, data: Value) {
        let id = data["order"].as_str().unwrap().to_owned();
        self.accept("default", event("shop.order.placed", &id, &data)).await;
    }

    pub(crate) async fn accept(&self, tenant: &str, event: Event) {
        self.engine().accept(tenant, vec![event], Vec::new()).await.unwrap();
    }

    /// The runs an event began, once all of them have ended: there are this many.
    pub(crate) async fn ended_of(&self, cause: &str, count: usize) -> Vec<RunView> {
        let records = self.until(Filter { cause: Some(cause.to_owned()), ..Filter::default() }, count).await;
        let mut views = Vec::new();
        for record in records {
            views.push(self.engine().run(&record.id).await.unwrap());
        }
        views
    }

    /// The runs that fit, oldest first, once this many of them have ended.
    pub(crate) async fn until(&self, filter: Filter, count: usize) -> Vec<RunRecord> {
        let ended = Filter { phase: Some(Phase::Ended), ..filter };
        self.when(|| async {
            let found = self.runs(ended.clone()).await;
            (found.len() >= count).then_some(found)
        })
        .await
    }

    /// The runs that fit, oldest first.
    pub(crate) async fn runs(&self, filter: Filter) -> Vec<RunRecord> {
        let mut runs = self.store.runs(filter, Page { after: None, most: 100_000 }).await.unwrap();
        runs.reverse();
        runs
    }

    /// The only run that fits, once it is in a state.
    pub(crate) async fn run_in(&self, flow: &str, state: &str) -> String {
        let filter =
            Filter { flow: Some(flow.to_owned()), state: Some(state.to_owned()), ..Filter::default() };
        self.when(|| async { self.runs(filter.clone()).await.pop().map(|record| record.id) }).await
    }

    /// Waits until a lane has handled a message.
    pub(crate) async fn consumed(&self, place: Appended) {
        let is_left = |backlog: &Backlog| backlog.consumed < place.position;
        while self.store.backlog(place.lane).await.unwrap().iter().any(is_left) {
            tokio::task::yield_now().await;
        }
    }

    /// What a question gives, asked again whenever something happened, until there is an answer.
    pub(crate) async fn when<T, F: Future<Output = Option<T>>>(&self, mut ask: impl FnMut() -> F) -> T {
        let mut notices = self.engine().watch();
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            // A watcher that fell behind looks again as well.
            let waited = tokio::time::timeout(self.patience, notices.recv());
            if waited.await.is_err() {
                let mut runs = self.runs(Filter::default()).await;
                runs.truncate(20);
                panic!("nothing happens any more; the runs are {runs:#?}");
            }
        }
    }
}

/// The name of a flow's file and its text.
fn named(text: &str) -> (String, String) {
    let name = text.lines().find_map(|line| line.strip_prefix("flow: ")).unwrap();
    (format!("flows/{name}.yaml"), text.to_owned())
}

fn project(flows: &BTreeMap<String, String>, has_keys: bool, url: &str) -> Project {
    let manifest = format!("{MANIFEST}{}\n", if has_keys { KEYS } else { "" });
    let connection = json!({
        "connector": "shop", "address": url, "allow_private_hosts": ["127.0.0.1"],
    });
    let connection = connection.to_string();
    let mut files = vec![
        ("nave.yaml", "name: test\n"),
        ("connectors/shop/openapi.yaml", DESCRIPTION),
        ("connectors/shop/connector.yaml", manifest.as_str()),
        ("connections/shop.yaml", connection.as_str()),
    ];
    files.extend(flows.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let (project, problems) = Project::load(Arc::new(Memory::new(files)));
    assert!(problems.is_empty(), "{problems:#?}");
    project
}

/// An event with some data.
pub(crate) fn event(name: &str, id: &str, data: &Value) -> Event {
    Event {
        id: id.to_owned(),
        source: "/connections/shop".to_owned(),
        name: name.to_owned(),
        subject: None,
        time_ms: None,
        received_ms: 0,
        trace: None,
        extensions: BTreeMap::new(),
        media: "application/json".to_owned(),
        body: Body::Inline(data.to_string().into_bytes()),
    }
}

/// What a watcher is told, in short, up to a last notice: what is on disk is told right after it can be seen.
pub(crate) async fn told(notices: &mut tokio::sync::broadcast::Receiver<Notice>, last: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    while told.last().is_none_or(|notice| notice != last) {
        told.push(match notices.recv().await.unwrap() {
            Notice::Event { name, .. } => format!("event {name}"),
            Notice::Run { state, .. } => format!("run {state}"),
            Notice::Step { task, state, .. } => format!("step {task} {state}"),
            Notice::Parked { connection, held, .. } => format!("parked {connection} {held}"),
            Notice::Delivery { endpoint, state, .. } => format!("delivery {endpoint} {state}"),
        });
    }
    told
}
