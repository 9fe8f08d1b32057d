//! Reads from where on events count for runs that wait, and the events in between.

use rusqlite::{Row, params};

use super::pack::{column, number, places_of};
use super::readers::Reader;
use super::segments;
use super::tables;
use super::trouble::{Trouble, corrupt};
use crate::batch::Message;
use crate::record::{KeptEvent, Window};

impl Reader<'_> {
    /// Where the lanes were when a wait was written; empty where that is not known, so that nothing is missed.
    pub(super) fn until(&self, run: &str, name: &str) -> Result<Vec<u64>, Trouble> {
        let sql = format!("{} WHERE run = ?1 AND name = ?2", tables::WINDOWS.select());
        let until = self.one(&sql, params![run, name], |row| {
            let is_sound = tables::WINDOWS.proves(row)?;
            let until: Vec<u8> = row.get(6)?;
            Ok(places_of(&until).filter(|_| is_sound))
        })?;
        Ok(until.flatten().unwrap_or_default())
    }

    pub(super) fn windows(&self, lane: u32, most: usize) -> Result<Vec<Window>, Trouble> {
        let sql = format!("{} WHERE lane = ? AND since IS NOT NULL LIMIT ?", tables::WINDOWS.select());
        self.list(&sql, vec![i64::from(lane).into()], most, |row| {
            self.prove(&tables::WINDOWS, row)?;
            let (since, until): (Vec<u8>, Vec<u8>) = (row.get(5)?, row.get(6)?);
            let (Some(since), Some(until)) = (places_of(&since), places_of(&until)) else {
                return Err(Trouble::Refused(corrupt("from where on events count for a run")));
            };
            let (run, name) = (row.get(0)?, row.get(1)?);
            Ok(Window { tenant: row.get(3)?, run, name, event: row.get(4)?, since, until })
        })
    }

    /// The events in a window, in their order. One that is damaged is left out.
    pub(super) fn accepted(&self, window: &Window, most: usize) -> Result<Vec<KeptEvent>, Trouble> {
        let snapshot = self.connection.unchecked_transaction()?;
        let lanes = (0_u32..).zip(&window.since).zip(&window.until);
        let open: Vec<_> = lanes.filter(|((_, since), until)| since < until).collect();
        let mut events = Vec::new();
        for segment in segments::behind(&snapshot, &window.since)? {
            let sql = format!(
                "SELECT seq FROM {} WHERE lane = ?1 AND tenant = ?2 AND position > ?3 AND position <= ?4
                   AND name = ?5",
                segment.table()
            );
            let mut places: Vec<i64> = Vec::new();
            for ((lane, since), until) in &open {
                let mut statement = snapshot.prepare_cached(&sql)?;
                let values = params![lane, window.tenant, column(**since), column(**until), window.event];
                let found = statement.query_map(values, |row| row.get(0))?;
                places.extend(found.collect::<Result<Vec<i64>, _>>()?);
            }
            places.sort_unstable();
            let sql = format!("{} WHERE seq = ?1", segment.select());
            for seq in places {
                if events.len() >= most {
                    return Ok(events);
                }
                events.extend(self.one(&sql, [seq], |row| self.kept(row))?.flatten());
            }
        }
        Ok(events)
    }

    fn kept(&self, row: &Row<'_>) -> Result<Option<KeptEvent>, Trouble> {
        let (lane, tenant): (u32, String) = (row.get(0)?, row.get(1)?);
        let position = number(row.get(2)?);
        match self.message(row)?.1 {
            Ok(Message::Event(event)) => {
                let place = format!("{lane}-{position}");
                Ok(Some(KeptEvent { place, tenant, lane, position, consumed: false, event }))
            }
            Ok(Message::Start(_) | Message::Told { .. }) => Ok(None),
            Err(fault) => {
                tracing::error!(code = %fault.code, message = fault.message, "an event is passed over");
                Ok(None)
            }
        }
    }
}
