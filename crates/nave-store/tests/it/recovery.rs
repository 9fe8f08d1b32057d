//! A disk that fails: refused clearly, nothing acknowledged lost, and it goes on by itself.

use nave_model::fault::codes;
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
