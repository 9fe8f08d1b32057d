//! Whole calls over a scripted way out, on paused time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use nave_connector::Connector;
use nave_connector::manifest::{Auth, IdempotencyRule, Manifest};
use nave_model::connection::Connection as Document;
use nave_model::fault::codes;
use nave_model::{Code, Fault};
use serde_json::{Value, json};

use crate::answer::{Answer, CallRequest};
use crate::caller::{Caller, Sending, Wire};
use crate::clock::{Clock, SystemClock};
use crate::fixture;
use crate::transport::{Incoming, Outgoing};

mod connections;
mod ledger;
mod paging;
mod reloading;
mod repeating;
mod reuse;
mod sending;
mod settling;

/// What the system does with a request: its number, counted from 1, and the request.
type System = dyn Fn(usize, &Outgoing) -> Result<Incoming, Fault> + Send + Sync;

/// A way out that is a function, takes a second, and remembers what was sent and when.
#[derive(Clone)]
struct Script {
    system: Arc<System>,
    clock: Arc<dyn Clock>,
    sent: Arc<Mutex<Vec<(Duration, Outgoing)>>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Wire for Script {
    fn send(&self, outgoing: Outgoing) -> Sending<'_> {
        let answer = {
            let mut sent = self.sent.lock().unwrap();
            sent.push((self.clock.now(), outgoing.clone()));
            (self.system)(sent.len(), &outgoing)
        };
        Box::pin(async move {
            self.clock.sleep(Duration::from_secs(1)).await;
            answer
        })
    }
}

/// Connections of `crm` over a scripted system.
struct Rig {
    caller: Caller,
    script: Script,
    connector: Arc<Connector>,
    folder: tempfile::TempDir,
}

const KEY: &str = "sk_live_0123";

impl Rig {
    /// Connections as `name: document` in YAML; `KEY_FILE` stands for a file that holds [`KEY`].
    fn new(
        manifest: Manifest,
        connections: &Value,
        system: impl Fn(usize, &Outgoing) -> Result<Incoming, Fault> + Send + Sync + 'static,
    ) -> Self {
        Rig::try_new(manifest, connections, system).unwrap()
    }

    fn try_new(
        manifest: Manifest,
        connections: &Value,
        system: impl Fn(usize, &Outgoing) -> Result<Incoming, Fault> + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), KEY).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let script = Script { system: Arc::new(system), clock: Arc::clone(&clock), sent: Arc::default() };
        let connector: Arc<Connector> = Arc::new(fixture::connector(manifest));
        let documents = documents(&folder, connections);
        let connectors = [Arc::clone(&connector)];
        let caller = Caller::over(&connectors, &documents, Arc::new(script.clone()), clock)?;
        Ok(Rig { caller, script, connector, folder })
    }

    async fn call(&self, operation: &str, arguments: Value) -> Result<Answer, Fault> {
        self.caller.call(CallRequest::new("crm", operation, arguments)).await
    }

    fn sent(&self) -> Vec<Outgoing> {
        self.script.sent.lock().unwrap().iter().map(|(_, outgoing)| outgoing.clone()).collect()
    }

    fn times(&self) -> Vec<Duration> {
        self.script.sent.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }
}

/// Connections by name, their file of a key found.
fn documents(folder: &tempfile::TempDir, connections: &Value) -> BTreeMap<String, Document> {
    let file = folder.path().join("key");
    serde_json::from_str(&connections.to_string().replace("KEY_FILE", file.to_str().unwrap())).unwrap()
}

/// One connection `crm` with a key.
fn keyed() -> Value {
    json!({"crm": {"connector": "crm", "credential": {"secret": {"file": "KEY_FILE"}}}})
}

fn manifest() -> Manifest {
    let auth = Auth { scheme: None, help: "Ask your admin.".into(), test: None };
    Manifest { auth: Some(auth), ..Manifest::default() }
}

fn answer(status: u16, body: &Value) -> Result<Incoming, Fault> {
    with_headers(status, body, &[])
}

fn with_headers(status: u16, body: &Value, headers: &[(&str, &str)]) -> Result<Incoming, Fault> {
    let mut all =
        HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    for (name, value) in headers {
        all.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let url = "https://crm.example/".parse().unwrap();
    Ok(Incoming { status, headers: all, body: Bytes::from(body.to_string()), url })
}

fn lost(code: Code) -> Result<Incoming, Fault> {
    Err(Fault::new(code, "it broke"))
}
