//! What a call costs before it leaves: checking and building, beside writing the same values as JSON,
//! the least any client must do.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot run has nothing to measure")]

use std::path::PathBuf;

use divan::Bencher;
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::route::{Found, Router};
use nave_connector::{Connector, check, request, source};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// The built-in connector for Stripe.
fn stripe() -> Connector {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../connectors/stripe/openapi.yaml");
    let bytes = std::fs::read(path).unwrap();
    let source = source::read("openapi.yaml", &bytes).unwrap();
    let input = Input { name: "stripe", source, manifest: None, overlay: None, resolver: &NoResolver };
    import(input).unwrap().connector
}

/// A typical call: a few fields, one object, one list.
fn arguments() -> Value {
    json!({
        "amount": 1999,
        "currency": "eur",
        "customer": "cus_9s6XKzkNRiz8i3",
        "description": "Order 7 & 8",
        "metadata": {"order": "7", "shop": "main"},
    })
}

const OPERATION: &str = "create_payment_intent";

#[divan::bench]
fn yardstick_write_as_json(bencher: Bencher<'_, '_>) {
    let arguments = arguments();
    bencher.bench(|| serde_json::to_vec(divan::black_box(&arguments)).unwrap());
}

#[divan::bench]
fn check_and_build(bencher: Bencher<'_, '_>) {
    let connector = stripe();
    let arguments = arguments();
    bencher.bench(|| {
        let operation = connector.operation(OPERATION).unwrap();
        let checked = check::arguments(&connector, operation, divan::black_box(&arguments)).unwrap();
        request::build(&connector, operation, &checked).unwrap()
    });
}

#[divan::bench]
fn build_alone(bencher: Bencher<'_, '_>) {
    let connector = stripe();
    let operation = connector.operation(OPERATION).unwrap();
    let checked = check::arguments(&connector, operation, &arguments()).unwrap();
    bencher.bench(|| request::build(&connector, operation, divan::black_box(&checked)).unwrap());
}

#[divan::bench]
fn route_and_read(bencher: Bencher<'_, '_>) {
    let connector = stripe();
    let router = Router::new(&connector);
    let operation = connector.operation(OPERATION).unwrap();
    let checked = check::arguments(&connector, operation, &arguments()).unwrap();
    let built = request::build(&connector, operation, &checked).unwrap();
    bencher.bench(|| {
        let Found::Operation { position, path } = router.find(&built.method, &built.path) else {
            panic!("no route")
        };
        let operation = connector.operation_at(position).unwrap();
        let body = built.body.as_deref().unwrap_or_default();
        let incoming = request::Incoming { path, query: &built.query, headers: &built.headers, body };
        request::read(&connector, operation, &incoming).unwrap()
    });
}
