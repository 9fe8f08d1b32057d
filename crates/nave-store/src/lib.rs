//! Remembers what must not be lost: events, runs and their journals, timers, the ledger, the audit chain.
//! One trait, [`Store`], with SQLite behind it; what the records *mean* is left to the engine.
//!
//! The way through: `store.rs` (what can be asked) → `batch.rs` (what is written together) → `record.rs`
//! (what is read back) → `sqlite.rs`. `conformance.rs` is what every store must pass.

pub mod audit;
pub mod batch;
pub mod conformance;
pub mod record;
pub mod sqlite;
pub mod store;

pub use batch::{Batch, Fence, Intake, Op};
pub use sqlite::restore;
pub use store::{Pending, Store};
