//! A temporary project with a hub in it, asked over real HTTP.
#![expect(clippy::unwrap_used, reason = "a rig of tests fails like a test")]

use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::Stream as Bits;
use http::{HeaderMap, Method};
use nave_server::client::{Client, Raw, Stream};
use nave_server::config::Layers;
use nave_server::view::{Batch, Listed, Run, RunDetail, Started};
use nave_server::{Config, Hub, HubOptions, Mode};
use nave_store::Store;
use nave_store::batch::{Intent, Op};
use nave_store::sqlite::Sqlite;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

const CONNECTOR: &str = "connector: notes\ntitle: Notes\nsummary: Keeps notes.\ndescription: openapi.yaml\n\
    operations:\n  create_note: {summary: Keep a note.}\n";

const DESCRIPTION: &str = r#"
openapi: 3.0.3
info: {title: Notes, version: "1"}
servers: [{url: "https://notes.example"}]
security: [{key: []}]
paths:
  /notes:
    post:
      operationId: create_note
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [text]
              properties: {text: {type: string, minLength: 1}}
      responses:
        "201":
          description: The note.
          content:
            application/json:
              schema:
                type: object
                required: [id, text]
                properties: {id: {type: string}, text: {type: string}}
components:
  securitySchemes:
    key: {type: http, scheme: bearer}
"#;

const CONNECTION: &str = "connector: notes\ncredential: {secret: {env: NAVE_TEST_NO_SUCH_KEY}}\n";

/// Keeps a note of what was heard.
pub(crate) const KEEP: &str = r#"
flow: keep
trigger: [thing.heard, manual]
steps:
  - kept: notes.create_note
    with: |
      { text: (.text | tostring) }
"#;

/// Asks before it keeps.
pub(crate) const ASK: &str = r#"
flow: team/ask
trigger: manual
steps:
  - approve: ask lead
    title: Keep ${.text}?
  - kept: notes.create_note
    with: |
      { text: (.text | tostring) }
"#;

/// Ends with a fault of its own.
pub(crate) const FAIL: &str = r#"
flow: fail
trigger: manual
steps:
  - no: raise
    code: never
    message: This cannot be.
"#;

/// Says that something was heard.
pub(crate) const TELL: &str = r#"
flow: tell
trigger: manual
steps:
  - told: emit thing.heard
    with: |
      { text: (.text | tostring) }
"#;

/// A project in a temporary folder.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A project with the connector and connection `notes` and some flows.
    pub(crate) fn new() -> Self {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write("nave.yaml", "name: trial\n");
        place.write("connectors/notes/connector.yaml", CONNECTOR);
        place.write("connectors/notes/openapi.yaml", DESCRIPTION);
        place.write("connections/notes.yaml", CONNECTION);
        place.write("flows/keep.yaml", KEEP);
        place.write("flows/team/ask.yaml", ASK);
        place.write("flows/fail.yaml", FAIL);
        place.write("flows/tell.yaml", TELL);
        place
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn options(&self, mode: Mode, settings: &[(&str, &str)]) -> HubOptions {
        let mut flags = vec![("listen".to_owned(), "127.0.0.1:0".to_owned())];
        flags.extend(settings.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())));
        let config = Config::read(&Layers { flags, ..Layers::default() }).unwrap();
        HubOptions { folder: self.root().to_path_buf(), mode, config }
    }

    /// Leaves calls of a person in the store that were under way when a hub stopped.
    pub(crate) async fn interrupted(&self, calls: &[&str]) {
        let store = Sqlite::open(&self.path(".nave/store"), Default::default()).unwrap();
        let intent = |id: &&str| Intent {
            id: (*id).to_owned(),
            tenant: "default".to_owned(),
            connection: "notes".to_owned(),
            operation: "create_note".to_owned(),
            effect: "write".to_owned(),
            digest: String::new(),
            key: None,
            principal: "person".to_owned(),
            run: None,
            trace: None,
            arguments: json!({ "text": "milk" }).to_string().into_bytes(),
        };
        let ops = calls.iter().map(|id| Op::Intend(Box::new(intent(id)))).collect();
        store.commit(nave_store::Batch { fence: None, ops, now_ms: 1 }).await.unwrap();
    }

    /// A hub in dev, and a client of it.
    pub(crate) async fn dev(&self) -> (Hub, Asker) {
        let hub = Hub::start(self.options(Mode::Dev, &[])).await.unwrap();
        assert_eq!(hub.project().errors, []);
        let asker = Asker(hub.client().unwrap());
        (hub, asker)
    }
}

