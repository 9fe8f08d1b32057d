//! What each change means in tables. Whether it is synced, and who is told, is left to `writer.rs`.

use nave_model::Fault;
use nave_model::fault::codes;
use rusqlite::{Connection, OptionalExtension, Params, params};
use sha2::{Digest, Sha256};

use super::lanes::Lanes;
use super::pack::{column, json, number, sum};
use super::prepare::Change;
use super::trouble::{Trouble, defect};
use super::writer::{Answer, Work};
use crate::audit;
use crate::batch::{Audited, Conclusion, Fence, Message, NewMessage, Op};
use crate::record::{Appended, CallState, DeliveryState, Entry, Phase};

/// A transaction under way.
pub(super) struct Apply<'a> {
    connection: &'a Connection,
    lanes: &'a mut Lanes,
    /// Statements that may have changed something.
    pub(super) changes: u64,
}

/// Of the digest, half is enough: 128 bits tell keys apart.
const KEY_BYTES: usize = 16;

impl<'a> Apply<'a> {
    pub(super) fn new(connection: &'a Connection, lanes: &'a mut Lanes) -> Apply<'a> {
        Apply { connection, lanes, changes: 0 }
    }

    /// Writes what the whole transaction changed of the lanes.
    pub(super) fn finish(self) -> Result<(), Trouble> {
        self.lanes.flush(self.connection)
    }

    pub(super) fn work(&mut self, work: &Work, now_ms: u64) -> Result<Answer, Trouble> {
        match work {
            Work::Append { messages, cursors } => {
                let mut places = Vec::with_capacity(messages.len());
                for change in messages {
                    if let Op::Append(message) = &change.op {
                        places.push(self.append(message, change, now_ms)?);
                    }
                }
                for (name, value) in cursors {
                    self.cursor(name, Some(value))?;
                }
                Ok(Answer::Places(places))
            }
            Work::Commit { fence, changes } => {
                if let Some(fence) = fence {
                    self.check(*fence)?;
                }
                for change in changes {
                    self.change(change, *fence, now_ms)?;
                }
                Ok(Answer::Done)
            }
            Work::Take { lane, owner } => self.take(*lane, owner),
            Work::Blob { pin, length } => {
                self.blob(&pin.name, *length, false)?;
                Ok(Answer::Done)
            }
        }
    }

    fn check(&mut self, fence: Fence) -> Result<(), Trouble> {
        let epoch = self.lanes.epoch(fence.lane)?;
        if epoch == fence.epoch && epoch > 0 {
            return Ok(());
        }
        let message =
            format!("lane {} is at epoch {epoch}, and the batch is of epoch {}", fence.lane, fence.epoch);
        Err(Trouble::Refused(Fault::new(codes::LANE_LOST, message)))
    }

    fn take(&mut self, lane: u32, owner: &str) -> Result<Answer, Trouble> {
        let epoch = self.lanes.epoch(lane)? + 1;
        self.execute(
            "INSERT INTO lanes (lane, owner, epoch) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch",
            params![lane, owner, column(epoch)],
        )?;
        self.lanes.set_epoch(lane, epoch)?;
        Ok(Answer::Epoch(epoch))
    }

    fn execute(&mut self, sql: &str, values: impl Params) -> Result<usize, Trouble> {
        self.changes += 1;
        Ok(self.connection.prepare_cached(sql)?.execute(values)?)
    }

    /// `packed`: whether it holds a payload, which may name other blobs.
    fn blob(&mut self, name: &str, length: u64, packed: bool) -> Result<(), Trouble> {
        self.execute(
            "INSERT INTO blobs (sha256, length, round, packed)
             VALUES (?1, ?2, (SELECT value FROM meta WHERE name = 'round'), ?3)
             ON CONFLICT DO UPDATE SET round = excluded.round, packed = max(packed, excluded.packed)",
            params![name, column(length), packed],
        )?;
        Ok(())
    }

    fn blobs(&mut self, change: &Change) -> Result<(), Trouble> {
        for (pin, length) in change.sealed.iter().filter_map(|sealed| sealed.blob.as_ref()) {
            self.blob(&pin.name, *length, true)?;
        }
        Ok(())
    }

    fn append(&mut self, message: &NewMessage, change: &Change, now_ms: u64) -> Result<Appended, Trouble> {
        self.lanes.epoch(message.lane)?;
        let hash = message.dedup.as_ref().map(|key| key_hash(&message.tenant, key));
        if let Some(hash) = &hash
            && let Some((lane, position)) = self
                .connection
                .prepare_cached("SELECT lane, position FROM keys WHERE hash = ?1")?
                .query_row([hash], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
                .optional()?
        {
            return Ok(Appended { lane, position: number(position), duplicate: true });
        }
        self.blobs(change)?;
        let position = self.lanes.next(message.lane, &message.tenant)?;
        if let Some(hash) = &hash {
            self.execute(
                "INSERT INTO keys (hash, at_ms, lane, position) VALUES (?1, ?2, ?3, ?4)",
                params![hash, column(now_ms), message.lane, column(position)],
            )?;
        }
        let event = match &message.message {
            Message::Event(event) => Some(event),
            Message::Start(_) | Message::Told { .. } => None,
        };
        let payload = change.column();
        let sum = message_sum(message.lane, &message.tenant, position, payload);
        self.execute(
            "INSERT INTO messages (lane, tenant, position, at_ms, event, name, source, payload, sum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                message.lane,
                message.tenant,
                column(position),
                column(event.map_or(now_ms, |event| event.received_ms)),
                event.map(|event| &event.id),
                event.map(|event| &event.name),
                event.map(|event| &event.source),
                payload,
                sum
            ],
        )?;
        Ok(Appended { lane: message.lane, position, duplicate: false })
    }

    fn change(&mut self, change: &Change, fence: Option<Fence>, now_ms: u64) -> Result<(), Trouble> {
        match &change.op {
            Op::Consumed { tenant, position } => {
                let fence = fence.ok_or_else(|| defect("messages are consumed only by a lane's owner"))?;
                self.changes += 1;
                self.lanes.consume(fence.lane, tenant, *position)
            }
            Op::Append(message) => self.append(message, change, now_ms).map(|_| ()),
            Op::Journal { run, entries } => self.journal(run, entries, change),
            Op::Cursor { name, value } => self.cursor(name, value.as_deref()),
            Op::Audit(audited) => self.audit(audited, now_ms),
            Op::Conclude(conclusion) => self.conclude(conclusion, change, now_ms),
            Op::PutRun(_) | Op::Snapshot { .. } | Op::Definition { .. } => self.run(change),
            Op::SetTimer { .. } | Op::DropTimer { .. } => self.timer(&change.op),
            Op::Subscribe { .. } | Op::Unsubscribe { .. } => self.subscription(&change.op, now_ms),
            Op::PutAsk(_) | Op::CloseAsk { .. } | Op::Park(_) | Op::Unpark { .. } => self.held(change),
            Op::Intend(_) | Op::Dead(_) | Op::Bury { .. } | Op::PutDelivery(_) => self.kept(change, now_ms),
        }
    }

    fn run(&mut self, change: &Change) -> Result<(), Trouble> {
        self.blobs(change)?;
        let payload = change.column();
        match &change.op {
            Op::PutRun(run) => self.execute(
                "INSERT INTO runs (id, tenant, lane, flow, phase, state, key, cause, created_ms, ended_ms,
                                   record, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                 ON CONFLICT DO UPDATE SET lane = excluded.lane, flow = excluded.flow, phase = excluded.phase,
                   state = excluded.state, key = excluded.key, ended_ms = excluded.ended_ms,
                   record = excluded.record, sum = excluded.sum",
                params![
                    run.id,
                    run.tenant,
                    run.lane,
                    run.flow,
                    phase(run.phase),
                    run.state,
                    run.key,
                    run.cause,
                    column(run.created_ms),
                    run.ended_ms.map(column),
                    payload,
                    sum("runs", &[run.id.as_bytes(), payload])
                ],
            )?,
            Op::Snapshot { run, snapshot } => self.execute(
                "INSERT INTO snapshots (run, entries, payload, sum) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET entries = excluded.entries, payload = excluded.payload,
                   sum = excluded.sum",
                params![
                    run,
                    snapshot.entries,
                    payload,
                    entry_sum("snapshots", run, snapshot.entries, payload)
                ],
            )?,
            Op::Definition { hash, .. } => self.execute(
                "INSERT INTO definitions (hash, payload, sum) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![hash, payload, sum("definitions", &[hash.as_bytes(), payload])],
            )?,
            _ => 0,
        };
        Ok(())
    }

    fn journal(&mut self, run: &str, entries: &[Entry], change: &Change) -> Result<(), Trouble> {
        let last: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(number) FROM entries WHERE run = ?1")?
            .query_row([run], |row| row.get(0))?;
        let numbers = last.map_or(0, |last| last + 1)..;
        self.blobs(change)?;
        for ((entry, sealed), next) in entries.iter().zip(&change.sealed).zip(numbers) {
            if i64::from(entry.number) != next {
                let number = entry.number;
                return Err(defect(format!("entry {number} of the run {run} does not follow; {next} would")));
            }
            let payload = &sealed.column;
            self.execute(
                "INSERT INTO entries (run, number, at_ms, payload, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    run,
                    entry.number,
                    column(entry.at_ms),
                    payload,
                    entry_sum("entries", run, entry.number, payload)
                ],
            )?;
        }
        Ok(())
    }

    fn timer(&mut self, op: &Op) -> Result<(), Trouble> {
        match op {
            Op::SetTimer { run, name, at_ms, lane } => self.execute(
                "INSERT INTO timers (run, name, lane, at_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET lane = excluded.lane, at_ms = excluded.at_ms",
                params![run, name, lane, column(*at_ms)],
            )?,
            Op::DropTimer { run, name } => {
                self.execute("DELETE FROM timers WHERE run = ?1 AND name = ?2", params![run, name])?
            }
            _ => 0,
        };
        Ok(())
    }

    fn subscription(&mut self, op: &Op, now_ms: u64) -> Result<(), Trouble> {
        match op {
            Op::Subscribe { tenant, run, lane, name, event } => self.execute(
                "INSERT OR REPLACE INTO subscriptions (tenant, event, run, name, lane)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![tenant, event, run, name, lane],
            )?,
            // It stays for a while as a mark, so that whoever pages through the list keeps its place.
            Op::Unsubscribe { run, name } => self.execute(
                "UPDATE subscriptions SET gone_ms = ?3 WHERE run = ?1 AND name = ?2",
                params![run, name, column(now_ms)],
            )?,
            _ => 0,
        };
        Ok(())
    }

    fn held(&mut self, change: &Change) -> Result<(), Trouble> {
        self.blobs(change)?;
        let payload = change.column();
        match &change.op {
            Op::PutAsk(ask) => self.execute(
                "INSERT INTO asks (id, tenant, run, record, sum) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET record = excluded.record, sum = excluded.sum",
                params![ask.id, ask.tenant, ask.run, payload, sum("asks", &[ask.id.as_bytes(), payload])],
            )?,
            Op::CloseAsk { id } => self.execute("DELETE FROM asks WHERE id = ?1", [id])?,
            Op::Park(parked) => {
                let before: Option<i64> = self
                    .connection
                    .prepare_cached("SELECT since_ms FROM parked WHERE id = ?1")?
                    .query_row([&parked.id], |row| row.get(0))
                    .optional()?;
                let mut parked = parked.clone();
                parked.since_ms = before.map_or(parked.since_ms, number);
                let record = json(&parked)?;
                self.execute(
                    "INSERT OR REPLACE INTO parked (id, tenant, connection, run, since_ms, record, sum)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        parked.id,
                        parked.tenant,
                        parked.connection,
                        parked.run,
                        column(parked.since_ms),
                        record,
                        sum("parked", &[parked.id.as_bytes(), &record])
                    ],
                )?
            }
            Op::Unpark { id } => self.execute("DELETE FROM parked WHERE id = ?1", [id])?,
            _ => 0,
        };
        Ok(())
    }

    fn kept(&mut self, change: &Change, now_ms: u64) -> Result<(), Trouble> {
        self.blobs(change)?;
        let payload = change.column();
        match &change.op {
            Op::Intend(intent) => self.execute(
                "INSERT INTO calls (id, tenant, connection, run, state, attempts, intended_ms, payload, sum)
                 VALUES (?1, ?2, ?3, ?4, 0, 1, ?5, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE SET state = 0, attempts = attempts + 1, payload = excluded.payload,
                   sum = excluded.sum, concluded_ms = NULL, conclusion = NULL, conclusion_sum = NULL",
                params![
                    intent.id,
                    intent.tenant,
                    intent.connection,
                    intent.run,
                    column(now_ms),
                    payload,
                    sum("calls", &[intent.id.as_bytes(), payload])
                ],
            )?,
            Op::Dead(letter) => self.execute(
                "INSERT OR REPLACE INTO dead (id, tenant, at_ms, payload, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    letter.id,
                    letter.tenant,
                    column(letter.at_ms),
                    payload,
                    sum("dead", &[letter.id.as_bytes(), payload])
                ],
            )?,
            Op::Bury { id } => self.execute("DELETE FROM dead WHERE id = ?1", [id])?,
            Op::PutDelivery(delivery) => self.execute(
                "INSERT INTO deliveries (id, tenant, endpoint, state, next_ms, created_ms, payload, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET state = excluded.state, next_ms = excluded.next_ms,
                   payload = excluded.payload, sum = excluded.sum",
                params![
                    delivery.id,
                    delivery.tenant,
                    delivery.endpoint,
                    delivery_state(delivery.state),
                    column(delivery.next_ms),
                    column(delivery.created_ms),
                    payload,
                    sum("deliveries", &[delivery.id.as_bytes(), payload])
                ],
            )?,
            _ => 0,
        };
        Ok(())
    }

    /// A call without an intent was a read: the ledger knows nothing of it.
    fn conclude(&mut self, conclusion: &Conclusion, change: &Change, now_ms: u64) -> Result<(), Trouble> {
        self.blobs(change)?;
        let record = change.column();
        self.execute(
            "UPDATE calls SET state = ?2, concluded_ms = ?3, conclusion = ?4, conclusion_sum = ?5 WHERE id = ?1",
            params![
                conclusion.id,
                call_state(conclusion.state),
                column(now_ms),
                record,
                sum("conclusions", &[conclusion.id.as_bytes(), record])
            ],
        )?;
        Ok(())
    }

    fn cursor(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), Trouble> {
        match value {
            Some(value) => self.execute(
                "INSERT OR REPLACE INTO cursors (name, value, sum) VALUES (?1, ?2, ?3)",
                params![name, value, sum("cursors", &[name.as_bytes(), value])],
            )?,
            None => self.execute("DELETE FROM cursors WHERE name = ?1", [name])?,
        };
        Ok(())
    }

    fn audit(&mut self, audited: &Audited, now_ms: u64) -> Result<(), Trouble> {
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

fn key_hash(tenant: &str, key: &str) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(tenant.len().to_le_bytes());
    hasher.update(tenant.as_bytes());
    hasher.update(key.as_bytes());
    hasher.finalize().iter().take(KEY_BYTES).copied().collect()
}

/// The checksum of a message.
pub(super) fn message_sum(lane: u32, tenant: &str, position: u64, payload: &[u8]) -> u32 {
    sum("messages", &[&lane.to_le_bytes(), tenant.as_bytes(), &position.to_le_bytes(), payload])
}

/// The checksum of an entry of a journal, or a snapshot.
pub(super) fn entry_sum(table: &str, run: &str, number: u32, payload: &[u8]) -> u32 {
    sum(table, &[run.as_bytes(), &number.to_le_bytes(), payload])
}

pub(super) fn phase(phase: Phase) -> i64 {
    match phase {
        Phase::Queued => 0,
        Phase::Active => 1,
        Phase::Waiting => 2,
        Phase::Ended => 3,
    }
}

pub(super) fn call_state(state: CallState) -> i64 {
    match state {
        CallState::Intended => 0,
        CallState::Done => 1,
        CallState::NotDone => 2,
        CallState::Unknown => 3,
    }
}

pub(super) fn delivery_state(state: DeliveryState) -> i64 {
    match state {
        DeliveryState::Waiting => 0,
        DeliveryState::Delivered => 1,
        DeliveryState::Failed => 2,
    }
}
