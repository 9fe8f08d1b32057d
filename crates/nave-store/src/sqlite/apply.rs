//! What each change means in tables: the fence, messages and what they move. The records of runs, calls and
//! people's questions are in `apply/records.rs`. Whether it is synced, and who is told, is left to `writer.rs`.

use nave_model::Fault;
use nave_model::fault::codes;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, params, params_from_iter};
use sha2::{Digest, Sha256};

use super::lanes::Lanes;
use super::meta;
use super::pack::{Sealed, number};
use super::prepare::Change;
use super::segments::Growing;
use super::tables::{self, Table, big, int, maybe, text};
use super::trouble::{Trouble, corrupt, defect};
use super::writer::{Answer, Work};
use crate::batch::{Fence, Message, NewMessage, Op};
use crate::record::Appended;

mod records;
mod windows;

pub(super) use records::phase;

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
                    let sealed = Sealed::naming(value);
                    self.cursor(name, Some(value), &[sealed])?;
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
                self.blob(&pin.name, *length)?;
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
        self.put(&tables::LANES, &[int(lane), text(owner), big(epoch)])?;
        self.lanes.set_epoch(lane, epoch)?;
        Ok(Answer::Epoch(epoch))
    }

    fn execute(&mut self, sql: &str, values: impl Params) -> Result<usize, Trouble> {
        self.changes += 1;
        Ok(self.connection.prepare_cached(sql)?.execute(values)?)
    }

    /// Puts a record with its checksum.
    fn put(&mut self, table: &Table, values: &[ValueRef<'_>]) -> Result<usize, Trouble> {
        self.changes += 1;
        Ok(table.put_in(self.connection, values)?)
    }

    fn blob(&mut self, name: &str, length: u64) -> Result<(), Trouble> {
        let round = meta::get(self.connection, meta::ROUND)?;
        self.put(&tables::BLOBS, &[text(name), big(length), int(round)])?;
        Ok(())
    }

    fn is_blob(&self, name: &str) -> Result<bool, Trouble> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM blobs WHERE sha256 = ?1")?.exists([name])?)
    }

    /// Marks where a record that goes stood in its list.
    fn gone(&mut self, table: &Table, id: &str, now_ms: u64) -> Result<(), Trouble> {
        let sql = format!("SELECT seq FROM {} WHERE id = ?1", table.name);
        let seq: Option<i64> =
            self.connection.prepare_cached(&sql)?.query_row([id], |row| row.get(0)).optional()?;
        if let Some(seq) = seq {
            self.put(&tables::GONE, &[text(table.name), text(id), int(seq), big(now_ms)])?;
        }
        Ok(())
    }

    /// Writes down which blobs a record needs: those that hold its payloads, and those that it names.
    fn needs(&mut self, owner: &Table, id: ValueRef<'_>, sealed: &[Sealed]) -> Result<(), Trouble> {
        for sealed in sealed {
            if let Some((pin, length)) = &sealed.blob {
                self.blob(&pin.name, *length)?;
            }
            let own = sealed.blob.iter().map(|(pin, _)| &pin.name);
            for name in own.chain(&sealed.names) {
                let there = self.is_blob(name)?;
                if there
                    && self.put(&tables::NEEDS, &[text(owner.name), id, text(name)])? > 0
                    && !self.lanes.needy.contains(owner.name)
                {
                    self.lanes.needy.insert(owner.name.to_owned());
                }
            }
        }
        Ok(())
    }

    /// The same for a record that takes the place of another.
    fn needs_now(&mut self, owner: &Table, id: ValueRef<'_>, sealed: &[Sealed]) -> Result<(), Trouble> {
        if self.lanes.needy.contains(owner.name) {
            self.execute(
                "DELETE FROM needs WHERE owner = ?1 AND id = ?2",
                params![owner.name, ToSqlOutput::Borrowed(id)],
            )?;
        }
        self.needs(owner, id, sealed)
    }

    fn append(&mut self, message: &NewMessage, change: &Change, now_ms: u64) -> Result<Appended, Trouble> {
        self.lanes.epoch(message.lane)?;
        let hash = message.dedup.as_ref().map(|key| key_hash(&message.tenant, key));
        if let Some(hash) = &hash
            && let Some(first) = self.first(hash)?
        {
            return Ok(first);
        }
        if self.lanes.growing.as_ref().is_none_or(Growing::is_full) {
            self.changes += 1;
            let (before, bytes) = (self.lanes.growing.take(), self.lanes.segment_bytes);
            self.lanes.growing = Some(Growing::next(self.connection, before, self.lanes.lasts(), bytes)?);
        }
        let position = self.lanes.next(message.lane, &message.tenant)?;
        let lane = int(message.lane);
        if let Some(hash) = &hash {
            self.put(&tables::KEYS, &[ValueRef::Blob(hash), big(now_ms), lane, big(position)])?;
        }
        let event = match &message.message {
            Message::Event(event) => Some(event),
            Message::Start(_) | Message::Told { .. } => None,
        };
        let at_ms = event.map_or(now_ms, |event| event.received_ms);
        let values = [
            lane,
            text(&message.tenant),
            big(position),
            big(at_ms),
            maybe(event.map(|event| event.id.as_str())),
            maybe(event.map(|event| event.name.as_str())),
            maybe(event.map(|event| event.source.as_str())),
            ValueRef::Blob(change.column()),
        ];
        let seq = self.message(&values, change.column().len(), at_ms)?;
        self.needs(&tables::MESSAGES, int(seq), &change.sealed)?;
        Ok(Appended { lane: message.lane, position, duplicate: false })
    }

    /// Puts a message into the newest segment. Gives its number.
    fn message(&mut self, values: &[ValueRef<'_>], payload: usize, at_ms: u64) -> Result<i64, Trouble> {
        let growing = self.lanes.growing.as_mut().ok_or_else(|| defect("there is no segment"))?;
        let seq = growing.take(payload, at_ms);
        let last = [int(tables::MESSAGES.sum(values.iter().copied())), int(seq)];
        let values = values.iter().copied().chain(last).map(ToSqlOutput::Borrowed);
        self.changes += 1;
        self.connection.prepare_cached(&growing.put)?.execute(params_from_iter(values))?;
        Ok(seq)
    }

    /// Where the first message with a key is.
    fn first(&self, hash: &[u8]) -> Result<Option<Appended>, Trouble> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT hash, at_ms, lane, position, sum FROM keys WHERE hash = ?1")?;
        let mut rows = statement.query([hash])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        if !tables::KEYS.proves(row)? {
            return Err(Trouble::Refused(corrupt("the place of a message")));
        }
        let (lane, position) = (row.get(2)?, number(row.get(3)?));
        Ok(Some(Appended { lane, position, duplicate: true }))
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
            Op::Cursor { name, value } => self.cursor(name, value.as_deref(), &change.sealed),
            Op::Audit(audited) => self.audit(audited, now_ms),
            Op::Intend(intent) => self.intend(intent, change, now_ms),
            Op::Conclude(conclusion) => self.conclude(conclusion, change, now_ms),
            Op::PutRun(_) | Op::Snapshot { .. } | Op::Definition { .. } => self.run(change),
            Op::SetTimer { .. } | Op::DropTimer { .. } => self.timer(&change.op),
            Op::Subscribe { .. } | Op::Unsubscribe { .. } => self.subscription(&change.op),
            Op::CountFrom { .. } | Op::Counted { .. } => self.window(&change.op),
            Op::PutAsk(_) | Op::CloseAsk { .. } | Op::Park(_) | Op::Unpark { .. } => {
                self.held(change, now_ms)
            }
            Op::Dead(_) | Op::Bury { .. } | Op::PutDelivery(_) => self.kept(change, now_ms),
        }
    }

    fn cursor(&mut self, name: &str, value: Option<&[u8]>, sealed: &[Sealed]) -> Result<(), Trouble> {
        self.needs_now(&tables::CURSORS, text(name), sealed)?;
        match value {
            Some(value) => self.put(&tables::CURSORS, &[text(name), ValueRef::Blob(value)])?,
            None => self.execute("DELETE FROM cursors WHERE name = ?1", [name])?,
        };
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
