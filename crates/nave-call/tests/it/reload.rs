//! A project that is read again and again under load: over real sockets a system gets no more than its
//! connection declares.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use nave_call::{CallRequest, Caller};
use nave_model::connection::Agents;
use serde_json::json;

use crate::rig::{Rig, Setup};

const PER_SECOND: usize = 50;
const BURST: usize = 5;
const WORKERS: usize = 6;
const CALLS: usize = 120;
/// One reload after so many calls.
const EVERY: usize = 8;

#[tokio::test]
async fn a_limit_holds_over_reloads() {
    let limits = json!({"per_second": PER_SECOND, "burst": BURST, "concurrency": 3});
    let setup = Setup { faults: "calm", keys: false, connection: json!({"limits": limits}), factor: 1 };
    let mut rig = Rig::new(&setup);
    let first = rig.caller.renewed(&[Arc::clone(&rig.connector)], &rig.documents).unwrap();
    let current = Mutex::new(Arc::new(first));
    let (made, reloads) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let shop = rig.documents.get_mut("shop").unwrap();
    shop.agents = Agents::Write;
    let edited = |before: &Caller| before.renewed(&[Arc::clone(&rig.connector)], &rig.documents).unwrap();
    join_all((0..WORKERS).map(|worker| {
        let (current, made, reloads, edited) = (&current, &made, &reloads, &edited);
        async move {
            for number in 0..CALLS / WORKERS {
                let caller = Arc::clone(&current.lock().unwrap());
                let arguments = json!({"thing": format!("t{worker}-{number}")});
                caller.call(CallRequest::new("shop", "get_thing", arguments)).await.unwrap();
                if (made.fetch_add(1, Ordering::Relaxed) + 1) % EVERY == 0 {
                    reloads.fetch_add(1, Ordering::Relaxed);
                    let mut current = current.lock().unwrap();
                    *current = Arc::new(edited(&current));
                }
            }
        }
    }))
    .await;

    let received = rig.sandbox.received();
    assert_eq!((received.len(), reloads.load(Ordering::Relaxed)), (CALLS, CALLS / EVERY));
    let (first, last) = (received.first().unwrap().at_us, received.last().unwrap().at_us);
    let seconds = (last - first) as f64 / 1e6;
    // The way to the system takes longer for one than for another, so a little may be missing.
    let least = (CALLS - BURST - 1) as f64 / PER_SECOND as f64 - 0.1;
    assert!(seconds >= least, "{CALLS} calls in {seconds} s, where they need {least} s");
}
