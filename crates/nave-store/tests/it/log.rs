//! The log beside the main file: written back now and then, also while somebody reads, and nobody waits for that.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nave_store::sqlite::{Options, Sqlite};
use nave_store::{Batch, Op, Store};

fn open(folder: &Path) -> Arc<Sqlite> {
    Sqlite::open(folder, Options { log_bytes: 400_000, ..Options::default() }).unwrap()
}

async fn write(store: &dyn Store, name: u32, value: Vec<u8>) {
    let ops = vec![Op::Cursor { name: name.to_string(), value: Some(value) }];
    store.commit(Batch { ops, ..Batch::default() }).await.unwrap();
}

/// More than the log may have; what is there already would not be written again.
async fn fill(store: &dyn Store, value: u8) {
    for name in 0..12 {
        write(store, name, vec![value; 100_000]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_question_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let reader = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM cursors").unwrap();
    // Each turn that waited for the reader would take five seconds.
    tokio::time::timeout(Duration::from_secs(4), fill(&*store, 1)).await.unwrap();
    reader.execute_batch("COMMIT").unwrap();
    fill(&*store, 2).await;
    store.verify().await.unwrap();
}

/// The file of the log keeps its length when the log begins anew, which says nothing of what is in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_long_once_is_not_written_back_at_each_turn() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = open(folder.path());
    let mut quiet = false;
    // Idle for a moment, the store writes the log back by itself: on a slow machine, it is tried again.
    for value in 0..5 {
        fill(&*store, value).await;
        write(&*store, 50, vec![value]).await;
        let before = std::fs::read(&file).unwrap();
        for name in 100..105 {
            write(&*store, name, vec![value]).await;
        }
        quiet = quiet || std::fs::read(&file).unwrap() == before;
    }
    assert!(quiet);
    // And yet it is written back: the log does not grow without end.
    for value in 5..10 {
        fill(&*store, value).await;
    }
    let log = std::fs::metadata(folder.path().join("store.db-wal")).unwrap().len();
    assert!(log < 3_000_000, "{log}");
}

/// Whoever gives up waiting for an answer leaves no connection behind.
#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn questions_that_nobody_waits_for_stay_few() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { readers: 1, ..Options::default() };
    let store = Sqlite::open(folder.path(), options).unwrap();
    fill(&*store, 1).await;
    for _ in 0..200 {
        let question = store.cursors(String::new());
        tokio::time::timeout(Duration::ZERO, question).await.ok();
    }
    // It waits for those before it.
    store.cursors(String::new()).await.unwrap();
    let file = std::fs::canonicalize(folder.path().join("store.db")).unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let open = open.filter(|entry| {
        entry.as_ref().is_ok_and(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to == file))
    });
    assert_eq!(open.count(), 3, "the writer's, the keeper's and one reader's");
}
