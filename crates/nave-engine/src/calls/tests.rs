//! Calls of flows against a sandbox, with a real store: held back, drained in order, settled, never twice.

use std::collections::BTreeMap;
use std::path::PathBuf;

use nave_call::clock::{Sleep, SystemClock};
use nave_call::{Transport, TransportOptions};
use nave_connector::manifest::{IdempotencyRule, Manifest};
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::{Connector, source};
use nave_sandbox::options::Credentials;
use nave_sandbox::record::Outcome as Effect;
use nave_sandbox::serve::Running;
use nave_sandbox::{Options as Sandboxed, Sandbox};
use nave_store::batch::{Batch, Op};
use nave_store::record::{Call, CallState};
use nave_store::sqlite::{self, Sqlite};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::*;

/// How much faster the hub's time goes than the machine's.
const FACTOR: u32 = 50;

const DESCRIPTION: &str = r##"
openapi: 3.1.0
info: { title: Shop, version: "1" }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
security: [{ token: [] }]
paths:
  /things:
    post:
      operationId: create_thing
      requestBody:
        content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } }
      responses:
        "201":
          description: made
          content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } }
"##;

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

/// What the lane of a test hears.
#[derive(Debug)]
enum Told {
    Ended(String, End),
    Resume(Parked),
}

/// A hub with one connection to a sandbox, and the lane that asks for its calls.
struct Rig {
    calls: Calls,
    store: Arc<dyn Store>,
    sandbox: Arc<Sandbox>,
    running: Running,
    connector: Arc<Connector>,
    clock: Arc<dyn Clock>,
    fence: Fence,
    folder: TempDir,
    tell: mpsc::UnboundedSender<Told>,
    hear: mpsc::UnboundedReceiver<Told>,
    notices: broadcast::Sender<Notice>,
    options: Options,
}

const KEY: &str = "good-key";

impl Rig {
    async fn new(has_keys: bool, faults: &str) -> Rig {
        let rule =
            IdempotencyRule { header: "Idempotency-Key".into(), methods: vec!["POST".into()], hours: None };
        let manifest = Manifest {
            connector: "shop".into(),
            idempotency: has_keys.then_some(rule),
            ..Manifest::default()
        };
        let source = source::read("shop.yaml", DESCRIPTION.as_bytes()).unwrap();
        let input =
            Input { name: "shop", source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
        let connector = Arc::new(import(input).unwrap().connector);
        let options = Sandboxed {
            faults: faults.parse().unwrap(),
            credentials: Credentials::Exactly(nave_model::Secret::new(KEY)),
            idempotency: has_keys,
            ..Sandboxed::default()
        };
        let sandbox = Arc::new(Sandbox::new(Arc::clone(&connector), options));
        // It starts a runtime of its own, which the thread of a test's runtime may not.
        let served = Arc::clone(&sandbox);
        let running = std::thread::spawn(move || Running::start(served).unwrap()).join().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), KEY).unwrap();
        let store: Arc<dyn Store> =
            Sqlite::open(&folder.path().join("store"), sqlite::Options::default()).unwrap();
        let epoch = store.take(0, "test".into()).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(FastClock(SystemClock::new()));
        let (tell, hear) = mpsc::unbounded_channel();
        let notices = broadcast::channel(100).0;
        let options = Options::default();
        let fence = Fence { lane: 0, epoch };
        let calls =
            Calls::new(Arc::clone(&store), empty(&clock), Arc::clone(&clock), &options, notices.clone());
        let mut rig = Rig {
            calls,
            store,
            sandbox,
            running,
            connector,
            clock,
            fence,
            folder,
            tell,
            hear,
            notices,
            options,
        };
        rig.restart().await;
        rig
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// A caller with the connection `shop`; one call at a time, so that order shows.
    fn caller(&self) -> Arc<Caller> {
        let document = json!({
            "connector": "shop",
            "address": self.running.url(),
            "allow_private_hosts": ["127.0.0.1"],
            "credential": {"secret": {"file": self.key_file()}},
            "limits": {"concurrency": 1},
            "timeouts": {"total_ms": 300_000},
        });
        let documents = BTreeMap::from([("shop".to_owned(), serde_json::from_value(document).unwrap())]);
        let options = TransportOptions { clock: Arc::clone(&self.clock), ..TransportOptions::default() };
        let transport = Transport::new(options).unwrap();
        let caller =
            Caller::new(&[Arc::clone(&self.connector)], &documents, transport, Arc::clone(&self.clock))
                .unwrap();
        Arc::new(caller.with_ledger(Arc::clone(&self.store), "default"))
    }

