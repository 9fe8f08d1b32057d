//! The whole projects of `examples/`, run as they stand: checked, driven by the real binary against
//! sandboxes that outlive it, killed in the middle, and their pages read.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a rig of tests fails like a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nave_project::Project;
use nave_sandbox::{Options, Sandbox, serve};
use nave_server::folder::Folder;
use serde_json::Value;

use crate::docs;
use crate::flows::copy;
use crate::rig::Place;

mod file_batch;
mod stripe_to_salesforce;
mod support_escalation;

/// How long a test waits for something that must happen.
const PATIENCE: usize = 120;

/// A system that a project is connected to; it outlives every hub.
struct System {
    sandbox: Arc<Sandbox>,
    _running: serve::Running,
}

/// The folder of an example.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// An example in a folder of its own.
fn example(name: &str) -> Place {
    let place = Place::empty();
    copy(&place, &folder(name), "");
    place
}

/// Puts a sandbox in the place of a connection's system. Its credentials come from a file then.
fn system(place: &Place, connection: &str, options: Options) -> System {
    let (project, problems) = Project::load(Arc::new(Folder::at(&place.path("."))));
    assert!(problems.is_empty(), "{problems:?}");
    let connector = project.connector(&project.connection(connection).unwrap().connector).unwrap();
    let sandbox = Arc::new(Sandbox::new(connector, options));
    let running = serve::Running::start(Arc::clone(&sandbox)).unwrap();
    let path = format!("connections/{connection}.yaml");
    let mut text = format!("address: {}\nallow_private_hosts: [127.0.0.1]\n", running.url());
    for line in place.read(&path).lines() {
        match line.split_once("env: ") {
            Some((before, name)) => {
                let after = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                text.push_str(&format!("{before}file: key{after}\n"));
            }
            None => text.push_str(&format!("{line}\n")),
        }
    }
    place.write(&path, &text);
    place.write("key", "secret\n");
    System { sandbox, _running: running }
}

impl System {
    /// What an operation was sent, as often as it was done; nothing for answers given again.
    fn done(&self, operation: &str) -> Vec<Value> {
        let received = self.sandbox.received().into_iter();
        let done = received.filter(|request| {
            request.operation == operation && request.outcome == nave_sandbox::record::Outcome::Effect
        });
        done.map(|request| serde_json::from_str(&request.body.unwrap()).unwrap()).collect()
    }

    /// How often an operation took effect.
    fn effects(&self, operation: &str) -> u64 {
        self.sandbox.count(operation).effects
    }

    fn set_faults(&self, faults: &str) {
        self.sandbox.set_faults(faults.parse().unwrap());
    }
}

/// Waits until something holds that other processes bring about.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..PATIENCE * 50 {
        if holds() {
            return;
        }
        // Nobody wakes this thread: what is waited for happens in another process.
        std::thread::park_timeout(Duration::from_millis(20));
    }
    panic!("{what} never came");
}

/// The runs of a project, the first first.
fn runs(place: &Place) -> Vec<Value> {
    let mut runs = place.nave(&["runs", "--all", "--json"]).done().json();
    runs.sort_by_key(|run| run["id"].as_str().map(str::to_owned));
    runs
}

/// Waits until so many runs ended, all well.
#[track_caller]
fn completed(place: &Place, count: usize) {
    let ended = |run: &Value| run["phase"] == "ended";
    until("the end of the runs", || runs(place).iter().filter(|run| ended(run)).count() >= count);
    for run in runs(place) {
        assert_eq!(run["state"], "completed", "{run}\n{}", place.nave(&["runs", "show", id(&run)]).out);
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// Checks an example, which may warn of these things and no others, and runs its page.
#[track_caller]
fn check(name: &str, warnings: &[&str]) {
    let place = example(name);
    let checked = place.nave(&["check"]).done().out(warnings);
    assert_eq!(checked.out.matches("warning[").count(), warnings.len(), "{}", checked.out);
    place.nave(&["test"]).done();
    let commands = docs::run(&folder(name).join("README.md"), place);
    assert!(commands > 3, "the page of {name} shows only {commands} commands");
}
