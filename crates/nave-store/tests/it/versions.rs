//! Stores that older versions wrote (`version-1/store.sql`, `version-3/store.sql`, with records of every kind, one of
//! them damaged) are carried forward: everything is there and proven, and what was damaged is not taken for sound.

use nave_model::event::Body;
use nave_model::fault::codes;
use nave_store::batch::{Fence, Intake, Message, NewMessage};
use nave_store::record::{
    CallFilter, CallState, DeliveryFilter, EventFilter, Filter, Page, Phase, Retention,
};
use nave_store::sqlite::{Options, Sqlite};
use nave_store::{Batch, Op, Store, audit};

const TENANT: &str = "default";
const CLAIM: &str = "78fb001c23b9f1ca92b6dbb8b0a704f1fb051a5977a82c2c9ec3d993c381ff30";
const LONG: &str = "e9b225f53c84846877a0aa7bf74174910fe73efdc9c66446c9afbdee63b86d78";

/// What a long payload looks like: its head, with its length before it, and its body.
fn long() -> Vec<u8> {
    let head = r#"{"event":{"id":"c","source":"/connections/crm","type":"crm.deal.won","received_ms":5,"media":"text/plain","body":{"inline":[]}}}"#;
    let mut packed = u32::try_from(head.len()).unwrap().to_le_bytes().to_vec();
    packed.extend_from_slice(head.as_bytes());
    packed.extend_from_slice(&b"0123456789".repeat(8000));
    packed
}

fn write(folder: &std::path::Path, version: i64, sql: &str) {
    for (name, bytes) in [(CLAIM, b"a claim".to_vec()), (LONG, long())] {
        let shelf = folder.join("blobs").join(name.get(..2).unwrap());
        std::fs::create_dir_all(&shelf).unwrap();
        std::fs::write(shelf.join(name), bytes).unwrap();
    }
    let connection = rusqlite::Connection::open(folder.join("store.db")).unwrap();
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL").unwrap();
    connection.execute_batch(sql).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_1_is_carried_forward() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 1, include_str!("version-1/store.sql"));
    let store = Sqlite::open(folder.path(), Options::default()).unwrap();
    assert_eq!(store.lanes(), nave_store::conformance::LANES);
    events(&*store).await;
    runs(&*store).await;
    // What a record needs stays; nothing else was there.
    for _ in 0..3 {
        let retention = Retention { most_bytes: None, ..Retention::default() };
        assert_eq!(store.sweep(20, retention).await.unwrap().blobs, 0);
    }
    assert_eq!(store.blob(CLAIM.to_owned()).await.unwrap(), Some(b"a claim".to_vec()));
    let damaged = store.verify().await.unwrap_err();
    assert_eq!(damaged.code, codes::STORE_CORRUPT);
    assert_eq!(damaged.message, "`2` in messages is not what was written");
}

/// Its messages become the first segment, and go as those of any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_version_3_is_carried_forward() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 3, include_str!("version-3/store.sql"));
    let store = Sqlite::open(folder.path(), Options::default()).unwrap();
    let damaged = store.verify().await.unwrap_err();
    assert_eq!(damaged.message, "`1` in messages is not what was written");
    assert_eq!(numbered(&*store).await, ["6", "4", "3", "2", "1"]);
    let queued = store.read(1, TENANT.to_owned(), 0, 10).await.unwrap();
    let found: Vec<_> = queued.iter().map(|queued| (queued.position, queued.message.is_ok())).collect();
    assert_eq!(found, [(1, true), (2, true), (4, true), (5, false), (6, true)]);
    for run in ["1", "2"] {
        assert!(store.run(run.to_owned()).await.unwrap().is_some());
        assert_eq!(store.journal(run.to_owned(), 0).await.unwrap().len(), 1);
    }
    // Where records were that are gone is still known.
    let behind = |id: &str| Page { after: Some(id.to_owned()), most: 10 };
    let letters = store.dead(None, behind("2")).await.unwrap();
    assert_eq!(letters.into_iter().map(|letter| letter.id).collect::<Vec<_>>(), ["1"]);
    assert_eq!(store.asks(None, behind("3")).await.unwrap(), []);
    // A new message stands behind the old ones, and a blob stays as long as a message needs it.
    append(&*store, "7").await;
    assert_eq!(numbered(&*store).await, ["7", "6", "4", "3", "2", "1"]);
    let retention = || Retention { most_bytes: None, dedup_ms: None, ..Retention::default() };
    for _ in 0..3 {
        assert_eq!(store.sweep(20, retention()).await.unwrap().blobs, 0);
    }
    let epoch = store.take(1, "node".to_owned()).await.unwrap();
    let ops = vec![Op::Consumed { tenant: TENANT.to_owned(), position: 7 }];
    store.commit(Batch { fence: Some(Fence { lane: 1, epoch }), ops, now_ms: 9 }).await.unwrap();
    let swept = store.sweep(10_000_000_000, retention()).await.unwrap();
    assert_eq!(numbered(&*store).await, ["3"], "of another tenant, and not consumed; {swept:?}");
    for _ in 0..2 {
        store.sweep(10_000_000_000, retention()).await.unwrap();
    }
    assert_eq!(store.blob(CLAIM.to_owned()).await.unwrap(), None);
    store.verify().await.unwrap();
}