    /// Calls as after a new start of the hub: nothing is in memory.
    async fn restart(&mut self) {
        self.calls.drain(Duration::ZERO).await;
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        self.calls = Calls::new(store, self.caller(), clock, &self.options, self.notices.clone());
        let tell = self.tell.clone();
        self.calls.on_resume(move |parked| tell.send(Told::Resume(parked)).unwrap());
        self.calls.recover().await.unwrap();
    }

    fn start(&self, name: &str, attempts: u32) {
        self.start_with(name, attempts, Tighten::default(), CancellationToken::new());
    }

    fn start_with(&self, name: &str, attempts: u32, tighten: Tighten, cancel: CancellationToken) {
        let id = format!("{name}/create");
        let job = Job {
            id: id.clone(),
            tenant: "default".into(),
            fence: self.fence,
            run: name.to_owned(),
            task: "create".into(),
            connection: "shop".into(),
            operation: "create_thing".into(),
            arguments: Arc::new(json!({"name": name})),
            tighten,
            key: id.clone(),
            trace: None,
            priority: Priority::Flow,
            attempts,
            cancel,
        };
        let tell = self.tell.clone();
        self.calls.start(job, move |end| tell.send(Told::Ended(id, end)).unwrap());
    }

    /// Does what a lane does with the next thing it hears, and says in a word what it was.
    async fn lane(&mut self) -> String {
        // A defect that leaves a call without an end fails the test instead of halting it.
        let heard = tokio::time::timeout(Duration::from_secs(30), self.hear.recv()).await;
        let (id, end) = match heard.unwrap().unwrap() {
            Told::Resume(parked) => {
                self.start(&parked.run, parked.attempts);
                return format!("resume {}", parked.run);
            }
            Told::Ended(id, end) => (id, end),
        };
        let run = id.split('/').next().unwrap().to_owned();
        let (word, conclude) = match end {
            End::Done { result, conclude } => {
                assert!(result.is_object(), "{result}");
                (format!("done {run}"), conclude)
            }
            End::Failed { fault, conclude } => (format!("failed {run} {}", fault.code), conclude),
            End::Unknown { fault, conclude } => (format!("unknown {run} {}", fault.code), conclude),
            End::Park { fault } => {
                let parked = Parked {
                    id,
                    tenant: "default".into(),
                    connection: "shop".into(),
                    operation: "create_thing".into(),
                    run: run.clone(),
                    lane: 0,
                    task: "create".into(),
                    reason: (fault.code.name.to_owned(), fault.message.clone()),
                    since_ms: self.calls.inner.now_ms(),
                    attempts: 1,
                };
                self.commit(vec![Op::Park(parked)]).await;
                return format!("park {run} {}", fault.code);
            }
        };
        let conclude = conclude.map(|conclusion| Op::Conclude(Box::new(conclusion)));
        self.commit([Op::Unpark { id }].into_iter().chain(conclude).collect()).await;
        word
    }

    async fn commit(&self, ops: Vec<Op>) {
        let now_ms = self.calls.inner.now_ms();
        self.store.commit(Batch { fence: Some(self.fence), ops, now_ms }).await.unwrap();
    }

    /// What the lane hears until it has heard something for the n-th time.
    async fn until(&mut self, word: &str, mut times: usize) -> Vec<String> {
        let mut heard = Vec::new();
        while times > 0 {
            let next = self.lane().await;
            times -= usize::from(next.starts_with(word));
            heard.push(next);
        }
        heard
    }

    async fn kept(&self, run: &str) -> Option<Call> {
        self.store.call(format!("{run}/create")).await.unwrap()
    }

    /// Keys of the creations that took effect, in order.
    fn effects(&self) -> Vec<String> {
        let received = self.sandbox.received();
        let done = received.iter().filter(|received| received.outcome == Effect::Effect);
        done.map(|received| received.key.clone().unwrap_or_default()).collect()
    }
}

/// A caller without connections.
fn empty(clock: &Arc<dyn Clock>) -> Arc<Caller> {
    let transport = Transport::new(TransportOptions::default()).unwrap();
    Arc::new(Caller::new(&[], &BTreeMap::new(), transport, Arc::clone(clock)).unwrap())
}

/// The next notice about held calls.
async fn held(notices: &mut broadcast::Receiver<Notice>) -> bool {
    loop {
        if let Notice::Parked { held, .. } = notices.recv().await.unwrap() {
            return held;
        }
    }
}

