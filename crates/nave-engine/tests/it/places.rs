//! More events than a connection can serve at once: they wait in their lanes, and what need not wait passes.

use std::sync::Arc;
use std::time::Duration;

use nave_call::clock::Sleep;
use nave_call::{Clock, SystemClock};
use nave_engine::Options;
use nave_store::record::{Filter, Phase};
use serde_json::json;

use crate::rig::{Rig, Setup, event};

const RESERVE: &str = r#"
flow: reserve
trigger: shop.order.placed
steps:
  - reserved: shop.reserve
    with: "{ order, amount }"
"#;

const NOTE: &str = r#"
flow: note
trigger: shop.order.paid
steps:
  - noted: set
    value: .order
"#;

/// How much slower time goes here, so that a connection is taken for a fast one for as long as a test lasts.
const FACTOR: u32 = 40;

#[derive(Debug)]
struct SlowClock(SystemClock);

impl Clock for SlowClock {
    fn now(&self) -> Duration {
        self.0.now() / FACTOR
    }
    fn wall(&self) -> jiff::Timestamp {
        self.0.wall()
    }
    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.sleep(duration * FACTOR)
    }
}

async fn rig(faults: &str) -> Rig {
    let options = Options { waiting_per_connection: 16, ..Options::default() };
    let mut rig = Rig::still(&[RESERVE, NOTE], Setup { options, ..Setup::default() });
    rig.clock = Arc::new(SlowClock(SystemClock::new()));
    rig.faults(faults);
    rig.start().await;
    rig
}

async fn placed(rig: &Rig, count: u32) {
    for number in 0..count {
        rig.placed(json!({"order": format!("o{number}"), "amount": 1})).await;
    }
}

#[tokio::test]
async fn what_comes_faster_than_it_is_done_waits_in_its_lane() {
    let rig = rig("").await;
    let events = (0..300).map(|number| {
        let data = json!({"order": format!("o{number}"), "amount": 1});
        event("shop.order.placed", &format!("o{number}"), &data)
    });
    rig.engine().accept("default", events.collect(), Vec::new()).await.unwrap();
    let ended = rig.until(Filter::default(), 300).await;
    assert!(ended.iter().all(|run| run.state == "completed"));
    let figures = rig.engine().figures().await.unwrap();
    let parked = figures.iter().find(|figure| figure.name == "nave_steps_parked").unwrap().value;
    assert_eq!((rig.effects("reserve"), parked), (300, 0.0));
}

#[tokio::test]
async fn what_need_not_wait_passes_what_does() {
    let rig = rig("latency=60000..60000").await;
    placed(&rig, 80).await;
    for number in 0..8 {
        let id = format!("p{number}");
        rig.accept("default", event("shop.order.paid", &id, &json!({"order": id}))).await;
    }
    let noted = Filter { flow: Some("note".to_owned()), ..Filter::default() };
    assert_eq!(rig.until(noted, 8).await.len(), 8);
    let waiting = Filter { flow: Some("reserve".to_owned()), phase: Some(Phase::Ended), ..Filter::default() };
    assert!(rig.runs(waiting).await.is_empty());
}
