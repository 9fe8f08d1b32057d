//! Examples of deduplication, on paused time.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::clock::SystemClock;

#[derive(Debug)]
struct Rig {
    dedup: Dedup,
    sent: AtomicUsize,
}

impl Rig {
    fn new() -> Self {
        Rig { dedup: Dedup::new(Arc::new(SystemClock::new())), sent: AtomicUsize::new(0) }
    }

    /// Sends for one second; answers with the number of calls sent so far, or with the fault.
    async fn send(&self, fault: Option<Fault>) -> Outcome {
        let number = self.sent.fetch_add(1, Ordering::SeqCst) + 1;
        self.dedup.clock.sleep(Duration::from_secs(1)).await;
        match fault {
            Some(fault) => Err(fault),
            None => Ok(Arc::new(Answer::new(200, json!(number)))),
        }
    }

    async fn read(&self, what: &str, rank: usize) -> Outcome {
        self.dedup.read(Digest::of([what.as_bytes()]), rank, self.send(None)).await
    }

    async fn write(&self, key: &str, what: &str, repeatable: bool, fault: Option<Fault>) -> Outcome {
        self.dedup.write((key, Digest::of([what.as_bytes()])), repeatable, self.send(fault)).await
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

#[tokio::test(start_paused = true)]
async fn equal_reads_at_the_same_time_are_sent_once() {
    let rig = Rig::new();
    let answers = join_all((0..10).map(|_| rig.read("a", 0))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().value == json!(1)));
    rig.read("a", 0).await.unwrap();
    assert_eq!(rig.sent(), 2, "an answer is shared only while it is awaited");
    let (_, _, _) = tokio::join!(rig.read("a", 0), rig.read("b", 0), rig.read("a", 1));
    assert_eq!(rig.sent(), 5);
    assert!(lock(&rig.dedup.reads).is_empty());
}

#[tokio::test(start_paused = true)]
async fn when_the_sender_gives_up_the_next_takes_over() {
    let rig = Rig::new();
    let impatient = tokio::time::timeout(Duration::from_millis(100), rig.read("a", 0));
    let (gone, answer) = tokio::join!(impatient, rig.read("a", 0));
    assert!(gone.is_err());
    assert_eq!(answer.unwrap().value, json!(2));
    let alone = tokio::time::timeout(Duration::from_millis(100), rig.read("a", 0)).await;
    assert!(alone.is_err() && lock(&rig.dedup.reads).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_is_answered_as_before() {
    let rig = Rig::new();
    let (first, second) = tokio::join!(rig.write("k", "a", false, None), rig.write("k", "a", false, None));
    assert_eq!((first.unwrap().value.clone(), second.unwrap().value.clone()), (json!(1), json!(1)));
    assert_eq!(rig.write("k", "a", false, None).await.unwrap().value, json!(1));
    assert_eq!(rig.write("k", "b", false, None).await.unwrap_err().code, codes::CONFLICT);
    assert_eq!(rig.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_an_unknown_outcome_is_remembered_of_faults() {
    let rig = Rig::new();
    for (code, repeatable, remembered) in [
        (codes::TIMEOUT, false, true),
        (codes::TIMEOUT, true, false),
        (codes::REJECTED, false, false),
        (codes::UNREACHABLE, false, false),
    ] {
        let key = format!("{code} {repeatable}");
        let first = rig.write(&key, "a", repeatable, Some(Fault::new(code, "failed"))).await;
        assert_eq!(first.unwrap_err().code, code);
        let second = rig.write(&key, "a", repeatable, None).await;
        assert_eq!(second.is_err(), remembered, "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn memory_is_bounded() {
    let rig = Rig::new();
    for key in 0..3 * MOST {
        let cell = rig.dedup.remember(&key.to_string(), Digest::of([b"a".as_slice()])).unwrap();
        cell.set(Ok(Arc::new(Answer::new(200, json!(null))))).unwrap();
    }
    assert!(lock(&rig.dedup.keys).by_key.len() <= MOST);
    tokio::time::advance(WINDOW).await;
    (0..MOST).for_each(|key| drop(rig.dedup.remember(&format!("later {key}"), Digest::of([]))));
    assert!(lock(&rig.dedup.keys).by_key.keys().all(|key| key.starts_with("later")));
}
