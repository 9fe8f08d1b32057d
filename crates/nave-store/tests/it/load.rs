//! Many callers at once: every one of them is answered, each with a place of its own, in few transactions.

use std::sync::Arc;

use nave_store::Store;
use nave_store::batch::{Intake, Message, NewMessage};
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
