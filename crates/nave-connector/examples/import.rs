//! Imports the descriptions named on the command line and prints what each came to: operations,
//! findings, time, memory, and the time to start again from the cache.
//!
//! `cargo run --release -p nave-connector --example import -- api.yaml more.json`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

use std::time::{Duration, Instant};

use nave_connector::openapi::{Import, Input, NoResolver, import};
use nave_connector::{cache, source};
use nave_model::Fault;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut caches, mut total) = (Vec::new(), Duration::ZERO);
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        let (import, time) = timed(|| read(&file, &bytes));
        let Import { connector, report } = match import {
            Ok(import) => import,
            Err(fault) => {
                eprintln!("{file}: {} {fault}", fault.at.clone().unwrap_or_default());
                continue;
            }
        };
        println!(
            "{file}: {} of {} operations usable, {} findings, {time:?}, {:.1} MB/s, peak {}",
            connector.entries().len(),
            report.operations,
            report.findings.len(),
            per_second(bytes.len(), time),
            peak()
        );
        for refused in &report.refused {
            println!("  refused {} {}: {}", refused.method, refused.path, refused.problem);
        }
        for finding in &report.findings {
            println!("  found {finding}");
        }
        caches.push(cache::write(&connector, &report));
    }
    println!("peak with caches written: {}", peak());
    for bytes in &caches {
        let (read, time) = timed(|| cache::read(bytes));
        read?;
        total += time;
    }
    println!("{} connectors from the cache in {total:?}", caches.len());
    Ok(())
}

fn read(file: &str, bytes: &[u8]) -> Result<Import, Fault> {
    let source = source::read(file, bytes)?;
    import(Input { name: "example", source, manifest: None, overlay: None, resolver: &NoResolver })
}

#[expect(clippy::disallowed_methods, reason = "measures real time and decides nothing by it")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let value = work();
    (value, begin.elapsed())
}

fn per_second(bytes: usize, time: Duration) -> f64 {
    let megabytes = u32::try_from(bytes).map_or(0.0, f64::from) / 1e6;
    megabytes / time.as_secs_f64()
}

/// The largest resident size so far, where the system tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}
