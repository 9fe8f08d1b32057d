//! Messages in many segments: read, found and paged across them, dropped whole, and told by the tables themselves
//! where the record of them is damaged.

use std::path::Path;
use std::sync::Arc;

use nave_model::Event;
use nave_model::event::Body;
use nave_model::fault::codes;
use nave_store::batch::{Fence, Intake, Message, NewMessage};
use nave_store::conformance::LANES;
use nave_store::record::{EventFilter, Page, Retention, Swept};
use nave_store::sqlite::{Options, Sqlite};
use nave_store::{Batch, Op, Store};

const TENANT: &str = "default";
/// Messages of a segment, about.
const EACH: u64 = 10;

fn open(folder: &Path) -> Arc<Sqlite> {
    let options = Options { lanes: LANES, segment_bytes: EACH * 1000, ..Options::default() };
    Sqlite::open(folder, options).unwrap()
}

/// A message of a lane, of about 1000 bytes; every third one has a body that is kept as a blob.
fn message(number: u64, at_ms: u64) -> NewMessage {
    let length = if number.is_multiple_of(3) { 70_000 } else { 200 };
    let mut body = number.to_le_bytes().to_vec();
    body.resize(length, b'x');
    let event = Event {
        id: format!("event-{number}"),
        source: "test".to_owned(),
        name: "crm.deal.won".to_owned(),
        subject: None,
        time_ms: None,
        received_ms: at_ms,
        trace: None,
        extensions: std::collections::BTreeMap::new(),
        media: "text/plain".to_owned(),
        body: Body::Inline(body),
    };
    let lane = u32::try_from(number % u64::from(LANES)).unwrap();
    NewMessage { tenant: TENANT.to_owned(), lane, dedup: None, message: Message::Event(event) }
}

/// Appends messages of these numbers, each at the time of its number.
async fn fill(store: &dyn Store, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let messages = vec![message(number, number)];
        store.append(Intake { messages, ..Intake::default() }).await.unwrap();
    }
}

async fn consume(store: &dyn Store, lane: u32, position: u64) {
    let epoch = store.take(lane, "node".to_owned()).await.unwrap();
    let ops = vec![Op::Consumed { tenant: TENANT.to_owned(), position }];
    store.commit(Batch { fence: Some(Fence { lane, epoch }), ops, now_ms: 1 }).await.unwrap();
}

/// Positions of a lane behind one, read a few at a time.
async fn positions(store: &dyn Store, lane: u32, mut after: u64) -> Vec<u64> {
    let mut found = Vec::new();
    loop {
        let queued = store.read(lane, TENANT.to_owned(), after, 3).await.unwrap();
        found.extend(queued.iter().map(|queued| queued.position));
        assert!(queued.iter().all(|queued| queued.message.is_ok()));
        let Some(last) = queued.last() else { return found };
        after = last.position;
    }
}

/// All events, the newest first, paged.
async fn listed(store: &dyn Store, filter: EventFilter) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut page = Page { after: None, most: 7 };
    loop {
        let events = store.events(filter.clone(), page.clone()).await.unwrap();
        found.extend(events.iter().map(|kept| kept.event.id.clone()));
        let Some(last) = events.last() else { return found };
        page.after = Some(last.place.clone());
    }
}

fn ids(numbers: impl DoubleEndedIterator<Item = u64>) -> Vec<String> {
    numbers.rev().map(|number| format!("event-{number}")).collect()
}

/// Events alone, by age, at a time.
async fn sweep(store: &dyn Store, now_ms: u64, age_ms: u64) -> Swept {
    let retention =
        Retention { events_ms: Some(age_ms), dedup_ms: None, most_bytes: None, ..Retention::default() };
    store.sweep(now_ms, retention).await.unwrap()
}

