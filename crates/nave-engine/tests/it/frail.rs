//! A store that stops working after some commits, as if the process had been killed there: either nothing
//! of the next commit is written, or it is written and nobody is told. Or one that is slow to write waits for
//! events.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::batch::{Batch, Intake, Op};
use nave_store::record::{
    Appended, Ask, AuditEntry, Backlog, Call, CallFilter, DeadLetter, Delivery, DeliveryFilter, Entry,
    EventFilter, Filter, Health, KeptEvent, Page, Parked, Queued, Retention, RunRecord, Snapshot,
    Subscription, Swept, Timer, Window,
};
use nave_store::store::{Pending, Store};
use tokio::sync::{Notify, Semaphore, watch};

/// Stops working after some commits.
#[derive(Debug)]
pub(crate) struct Frail {
    inner: Arc<dyn Store>,
    left: AtomicI64,
    /// Whether the commit that fails is written all the same.
    is_written: bool,
    stopped: Notify,
    waiting: Notify,
    /// Whether commits fail, and nothing else does.
    is_broken: AtomicBool,
    /// Reading this panics: who waits for an event of this name, or the journal of this run.
    curse: Mutex<Option<String>>,
    /// Batches with waits for events are written one by one as they are let through.
    slow: Option<Semaphore>,
}

impl Frail {
    pub(crate) fn new(inner: Arc<dyn Store>, commits: i64, is_written: bool) -> Arc<Frail> {
        Arc::new(Frail::with(inner, commits, is_written, None))
    }

    /// One that, besides, does not write waits for events before it is let.
    pub(crate) fn slow(inner: Arc<dyn Store>, commits: i64, is_written: bool) -> Arc<Frail> {
        Arc::new(Frail::with(inner, commits, is_written, Some(Semaphore::new(0))))
    }

    fn with(inner: Arc<dyn Store>, commits: i64, is_written: bool, slow: Option<Semaphore>) -> Frail {
        let (stopped, waiting) = (Notify::new(), Notify::new());
        let (curse, is_broken) = (Mutex::default(), AtomicBool::new(false));
        Frail { inner, left: AtomicI64::new(commits), is_written, stopped, waiting, is_broken, curse, slow }
    }

    /// From now on commits fail; events are still accepted.
    pub(crate) fn break_writes(&self) {
        self.is_broken.store(true, Ordering::SeqCst);
    }

    /// They work again.
    pub(crate) fn mend_writes(&self) {
        self.is_broken.store(false, Ordering::SeqCst);
    }

    /// From now on, whoever decides on an event of this name, or on a run with this id, panics; `None`: nobody.
    pub(crate) fn curse(&self, name: Option<&str>) {
        *self.curse.lock().unwrap() = name.map(str::to_owned);
    }

    fn look_at(&self, name: &str) {
        let is_cursed = self.curse.lock().unwrap().as_deref() == Some(name);
        assert!(!is_cursed, "`{name}` is cursed");
    }

    /// Lets one batch with a wait for events be written.
    pub(crate) fn let_one(&self) {
        self.slow.as_ref().unwrap().add_permits(1);
    }

    /// Waits until it has stopped working.
    pub(crate) async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// Waits until a wait for events is to be written.
    pub(crate) async fn waiting(&self) {
        self.waiting.notified().await;
    }

    fn dead() -> Fault {
        Fault::new(codes::STORE_FAILED, "the process was killed here")
    }

    fn has_stopped(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }
}

macro_rules! handed_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> Pending<'_, $answer> {
            if self.has_stopped() {
                return Box::pin(async { Err(Frail::dead()) });
            }
            self.inner.$name($($argument),*)
        })*
    };
}

