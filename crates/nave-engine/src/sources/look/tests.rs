//! Looks at a list of a sandbox, with the store under them failing now and then.

use std::sync::Arc;

use nave_call::SystemClock;
use serde_json::{Value, json};

use super::*;
use crate::sources::rig::{Fail, Gate, System};
use crate::sources::{Source, sources_of};

/// A system, a door, and a flow that looks at the system's customers.
struct Rig {
    system: System,
    gate: Gate,
    poll: Poll,
    now_ms: u64,
}

const NAMES: &str = "id: .id\nchanged: .name\n";

impl Rig {
    async fn new(options: &str) -> Rig {
        let system = System::start().await;
        let gate = Gate::with(Arc::clone(&system.caller), Arc::new(SystemClock::new()));
        let poll = poll(&gate, options);
        Rig { system, gate, poll, now_ms: 1_790_000_000_000 }
    }

    fn write(&mut self, options: &str) {
        self.poll = poll(&self.gate, options);
    }

    async fn look(&mut self) -> Result<Looked, Fault> {
        self.now_ms += 300_000;
        look(&self.poll, &self.gate, self.now_ms).await
    }

    /// The names of the items that began something, in order; of what is gone, its last name behind a `-`.
    async fn started(&self) -> Vec<String> {
        fn name(item: &Value) -> String {
            match (item, &item["deleted"]) {
                (Value::Array(items), _) => items.iter().map(name).collect::<Vec<_>>().join("+"),
                (_, Value::Bool(true)) => format!("-{}", item["last"]["name"].as_str().unwrap()),
                _ => item["name"].as_str().unwrap_or("?").to_owned(),
            }
        }
        self.gate.data().await.iter().map(name).collect()
    }
}

fn poll(gate: &Gate, options: &str) -> Poll {
    let steps = "steps:\n  - seen: set\n    value: .id\n";
    gate.load(&[&format!("flow: f\neach: billing.list_customers changed\nevery: 5m\n{options}{steps}")]);
    let (sources, wrong) = sources_of(&gate.flows());
    assert_eq!(wrong, None);
    match sources.into_values().next().unwrap() {
        Source::Poll(poll) => *poll,
        Source::Schedule(_) => panic!(),
    }
}

#[tokio::test]
async fn what_is_new_or_changed_after_the_first_look_starts_runs() {
    let mut rig = Rig::new(NAMES).await;
    let ada = rig.system.create("Ada").await;
    assert_eq!(rig.look().await.unwrap().starts, 0);
    rig.system.create("Ben").await;
    rig.look().await.unwrap();
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["Ben"]);
    rig.system.call("update_customer", json!({ "customer": ada, "name": "Ada L" })).await;
    rig.system.call("update_customer", json!({ "customer": ada, "phone": "1" })).await;
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["Ben", "Ada L"]);
    // Back to what it was is changed again.
    rig.system.call("update_customer", json!({ "customer": ada, "name": "Ada" })).await;
    rig.look().await.unwrap();
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["Ben", "Ada L", "Ada"]);
}

#[tokio::test]
async fn with_first_all_every_item_is_new_and_every_page_is_read() {
    let mut rig = Rig::new(&format!("{NAMES}first: all\nwith: '{{ limit: 3 }}'\n")).await;
    for number in 0..10 {
        rig.system.create(&format!("n{number}")).await;
    }
    let looked = rig.look().await.unwrap();
    assert_eq!((looked.starts, looked.known), (looked.known, looked.starts));
    let started = rig.started().await;
    assert!((0..10).all(|number| started.contains(&format!("n{number}"))), "{started:?}");
    assert_eq!(rig.look().await.unwrap().starts, 0);
}

#[tokio::test]
async fn what_two_looks_do_not_find_is_gone() {
    let mut rig = Rig::new(&format!("{NAMES}deleted: true\n")).await;
    let ada = rig.system.create("Ada").await;
    rig.system.create("Ben").await;
    rig.look().await.unwrap();
    rig.system.call("delete_customer", json!({ "customer": ada })).await;
    let looked = rig.look().await.unwrap();
    assert!(looked.missing, "it is looked for again soon");
    assert_eq!(rig.started().await, [""; 0]);
    rig.look().await.unwrap();
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["-Ada"]);
    let data = rig.gate.data().await;
    assert_eq!((&data[0]["deleted"], &data[0]["id"]), (&json!(true), &json!(ada)));
}

