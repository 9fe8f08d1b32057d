//! Questions about lanes, runs, timers, and what is looked up by its name. Lists that are filtered and paged
//! are in `lists.rs`.

use nave_model::Fault;
use rusqlite::types::ValueRef;
use rusqlite::{Params, Row, params};

use super::pack::{column, from_json, number, put_body, unpack};
use super::readers::Reader;
use super::segments;
use super::tables::{self, Table};
use super::trouble::{Trouble, corrupt};
use crate::audit;
use crate::batch::{Audited, Message};
use crate::record::{AuditEntry, Backlog, Entry, Queued, RunRecord, Snapshot, Subscription, Timer};

impl Reader<'_> {
    pub(super) fn backlog(&self, lane: u32) -> Result<Vec<Backlog>, Trouble> {
        let sql =
            format!("{} WHERE lane = ? AND last > consumed ORDER BY tenant LIMIT ?", tables::TAILS.select());
        self.list(&sql, vec![i64::from(lane).into()], usize::MAX, |row| {
            self.prove(&tables::TAILS, row)?;
            Ok(Backlog { tenant: row.get(1)?, consumed: number(row.get(2)?), last: number(row.get(3)?) })
        })
    }

    pub(super) fn messages(
        &self,
        lane: u32,
        tenant: &str,
        after: u64,
        most: usize,
    ) -> Result<Vec<Queued>, Trouble> {
        let snapshot = self.connection.unchecked_transaction()?;
        let segments = segments::newest(&snapshot, |segment| segment.has_all_behind(lane, after))?;
        let mut queued = Vec::new();
        for segment in segments.iter().rev() {
            let sql = format!(
                "{} WHERE lane = ?1 AND tenant = ?2 AND position > ?3 ORDER BY position LIMIT ?4",
                segment.select()
            );
            let mut statement = snapshot.prepare_cached(&sql)?;
            let left = limit(most.saturating_sub(queued.len()));
            let mut rows = statement.query(params![lane, tenant, column(after), left])?;
            while let Some(row) = rows.next()? {
                let (position, message) = self.message(row)?;
                queued.push(Queued { position, tenant: tenant.to_owned(), message });
            }
            if queued.len() >= most {
                break;
            }
        }
        Ok(queued)
    }

    /// The message of a row, and its position.
    pub(super) fn message(&self, row: &Row<'_>) -> Result<(u64, Result<Message, Fault>), Trouble> {
        let lane = row.get_ref(0)?.as_i64().unwrap_or(0);
        let position = number(row.get_ref(2)?.as_i64().unwrap_or(0));
        let what = format!("message {position} of lane {lane}");
        if !tables::MESSAGES.proves(row)? {
            return Ok((position, Err(corrupt(&what))));
        }
        let message = self.payload(&what, &row.get::<_, Vec<u8>>(7)?).and_then(|packed| {
            let (mut message, body) = unpack::<Message>(&what, &packed)?;
            put_body(&mut message, body);
            Ok(message)
        });
        Ok((position, message))
    }

    pub(super) fn run(&self, run: &str) -> Result<Option<RunRecord>, Trouble> {
        let sql = format!("{} WHERE id = ?1", tables::RUNS.select());
        self.one(&sql, [run], |row| self.run_record(row))
    }

    pub(super) fn run_record(&self, row: &Row<'_>) -> Result<RunRecord, Trouble> {
        Ok(from_json("a run", &self.record(&tables::RUNS, row)?)?)
    }

    /// The payload of a row, which stands last before the checksum.
    pub(super) fn record(&self, table: &Table, row: &Row<'_>) -> Result<Vec<u8>, Trouble> {
        self.prove(table, row)?;
        let column: Vec<u8> = row.get(table.columns.len() - 1)?;
        Ok(self.payload(&name_of(table, row), &column)?)
    }

    /// Refuses a row that is not what was written.
    pub(super) fn prove(&self, table: &Table, row: &Row<'_>) -> Result<(), Trouble> {
        if table.proves(row)? { Ok(()) } else { Err(Trouble::Refused(corrupt(&name_of(table, row)))) }
    }

    /// The first row of a question, read.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        rows.next()?.map(read).transpose()
    }

    pub(super) fn snapshot(&self, run: &str) -> Result<Option<Snapshot>, Trouble> {
        let sql = format!("{} WHERE run = ?1", tables::SNAPSHOTS.select());
        self.one(&sql, [run], |row| {
            Ok(Snapshot { bytes: self.record(&tables::SNAPSHOTS, row)?, entries: row.get(1)? })
        })
    }

    pub(super) fn journal(&self, run: &str, from: u32) -> Result<Vec<Entry>, Trouble> {
        let sql = format!("{} WHERE run = ?1 AND number >= ?2 ORDER BY number", tables::ENTRIES.select());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![run, from])?;
        let mut entries = Vec::new();
        for next in from.. {
            let Some(row) = rows.next()? else { break };
            let bytes = self.record(&tables::ENTRIES, row)?;
            if row.get::<_, u32>(1)? != next {
                return Err(Trouble::Refused(corrupt(&format!("the journal of the run {run}"))));
            }
            entries.push(Entry { number: next, at_ms: number(row.get(2)?), bytes });
        }
        Ok(entries)
    }

    pub(super) fn definition(&self, hash: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let sql = format!("{} WHERE hash = ?1", tables::DEFINITIONS.select());
        self.one(&sql, [hash], |row| self.record(&tables::DEFINITIONS, row))
    }

    pub(super) fn next_queued(
        &self,
        tenant: &str,
        flow: &str,
        key: Option<&str>,
    ) -> Result<Option<RunRecord>, Trouble> {
        let of = if key.is_some() { "key = ?3" } else { "?3 IS NULL" };
        let sql = format!(
            "{} WHERE phase = 0 AND tenant = ?1 AND flow = ?2 AND {of} ORDER BY id LIMIT 1",
            tables::RUNS.select()
        );
        self.one(&sql, params![tenant, flow, key], |row| self.run_record(row))
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
        let sql = format!(
            "{} WHERE lane = ? AND at_ms <= ? ORDER BY at_ms, run, name LIMIT ?",
            tables::TIMERS.select()
        );
        let values = vec![i64::from(lane).into(), column(until_ms).into()];
        self.list(&sql, values, most, |row| {
            self.prove(&tables::TIMERS, row)?;
            Ok(Timer { run: row.get(0)?, name: row.get(1)?, at_ms: number(row.get(3)?) })
        })
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
        let (run, name) = after.cloned().unwrap_or_default();
        let sql = format!(
            "{} WHERE tenant = ? AND event = ? AND (run, name) > (?, ?) ORDER BY run, name LIMIT ?",
            tables::SUBSCRIPTIONS.select()
        );
        let values = vec![tenant.to_owned().into(), event.to_owned().into(), run.into(), name.into()];
        self.list(&sql, values, most, |row| {
            self.prove(&tables::SUBSCRIPTIONS, row)?;
            let (run, name): (String, String) = (row.get(0)?, row.get(1)?);
            let until = self.until(&run, &name)?;
            Ok(Subscription { run, name, lane: row.get(4)?, until })
        })
    }

    pub(super) fn cursor(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let sql = format!("{} WHERE name = ?1", tables::CURSORS.select());
        self.one(&sql, [name], |row| self.cursor_value(row).map(|(_, value)| value))
    }

    fn cursor_value(&self, row: &Row<'_>) -> Result<(String, Vec<u8>), Trouble> {
        self.prove(&tables::CURSORS, row)?;
        Ok((row.get(0)?, row.get(1)?))
    }

    pub(super) fn cursors(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
        let sql = format!("{} WHERE name >= ?1 ORDER BY name", tables::CURSORS.select());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([prefix])?;
        let mut cursors = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, value) = self.cursor_value(row)?;
            if !name.starts_with(prefix) {
                break;
            }
            cursors.push((name, value));
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

/// What a row is called in faults: what identifies it, and its table.
fn name_of(table: &Table, row: &Row<'_>) -> String {
    let first = match row.get_ref(0) {
        Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        _ => "a record".to_owned(),
    };
    format!("`{first}` in {}", table.label)
}

/// How many rows at most.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
