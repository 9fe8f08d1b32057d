//! How fast descriptions are imported, in MB/s, beside `serde_json` reading the same bytes into a value.
//! The descriptions are the public ones beside the repository; without them there is nothing to measure.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run has nothing to measure, and says so"
)]

use std::path::PathBuf;

use divan::Bencher;
use divan::counter::BytesCount;
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::source;

/// JSON only, so that the yardstick reads the same bytes: the largest, a Swagger 2.0 one, and a small one.
const DESCRIPTIONS: &[&str] =
    &["github-enterprise-3.18.json", "slack_web_openapi_v2.json", "twilio_verify_v2.json"];

fn main() {
    divan::main();
}

fn bytes(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(_) => {
            println!("skipped: {} is not there", path.display());
            None
        }
    }
}

#[divan::bench(args = DESCRIPTIONS, sample_count = 5, sample_size = 1)]
fn yardstick_serde_json(bencher: Bencher<'_, '_>, name: &str) {
    let Some(bytes) = bytes(name) else { return };
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| serde_json::from_slice::<serde_json::Value>(divan::black_box(&bytes)).unwrap());
}

#[divan::bench(args = DESCRIPTIONS, sample_count = 5, sample_size = 1)]
fn imported(bencher: Bencher<'_, '_>, name: &str) {
    let Some(bytes) = bytes(name) else { return };
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| {
        let source = source::read(name, divan::black_box(&bytes)).unwrap();
        import(Input { name: "bench", source, manifest: None, overlay: None, resolver: &NoResolver }).unwrap()
    });
}
