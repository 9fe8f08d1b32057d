//! What the writer remembers of the lanes, so that an append need not ask the tables: epochs, and the last and
//! the last consumed position of each tenant. Read from the tables again whenever a transaction was undone.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::pack::{column, number};
use super::trouble::{Trouble, defect};

/// All lanes.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// Whether it must be read again before it is used.
    pub(super) stale: bool,
    /// Messages appended by the transaction under way.
    pub(super) fresh: u64,
}

#[derive(Debug, Default)]
struct Lane {
    epoch: u64,
    last: u64,
    tails: BTreeMap<String, Tail>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Tail {
    consumed: u64,
    last: u64,
    changed: bool,
}

impl Lanes {
    pub(super) fn new(count: u32) -> Lanes {
        Lanes { lanes: (0..count).map(|_| Lane::default()).collect(), stale: true, fresh: 0 }
    }

    /// Reads what the tables say.
    pub(super) fn load(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let mut lanes: Vec<Lane> = self.lanes.iter().map(|_| Lane::default()).collect();
        let mut statement = connection.prepare_cached("SELECT lane, epoch FROM lanes")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)))?;
        for row in rows {
            let (lane, epoch) = row?;
            if let Some(lane) = index(lane).and_then(|lane| lanes.get_mut(lane)) {
                lane.epoch = number(epoch);
            }
        }
        let mut statement = connection.prepare_cached("SELECT lane, tenant, consumed, last FROM tails")?;
        let rows = statement.query_map([], |row| {
            Ok((
                row.get::<_, u32>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        })?;
        for row in rows {
            let (lane, tenant, consumed, last) = row?;
            if let Some(lane) = index(lane).and_then(|lane| lanes.get_mut(lane)) {
                let tail = Tail { consumed: number(consumed), last: number(last), changed: false };
                lane.last = lane.last.max(tail.last);
                lane.tails.insert(tenant, tail);
            }
        }
        self.lanes = lanes;
        self.stale = false;
        self.fresh = 0;
        Ok(())
    }

    fn lane(&mut self, lane: u32) -> Result<&mut Lane, Trouble> {
        index(lane)
            .and_then(|lane| self.lanes.get_mut(lane))
            .ok_or_else(|| defect(format!("there is no lane {lane}")))
    }

    pub(super) fn epoch(&mut self, lane: u32) -> Result<u64, Trouble> {
        Ok(self.lane(lane)?.epoch)
    }

    pub(super) fn set_epoch(&mut self, lane: u32, epoch: u64) -> Result<(), Trouble> {
        self.lane(lane)?.epoch = epoch;
        Ok(())
    }

    /// The next position of a lane, given to a tenant's message.
    pub(super) fn next(&mut self, lane: u32, tenant: &str) -> Result<u64, Trouble> {
        self.fresh += 1;
        let lane = self.lane(lane)?;
        lane.last += 1;
        let position = lane.last;
        let tail = tail(&mut lane.tails, tenant);
        tail.last = position;
        tail.changed = true;
        Ok(position)
    }

    /// Moves what a tenant's messages are consumed up to; never back, never beyond the last.
    pub(super) fn consume(&mut self, lane: u32, tenant: &str, position: u64) -> Result<(), Trouble> {
        let lane = self.lane(lane)?;
        let last = lane.tails.get(tenant).map_or(0, |tail| tail.last);
        if position > last {
            return Err(defect(format!("position {position} of `{tenant}` is not in the lane")));
        }
        let tail = tail(&mut lane.tails, tenant);
        tail.consumed = tail.consumed.max(position);
        tail.changed = true;
        Ok(())
    }

    /// Writes what changed.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO tails (lane, tenant, consumed, last) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET consumed = excluded.consumed, last = excluded.last",
        )?;
        for (number, lane) in (0_u32..).zip(&mut self.lanes) {
            for (tenant, tail) in lane.tails.iter_mut().filter(|(_, tail)| tail.changed) {
                statement.execute(params![number, tenant, column(tail.consumed), column(tail.last)])?;
                tail.changed = false;
            }
        }
        Ok(())
    }

    /// The transaction was committed. Gives how many messages it appended.
    pub(super) fn committed(&mut self) -> u64 {
        std::mem::take(&mut self.fresh)
    }
}

fn tail<'a>(tails: &'a mut BTreeMap<String, Tail>, tenant: &str) -> &'a mut Tail {
    if !tails.contains_key(tenant) {
        tails.insert(tenant.to_owned(), Tail::default());
    }
    tails.entry(tenant.to_owned()).or_default()
}

fn index(lane: u32) -> Option<usize> {
    usize::try_from(lane).ok()
}
