//! From where on events count for a run that waits for them: what is accepted after a wait began is not missed
//! though a lane handles it before the wait is on disk, and nothing is taken twice, wherever the hub is killed.

use std::sync::Arc;

use nave_store::Store;
use nave_store::record::{Appended, Filter};
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::frail::Frail;
use crate::rig::{Rig, Setup, event};

/// A flow that waits for this many events, one after the other.
fn flow(waits: usize) -> String {
    let names: Vec<String> = (0..waits).map(|number| format!("heard_{number}")).collect();
    let steps = names.iter().map(|name| format!("  - {name}: listen shop.order.paid\n    when: true\n"));
    let steps: String = steps.collect();
    let output = names.iter().map(|name| format!("${name}.order")).collect::<Vec<_>>().join(", ");
    format!("flow: listens\ntrigger: shop.order.placed\nsteps:\n{steps}output: '[{output}]'\n")
}

/// A hub that writes waits only when it is let.
struct Listening {
    rig: Rig,
    slow: Arc<Frail>,
    /// The lane of the run.
    home: u32,
    made: u32,
}

impl Listening {
    async fn new(waits: usize, commits: i64, is_written: bool) -> Listening {
        let mut rig = Rig::still(&[&flow(waits)], Setup::default());
        let slow = Frail::slow(Arc::clone(&rig.store), commits, is_written);
        rig.start_on(Arc::<Frail>::clone(&slow) as Arc<dyn Store>).await;
        let placed = event("shop.order.placed", "a", &json!({"order": "a", "amount": 1}));
        let places = rig.engine().accept("default", vec![placed], Vec::new()).await.unwrap();
        Listening { rig, slow, home: places[0].lane, made: 0 }
    }

    async fn kill(&mut self) {
        self.rig.kill();
        self.slow = Frail::slow(Arc::clone(&self.rig.store), i64::MAX, false);
        self.rig.start_on(Arc::<Frail>::clone(&self.slow) as Arc<dyn Store>).await;
    }

    /// Accepts an event, in the lane of the run or in another.
    async fn paid(&mut self, is_home: bool) -> (String, Appended) {
        loop {
            self.made += 1;
            let order = format!("{}", self.made);
            // What nobody waits for shows which lane an id belongs to.
            let mut probe = event("shop.order.seen", &order, &json!({}));
            probe.source = "/probe".to_owned();
            let engine = self.rig.engine();
            let lane = engine.accept("default", vec![probe], Vec::new()).await.unwrap()[0].lane;
            if (lane == self.home) == is_home {
                let paid = event("shop.order.paid", &order, &json!({"order": order, "amount": 1}));
                let place = engine.accept("default", vec![paid], Vec::new()).await.unwrap().remove(0);
                return (order, place);
            }
        }
    }

    /// What the run took, once it has ended; for ever where a wait is to be written before.
    async fn taken(&self) -> Vec<String> {
        let taken = self.rig.ended_of("a", 1).await.remove(0).output.unwrap();
        taken.as_array().unwrap().iter().map(|order| order.as_str().unwrap().to_owned()).collect()
    }
}

/// Kills the hub at a commit. While each wait is written, an event is accepted and handled. Gives whether there
/// was such a commit.
async fn check(commits: i64, is_written: bool) -> bool {
    let mut hub = Listening::new(2, commits, is_written).await;
    let mut was_killed = false;
    let mut accepted = Vec::new();
    let taken = loop {
        let slow = Arc::clone(&hub.slow);
        tokio::select! {
            () = slow.stopped() => {
                was_killed = true;
                hub.kill().await;
            }
            () = slow.waiting() => {
                let (order, place) = hub.paid(false).await;
                accepted.push(order);
                tokio::select! {
                    () = slow.stopped() => {
                        was_killed = true;
                        hub.kill().await;
                    }
                    () = hub.rig.consumed(place) => slow.let_one(),
                }
            }
            taken = hub.taken() => break taken,
        }
    };
    let at = format!("killed at commit {commits}, written: {is_written}: {accepted:?} {taken:?}");
    assert!(accepted.len() == 2 || was_killed && accepted.len() == 3, "{at}");
    assert_eq!(taken.last(), accepted.last(), "{at}");
    let first = accepted.iter().rev().nth(1);
    assert!(taken.first() == first || was_killed && taken.first() == accepted.first(), "{at}");
    assert_eq!(taken.len(), 2, "{at}");
    was_killed
}

#[tokio::test]
async fn an_event_counts_from_the_moment_the_step_begins() {
    assert!(!check(i64::MAX, false).await);
}

#[tokio::test]
async fn killed_at_every_commit_it_misses_nothing_and_takes_nothing_twice() {
    for is_written in [false, true] {
        let mut commits = 1;
        while check(commits, is_written).await {
            commits += 1;
        }
        assert!(commits > 5, "there were only {commits} commits");
    }
}

