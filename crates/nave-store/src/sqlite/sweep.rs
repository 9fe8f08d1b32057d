//! Drops what is older or larger than allowed, a little at a time, so that writing is never held up for long.
//! What is not consumed, not ended or not settled stays, however old it is.

use rusqlite::{Connection, params};

use super::pack::{column, number};
use super::tables::{self, big, int, text};
use super::trouble::{Trouble, corrupt};
use super::{meta, segments};
use crate::record::Retention;

mod messages;

/// Records dropped by one transaction at most.
const STEP: i64 = 2000;
/// A mark of a record that is gone is kept so long.
const GONE_MS: u64 = 60 * 60 * 1000;
/// Pages given back to the file system at once.
const PAGES: u32 = 512;

/// What one transaction dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// Records of any kind.
    pub(super) records: u64,
    /// Whole segments.
    pub(super) segments: u64,
}

impl Dropped {
    /// Whether there is nothing left to drop.
    pub(super) fn is_nothing(self) -> bool {
        self == Dropped::default()
    }
}

/// What is dropped, each by one statement with a time (?1) and a number of records (?2).
const CALLS: &str = "DELETE FROM calls WHERE seq IN (
    SELECT seq FROM calls WHERE state IN (1, 2) AND concluded_ms < ?1
      AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = calls.run AND phase < 3)
    ORDER BY concluded_ms LIMIT ?2) RETURNING id, seq";
const DELIVERIES: &str = "DELETE FROM deliveries WHERE seq IN (
    SELECT seq FROM deliveries WHERE state IN (1, 2) AND created_ms < ?1 ORDER BY created_ms LIMIT ?2)
    RETURNING id, seq";
const DEAD: &str = "DELETE FROM dead WHERE seq IN (
    SELECT seq FROM dead WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2) RETURNING id, seq";
const KEYS: &str = "DELETE FROM keys WHERE hash IN (SELECT hash FROM keys WHERE at_ms < ?1 LIMIT ?2)";
const MARKS: &str =
    "DELETE FROM gone WHERE (list, id) IN (SELECT list, id FROM gone WHERE at_ms < ?1 LIMIT ?2)";

/// What is swept by age.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Messages,
    Keys,
    Marks,
    Calls,
    Deliveries,
    Dead,
    Runs,
}

/// All of it. Each has transactions of its own: the shorter they are, the sooner others get their turn.
pub(super) const KINDS: [Kind; 7] =
    [Kind::Messages, Kind::Keys, Kind::Marks, Kind::Calls, Kind::Deliveries, Kind::Dead, Kind::Runs];

/// Drops some of what is too old of a kind.
pub(super) fn old(
    connection: &mut Connection,
    kind: Kind,
    now_ms: u64,
    retention: &Retention,
) -> Result<Dropped, Trouble> {
    let age = match kind {
        Kind::Messages => retention.events_ms,
        Kind::Keys => retention.dedup_ms,
        Kind::Marks => Some(GONE_MS),
        Kind::Calls => retention.calls_ms,
        Kind::Deliveries => retention.deliveries_ms,
        Kind::Dead => retention.dead_ms,
        Kind::Runs => retention.runs_ms,
    };
    let Some((age, before)) = age.and_then(|age| Some((age, column(now_ms.checked_sub(age)?)))) else {
        return Ok(Dropped::default());
    };
    let transaction = connection.transaction()?;
    let plain = |sql| -> Result<Dropped, Trouble> {
        let records = transaction.prepare_cached(sql)?.execute(params![before, STEP])? as u64;
        Ok(Dropped { records, segments: 0 })
    };
    let in_list = |list| -> Result<Dropped, Trouble> {
        Ok(Dropped { records: listed(&transaction, list, before, now_ms)?, segments: 0 })
    };
    let dropped = match kind {
        Kind::Messages => messages::drop_some(&transaction, now_ms, Some(age))?,
        Kind::Keys => plain(KEYS)?,
        Kind::Marks => plain(MARKS)?,
        Kind::Calls => in_list(("calls", CALLS))?,
        Kind::Deliveries => in_list(("deliveries", DELIVERIES))?,
        Kind::Dead => in_list(("dead", DEAD))?,
        Kind::Runs => Dropped { records: runs(&transaction, before)?, segments: 0 },
    };
    transaction.commit()?;
    Ok(dropped)
}

