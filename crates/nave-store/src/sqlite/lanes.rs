//! What the writer remembers of the lanes, so that an append need not ask the tables: epochs, and the last and
//! the last consumed position of each tenant; and which tables have records that need a blob. Read from the tables again whenever a transaction was undone.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};

use super::pack::number;
use super::segments::{self, Growing};
use super::tables::{self, big, int, text};
use super::trouble::{Trouble, corrupt, defect};

/// All lanes.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// Whether it must be read again before it is used.
    pub(super) stale: bool,
    /// Tables with records that need a blob: few ever do, and of the others nothing must be forgotten.
    pub(super) needy: BTreeSet<String>,
    /// Messages appended by the transaction under way.
    pub(super) fresh: u64,
    /// The segment that messages are appended to; none before the first.
    pub(super) growing: Option<Growing>,
    /// The same before the transaction under way, so that nothing is measured again when it is undone.
    before: Option<Growing>,
    /// How large the next becomes.
    pub(super) segment_bytes: u64,
}

#[derive(Debug, Default)]
struct Lane {
    epoch: u64,
    /// Its record is not what was written: it has no owner that could be trusted.
    damaged: bool,
    last: u64,
    tails: BTreeMap<String, Tail>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Tail {
    consumed: u64,
    last: u64,
    changed: bool,
    /// Its record is not what was written: nobody knows what was consumed.
    damaged: bool,
}

impl Lanes {
    pub(super) fn new(count: u32, segment_bytes: u64) -> Lanes {
        Lanes {
            lanes: (0..count).map(|_| Lane::default()).collect(),
            stale: true,
            needy: BTreeSet::new(),
            fresh: 0,
            growing: None,
            before: None,
            segment_bytes,
        }
    }

    /// Reads what the tables say.
    pub(super) fn load(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let mut lanes: Vec<Lane> = self.lanes.iter().map(|_| Lane::default()).collect();
        let mut statement = connection.prepare_cached(&tables::LANES.select())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(lane) = index(row.get(0)?).and_then(|lane| lanes.get_mut(lane)) {
                lane.damaged = !tables::LANES.proves(row)?;
                lane.epoch = number(row.get(2)?);
            }
        }
        let mut statement = connection.prepare_cached(&tables::TAILS.select())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(lane) = index(row.get(0)?).and_then(|lane| lanes.get_mut(lane)) {
                let damaged = !tables::TAILS.proves(row)?;
                let tenant: String = row.get(1)?;
                let (consumed, mut last) = (number(row.get(2)?), number(row.get(3)?));
                if damaged {
                    last = last_message(connection, row.get(0)?, &tenant)?;
                }
                lane.last = lane.last.max(last);
                lane.tails.insert(tenant, Tail { consumed, last, changed: false, damaged });
            }
        }
        let mut statement = connection.prepare_cached("SELECT DISTINCT owner FROM needs")?;
        self.needy = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if self.before.is_none() {
            self.before = Growing::load(connection, self.segment_bytes)?;
        }
        self.growing.clone_from(&self.before);
        self.lanes = lanes;
        self.stale = false;
        self.fresh = 0;
        Ok(())
    }

    /// After a failure, nothing that is remembered holds.
    pub(super) fn forget(&mut self) {
        self.stale = true;
        self.before = None;
    }

    fn lane(&mut self, lane: u32) -> Result<&mut Lane, Trouble> {
        index(lane)
            .and_then(|lane| self.lanes.get_mut(lane))
            .ok_or_else(|| defect(format!("there is no lane {lane}")))
    }

    pub(super) fn epoch(&mut self, number: u32) -> Result<u64, Trouble> {
        let lane = self.lane(number)?;
        if lane.damaged {
            return Err(Trouble::Refused(corrupt(&format!("the owner of lane {number}"))));
        }
        Ok(lane.epoch)
    }

    pub(super) fn set_epoch(&mut self, lane: u32, epoch: u64) -> Result<(), Trouble> {
        self.lane(lane)?.epoch = epoch;
        Ok(())
    }

    /// The last position of each lane.
    pub(super) fn lasts(&self) -> Vec<u64> {
        self.lanes.iter().map(|lane| lane.last).collect()
    }

    /// The next position of a lane, given to a tenant's message.
    pub(super) fn next(&mut self, lane: u32, tenant: &str) -> Result<u64, Trouble> {
        let lane = self.lane(lane)?;
        let tail = tail(&mut lane.tails, tenant)?;
        lane.last += 1;
        let position = lane.last;
        tail.last = position;
        tail.changed = true;
        self.fresh += 1;
        Ok(position)
    }

    /// Moves what a tenant's messages are consumed up to; never back, never beyond the last.
    pub(super) fn consume(&mut self, lane: u32, tenant: &str, position: u64) -> Result<(), Trouble> {
        let lane = self.lane(lane)?;
        let last = lane.tails.get(tenant).map_or(0, |tail| tail.last);
        if position > last {
            return Err(defect(format!("position {position} of `{tenant}` is not in the lane")));
        }
        let tail = tail(&mut lane.tails, tenant)?;
        tail.consumed = tail.consumed.max(position);
        tail.changed = true;
        Ok(())
    }

    /// Writes what changed.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<(), Trouble> {
        for (number, lane) in (0_u32..).zip(&mut self.lanes) {
            for (tenant, tail) in lane.tails.iter_mut().filter(|(_, tail)| tail.changed) {
                let values = [int(number), text(tenant), big(tail.consumed), big(tail.last)];
                tables::TAILS.put_in(connection, &values)?;
                tail.changed = false;
            }
        }
        Ok(())
    }

    /// The transaction was committed. Gives how many messages it appended.
    pub(super) fn committed(&mut self) -> u64 {
        self.before.clone_from(&self.growing);
        std::mem::take(&mut self.fresh)
    }
}

fn tail<'a>(tails: &'a mut BTreeMap<String, Tail>, tenant: &str) -> Result<&'a mut Tail, Trouble> {
    if !tails.contains_key(tenant) {
        tails.insert(tenant.to_owned(), Tail::default());
    }
    let tail = tails.entry(tenant.to_owned()).or_default();
    if tail.damaged {
        return Err(Trouble::Refused(corrupt(&format!("how far `{tenant}` is in a lane"))));
    }
    Ok(tail)
}

/// The position of the last message of a tenant, by the messages themselves.
fn last_message(connection: &Connection, lane: u32, tenant: &str) -> Result<u64, Trouble> {
    for segment in segments::all(connection)? {
        let sql = format!("SELECT max(position) FROM {} WHERE lane = ?1 AND tenant = ?2", segment.table());
        let last: Option<i64> =
            connection.prepare_cached(&sql)?.query_row(params![lane, tenant], |row| row.get(0))?;
        if let Some(last) = last {
            return Ok(number(last));
        }
    }
    Ok(0)
}

fn index(lane: u32) -> Option<usize> {
    usize::try_from(lane).ok()
}
