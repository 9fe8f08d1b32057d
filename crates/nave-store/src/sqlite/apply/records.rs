//! Records of runs, timers, people's questions, calls and deliveries, and the audit chain.

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, params};

use super::Apply;
use crate::audit;
use crate::batch::{Audited, Conclusion, Intent, Op};
use crate::record::{CallState, DeliveryState, Entry, Phase};
use crate::sqlite::pack::{column, json, number};
use crate::sqlite::prepare::Change;
use crate::sqlite::tables::{self, big, int, maybe, text};
use crate::sqlite::trouble::{Trouble, defect};

impl Apply<'_> {
    pub(super) fn run(&mut self, change: &Change) -> Result<(), Trouble> {
        let payload = ValueRef::Blob(change.column());
        match &change.op {
            Op::PutRun(run) => {
                self.needs_now(&tables::RUNS, text(&run.id), &change.sealed)?;
                self.put(
                    &tables::RUNS,
                    &[
                        text(&run.id),
                        text(&run.tenant),
                        int(run.lane),
                        text(&run.flow),
                        int(phase(run.phase)),
                        text(&run.state),
                        maybe(run.key.as_deref()),
                        text(&run.cause),
                        big(run.created_ms),
                        run.ended_ms.map_or(ValueRef::Null, big),
                        payload,
                    ],
                )?;
            }
            Op::Snapshot { run, snapshot } => {
                self.needs_now(&tables::SNAPSHOTS, text(run), &change.sealed)?;
                self.put(&tables::SNAPSHOTS, &[text(run), int(snapshot.entries), payload])?;
            }
            Op::Definition { hash, .. } => {
                self.needs(&tables::DEFINITIONS, text(hash), &change.sealed)?;
                self.put(&tables::DEFINITIONS, &[text(hash), payload])?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn journal(&mut self, run: &str, entries: &[Entry], change: &Change) -> Result<(), Trouble> {
        let last: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(number) FROM entries WHERE run = ?1")?
            .query_row([run], |row| row.get(0))?;
        let numbers = last.map_or(0, |last| last + 1)..;
        self.needs(&tables::ENTRIES, text(run), &change.sealed)?;
        for ((entry, sealed), next) in entries.iter().zip(&change.sealed).zip(numbers) {
            if i64::from(entry.number) != next {
                let number = entry.number;
                return Err(defect(format!("entry {number} of the run {run} does not follow; {next} would")));
            }
            let payload = ValueRef::Blob(&sealed.column);
            self.put(&tables::ENTRIES, &[text(run), int(entry.number), big(entry.at_ms), payload])?;
        }
        Ok(())
    }

    pub(super) fn timer(&mut self, op: &Op) -> Result<(), Trouble> {
        match op {
            Op::SetTimer { run, name, at_ms, lane } => {
                self.put(&tables::TIMERS, &[text(run), text(name), int(*lane), big(*at_ms)])?;
            }
            Op::DropTimer { run, name } => {
                self.execute("DELETE FROM timers WHERE run = ?1 AND name = ?2", params![run, name])?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn subscription(&mut self, op: &Op) -> Result<(), Trouble> {
        match op {
            Op::Subscribe { tenant, run, lane, name, event } => {
                let values = [text(run), text(name), text(tenant), text(event), int(*lane)];
                self.put(&tables::SUBSCRIPTIONS, &values)?;
            }
            Op::Unsubscribe { run, name } => {
                self.execute("DELETE FROM subscriptions WHERE run = ?1 AND name = ?2", params![run, name])?;
                self.execute("DELETE FROM windows WHERE run = ?1 AND name = ?2", params![run, name])?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn held(&mut self, change: &Change, now_ms: u64) -> Result<(), Trouble> {
        match &change.op {
            Op::PutAsk(ask) => {
                self.needs_now(&tables::ASKS, text(&ask.id), &change.sealed)?;
                let payload = ValueRef::Blob(change.column());
                self.put(&tables::ASKS, &[text(&ask.id), text(&ask.tenant), text(&ask.run), payload])?;
            }
            Op::CloseAsk { id } => {
                self.gone(&tables::ASKS, id, now_ms)?;
                self.execute("DELETE FROM asks WHERE id = ?1", [id])?;
            }
            Op::Park(parked) => {
                let before: Option<i64> = self
                    .connection
                    .prepare_cached("SELECT since_ms FROM parked WHERE id = ?1")?
                    .query_row([&parked.id], |row| row.get(0))
                    .optional()?;
                let mut parked = parked.clone();
                parked.since_ms = before.map_or(parked.since_ms, number);
                let record = json(&parked)?;
                self.put(
                    &tables::PARKED,
                    &[
                        text(&parked.id),
                        text(&parked.tenant),
                        text(&parked.connection),
                        text(&parked.run),
                        big(parked.since_ms),
                        ValueRef::Blob(&record),
                    ],
                )?;
            }
            Op::Unpark { id } => {
                self.execute("DELETE FROM parked WHERE id = ?1", [id])?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn kept(&mut self, change: &Change, now_ms: u64) -> Result<(), Trouble> {
        let payload = ValueRef::Blob(change.column());
        match &change.op {
            Op::Dead(letter) => {
                self.needs_now(&tables::DEAD, text(&letter.id), &change.sealed)?;
                let values = [text(&letter.id), text(&letter.tenant), big(letter.at_ms), payload];
                self.put(&tables::DEAD, &values)?;
            }
            Op::Bury { id } => {
                self.gone(&tables::DEAD, id, now_ms)?;
                self.execute("DELETE FROM dead WHERE id = ?1", [id])?;
            }
            Op::PutDelivery(delivery) => {
                self.needs_now(&tables::DELIVERIES, text(&delivery.id), &change.sealed)?;
                self.put(
                    &tables::DELIVERIES,
                    &[
                        text(&delivery.id),
                        text(&delivery.tenant),
                        text(&delivery.endpoint),
                        int(delivery_state(delivery.state)),
                        big(delivery.next_ms),
                        big(delivery.created_ms),
                        payload,
                    ],
                )?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A second intent with the same id counts another attempt, and what was concluded holds no longer.
    pub(super) fn intend(&mut self, intent: &Intent, change: &Change, now_ms: u64) -> Result<(), Trouble> {
        let before: Option<(i64, i64)> = self
            .connection
            .prepare_cached("SELECT attempts, intended_ms FROM calls WHERE id = ?1")?
            .query_row([&intent.id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (attempts, since) = before.unwrap_or_else(|| (0, column(now_ms)));
        self.needs_now(&tables::CALLS, text(&intent.id), &change.sealed)?;
        self.put(
            &tables::CALLS,
            &[
                text(&intent.id),
                text(&intent.tenant),
                text(&intent.connection),
                maybe(intent.run.as_deref()),
                int(attempts + 1),
                int(since),
                ValueRef::Blob(change.column()),
            ],
        )?;
        let open = int(call_state(CallState::Intended));
        self.put(&tables::CONCLUSIONS, &[text(&intent.id), open, ValueRef::Null, ValueRef::Null])?;
        Ok(())
    }

    /// A call without an intent was a read: the ledger knows nothing of it.
    pub(super) fn conclude(
        &mut self,
        conclusion: &Conclusion,
        change: &Change,
        now_ms: u64,
    ) -> Result<(), Trouble> {
        let id = text(&conclusion.id);
        let record = ValueRef::Blob(change.column());
        let values = [id, int(call_state(conclusion.state)), big(now_ms), record];
        if self.put(&tables::CONCLUSIONS, &values)? > 0 {
            self.needs(&tables::CALLS, id, &change.sealed)?;
        }
        Ok(())
    }

    pub(super) fn audit(&mut self, audited: &Audited, now_ms: u64) -> Result<(), Trouble> {
        let last: Option<(i64, String)> = self
            .connection
            .prepare_cached("SELECT number, hash FROM audit WHERE tenant = ?1 ORDER BY number DESC LIMIT 1")?
            .query_row([&audited.tenant], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (last, before) = last.unwrap_or_else(|| (0, audit::START.to_owned()));
        let now = number(column(now_ms));
        let hash = audit::hash(&before, number(last + 1), now, audited);
        self.execute(
            "INSERT INTO audit (tenant, number, at_ms, entry, before, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![audited.tenant, last + 1, column(now), json(audited)?, before, hash],
        )?;
        Ok(())
    }
}

pub(in crate::sqlite) fn phase(phase: Phase) -> i64 {
    match phase {
        Phase::Queued => 0,
        Phase::Active => 1,
        Phase::Waiting => 2,
        Phase::Ended => 3,
    }
}

fn call_state(state: CallState) -> i64 {
    match state {
        CallState::Intended => 0,
        CallState::Done => 1,
        CallState::NotDone => 2,
        CallState::Unknown => 3,
    }
}

fn delivery_state(state: DeliveryState) -> i64 {
    match state {
        DeliveryState::Waiting => 0,
        DeliveryState::Delivered => 1,
        DeliveryState::Failed => 2,
    }
}
