//! Lists that are filtered and paged. A record in a list that is not what was written is left out and
//! logged, so that it does not hide the others; asked for by its id, it is a fault.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use super::apply::{call_state, delivery_state, phase};
use super::pack::{column, from_json, number, put_body, put_event_body, sum, unpack};
use super::query::limit;
use super::readers::Reader;
use super::trouble::{Trouble, corrupt};
use crate::batch::{Conclusion, Intent, Message};
use crate::record::{
    Ask, Call, CallFilter, CallState, DeadLetter, Delivery, DeliveryFilter, EventFilter, Filter, KeptEvent,
    Page, Parked, RunRecord,
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

    fn sql(&mut self, select: &str, order: &str, page: &Page) -> String {
        let mut sql = select.to_owned();
        for (index, condition) in self.conditions.iter().enumerate() {
            sql.push_str(if index == 0 { " WHERE " } else { " AND " });
            sql.push_str(condition);
        }
        self.values.push(Value::Integer(limit(if page.most == 0 { 100 } else { page.most })));
        format!("{sql} ORDER BY {order} LIMIT ?")
    }
}

/// Whether a record is in the list: a damaged one is left out.
fn sound<T>(record: Result<T, Trouble>) -> Result<Option<T>, Trouble> {
    match record {
        Ok(record) => Ok(Some(record)),
        Err(Trouble::Refused(fault)) => {
            tracing::error!(code = %fault.code, message = fault.message, "a record is left out of a list");
            Ok(None)
        }
        Err(trouble @ Trouble::Broken(_)) => Err(trouble),
    }
}

