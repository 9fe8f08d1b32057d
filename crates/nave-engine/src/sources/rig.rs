//! What the tests of sources and batches stand on: a door over a real store that fails when it is told to,
//! and a sandbox of a real connector.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use nave_call::clock::Sleep;
use nave_call::{CallRequest, Caller, Clock, SystemClock, Transport, TransportOptions};
use nave_model::connection::Connection;
use nave_model::fault::codes;
use nave_model::{Event, Fault};
use nave_project::{Memory, Project};
use nave_sandbox::{Options, Sandbox};
use nave_store::batch::{Message, NewMessage};
use nave_store::sqlite::Sqlite;
use nave_store::{Intake, Pending, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::door::{Begin, Door, Refused, now_ms};
use crate::engine::Cursors;
use crate::project::{Definition, FlowSet, Runnable};

/// How the next write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fail {
    /// It does not.
    Not,
    /// Before anything is durable.
    Before,
    /// Once everything is durable, as when the process dies before it hears.
    After,
}

/// A door whose starts are messages of lane 0.
#[derive(Debug)]
pub(crate) struct Gate {
    store: Arc<dyn Store>,
    caller: Arc<Caller>,
    flows: Mutex<Arc<FlowSet>>,
    clock: Arc<dyn Clock>,
    fails: Mutex<VecDeque<Fail>>,
    _folder: tempfile::TempDir,
}

impl Gate {
    /// What makes no calls.
    pub(crate) fn no_connections() -> Arc<Caller> {
        let transport = Transport::new(TransportOptions::default()).unwrap();
        let clock = Arc::new(SystemClock::new());
        Arc::new(Caller::new(&[], &BTreeMap::new(), transport, clock).unwrap())
    }

    pub(crate) fn with(caller: Arc<Caller>, clock: Arc<dyn Clock>) -> Gate {
        let folder = tempfile::tempdir().unwrap();
        let options = nave_store::sqlite::Options {
            lanes: 2,
            // What is crashed here is the process, never the machine.
            synchronous: nave_store::sqlite::Synchronous::Off,
            ..nave_store::sqlite::Options::default()
        };
        let store = Sqlite::open(folder.path(), options).unwrap();
        let (flows, fails) = (Mutex::default(), Mutex::default());
        Gate { store, caller, flows, clock, fails, _folder: folder }
    }

    /// How the next writes fail, one after the other.
    pub(crate) fn fail(&self, fails: impl IntoIterator<Item = Fail>) {
        self.fails.lock().unwrap().extend(fails);
    }

    pub(crate) fn load(&self, flows: &[&str]) {
        let mut set = FlowSet::default();
        for text in flows {
            let read = nave_flow::read("f.yaml", text.as_bytes());
            assert!(read.errors.is_empty(), "{:?}", read.errors);
            let flow = Arc::new(read.flow.unwrap());
            let definition = Definition { path: String::new(), text: String::new(), picks: BTreeMap::new() };
            let runnable = Runnable { hash: String::new(), definition: Arc::new(definition), flow };
            set.flows.insert(runnable.flow.name.clone(), runnable);
        }
        *self.flows.lock().unwrap() = Arc::new(set);
    }