/// A client that fails like a test.
#[derive(Clone)]
pub(crate) struct Asker(pub(crate) Client);

impl Asker {
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> impl Future<Output = Value> {
        let (client, path) = (self.0.clone(), path.to_owned());
        async move { client.get(&path).await.unwrap() }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let body = (!body.is_null()).then_some(body);
        self.0.ask(Method::POST, path, body.as_ref()).await.unwrap()
    }

    /// The code of the fault a request ends with, and what helps.
    pub(crate) async fn refused(&self, method: Method, path: &str, body: Option<Value>) -> (String, String) {
        let fault = self.0.ask::<Value>(method, path, body.as_ref()).await.unwrap_err();
        (fault.code.name.to_owned(), fault.hint.clone().unwrap_or_default())
    }

    /// Anything, as it comes.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Raw {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        self.0.send(method, path, map, Bytes::from(body.to_owned())).await.unwrap()
    }

    /// Starts a flow and gives the run's id.
    pub(crate) async fn start(&self, flow: &str, data: Value) -> String {
        let started: Started = self.0.post("/runs", &json!({ "flow": flow, "data": data })).await.unwrap();
        started.run
    }

    /// The run, once it is in one of these states.
    pub(crate) async fn settled(&self, run: &str, states: &[&str]) -> RunDetail {
        let mut stream = self.0.stream(&format!("run={run}"), None).await.unwrap();
        loop {
            let detail: Result<RunDetail, _> = self.0.get(&format!("/runs/{run}")).await;
            if let Ok(detail) = detail
                && states.contains(&detail.run.state.as_str())
            {
                return detail;
            }
            stream.next().await.unwrap().unwrap();
        }
    }

    /// The runs of a query.
    pub(crate) async fn runs(&self, query: &str) -> Vec<Run> {
        let listed: Listed<Run> = self.0.get(&format!("/runs?{query}")).await.unwrap();
        listed.items
    }

    /// The runs of a query, once there are so many: they are accepted first, and their lanes take them right after.
    pub(crate) async fn begun(&self, query: &str, count: usize) -> Vec<Run> {
        loop {
            let runs = self.runs(query).await;
            if runs.len() >= count {
                return runs;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The ids of dead letters, once there are so many, as parts of paths.
    pub(crate) async fn dead(&self, count: usize) -> Vec<String> {
        loop {
            let dead = self.get("/dead").await;
            let items = dead["items"].as_array().unwrap();
            if items.len() >= count {
                let id = |item: &Value| nave_server::client::encoded(item["id"].as_str().unwrap());
                return items.iter().map(id).collect();
            }
            tokio::task::yield_now().await;
        }
    }

    /// The ids of calls that nobody knows the outcome of, once there are so many, as parts of paths; oldest first.
    pub(crate) async fn unknown(&self, count: usize) -> Vec<String> {
        loop {
            let listed = self.get("/ledger?state=unknown").await;
            let items = listed["items"].as_array().unwrap();
            if items.len() >= count {
                let id = |item: &Value| nave_server::client::encoded(item["id"].as_str().unwrap());
                return items.iter().rev().map(id).collect();
            }
            tokio::task::yield_now().await;
        }
    }

    /// The batch, once it is in this state.
    pub(crate) async fn batch(&self, id: &str, state: &str) -> Batch {
        let mut stream = self.0.stream("kinds=batch", None).await.unwrap();
        loop {
            let batch: Result<Batch, _> = self.0.get(&format!("/batches/{id}")).await;
            if let Ok(batch) = batch
                && serde_json::to_value(batch.state).unwrap() == state
            {
                return batch;
            }
            stream.next().await.unwrap().unwrap();
        }
    }

    pub(crate) async fn stream(&self, query: &str) -> Stream {
        self.0.stream(query, None).await.unwrap()
    }
}

/// A body that goes on until its sender is dropped.
pub(crate) fn bits(
    from: UnboundedReceiver<std::io::Result<Bytes>>,
) -> impl Bits<Item = std::io::Result<Bytes>> + Send {
    futures_util::stream::unfold(from, |mut from| async move { Some((from.recv().await?, from)) })
}
