//! Proves a whole store: the structure of its file, every record, the payloads that are kept as blobs, and the
//! audit chains.

use super::pack::{Place, number, place};
use super::readers::Reader;
use super::segments;
use super::tables::{self, TABLES, Table};
use super::trouble::{Trouble, corrupt};
use crate::audit;

/// Entries of an audit chain read at once.
const PART: usize = 1000;

impl Reader<'_> {
    /// Proves everything, or says the first thing that is not as it should be. Gives how many records there are.
    pub(super) fn verify(&self) -> Result<u64, Trouble> {
        let snapshot = self.connection.unchecked_transaction()?;
        let sound: String = snapshot.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(Trouble::Refused(corrupt("the store's file").with_detail(sound)));
        }
        let mut records = 0;
        for table in TABLES {
            records += self.verify_table(table, table.name)?;
        }
        for slot in 0..segments::SLOTS {
            records += self.verify_table(&tables::MESSAGES, &segments::name(slot))?;
        }
        if let Some(slot) = segments::astray(&snapshot)? {
            return Err(Trouble::Refused(corrupt(&format!("the segment {}", segments::name(slot)))));
        }
        self.verify_blobs()?;
        let tenants: Vec<String> = snapshot
            .prepare("SELECT DISTINCT tenant FROM audit")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for tenant in tenants {
            records += self.verify_chain(&tenant)?;
        }
        Ok(records)
    }

    /// Every blob that is known is there, and is what was written; also one that no record needs.
    fn verify_blobs(&self) -> Result<(), Trouble> {
        let mut statement = self.connection.prepare("SELECT sha256, length FROM blobs")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, length): (String, i64) = (row.get(0)?, row.get(1)?);
            let found = self.blobs.get(&name)?;
            if found.is_none_or(|found| found.len() as u64 != number(length)) {
                return Err(Trouble::Refused(corrupt(&format!("the blob {name}"))));
            }
        }
        Ok(())
    }

    fn verify_table(&self, table: &Table, name: &str) -> Result<u64, Trouble> {
        let sealed =
            table.columns.last().is_some_and(|last| ["payload", "record", "conclusion"].contains(last));
        let mut statement = self.connection.prepare(&table.select_from(name))?;
        let mut rows = statement.query([])?;
        let mut records = 0;
        while let Some(row) = rows.next()? {
            self.prove(table, row)?;
            records += 1;
            let last = row.get_ref(table.columns.len() - 1)?;
            if let Some(column) = last.as_blob_or_null().ok().flatten().filter(|_| sealed)
                && let Some(Place::Blob(name)) = place(column)
                && self.blobs.get(name)?.is_none()
            {
                return Err(Trouble::Refused(corrupt(&format!("the blob {name} of {}", table.label))));
            }
        }
        Ok(records)
    }

    fn verify_chain(&self, tenant: &str) -> Result<u64, Trouble> {
        let (mut number, mut hash) = (0, audit::START.to_owned());
        loop {
            let part = self.audit(tenant, number, PART)?;
            if let Some(broken) = audit::broken(number, &hash, &part) {
                let what = format!("entry {broken} of the audit chain of `{tenant}`");
                return Err(Trouble::Refused(corrupt(&what)));
            }
            let Some(last) = part.last() else { return Ok(number) };
            (number, hash) = (last.number, last.hash.clone());
        }
    }
}