async fn holds_all(store: &dyn Store, count: u64) {
    for lane in 0..LANES {
        let all: Vec<u64> = (1..=count / u64::from(LANES)).collect();
        assert_eq!(positions(store, lane, 0).await, all);
        assert_eq!(positions(store, lane, 7).await, all[7..]);
    }
    assert_eq!(listed(store, EventFilter::default()).await, ids(0..count));
    let since = EventFilter { since_ms: Some(30), until_ms: Some(70), ..EventFilter::default() };
    assert_eq!(listed(store, since).await, ids(30..70));
    for number in [0, 1, count / 2, count - 1] {
        let id = Some(format!("event-{number}"));
        assert_eq!(listed(store, EventFilter { id, ..EventFilter::default() }).await, ids(number..=number));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_segments_are_one_list() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store, 0..200).await;
    holds_all(&*store, 200).await;
    store.verify().await.unwrap();
    drop(store);
    let store = open(folder.path());
    holds_all(&*store, 200).await;
    fill(&*store, 200..204).await;
    holds_all(&*store, 204).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_goes_whole_once_nothing_in_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store, 0..120).await;
    assert_eq!(sweep(&*store, 100_000, 1).await, Swept::default(), "nothing was consumed");
    for lane in 0..LANES {
        consume(&*store, lane, 20).await;
    }
    // The first 60 are too old and the first 80 handled: what shares a segment with younger ones waits for them.
    let swept = sweep(&*store, 100_060, 100_000).await;
    assert!(swept.segments >= 3 && (40..=60).contains(&swept.records), "{swept:?}");
    let kept = listed(&*store, EventFilter::default()).await;
    assert_eq!(kept, ids(swept.records..120));
    // All are too old: what was not handled stays, alone.
    let swept = sweep(&*store, 1_000_000, 1).await;
    assert!(swept.segments >= 1, "{swept:?}");
    assert_eq!(listed(&*store, EventFilter::default()).await, ids(80..120));
    for lane in 0..LANES {
        assert_eq!(positions(&*store, lane, 0).await, (21..=30).collect::<Vec<u64>>());
    }
    // Blobs go with the segments that needed them, and only those.
    sweep(&*store, 1_000_000, 1).await;
    store.verify().await.unwrap();
    drop(store);
    let store = open(folder.path());
    fill(&*store, 120..124).await;
    assert_eq!(listed(&*store, EventFilter::default()).await, ids(80..124));
    for lane in 0..LANES {
        consume(&*store, lane, 31).await;
    }
    sweep(&*store, 1_000_000, 1).await;
    assert_eq!(listed(&*store, EventFilter::default()).await, [""; 0]);
    for _ in 0..2 {
        sweep(&*store, 1_000_000, 1).await;
    }
    let blobs = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    let left: i64 = blobs.query_row("SELECT count(*) FROM blobs", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

/// Waiting for its segment, a message is kept an eighth longer than it must be, and not longer.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_waits_long_for_its_segment() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for (number, at_ms) in [(0, 1000), (4, 1900)] {
        let messages = vec![message(number, at_ms)];
        store.append(Intake { messages, ..Intake::default() }).await.unwrap();
    }
    consume(&*store, 0, 2).await;
    assert_eq!(sweep(&*store, 1800 + 100, 800).await.records, 0);
    assert_eq!(sweep(&*store, 1800 + 101, 800).await.records, 1);
    assert_eq!(positions(&*store, 0, 0).await, [2]);
}

/// More segments than there are tables: the newest goes on growing, and the ring turns again after a sweep.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_ring_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { lanes: LANES, segment_bytes: 1, ..Options::default() };
    let store = Sqlite::open(folder.path(), options).unwrap();
    fill(&*store, 0..200).await;
    holds_all(&*store, 200).await;
    store.verify().await.unwrap();
    for lane in 0..LANES {
        consume(&*store, lane, 40).await;
    }
    let swept = sweep(&*store, 1_000_000, 1).await;
    assert_eq!(swept.segments, 63, "all but the one that grows");
    assert_eq!(swept.records, 160);
    fill(&*store, 200..300).await;
    assert_eq!(listed(&*store, EventFilter::default()).await, ids(160..300));
    store.verify().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_list_of_segments_is_found_and_made_again() {
    let columns =
        ["first = first - 1", "slot = slot + 63", "starts = zeroblob(32)", "last = last + 1", "bytes = 0"];
    for change in columns.into_iter().chain(["newest_ms = 0", "sum = 1"]) {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        fill(&*store, 0..80).await;
        let connection = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
        let sql = format!("UPDATE segments SET {change} WHERE slot = 1");
        assert_eq!(connection.execute(&sql, []).unwrap(), 1);
        let found = store.verify().await.unwrap_err();
        assert_eq!(found.code, codes::STORE_CORRUPT, "{change}");
        // The tables themselves say what they hold.
        holds_all(&*store, 80).await;
        fill(&*store, 80..84).await;
        drop(store);
        let store = open(folder.path());
        store.verify().await.unwrap();
        holds_all(&*store, 84).await;
        fill(&*store, 84..100).await;
        holds_all(&*store, 100).await;
        store.verify().await.unwrap();
        drop(connection);
    }
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store, 0..80).await;
    let connection = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    assert_eq!(connection.execute("DELETE FROM segments WHERE slot = 1", []).unwrap(), 1);
    assert_eq!(store.verify().await.unwrap_err().code, codes::STORE_CORRUPT);
    drop(store);
    let store = open(folder.path());
    holds_all(&*store, 80).await;
}
