//! Drops what is older or larger than allowed, a little at a time, so that writing is never held up for long.
//! What is not consumed, not ended or not settled stays, however old it is.

use rusqlite::{Connection, params};

use super::pack::{column, number};
use super::trouble::Trouble;
use crate::record::Retention;

/// Records dropped by one transaction at most.
const STEP: i64 = 2000;
/// A mark of a record that is gone is kept so long.
const GONE_MS: u64 = 60 * 60 * 1000;
/// Pages given back to the file system at once.
const PAGES: u32 = 4096;

/// What is dropped, each by one statement with a time (?1) and a number of records (?2).
const MESSAGES: &str = "DELETE FROM messages WHERE seq IN (
    SELECT seq FROM messages JOIN tails ON tails.lane = messages.lane AND tails.tenant = messages.tenant
    WHERE at_ms < ?1 AND position <= consumed ORDER BY seq LIMIT ?2)";
const CALLS: &str = "DELETE FROM calls WHERE seq IN (
    SELECT seq FROM calls WHERE state IN (1, 2) AND concluded_ms < ?1
      AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = calls.run AND phase < 3)
    ORDER BY seq LIMIT ?2) RETURNING id, seq";
const DELIVERIES: &str = "DELETE FROM deliveries WHERE seq IN (
    SELECT seq FROM deliveries WHERE state IN (1, 2) AND created_ms < ?1 ORDER BY seq LIMIT ?2)
    RETURNING id, seq";
const DEAD: &str = "DELETE FROM dead WHERE seq IN (
    SELECT seq FROM dead WHERE at_ms < ?1 ORDER BY seq LIMIT ?2) RETURNING id, seq";
const KEYS: &str = "DELETE FROM keys WHERE hash IN (SELECT hash FROM keys WHERE at_ms < ?1 LIMIT ?2)";
const MARKS: &str =
    "DELETE FROM gone WHERE (list, id) IN (SELECT list, id FROM gone WHERE at_ms < ?1 LIMIT ?2)";
/// Drops some of what is too old. Gives how many records; 0: there is nothing left to drop.
pub(super) fn old(connection: &mut Connection, now_ms: u64, retention: &Retention) -> Result<u64, Trouble> {
    let transaction = connection.transaction()?;
    let before = |age: Option<u64>| age.and_then(|age| now_ms.checked_sub(age)).map(column);
    let mut dropped = 0;
    for (sql, age) in [(MESSAGES, retention.events_ms), (KEYS, retention.dedup_ms), (MARKS, Some(GONE_MS))] {
        if let Some(before) = before(age) {
            dropped += transaction.prepare_cached(sql)?.execute(params![before, STEP])? as u64;
        }
    }
    for (list, sql, age) in [
        ("calls", CALLS, retention.calls_ms),
        ("deliveries", DELIVERIES, retention.deliveries_ms),
        ("dead", DEAD, retention.dead_ms),
    ] {
        if let Some(before) = before(age) {
            dropped += listed(&transaction, (list, sql), before, now_ms)?;
        }
    }
    if let Some(before) = before(retention.runs_ms) {
        dropped += runs(&transaction, before)?;
    }
    transaction.commit()?;
    Ok(dropped)
}

/// Drops some of the oldest of what has ended, if the store is larger than allowed.
pub(super) fn surplus(
    connection: &mut Connection,
    now_ms: u64,
    blobs: u64,
    most: u64,
) -> Result<u64, Trouble> {
    let used: i64 = connection.query_row(
        "SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
        [],
        |row| row.get(0),
    )?;
    if number(used).saturating_add(blobs) <= most {
        return Ok(0);
    }
    let transaction = connection.transaction()?;
    let mut dropped = transaction.prepare_cached(MESSAGES)?.execute(params![i64::MAX, STEP])? as u64;
    for step in [("calls", CALLS), ("deliveries", DELIVERIES)] {
        dropped += listed(&transaction, step, i64::MAX, now_ms)?;
    }
    dropped += runs(&transaction, i64::MAX)?;
    transaction.commit()?;
    Ok(dropped)
}

