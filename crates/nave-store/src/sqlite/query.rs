//! Questions about lanes, runs, timers, and what is looked up by its name. Lists that are filtered and paged
//! are in `lists.rs`.

use rusqlite::{OptionalExtension, Row, params};

use super::apply::{entry_sum, message_sum};
use super::pack::{column, from_json, number, put_body, sum, unpack};
use super::readers::Reader;
use super::trouble::{Trouble, corrupt};
use crate::audit;
use crate::batch::{Audited, Message};
use crate::record::{AuditEntry, Backlog, Entry, Queued, RunRecord, Snapshot, Subscription, Timer};

impl Reader<'_> {
    pub(super) fn backlog(&self, lane: u32) -> Result<Vec<Backlog>, Trouble> {
        let mut statement = self.connection.prepare_cached(
            "SELECT tenant, consumed, last FROM tails WHERE lane = ?1 AND last > consumed ORDER BY tenant",
        )?;
        let rows = statement.query_map([lane], |row| {
            Ok(Backlog { tenant: row.get(0)?, consumed: number(row.get(1)?), last: number(row.get(2)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn messages(
        &self,
        lane: u32,
        tenant: &str,
        after: u64,
        most: usize,
    ) -> Result<Vec<Queued>, Trouble> {
        let mut statement = self.connection.prepare_cached(
            "SELECT position, payload, sum FROM messages
             WHERE lane = ?1 AND tenant = ?2 AND position > ?3 ORDER BY position LIMIT ?4",
        )?;
        let mut rows = statement.query(params![lane, tenant, column(after), limit(most)])?;
        let mut queued = Vec::new();
        while let Some(row) = rows.next()? {
            let position = number(row.get(0)?);
            let message = self.message(row, lane, tenant, position)?;
            queued.push(Queued { position, tenant: tenant.to_owned(), message });
        }
        Ok(queued)
    }

    /// The message of a row with `payload` and `sum` at 1 and 2.
    pub(super) fn message(
        &self,
        row: &Row<'_>,
        lane: u32,
        tenant: &str,
        position: u64,
    ) -> Result<Result<Message, nave_model::Fault>, Trouble> {
        let what = format!("message {position} of lane {lane}");
        let Some((payload, expected)) = bytes_and_sum(row, 1)? else { return Ok(Err(corrupt(&what))) };
        let is = message_sum(lane, tenant, position, &payload);
        let message = self.proven(&what, &payload, is, expected).and_then(|packed| {
            let (mut message, body) = unpack::<Message>(&what, &packed)?;
            put_body(&mut message, body);
            Ok(message)
        });
        Ok(message)
    }

    pub(super) fn run(&self, run: &str) -> Result<Option<RunRecord>, Trouble> {
        let row = self
            .connection
            .prepare_cached("SELECT id, record, sum FROM runs WHERE id = ?1")?
            .query_row([run], Self::raw)
            .optional()?;
        row.map(|row| self.run_record(&row)).transpose()
    }

    /// The bytes of a row of id, record and sum.
    pub(super) fn raw(row: &Row<'_>) -> rusqlite::Result<(String, Vec<u8>, i64)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    }

    pub(super) fn run_record(&self, row: &(String, Vec<u8>, i64)) -> Result<RunRecord, Trouble> {
        Ok(from_json("a run", &self.record("runs", row)?)?)
    }

    /// The payload of a row of id, record and sum.
    pub(super) fn record(&self, table: &str, row: &(String, Vec<u8>, i64)) -> Result<Vec<u8>, Trouble> {
        let (id, record, expected) = row;
        let is = sum(table, &[id.as_bytes(), record]);
        Ok(self.proven(&format!("`{id}` in {table}"), record, is, *expected)?)
    }

    pub(super) fn snapshot(&self, run: &str) -> Result<Option<Snapshot>, Trouble> {
        let row: Option<(u32, Vec<u8>, i64)> = self
            .connection
            .prepare_cached("SELECT entries, payload, sum FROM snapshots WHERE run = ?1")?
            .query_row([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((entries, payload, expected)) = row else { return Ok(None) };
        let is = entry_sum("snapshots", run, entries, &payload);
        let bytes = self.proven(&format!("the snapshot of the run {run}"), &payload, is, expected)?;
        Ok(Some(Snapshot { entries, bytes }))
    }

    pub(super) fn journal(&self, run: &str, from: u32) -> Result<Vec<Entry>, Trouble> {
        let what = format!("the journal of the run {run}");
        let mut statement = self.connection.prepare_cached(
            "SELECT number, at_ms, payload, sum FROM entries WHERE run = ?1 AND number >= ?2 ORDER BY number",
        )?;
        let mut rows = statement.query(params![run, from])?;
        let mut entries = Vec::new();
        let mut next = from;
        while let Some(row) = rows.next()? {
            let (number_of, payload): (u32, Vec<u8>) = (row.get(0)?, row.get(2)?);
            if number_of != next {
                return Err(Trouble::Refused(corrupt(&what)));
            }
            next = next.saturating_add(1);
            let is = entry_sum("entries", run, number_of, &payload);
            let bytes = self.proven(&what, &payload, is, row.get(3)?)?;
            entries.push(Entry { number: number_of, at_ms: number(row.get(1)?), bytes });
        }
        Ok(entries)
    }

    pub(super) fn definition(&self, hash: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let row = self
            .connection
            .prepare_cached("SELECT hash, payload, sum FROM definitions WHERE hash = ?1")?
            .query_row([hash], Self::raw)
            .optional()?;
        row.map(|row| self.record("definitions", &row)).transpose()
    }

    pub(super) fn next_queued(
        &self,
        tenant: &str,
        flow: &str,
        key: Option<&str>,
    ) -> Result<Option<RunRecord>, Trouble> {
        let sql = match key {
            Some(_) => {
                "SELECT id, record, sum FROM runs
                 WHERE phase = 0 AND tenant = ?1 AND flow = ?2 AND key = ?3 ORDER BY id LIMIT 1"
            }
            None => {
                "SELECT id, record, sum FROM runs
                 WHERE phase = 0 AND tenant = ?1 AND flow = ?2 AND ?3 IS NULL ORDER BY id LIMIT 1"
            }
        };
        let row = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![tenant, flow, key], Self::raw)
            .optional()?;
        row.map(|row| self.run_record(&row)).transpose()
    }

    pub(super) fn under_way(&self, tenant: &str, flow: &str, key: Option<&str>) -> Result<u64, Trouble> {
        let sql = match key {
            Some(_) => {
                "SELECT count(*) FROM runs WHERE phase IN (1, 2) AND tenant = ?1 AND flow = ?2 AND key = ?3"
            }
            None => {
                "SELECT count(*) FROM runs
                 WHERE phase IN (1, 2) AND tenant = ?1 AND flow = ?2 AND ?3 IS NULL"
            }
        };
        let count =
            self.connection.prepare_cached(sql)?.query_row(params![tenant, flow, key], |row| row.get(0))?;
        Ok(number(count))
    }

    pub(super) fn due(&self, lane: u32, until_ms: u64, most: usize) -> Result<Vec<Timer>, Trouble> {
        let mut statement = self.connection.prepare_cached(
            "SELECT run, name, at_ms FROM timers WHERE lane = ?1 AND at_ms <= ?2
             ORDER BY at_ms, run, name LIMIT ?3",
        )?;
        let rows = statement.query_map(params![lane, column(until_ms), limit(most)], |row| {
            Ok(Timer { run: row.get(0)?, name: row.get(1)?, at_ms: number(row.get(2)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn next_timer(&self, lane: u32) -> Result<Option<u64>, Trouble> {
        let next: Option<i64> = self
            .connection
            .prepare_cached("SELECT min(at_ms) FROM timers WHERE lane = ?1")?
            .query_row([lane], |row| row.get(0))?;
        Ok(next.map(number))
    }

    pub(super) fn subscriptions(
        &self,
        tenant: &str,
        event: &str,
        after: Option<&(String, String)>,
        most: usize,
    ) -> Result<Vec<Subscription>, Trouble> {
        let seen: Option<i64> = match after {
            Some((run, name)) => self
                .connection
                .prepare_cached("SELECT seq FROM subscriptions WHERE run = ?1 AND name = ?2")?
                .query_row([run, name], |row| row.get(0))
                .optional()?,
            None => None,
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT run, lane, name FROM subscriptions
             WHERE tenant = ?1 AND event = ?2 AND gone_ms IS NULL AND seq > ?3 ORDER BY seq LIMIT ?4",
        )?;
        let values = params![tenant, event, seen.unwrap_or(0), limit(most)];
        let rows = statement.query_map(values, |row| {
            Ok(Subscription { run: row.get(0)?, lane: row.get(1)?, name: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn cursor(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let row = self
            .connection
            .prepare_cached("SELECT name, value, sum FROM cursors WHERE name = ?1")?
            .query_row([name], Self::raw)
            .optional()?;
        row.map(|row| cursor_value(row).map(|(_, value)| value)).transpose()
    }

    pub(super) fn cursors(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, value, sum FROM cursors WHERE name >= ?1 ORDER BY name")?;
        let mut rows = statement.query([prefix])?;
        let mut cursors = Vec::new();
        while let Some(row) = rows.next()? {
            let row = Self::raw(row)?;
            if !row.0.starts_with(prefix) {
                break;
            }
            cursors.push(cursor_value(row)?);
        }
        Ok(cursors)
    }

    pub(super) fn audit(&self, tenant: &str, after: u64, most: usize) -> Result<Vec<AuditEntry>, Trouble> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, at_ms, entry, before, hash FROM audit
             WHERE tenant = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
        )?;
        let mut rows = statement.query(params![tenant, column(after), limit(most)])?;
        let mut chain = Vec::new();
        while let Some(row) = rows.next()? {
            let number = number(row.get(0)?);
            let what = format!("entry {number} of the audit chain of `{tenant}`");
            let bytes: Vec<u8> = row.get(2)?;
            let entry: Audited = from_json(&what, &bytes)?;
            let at_ms = super::pack::number(row.get(1)?);
            let entry = AuditEntry { number, at_ms, entry, before: row.get(3)?, hash: row.get(4)? };
            if entry.hash != audit::hash(&entry.before, entry.number, entry.at_ms, &entry.entry) {
                return Err(Trouble::Refused(corrupt(&what)));
            }
            chain.push(entry);
        }
        Ok(chain)
    }
}

fn cursor_value((name, value, expected): (String, Vec<u8>, i64)) -> Result<(String, Vec<u8>), Trouble> {
    if i64::from(sum("cursors", &[name.as_bytes(), &value])) == expected {
        return Ok((name, value));
    }
    Err(Trouble::Refused(corrupt(&format!("the cursor `{name}`"))))
}

/// A blob and a sum behind it; `None` where a column holds something else than it should.
pub(super) fn bytes_and_sum(row: &Row<'_>, at: usize) -> Result<Option<(Vec<u8>, i64)>, Trouble> {
    match (row.get(at), row.get(at + 1)) {
        (Ok(bytes), Ok(sum)) => Ok(Some((bytes, sum))),
        (Err(rusqlite::Error::InvalidColumnType(..)), _)
        | (_, Err(rusqlite::Error::InvalidColumnType(..))) => Ok(None),
        (Err(error), _) | (_, Err(error)) => Err(error.into()),
    }
}

/// How many rows at most.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
