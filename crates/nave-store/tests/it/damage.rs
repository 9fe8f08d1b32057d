//! Records that something else changed: found, never served, and the others still are.

use std::path::Path;

use nave_model::event::Body;
use nave_model::fault::{Code, codes};
use nave_model::{Event, Fault};
use nave_store::batch::{Audited, Conclusion, Fence, Intake, Intent, Message, NewMessage};
use nave_store::record::{
    Ask, CallFilter, CallState, DeadLetter, Delivery, DeliveryFilter, DeliveryState, Entry, EventFilter,
    Page, Parked, Phase, Retention, RunRecord, Snapshot,
};
use nave_store::sqlite::{Options, Sqlite};
use nave_store::{Batch, Op, Store, restore};
use rusqlite::types::Value;

const TENANT: &str = "default";

fn event(id: &str) -> Event {
    Event {
        id: id.to_owned(),
        source: "test".to_owned(),
        name: "crm.deal.won".to_owned(),
        subject: None,
        time_ms: None,
        received_ms: 1,
        trace: None,
        extensions: std::collections::BTreeMap::new(),
        media: "text/plain".to_owned(),
        body: Body::Inline(vec![b'x'; 100]),
    }
}

fn message(id: &str) -> NewMessage {
    let message = Message::Event(event(id));
    NewMessage { tenant: TENANT.to_owned(), lane: 1, dedup: Some(id.to_owned()), message }
}

fn open(folder: &Path) -> std::sync::Arc<Sqlite> {
    Sqlite::open(folder, Options { lanes: nave_store::conformance::LANES, ..Options::default() }).unwrap()
}

fn code<T>(answer: Result<T, Fault>) -> Option<Code> {
    answer.err().map(|fault| fault.code)
}

/// Two records of every kind: one whose name ends in `1`, and one whose name ends in `2`.
async fn fill(store: &dyn Store) {
    let messages = vec![message("1"), message("2")];
    store.append(Intake { messages, now_ms: 5, ..Intake::default() }).await.unwrap();
    let mut other = message("3");
    other.tenant = "other".to_owned();
    store.append(Intake { messages: vec![other], now_ms: 5, ..Intake::default() }).await.unwrap();
    let epoch = store.take(1, "node".to_owned()).await.unwrap();
    store.take(2, "node".to_owned()).await.unwrap();
    let mut ops = vec![Op::Consumed { tenant: TENANT.to_owned(), position: 1 }];
    ops.extend(["1", "2"].into_iter().flat_map(all));
    ops.push(Op::Snapshot { run: "3".to_owned(), snapshot: Snapshot { entries: 1, bytes: vec![6; 70_000] } });
    ops.push(Op::PutAsk(ask("3")));
    ops.push(Op::CloseAsk { id: "3".to_owned() });
    store.commit(Batch { fence: Some(Fence { lane: 1, epoch }), ops, now_ms: 7 }).await.unwrap();
}

fn all(id: &str) -> Vec<Op> {
    let run = || id.to_owned();
    let tenant = || TENANT.to_owned();
    vec![
        Op::PutRun(Box::new(record(id))),
        Op::Journal { run: run(), entries: vec![Entry { number: 0, at_ms: 1, bytes: vec![5; 50] }] },
        Op::Snapshot { run: run(), snapshot: Snapshot { entries: 1, bytes: vec![6; 50] } },
        Op::Definition { hash: run(), bytes: vec![7; 50] },
        Op::SetTimer { run: run(), name: "t".to_owned(), at_ms: 9, lane: 1 },
        Op::Subscribe { tenant: tenant(), run: run(), lane: 1, name: "n".to_owned(), event: "e".to_owned() },
        Op::CountFrom {
            tenant: tenant(),
            run: run(),
            lane: 2,
            name: "n".to_owned(),
            event: "crm.deal.won".to_owned(),
            since: vec![0; 4],
        },
        Op::PutAsk(ask(id)),
        Op::Park(parked(id)),
        Op::Intend(Box::new(intent(id))),
        Op::Conclude(Box::new(Conclusion {
            id: run(),
            state: CallState::Unknown,
            code: None,
            message: None,
            status: None,
            by: "recovery".to_owned(),
        })),
        Op::Dead(DeadLetter {
            id: run(),
            tenant: tenant(),
            place: (1, 1),
            flow: None,
            reason: ("E-EXPR-FAILED".to_owned(), "no".to_owned(), None),
            at_ms: 7,
            message: Message::Event(event(id)),
        }),
        Op::PutDelivery(Box::new(Delivery {
            id: run(),
            tenant: tenant(),
            endpoint: "partner".to_owned(),
            event: event(id),
            state: DeliveryState::Waiting,
            attempts: 0,
            created_ms: 7,
            next_ms: 8,
            last: None,
        })),
        Op::Cursor { name: run(), value: Some(vec![1, 2, 3]) },
        Op::Audit(Audited {
            tenant: tenant(),
            who: "person:ada".to_owned(),
            what: "run.begun".to_owned(),
            on: run(),
            detail: serde_json::Value::Null,
        }),
    ]
}

