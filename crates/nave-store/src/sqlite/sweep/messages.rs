//! Drops messages that were handled and are too old. A segment in which nothing is needed any more is emptied at
//! once; from one that holds something that stays, the others go one by one.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::{Dropped, STEP};
use crate::sqlite::pack::{column, number};
use crate::sqlite::segments::{self, Segment};
use crate::sqlite::tables;
use crate::sqlite::trouble::Trouble;

/// A segment larger than this is not emptied at once: SQLite visits each of its pages while everybody waits.
const WHOLE: u64 = 128 * 1024 * 1024;
/// A message waits for those behind it in its segment to be as old, but not longer than this part of its age.
const PATIENCE: u64 = 8;

/// Of the messages of a tenant in a lane, the last position, and up to which they may go.
struct Group {
    lane: u32,
    tenant: String,
    last: u64,
    consumed: u64,
}

/// Drops some messages that are older than `age_ms`, in any segment; without an age, all that were handled.
pub(super) fn drop_some(
    connection: &Connection,
    now_ms: u64,
    age_ms: Option<u64>,
) -> Result<Dropped, Trouble> {
    let (before, late) = match age_ms {
        Some(age) => (now_ms.saturating_sub(age), now_ms.saturating_sub(age).saturating_sub(age / PATIENCE)),
        None => (u64::MAX, u64::MAX),
    };
    let mut consumed = None;
    for segment in segments::all(connection)?.iter().rev() {
        let over = segment.closed.is_some_and(|closed| closed.newest_ms < before);
        let limit = if over { before } else { late };
        if !over && first_ms(connection, segment)?.is_some_and(|first| first >= late) {
            // Those behind it are newer still.
            break;
        }
        let consumed = match &mut consumed {
            Some(consumed) => consumed,
            none => none.insert(handled(connection)?),
        };
        let groups = groups(connection, segment, consumed)?;
        if over && groups.iter().all(|group| group.last <= group.consumed) && is_small(connection, segment)? {
            return empty(connection, segment);
        }
        let records = rows(connection, segment, &groups, limit)?;
        if records > 0 {
            return Ok(Dropped { records, segments: 0 });
        }
    }
    Ok(Dropped::default())
}

/// The time of the first message of a segment.
fn first_ms(connection: &Connection, segment: &Segment) -> Result<Option<u64>, Trouble> {
    let sql = format!("SELECT at_ms FROM {} ORDER BY seq LIMIT 1", segment.table());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?.map(number))
}

/// What each tenant has consumed of each lane. Where that is not what was written, nothing counts as consumed.
fn handled(connection: &Connection) -> Result<BTreeMap<(u32, String), u64>, Trouble> {
    let mut statement = connection.prepare_cached(&tables::TAILS.select())?;
    let mut rows = statement.query([])?;
    let mut handled = BTreeMap::new();
    while let Some(row) = rows.next()? {
        if tables::TAILS.proves(row)? {
            handled.insert((row.get(0)?, row.get(1)?), number(row.get(2)?));
        }
    }
    Ok(handled)
}

/// Whose messages are in a segment. It reads an index in its order.
fn groups(
    connection: &Connection,
    segment: &Segment,
    handled: &BTreeMap<(u32, String), u64>,
) -> Result<Vec<Group>, Trouble> {
    let sql = format!("SELECT lane, tenant, max(position) FROM {} GROUP BY lane, tenant", segment.table());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let (lane, tenant): (u32, String) = (row.get(0)?, row.get(1)?);
        let place = (lane, tenant);
        let consumed = handled.get(&place).copied().unwrap_or(0);
        let (lane, tenant) = place;
        groups.push(Group { lane, tenant, last: number(row.get(2)?), consumed });
    }
    Ok(groups)
}

/// Whether what is left of a segment is little enough to go at once.
fn is_small(connection: &Connection, segment: &Segment) -> Result<bool, Trouble> {
    let (Some(closed), Some((first, last))) = (segment.closed, segments::range(connection, segment.slot)?)
    else {
        return Ok(true);
    };
    let left = u128::from(last.abs_diff(first)) * u128::from(closed.bytes);
    let all = u128::from(closed.last.abs_diff(segment.first)).max(1);
    Ok(left / all <= u128::from(WHOLE))
}

/// Empties a segment. Without a condition, SQLite frees the pages of a table without looking at its rows
/// (sqlite.org/lang_delete.html, "The Truncate Optimization").
fn empty(connection: &Connection, segment: &Segment) -> Result<Dropped, Trouble> {
    let records = connection.prepare_cached(&format!("DELETE FROM {}", segment.table()))?.execute([])? as u64;
    connection.prepare_cached("DELETE FROM segments WHERE first = ?1")?.execute([segment.first])?;
    Ok(Dropped { records, segments: 1 })
}

/// Drops some rows of a segment that were handled and are older than a time.
fn rows(connection: &Connection, segment: &Segment, groups: &[Group], before: u64) -> Result<u64, Trouble> {
    let table = segment.table();
    let sql = format!(
        "DELETE FROM {table} WHERE seq IN (SELECT seq FROM {table}
           WHERE lane = ?1 AND tenant = ?2 AND position <= ?3 AND at_ms < ?4 ORDER BY position LIMIT ?5)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut dropped = 0;
    for group in groups {
        let left = STEP.saturating_sub(i64::try_from(dropped).unwrap_or(i64::MAX));
        if left <= 0 {
            break;
        }
        let values = params![group.lane, group.tenant, column(group.consumed), column(before), left];
        dropped += statement.execute(values)? as u64;
    }
    Ok(dropped)
}