#[tokio::test]
async fn an_outage_holds_back_and_its_end_drains_in_order() {
    let mut rig = Rig::new(true, "503;effect=none").await;
    let mut notices = rig.notices.subscribe();
    rig.start("r0", 0);
    assert_eq!(rig.until("park", 1).await, ["park r0 E-UNAVAILABLE"]);
    assert!(held(&mut notices).await && rig.calls.is_held("default", "shop"));
    for name in ["r1", "r2", "r3", "r4", "r5", "r6"] {
        rig.start(name, 0);
    }
    let heard = rig.until("park", 6).await;
    assert!(heard.iter().any(|heard| heard == "park r6 E-UNAVAILABLE"), "{heard:?}");
    let sent = rig.sandbox.count("create_thing").received;
    assert!(rig.effects().is_empty() && sent > 0);
    rig.sandbox.set_faults("".parse().unwrap());
    rig.calls.resume("default", "shop");
    let heard = rig.until("done", 7).await;
    let resumed: Vec<&str> = heard.iter().filter_map(|heard| heard.strip_prefix("resume ")).collect();
    assert_eq!(resumed, ["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
    // Several are under way at once by then, so the last ones may pass each other.
    let mut effects = rig.effects();
    effects.sort_unstable();
    assert_eq!(effects, resumed.iter().map(|name| format!("{name}/create")).collect::<Vec<_>>());
    assert!(!held(&mut notices).await && !rig.calls.is_held("default", "shop"));
    assert_eq!(rig.kept("r6").await.unwrap().state, CallState::Done);
    rig.start("r7", 0);
    assert_eq!(rig.lane().await, "done r7");
}

#[tokio::test]
async fn a_dead_credential_holds_back_until_it_is_repaired() {
    let mut rig = Rig::new(false, "").await;
    std::fs::write(rig.key_file(), "expired-key").unwrap();
    rig.start("r0", 0);
    rig.start("r1", 0);
    let heard = rig.until("park", 2).await;
    assert!(heard.contains(&"park r0 E-AUTH-REJECTED".to_owned()), "{heard:?}");
    std::fs::write(rig.key_file(), KEY).unwrap();
    rig.calls.load(rig.caller());
    rig.until("done", 2).await;
    assert_eq!(rig.effects().len(), 2);
    // The system refused the first one, so it was begun afresh although it takes no keys.
    let kept = rig.kept("r0").await.unwrap();
    assert!(kept.state == CallState::Done && kept.attempts > 1, "{kept:?}");
}

#[tokio::test]
async fn nobody_knows_and_nobody_repeats() {
    let mut rig = Rig::new(false, "reset").await;
    rig.start("r0", 0);
    assert_eq!(rig.lane().await, "unknown r0 E-OUTCOME-UNKNOWN");
    assert_eq!(rig.kept("r0").await.unwrap().state, CallState::Unknown);
    // Also not after a restart, when the run asks again.
    rig.sandbox.set_faults("".parse().unwrap());
    rig.restart().await;
    rig.start("r0", 1);
    assert_eq!(rig.lane().await, "unknown r0 E-OUTCOME-UNKNOWN");
    let count = rig.sandbox.count("create_thing");
    assert_eq!((count.received, count.effects), (1, 1));
}

#[tokio::test]
async fn what_is_held_back_outlives_the_hub() {
    let mut rig = Rig::new(true, "503;effect=none").await;
    rig.start("r0", 0);
    rig.until("park", 1).await;
    rig.start("r1", 0);
    rig.until("park r1", 1).await;
    rig.restart().await;
    assert!(rig.calls.is_held("default", "shop"));
    rig.start("r2", 0);
    let heard = rig.until("park r2", 1).await;
    assert!(!heard.contains(&"done r2".to_owned()));
    rig.sandbox.set_faults("".parse().unwrap());
    rig.calls.resume("default", "shop");
    rig.until("done", 3).await;
    let mut effects = rig.effects();
    effects.sort_unstable();
    assert_eq!(effects, ["r0/create", "r1/create", "r2/create"], "each once");
}

#[tokio::test]
async fn attempts_and_patience_end() {
    let mut rig = Rig::new(false, "429").await;
    let once = Tighten { attempts: Some(1), priority: None };
    rig.start_with("r0", 0, once, CancellationToken::new());
    assert_eq!(rig.lane().await, "failed r0 E-RATE-LIMITED");
    assert_eq!(rig.sandbox.count("create_thing").received, 1);
    rig.options.patience_ms = 0;
    rig.restart().await;
    rig.start("r1", 0);
    assert_eq!(rig.lane().await, "park r1 E-RATE-LIMITED");
    rig.until("failed r1", 1).await;
    assert_eq!(rig.kept("r1").await.unwrap().state, CallState::NotDone);
}

#[tokio::test]
async fn a_stopping_hub_sends_nothing_and_a_cancelled_call_fails() {
    let mut rig = Rig::new(false, "").await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    rig.start_with("r0", 0, Tighten::default(), cancel);
    assert_eq!(rig.lane().await, "failed r0 E-FLOW-CANCELLED");
    rig.calls.drain(Duration::from_secs(1)).await;
    rig.start("r1", 0);
    assert_eq!((rig.calls.under_way(), rig.sandbox.count("create_thing").received), (0, 0));
    assert!(rig.kept("r1").await.is_none());
}
