//! Sources of loaded flows: which there are, and what a reload does to them.

use nave_call::SystemClock;

use super::rig::{Gate, SetClock, System};
use super::*;

const STEPS: &str = "steps:\n  - seen: set\n    value: '1'\n";

fn hourly(name: &str) -> String {
    format!("flow: {name}\nevery: 1h\n{STEPS}")
}

fn names(health: &[SourceHealth]) -> Vec<&str> {
    health.iter().map(|health| health.name.as_str()).collect()
}

#[tokio::test]
async fn a_flow_has_a_source_for_each_trigger_that_looks_or_waits() {
    let gate = Gate::with(Gate::no_connections(), SetClock::at("2026-01-01T00:10:00Z"));
    gate.load(&[&format!(
        "flow: f\ntrigger:\n  - every: 90m\n  - {{cron: '0 7 * * *', zone: Europe/Berlin}}\n  - manual\n  - every: 90m\n{STEPS}"
    )]);
    let (sources, wrong) = sources_of(&gate.flows());
    assert_eq!(wrong, None);
    assert_eq!(
        sources.into_keys().collect::<Vec<_>>(),
        ["schedule:f:cron 0 7 * * * Europe/Berlin", "schedule:f:every 1h30m", "schedule:f:every 1h30m#2"]
    );
}

#[tokio::test]
async fn a_reload_restarts_only_what_changed() {
    let gate = Arc::new(Gate::with(Gate::no_connections(), Arc::new(SystemClock::new())));
    gate.load(&[&hourly("a"), &hourly("b")]);
    let door: Arc<dyn Door> = gate.clone();
    let sources = Sources::start(door).await.unwrap();
    let tasks = async || {
        let running = sources.running.lock().await;
        running.iter().map(|(name, one)| (name.clone(), one.task.id())).collect::<BTreeMap<_, _>>()
    };
    let before = tasks().await;
    gate.load(&[&hourly("a"), &format!("flow: b\nevery: 1h\nmissed: all\n{STEPS}"), &hourly("c")]);
    sources.reload().await.unwrap();
    let after = tasks().await;
    assert_eq!(before["schedule:a:every 1h"], after["schedule:a:every 1h"]);
    assert_ne!(before["schedule:b:every 1h"], after["schedule:b:every 1h"]);
    assert_eq!(
        names(&sources.health().await),
        ["schedule:a:every 1h", "schedule:b:every 1h", "schedule:c:every 1h"]
    );
    gate.load(&[&hourly("c")]);
    sources.reload().await.unwrap();
    assert_eq!(names(&sources.health().await), ["schedule:c:every 1h"]);
    sources.stop().await;
    assert_eq!(names(&sources.health().await), [""; 0]);
}

/// Waits until something is so, looking whenever something was appended.
async fn until(gate: &Gate, enough: impl Fn(usize) -> bool) -> usize {
    let mut appended = gate.store().appended();
    loop {
        let count = gate.started().await.len();
        if enough(count) {
            return count;
        }
        appended.changed().await.unwrap();
    }
}

#[tokio::test]
async fn schedules_and_polls_run_by_themselves() {
    let system = System::start().await;
    let gate = Arc::new(Gate::with(Arc::clone(&system.caller), SetClock::at("2026-01-01T00:10:00Z")));
    let poll =
        format!("flow: p\neach: billing.list_customers changed\nid: .id\nevery: 1h\nfirst: all\n{STEPS}");
    gate.load(&[&hourly("a"), &poll]);
    system.create("Ada").await;
    let door: Arc<dyn Door> = gate.clone();
    let sources = Sources::start(door).await.unwrap();
    until(&gate, |count| count > 20).await;
    sources.stop().await;
    let started = gate.started().await;
    let of = |flow: &str| started.iter().filter(|start| start["flow"] == flow).count();
    assert!(of("a") > 1 && of("p") > 0, "{} {}", of("a"), of("p"));
    let keys: std::collections::BTreeSet<_> =
        started.iter().map(|start| start["dedup"].to_string()).collect();
    assert_eq!(keys.len(), started.len());
}

#[tokio::test]
async fn a_source_that_fails_says_so_and_goes_on() {
    let gate = Arc::new(Gate::with(Gate::no_connections(), SetClock::at("2026-01-01T00:10:00Z")));
    gate.load(&[&hourly("a"), &format!("flow: p\neach: nowhere.list changed\nevery: 1h\n{STEPS}")]);
    let door: Arc<dyn Door> = gate.clone();
    let sources = Sources::start(door).await.unwrap();
    until(&gate, |count| count > 3).await;
    let health = sources.health().await;
    let [poll, schedule] = health.as_slice() else { panic!("{health:?}") };
    assert!(poll.failures > 0 && poll.age_ms.is_none());
    assert_eq!(poll.fault.as_ref().unwrap().0, "E-CONNECTION-UNKNOWN");
    assert_eq!((schedule.failures, &schedule.fault), (0, &None));
    assert!(schedule.starts > 0 && schedule.next_ms > schedule.last_ms);
}