async fn append(store: &dyn Store, id: &str) {
    let event = store.events(EventFilter::default(), Page::default()).await.unwrap().remove(0).event;
    let message = Message::Event(nave_model::Event { id: id.to_owned(), ..event });
    let message = NewMessage { tenant: TENANT.to_owned(), lane: 1, dedup: None, message };
    store.append(Intake { messages: vec![message], ..Intake::default() }).await.unwrap();
}

async fn numbered(store: &dyn Store) -> Vec<String> {
    let events = store.events(EventFilter::default(), Page::default()).await.unwrap();
    events.into_iter().map(|kept| kept.event.id).collect()
}

async fn events(store: &dyn Store) {
    let events = store.events(EventFilter::default(), Page::default()).await.unwrap();
    let bodies: Vec<(&str, u64, bool)> = events
        .iter()
        .map(|kept| {
            let length = match &kept.event.body {
                Body::Inline(bytes) => bytes.len() as u64,
                Body::Blob { length, .. } => *length,
            };
            (kept.event.id.as_str(), length, kept.consumed)
        })
        .collect();
    assert_eq!(bodies, [("c", 80_000, false), ("b", 7, true), ("a", 2, true)]);
    let queued = store.read(2, TENANT.to_owned(), 0, 10).await.unwrap();
    let found: Vec<_> = queued.into_iter().map(|queued| queued.message.map_err(|fault| fault.code)).collect();
    assert_eq!(found, [Ok(Message::Start(b"start".to_vec())), Err(codes::STORE_CORRUPT)]);
    let event = events.last().unwrap().event.clone();
    let again = NewMessage {
        tenant: TENANT.to_owned(),
        lane: 3,
        dedup: Some("a".to_owned()),
        message: Message::Event(event),
    };
    let places = store.append(Intake { messages: vec![again], ..Intake::default() }).await.unwrap();
    assert_eq!(places.iter().map(|place| (place.lane, place.position)).collect::<Vec<_>>(), [(1, 1)]);
    assert_eq!(store.backlog(1).await.unwrap().len(), 1);
    assert_eq!(store.cursor("poll".to_owned()).await.unwrap(), Some(b"17".to_vec()));
    assert_eq!(store.take(1, "node".to_owned()).await.unwrap(), 2);
}

async fn runs(store: &dyn Store) {
    let runs = store.runs(Filter { phase: Some(Phase::Waiting), ..Filter::default() }, Page::default());
    assert_eq!(runs.await.unwrap().len(), 1);
    assert_eq!(store.journal("r1".to_owned(), 0).await.unwrap().len(), 2);
    assert_eq!(store.snapshot("r1".to_owned()).await.unwrap().unwrap().bytes, b"both");
    assert_eq!(store.definition("d".to_owned()).await.unwrap(), Some(b"flow".to_vec()));
    assert_eq!(store.due(1, 99, 10).await.unwrap().len(), 1);
    let waits = store.subscriptions(TENANT.to_owned(), "crm.deal.won".to_owned(), None, 10).await.unwrap();
    assert_eq!(waits.len(), 1);
    assert_eq!(store.asks(None, Page::default()).await.unwrap().len(), 1);
    assert_eq!(store.parked(TENANT.to_owned(), None, 10).await.unwrap().len(), 1);
    let calls = store.calls(CallFilter::default(), Page::default()).await.unwrap();
    let states: Vec<CallState> = calls.iter().map(|call| call.state).collect();
    assert_eq!(states, [CallState::Done, CallState::Intended]);
    assert_eq!(store.dead(None, Page::default()).await.unwrap().len(), 1);
    assert_eq!(store.deliveries(DeliveryFilter::default(), Page::default()).await.unwrap().len(), 1);
    let chain = store.audit(TENANT.to_owned(), 0, 10).await.unwrap();
    assert_eq!((chain.len(), audit::broken(0, audit::START, &chain)), (1, None));
}
