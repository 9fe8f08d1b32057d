//! Examples of admission, on paused time.

use futures_util::future::join_all;

use super::*;
use crate::clock::SystemClock;

const LONG: Duration = Duration::from_secs(1000);

fn gate(per_second: Option<f64>, concurrency: u32, queue: u32) -> Arc<Gate> {
    let rate = per_second.and_then(|rate| Rate::new(rate, Some(1)));
    Arc::new(Gate::new("crm", Limits { rate, concurrency, queue }, Arc::new(SystemClock::new())))
}

/// Admits, holds the permit for so long, and says when it was admitted.
async fn pass(gate: &Arc<Gate>, priority: Priority, hold: Duration) -> Result<Duration, Fault> {
    let permit = gate.admit(priority, LONG).await?;
    let at = gate.clock.now();
    gate.clock.sleep(hold).await;
    drop(permit);
    Ok(at)
}

#[tokio::test(start_paused = true)]
async fn waiters_go_at_the_rate() {
    let gate = gate(Some(10.0), 64, 100);
    let times = join_all((0..31).map(|_| pass(&gate, Priority::Flow, Duration::ZERO))).await;
    let last = times.into_iter().map(Result::unwrap).max().unwrap();
    assert!((Duration::from_millis(3000)..Duration::from_millis(3100)).contains(&last), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn the_urgent_overtake() {
    let gate = gate(Some(1.0), 64, 100);
    let (first, backfill, person) = tokio::join!(
        pass(&gate, Priority::Backfill, Duration::ZERO),
        pass(&gate, Priority::Backfill, Duration::ZERO),
        pass(&gate, Priority::Person, Duration::ZERO),
    );
    let (first, backfill, person) = (first.unwrap(), backfill.unwrap(), person.unwrap());
    assert!(first < person && person < backfill, "{first:?} {person:?} {backfill:?}");
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_kept_and_slots_come_back() {
    let gate = gate(None, 3, 100);
    let hold = Duration::from_secs(1);
    let times = join_all((0..9).map(|_| pass(&gate, Priority::Flow, hold))).await;
    let mut seconds: Vec<u64> = times.into_iter().map(|time| time.unwrap().as_secs()).collect();
    seconds.sort_unstable();
    assert_eq!(seconds, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    assert_eq!(gate.load(), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_full_line_and_a_late_turn_are_faults() {
    let gate = gate(None, 1, 1);
    let held = gate.admit(Priority::Flow, LONG).await.unwrap();
    let deadline = gate.clock.now() + Duration::from_secs(5);
    let (late, full) =
        tokio::join!(gate.admit(Priority::Flow, deadline), gate.admit(Priority::Flow, deadline),);
    assert_eq!(late.unwrap_err().code, codes::QUEUE_TIMEOUT);
    assert_eq!(full.unwrap_err().code, codes::QUEUE_FULL);
    let (displaced, urgent) = tokio::join!(gate.admit(Priority::Backfill, LONG), async {
        let urgent = gate.admit(Priority::Person, LONG);
        tokio::pin!(urgent);
        tokio::select! { biased; _ = &mut urgent => panic!("admitted too early"), () = async {} => drop(held) }
        urgent.await
    },);
    assert_eq!(displaced.unwrap_err().code, codes::QUEUE_FULL);
    assert!(urgent.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_long_pause_refuses_at_once_and_a_short_one_waits() {
    let gate = gate(None, 4, 10);
    let signals = |seconds| Signals { retry_after: Some(Duration::from_secs(seconds)), ..Signals::default() };
    gate.admit(Priority::Flow, LONG).await.unwrap().answered(0, &signals(10));
    let at = pass(&gate, Priority::Flow, Duration::ZERO).await.unwrap();
    assert_eq!(at.as_secs(), 10);
    gate.admit(Priority::Flow, LONG).await.unwrap().answered(0, &signals(2000));
    let fault = gate.admit(Priority::Flow, gate.clock.now() + Duration::from_secs(60)).await.unwrap_err();
    assert_eq!((fault.code, fault.retry_after_ms), (codes::RATE_LIMITED, Some(2_000_000)));
}

/// Whoever gives up while waiting, whichever of them keeps the time, the others still get their turn.
#[tokio::test(start_paused = true)]
async fn giving_up_harms_nobody() {
    for leaves in 0..4 {
        let gate = gate(Some(1.0), 64, 100);
        let calls = (0..4).map(|index| {
            let gate = Arc::clone(&gate);
            async move {
                let patience = Duration::from_millis(if index == leaves { 500 } else { 100_000 });
                tokio::time::timeout(patience, pass(&gate, Priority::Flow, Duration::ZERO)).await.is_ok()
            }
        });
        let served = join_all(calls).await.into_iter().filter(|served| *served).count();
        assert_eq!(served, if leaves == 0 { 4 } else { 3 });
        assert_eq!(gate.load().1, 0);
        assert!(gate.clock.now() < Duration::from_secs(4), "{:?}", gate.clock.now());
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_not_used_serves_the_next() {
    let gate = gate(Some(0.01), 4, 10);
    gate.admit(Priority::Flow, LONG).await.unwrap().unused();
    let at = pass(&gate, Priority::Flow, Duration::ZERO).await.unwrap();
    assert_eq!(at, Duration::ZERO);
}
