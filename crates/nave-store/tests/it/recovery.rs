//! A disk that fails: refused clearly, nothing acknowledged lost, and it goes on by itself.

use nave_model::fault::codes;
use nave_store::batch::Fence;
use nave_store::record::Retention;
use nave_store::{Batch, Op};

use super::open;

fn cursor(value: u8) -> Batch {
    let ops = vec![Op::Cursor { name: "c".to_owned(), value: Some(vec![value]) }];
    Batch { ops, ..Batch::default() }
}

#[tokio::test]
async fn goes_on_by_itself_once_the_cause_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.commit(cursor(1)).await.unwrap();
    // A trigger that refuses every write stands for a disk that does: it fails inside of SQLite.
    let file = folder.path().join("store.db");
    let other = rusqlite::Connection::open(file).unwrap();
    other
        .execute_batch("CREATE TRIGGER no BEFORE INSERT ON cursors BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    let refused = store.commit(cursor(2)).await.unwrap_err();
    assert_eq!(refused.code, codes::STORE_FAILED);
    assert!(refused.detail.clone().unwrap().contains("no"), "{refused:?}");
    assert_eq!(store.health().failing.map(|fault| fault.code), Some(codes::STORE_FAILED));
    assert_eq!(store.cursor("c".to_owned()).await.unwrap(), Some(vec![1]));
    other.execute_batch("DROP TRIGGER no").unwrap();
    store.commit(cursor(3)).await.unwrap();
    assert_eq!(store.health().failing, None);
    assert_eq!(store.cursor("c".to_owned()).await.unwrap(), Some(vec![3]));
}

/// While the file is away, nothing is written beside it; a sweep says why it cannot be done.
#[tokio::test]
async fn a_file_that_vanished_is_not_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (here, away) = (folder.path().join("here"), folder.path().join("away"));
    let store = open(&here);
    store.commit(cursor(1)).await.unwrap();
    let other = rusqlite::Connection::open(here.join("store.db")).unwrap();
    other
        .execute_batch("CREATE TRIGGER no BEFORE INSERT ON cursors BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    std::fs::rename(&here, &away).unwrap();
    std::fs::create_dir(&here).unwrap();
    assert_eq!(store.commit(cursor(2)).await.unwrap_err().code, codes::STORE_FAILED);
    let swept = store.sweep(1, Retention::default()).await.unwrap_err();
    assert!(swept.detail.clone().unwrap().contains("unable to open"), "{swept:?}");
    assert!(!here.join("store.db").exists());
    other.execute_batch("DROP TRIGGER no").unwrap();
    std::fs::remove_dir(&here).unwrap();
    std::fs::rename(&away, &here).unwrap();
    store.commit(cursor(3)).await.unwrap();
    assert_eq!(store.cursor("c".to_owned()).await.unwrap(), Some(vec![3]));
    store.sweep(1, Retention::default()).await.unwrap();
}

/// Long payloads are files before their records are written; of what was refused, none stays.
#[tokio::test]
async fn a_refused_payload_takes_no_room_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let kept = Op::Definition { hash: "d".to_owned(), bytes: vec![1; 100_000] };
    store.commit(Batch { ops: vec![kept], ..Batch::default() }).await.unwrap();
    let refused = Op::Definition { hash: "e".to_owned(), bytes: vec![2; 100_000] };
    let fence = Some(Fence { lane: 1, epoch: 7 });
    let lost = store.commit(Batch { fence, ops: vec![refused], now_ms: 1 }).await.unwrap_err();
    assert_eq!(lost.code, codes::LANE_LOST);
    let files = || {
        let shelves = std::fs::read_dir(folder.path().join("blobs")).unwrap();
        shelves.map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap().count()).sum::<usize>()
    };
    assert_eq!(files(), 2);
    for _ in 0..16 {
        store.sweep(1, Retention::default()).await.unwrap();
    }
    assert_eq!(files(), 1);
    assert_eq!(store.definition("d".to_owned()).await.unwrap(), Some(vec![1; 100_000]));
}
