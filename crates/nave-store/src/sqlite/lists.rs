//! Lists that are filtered and paged. A record in a list that is not what was written is left out and
//! logged, so that it does not hide the others; asked for by its id, it is a fault.

use std::iter;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use super::apply::phase;
use super::pack::{column, from_json, number, put_body, put_event_body, unpack};
use super::query::limit;
use super::readers::Reader;
use super::segments::{self, Segment};
use super::tables::{self, Table};
use super::trouble::{Trouble, corrupt};
use crate::batch::{Conclusion, Intent, Message};
use crate::record::{
    Ask, Call, CallFilter, CallState, DeadLetter, Delivery, DeliveryFilter, DeliveryState, EventFilter,
    Filter, KeptEvent, Page, Parked, RunRecord,
};

/// Conditions that must all hold, and their values.
#[derive(Default)]
struct Where {
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Where {
    fn and(&mut self, condition: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.conditions.push(condition);
            self.values.push(value.into());
        }
    }

    fn sql(&self, select: &str, order: &str) -> String {
        let mut sql = select.to_owned();
        for (index, condition) in self.conditions.iter().enumerate() {
            sql.push_str(if index == 0 { " WHERE " } else { " AND " });
            sql.push_str(condition);
        }
        format!("{sql} ORDER BY {order} LIMIT ?")
    }
}

/// Whether a record is in the list: a damaged one is left out.
fn sound<T>(record: Result<T, Trouble>) -> Result<Option<T>, Trouble> {
    match record {
        Ok(record) => Ok(Some(record)),
        Err(Trouble::Refused(fault)) => {
            tracing::error!(code = %fault.code, %fault, "a record is left out of a list");
            Ok(None)
        }
        Err(trouble @ Trouble::Broken(_)) => Err(trouble),
    }
}