/// Drops some of the oldest of what has ended, if the store is larger than allowed.
pub(super) fn surplus(
    connection: &mut Connection,
    now_ms: u64,
    blobs: u64,
    most: u64,
) -> Result<Dropped, Trouble> {
    let used: i64 = connection.query_row(
        "SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
        [],
        |row| row.get(0),
    )?;
    if number(used).saturating_add(blobs) <= most {
        return Ok(Dropped::default());
    }
    let transaction = connection.transaction()?;
    let mut dropped = messages::drop_some(&transaction, now_ms, None)?;
    for step in [("calls", CALLS), ("deliveries", DELIVERIES)] {
        dropped.records += listed(&transaction, step, i64::MAX, now_ms)?;
    }
    dropped.records += runs(&transaction, i64::MAX)?;
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
    for (id, seq) in &dropped {
        tables::GONE.put_in(connection, &[text(list), text(id), int(*seq), big(now_ms)])?;
    }
    Ok(dropped.len() as u64)
}

/// Drops some ended runs with everything that is theirs. A journal goes from its end, a part at a time; its run
/// goes with the last of it.
fn runs(connection: &Connection, before: i64) -> Result<u64, Trouble> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM runs WHERE phase = 3 AND ended_ms < ?1 ORDER BY ended_ms LIMIT ?2")?;
    let ids: Vec<String> =
        statement.query_map(params![before, STEP / 10], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut entries = connection.prepare_cached(
        "DELETE FROM entries WHERE run = ?1 AND number >= (SELECT coalesce(min(number), 0) FROM
           (SELECT number FROM entries WHERE run = ?1 ORDER BY number DESC LIMIT ?2))",
    )?;
    let mut dropped = 0;
    for id in &ids {
        let left = STEP - i64::try_from(dropped).unwrap_or(STEP);
        if left <= 0 {
            break;
        }
        let gone = entries.execute(params![id, left])?;
        dropped += gone as u64;
        if i64::try_from(gone).is_ok_and(|gone| gone >= left) {
            break;
        }
        for table in ["snapshots", "timers", "subscriptions", "windows", "asks", "parked"] {
            let sql = format!("DELETE FROM {table} WHERE run = ?1");
            dropped += connection.prepare_cached(&sql)?.execute([id])? as u64;
        }
        dropped += connection.prepare_cached("DELETE FROM runs WHERE id = ?1")?.execute([id])? as u64;
    }
    Ok(dropped)
}

/// Gives free pages back to the file system. Whether some are left to give.
pub(super) fn shrink(connection: &Connection) -> Result<bool, Trouble> {
    let free = |connection: &Connection| connection.query_row("PRAGMA freelist_count", [], |row| row.get(0));
    let before: u32 = free(connection)?;
    if before > 0 {
        // One step of the statement gives back one page: only when all are done, it ends.
        let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    let after: u32 = free(connection)?;
    // In a store of a file that was not made to give back, nothing changes.
    Ok(after > PAGES && after < before)
}

/// Begins a round. Gives the round before: a blob that was not put since then is a candidate.
pub(super) fn begin_round(connection: &Connection) -> Result<i64, Trouble> {
    let before = meta::get(connection, meta::ROUND)?;
    meta::set(connection, meta::ROUND, before + 1)?;
    Ok(before)
}

/// Every table whose records can need a blob, and what identifies them, beside the messages.
const OWNERS: [(&str, &str); 9] = [
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

/// Forgets needs of records that are gone. Only records that need a blob are in the list: it is short. Where one is
/// not what was written, nobody knows what it was, and no blob may be dropped.
pub(super) fn needless(connection: &mut Connection) -> Result<(), Trouble> {
    let transaction = connection.transaction()?;
    for table in [&tables::NEEDS, &tables::BLOBS] {
        let mut statement = transaction.prepare_cached(&table.select())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if !table.proves(row)? {
                return Err(Trouble::Refused(corrupt("what is known of blobs")));
            }
        }
    }
    needless_messages(&transaction)?;
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

/// The same for messages: each stands in the newest segment that begins before it, or nowhere.
fn needless_messages(connection: &Connection) -> Result<(), Trouble> {
    let mut end = i64::MAX;
    for segment in segments::all(connection)? {
        let sql = format!(
            "DELETE FROM needs WHERE owner = ?1 AND id >= ?2 AND id < ?3
             AND NOT EXISTS (SELECT 1 FROM {} WHERE seq = needs.id)",
            segment.table()
        );
        connection.prepare_cached(&sql)?.execute(params![tables::MESSAGES.name, segment.first, end])?;
        end = segment.first;
    }
    connection
        .prepare_cached("DELETE FROM needs WHERE owner = ?1 AND id < ?2")?
        .execute(params![tables::MESSAGES.name, end])?;
    Ok(())
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

/// Those of some blobs that are not known at all.
pub(super) fn unknown(connection: &Connection, names: Vec<String>) -> Result<Vec<String>, Trouble> {
    let mut known = connection.prepare_cached("SELECT 1 FROM blobs WHERE sha256 = ?1")?;
    let mut unknown = Vec::new();
    for name in names {
        if !known.exists([&name])? {
            unknown.push(name);
        }
    }
    Ok(unknown)
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

#[cfg(test)]
mod tests;