fn record(id: &str) -> RunRecord {
    RunRecord {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        lane: 1,
        flow: "sales/onboard".to_owned(),
        definition: "d".to_owned(),
        key: Some("k".to_owned()),
        phase: Phase::Active,
        state: "running".to_owned(),
        cause: "manual".to_owned(),
        parent: None,
        replay_of: None,
        created_ms: 7,
        changed_ms: 7,
        ended_ms: Some(8),
        entries: 1,
        fault: None,
        trace: None,
    }
}

fn ask(id: &str) -> Ask {
    Ask {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        run: id.to_owned(),
        approval: "ask".to_owned(),
        flow: "sales/onboard".to_owned(),
        roles: Vec::new(),
        approvals: 1,
        title: "Go?".to_owned(),
        message: None,
        asked_ms: 7,
        expires_ms: None,
    }
}

fn parked(id: &str) -> Parked {
    Parked {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        connection: "erp".to_owned(),
        operation: "create".to_owned(),
        run: id.to_owned(),
        lane: 1,
        task: "t".to_owned(),
        reason: ("E-UNREACHABLE".to_owned(), "away".to_owned()),
        since_ms: 7,
        attempts: 1,
    }
}

fn intent(id: &str) -> Intent {
    Intent {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        connection: "erp".to_owned(),
        operation: "create".to_owned(),
        effect: "write".to_owned(),
        digest: "00".to_owned(),
        key: None,
        principal: "flow".to_owned(),
        run: Some(id.to_owned()),
        trace: None,
        arguments: b"{}".to_vec(),
    }
}

/// The first record of every kind: its table and what names it.
const FIRST: [(&str, &str); 23] = [
    ("meta", "name = 'lanes'"),
    ("segments", "slot = 0"),
    ("needs", "owner = 'snapshots'"),
    ("gone", "id = '3'"),
    ("blobs", "length = 70000"),
    ("lanes", "lane = 2"),
    ("tails", "lane = 1 AND tenant = 'default'"),
    ("messages_00", "seq = 1"),
    ("keys", "position = 1"),
    ("runs", "id = '1'"),
    ("entries", "run = '1'"),
    ("snapshots", "run = '1'"),
    ("definitions", "hash = '1'"),
    ("timers", "run = '1'"),
    ("subscriptions", "run = '1'"),
    ("windows", "run = '1'"),
    ("asks", "id = '1'"),
    ("parked", "id = '1'"),
    ("calls", "id = '1'"),
    ("dead", "id = '1'"),
    ("deliveries", "id = '1'"),
    ("cursors", "name = '1'"),
    ("audit", "number = 1"),
];

/// Tables with a column that is no part of what a record says: its place in a list.
const PLACED: [&str; 6] = ["messages_00", "subscriptions", "asks", "calls", "dead", "deliveries"];

/// Changes one bit of a column behind the store's back. Whether there was one to change.
fn flip(connection: &rusqlite::Connection, table: &str, column: &str, condition: &str) -> bool {
    let sql = format!("SELECT {column} FROM {table} WHERE {condition}");
    let changed = match connection.query_row(&sql, [], |row| row.get(0)).unwrap() {
        Value::Integer(number) => Value::Integer(number ^ 1),
        Value::Blob(mut bytes) => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            Value::Blob(bytes)
        }
        Value::Text(text) => {
            let mut bytes = text.into_bytes();
            *bytes.last_mut().unwrap() ^= 8;
            Value::Text(String::from_utf8(bytes).unwrap())
        }
        Value::Null | Value::Real(_) => return false,
    };
    connection.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {condition}"), [changed]).unwrap()
        == 1
}

