//! Drops what is older or larger than allowed, a little at a time, so that writing is never held up for long.
//! What is not consumed, not ended or not settled stays, however old it is.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::blobs::is_name;
use super::pack::{column, number};
use super::readers::Reader;
use super::trouble::Trouble;
use crate::record::Retention;

/// Records dropped by one transaction at most.
const STEP: i64 = 1000;
/// A mark of a subscription that ended is kept so long.
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
    ORDER BY seq LIMIT ?2)";
const DELIVERIES: &str = "DELETE FROM deliveries WHERE seq IN (
    SELECT seq FROM deliveries WHERE state IN (1, 2) AND created_ms < ?1 ORDER BY seq LIMIT ?2)";
const DEAD: &str =
    "DELETE FROM dead WHERE seq IN (SELECT seq FROM dead WHERE at_ms < ?1 ORDER BY seq LIMIT ?2)";
const KEYS: &str = "DELETE FROM keys WHERE hash IN (SELECT hash FROM keys WHERE at_ms < ?1 LIMIT ?2)";
const GONE: &str = "DELETE FROM subscriptions WHERE seq IN (
    SELECT seq FROM subscriptions WHERE gone_ms < ?1 LIMIT ?2)";

/// Drops some of what is too old. Gives how many records; 0: there is nothing left to drop.
pub(super) fn old(connection: &mut Connection, now_ms: u64, retention: &Retention) -> Result<u64, Trouble> {
    let transaction = connection.transaction()?;
    let mut dropped = 0;
    for (sql, age) in [
        (MESSAGES, retention.events_ms),
        (CALLS, retention.calls_ms),
        (DELIVERIES, retention.deliveries_ms),
        (DEAD, retention.dead_ms),
        (KEYS, retention.dedup_ms),
        (GONE, Some(GONE_MS)),
    ] {
        if let Some(before) = age.and_then(|age| now_ms.checked_sub(age)) {
            dropped += transaction.prepare_cached(sql)?.execute(params![column(before), STEP])? as u64;
        }
    }
    if let Some(before) = retention.runs_ms.and_then(|age| now_ms.checked_sub(age)) {
        dropped += runs(&transaction, column(before))?;
    }
    transaction.commit()?;
    Ok(dropped)
}

/// Drops some of the oldest of what has ended, if the store is larger than allowed.
pub(super) fn surplus(connection: &mut Connection, blobs: u64, most: u64) -> Result<u64, Trouble> {
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
    let mut dropped = 0;
    for sql in [MESSAGES, CALLS, DELIVERIES] {
        dropped += transaction.prepare_cached(sql)?.execute(params![i64::MAX, STEP])? as u64;
    }
    dropped += runs(&transaction, i64::MAX)?;
    transaction.commit()?;
    Ok(dropped)
}

/// Drops some ended runs with everything that is theirs.
fn runs(connection: &Connection, before: i64) -> Result<u64, Trouble> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM runs WHERE phase = 3 AND ended_ms < ?1 ORDER BY ended_ms LIMIT ?2")?;
    let ids: Vec<String> =
        statement.query_map(params![before, STEP / 10], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut dropped = 0;
    for id in &ids {
        for table in ["entries", "snapshots", "timers", "subscriptions", "asks", "parked"] {
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

/// Forgets those of the candidates that were not put again meanwhile. Gives their names.
pub(super) fn forget(
    connection: &mut Connection,
    candidates: Vec<String>,
    before: i64,
) -> Result<Vec<String>, Trouble> {
    let transaction = connection.transaction()?;
    let mut forgotten = Vec::new();
    for name in candidates {
        let gone = transaction
            .prepare_cached("DELETE FROM blobs WHERE sha256 = ?1 AND round < ?2")?
            .execute(params![name, before])?;
        if gone > 0 {
            forgotten.push(name);
        }
    }
    transaction.commit()?;
    Ok(forgotten)
}

/// Every column that can name a blob.
const NAMING: [(&str, &str); 9] = [
    ("messages", "payload"),
    ("runs", "record"),
    ("entries", "payload"),
    ("snapshots", "payload"),
    ("calls", "payload"),
    ("calls", "conclusion"),
    ("dead", "payload"),
    ("deliveries", "payload"),
    ("cursors", "value"),
];

impl Reader<'_> {
    /// Blobs that were not put for a whole round and that no record names.
    pub(super) fn unnamed(&self, before: i64) -> Result<BTreeSet<String>, Trouble> {
        // One snapshot for everything, so that what moves from table to table is not missed.
        let snapshot = self.connection.unchecked_transaction()?;
        let mut candidates: BTreeSet<String> = snapshot
            .prepare("SELECT sha256 FROM blobs WHERE round < ?1")?
            .query_map([before], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for (table, place) in NAMING {
            if candidates.is_empty() {
                return Ok(candidates);
            }
            let mut statement = snapshot.prepare(&format!("SELECT {place} FROM {table}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                strike(&mut candidates, row.get_ref(0)?.as_blob_or_null().ok().flatten().unwrap_or_default());
            }
        }
        // What a long payload names is in its blob; what that one names, too.
        loop {
            let before = candidates.len();
            self.strike_packed(&snapshot, &mut candidates)?;
            if candidates.len() == before {
                return Ok(candidates);
            }
        }
    }

    fn strike_packed(&self, snapshot: &Connection, candidates: &mut BTreeSet<String>) -> Result<(), Trouble> {
        let mut statement = snapshot.prepare("SELECT sha256 FROM blobs WHERE packed = 1")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            if candidates.is_empty() {
                break;
            }
            if !candidates.contains(&name)
                && let Some(bytes) = self.blobs.get(&name)?
            {
                strike(candidates, &bytes);
            }
        }
        Ok(())
    }
}

/// Strikes out the candidates that bytes name.
fn strike(candidates: &mut BTreeSet<String>, bytes: &[u8]) {
    for word in bytes.split(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        // Letters before a name may look like more of it: `b` marks a column that is a blob.
        for name in [word.get(..64), word.len().checked_sub(64).and_then(|start| word.get(start..))] {
            if let Some(name) = name.and_then(|name| std::str::from_utf8(name).ok())
                && is_name(name)
            {
                candidates.remove(name);
            }
        }
    }
}
