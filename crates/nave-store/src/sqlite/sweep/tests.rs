//! Each step of a sweep is short, and reads nothing but what it drops.

use rusqlite::{Connection, params};

use super::*;
use crate::sqlite::blobs::Blobs;
use crate::sqlite::schema;

fn store(folder: &std::path::Path) -> Connection {
    let mut connection = Connection::open(folder.join("store.db")).unwrap();
    connection
        .execute_batch("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = OFF")
        .unwrap();
    let blobs = Blobs::open(folder.join("blobs")).unwrap();
    schema::migrate(&mut connection, 4, &blobs).unwrap();
    connection
}

#[test]
fn a_long_journal_goes_in_parts_and_its_run_last() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = store(folder.path());
    for run in ["a", "b"] {
        connection
            .execute(
                "INSERT INTO runs VALUES (?1, 't', 1, 'f', 3, 'done', NULL, 'manual', 1, 2, x'68', 0)",
                [run],
            )
            .unwrap();
        for number in 0..3000 {
            connection
                .execute("INSERT INTO entries VALUES (?1, ?2, 1, x'68', 0)", params![run, number])
                .unwrap();
        }
    }
    let retention = Retention::default();
    let mut steps = Vec::new();
    loop {
        let dropped = old(&mut connection, Kind::Runs, 10_000_000_000, &retention).unwrap().records;
        let left: i64 = connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0)).unwrap();
        let gap: i64 = connection
            .query_row(
                "SELECT count(*) FROM entries WHERE number > 0 AND NOT EXISTS (SELECT 1 FROM entries AS before
                 WHERE before.run = entries.run AND before.number = entries.number - 1)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(gap, 0, "a journal has no holes");
        if dropped == 0 {
            assert_eq!(left, 0);
            break;
        }
        steps.push(dropped);
    }
    assert_eq!(steps.iter().sum::<u64>(), 6002);
    assert!(steps.iter().all(|step| *step <= 2001), "{steps:?}");
}

#[test]
fn many_pages_are_given_back_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let connection = store(folder.path());
    for number in 0..3000 {
        connection.execute("INSERT INTO cursors VALUES (?1, zeroblob(8000), 0)", [number]).unwrap();
    }
    connection.execute("DELETE FROM cursors", []).unwrap();
    let free = || connection.query_row("PRAGMA freelist_count", [], |row| row.get::<_, u32>(0)).unwrap();
    let before = free();
    assert!(before > 3000, "{before}");
    shrink(&connection).unwrap();
    assert_eq!(before - free(), PAGES);
}

#[test]
fn what_is_old_is_found_without_reading_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let connection = store(folder.path());
    for sql in [CALLS, DELIVERIES, DEAD, KEYS, MARKS] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan = statement.query_map(params![1, 2], |row| row.get::<_, String>(3)).unwrap();
        for step in plan.map(Result::unwrap) {
            assert!(!step.starts_with("SCAN") || step.contains("USING COVERING INDEX"), "{step}: {sql}");
        }
    }
}
