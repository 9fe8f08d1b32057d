//! The tables whose records are proven: which columns of each the checksum covers, and how a record is put. The
//! checksum is the CRC-32 over the table's name and every column that says or decides something, so that a
//! record cannot be damaged, moved or mixed with another without it showing.

use std::iter;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

/// A table, or a part of one with a checksum of its own.
#[derive(Debug)]
pub(super) struct Table {
    /// What tells its checksums from those of others.
    pub(super) label: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// What the checksum covers; what identifies a record stands first.
    pub(super) columns: &'static [&'static str],
    /// Where the checksum stands.
    pub(super) sum: &'static str,
    /// Puts a record: the columns in their order, then the checksum.
    pub(super) put: &'static str,
}

/// All of them but the messages, which stand in more than one table.
pub(super) const TABLES: [&Table; 22] = [
    &META,
    &SEGMENTS,
    &NEEDS,
    &GONE,
    &BLOBS,
    &LANES,
    &TAILS,
    &KEYS,
    &RUNS,
    &ENTRIES,
    &SNAPSHOTS,
    &DEFINITIONS,
    &TIMERS,
    &SUBSCRIPTIONS,
    &WINDOWS,
    &ASKS,
    &PARKED,
    &CALLS,
    &CONCLUSIONS,
    &DEAD,
    &DELIVERIES,
    &CURSORS,
];

