//! Messages stand in segments: a fixed ring of tables made once, each with the messages of one stretch of time and
//! indexes of its own. What is in a segment goes all at once (`sweep/messages.rs`), which visits its pages and not
//! its rows, changes no schema, and writes hardly anything. Which table holds which messages is written down, and
//! can be told by the tables themselves where that record is damaged.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use super::pack::number;
use super::tables::{self, big, int};
use super::trouble::{Trouble, defect};

/// How many tables there are.
pub(super) const SLOTS: u32 = 64;
/// So many tables more in use, and the next segment becomes twice as large: of 8 MB at first, the ring holds 8 GB
/// when all are in use, and up to 32 GB of segments that came later.
const DOUBLING: u32 = 8;
/// What a message takes beside its payload.
const OVERHEAD: u64 = 512;

/// The name of a table.
pub(super) fn name(slot: u32) -> String {
    format!("messages_{slot:02}")
}

/// Where the messages of one stretch of time stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// Number of the first message.
    pub(super) first: i64,
    /// The table.
    pub(super) slot: u32,
    /// The last position of each lane before it; empty where that is not known.
    starts: Vec<u64>,
    /// Once nothing is appended to it any more.
    pub(super) closed: Option<Closed>,
}

/// What is known of a segment that does not grow any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed {
    /// Number of the last message.
    pub(super) last: i64,
    /// The time of the newest message.
    pub(super) newest_ms: u64,
    /// About how many bytes it had.
    pub(super) bytes: u64,
}

impl Segment {
    /// Whether everything of a lane behind a position is in this segment or in newer ones.
    pub(super) fn has_all_behind(&self, lane: u32, position: u64) -> bool {
        let start = usize::try_from(lane).ok().and_then(|lane| self.starts.get(lane));
        start.is_some_and(|start| *start <= position)
    }

    /// The name of its table.
    pub(super) fn table(&self) -> String {
        name(self.slot)
    }

    /// `SELECT` of its messages as [`tables::MESSAGES`] covers them.
    pub(super) fn select(&self) -> String {
        tables::MESSAGES.select_from(&self.table())
    }

    /// Reads a row; `None` where it is not what was written.
    fn read(row: &Row<'_>) -> Result<Option<Segment>, Trouble> {
        if !tables::SEGMENTS.proves(row)? {
            return Ok(None);
        }
        let starts: Vec<u8> = row.get(2)?;
        let (starts, _) = starts.as_chunks::<8>();
        let closed = match row.get::<_, Option<i64>>(3)? {
            Some(last) => Some(Closed { last, newest_ms: number(row.get(4)?), bytes: number(row.get(5)?) }),
            None => None,
        };
        let starts = starts.iter().map(|start| u64::from_le_bytes(*start)).collect();
        Ok(Some(Segment { first: row.get(0)?, slot: row.get(1)?, starts, closed }))
    }

    /// Writes it down.
    pub(super) fn put(&self, connection: &Connection) -> Result<(), Trouble> {
        let starts: Vec<u8> = self.starts.iter().flat_map(|start| start.to_le_bytes()).collect();
        let closed =
            |read: fn(&Closed) -> ValueRef<'static>| self.closed.as_ref().map_or(ValueRef::Null, read);
        tables::SEGMENTS.put_in(
            connection,
            &[
                int(self.first),
                int(self.slot),
                ValueRef::Blob(&starts),
                closed(|closed| int(closed.last)),
                closed(|closed| big(closed.newest_ms)),
                closed(|closed| big(closed.bytes)),
            ],
        )?;
        Ok(())
    }
}

/// Segments from the newest to the first that is old enough.
pub(super) fn newest(
    connection: &Connection,
    enough: impl Fn(&Segment) -> bool,
) -> Result<Vec<Segment>, Trouble> {
    written(connection, enough)?.map_or_else(|| told_by_tables(connection), Ok)
}

/// Segments with whatever is behind these positions of the lanes, the oldest first.
pub(super) fn behind(connection: &Connection, since: &[u64]) -> Result<Vec<Segment>, Trouble> {
    let has_all =
        |segment: &Segment| (0_u32..).zip(since).all(|(lane, since)| segment.has_all_behind(lane, *since));
    let mut found = newest(connection, has_all)?;
    found.reverse();
    Ok(found)
}