    /// What was started or accepted, in order: `{flow, data, dedup}`, or `{event, data, dedup}`.
    pub(crate) async fn started(&self) -> Vec<Value> {
        let queued = self.store.read(0, "default".to_owned(), 0, usize::MAX >> 1).await.unwrap();
        let told = queued.into_iter().map(|queued| match queued.message.unwrap() {
            Message::Start(bytes) => serde_json::from_slice(&bytes).unwrap(),
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    /// The data of what was started.
    pub(crate) async fn data(&self) -> Vec<Value> {
        self.started().await.into_iter().map(|mut start| start["data"].take()).collect()
    }

    async fn append(&self, what: Vec<(String, Value)>, cursors: Cursors) -> Result<(), Fault> {
        let fail = self.fails.lock().unwrap().pop_front().unwrap_or(Fail::Not);
        let failed = || Err(Fault::new(codes::STORE_FAILED, "as it was told to"));
        if fail == Fail::Before {
            return failed();
        }
        let messages = what.into_iter().map(|(dedup, what)| NewMessage {
            tenant: "default".to_owned(),
            lane: 0,
            dedup: Some(dedup),
            message: Message::Start(what.to_string().into_bytes()),
        });
        let now_ms = now_ms(self.clock.as_ref());
        self.store.append(Intake { messages: messages.collect(), cursors, now_ms }).await?;
        if fail == Fail::After { failed() } else { Ok(()) }
    }
}

impl Door for Gate {
    fn begin<'a>(
        &'a self,
        _tenant: &'a str,
        flow: &'a str,
        starts: Vec<Begin>,
        cursors: Cursors,
    ) -> Pending<'a, Vec<Refused>> {
        Box::pin(async move {
            let mut refused = Vec::new();
            let mut messages = Vec::new();
            for (number, Begin { data, dedup }) in starts.into_iter().enumerate() {
                if data.to_string().contains("refuse me") {
                    refused.push((number, Fault::new(codes::EVENT_INVALID, "it does not fit")));
                } else {
                    let what = json!({ "flow": flow, "data": data, "dedup": dedup });
                    messages.push((dedup, what));
                }
            }
            let cursors = if refused.is_empty() { cursors } else { Vec::new() };
            self.append(messages, cursors).await?;
            Ok(refused)
        })
    }

    fn accept<'a>(&'a self, _tenant: &'a str, events: Vec<Event>, cursors: Cursors) -> Pending<'a, ()> {
        let told = |event: Event| {
            let nave_model::event::Body::Inline(body) = event.body else { panic!() };
            let data: Value = serde_json::from_slice(&body).unwrap();
            let dedup = format!("{}:{}", event.source, event.id);
            (dedup.clone(), json!({ "event": event.name, "data": data, "dedup": dedup }))
        };
        Box::pin(self.append(events.into_iter().map(told).collect(), cursors))
    }

    fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self.caller)
    }

    fn flows(&self) -> Arc<FlowSet> {
        Arc::clone(&self.flows.lock().unwrap())
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
}

/// A clock whose calendar time a test sets, and whose sleeps end at once, having moved it.
#[derive(Debug)]
pub(crate) struct SetClock {
    wall_ms: Mutex<i64>,
    slept: Mutex<Duration>,
}

impl SetClock {
    pub(crate) fn at(time: &str) -> Arc<SetClock> {
        let clock = SetClock { wall_ms: Mutex::new(0), slept: Mutex::new(Duration::ZERO) };
        clock.set(time);
        Arc::new(clock)
    }

    pub(crate) fn set(&self, time: &str) {
        *self.wall_ms.lock().unwrap() = time.parse::<Timestamp>().unwrap().as_millisecond();
    }
}

impl Clock for SetClock {
    fn now(&self) -> Duration {
        *self.slept.lock().unwrap()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_millisecond(*self.wall_ms.lock().unwrap()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        *self.slept.lock().unwrap() += duration;
        *self.wall_ms.lock().unwrap() += i64::try_from(duration.as_millis()).unwrap();
        Box::pin(tokio::task::yield_now())
    }
}

/// A connection `billing` to a sandbox of Stripe, and what it has in its list of customers.
pub(crate) struct System {
    pub(crate) caller: Arc<Caller>,
    pub(crate) sandbox: Arc<Sandbox>,
    /// Ends the sandbox when dropped.
    _stop: oneshot::Sender<()>,
    _secrets: tempfile::TempDir,
}

impl System {
    pub(crate) async fn start() -> System {
        let (project, problems) = Project::load(Arc::new(Memory::default()));
        assert_eq!(problems, []);
        let connector = project.connector("stripe").unwrap();
        let sandbox = Arc::new(Sandbox::new(Arc::clone(&connector), Options::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = Arc::clone(&sandbox);
        nave_call::task::spawn("sandbox", async move {
            nave_sandbox::serve::serve(listener, serving, async { drop(stopped.await) }).await;
        });
        let secrets = tempfile::tempdir().unwrap();
        let key = secrets.path().join("key");
        std::fs::write(&key, "sk_test_1").unwrap();
        let connection: Connection = serde_json::from_value(json!({
            "connector": "stripe",
            "address": address,
            "allow_private_hosts": ["127.0.0.1"],
            "credential": {"secret": {"file": key}},
        }))
        .unwrap();
        let transport = Transport::new(TransportOptions::default()).unwrap();
        let connections = BTreeMap::from([("billing".to_owned(), connection)]);
        let caller =
            Caller::new(&[connector], &connections, transport, Arc::new(SystemClock::new())).unwrap();
        System { caller: Arc::new(caller), sandbox, _stop: stop, _secrets: secrets }
    }

    /// A person's call at the system.
    pub(crate) async fn call(&self, operation: &str, arguments: Value) -> Value {
        self.caller.call(CallRequest::new("billing", operation, arguments)).await.unwrap().value
    }

    pub(crate) async fn create(&self, name: &str) -> String {
        let created = self.call("create_customer", json!({ "name": name })).await;
        created["id"].as_str().unwrap().to_owned()
    }
}