/// Drops some records of a list that is paged, and marks where they were.
fn listed(
    connection: &Connection,
    (list, sql): (&str, &str),
    before: i64,
    now_ms: u64,
) -> Result<u64, Trouble> {
    let mut statement = connection.prepare_cached(sql)?;
    let dropped: Vec<(String, i64)> = statement
        .query_map(params![before, STEP], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut mark = connection.prepare_cached("INSERT OR REPLACE INTO gone VALUES (?1, ?2, ?3, ?4)")?;
    for (id, seq) in &dropped {
        mark.execute(params![list, id, seq, column(now_ms)])?;
    }
    Ok(dropped.len() as u64)
}

/// Drops some ended runs with everything that is theirs.
fn runs(connection: &Connection, before: i64) -> Result<u64, Trouble> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM runs WHERE phase = 3 AND ended_ms < ?1 ORDER BY ended_ms LIMIT ?2")?;
    let ids: Vec<String> =
        statement.query_map(params![before, STEP / 10], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut dropped = 0;
    for id in &ids {
        for table in ["entries", "snapshots", "timers", "subscriptions", "windows", "asks", "parked"] {
            let sql = format!("DELETE FROM {table} WHERE run = ?1");
            dropped += connection.prepare_cached(&sql)?.execute([id])? as u64;
        }
        dropped += connection.prepare_cached("DELETE FROM runs WHERE id = ?1")?.execute([id])? as u64;
    }
    Ok(dropped)
}

/// Gives free pages back to the file system. Whether some are left to give.
pub(super) fn shrink(connection: &Connection) -> Result<bool, Trouble> {
    connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let free: u32 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    Ok(free > PAGES)
}

/// Begins a round. Gives the round before: a blob that was not put since then is a candidate.
pub(super) fn begin_round(connection: &Connection) -> Result<i64, Trouble> {
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'round'", [])?;
    let round: i64 =
        connection.query_row("SELECT value FROM meta WHERE name = 'round'", [], |row| row.get(0))?;
    Ok(round - 1)
}

/// Every table whose records can need a blob, and what identifies them.
const OWNERS: [(&str, &str); 10] = [
    ("messages", "seq"),
    ("runs", "id"),
    ("entries", "run"),
    ("snapshots", "run"),
    ("definitions", "hash"),
    ("asks", "id"),
    ("calls", "id"),
    ("dead", "id"),
    ("deliveries", "id"),
    ("cursors", "name"),
];

/// Forgets needs of records that are gone. Only records that need a blob are in the list: it is short.
pub(super) fn needless(connection: &mut Connection) -> Result<(), Trouble> {
    let transaction = connection.transaction()?;
    for (owner, id) in OWNERS {
        transaction
            .prepare_cached(&format!(
                "DELETE FROM needs WHERE owner = '{owner}'
             AND NOT EXISTS (SELECT 1 FROM {owner} WHERE {owner}.{id} = needs.id)"
            ))?
            .execute([])?;
    }
    Ok(transaction.commit()?)
}

/// Some blobs that were not put for a whole round and that no record needs, behind one of them.
pub(super) fn unneeded(connection: &Connection, before: i64, after: &str) -> Result<Vec<String>, Trouble> {
    let mut statement = connection.prepare_cached(
        "SELECT sha256 FROM blobs WHERE round < ?1 AND sha256 > ?2
         AND NOT EXISTS (SELECT 1 FROM needs WHERE needs.sha256 = blobs.sha256)
         ORDER BY sha256 LIMIT ?3",
    )?;
    let names = statement.query_map(params![before, after, STEP], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Forgets those of them that were not put again and are not needed meanwhile. Gives their names.
pub(super) fn forget(
    connection: &mut Connection,
    candidates: Vec<String>,
    before: i64,
) -> Result<Vec<String>, Trouble> {
    let transaction = connection.transaction()?;
    let mut forgotten = Vec::new();
    for name in candidates {
        let gone = transaction
            .prepare_cached(
                "DELETE FROM blobs WHERE sha256 = ?1 AND round < ?2
                 AND NOT EXISTS (SELECT 1 FROM needs WHERE needs.sha256 = ?1)",
            )?
            .execute(params![name, before])?;
        if gone > 0 {
            forgotten.push(name);
        }
    }
    transaction.commit()?;
    Ok(forgotten)
}