impl Store for Frail {
    fn append(&self, intake: Intake) -> Pending<'_, Vec<Appended>> {
        if self.has_stopped() {
            return Box::pin(async { Err(Frail::dead()) });
        }
        self.inner.append(intake)
    }

    fn commit(&self, batch: Batch) -> Pending<'_, ()> {
        Box::pin(async move {
            let waits = batch.ops.iter().any(|op| matches!(op, Op::Subscribe { .. }));
            if let Some(slow) = self.slow.as_ref().filter(|_| waits) {
                self.waiting.notify_one();
                slow.acquire().await.unwrap().forget();
            }
            if self.is_broken.load(Ordering::SeqCst) {
                self.stopped.notify_one();
                return Err(Frail::dead());
            }
            let left = self.left.fetch_sub(1, Ordering::SeqCst);
            if left > 0 {
                return self.inner.commit(batch).await;
            }
            if left == 0 {
                if self.is_written {
                    self.inner.commit(batch).await?;
                }
                self.stopped.notify_one();
            }
            Err(Frail::dead())
        })
    }

    fn subscriptions(
        &self,
        tenant: String,
        event: String,
        after: Option<(String, String)>,
        most: usize,
    ) -> Pending<'_, Vec<Subscription>> {
        if self.has_stopped() {
            return Box::pin(async { Err(Frail::dead()) });
        }
        self.look_at(&event);
        self.inner.subscriptions(tenant, event, after, most)
    }

    fn journal(&self, run: String, from: u32) -> Pending<'_, Vec<Entry>> {
        if self.has_stopped() {
            return Box::pin(async { Err(Frail::dead()) });
        }
        self.look_at(&run);
        self.inner.journal(run, from)
    }

    fn appended(&self) -> watch::Receiver<u64> {
        self.inner.appended()
    }

    fn lanes(&self) -> u32 {
        self.inner.lanes()
    }

    fn health(&self) -> Health {
        self.inner.health()
    }

    handed_on! {
        take(lane: u32, owner: String) -> u64;
        backlog(lane: u32) -> Vec<Backlog>;
        read(lane: u32, tenant: String, after: u64, most: usize) -> Vec<Queued>;
        run(run: String) -> Option<RunRecord>;
        snapshot(run: String) -> Option<Snapshot>;
        runs(filter: Filter, page: Page) -> Vec<RunRecord>;
        unfinished(lane: u32, after: Option<String>, most: usize) -> Vec<RunRecord>;
        next_queued(tenant: String, flow: String, key: Option<String>) -> Option<RunRecord>;
        under_way(tenant: String, flow: String, key: Option<String>) -> u64;
        definition(hash: String) -> Option<Vec<u8>>;
        due(lane: u32, until_ms: u64, most: usize) -> Vec<Timer>;
        next_timer(lane: u32) -> Option<u64>;
        mark() -> Vec<u64>;
        windows(lane: u32, most: usize) -> Vec<Window>;
        accepted(window: Window, most: usize) -> Vec<KeptEvent>;
        asks(tenant: Option<String>, page: Page) -> Vec<Ask>;
        ask(id: String) -> Option<Ask>;
        call(id: String) -> Option<Call>;
        calls(filter: CallFilter, page: Page) -> Vec<Call>;
        parked(tenant: String, connection: Option<String>, most: usize) -> Vec<Parked>;
        parked_sums() -> Vec<(String, String, u64, u64)>;
        events(filter: EventFilter, page: Page) -> Vec<KeptEvent>;
        dead(tenant: Option<String>, page: Page) -> Vec<DeadLetter>;
        deliveries(filter: DeliveryFilter, page: Page) -> Vec<Delivery>;
        cursor(name: String) -> Option<Vec<u8>>;
        cursors(prefix: String) -> Vec<(String, Vec<u8>)>;
        put_blob(bytes: Vec<u8>) -> String;
        blob(sha256: String) -> Option<Vec<u8>>;
        audit(tenant: String, after: u64, most: usize) -> Vec<AuditEntry>;
        sweep(now_ms: u64, retention: Retention) -> Swept;
        backup(to: PathBuf) -> ();
    }
}
