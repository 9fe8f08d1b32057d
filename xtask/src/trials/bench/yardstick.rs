//! What this machine can do at best: SQLite with as many rows and bytes in a transaction, a bare server, and
//! one sync of the disk.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::trials::clock;
use crate::trials::figures::{Durations, rate};
use crate::trials::report::Report;
use crate::trials::wire::{self, Line};

/// Bytes of an event as it is kept, about: its body of some 100 bytes with its attributes.
const BYTES: usize = 400;

/// A server of `hyper` that reads the request and answers, under the same load.
pub(super) async fn server(
    report: &mut Report,
    address: SocketAddr,
    connections: usize,
    seconds: u64,
) -> anyhow::Result<()> {
    let body = br#"{"type":"order.seen","id":"1","data":{"id":"1"}}"#;
    let asked = wire::request("GET", "/items/1", &[("content-type", "application/json")], body);
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let asked = asked.clone();
        tasks.spawn(async move {
            let mut line = Line::open(address).await?;
            let (began, mut micros) = (clock::now(), Vec::new());
            while clock::micros(began) < seconds * 500_000 {
                let sent = clock::now();
                line.exchange(&asked).await?;
                micros.push(clock::micros(sent));
            }
            anyhow::Ok(micros)
        });
    }
    let mut all = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        all.extend(ended??);
    }
    let durations = Durations::of(all);
    report.row("yardstick: a bare server, answers a second", rate(durations.count(), seconds * 500_000));
    report.row("  over as many connections", durations.shown());
    Ok(())
}

/// SQLite as the hub uses it (WAL, `synchronous=FULL`): two rows for each event, so many events in a
/// transaction; and the disk alone.
pub(super) fn store(report: &mut Report, folder: &Path, batch: usize, seconds: u64) -> anyhow::Result<()> {
    let folder = folder.join("yardstick");
    std::fs::create_dir_all(&folder)?;
    for size in [batch, 256] {
        let path = folder.join(format!("rows-{size}.db"));
        let mut database = Connection::open(&path)?;
        database.pragma_update(None, "journal_mode", "wal")?;
        database.pragma_update(None, "synchronous", "full")?;
        database.execute_batch(
            "CREATE TABLE message (position INTEGER PRIMARY KEY, tenant TEXT, body BLOB);
             CREATE TABLE seen (key TEXT PRIMARY KEY, position INTEGER) WITHOUT ROWID;",
        )?;
        let (count, took) = rows(&mut database, size, seconds)?;
        report.row(&format!("yardstick: SQLite, {size} events a transaction, a second"), rate(count, took));
    }
    let mut file = File::create(folder.join("synced"))?;
    let mut micros = Vec::new();
    for _ in 0..300 {
        let began = clock::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        micros.push(clock::micros(began));
    }
    report.row("yardstick: one write of 4 kB, synced", Durations::of(micros).shown());
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn rows(database: &mut Connection, size: usize, seconds: u64) -> anyhow::Result<(usize, u64)> {
    let body = vec![b'x'; BYTES];
    let (began, mut count) = (clock::now(), 0);
    while clock::micros(began) < seconds * 250_000 {
        let transaction = database.transaction()?;
        {
            let mut message =
                transaction.prepare_cached("INSERT INTO message (tenant, body) VALUES ('default', ?1)")?;
            let mut seen = transaction.prepare_cached("INSERT INTO seen (key, position) VALUES (?1, ?2)")?;
            for _ in 0..size {
                let position = message.insert([&body])?;
                // In no order, as senders' ids are.
                seen.execute((format!("/connections/honest {:016x}", fastrand::u64(..)), position))?;
                count += 1;
            }
        }
        transaction.commit()?;
    }
    Ok((count, clock::micros(began)))
}