/// All segments, the newest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<Segment>, Trouble> {
    newest(connection, |_| false)
}

/// What is written down; `None` where it is not what was written.
fn written(
    connection: &Connection,
    enough: impl Fn(&Segment) -> bool,
) -> Result<Option<Vec<Segment>>, Trouble> {
    let sql = format!("{} ORDER BY first DESC", tables::SEGMENTS.select());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(segment) = Segment::read(row)? else { return Ok(None) };
        let last = enough(&segment);
        found.push(segment);
        if last {
            break;
        }
    }
    Ok(Some(found))
}

/// What the tables themselves say: all that have messages, the newest first.
fn told_by_tables(connection: &Connection) -> Result<Vec<Segment>, Trouble> {
    let mut found = Vec::new();
    for slot in 0..SLOTS {
        if let Some((first, _)) = range(connection, slot)? {
            found.push(Segment { first, slot, starts: Vec::new(), closed: None });
        }
    }
    found.sort_by_key(|segment| -segment.first);
    Ok(found)
}

/// The numbers of the first and the last message of a table.
pub(super) fn range(connection: &Connection, slot: u32) -> Result<Option<(i64, i64)>, Trouble> {
    let name = name(slot);
    let sql = format!("SELECT (SELECT min(seq) FROM {name}), (SELECT max(seq) FROM {name})");
    let (first, last): (Option<i64>, Option<i64>) =
        connection.prepare_cached(&sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(first.zip(last))
}

/// What is in a table as it is now, as if nothing were appended to it any more.
pub(super) fn measured(connection: &Connection, slot: u32) -> Result<Option<Closed>, Trouble> {
    let sql = format!(
        "SELECT max(seq), max(at_ms), sum(length(payload) + {OVERHEAD}) FROM {} HAVING max(seq) IS NOT NULL",
        name(slot)
    );
    let closed = connection.prepare_cached(&sql)?.query_row([], |row| {
        Ok(Closed { last: row.get(0)?, newest_ms: number(row.get(1)?), bytes: number(row.get(2)?) })
    });
    Ok(closed.optional()?)
}

/// Whether every message stands where what is written down says. Gives the first table of which that is not so.
pub(super) fn astray(connection: &Connection) -> Result<Option<u32>, Trouble> {
    let told = told_by_tables(connection)?;
    let Some(known) = written(connection, |_| false)? else { return Ok(Some(0)) };
    for segment in told {
        let last = range(connection, segment.slot)?.map_or(0, |(_, last)| last);
        // Of two segments, the newer stands first: what begins before it is over is in the older.
        let at = known.iter().position(|known| known.first <= last);
        let holds = at.and_then(|at| known.get(at));
        if holds.is_none_or(|known| known.slot != segment.slot || known.first > segment.first) {
            return Ok(Some(segment.slot));
        }
    }
    Ok(None)
}

/// Writes down again what the tables say, where what is written down is damaged or not all of it.
pub(super) fn mend(connection: &mut Connection) -> Result<(), Trouble> {
    if astray(connection)?.is_none() {
        return Ok(());
    }
    tracing::warn!("which table holds which messages was not what was written, and is written again");
    let transaction = connection.transaction()?;
    transaction.execute("DELETE FROM segments", [])?;
    for (age, mut segment) in told_by_tables(&transaction)?.into_iter().enumerate() {
        if age > 0 {
            segment.closed = measured(&transaction, segment.slot)?;
        }
        segment.put(&transaction)?;
    }
    Ok(transaction.commit()?)
}

/// Makes the first table, whatever is in it, the first segment.
pub(super) fn adopt(connection: &Connection) -> Result<(), Trouble> {
    let Some((first, _)) = range(connection, 0)? else { return Ok(()) };
    let closed = measured(connection, 0)?;
    Segment { first, slot: 0, starts: Vec::new(), closed }.put(connection)
}

/// The segment that messages are appended to. Read from the tables again whenever a transaction was undone.
#[derive(Debug, Clone)]
pub(super) struct Growing {
    segment: Segment,
    /// Number of the next message.
    next: i64,
    newest_ms: u64,
    bytes: u64,
    /// Beyond so many bytes, the next segment begins.
    room: u64,
    /// Puts a message.
    pub(super) put: String,
}

impl Growing {
    fn new(segment: Segment, in_use: u32, bytes: u64) -> Growing {
        let put = tables::MESSAGES.put.replacen(tables::MESSAGES.name, &segment.table(), 1);
        let room = bytes.saturating_mul(1 << (in_use.saturating_sub(DOUBLING) / DOUBLING).min(8));
        Growing { next: segment.first, segment, newest_ms: 0, bytes: 0, room, put }
    }

    /// The newest segment, as it is now.
    pub(super) fn load(connection: &Connection, bytes: u64) -> Result<Option<Growing>, Trouble> {
        let Some(segment) = newest(connection, |_| true)?.into_iter().next() else { return Ok(None) };
        let in_use = connection.query_row("SELECT count(*) FROM segments", [], |row| row.get(0))?;
        let closed = segment.closed;
        let mut growing = Growing::new(segment, in_use, bytes);
        let now = match closed {
            Some(closed) => {
                growing.room = 0;
                Some(closed)
            }
            None => measured(connection, growing.segment.slot)?,
        };
        if let Some(now) = now {
            growing.next = now.last + 1;
            growing.newest_ms = now.newest_ms;
            growing.bytes = now.bytes;
        }
        Ok(Some(growing))
    }

    /// Whether the next message belongs to the next segment.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= self.room
    }

    /// The number of the next message.
    pub(super) fn take(&mut self, payload: usize, at_ms: u64) -> i64 {
        let taken = self.next;
        self.next += 1;
        self.bytes = self.bytes.saturating_add(payload as u64).saturating_add(OVERHEAD);
        self.newest_ms = self.newest_ms.max(at_ms);
        taken
    }

    /// Closes what grew so far and begins the next segment in a free table, where there is one.
    pub(super) fn next(
        connection: &Connection,
        before: Option<Growing>,
        starts: Vec<u64>,
        bytes: u64,
    ) -> Result<Growing, Trouble> {
        let (in_use, free) = free(connection)?;
        let Some(slot) = free else {
            // The ring is full: the newest goes on until a sweep has emptied another.
            let mut before = before.ok_or_else(|| defect("no table of messages is free"))?;
            before.room = before.bytes.saturating_add(bytes);
            return Ok(before);
        };
        let mut first = 1;
        if let Some(Growing { mut segment, next, newest_ms, bytes: grown, .. }) = before {
            first = next;
            if segment.closed.is_none() {
                segment.closed = Some(Closed { last: next - 1, newest_ms, bytes: grown });
                segment.put(connection)?;
            }
        }
        let segment = Segment { first, slot, starts, closed: None };
        segment.put(connection)?;
        Ok(Growing::new(segment, in_use, bytes))
    }
}