/// What happens while a wait is written, and behind it.
#[derive(Debug, Clone)]
struct Attempt {
    /// Events that are accepted before it is written: whether in the run's own lane, and whether they are
    /// handled before it is written.
    during: Vec<(bool, bool)>,
    is_killed_before: bool,
    /// Whether the event that is accepted behind it is in the run's own lane.
    is_home_behind: bool,
    is_killed_behind: bool,
}

fn attempts() -> impl Strategy<Value = (usize, Vec<Attempt>)> {
    let during = proptest::collection::vec((any::<bool>(), any::<bool>()), 0..4);
    let kill = || proptest::bool::weighted(0.2);
    let attempt = (during, kill(), any::<bool>(), kill()).prop_map(
        |(during, is_killed_before, is_home_behind, is_killed_behind)| Attempt {
            during,
            is_killed_before,
            is_home_behind,
            is_killed_behind,
        },
    );
    (1..4_usize, proptest::collection::vec(attempt, 8))
}

/// None is taken twice. Every event of another lane that is taken was accepted after its wait began, and where
/// some were accepted while the wait was written, it is one of them.
async fn interleaved(waits: usize, plan: Vec<Attempt>) {
    let mut hub = Listening::new(waits, i64::MAX, false).await;
    let mut plan = plan.into_iter();
    let mut seen: Vec<(Vec<String>, Option<String>)> = Vec::new();
    let mut at_home: Vec<String> = Vec::new();
    let calm = Attempt {
        during: Vec::new(),
        is_killed_before: false,
        is_home_behind: false,
        is_killed_behind: false,
    };
    let taken = loop {
        let slow = Arc::clone(&hub.slow);
        tokio::select! {
            () = slow.waiting() => {}
            taken = hub.taken() => break taken,
        }
        let attempt = plan.next().unwrap_or_else(|| calm.clone());
        let mut during = Vec::new();
        for (is_home, is_handled) in attempt.during {
            let (order, place) = hub.paid(is_home).await;
            if is_home {
                at_home.push(order.clone());
            }
            during.push(order);
            // The run's own lane writes the wait, and handles nothing before.
            if is_handled && !is_home {
                hub.rig.consumed(place).await;
            }
        }
        if attempt.is_killed_before {
            seen.push((during, None));
            hub.kill().await;
            continue;
        }
        slow.let_one();
        let behind = hub.paid(attempt.is_home_behind).await.0;
        if attempt.is_home_behind {
            at_home.push(behind.clone());
        }
        seen.push((during, Some(behind)));
        if attempt.is_killed_behind {
            hub.kill().await;
        }
    };
    assert_eq!(taken.len(), waits);
    let mut numbers = 0..seen.len();
    let distinct: std::collections::BTreeSet<&String> = taken.iter().collect();
    assert_eq!(distinct.len(), waits, "{taken:?}");
    for order in &taken {
        // In the run's own lane, what was accepted before and is handled after a wait began counts, too.
        let found = at_home.contains(order)
            || numbers.any(|number| {
                let (during, behind) = &seen[number];
                // What was accepted behind a wait may have been so while the next one was written.
                let before = number.checked_sub(1).and_then(|before| seen[before].1.as_ref());
                let is_behind = during.is_empty() && behind.as_ref() == Some(order);
                during.contains(order) || is_behind || before == Some(order)
            });
        assert!(found, "{order} of {taken:?} in {seen:?}");
    }
}

#[test]
fn however_events_and_kills_fall_each_wait_takes_one_of_its_own() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let done = runner.run(&attempts(), |(waits, plan)| {
        runtime.block_on(interleaved(waits, plan));
        Ok(())
    });
    done.unwrap();
}

#[tokio::test]
async fn what_other_nodes_handle_counts_too() {
    // Another node owns the other lanes: it knows of the wait what the store says, and nothing else.
    let mut hub = Listening::new(1, i64::MAX, false).await;
    hub.slow.waiting().await;
    let (order, place) = hub.paid(false).await;
    let epoch = hub.rig.store.take(place.lane, "other".to_owned()).await.unwrap();
    assert!(epoch > 1);
    let waits = hub.rig.store.subscriptions("default".to_owned(), "shop.order.paid".to_owned(), None, 9);
    assert!(waits.await.unwrap().is_empty(), "the other node does not see the wait");
    let ops = vec![nave_store::Op::Consumed { tenant: "default".to_owned(), position: place.position }];
    let fence = Some(nave_store::Fence { lane: place.lane, epoch });
    // Whether the first owner was quicker makes no difference.
    hub.rig.store.commit(nave_store::Batch { fence, ops, now_ms: 1 }).await.unwrap();
    hub.slow.let_one();
    assert_eq!(hub.taken().await, [order]);
    assert!(hub.rig.runs(Filter::default()).await.iter().all(|run| run.state == "completed"));
}
