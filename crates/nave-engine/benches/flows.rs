//! Durable flows a second: events become runs of four calls each, against a system in the same process that
//! keeps its connections open, with a store on disk that syncs. System, load and hub share the machine.
//!
//! `cargo bench -p nave-engine --bench flows`, or with a number of flows: `-- 20000`. Without `--bench` (as
//! tests run it) only a handful of flows are run.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark says what it measured")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use nave_call::{Caller, Clock, SystemClock, Transport, TransportOptions};
use nave_engine::engine::Parts;
use nave_engine::{Engine, FlowSet, Options};
use nave_model::event::{Body, Event};
use nave_project::{Memory, Project};
use nave_store::Store;
use nave_store::sqlite::Sqlite;
use serde_json::json;
use tokio::net::TcpListener;

const DESCRIPTION: &str = r##"
openapi: 3.1.0
info: { title: Shop, version: "1" }
components:
  schemas:
    Order:
      type: object
      required: [order, amount]
      properties: { order: { type: string }, amount: { type: number } }
    Done: { type: object, required: [id], properties: { id: { type: string } } }
  requestBodies:
    order: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } }
  responses:
    done: { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Done" } } } }
paths:
  /reservations: { post: { operationId: reserve, requestBody: { $ref: "#/components/requestBodies/order" }, responses: { "200": { $ref: "#/components/responses/done" } } } }
  /charges: { post: { operationId: charge, requestBody: { $ref: "#/components/requestBodies/order" }, responses: { "200": { $ref: "#/components/responses/done" } } } }
  /shipments: { post: { operationId: ship, requestBody: { $ref: "#/components/requestBodies/order" }, responses: { "200": { $ref: "#/components/responses/done" } } } }
  /notes: { post: { operationId: note, requestBody: { $ref: "#/components/requestBodies/order" }, responses: { "200": { $ref: "#/components/responses/done" } } } }
"##;

const MANIFEST: &str = r##"
connector: shop
title: Shop
summary: Orders of a shop.
description: openapi.yaml
idempotency: { header: Idempotency-Key, methods: [POST] }
events:
  order.placed: { summary: An order was placed., schema: "#/components/schemas/Order" }
"##;

const FLOW: &str = r#"
flow: fulfil
trigger: shop.order.placed
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
  - charged: shop.charge
    with: "{ order: $reserved.id, amount }"
  - shipped: shop.ship
    with: "{ order: $charged.id, amount }"
  - noted: shop.note
    with: "{ order: $shipped.id, amount }"
output: $noted.id
"#;

/// Events that are handed in together.
const TOGETHER: usize = 100;

/// Answers everything at once, on connections that stay open.
async fn system(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let service = service_fn(async |request: Request<Incoming>| {
            request.into_body().collect().await.ok();
            let body = Full::new(Bytes::from_static(br#"{"id":"thing-4711"}"#));
            let response = Response::builder().header("Content-Type", "application/json").body(body);
            Ok::<_, Infallible>(response.unwrap())
        });
        let serving =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        nave_call::task::spawn("system", async move { serving.await.unwrap_or_default() });
    }
}

fn event(number: usize) -> Event {
    let order = format!("order-{number}");
    Event {
        id: order.clone(),
        source: "/connections/shop".to_owned(),
        name: "shop.order.placed".to_owned(),
        subject: None,
        time_ms: None,
        received_ms: 0,
        trace: None,
        extensions: BTreeMap::new(),
        media: "application/json".to_owned(),
        body: Body::Inline(json!({"order": order, "amount": 12.5}).to_string().into_bytes()),
    }
}

async fn engine(store: &Arc<dyn Store>, address: &str) -> Arc<Engine> {
    let connection = json!({
        "connector": "shop", "address": address, "allow_private_hosts": ["127.0.0.1"],
        "limits": {"concurrency": 64},
    });
    let connection = connection.to_string();
    let files = BTreeMap::from([
        ("nave.yaml", "name: bench\n"),
        ("connectors/shop/openapi.yaml", DESCRIPTION),
        ("connectors/shop/connector.yaml", MANIFEST),
        ("connections/shop.yaml", connection.as_str()),
        ("flows/fulfil.yaml", FLOW),
    ]);
    let (project, problems) = Project::load(Arc::new(Memory::new(files)));
    assert!(problems.is_empty(), "{problems:?}");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let options = TransportOptions { clock: Arc::clone(&clock), ..TransportOptions::default() };
    let transport = Transport::new(options).unwrap();
    let connectors = [project.connector("shop").unwrap()];
    let caller = Caller::new(&connectors, project.connections(), transport, Arc::clone(&clock)).unwrap();
    let caller = Arc::new(caller.with_ledger(Arc::clone(store), "default"));
    let flows = FlowSet::of(&project);
    let store = Arc::clone(store);
    Engine::start(Parts { store, caller, flows, clock, options: Options::default() }).await.unwrap()
}

async fn count(engine: &Engine, name: &str) -> f64 {
    let figures = engine.figures().await.unwrap();
    figures.iter().filter(|figure| figure.name == name).map(|figure| figure.value).sum()
}

#[expect(clippy::disallowed_methods, reason = "it is the machine's time that is measured")]
async fn measure(flows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Sqlite::open(folder.path(), Default::default()).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    nave_call::task::spawn("system", system(listener));
    let engine = engine(&store, &address).await;
    let began = Instant::now();
    for first in (0..flows).step_by(TOGETHER) {
        let events = (first..flows.min(first + TOGETHER)).map(event).collect();
        engine.accept("default", events, Vec::new()).await.unwrap();
    }
    let accepted = began.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
    let wanted = flows as f64;
    while count(&engine, "nave_runs_completed").await < wanted {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    let (health, commits) = (store.health(), count(&engine, "nave_commit_seconds_count").await);
    println!(
        "{flows} flows of four calls in {took:?}: {:.0} flows/s (accepted in {accepted:?}); {} syncs, {} batches \
         ({:.1} a flow), {commits} of lanes, {:.1} kB a flow",
        wanted / took.as_secs_f64(),
        health.syncs,
        health.batches,
        float(health.batches) / wanted,
        float(health.bytes) / wanted / 1e3,
    );
    engine.drain(Duration::from_secs(1)).await;
}

#[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
fn float(number: u64) -> f64 {
    number as f64
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let is_measured = arguments.iter().any(|argument| argument == "--bench");
    let asked = arguments.iter().find_map(|argument| argument.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(asked.unwrap_or(if is_measured { 10_000 } else { 10 })));
}