#[tokio::test]
async fn a_failed_look_takes_nothing_for_gone() {
    let mut rig = Rig::new(&format!("{NAMES}deleted: true\n")).await;
    rig.system.create("Ada").await;
    rig.look().await.unwrap();
    rig.system.sandbox.set_faults("100% 500".parse().unwrap());
    for _ in 0..2 {
        tokio::time::pause();
        assert!(rig.look().await.is_err());
        tokio::time::resume();
    }
    rig.system.sandbox.set_faults(nave_sandbox::faults::Profile::default());
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, [""; 0]);
}

#[tokio::test]
async fn an_item_that_cannot_be_told_is_passed_over_and_said() {
    let mut rig = Rig::new("id: 'if .name == \"Ada\" then null else .id end'\nfirst: all\n").await;
    rig.system.create("Ada").await;
    rig.system.create("Ben").await;
    let looked = rig.look().await.unwrap();
    assert_eq!(looked.passed_over.unwrap().code.name, "E-EXPR-FAILED");
    let started = rig.started().await;
    assert!(started.contains(&"Ben".to_owned()) && !started.contains(&"Ada".to_owned()), "{started:?}");
}

#[tokio::test]
async fn what_the_engine_refuses_is_kept_and_the_others_go_on() {
    let mut rig = Rig::new(NAMES).await;
    rig.look().await.unwrap();
    rig.system.create("refuse me").await;
    rig.system.create("Ben").await;
    assert!(rig.look().await.unwrap().passed_over.is_some());
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["Ben"]);
    let page = nave_store::record::Page::default();
    let dead = rig.gate.store().dead(Some("default".to_owned()), page).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].reason.0, "E-EVENT-INVALID");
}

#[tokio::test]
async fn a_write_that_fails_anywhere_loses_and_repeats_nothing() {
    for fail in [Fail::Before, Fail::After] {
        for at in 0..4 {
            let mut rig = Rig::new(&format!("{NAMES}deleted: true\n")).await;
            let ada = rig.system.create("Ada").await;
            rig.look().await.unwrap();
            rig.gate.fail((0..at).map(|_| Fail::Not).chain([fail]));
            rig.system.create("Ben").await;
            // Whether a look fails is what this test is not about.
            drop(rig.look().await);
            rig.system.call("delete_customer", json!({ "customer": ada })).await;
            rig.system.create("Cy").await;
            for _ in 0..5 {
                drop(rig.look().await);
            }
            let mut started = rig.started().await;
            started.sort();
            assert_eq!(started, ["-Ada", "Ben", "Cy"], "{fail:?} {at}");
        }
    }
}

#[tokio::test]
async fn items_are_grouped() {
    let mut rig = Rig::new(&format!("{NAMES}batch: 2\n")).await;
    rig.look().await.unwrap();
    for name in ["A", "B", "C"] {
        rig.system.create(name).await;
    }
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["C+B", "A"]);
}

#[tokio::test]
async fn other_rules_make_nothing_new() {
    let mut rig = Rig::new(NAMES).await;
    rig.system.create("Ada").await;
    rig.look().await.unwrap();
    for other in ["id: .id\nchanged: .phone\n", "id: .id\n", "id: .name // .id\n", "", NAMES] {
        rig.write(other);
        assert_eq!(rig.look().await.unwrap().starts, 0, "{other}");
    }
    rig.system.create("Ben").await;
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["Ben"]);
}

#[tokio::test]
async fn items_of_an_answer_are_found_where_the_rule_says() {
    let mut rig =
        Rig::new(&format!("{NAMES}first: all\nitems: '.data[] | select(.name == \"Ada\")'\n")).await;
    rig.system.create("Ada").await;
    rig.system.create("Ben").await;
    rig.look().await.unwrap();
    assert_eq!(rig.started().await, ["Ada"]);
}