fn columns(connection: &rusqlite::Connection, table: &str) -> Vec<String> {
    let mut statement =
        connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_bit_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store).await;
    assert!(store.verify().await.unwrap() > 30);
    let connection = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    let mut flipped = 0;
    for (table, condition) in FIRST {
        for column in columns(&connection, table) {
            if column == "seq" && PLACED.contains(&table) {
                continue;
            }
            let before = values(&connection, table, condition);
            if !flip(&connection, table, &column, condition) {
                continue;
            }
            flipped += 1;
            assert_eq!(code(store.verify().await), Some(codes::STORE_CORRUPT), "{table}.{column}");
            undo(&connection, table, &column, &before);
            store.verify().await.unwrap();
        }
    }
    assert!(flipped > 80, "{flipped}");
    let known: Vec<&str> = FIRST.iter().map(|(table, _)| *table).collect();
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let untried: Vec<String> = tables
        .filter(|name| !known.contains(&name.as_str()) && !name.starts_with("messages_"))
        .filter(|name| name != "sqlite_sequence")
        .collect();
    assert_eq!(untried, [""; 0]);
}

/// Every column of the record the condition names.
fn values(connection: &rusqlite::Connection, table: &str, condition: &str) -> Vec<Value> {
    let count = columns(connection, table).len();
    let sql = format!("SELECT * FROM {table} WHERE {condition}");
    let read = |row: &rusqlite::Row<'_>| (0..count).map(|at| row.get(at)).collect();
    connection.query_row(&sql, [], read).unwrap()
}

/// Gives a column its value again, in the record that has these values in all others.
fn undo(connection: &rusqlite::Connection, table: &str, column: &str, values: &[Value]) {
    let columns = columns(connection, table);
    let others = columns.iter().zip(1..).filter(|(name, _)| *name != column);
    let conditions: Vec<String> = others.map(|(name, number)| format!("{name} IS ?{number}")).collect();
    let at = columns.iter().position(|name| name == column).unwrap() + 1;
    let sql = format!("UPDATE {table} SET {column} = ?{at} WHERE {}", conditions.join(" AND "));
    assert_eq!(connection.execute(&sql, rusqlite::params_from_iter(values)).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_record_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store).await;
    let blob = store.put_blob(vec![9; 1000]).await.unwrap();
    let path = folder.path().join("blobs").join(blob.get(..2).unwrap()).join(&blob);
    std::fs::write(&path, vec![8; 1000]).unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    for (table, column) in [
        ("messages_00", "payload"),
        ("keys", "position"),
        ("runs", "phase"),
        ("entries", "payload"),
        ("snapshots", "entries"),
        ("definitions", "payload"),
        ("timers", "at_ms"),
        ("subscriptions", "lane"),
        ("asks", "record"),
        ("parked", "since_ms"),
        ("calls", "state"),
        ("dead", "payload"),
        ("deliveries", "next_ms"),
        ("cursors", "value"),
        ("audit", "entry"),
    ] {
        let (_, condition) = FIRST.iter().find(|(name, _)| *name == table).unwrap();
        assert!(flip(&connection, table, column, condition));
    }
    let corrupt = Some(codes::STORE_CORRUPT);
    let queued = store.read(1, TENANT.to_owned(), 0, 10).await.unwrap();
    let found: Vec<_> = queued.iter().map(|queued| code(queued.message.clone())).collect();
    assert_eq!(found, [corrupt, None]);
    let again = store.append(Intake { messages: vec![message("1")], ..Intake::default() }).await;
    assert_eq!(code(again), corrupt);
    // Asked for by its name, a damaged record is a fault; the other one is served.
    for (name, expected) in [("1", corrupt), ("2", None)] {
        let name = || name.to_owned();
        assert_eq!(code(store.run(name()).await), expected);
        assert_eq!(code(store.journal(name(), 0).await), expected);
        assert_eq!(code(store.snapshot(name()).await), expected);
        assert_eq!(code(store.definition(name()).await), expected);
        assert_eq!(code(store.ask(name()).await), expected);
        assert_eq!(code(store.call(name()).await), expected);
        assert_eq!(code(store.cursor(name()).await), expected);
        let asked = EventFilter { id: Some(name()), ..EventFilter::default() };
        assert_eq!(code(store.events(asked, Page::default()).await), expected);
    }
    let asked = |id: &str| EventFilter { id: Some(id.to_owned()), ..EventFilter::default() };
    assert_eq!(code(store.events(asked("1"), Page::default()).await), corrupt);
    assert_eq!(store.events(asked("2"), Page::default()).await.unwrap().len(), 1);
    assert_eq!(code(store.blob(blob).await), corrupt);
    assert_eq!(code(store.audit(TENANT.to_owned(), 0, 10).await), corrupt);
    assert_eq!(store.audit(TENANT.to_owned(), 1, 10).await.unwrap().len(), 1);
    lists(&*store).await;
}

