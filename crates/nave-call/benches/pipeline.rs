//! What the pipeline adds to a call on a warm connection, beside the bare HTTP client on the same
//! server in the same run. Goals: at most 60 µs more at the median, and at least 60 % of the bare
//! client's throughput with 64 calls under way.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to measure")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use nave_call::task::spawn;
use nave_call::{CallRequest, Caller, SystemClock, Transport, TransportOptions};
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::source;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Calls of one throughput sample.
const CALLS: usize = 1280;
/// Calls under way at the same time.
const AT_ONCE: usize = 64;

/// A typical answer: a charge, cut to what people read.
const ANSWER: &str = r#"{"id":"ch_1","object":"charge","amount":1999,"currency":"eur","paid":true,
"customer":"cus_9s6XKzkNRiz8i3","description":"Order 7 & 8","metadata":{"order":"7","shop":"main"}}"#;

const DESCRIPTION: &str = r#"
openapi: 3.1.0
info: { title: Billing, version: "1" }
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
security: [{ token: [] }]
paths:
  /charges/{id}:
    get:
      operationId: get_charge
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [id, amount]
                properties:
                  id: { type: string }
                  object: { type: string, enum: [charge] }
                  amount: { type: integer }
                  currency: { type: string }
                  paid: { type: boolean }
                  customer: { type: string }
                  description: { type: string }
                  metadata: { type: object, additionalProperties: { type: string } }
"#;

/// Where the server listens. It has a thread of its own, as a real one has a machine of its own.
static SERVER: LazyLock<SocketAddr> = LazyLock::new(|| {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let answer = service_fn(|_| async {
                    let response = http::Response::builder().header("content-type", "application/json");
                    Ok::<_, Infallible>(
                        response.body(Full::new(Bytes::from_static(ANSWER.as_bytes()))).unwrap(),
                    )
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                drop(spawn("server", async { connection.await.unwrap_or_default() }));
            }
        });
    });
    receiver.recv().unwrap()
});

fn main() {
    divan::main();
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A caller with a connection to the server, its limits out of the way.
fn caller(folder: &tempfile::TempDir) -> Caller {
    let source = source::read("billing.yaml", DESCRIPTION.as_bytes()).unwrap();
    let input = Input { name: "billing", source, manifest: None, overlay: None, resolver: &NoResolver };
    let connector = Arc::new(import(input).unwrap().connector);
    let key = folder.path().join("key");
    std::fs::write(&key, "sk_test_1234").unwrap();
    let document = json!({
        "connector": "billing",
        "address": format!("http://{}/", *SERVER),
        "allow_private_hosts": ["127.0.0.1"],
        "credential": {"secret": {"file": key}},
        "limits": {"concurrency": AT_ONCE},
    });
    let documents = BTreeMap::from([("billing".to_owned(), serde_json::from_value(document).unwrap())]);
    let transport = Transport::new(TransportOptions::default()).unwrap();
    Caller::new(&[connector], &documents, transport, Arc::new(SystemClock::new())).unwrap()
}

async fn call(caller: &Caller, number: usize) {
    let arguments = json!({"id": format!("ch_{number}")});
    let answer = caller.call(CallRequest::new("billing", "get_charge", arguments)).await.unwrap();
    assert_eq!(answer.status, 200);
    divan::black_box(answer);
}

type Bare = Client<HttpConnector, Full<Bytes>>;

#[expect(clippy::disallowed_methods, reason = "the bare client is the yardstick")]
fn bare() -> Bare {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

/// What anyone must do at least: send, read all of it, parse it.
async fn fetch(client: &Bare, number: usize) {
    let request = http::Request::get(format!("http://{}/charges/ch_{number}", *SERVER))
        .header("authorization", "Bearer sk_test_1234")
        .body(Full::default())
        .unwrap();
    let body = client.request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    divan::black_box(serde_json::from_slice::<serde_json::Value>(&body).unwrap());
}

#[divan::bench(sample_count = 2000, sample_size = 1)]
fn one_call_bare(bencher: Bencher<'_, '_>) {
    let (runtime, client) = (runtime(), bare());
    runtime.block_on(fetch(&client, 0));
    bencher.bench_local(|| runtime.block_on(fetch(&client, 1)));
}

#[divan::bench(sample_count = 2000, sample_size = 1)]
fn one_call_pipeline(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, caller) = (runtime(), caller(&folder));
    runtime.block_on(call(&caller, 0));
    bencher.bench_local(|| runtime.block_on(call(&caller, 1)));
}

/// Makes [`CALLS`] calls from [`AT_ONCE`] tasks, one after the other in each.
async fn at_once<F: Future<Output = ()> + Send + 'static>(
    make: impl Fn(usize) -> F + Clone + Send + 'static,
) {
    let task = |_| {
        let make = make.clone();
        spawn("calls", async move {
            for number in 0..CALLS / AT_ONCE {
                make(number).await;
            }
        })
    };
    for ended in join_all((0..AT_ONCE).map(task)).await {
        ended.unwrap();
    }
}

#[divan::bench(sample_count = 60, sample_size = 1)]
fn sixty_four_at_once_bare(bencher: Bencher<'_, '_>) {
    let (runtime, client) = (runtime(), bare());
    let all = || {
        let client = client.clone();
        at_once(move |number| {
            let client = client.clone();
            async move { fetch(&client, number).await }
        })
    };
    runtime.block_on(all());
    bencher.counter(ItemsCount::new(CALLS)).bench_local(|| runtime.block_on(all()));
}

#[divan::bench(sample_count = 60, sample_size = 1)]
fn sixty_four_at_once_pipeline(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, caller) = (runtime(), Arc::new(caller(&folder)));
    // Every task asks for something else, because equal reads at the same time are made once.
    let next = Arc::new(AtomicUsize::new(0));
    let all = || {
        let (caller, next) = (Arc::clone(&caller), Arc::clone(&next));
        at_once(move |_| {
            let (caller, number) = (Arc::clone(&caller), next.fetch_add(1, Ordering::Relaxed));
            async move { call(&caller, number).await }
        })
    };
    runtime.block_on(all());
    bencher.counter(ItemsCount::new(CALLS)).bench_local(|| runtime.block_on(all()));
}