impl Reader<'_> {
    /// At most so many sound records of a question that ends in `LIMIT ?`. One that is damaged makes the list
    /// no shorter: whoever pages through it takes a short page for the last.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        mut values: Vec<Value>,
        most: usize,
        read: impl Fn(&Row<'_>) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut damaged = 0;
        values.push(Value::Null);
        loop {
            let limit = limit(most.saturating_add(damaged));
            if let Some(last) = values.last_mut() {
                *last = Value::Integer(limit);
            }
            let mut rows = statement.query(params_from_iter(&values))?;
            let mut found = Vec::new();
            let mut left_out = 0;
            while let Some(row) = rows.next()? {
                match sound(read(row))? {
                    Some(record) => found.push(record),
                    None => left_out += 1,
                }
            }
            if left_out <= damaged || i64::try_from(found.len() + left_out).is_ok_and(|all| all < limit) {
                found.truncate(most);
                return Ok(found);
            }
            damaged = left_out;
        }
    }

    /// At most so many records of a question that ends in `LIMIT ?`, or the fault of the first that is damaged.
    fn all<T>(
        &self,
        sql: &str,
        mut values: Vec<Value>,
        most: usize,
        read: impl Fn(&Row<'_>) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        values.push(Value::Integer(limit(most)));
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// The place in the order of a table of the record whose id was seen last: `Some(None)` where a list
    /// begins, `None` where nothing is known of the record, so that nothing can follow it. One that is gone is
    /// remembered for a while, so that whoever pages through a list keeps its place.
    fn seen(&self, table: &Table, page: &Page) -> Result<Option<Option<i64>>, Trouble> {
        let Some(after) = &page.after else { return Ok(Some(None)) };
        let sql = format!("SELECT seq FROM {} WHERE id = ?1", table.name);
        let seen: Option<i64> =
            self.connection.prepare_cached(&sql)?.query_row([after], |row| row.get(0)).optional()?;
        if seen.is_some() {
            return Ok(Some(seen));
        }
        let sql = format!("{} WHERE list = ?1 AND id = ?2", tables::GONE.select());
        let gone = self.one(&sql, params![table.name, after], |row| {
            self.prove(&tables::GONE, row)?;
            Ok(row.get(2)?)
        })?;
        Ok(gone.map(Some))
    }

    pub(super) fn runs(&self, filter: Filter, page: &Page) -> Result<Vec<RunRecord>, Trouble> {
        let mut given = Where::default();
        given.and("tenant = ?", filter.tenant);
        given.and("flow = ?", filter.flow);
        given.and("state = ?", filter.state);
        given.and("phase = ?", filter.phase.map(phase));
        given.and("key = ?", filter.key);
        given.and("cause = ?", filter.cause);
        given.and("created_ms >= ?", filter.since_ms.map(column));
        given.and("created_ms < ?", filter.until_ms.map(column));
        given.and("id < ?", page.after.clone());
        let sql = given.sql(&tables::RUNS.select(), "id DESC");
        self.list(&sql, given.values, count(page), |row| self.run_record(row))
    }

    pub(super) fn unfinished(
        &self,
        lane: u32,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<RunRecord>, Trouble> {
        let select = tables::RUNS.select();
        let sql = format!("{select} WHERE phase = 1 AND lane = ? AND id > ? ORDER BY id LIMIT ?");
        let values: Vec<Value> = vec![i64::from(lane).into(), after.unwrap_or_default().to_owned().into()];
        self.list(&sql, values, most, |row| self.run_record(row))
    }

    pub(super) fn asks(&self, tenant: Option<String>, page: &Page) -> Result<Vec<Ask>, Trouble> {
        let Some(seen) = self.seen(&tables::ASKS, page)? else { return Ok(Vec::new()) };
        let mut given = Where::default();
        given.and("tenant = ?", tenant);
        given.and("seq > ?", seen);
        let sql = given.sql(&tables::ASKS.select(), "seq");
        self.list(&sql, given.values, count(page), |row| self.ask_record(row))
    }

    pub(super) fn ask_of(&self, id: &str) -> Result<Option<Ask>, Trouble> {
        let sql = format!("{} WHERE id = ?1", tables::ASKS.select());
        self.one(&sql, [id], |row| self.ask_record(row))
    }

    fn ask_record(&self, row: &Row<'_>) -> Result<Ask, Trouble> {
        Ok(from_json("a question", &self.record(&tables::ASKS, row)?)?)
    }

    pub(super) fn call(&self, id: &str) -> Result<Option<Call>, Trouble> {
        self.one(&format!("{} WHERE id = ?1", call_columns()), [id], |row| self.call_record(row))
    }

    pub(super) fn calls(&self, filter: CallFilter, page: &Page) -> Result<Vec<Call>, Trouble> {
        let Some(seen) = self.seen(&tables::CALLS, page)? else { return Ok(Vec::new()) };
        let mut given = Where::default();
        given.and("tenant = ?", filter.tenant);
        given.and("connection = ?", filter.connection);
        // The number stands in the text, so that the index of those that are open serves.
        given.conditions.extend(filter.state.map(|state| match state {
            CallState::Intended => "state = 0",
            CallState::Done => "state = 1",
            CallState::NotDone => "state = 2",
            CallState::Unknown => "state = 3",
        }));
        given.and("run = ?", filter.run);
        given.and("intended_ms >= ?", filter.since_ms.map(column));
        given.and("seq < ?", seen);
        let sql = given.sql(&call_columns(), "seq DESC");
        self.list(&sql, given.values, count(page), |row| self.call_record(row))
    }

    fn call_record(&self, row: &Row<'_>) -> Result<Call, Trouble> {
        let packed = self.record(&tables::CALLS, row)?;
        let id: String = row.get(0)?;
        let what = format!("the call {id}");
        let (mut intent, arguments) = unpack::<Intent>(&what, &packed)?;
        intent.arguments = arguments;
        let behind = tables::CALLS.columns.len() + 1;
        let ended = (behind..behind + 3).map(|at| row.get_ref(at)).collect::<Result<Vec<_>, _>>()?;
        let sum = tables::CONCLUSIONS.sum(iter::once(ValueRef::Text(id.as_bytes())).chain(ended));
        if row.get_ref(behind + 3)? != ValueRef::Integer(sum) {
            return Err(Trouble::Refused(corrupt(&what)));
        }
        let conclusion = match row.get::<_, Option<Vec<u8>>>(behind + 2)? {
            Some(column) => Some(from_json::<Conclusion>(&what, &self.payload(&what, &column)?)?),
            None => None,
        };
        Ok(Call {
            intent,
            intended_ms: number(row.get(5)?),
            attempts: row.get(4)?,
            state: conclusion.as_ref().map_or(CallState::Intended, |conclusion| conclusion.state),
            conclusion,
            concluded_ms: row.get::<_, Option<i64>>(behind + 1)?.map(number),
        })
    }

    pub(super) fn parked(
        &self,
        tenant: String,
        connection: Option<String>,
        most: usize,
    ) -> Result<Vec<Parked>, Trouble> {
        let mut given = Where::default();
        given.and("tenant = ?", Some(tenant));
        given.and("connection = ?", connection);
        let sql = given.sql(&tables::PARKED.select(), "since_ms, id");
        self.list(&sql, given.values, most, |row| {
            self.prove(&tables::PARKED, row)?;
            Ok(from_json("a parked call", &row.get::<_, Vec<u8>>(5)?)?)
        })
    }

    pub(super) fn parked_sums(&self) -> Result<Vec<(String, String, u64, u64)>, Trouble> {
        let mut statement = self.connection.prepare_cached(
            "SELECT tenant, connection, count(*), min(since_ms) FROM parked
             GROUP BY tenant, connection ORDER BY tenant, connection",
        )?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, number(row.get(2)?), number(row.get(3)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn events(&self, filter: EventFilter, page: &Page) -> Result<Vec<KeptEvent>, Trouble> {
        let snapshot = self.connection.unchecked_transaction()?;
        let Some(seen) = self.seen_event(page)? else { return Ok(Vec::new()) };
        let since = filter.since_ms;
        // Who asks for one event must not be told that there is none because it is damaged.
        let asked_for = filter.id.is_some();
        let mut given = Where { conditions: vec!["event IS NOT NULL"], values: Vec::new() };
        given.and("messages.tenant = ?", filter.tenant);
        given.and("name = ?", filter.name);
        given.and("source = ?", filter.source);
        // The index of ids is in parts, so that a part goes with its messages.
        given.and("seq >> 13 IN (SELECT part FROM parts) AND event = ?", filter.id);
        given.and("at_ms >= ?", filter.since_ms.map(column));
        given.and("at_ms < ?", filter.until_ms.map(column));
        given.and("seq < ?", seen);
        let mut events = Vec::new();
        for segment in segments::all(&snapshot)? {
            let left = count(page).saturating_sub(events.len());
            let early =
                segment.closed.is_some_and(|closed| since.is_some_and(|since| closed.newest_ms < since));
            if left == 0 {
                break;
            }
            if early || seen.is_some_and(|seen| segment.first >= seen) {
                continue;
            }
            let sql = given.sql(&event_columns(&segment), "seq DESC");
            let values = given.values.clone();
            events.extend(match asked_for {
                true => self.all(&sql, values, left, |row| self.event(row))?,
                false => self.list(&sql, values, left, |row| self.event(row))?,
            });
        }
        Ok(events.into_iter().flatten().collect())
    }

    fn event(&self, row: &Row<'_>) -> Result<Option<KeptEvent>, Trouble> {
        let (position, message) = self.message(row)?;
        let Message::Event(event) = message? else { return Ok(None) };
        let (lane, tenant): (u32, String) = (row.get(0)?, row.get(1)?);
        let place = format!("{lane}-{position}");
        let consumed = row.get::<_, Option<i64>>(9)?.is_some_and(|consumed| position <= number(consumed));
        Ok(Some(KeptEvent { place, tenant, lane, position, consumed, event }))
    }

    /// Of an event that is gone, the place of the next in its lane: what lies between was seen, and comes
    /// once more rather than not at all.
    fn seen_event(&self, page: &Page) -> Result<Option<Option<i64>>, Trouble> {
        let Some(after) = &page.after else { return Ok(Some(None)) };
        let place = after
            .split_once('-')
            .and_then(|(lane, position)| Some((lane.parse::<u32>().ok()?, position.parse::<u64>().ok()?)));
        let Some((lane, position)) = place else { return Ok(None) };
        let before = position.saturating_sub(1);
        let segments = segments::newest(self.connection, |segment| segment.has_all_behind(lane, before))?;
        for segment in segments.iter().rev() {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT min((SELECT seq FROM {} AS messages WHERE messages.lane = tails.lane
                   AND messages.tenant = tails.tenant AND position >= ?2 ORDER BY position LIMIT 1))
                 FROM tails WHERE lane = ?1",
                segment.table()
            ))?;
            let seen: Option<i64> = statement.query_row(params![lane, column(position)], |row| row.get(0))?;
            if seen.is_some() {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    pub(super) fn dead(&self, tenant: Option<String>, page: &Page) -> Result<Vec<DeadLetter>, Trouble> {
        let Some(seen) = self.seen(&tables::DEAD, page)? else { return Ok(Vec::new()) };
        let mut given = Where::default();
        given.and("tenant = ?", tenant);
        given.and("seq < ?", seen);
        let sql = given.sql(&tables::DEAD.select(), "seq DESC");
        self.list(&sql, given.values, count(page), |row| {
            let packed = self.record(&tables::DEAD, row)?;
            let (mut letter, body) = unpack::<DeadLetter>("a dead letter", &packed)?;
            put_body(&mut letter.message, body);
            Ok(letter)
        })
    }

    pub(super) fn deliveries(&self, filter: DeliveryFilter, page: &Page) -> Result<Vec<Delivery>, Trouble> {
        let Some(seen) = self.seen(&tables::DELIVERIES, page)? else { return Ok(Vec::new()) };
        let mut given = Where::default();
        given.and("tenant = ?", filter.tenant);
        given.and("endpoint = ?", filter.endpoint);
        // The number stands in the text, so that the index of those that wait serves.
        given.conditions.extend(filter.state.map(|state| match state {
            DeliveryState::Waiting => "state = 0",
            DeliveryState::Delivered => "state = 1",
            DeliveryState::Failed => "state = 2",
        }));
        given.and("next_ms <= ?", filter.due_ms.map(column));
        given.and("created_ms >= ?", filter.since_ms.map(column));
        given.and("created_ms < ?", filter.until_ms.map(column));
        given.and("seq > ?", seen);
        let sql = given.sql(&tables::DELIVERIES.select(), "seq");
        self.list(&sql, given.values, count(page), |row| {
            let packed = self.record(&tables::DELIVERIES, row)?;
            let (mut delivery, body) = unpack::<Delivery>("a delivery", &packed)?;
            put_event_body(&mut delivery.event, body);
            Ok(delivery)
        })
    }
}

/// How many records a page has.
fn count(page: &Page) -> usize {
    if page.most == 0 { 100 } else { page.most }
}

/// `SELECT` of a call: its intent with its checksum, and behind it how it ended with the checksum of that.
fn call_columns() -> String {
    let intent = tables::CALLS.columns.join(", ");
    format!("SELECT {intent}, sum, state, concluded_ms, conclusion, conclusion_sum FROM calls")
}

/// `SELECT` of the events of a segment: the message with its checksum, and up to which its lane has consumed.
fn event_columns(segment: &Segment) -> String {
    let columns = tables::MESSAGES.columns.join(", messages.");
    let table = segment.table();
    format!(
        "WITH RECURSIVE parts (part) AS (
           SELECT min(seq) >> 13 FROM {table} UNION ALL
           SELECT part + 1 FROM parts WHERE part < (SELECT max(seq) >> 13 FROM {table}))
         SELECT messages.{columns}, sum, (SELECT consumed FROM tails
           WHERE tails.lane = messages.lane AND tails.tenant = messages.tenant) FROM {table} AS messages"
    )
}
