//! The few numbers the store itself has to know.

use rusqlite::Connection;

use super::tables::{self, int, text};
use super::trouble::{Trouble, corrupt};

/// How many lanes there are.
pub(super) const LANES: &str = "lanes";
/// Which sweep of blobs is under way.
pub(super) const ROUND: &str = "round";
/// Written to find out whether writing works.
pub(super) const TOUCHED: &str = "touched";

/// A number, proven.
pub(super) fn get(connection: &Connection, name: &str) -> Result<i64, Trouble> {
    let sql = format!("{} WHERE name = ?1", tables::META.select());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([name])?;
    match rows.next()? {
        Some(row) if tables::META.proves(row)? => Ok(row.get(1)?),
        _ => Err(Trouble::Refused(corrupt(&format!("the number of {name}")))),
    }
}

/// Sets a number.
pub(super) fn set(connection: &Connection, name: &str, value: i64) -> Result<(), Trouble> {
    tables::META.put_in(connection, &[text(name), int(value)])?;
    Ok(())
}