/// How many tables are in use, and one that is not.
fn free(connection: &Connection) -> Result<(u32, Option<u32>), Trouble> {
    let used: Vec<u32> = connection
        .prepare_cached("SELECT slot FROM segments")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let in_use = u32::try_from(used.len()).unwrap_or(SLOTS);
    for slot in (0..SLOTS).filter(|slot| !used.contains(slot)) {
        if range(connection, slot)?.is_none() {
            return Ok((in_use, Some(slot)));
        }
    }
    Ok((in_use, None))
}

/// The tables of all segments but the first, which each have the form of the first.
pub(super) fn tables() -> String {
    let one = |slot| {
        let name = name(slot);
        format!(
            "CREATE TABLE {name} (
               seq INTEGER PRIMARY KEY, lane INTEGER NOT NULL, tenant TEXT NOT NULL, position INTEGER NOT NULL,
               at_ms INTEGER NOT NULL, event TEXT, name TEXT, source TEXT, payload BLOB NOT NULL,
               sum INTEGER NOT NULL);
             CREATE UNIQUE INDEX {name}_place ON {name} (lane, tenant, position);
             CREATE INDEX {name}_event ON {name} (seq >> 13, event) WHERE event IS NOT NULL;"
        )
    };
    (1..SLOTS).map(one).collect()
}
