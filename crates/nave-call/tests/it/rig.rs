//! A caller over real sockets to a sandbox, on a clock that runs faster than the wall's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nave_call::clock::{Clock, Sleep, SystemClock};
use nave_call::{Caller, Transport, TransportOptions};
use nave_connector::Connector;
use nave_connector::manifest::{IdempotencyRule, Manifest};
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::source;
use nave_model::connection::Connection;
use nave_sandbox::serve::Running;
use nave_sandbox::{Options, Profile, Sandbox};
use serde_json::{Value, json};

/// A clock on which this many seconds pass in one second of the machine.
#[derive(Debug)]
pub(crate) struct FastClock {
    factor: u32,
    machine: SystemClock,
}

impl Clock for FastClock {
    fn now(&self) -> Duration {
        self.machine.now() * self.factor
    }

    fn wall(&self) -> Timestamp {
        self.machine.wall()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.machine.sleep(duration / self.factor)
    }
}

/// Read (`get_thing`), idempotent by nature (`put_thing`), and neither (`create_thing`, `pay_thing`).
const DESCRIPTION: &str = r##"
openapi: 3.1.0
info: { title: Shop, version: "1" }
components:
  schemas:
    Thing:
      type: object
      properties: { id: { type: string }, name: { type: string }, amount: { type: integer } }
  responses:
    thing: { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }
paths:
  /things:
    post:
      operationId: create_thing
      requestBody:
        content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } }
      responses: { "201": { $ref: "#/components/responses/thing" } }
  /things/{thing}:
    parameters: [{ name: thing, in: path, required: true, schema: { type: string } }]
    get:
      operationId: get_thing
      responses: { "200": { $ref: "#/components/responses/thing" } }
    put:
      operationId: put_thing
      requestBody:
        content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } }
      responses: { "200": { $ref: "#/components/responses/thing" } }
  /things/{thing}/pay:
    post:
      operationId: pay_thing
      parameters: [{ name: thing, in: path, required: true, schema: { type: string } }]
      responses: { "200": { $ref: "#/components/responses/thing" } }
"##;

/// A sandbox that is served, and a caller whose connection `shop` leads to it.
pub(crate) struct Rig {
    pub(crate) caller: Caller,
    pub(crate) clock: Arc<FastClock>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) connector: Arc<Connector>,
    pub(crate) documents: BTreeMap<String, Connection>,
    _running: Running,
}

/// How a rig is made.
pub(crate) struct Setup<'a> {
    /// Faults, as a sandbox profile.
    pub(crate) faults: &'a str,
    /// Whether creations carry an idempotency key.
    pub(crate) keys: bool,
    /// `limits` and `timeouts` of the connection.
    pub(crate) connection: Value,
    /// Speed of the clock.
    pub(crate) factor: u32,
}

impl Rig {
    pub(crate) fn new(setup: &Setup<'_>) -> Self {
        let rule =
            IdempotencyRule { header: "Idempotency-Key".into(), methods: vec!["POST".into()], hours: None };
        let manifest = Manifest {
            connector: "shop".into(),
            idempotency: setup.keys.then_some(rule),
            ..Manifest::default()
        };
        let source = source::read("shop.yaml", DESCRIPTION.as_bytes()).unwrap();
        let input =
            Input { name: "shop", source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
        let connector: Arc<Connector> = Arc::new(import(input).unwrap().connector);
        let faults: Profile = setup.faults.parse().unwrap();
        let options = Options { faults, ..Options::default() };
        let sandbox = Arc::new(Sandbox::new(Arc::clone(&connector), options));
        // It starts a runtime of its own, which the thread of a test's runtime may not.
        let start = std::thread::spawn({
            let sandbox = Arc::clone(&sandbox);
            move || Running::start(sandbox).unwrap()
        });
        let running = start.join().unwrap();
        let mut document = json!({
            "connector": "shop",
            "address": running.url(),
            "allow_private_hosts": ["127.0.0.1"],
        });
        for (name, value) in setup.connection.as_object().unwrap() {
            document[name] = value.clone();
        }
        let documents = BTreeMap::from([("shop".to_owned(), serde_json::from_value(document).unwrap())]);
        let clock = Arc::new(FastClock { factor: setup.factor, machine: SystemClock::new() });
        let options =
            TransportOptions { clock: Arc::<FastClock>::clone(&clock), ..TransportOptions::default() };
        let transport = Transport::new(options).unwrap();
        let caller =
            Caller::new(&[Arc::clone(&connector)], &documents, transport, Arc::<FastClock>::clone(&clock))
                .unwrap();
        Rig { caller, clock, sandbox, connector, documents, _running: running }
    }

    /// Seconds of the caller's time since it was made.
    pub(crate) fn caller_seconds(&self) -> f64 {
        self.clock.now().as_secs_f64()
    }
}
