//! What the pipeline promises, measured at the system: under faults nothing is lost, nothing is done
//! twice, no limit is passed, and a system that is down is left alone.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use nave_call::CallRequest;
use nave_model::fault::codes;
use nave_sandbox::record::busiest;
use serde_json::json;

use crate::rig::{Rig, Setup};

/// Three of ten requests fail, in every way a request can.
const THIRTY_PERCENT: &str = "8% 503, 7% 500, 2% 429;retry-after=1, 6% reset, 2% reset;effect=none, \
                              4% truncated, 1% timeout";
/// Calls under way at the same time, most of them waiting for their next attempt.
const AT_ONCE: usize = 300;
const FACTOR: u32 = 60;
const CALLS: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_ride_out_a_storm() {
    let (per_second, burst, concurrency) = (50, 20, 16);
    let rig = Rig::new(&Setup {
        faults: THIRTY_PERCENT,
        keys: true,
        connection: json!({
            "limits": {"per_second": per_second, "burst": burst, "concurrency": concurrency},
            "timeouts": {"attempt_ms": 30_000, "total_ms": 3_600_000},
        }),
        factor: FACTOR,
    });
    let failed: Vec<String> = stream::iter(0..CALLS)
        .map(|number| {
            let request = match number % 4 {
                0 => CallRequest::new("shop", "create_thing", json!({"name": format!("t{number}")})),
                1 => {
                    CallRequest::new("shop", "put_thing", json!({"thing": format!("p{number}"), "name": "x"}))
                }
                _ => CallRequest::new("shop", "get_thing", json!({"thing": format!("g{number}")})),
            };
            rig.caller.call(request)
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|outcome| async { outcome.err().map(|fault| format!("{} {fault}", fault.code)) })
        .collect()
        .await;
    assert!(failed.is_empty(), "{} calls failed, first {:?}", failed.len(), failed.first());

    // Every creation took effect once, although many were sent more than once.
    let created = rig.sandbox.count("create_thing");
    assert_eq!(created.effects, CALLS as u64 / 4);
    assert!(created.received > created.effects, "{created:?}");

    let received = rig.sandbox.received();
    let share = received.iter().filter(|request| request.fault).count() as f64 / received.len() as f64;
    assert!((0.25..0.35).contains(&share), "{share} of the requests failed");

    // What arrives within a span was admitted in it, or was under way when it began.
    for seconds in [1_u32, 5, 20, 60] {
        let span = Duration::from_secs(seconds.into()) / FACTOR;
        let most = burst + per_second * seconds + concurrency;
        let found = busiest(&received, span);
        assert!(found <= most as usize, "{found} requests in {seconds} s, at most {most} are allowed");
    }
    let seconds = rig.caller_seconds();
    let retries = received.len() - CALLS;
    assert!(
        retries as f64 <= CALLS as f64 * 0.2 + (seconds + 1.0) * 10.0,
        "{retries} retries in {seconds} s"
    );
    println!("{CALLS} calls, {} requests, {seconds:.0} s of the caller's time", received.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_repeated_is_not() {
    let rig = Rig::new(&Setup {
        faults: THIRTY_PERCENT,
        keys: false,
        connection: json!({"timeouts": {"attempt_ms": 30_000, "total_ms": 3_600_000}}),
        factor: FACTOR,
    });
    let calls = 2_000;
    let succeeded = stream::iter(0..calls)
        .map(|number| {
            rig.caller.call(CallRequest::new("shop", "pay_thing", json!({"thing": format!("t{number}")})))
        })
        .buffer_unordered(16)
        .filter(|outcome| std::future::ready(outcome.is_ok()))
        .count()
        .await;
    let mut by_call: BTreeMap<String, usize> = BTreeMap::new();
    for request in rig.sandbox.received() {
        // A 429 says that nothing was done; only after it a payment is sent again.
        if request.status != 429 {
            *by_call.entry(request.path).or_default() += 1;
        }
    }
    let most = by_call.values().max().copied();
    assert_eq!(most, Some(1), "a payment was sent again");
    let paid = rig.sandbox.count("pay_thing").effects;
    assert!(paid >= succeeded as u64 && paid <= calls, "{paid} effects of {calls} calls");
    assert!(succeeded > 1_200 && succeeded < 1_600, "{succeeded} succeeded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_is_down_is_left_alone() {
    let rig = Rig::new(&Setup {
        faults: "down",
        keys: true,
        connection: json!({"timeouts": {"total_ms": 60_000}}),
        factor: 20,
    });
    let calls = 1_000;
    let found: Vec<_> = stream::iter(0..calls)
        .map(|number| {
            rig.caller.call(CallRequest::new("shop", "get_thing", json!({"thing": format!("t{number}")})))
        })
        .buffer_unordered(200)
        .map(|outcome| outcome.map(|_| ()).unwrap_err().code)
        .collect()
        .await;
    assert!(found.contains(&codes::BREAKER_OPEN));
    let seconds = rig.caller_seconds();
    let attempts = rig.sandbox.received().len();
    let budget = calls as f64 * 1.2 + (seconds + 1.0) * 10.0;
    assert!(attempts as f64 <= budget, "{attempts} attempts in {seconds} s, {budget} allowed");
    println!("{calls} calls to a dead system: {attempts} attempts in {seconds:.0} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_comes_back_is_found_by_one_probe() {
    let rig = Rig::new(&Setup {
        faults: "503",
        keys: true,
        connection: json!({"timeouts": {"total_ms": 600_000}}),
        factor: 20,
    });
    let call = |number: usize| {
        rig.caller.call(CallRequest::new("shop", "get_thing", json!({"thing": format!("t{number}")})))
    };
    let storm = stream::iter(0..50).map(call).buffer_unordered(50).map(|outcome| outcome.map(|_| ()));
    let recovery = async {
        while rig.sandbox.received().len() < 20 {
            tokio::task::yield_now().await;
        }
        rig.sandbox.set_faults("calm".parse().unwrap());
    };
    let (outcomes, ()) = tokio::join!(storm.collect::<Vec<_>>(), recovery);
    let failed: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    // Calls under way wait for the system to recover; only one that came while it was held back is told so.
    assert!(failed.iter().all(|fault| fault.code == codes::BREAKER_OPEN), "{failed:?}");
    assert!(failed.len() <= 30, "{} calls were never sent", failed.len());
    assert!(call(1000).await.is_ok());
}
