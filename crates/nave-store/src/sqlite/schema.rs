//! The tables, and how an older store becomes one of this version. What stands in their columns is left to
//! `apply.rs` and `query.rs`.

use nave_model::Fault;
use nave_model::fault::codes;
use rusqlite::Connection;

use super::blobs::Blobs;
use super::trouble::{Trouble, corrupt};
use super::{forward, meta};

/// What carries a store forward: the tables of the next version, and then what is in them.
struct Step {
    tables: &'static str,
    records: fn(&Connection, &Blobs) -> Result<(), Trouble>,
}

/// The number of a step is its place, from 1.
const STEPS: [Step; 5] = [
    Step { tables: FIRST, records: |_, _| Ok(()) },
    Step { tables: SECOND, records: forward::second },
    Step { tables: THIRD, records: |_, _| Ok(()) },
    Step { tables: FOURTH, records: forward::fourth },
    Step { tables: FIFTH, records: |_, _| Ok(()) },
];

/// The version this program writes.
pub(super) const VERSION: usize = STEPS.len();

/// The first version. `sum` is always the CRC-32 over what identifies the record and its payload.
const FIRST: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE lanes (lane INTEGER PRIMARY KEY, owner TEXT NOT NULL, epoch INTEGER NOT NULL);
CREATE TABLE tails (
  lane INTEGER NOT NULL, tenant TEXT NOT NULL, consumed INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (lane, tenant)) WITHOUT ROWID;
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY, lane INTEGER NOT NULL, tenant TEXT NOT NULL, position INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, event TEXT, name TEXT, source TEXT, payload BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE UNIQUE INDEX messages_place ON messages (lane, tenant, position);
CREATE INDEX messages_event ON messages (event) WHERE event IS NOT NULL;
CREATE TABLE keys (
  hash BLOB PRIMARY KEY, at_ms INTEGER NOT NULL, lane INTEGER NOT NULL, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX keys_age ON keys (at_ms);
CREATE TABLE runs (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, lane INTEGER NOT NULL, flow TEXT NOT NULL, phase INTEGER NOT NULL,
  state TEXT NOT NULL, key TEXT, cause TEXT NOT NULL, created_ms INTEGER NOT NULL, ended_ms INTEGER,
  record BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX runs_flow ON runs (flow, id);
CREATE INDEX runs_cause ON runs (cause);
CREATE INDEX runs_active ON runs (lane, id) WHERE phase = 1;
CREATE INDEX runs_queued ON runs (tenant, flow, key, id) WHERE phase = 0;
CREATE INDEX runs_begun ON runs (tenant, flow, key) WHERE phase IN (1, 2);
CREATE INDEX runs_ended ON runs (ended_ms) WHERE phase = 3;
CREATE TABLE entries (
  run TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, payload BLOB NOT NULL, sum INTEGER NOT NULL,
  PRIMARY KEY (run, number)) WITHOUT ROWID;
CREATE TABLE snapshots (
  run TEXT PRIMARY KEY, entries INTEGER NOT NULL, payload BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE definitions (hash TEXT PRIMARY KEY, payload BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE timers (
  run TEXT NOT NULL, name TEXT NOT NULL, lane INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE INDEX timers_due ON timers (lane, at_ms, run, name);
CREATE TABLE subscriptions (
  seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, event TEXT NOT NULL, run TEXT NOT NULL, name TEXT NOT NULL,
  lane INTEGER NOT NULL, gone_ms INTEGER);
CREATE UNIQUE INDEX subscriptions_of ON subscriptions (run, name);
CREATE INDEX subscriptions_to ON subscriptions (tenant, event, seq) WHERE gone_ms IS NULL;
CREATE INDEX subscriptions_gone ON subscriptions (gone_ms) WHERE gone_ms IS NOT NULL;
CREATE TABLE asks (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, run TEXT NOT NULL,
  record BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE INDEX asks_of ON asks (run);
CREATE TABLE parked (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, connection TEXT NOT NULL, run TEXT NOT NULL,
  since_ms INTEGER NOT NULL, record BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX parked_at ON parked (tenant, connection, since_ms, id);
CREATE INDEX parked_of ON parked (run);
CREATE TABLE calls (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, connection TEXT NOT NULL, run TEXT,
  state INTEGER NOT NULL, attempts INTEGER NOT NULL, intended_ms INTEGER NOT NULL, concluded_ms INTEGER,
  payload BLOB NOT NULL, sum INTEGER NOT NULL, conclusion BLOB, conclusion_sum INTEGER);
CREATE INDEX calls_of ON calls (run) WHERE run IS NOT NULL;
CREATE INDEX calls_open ON calls (state, seq) WHERE state IN (0, 3);
CREATE TABLE dead (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, at_ms INTEGER NOT NULL,
  payload BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, endpoint TEXT NOT NULL,
  state INTEGER NOT NULL, next_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  payload BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE INDEX deliveries_due ON deliveries (next_ms) WHERE state = 0;
CREATE INDEX deliveries_to ON deliveries (endpoint, seq);
CREATE TABLE cursors (name TEXT PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE audit (
  tenant TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, entry BLOB NOT NULL, before TEXT NOT NULL,
  hash TEXT NOT NULL, PRIMARY KEY (tenant, number)) WITHOUT ROWID;
CREATE TABLE blobs (
  sha256 TEXT PRIMARY KEY, length INTEGER NOT NULL, round INTEGER NOT NULL,
  packed INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('round', 0);
";

/// The second version: checksums cover every column that decides something, numbers of records are never given
/// twice, records that are gone keep their place for a while, and the blobs that records need are written down.
/// Ids of events are indexed in parts of 8192 messages, so that new ones and old ones each touch a few pages only.
const SECOND: &str = "
ALTER TABLE lanes ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE tails ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE keys ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE timers ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE subscriptions ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE blobs DROP COLUMN packed;
DROP INDEX messages_event;
CREATE INDEX messages_event ON messages (seq >> 13, event) WHERE event IS NOT NULL;
CREATE TABLE asks_2 (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, run TEXT NOT NULL,
  record BLOB NOT NULL, sum INTEGER NOT NULL);
INSERT INTO asks_2 SELECT * FROM asks;
DROP TABLE asks;
ALTER TABLE asks_2 RENAME TO asks;
CREATE INDEX asks_of ON asks (run);
CREATE TABLE dead_2 (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, at_ms INTEGER NOT NULL,
  payload BLOB NOT NULL, sum INTEGER NOT NULL);
INSERT INTO dead_2 SELECT * FROM dead;
DROP TABLE dead;
ALTER TABLE dead_2 RENAME TO dead;
CREATE TABLE deliveries_2 (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, endpoint TEXT NOT NULL,
  state INTEGER NOT NULL, next_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  payload BLOB NOT NULL, sum INTEGER NOT NULL);
INSERT INTO deliveries_2 SELECT * FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_2 RENAME TO deliveries;
CREATE INDEX deliveries_due ON deliveries (next_ms) WHERE state = 0;
CREATE INDEX deliveries_to ON deliveries (endpoint, seq);
CREATE TABLE gone (
  list TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (list, id)) WITHOUT ROWID;
CREATE INDEX gone_age ON gone (at_ms);
CREATE TABLE needs (owner TEXT NOT NULL, id NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (owner, id, sha256)) WITHOUT ROWID;
CREATE INDEX needs_of ON needs (sha256);
";

/// The third version: who waits for an event is listed by run and name, so that nobody's place in the list
/// changes by waiting again, and nothing has to mark those that are gone.
const THIRD: &str = "
DELETE FROM subscriptions WHERE gone_ms IS NOT NULL;
DROP INDEX subscriptions_gone;
DROP INDEX subscriptions_to;
ALTER TABLE subscriptions DROP COLUMN gone_ms;
CREATE INDEX subscriptions_to ON subscriptions (tenant, event, run, name);
";

/// The fourth version: messages stand in segments, of which the table there was is the first; what the store knows
/// of itself has checksums, too; and a sweep finds what is old without reading what is not.
const FOURTH: &str = "
ALTER TABLE messages RENAME TO messages_00;
CREATE TABLE segments (
  first INTEGER PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, starts BLOB NOT NULL, last INTEGER,
  newest_ms INTEGER, bytes INTEGER, sum INTEGER NOT NULL);
ALTER TABLE meta ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE needs ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE gone ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
ALTER TABLE blobs ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
CREATE INDEX calls_ended ON calls (concluded_ms) WHERE state IN (1, 2);
CREATE INDEX deliveries_ended ON deliveries (created_ms) WHERE state IN (1, 2);
CREATE INDEX dead_age ON dead (at_ms);
";

/// The fifth version: from where on events count for a run that waits for one.
const FIFTH: &str = "
CREATE TABLE windows (
  run TEXT NOT NULL, name TEXT NOT NULL, lane INTEGER NOT NULL, tenant TEXT NOT NULL, event TEXT NOT NULL,
  since BLOB, until BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE INDEX windows_open ON windows (lane) WHERE since IS NOT NULL;
";

/// Brings a store to this version; a new file becomes a store with that many lanes. Gives the lanes.
pub(super) fn migrate(connection: &mut Connection, lanes: u32, blobs: &Blobs) -> Result<u32, Trouble> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    if found > VERSION {
        return Err(Trouble::Refused(
            Fault::new(
                codes::STORE_VERSION,
                format!("the store has version {found}; this program knows version {VERSION}"),
            )
            .with_hint("start the newer version again, or restore a backup made by this one"),
        ));
    }
    for (step, number) in STEPS.iter().zip(1_usize..).skip(found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step.tables)?;
        if number == 1 {
            transaction.execute("INSERT INTO meta VALUES ('lanes', ?1)", [lanes.max(1)])?;
        }
        (step.records)(&transaction, blobs)?;
        transaction.pragma_update(None, "user_version", i64::try_from(number).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    let lanes = meta::get(connection, meta::LANES)?;
    u32::try_from(lanes).map_err(|_| Trouble::Refused(corrupt("the number of lanes")))
}
