//! Proves a whole store: the file's structure, and every record in it.

use super::readers::Reader;
use super::trouble::{Trouble, corrupt};

impl Reader<'_> {
    /// Proves everything, or says what is not as it should be.
    pub(super) fn verify(&self) -> Result<(), Trouble> {
        let sound: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(Trouble::Refused(corrupt("the store's file").with_detail(sound)));
        }
        Ok(())
    }
}