/// In a list, a damaged record is left out, and makes no page shorter.
async fn lists(store: &dyn Store) {
    let page = || Page { after: None, most: 1 };
    let lengths = [
        store.runs(nave_store::record::Filter::default(), page()).await.unwrap().len(),
        store.events(EventFilter::default(), page()).await.unwrap().len(),
        store.due(1, u64::MAX, 1).await.unwrap().len(),
        store.subscriptions(TENANT.to_owned(), "e".to_owned(), None, 1).await.unwrap().len(),
        store.asks(None, page()).await.unwrap().len(),
        store.parked(TENANT.to_owned(), None, 1).await.unwrap().len(),
        store.calls(CallFilter::default(), page()).await.unwrap().len(),
        store.dead(None, page()).await.unwrap().len(),
        store.deliveries(DeliveryFilter::default(), page()).await.unwrap().len(),
    ];
    assert_eq!(lengths, [1; 9]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_lane_stops_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store).await;
    drop(store);
    let connection = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    assert!(flip(&connection, "lanes", "epoch", "lane = 2"));
    assert!(flip(&connection, "tails", "consumed", "lane = 1 AND tenant = 'default'"));
    drop(connection);
    let store = open(folder.path());
    let corrupt = Some(codes::STORE_CORRUPT);
    assert_eq!(code(store.take(2, "node".to_owned()).await), corrupt);
    assert_eq!(
        code(store.append(Intake { messages: vec![message("4")], ..Intake::default() }).await),
        corrupt
    );
    let mut other = message("4");
    other.tenant = "other".to_owned();
    let places = store.append(Intake { messages: vec![other], ..Intake::default() }).await.unwrap();
    // The next position of the lane, although the damaged record would know the last.
    assert_eq!(places.first().map(|place| place.position), Some(4));
    assert_eq!(store.backlog(1).await.unwrap().len(), 1);
}

/// Where nobody knows what was handled, or which blobs are needed, nothing is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_trusts_no_damaged_record() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store).await;
    let connection = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    let sql = "UPDATE tails SET consumed = consumed + 64 WHERE tenant = 'default'";
    assert_eq!(connection.execute(sql, []).unwrap(), 1);
    let retention = Retention { most_bytes: None, runs_ms: None, ..Retention::default() };
    store.sweep(1_000_000_000_000, retention.clone()).await.unwrap();
    let queued = store.read(1, TENANT.to_owned(), 0, 10).await.unwrap();
    assert_eq!(queued.iter().map(|queued| queued.position).collect::<Vec<_>>(), [1, 2]);
    assert!(flip(&connection, "needs", "id", "owner = 'snapshots'"));
    for _ in 0..3 {
        let refused = store.sweep(1_000_000_000_000, retention.clone()).await;
        assert_eq!(code(refused), Some(codes::STORE_CORRUPT));
        assert_eq!(store.health().failing, None, "writing works all the same");
    }
    assert_eq!(store.snapshot("3".to_owned()).await.unwrap().unwrap().bytes, vec![6; 70_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_blob_is_written_again_when_it_is_put_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let blob = store.put_blob(vec![9; 1000]).await.unwrap();
    let path = folder.path().join("blobs").join(blob.get(..2).unwrap()).join(&blob);
    std::fs::write(&path, vec![8; 1000]).unwrap();
    assert_eq!(code(store.blob(blob.clone()).await), Some(codes::STORE_CORRUPT));
    assert_eq!(store.put_blob(vec![9; 1000]).await.unwrap(), blob);
    assert_eq!(store.blob(blob).await.unwrap(), Some(vec![9; 1000]));
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