impl Reader<'_> {
    fn list<T>(
        &self,
        sql: &str,
        values: Vec<Value>,
        read: impl Fn(&Row<'_>) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let found = self.all(sql, values, |row| sound(read(row)))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Every record, or the fault of the first that is damaged.
    fn all<T>(
        &self,
        sql: &str,
        values: Vec<Value>,
        read: impl Fn(&Row<'_>) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// The place in the order of a table of the record whose id was seen last.
    fn seen(&self, sql: &str, page: &Page) -> Result<Option<i64>, Trouble> {
        let Some(after) = &page.after else { return Ok(None) };
        Ok(self.connection.prepare_cached(sql)?.query_row([after], |row| row.get(0)).optional()?)
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
        let sql = given.sql("SELECT id, record, sum FROM runs", "id DESC", page);
        self.list(&sql, given.values, |row| self.run_record(&Self::raw(row)?))
    }

    pub(super) fn unfinished(
        &self,
        lane: u32,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<RunRecord>, Trouble> {
        let sql = "SELECT id, record, sum FROM runs
             WHERE phase = 1 AND lane = ? AND id > ? ORDER BY id LIMIT ?";
        let values: Vec<Value> =
            vec![i64::from(lane).into(), after.unwrap_or_default().to_owned().into(), limit(most).into()];
        self.list(sql, values, |row| self.run_record(&Self::raw(row)?))
    }

    pub(super) fn asks(&self, tenant: Option<String>, page: &Page) -> Result<Vec<Ask>, Trouble> {
        let mut given = Where::default();
        given.and("tenant = ?", tenant);
        given.and("seq > ?", self.seen("SELECT seq FROM asks WHERE id = ?1", page)?);
        let sql = given.sql("SELECT id, record, sum FROM asks", "seq", page);
        self.list(&sql, given.values, |row| self.ask_record(row))
    }

    pub(super) fn ask_of(&self, id: &str) -> Result<Option<Ask>, Trouble> {
        let mut statement =
            self.connection.prepare_cached("SELECT id, record, sum FROM asks WHERE id = ?1")?;
        let mut rows = statement.query([id])?;
        rows.next()?.map(|row| self.ask_record(row)).transpose()
    }

    fn ask_record(&self, row: &Row<'_>) -> Result<Ask, Trouble> {
        Ok(from_json("a question", &self.record("asks", &Self::raw(row)?)?)?)
    }

    pub(super) fn call(&self, id: &str) -> Result<Option<Call>, Trouble> {
        let mut statement = self.connection.prepare_cached(&format!("{CALL} WHERE id = ?1"))?;
        let mut rows = statement.query([id])?;
        rows.next()?.map(|row| self.call_record(row)).transpose()
    }

    pub(super) fn calls(&self, filter: CallFilter, page: &Page) -> Result<Vec<Call>, Trouble> {
        let mut given = Where::default();
        given.and("tenant = ?", filter.tenant);
        given.and("connection = ?", filter.connection);
        given.and("state = ?", filter.state.map(call_state));
        given.and("run = ?", filter.run);
        given.and("intended_ms >= ?", filter.since_ms.map(column));
        given.and("seq < ?", self.seen("SELECT seq FROM calls WHERE id = ?1", page)?);
        let sql = given.sql(CALL, "seq DESC", page);
        self.list(&sql, given.values, |row| self.call_record(row))
    }

    fn call_record(&self, row: &Row<'_>) -> Result<Call, Trouble> {
        let raw = Self::raw(row)?;
        let what = format!("the call {}", raw.0);
        let (mut intent, arguments) = unpack::<Intent>(&what, &self.record("calls", &raw)?)?;
        intent.arguments = arguments;
        let conclusion = match (row.get::<_, Option<Vec<u8>>>(3)?, row.get::<_, Option<i64>>(4)?) {
            (Some(bytes), Some(expected)) => {
                let is = sum("conclusions", &[raw.0.as_bytes(), &bytes]);
                let bytes = self.proven(&what, &bytes, is, expected)?;
                Some(from_json::<Conclusion>(&what, &bytes)?)
            }
            (None, None) => None,
            _ => return Err(Trouble::Refused(corrupt(&what))),
        };
        let state = conclusion.as_ref().map_or(CallState::Intended, |conclusion| conclusion.state);
        Ok(Call {
            intent,
            intended_ms: number(row.get(5)?),
            attempts: row.get(6)?,
            state,
            conclusion,
            concluded_ms: row.get::<_, Option<i64>>(7)?.map(number),
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
        let page = Page { after: None, most };
        let sql = given.sql("SELECT id, record, sum FROM parked", "since_ms, id", &page);
        self.list(&sql, given.values, |row| {
            let raw = Self::raw(row)?;
            if i64::from(sum("parked", &[raw.0.as_bytes(), &raw.1])) != raw.2 {
                return Err(Trouble::Refused(corrupt(&format!("the parked call {}", raw.0))));
            }
            Ok(from_json("a parked call", &raw.1)?)
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
        let asked_for = filter.id.is_some();
        let mut given = Where::default();
        given.and("event IS NOT NULL AND messages.tenant = ?", filter.tenant);
        given.and("name = ?", filter.name);
        given.and("source = ?", filter.source);
        given.and("event = ?", filter.id);
        given.and("at_ms >= ?", filter.since_ms.map(column));
        given.and("at_ms < ?", filter.until_ms.map(column));
        given.and("seq < ?", self.seen_event(page)?);
        if given.conditions.is_empty() {
            given.conditions.push("event IS NOT NULL");
        }
        let select = "SELECT position, payload, sum, messages.lane, messages.tenant, position <= consumed
             FROM messages JOIN tails ON tails.lane = messages.lane AND tails.tenant = messages.tenant";
        let sql = given.sql(select, "seq DESC", page);
        let read = |row: &Row<'_>| {
            let (lane, tenant): (u32, String) = (row.get(3)?, row.get(4)?);
            let position = number(row.get(0)?);
            let message = self.message(row, lane, &tenant, position)??;
            let Message::Event(event) = message else { return Ok(None) };
            let place = format!("{lane}-{position}");
            Ok(Some(KeptEvent { place, tenant, lane, position, consumed: row.get(5)?, event }))
        };
        // Who asks for one event must not be told that there is none because it is damaged.
        let found = match asked_for {
            true => self.all(&sql, given.values, read)?,
            false => self.list(&sql, given.values, read)?,
        };
        Ok(found.into_iter().flatten().collect())
    }

    fn seen_event(&self, page: &Page) -> Result<Option<i64>, Trouble> {
        let Some(after) = &page.after else { return Ok(None) };
        let place = after
            .split_once('-')
            .and_then(|(lane, position)| Some((lane.parse::<u32>().ok()?, position.parse::<u64>().ok()?)));
        let Some((lane, position)) = place else { return Ok(None) };
        let mut statement = self.connection.prepare_cached(
            "SELECT seq FROM messages
             WHERE lane = ?1 AND tenant IN (SELECT tenant FROM tails WHERE lane = ?1) AND position = ?2",
        )?;
        Ok(statement.query_row(params![lane, column(position)], |row| row.get(0)).optional()?)
    }

    pub(super) fn dead(&self, tenant: Option<String>, page: &Page) -> Result<Vec<DeadLetter>, Trouble> {
        let mut given = Where::default();
        given.and("tenant = ?", tenant);
        given.and("seq < ?", self.seen("SELECT seq FROM dead WHERE id = ?1", page)?);
        let sql = given.sql("SELECT id, payload, sum FROM dead", "seq DESC", page);
        self.list(&sql, given.values, |row| {
            let packed = self.record("dead", &Self::raw(row)?)?;
            let (mut letter, body) = unpack::<DeadLetter>("a dead letter", &packed)?;
            put_body(&mut letter.message, body);
            Ok(letter)
        })
    }

    pub(super) fn deliveries(&self, filter: DeliveryFilter, page: &Page) -> Result<Vec<Delivery>, Trouble> {
        let mut given = Where::default();
        given.and("tenant = ?", filter.tenant);
        given.and("endpoint = ?", filter.endpoint);
        given.and("state = ?", filter.state.map(delivery_state));
        given.and("next_ms <= ?", filter.due_ms.map(column));
        given.and("created_ms >= ?", filter.since_ms.map(column));
        given.and("created_ms < ?", filter.until_ms.map(column));
        given.and("seq > ?", self.seen("SELECT seq FROM deliveries WHERE id = ?1", page)?);
        let sql = given.sql("SELECT id, payload, sum FROM deliveries", "seq", page);
        self.list(&sql, given.values, |row| {
            let packed = self.record("deliveries", &Self::raw(row)?)?;
            let (mut delivery, body) = unpack::<Delivery>("a delivery", &packed)?;
            put_event_body(&mut delivery.event, body);
            Ok(delivery)
        })
    }
}

const CALL: &str = "SELECT id, payload, sum, conclusion, conclusion_sum, intended_ms, attempts, concluded_ms
     FROM calls";
