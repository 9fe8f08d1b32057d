//! From where on events count for runs that wait: what was appended since the wait began and before it is
//! written here is told by the run's own lane, and passed over by whoever handles it.

use rusqlite::params;
use rusqlite::types::ValueRef;

use super::Apply;
use crate::batch::Op;
use crate::sqlite::pack::{column, places, places_of};
use crate::sqlite::segments;
use crate::sqlite::tables::{self, int, text};
use crate::sqlite::trouble::{Trouble, corrupt};

impl Apply<'_> {
    pub(super) fn window(&mut self, op: &Op) -> Result<(), Trouble> {
        match op {
            Op::CountFrom { tenant, run, lane, name, event, since } => {
                let mut until = self.lanes.lasts();
                let own = usize::try_from(*lane).ok().and_then(|lane| until.get_mut(lane));
                own.map(std::mem::take);
                let is_open = self.has_events(tenant, event, since, &until)?;
                let (since, until) = (places(since), places(&until));
                let since = if is_open { ValueRef::Blob(&since) } else { ValueRef::Null };
                let named = [text(run), text(name), int(*lane), text(tenant), text(event)];
                let values: Vec<_> = named.into_iter().chain([since, ValueRef::Blob(&until)]).collect();
                self.put(&tables::WINDOWS, &values)?;
            }
            Op::Counted { run, name, until, since } => {
                let until = places(until);
                let Some((lane, tenant, event)) = self.open_window(run, name, &until)? else { return Ok(()) };
                let since = since.as_ref().map(|since| places(since));
                let since = since.as_ref().map_or(ValueRef::Null, |since| ValueRef::Blob(since));
                let named = [text(run), text(name), int(lane), text(&tenant), text(&event)];
                let values: Vec<_> = named.into_iter().chain([since, ValueRef::Blob(&until)]).collect();
                self.put(&tables::WINDOWS, &values)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether an event of this name was appended between two places.
    fn has_events(&self, tenant: &str, event: &str, since: &[u64], until: &[u64]) -> Result<bool, Trouble> {
        let lanes = || (0_u32..).zip(since).zip(until).filter(|((_, since), until)| since < until);
        if lanes().next().is_none() {
            return Ok(false);
        }
        for segment in segments::behind(self.connection, since)? {
            let sql = format!(
                "SELECT 1 FROM {} WHERE lane = ?1 AND tenant = ?2 AND position > ?3 AND position <= ?4
                   AND name = ?5 LIMIT 1",
                segment.table()
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            for ((lane, since), until) in lanes() {
                if statement.exists(params![lane, tenant, column(*since), column(*until), event])? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The lane, tenant and event of the window that ends here, while it is open.
    fn open_window(
        &self,
        run: &str,
        name: &str,
        until: &[u8],
    ) -> Result<Option<(u32, String, String)>, Trouble> {
        let sql = format!("{} WHERE run = ?1 AND name = ?2", tables::WINDOWS.select());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![run, name])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (since, ends): (Option<Vec<u8>>, Vec<u8>) = (row.get(5)?, row.get(6)?);
        if !tables::WINDOWS.proves(row)? || places_of(&ends).is_none() {
            return Err(Trouble::Refused(corrupt(&format!("from where on events count for the run {run}"))));
        }
        if since.is_none() || ends != until {
            return Ok(None);
        }
        Ok(Some((row.get(2)?, row.get(3)?, row.get(4)?)))
    }
}
