//! What the engine asks of a store. Shaped by what has to happen, never by SQL.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;

use nave_model::Fault;
use tokio::sync::watch;

use crate::batch::{Batch, Intake};
use crate::record::{
    Appended, Ask, AuditEntry, Backlog, Call, CallFilter, DeadLetter, Delivery, DeliveryFilter, Entry,
    EventFilter, Filter, Health, KeptEvent, Page, Parked, Queued, Retention, RunRecord, Snapshot,
    Subscription, Swept, Timer, Window,
};

/// An answer on its way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Remembers. What a method that writes has returned is on disk, synced; what failed is not there at all.
///
/// Faults: `E-STORE-FULL` when there is no room (nothing was written; it goes on by itself once there is
/// room again), `E-STORE-FAILED` when the disk fails or is read-only, `E-STORE-CORRUPT` when a record is
/// not what was written (it is never served), `E-LANE-LOST` when another node owns the lane by now.
pub trait Store: fmt::Debug + Send + Sync {
    // Coming in.

    /// Appends messages to lanes and moves cursors, all or nothing. A message whose dedup key was seen
    /// within the retention of keys is not appended again; its place is told instead.
    fn append(&self, intake: Intake) -> Pending<'_, Vec<Appended>>;

    /// Changes whenever something was appended to any lane by anyone.
    fn appended(&self) -> watch::Receiver<u64>;

    // Lanes.

    /// The position of the last message of each lane. Whatever is appended from now on is behind it.
    fn mark(&self) -> Pending<'_, Vec<u64>>;

    /// How many lanes there are; fixed when the store was made. Lanes are 0 to this.
    fn lanes(&self) -> u32;

    /// Makes `owner` the owner of a lane and gives the new epoch. Whoever owned it before can commit
    /// nothing any more.
    fn take(&self, lane: u32, owner: String) -> Pending<'_, u64>;

    /// Each tenant with messages in a lane that were not consumed.
    fn backlog(&self, lane: u32) -> Pending<'_, Vec<Backlog>>;

    /// The next messages of one tenant in a lane behind a position, in order.
    fn read(&self, lane: u32, tenant: String, after: u64, most: usize) -> Pending<'_, Vec<Queued>>;

    /// Writes everything in a batch, or nothing. With a fence, only while the lane is at that epoch.
    fn commit(&self, batch: Batch) -> Pending<'_, ()>;

    // Runs.

    /// A run by its id.
    fn run(&self, run: String) -> Pending<'_, Option<RunRecord>>;

    /// The newest snapshot of a run, if there is one.
    fn snapshot(&self, run: String) -> Pending<'_, Option<Snapshot>>;

    /// The journal of a run from an entry on, in order. Entry 0 is its start.
    fn journal(&self, run: String, from: u32) -> Pending<'_, Vec<Entry>>;

    /// Runs that fit, the newest first.
    fn runs(&self, filter: Filter, page: Page) -> Pending<'_, Vec<RunRecord>>;

    /// Runs of a lane that must be loaded to go on: those with calls under way or to be made that are not
    /// parked. In order of their ids behind `after`.
    fn unfinished(&self, lane: u32, after: Option<String>, most: usize) -> Pending<'_, Vec<RunRecord>>;

    /// The run that has waited longest for an ordering key (`Phase::Queued`), and whether one is under way.
    fn next_queued(
        &self,
        tenant: String,
        flow: String,
        key: Option<String>,
    ) -> Pending<'_, Option<RunRecord>>;

    /// How many runs of a flow (and key) are under way: begun and not ended.
    fn under_way(&self, tenant: String, flow: String, key: Option<String>) -> Pending<'_, u64>;

    /// A flow's definition, by its hash.
    fn definition(&self, hash: String) -> Pending<'_, Option<Vec<u8>>>;

    // Timers, subscriptions, questions.

    /// Timers of a lane that are due at a time, the earliest first.
    fn due(&self, lane: u32, until_ms: u64, most: usize) -> Pending<'_, Vec<Timer>>;

    /// The time of the earliest timer of a lane.
    fn next_timer(&self, lane: u32) -> Pending<'_, Option<u64>>;

    /// Who waits for an event of this name, in the order of their runs and names. `after`: the last seen, which
    /// may be gone meanwhile, or wait again.
    fn subscriptions(
        &self,
        tenant: String,
        event: String,
        after: Option<(String, String)>,
        most: usize,
    ) -> Pending<'_, Vec<Subscription>>;

    /// Windows of runs of a lane ([`Op::CountFrom`](crate::Op::CountFrom)) in which there are events that were not
    /// looked through.
    fn windows(&self, lane: u32, most: usize) -> Pending<'_, Vec<Window>>;

    /// The events in a window, in the order they were accepted in.
    fn accepted(&self, window: Window, most: usize) -> Pending<'_, Vec<KeptEvent>>;

    /// Open questions to people, the oldest first.
    fn asks(&self, tenant: Option<String>, page: Page) -> Pending<'_, Vec<Ask>>;

    /// A question by its id.
    fn ask(&self, id: String) -> Pending<'_, Option<Ask>>;

    // The ledger, and work that is held back.

    /// A call of the ledger.
    fn call(&self, id: String) -> Pending<'_, Option<Call>>;

    /// Calls of the ledger that fit, the newest first.
    fn calls(&self, filter: CallFilter, page: Page) -> Pending<'_, Vec<Call>>;

    /// Parked calls of a connection, the oldest first; of all connections where none is named.
    fn parked(&self, tenant: String, connection: Option<String>, most: usize) -> Pending<'_, Vec<Parked>>;

    /// How many calls are parked at each connection, and since when the oldest.
    fn parked_sums(&self) -> Pending<'_, Vec<(String, String, u64, u64)>>;

    // Events, dead letters, deliveries.

    /// Accepted events that fit, the newest first.
    fn events(&self, filter: EventFilter, page: Page) -> Pending<'_, Vec<KeptEvent>>;

    /// What could not be handled, the newest first.
    fn dead(&self, tenant: Option<String>, page: Page) -> Pending<'_, Vec<DeadLetter>>;

    /// Outgoing deliveries that fit, the oldest first.
    fn deliveries(&self, filter: DeliveryFilter, page: Page) -> Pending<'_, Vec<Delivery>>;

    // Cursors, blobs.

    /// What was kept last under a name.
    fn cursor(&self, name: String) -> Pending<'_, Option<Vec<u8>>>;

    /// All cursors whose names begin with a text.
    fn cursors(&self, prefix: String) -> Pending<'_, Vec<(String, Vec<u8>)>>;

    /// Keeps bytes under their SHA-256, in hex. Durable when it returns.
    fn put_blob(&self, bytes: Vec<u8>) -> Pending<'_, String>;

    /// The bytes of a blob, proven to be those that were kept.
    fn blob(&self, sha256: String) -> Pending<'_, Option<Vec<u8>>>;

    // Audit and care.

    /// The audit chain of a tenant behind an entry, in order.
    fn audit(&self, tenant: String, after: u64, most: usize) -> Pending<'_, Vec<AuditEntry>>;

    /// Drops what is older or larger than allowed, in whole segments; what unended runs need stays.
    fn sweep(&self, now_ms: u64, retention: Retention) -> Pending<'_, Swept>;

    /// A consistent copy of everything, made while work goes on.
    fn backup(&self, to: PathBuf) -> Pending<'_, ()>;

    /// Whether writing works, how much is kept, and how writing has been going.
    fn health(&self) -> Health;
}
