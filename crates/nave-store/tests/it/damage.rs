//! Records that something else changed: found, never served, and the others still are.

use nave_model::event::Body;
use nave_model::fault::codes;
use nave_model::{Event, Fault};
use nave_store::batch::{Intake, Message, NewMessage};
use nave_store::record::{Entry, EventFilter, Page};
use nave_store::{Batch, Op, restore};

use super::open;

fn message(id: &str) -> NewMessage {
    let event = Event {
        id: id.to_owned(),
        source: "test".to_owned(),
        name: "crm.deal.won".to_owned(),
        subject: None,
        time_ms: None,
        received_ms: 1,
        trace: None,
        media: "text/plain".to_owned(),
        body: Body::Inline(vec![b'x'; 100]),
    };
    NewMessage { tenant: "default".to_owned(), lane: 1, dedup: None, message: Message::Event(event) }
}

/// Changes one bit of a column behind the store's back, in the records the condition names.
fn flip(folder: &std::path::Path, table: &str, column: &str, condition: &str) {
    let connection = rusqlite::Connection::open(folder.join("store.db")).unwrap();
    let sql = format!("SELECT {column} FROM {table} WHERE {condition}");
    let mut bytes: Vec<u8> = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    connection.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {condition}"), [bytes]).unwrap();
}

fn code<T>(answer: Result<T, Fault>) -> Option<nave_model::fault::Code> {
    answer.err().map(|fault| fault.code)
}

#[tokio::test]
async fn one_bad_record_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let messages = vec![message("a"), message("b"), message("c")];
    store.append(Intake { messages, ..Intake::default() }).await.unwrap();
    let journal = |run: &str| Op::Journal {
        run: run.to_owned(),
        entries: vec![Entry { number: 0, at_ms: 1, bytes: vec![5; 50] }],
    };
    let cursor = Op::Cursor { name: "c".to_owned(), value: Some(vec![1, 2, 3]) };
    let batch = Batch { ops: vec![journal("r"), journal("s"), cursor], ..Batch::default() };
    store.commit(batch).await.unwrap();
    let blob = store.put_blob(vec![9; 1000]).await.unwrap();
    flip(folder.path(), "messages", "payload", "position = 2");
    flip(folder.path(), "entries", "payload", "run = 'r'");
    flip(folder.path(), "cursors", "value", "name = 'c'");
    let path = folder.path().join("blobs").join(blob.get(..2).unwrap()).join(&blob);
    std::fs::write(&path, vec![8; 1000]).unwrap();

    let queued = store.read(1, "default".to_owned(), 0, 10).await.unwrap();
    let codes_of: Vec<_> = queued.iter().map(|queued| code(queued.message.clone())).collect();
    assert_eq!(codes_of, [None, Some(codes::STORE_CORRUPT), None]);
    let events = store.events(EventFilter::default(), Page::default()).await.unwrap();
    assert_eq!(events.iter().map(|kept| kept.event.id.as_str()).collect::<Vec<_>>(), ["c", "a"]);
    let asked = |id: &str| EventFilter { id: Some(id.to_owned()), ..EventFilter::default() };
    assert_eq!(code(store.events(asked("b"), Page::default()).await), Some(codes::STORE_CORRUPT));
    assert_eq!(store.events(asked("c"), Page::default()).await.unwrap().len(), 1);
    assert_eq!(code(store.journal("r".to_owned(), 0).await), Some(codes::STORE_CORRUPT));
    assert_eq!(store.journal("s".to_owned(), 0).await.unwrap().len(), 1);
    assert_eq!(code(store.cursor("c".to_owned()).await), Some(codes::STORE_CORRUPT));
    assert_eq!(code(store.blob(blob).await), Some(codes::STORE_CORRUPT));
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store"));
    store.append(Intake { messages: vec![message("a")], ..Intake::default() }).await.unwrap();
    let copy = folder.path().join("copy");
    store.backup(copy.clone()).await.unwrap();
    assert_eq!(code(store.backup(copy.clone()).await), Some(codes::CONFLICT));
    let file = copy.join("store.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let target = folder.path().join("restored");
    assert_eq!(code(restore(&copy, &target)), Some(codes::STORE_CORRUPT));
    assert!(!target.join("store.db").exists());
}
