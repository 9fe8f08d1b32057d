//! How many durable appends and commits a second, beside plain SQLite that syncs as often: what the store adds to
//! a transaction of the same rows. `cargo bench -p nave-store`.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at what goes wrong")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use divan::Bencher;
use divan::counter::ItemsCount;
use nave_model::Event;
use nave_model::event::Body;
use nave_store::batch::{Intake, Message, NewMessage};
use nave_store::record::Entry;
use nave_store::sqlite::{Options, Sqlite};
use nave_store::{Batch, Op, Store};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

fn main() {
    divan::main();
}

/// Work of one round: few callers wait for a sync each time.
fn items(callers: u64) -> u64 {
    (callers * 32).min(8_000)
}
/// Bytes of a body.
const BODY: usize = 300;

/// Names that no other round used.
static NEXT: AtomicU64 = AtomicU64::new(0);

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn message(number: u64) -> NewMessage {
    let event = Event {
        id: number.to_string(),
        source: "/connections/crm".to_owned(),
        name: "crm.deal.won".to_owned(),
        subject: None,
        time_ms: None,
        received_ms: 1,
        trace: None,
        extensions: std::collections::BTreeMap::new(),
        media: "application/json".to_owned(),
        body: Body::Inline(vec![b'x'; BODY]),
    };
    let lane = u32::try_from(number % 16).unwrap_or(0);
    NewMessage {
        tenant: "default".to_owned(),
        lane,
        dedup: Some(number.to_string()),
        message: Message::Event(event),
    }
}

async fn append(store: Arc<Sqlite>, count: u64) {
    for _ in 0..count {
        let messages = vec![message(NEXT.fetch_add(1, Ordering::Relaxed))];
        store.append(Intake { messages, cursors: Vec::new(), now_ms: 1 }).await.unwrap();
    }
}

/// What a step of a run writes: an entry of its journal, and its cursor.
async fn step(store: Arc<Sqlite>, count: u64) {
    let run = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    for number in 0..u32::try_from(count).unwrap_or(0) {
        let ops = vec![
            Op::Journal {
                run: run.clone(),
                entries: vec![Entry { number, at_ms: 1, bytes: vec![b'x'; BODY] }],
            },
            Op::Cursor { name: run.clone(), value: Some(vec![1]) },
        ];
        store.commit(Batch { fence: None, ops, now_ms: 1 }).await.unwrap();
    }
}

/// Shares the items of a round among callers.
fn round<F>(runtime: &Runtime, callers: u64, work: impl Fn(u64) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            tasks.spawn(work(items(callers) / callers));
        }
        tasks.join_all().await;
    });
}

#[divan::bench(args = [1, 16, 256, 1000], sample_count = 5, sample_size = 1)]
fn appends(bencher: Bencher<'_, '_>, callers: u64) {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path(), Options::default()).unwrap();
    bencher
        .counter(ItemsCount::new(items(callers)))
        .bench_local(|| round(&runtime, callers, |count| append(Arc::clone(&store), count)));
}

#[divan::bench(args = [16, 256, 1000], sample_count = 5, sample_size = 1)]
fn steps(bencher: Bencher<'_, '_>, callers: u64) {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path(), Options::default()).unwrap();
    bencher
        .counter(ItemsCount::new(items(callers)))
        .bench_local(|| round(&runtime, callers, |count| step(Arc::clone(&store), count)));
}

/// The yardstick: rows of the same size in one table with one index, so many in each synced transaction.
#[divan::bench(args = [1, 16, 256, 1000], sample_count = 5, sample_size = 1)]
fn plain_sqlite(bencher: Bencher<'_, '_>, rows: u64) {
    let folder = tempfile::tempdir().unwrap();
    let connection = plain(folder.path());
    bencher.counter(ItemsCount::new(items(rows))).bench_local(|| {
        for _ in 0..items(rows) / rows {
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            for _ in 0..rows {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                connection
                    .prepare_cached("INSERT INTO messages (lane, position, payload) VALUES (?1, ?2, ?3)")
                    .unwrap()
                    .execute(rusqlite::params![number.cast_signed() % 16, number.cast_signed(), [b'x'; BODY]])
                    .unwrap();
            }
            connection.execute_batch("COMMIT").unwrap();
        }
    });
}

fn plain(folder: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.join("plain.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE messages (seq INTEGER PRIMARY KEY, lane INTEGER, position INTEGER, payload BLOB);
             CREATE UNIQUE INDEX place ON messages (lane, position);",
        )
        .unwrap();
    connection
}
