//! A hub with very many runs that sleep: it is ready at once, and wakes those whose time has come.

use std::time::{Duration, Instant};

use nave_store::batch::{Batch, Op};
use nave_store::record::{Entry, Filter, Phase, RunRecord};
use serde_json::json;

use crate::rig::Rig;

/// Wakes, and does something.
const SLEEPS: &str = r#"
flow: sleeps
trigger: shop.order.placed
steps:
  - pause: wait 30d
  - noted: set
    value: .order
output: $noted
"#;

const SLEEPERS: u32 = 100_000;
const WOKEN: u32 = 200;

/// A run like another one, under another id of the same lane.
fn like(record: &RunRecord, number: u32) -> RunRecord {
    let (head, tail) = record.id.split_at(20);
    let own = u32::from_str_radix(tail, 36).unwrap_or_default() & 0x3f_ffff;
    let digits = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut id = head.to_owned();
    for place in (0..6_u32).rev() {
        let digit = ((own ^ (number + 1)) >> (5 * place)) & 31;
        id.push(char::from(digits[usize::try_from(digit).unwrap()]));
    }
    RunRecord { id, ..record.clone() }
}

#[tokio::test]
async fn a_hundred_thousand_sleep_and_some_are_woken() {
    let mut rig = Rig::new(&[SLEEPS]).await;
    rig.placed(json!({"order": "a", "amount": 1})).await;
    let id = rig.run_in("sleeps", "waiting").await;
    rig.kill();
    let record = rig.store.run(id.clone()).await.unwrap().unwrap();
    let timer = rig.store.due(record.lane, i64::MAX.unsigned_abs(), 1).await.unwrap().remove(0).name;
    let journal = rig.store.journal(id, 0).await.unwrap();
    let now_ms = u64::try_from(rig.clock.wall().as_millisecond()).unwrap();
    for first in (0..SLEEPERS).step_by(5_000) {
        let mut ops = Vec::new();
        for number in first..first + 5_000 {
            let record = like(&record, number);
            let (run, lane) = (record.id.clone(), record.lane);
            let entries: Vec<Entry> = journal.clone();
            // Those that are woken are spread over all.
            let is_woken = number % (SLEEPERS / WOKEN) == 0;
            let at_ms = if is_woken { now_ms - 1_000 } else { now_ms + 1_000_000_000 };
            ops.push(Op::PutRun(Box::new(record)));
            ops.push(Op::Journal { run: run.clone(), entries });
            ops.push(Op::SetTimer { run, name: timer.clone(), at_ms, lane });
        }
        rig.store.commit(Batch { fence: None, ops, now_ms }).await.unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "it is the machine's time that is measured")]
    let began = Instant::now();
    rig.start().await;
    rig.placed(json!({"order": "b", "amount": 1})).await;
    let fresh = Filter { cause: Some("b".to_owned()), ..Filter::default() };
    rig.when(|| async { rig.runs(fresh.clone()).await.pop() }).await;
    let ready = began.elapsed();
    let filter = Filter { phase: Some(Phase::Ended), ..Filter::default() };
    let ended = rig.until(filter, usize::try_from(WOKEN).unwrap()).await;
    assert_eq!(ended.len(), usize::try_from(WOKEN).unwrap());
    assert!(ended.iter().all(|run| run.state == "completed"));
    let figures = rig.engine().figures().await.unwrap();
    let of = |name: &str| figures.iter().find(|figure| figure.name == name).unwrap().value;
    assert_eq!((of("nave_timers_fired"), of("nave_runs_loaded")), (f64::from(WOKEN), 0.0));
    assert!(ready < Duration::from_secs(2), "ready after {ready:?}");
}
