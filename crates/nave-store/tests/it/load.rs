//! Many callers at once: every one of them is answered, each with a place of its own, in few transactions.

use std::sync::Arc;

use nave_store::Store;
use nave_store::batch::{Intake, Message, NewMessage};
use nave_store::sqlite::{Options, Sqlite};
use tokio::task::JoinSet;

use super::open;

const CALLERS: u32 = 64;
const EACH: u32 = 100;

async fn caller(store: Arc<dyn Store>, number: u32) {
    for count in 0..EACH {
        let message = NewMessage {
            tenant: "default".to_owned(),
            lane: number % store.lanes(),
            dedup: Some(format!("{number}-{count}")),
            message: Message::Start(vec![b'x'; 300]),
        };
        let intake = Intake { messages: vec![message], now_ms: 1, ..Intake::default() };
        let places = store.append(intake).await.unwrap();
        assert!(places.iter().all(|place| !place.duplicate));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_share_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        callers.spawn(caller(Arc::clone(&store), number));
    }
    callers.join_all().await;
    for lane in 0..store.lanes() {
        let queued = store.read(lane, "default".to_owned(), 0, usize::MAX).await.unwrap();
        let positions: Vec<u64> = queued.iter().map(|queued| queued.position).collect();
        let expected: Vec<u64> = (1..=u64::from(CALLERS / store.lanes() * EACH)).collect();
        assert_eq!(positions, expected);
    }
    let health = store.health();
    assert_eq!((health.failing, health.batches, health.waiting), (None, u64::from(CALLERS * EACH), 0));
    assert!(health.syncs < health.batches / 2, "{} transactions", health.syncs);
}

/// How often the log began anew, as its header says (SQLite's file format, section 4.1).
fn rounds(log: &std::path::Path) -> u32 {
    let bytes = std::fs::read(log).unwrap();
    u32::from_be_bytes(bytes[12..16].try_into().unwrap())
}

#[tokio::test]
async fn a_long_log_begins_anew_now_and_then_and_not_with_every_commit() {
    const COMMITS: u32 = 400;
    let folder = tempfile::tempdir().unwrap();
    let options = Options { log_bytes: 512 * 1024, ..Options::default() };
    let store = Sqlite::open(folder.path(), options).unwrap();
    let log = folder.path().join("store.db-wal");
    // Making the tables is one long transaction, behind which the log's file keeps its length.
    let made = std::fs::metadata(&log).unwrap().len();
    let mut first = None;
    for number in 0..COMMITS {
        let message = NewMessage {
            tenant: "default".to_owned(),
            lane: 0,
            dedup: Some(number.to_string()),
            message: Message::Start(vec![b'x'; 3_000]),
        };
        store.append(Intake { messages: vec![message], now_ms: 1, ..Intake::default() }).await.unwrap();
        first.get_or_insert_with(|| rounds(&log));
    }
    let rounds = rounds(&log) - first.unwrap();
    // A commit is about five pages of 8 kB.
    assert!((5..=COMMITS / 8).contains(&rounds), "{rounds} rounds");
    let length = std::fs::metadata(&log).unwrap().len();
    assert!(length < made.max(1024 * 1024) + 64 * 1024, "{length} bytes, {made} when the store was made");
}
