//! Carries the records of an older version forward. A record that was damaged before stays so: it is never
//! given a checksum that fits.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Row, params};

use super::blobs::Blobs;
use super::pack::{Place, names, place};
use super::segments;
use super::tables::{self, TABLES, Table};
use super::trouble::Trouble;

/// A checksum that no record has.
const DAMAGED: i64 = -1;

/// Tables that got their first checksums with version 4.
const LATE: [&Table; 5] = [&tables::META, &tables::SEGMENTS, &tables::NEEDS, &tables::GONE, &tables::BLOBS];

/// Tables that came with version 5.
const NEW: [&Table; 1] = [&tables::WINDOWS];

/// From version 1 to 2: new checksums, and what each record needs.
pub(super) fn second(connection: &Connection, blobs: &Blobs) -> Result<(), Trouble> {
    let late = |table: &Table| LATE.iter().chain(&NEW).any(|late| late.label == table.label);
    for table in TABLES.into_iter().chain([&tables::MESSAGES]).filter(|table| !late(table)) {
        seal(connection, table)?;
    }
    for (table, id, column) in [
        (&tables::MESSAGES, "seq", "payload"),
        (&tables::RUNS, "id", "record"),
        (&tables::ENTRIES, "run", "payload"),
        (&tables::SNAPSHOTS, "run", "payload"),
        (&tables::DEFINITIONS, "hash", "payload"),
        (&tables::ASKS, "id", "record"),
        (&tables::CALLS, "id", "payload"),
        (&tables::CALLS, "id", "conclusion"),
        (&tables::DEAD, "id", "payload"),
        (&tables::DELIVERIES, "id", "payload"),
        (&tables::CURSORS, "name", "value"),
    ] {
        needs(connection, blobs, table, (id, column))?;
    }
    Ok(())
}

/// From version 3 to 4: the other tables of messages, and checksums for what had none.
pub(super) fn fourth(connection: &Connection, _blobs: &Blobs) -> Result<(), Trouble> {
    connection.execute_batch(&segments::tables())?;
    segments::adopt(connection)?;
    for table in LATE.into_iter().filter(|table| table.label != tables::SEGMENTS.label) {
        seal(connection, table)?;
    }
    Ok(())
}

/// What identifies a row of a table for an update.
fn identity(table: &Table) -> &'static [&'static str] {
    match table.label {
        "lanes" => &["lane"],
        "tails" => &["lane", "tenant"],
        "messages" | "subscriptions" | "asks" | "calls" | "conclusions" | "dead" | "deliveries" => &["seq"],
        "keys" | "definitions" => &["hash"],
        "meta" | "cursors" => &["name"],
        "needs" => &["owner", "id", "sha256"],
        "gone" => &["list", "id"],
        "blobs" => &["sha256"],
        "entries" => &["run", "number"],
        "snapshots" => &["run"],
        "timers" => &["run", "name"],
        _ => &["id"],
    }
}

/// Gives every record of a table that was not damaged its new checksum.
fn seal(connection: &Connection, table: &Table) -> Result<(), Trouble> {
    let identity = identity(table);
    let covered = table.columns.len();
    let select = format!(
        "SELECT {}, {}, {} FROM {}",
        table.columns.join(", "),
        table.sum,
        identity.join(", "),
        table.name
    );
    let places: Vec<String> = identity.iter().map(|column| format!("{column} = ?")).collect();
    let update = format!("UPDATE {} SET {} = ? WHERE {}", table.name, table.sum, places.join(" AND "));
    let mut statement = connection.prepare(&select)?;
    let mut rows = statement.query([])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..covered).map(|at| row.get_ref(at)).collect::<Result<Vec<_>, _>>()?;
        let sum = if was_sound(table, row)? { table.sum(values) } else { DAMAGED };
        let mut change = vec![Value::Integer(sum)];
        for at in 0..identity.len() {
            change.push(row.get(covered + 1 + at)?);
        }
        changes.push(change);
    }
    let mut statement = connection.prepare(&update)?;
    for change in changes {
        statement.execute(rusqlite::params_from_iter(change))?;
    }
    Ok(())
}

/// Whether a record fits the checksum of version 1, which covered what identifies it and its payload. What had
/// none is taken as it is.
fn was_sound(table: &Table, row: &Row<'_>) -> rusqlite::Result<bool> {
    let covered: &[usize] = match table.label {
        "lanes" | "tails" | "keys" | "timers" | "subscriptions" => return Ok(true),
        "meta" | "needs" | "gone" | "blobs" => return Ok(true),
        "messages" => &[0, 1, 2, 7],
        "runs" => &[0, 10],
        "entries" => &[0, 1, 3],
        "snapshots" => &[0, 1, 2],
        "asks" => &[0, 3],
        "parked" => &[0, 5],
        "calls" => &[0, 6],
        "conclusions" if row.get_ref(3)? == ValueRef::Null => {
            return Ok(row.get_ref(1)? == ValueRef::Integer(0));
        }
        "conclusions" | "dead" => &[0, 3],
        "deliveries" => &[0, 6],
        _ => &[0, 1],
    };
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(table.label.as_bytes());
    for at in covered {
        // Lanes and numbers of entries had 4 bytes in it, positions 8.
        let narrow = *at == 0 || table.label != "messages";
        match row.get_ref(*at)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => part(&mut hasher, bytes),
            ValueRef::Integer(number) if narrow => {
                part(&mut hasher, &u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
            }
            ValueRef::Integer(number) => part(&mut hasher, &number.to_le_bytes()),
            ValueRef::Null | ValueRef::Real(_) => return Ok(false),
        }
    }
    Ok(row.get_ref(table.columns.len())? == ValueRef::Integer(i64::from(hasher.finalize())))
}

fn part(hasher: &mut crc32fast::Hasher, bytes: &[u8]) {
    hasher.update(&bytes.len().to_le_bytes());
    hasher.update(bytes);
}

/// Writes down which blobs the records of a table need.
fn needs(
    connection: &Connection,
    blobs: &Blobs,
    table: &Table,
    (id, column): (&str, &str),
) -> Result<(), Trouble> {
    let mut statement = connection.prepare(&format!("SELECT {id}, {column} FROM {}", table.name))?;
    let mut rows = statement.query([])?;
    let mut insert = connection.prepare(
        "INSERT OR IGNORE INTO needs (owner, id, sha256)
         SELECT ?1, ?2, sha256 FROM blobs WHERE sha256 = ?3",
    )?;
    while let Some(row) = rows.next()? {
        let Some(bytes) = row.get_ref(1)?.as_blob_or_null().ok().flatten() else { continue };
        let mut found = names(bytes.get(1..).unwrap_or_default());
        if table.label == "cursors" {
            found = names(bytes);
        } else if let Some(Place::Blob(name)) = place(bytes) {
            found = vec![name.to_owned()];
            // One that is damaged or missing keeps what it is; what it named cannot be known.
            found.extend(blobs.get(name).ok().flatten().map(|bytes| names(&bytes)).unwrap_or_default());
        }
        for name in found {
            insert.execute(params![table.name, ToSqlOutput::Borrowed(row.get_ref(0)?), name])?;
        }
    }
    Ok(())
}
