//! Sources of loaded flows: which there are, and what a reload does to them.

use nave_call::SystemClock;

use serde_json::Value;

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
async fn until(gate: &Gate, enough: impl Fn(&[Value]) -> bool) -> usize {
    let mut appended = gate.store().appended();
    loop {
        let started = gate.started().await;
        if enough(&started) {
            return started.len();
        }
        appended.changed().await.unwrap();
    }
}

/// How many starts of a flow there are.
fn of(started: &[Value], flow: &str) -> usize {
    started.iter().filter(|start| start["flow"] == flow).count()
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
    until(&gate, |started| of(started, "a") > 1 && of(started, "p") > 0).await;
    sources.stop().await;
    let started = gate.started().await;
    let keys: BTreeSet<_> = started.iter().map(|start| start["dedup"].to_string()).collect();
    assert_eq!(keys.len(), started.len());
}

#[tokio::test]
async fn a_source_that_fails_says_so_and_goes_on() {
    let gate = Arc::new(Gate::with(Gate::no_connections(), SetClock::at("2026-01-01T00:10:00Z")));
    gate.load(&[&hourly("a"), &format!("flow: p\neach: nowhere.list changed\nevery: 1h\n{STEPS}")]);
    let door: Arc<dyn Door> = gate.clone();
    let sources = Sources::start(door).await.unwrap();
    until(&gate, |started| started.len() > 3).await;
    // The one goes on while the other fails; each at its own pace.
    let health = loop {
        let health = sources.health().await;
        if health.iter().any(|source| source.failures > 0) {
            break health;
        }
        tokio::task::yield_now().await;
    };
    let [poll, schedule] = health.as_slice() else { panic!("{health:?}") };
    assert!(poll.failures > 0 && poll.age_ms.is_none());
    assert_eq!(poll.fault.as_ref().unwrap().0, "E-CONNECTION-UNKNOWN");
    assert_eq!((schedule.failures, &schedule.fault), (0, &None));
    assert!(schedule.starts > 0 && schedule.next_ms > schedule.last_ms);
}

/// The names of what is kept that begin so.
async fn kept(gate: &Gate, prefix: &str) -> Vec<String> {
    let cursors = gate.store().cursors(prefix.to_owned()).await.unwrap();
    cursors.into_iter().map(|(name, _)| name).collect()
}

#[tokio::test]
async fn what_is_kept_of_a_source_that_is_gone_is_forgotten_in_time() {
    let gate = Gate::with(Gate::no_connections(), SetClock::at("2026-01-01T00:10:00Z"));
    let names = ["poll:p:c.list", "poll:p:c.list:look", "poll:p:c.list:known:00", "poll:p:c.listed:look"];
    let more = ["schedule:p:every 1h", "schedule:p:every 1h#2", "poll:p:c.list#2:look"];
    let cursors = names.iter().chain(&more).map(|name| ((*name).to_owned(), b"{}".to_vec())).collect();
    gate.store().append(nave_store::Intake { cursors, ..Default::default() }).await.unwrap();
    let others: BTreeSet<String> = more.iter().take(2).map(|name| (*name).to_owned()).collect();
    let mut all = others.clone();
    all.insert("poll:p:c.list".to_owned());
    let tend = async |wanted: &BTreeSet<String>, now_ms, keep_ms| {
        gone::tend(gate.store().as_ref(), wanted, now_ms, keep_ms).await.unwrap()
    };
    assert_eq!(tend(&all, 1_000, Some(0)).await, 0);
    assert_eq!(tend(&others, 2_000, Some(500)).await, 0, "it has just gone");
    assert_eq!(tend(&others, 2_400, Some(500)).await, 0);
    assert_eq!(tend(&all, 2_450, Some(500)).await, 0, "it is back");
    assert_eq!(tend(&others, 9_000, Some(500)).await, 0, "it has just gone again");
    assert_eq!(tend(&others, 100, Some(500)).await, 0, "a clock that goes back makes nobody old");
    assert_eq!(tend(&others, 599, Some(500)).await, 0);
    assert_eq!(tend(&others, 10_000, None).await, 0, "everything is kept");
    assert_eq!(kept(&gate, "poll:p:c.list:").await.len(), 2);
    assert_eq!(tend(&others, 600, Some(500)).await, 1);
    assert_eq!(kept(&gate, "poll:").await, ["poll:p:c.list#2:look", "poll:p:c.listed:look"]);
    assert_eq!(kept(&gate, "schedule:").await.len(), 2);
    assert_eq!(kept(&gate, "source:").await.len(), 2);
    assert_eq!(tend(&others, 99_999, Some(500)).await, 0);
}

#[tokio::test]
async fn a_flow_that_comes_back_in_time_goes_on_where_it_was() {
    let clock = SetClock::at("2026-01-01T00:10:00Z");
    let gate = Arc::new(Gate::with(Gate::no_connections(), Arc::clone(&clock) as Arc<dyn nave_call::Clock>));
    let hourly = |name: &str| format!("flow: {name}\nevery: 1h\nmissed: all\n{STEPS}");
    gate.load(&[&hourly("a")]);
    let door: Arc<dyn Door> = gate.clone();
    let sources = Sources::start(door).await.unwrap();
    until(&gate, |started| started.len() > 2).await;
    gate.load(&[]);
    sources.reload().await.unwrap();
    let before = gate.started().await;
    assert_eq!(sources.forget_gone(Some(24 * 60 * 60 * 1000)).await.unwrap(), 0);
    let now = gate.clock().wall();
    clock.set(&(now + jiff::SignedDuration::from_hours(5)).to_string());
    gate.load(&[&hourly("a")]);
    sources.reload().await.unwrap();
    until(&gate, |started| started.len() >= before.len() + 5).await;
    sources.stop().await;
    let times: Vec<String> = gate.data().await.iter().map(|data| data["scheduled_at"].to_string()).collect();
    let hours: BTreeSet<&String> = times.iter().collect();
    assert_eq!(hours.len(), times.len());
    let between = times.iter().zip(times.iter().skip(1));
    for (one, next) in between {
        let time = |text: &String| text.trim_matches('"').parse::<jiff::Timestamp>().unwrap();
        assert_eq!(time(next).duration_since(time(one)), jiff::SignedDuration::from_hours(1), "{times:?}");
    }
    // Gone for longer, it is new when it comes back.
    gate.load(&[]);
    sources.reload().await.unwrap();
    assert_eq!(sources.forget_gone(Some(0)).await.unwrap(), 1);
    assert!(kept(&gate, "schedule:").await.is_empty());
}