/// What the store itself has to know: how many lanes it has.
pub(super) const META: Table = Table {
    label: "meta",
    name: "meta",
    columns: &["name", "value"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO meta (name, value, sum) VALUES (?1, ?2, ?3)",
};
/// Which table holds which messages.
pub(super) const SEGMENTS: Table = Table {
    label: "segments",
    name: "segments",
    columns: &["first", "slot", "starts", "last", "newest_ms", "bytes"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO segments (first, slot, starts, last, newest_ms, bytes, sum)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};
/// Which blobs a record needs.
pub(super) const NEEDS: Table = Table {
    label: "needs",
    name: "needs",
    columns: &["owner", "id", "sha256"],
    sum: "sum",
    put: "INSERT OR IGNORE INTO needs (owner, id, sha256, sum) VALUES (?1, ?2, ?3, ?4)",
};
/// Where records that are gone stood in their lists.
pub(super) const GONE: Table = Table {
    label: "gone",
    name: "gone",
    columns: &["list", "id", "seq", "at_ms"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO gone (list, id, seq, at_ms, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
};
/// Which blobs there are, and the round of sweeping each was put in last.
pub(super) const BLOBS: Table = Table {
    label: "blobs",
    name: "blobs",
    columns: &["sha256", "length", "round"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO blobs (sha256, length, round, sum) VALUES (?1, ?2, ?3, ?4)",
};
pub(super) const LANES: Table = Table {
    label: "lanes",
    name: "lanes",
    columns: &["lane", "owner", "epoch"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO lanes (lane, owner, epoch, sum) VALUES (?1, ?2, ?3, ?4)",
};
pub(super) const TAILS: Table = Table {
    label: "tails",
    name: "tails",
    columns: &["lane", "tenant", "consumed", "last"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO tails (lane, tenant, consumed, last, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
};
/// The messages of a segment; which table that is, `segments.rs` says.
pub(super) const MESSAGES: Table = Table {
    label: "messages",
    name: "messages",
    columns: &["lane", "tenant", "position", "at_ms", "event", "name", "source", "payload"],
    sum: "sum",
    put: "INSERT INTO messages (lane, tenant, position, at_ms, event, name, source, payload, sum, seq)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
};
pub(super) const KEYS: Table = Table {
    label: "keys",
    name: "keys",
    columns: &["hash", "at_ms", "lane", "position"],
    sum: "sum",
    put: "INSERT INTO keys (hash, at_ms, lane, position, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
};
pub(super) const RUNS: Table = Table {
    label: "runs",
    name: "runs",
    columns: &[
        "id",
        "tenant",
        "lane",
        "flow",
        "phase",
        "state",
        "key",
        "cause",
        "created_ms",
        "ended_ms",
        "record",
    ],
    sum: "sum",
    put: "INSERT INTO runs (id, tenant, lane, flow, phase, state, key, cause, created_ms, ended_ms, record, sum)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
          ON CONFLICT DO UPDATE SET tenant = excluded.tenant, lane = excluded.lane, flow = excluded.flow,
            phase = excluded.phase, state = excluded.state, key = excluded.key, cause = excluded.cause,
            created_ms = excluded.created_ms, ended_ms = excluded.ended_ms, record = excluded.record,
            sum = excluded.sum",
};
pub(super) const ENTRIES: Table = Table {
    label: "entries",
    name: "entries",
    columns: &["run", "number", "at_ms", "payload"],
    sum: "sum",
    put: "INSERT INTO entries (run, number, at_ms, payload, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
};
pub(super) const SNAPSHOTS: Table = Table {
    label: "snapshots",
    name: "snapshots",
    columns: &["run", "entries", "payload"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO snapshots (run, entries, payload, sum) VALUES (?1, ?2, ?3, ?4)",
};
pub(super) const DEFINITIONS: Table = Table {
    label: "definitions",
    name: "definitions",
    columns: &["hash", "payload"],
    sum: "sum",
    put: "INSERT INTO definitions (hash, payload, sum) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
};
pub(super) const TIMERS: Table = Table {
    label: "timers",
    name: "timers",
    columns: &["run", "name", "lane", "at_ms"],
    sum: "sum",
    put: "INSERT INTO timers (run, name, lane, at_ms, sum) VALUES (?1, ?2, ?3, ?4, ?5)
          ON CONFLICT DO UPDATE SET lane = excluded.lane, at_ms = excluded.at_ms, sum = excluded.sum",
};
pub(super) const SUBSCRIPTIONS: Table = Table {
    label: "subscriptions",
    name: "subscriptions",
    columns: &["run", "name", "tenant", "event", "lane"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO subscriptions (run, name, tenant, event, lane, sum)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
};
pub(super) const WINDOWS: Table = Table {
    label: "windows",
    name: "windows",
    columns: &["run", "name", "lane", "tenant", "event", "since", "until"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO windows (run, name, lane, tenant, event, since, until, sum)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
};
pub(super) const ASKS: Table = Table {
    label: "asks",
    name: "asks",
    columns: &["id", "tenant", "run", "record"],
    sum: "sum",
    put: "INSERT INTO asks (id, tenant, run, record, sum) VALUES (?1, ?2, ?3, ?4, ?5)
          ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, run = excluded.run,
            record = excluded.record, sum = excluded.sum",
};
pub(super) const PARKED: Table = Table {
    label: "parked",
    name: "parked",
    columns: &["id", "tenant", "connection", "run", "since_ms", "record"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO parked (id, tenant, connection, run, since_ms, record, sum)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};
/// A call's intent. Putting it again is left to `apply.rs`, because it counts.
pub(super) const CALLS: Table = Table {
    label: "calls",
    name: "calls",
    columns: &["id", "tenant", "connection", "run", "attempts", "intended_ms", "payload"],
    sum: "sum",
    put: "INSERT INTO calls (id, tenant, connection, run, attempts, intended_ms, payload, sum, state)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)
          ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, connection = excluded.connection,
            run = excluded.run, attempts = excluded.attempts, payload = excluded.payload, sum = excluded.sum",
};
/// How far a call is.
pub(super) const CONCLUSIONS: Table = Table {
    label: "conclusions",
    name: "calls",
    columns: &["id", "state", "concluded_ms", "conclusion"],
    sum: "conclusion_sum",
    put: "UPDATE calls SET state = ?2, concluded_ms = ?3, conclusion = ?4, conclusion_sum = ?5 WHERE id = ?1",
};
pub(super) const DEAD: Table = Table {
    label: "dead",
    name: "dead",
    columns: &["id", "tenant", "at_ms", "payload"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO dead (id, tenant, at_ms, payload, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
};
pub(super) const DELIVERIES: Table = Table {
    label: "deliveries",
    name: "deliveries",
    columns: &["id", "tenant", "endpoint", "state", "next_ms", "created_ms", "payload"],
    sum: "sum",
    put: "INSERT INTO deliveries (id, tenant, endpoint, state, next_ms, created_ms, payload, sum)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
          ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, endpoint = excluded.endpoint,
            state = excluded.state, next_ms = excluded.next_ms, created_ms = excluded.created_ms,
            payload = excluded.payload, sum = excluded.sum",
};
pub(super) const CURSORS: Table = Table {
    label: "cursors",
    name: "cursors",
    columns: &["name", "value"],
    sum: "sum",
    put: "INSERT OR REPLACE INTO cursors (name, value, sum) VALUES (?1, ?2, ?3)",
};

impl Table {
    /// The checksum of a record with these columns.
    pub(super) fn sum<'v>(&self, values: impl IntoIterator<Item = ValueRef<'v>>) -> i64 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(self.label.as_bytes());
        for value in values {
            match value {
                ValueRef::Null => hasher.update(&[0]),
                ValueRef::Integer(number) => tagged(&mut hasher, 1, &number.to_le_bytes()),
                ValueRef::Real(number) => tagged(&mut hasher, 2, &number.to_le_bytes()),
                ValueRef::Text(text) => tagged(&mut hasher, 3, text),
                ValueRef::Blob(bytes) => tagged(&mut hasher, 4, bytes),
            }
        }
        i64::from(hasher.finalize())
    }

    /// `SELECT` of the covered columns, and the checksum behind them.
    pub(super) fn select(&self) -> String {
        self.select_from(self.name)
    }

    /// The same from another table of the same form.
    pub(super) fn select_from(&self, name: &str) -> String {
        format!("SELECT {}, {} FROM {name}", self.columns.join(", "), self.sum)
    }

    /// Puts a record with its checksum. Gives how many records changed.
    pub(super) fn put_in(&self, connection: &Connection, values: &[ValueRef<'_>]) -> rusqlite::Result<usize> {
        let sum = ValueRef::Integer(self.sum(values.iter().copied()));
        let values = values.iter().copied().chain(iter::once(sum)).map(ToSqlOutput::Borrowed);
        connection.prepare_cached(self.put)?.execute(params_from_iter(values))
    }

    /// Whether a row that begins with the columns of [`Table::select`] is what was written.
    pub(super) fn proves(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let count = self.columns.len();
        let values = (0..count).map(|at| row.get_ref(at)).collect::<Result<Vec<_>, _>>()?;
        Ok(row.get_ref(count)? == ValueRef::Integer(self.sum(values)))
    }
}

fn tagged(hasher: &mut crc32fast::Hasher, tag: u8, bytes: &[u8]) {
    let [a, b, c, d, e, f, g, h] = (bytes.len() as u64).to_le_bytes();
    hasher.update(&[tag, a, b, c, d, e, f, g, h]);
    hasher.update(bytes);
}

/// A text for a column.
pub(super) fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}

/// A text for a column, or nothing.
pub(super) fn maybe(text: Option<&str>) -> ValueRef<'_> {
    text.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
}

/// A number for a column.
pub(super) fn int(number: impl Into<i64>) -> ValueRef<'static> {
    ValueRef::Integer(number.into())
}

/// A number for a column; what does not fit is as large as a column can be.
pub(super) fn big(number: u64) -> ValueRef<'static> {
    ValueRef::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_put_with_the_columns_that_are_covered() {
        for table in TABLES.into_iter().chain([&MESSAGES]) {
            let columns = format!("({}, {}", table.columns.join(", "), table.sum);
            assert!(table.put.contains(&columns) || table.put.starts_with("UPDATE"), "{}", table.label);
        }
    }

    #[test]
    fn every_column_counts_and_so_does_its_place() {
        let sum = |values: &[ValueRef<'_>]| CURSORS.sum(values.iter().copied());
        let all = [
            sum(&[text("a"), ValueRef::Blob(b"b")]),
            sum(&[text("ab"), ValueRef::Blob(b"")]),
            sum(&[text("a"), text("b")]),
            sum(&[text("a"), ValueRef::Null]),
            sum(&[text("a"), int(98)]),
            DEFINITIONS.sum([text("a"), ValueRef::Blob(b"b")]),
        ];
        for (number, one) in all.iter().enumerate() {
            assert!(all.iter().skip(number + 1).all(|other| other != one));
        }
    }
}
