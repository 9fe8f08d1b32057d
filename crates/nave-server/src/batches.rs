//! Batches at work: begun, watched, stopped, and taken up again where they were when the hub starts. How
//! records are read and handed in is the engine's (`nave_engine::batch`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nave_call::{Clock, task};
use nave_engine::Engine;
use nave_engine::batch::{self, Input, Progress};
use nave_model::fault::codes;
use nave_model::{Blame, Fault, Retry};
use nave_store::batch::{Batch as StoreBatch, Op};
use tokio::sync::{oneshot, watch};

use crate::feed::{Feed, Happening};
use crate::state::now_ms;
use crate::view::{BadRecord, Batch, BatchState, Why};

pub(crate) mod plan;
pub(crate) mod upload;

/// What the records of batches are kept under.
const KEPT: &str = "batch-record:default:";
/// Bad records that are shown.
const SHOWN: usize = 100;
/// Batches that run at the same time: each has a thread and up to 8 MB of records.
const MOST: usize = 16;
/// How often those who watch are told.
const TOLD: Duration = Duration::from_secs(1);
/// How often progress is written down.
const WRITTEN: Duration = Duration::from_secs(5);
/// The longest wait before a batch that the store could not take tries again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Where files of batches are found.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    /// What their paths start from.
    pub(crate) root: PathBuf,
    /// Below which they must be.
    pub(crate) below: PathBuf,
    /// What is the hub's own, and no file of a batch.
    pub(crate) own: PathBuf,
}

/// The batches of a hub.
pub(crate) struct Batches {
    engine: Arc<Engine>,
    feed: Arc<Feed>,
    clock: Arc<dyn Clock>,
    ground: Ground,
    running: Mutex<BTreeMap<String, Running>>,
}

/// A batch at work.
struct Running {
    batch: Batch,
    stop: watch::Sender<Option<Stop>>,
    /// When those who watch were last told.
    told: Option<Duration>,
}

/// Why a batch is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// A person wants it.
    Cancel,
    /// The hub stops.
    Hub,
}

/// Where a batch's records come from.
pub(crate) enum From {
    /// A file, which can be read again.
    File(PathBuf),
    /// An upload.
    Upload(upload::Upload),
}

/// How a batch ended: as it is kept, and the fault it ended with.
pub(crate) type Ended = (Batch, Option<Fault>);

impl Batches {
    pub(crate) fn new(
        engine: Arc<Engine>,
        feed: Arc<Feed>,
        clock: Arc<dyn Clock>,
        ground: Ground,
    ) -> Arc<Self> {
        Arc::new(Batches { engine, feed, clock, ground, running: Mutex::default() })
    }

    /// Takes up again what ran when the hub stopped: files go on, uploads wait to be sent again.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn resume_all(self: &Arc<Self>) -> Result<(), Fault> {
        for batch in self.kept().await? {
            if batch.state != BatchState::Running {
                continue;
            }
            let id = batch.id.clone();
            if let Err(fault) = self.resume(batch).await {
                tracing::warn!(batch = id, code = fault.code.name, %fault, "a batch does not go on");
            }
        }
        Ok(())
    }

    /// Lets a batch whose records stand in a file go on where it stopped.
    ///
    /// # Errors
    /// `E-CONFLICT`: it runs, is done, or its records are uploaded; `E-FILE`: its file cannot be read.
    pub(crate) async fn resume(self: &Arc<Self>, mut batch: Batch) -> Result<Batch, Fault> {
        let refused = |why: &str| Fault::new(codes::CONFLICT, format!("the batch `{}` {why}", batch.id));
        if batch.state == BatchState::Done {
            return Err(refused("is done"));
        }
        if self.running().contains_key(&batch.id) {
            return Err(refused("runs already"));
        }
        let Some(file) = batch.file.clone() else {
            if batch.state == BatchState::Running {
                batch.state = BatchState::Interrupted;
                batch.ended_ms = Some(now_ms(&*self.clock));
                return self.keep(&batch).await.map(|()| batch);
            }
            return Err(refused("is an upload").with_hint("send its records again with the same id"));
        };
        let planned = plan::batch(&batch.id, &batch.options, plan::of_file(&file))?;
        let found = match self.file(&file).await {
            Ok(found) => found,
            Err(fault) => {
                self.fail(batch, &fault).await?;
                return Err(fault);
            }
        };
        self.begin(planned, batch, From::File(found)).await.map(|(batch, _)| batch)
    }

    /// The file of a batch.
    ///
    /// # Errors
    /// `E-FILE`.
    pub(crate) async fn file(&self, file: &str) -> Result<PathBuf, Fault> {
        let (ground, file) = (self.ground.clone(), file.to_owned());
        let found =
            tokio::task::spawn_blocking(move || plan::file(&ground.root, &ground.below, &ground.own, &file));
        found.await.map_err(|error| {
            Fault::new(codes::INTERNAL, "looking for a file failed").with_detail(error.to_string())
        })?
    }

    /// Begins a batch: it is written down when this returns. How it ends is told to the receiver.
    ///
    /// # Errors
    /// `E-CONFLICT`: it runs already; `E-HUB-BUSY`: too many run; or the store cannot take it.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        planned: batch::Batch,
        mut batch: Batch,
        from: From,
    ) -> Result<(Batch, oneshot::Receiver<Ended>), Fault> {
        (batch.state, batch.ended_ms, batch.why) = (BatchState::Running, None, None);
        let stop = watch::channel(None);
        self.enter(Running { batch: batch.clone(), stop: stop.0, told: None })?;
        if let Err(fault) = self.keep(&batch).await {
            self.running().remove(&batch.id);
            return Err(fault);
        }
        self.tell(&batch);
        tracing::info!(batch = batch.id, "a batch begins");
        let (ended, receiver) = oneshot::channel();
        let batches = Arc::clone(self);
        task::spawn("batch", async move {
            let of = batches.run(planned, from, stop.1).await;
            if let Some(of) = of {
                // An upload whose client is gone has nobody who waits.
                ended.send(of).ok();
            }
        });
        Ok((batch, receiver))
    }

    fn enter(&self, one: Running) -> Result<(), Fault> {
        let mut running = self.running();
        let id = one.batch.id.clone();
        if running.contains_key(&id) {
            return Err(Fault::new(codes::CONFLICT, format!("the batch `{id}` runs already")));
        }
        if running.len() >= MOST {
            let message = format!("{MOST} batches run already, which is the most");
            return Err(Fault::new(codes::HUB_BUSY, message).with_retry_after_ms(10_000));
        }
        running.insert(id, one);
        Ok(())
    }

    /// Runs a batch to its end; gives how it ended, unless the hub did before.
    async fn run(
        &self,
        planned: batch::Batch,
        from: From,
        mut stop: watch::Receiver<Option<Stop>>,
    ) -> Option<Ended> {
        let id = planned.id.clone();
        let arrival = match &from {
            From::File(_) => None,
            From::Upload(upload) => Some(upload.arrival()),
        };
        let ended = tokio::select! {
            biased;
            why = stopped(&mut stop) => Err(why),
            ended = self.handed_in(&planned, from) => Ok(ended),
        };
        let mut batch = self.running().get(&id)?.batch.clone();
        let broke = arrival.is_some_and(|arrival| arrival.broke());
        batch.state = match &ended {
            Ok(Ok(())) => BatchState::Done,
            Err(Stop::Cancel) => BatchState::Cancelled,
            // It goes on at the next start.
            Err(Stop::Hub) if batch.file.is_some() => BatchState::Running,
            Err(Stop::Hub) => BatchState::Interrupted,
            Ok(Err(_)) if broke => BatchState::Interrupted,
            Ok(Err(_)) => BatchState::Failed,
        };
        let fault = ended.ok().and_then(Result::err);
        batch.why = fault.as_ref().map(why);
        batch.ended_ms = (batch.state != BatchState::Running).then(|| now_ms(&*self.clock));
        if let Err(fault) = self.keep(&batch).await {
            tracing::error!(batch = id, code = fault.code.name, %fault, "how a batch ended is not kept");
        }
        self.running().remove(&id);
        let code = fault.as_ref().map(|fault| fault.code.name);
        tracing::info!(batch = id, state = ?batch.state, records = batch.records, code, "a batch ended");
        self.tell(&batch);
        Some((batch, fault))
    }

    /// Hands in every record; where the store cannot take them, a file waits until it can.
    async fn handed_in(&self, planned: &batch::Batch, from: From) -> Result<(), Fault> {
        let path = match from {
            From::Upload(upload) => return self.attempt(planned, Input::Stream(Box::new(upload))).await,
            From::File(path) => path,
        };
        let mut wait = Duration::from_secs(1);
        loop {
            match self.attempt(planned, Input::File(path.clone())).await {
                Err(fault) if fault.code.blame == Blame::Hub && fault.code.retry == Retry::After => {
                    tracing::warn!(batch = planned.id, code = fault.code.name, %fault, "a batch waits");
                    self.waits(&planned.id, Some(why(&fault)));
                    self.clock.sleep(wait).await;
                    self.waits(&planned.id, None);
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                ended => return ended,
            }
        }
    }

    async fn attempt(&self, planned: &batch::Batch, input: Input) -> Result<(), Fault> {
        let id = &planned.id;
        let mut listener = |progress: &Progress, bad: &[batch::BadRecord]| self.progressed(id, progress, bad);
        let mut running = Box::pin(planned.run(&*self.engine, input, &mut listener));
        loop {
            tokio::select! {
                ended = &mut running => return ended.map(drop),
                () = self.clock.sleep(WRITTEN) => {
                    let batch = self.running().get(id).map(|running| running.batch.clone());
                    if let Some(batch) = batch {
                        // The checkpoint is what counts; this is for people after a crash.
                        self.keep(&batch).await.ok();
                    }
                }
            }
        }
    }

    fn progressed(&self, id: &str, progress: &Progress, bad: &[batch::BadRecord]) {
        let now = self.clock.now();
        let mut due = None;
        self.change(id, |Running { batch, told, .. }| {
            batch.records = progress.records;
            batch.rejected = progress.rejected;
            batch.bytes = progress.bytes;
            batch.total_bytes = progress.total_bytes;
            batch.per_second = progress.per_second;
            let room = SHOWN.saturating_sub(batch.bad.len());
            batch.bad.extend(bad.iter().take(room).map(BadRecord::from));
            if told.is_none_or(|told| now.saturating_sub(told) >= TOLD) {
                *told = Some(now);
                due = Some(batch.clone());
            }
        });
        if let Some(batch) = due {
            self.tell(&batch);
        }
    }

    /// Says that a batch waits, and why; or that it goes on.
    fn waits(&self, id: &str, why: Option<Why>) {
        let mut told = None;
        self.change(id, |running| {
            running.batch.why = why;
            told = Some(running.batch.clone());
        });
        if let Some(batch) = told {
            self.tell(&batch);
        }
    }

    fn tell(&self, batch: &Batch) {
        self.feed.add(Happening::batch(batch, now_ms(&*self.clock)));
    }

    /// Stops a batch that runs; it can go on later.
    ///
    /// # Errors
    /// `E-CONFLICT`: it does not run.
    pub(crate) fn cancel(&self, id: &str) -> Result<(), Fault> {
        let running = self.running();
        let Some(one) = running.get(id) else {
            return Err(Fault::new(codes::CONFLICT, format!("the batch `{id}` does not run")));
        };
        one.stop.send_replace(Some(Stop::Cancel));
        Ok(())
    }

    /// Stops every batch where it is; ends when all have stopped.
    pub(crate) async fn stop(&self) {
        let stopping: Vec<watch::Sender<Option<Stop>>> =
            self.running().values().map(|one| one.stop.clone()).collect();
        for stop in &stopping {
            stop.send_replace(Some(Stop::Hub));
        }
        for stop in stopping {
            stop.closed().await;
        }
    }

    /// All batches, the newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn list(&self) -> Result<Vec<Batch>, Fault> {
        let mut all = self.kept().await?;
        let running = self.running();
        for batch in &mut all {
            if let Some(one) = running.get(&batch.id) {
                batch.clone_from(&one.batch);
            }
        }
        drop(running);
        all.sort_by(|a, b| b.created_ms.cmp(&a.created_ms).then_with(|| b.id.cmp(&a.id)));
        Ok(all)
    }

    /// One batch.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Batch>, Fault> {
        if let Some(one) = self.running().get(id) {
            return Ok(Some(one.batch.clone()));
        }
        let bytes = self.engine.store().cursor(format!("{KEPT}{id}")).await?;
        Ok(bytes.and_then(|bytes| read(&bytes)))
    }

    /// Forgets what batches that ended before a time were. Their checkpoints stay: sent again, they do
    /// nothing again.
    ///
    /// # Errors
    /// The store cannot take it.
    pub(crate) async fn forget(&self, before_ms: u64) -> Result<(), Fault> {
        let old =
            self.kept().await?.into_iter().filter(|batch| batch.ended_ms.is_some_and(|at| at < before_ms));
        let ops: Vec<Op> =
            old.map(|batch| Op::Cursor { name: format!("{KEPT}{}", batch.id), value: None }).collect();
        if ops.is_empty() {
            return Ok(());
        }
        self.engine.store().commit(StoreBatch { fence: None, ops, now_ms: now_ms(&*self.clock) }).await
    }

    async fn fail(&self, mut batch: Batch, fault: &Fault) -> Result<(), Fault> {
        batch.state = BatchState::Failed;
        batch.why = Some(why(fault));
        batch.ended_ms = Some(now_ms(&*self.clock));
        self.keep(&batch).await
    }

    async fn keep(&self, batch: &Batch) -> Result<(), Fault> {
        let value = serde_json::to_vec(batch).map_err(|error| {
            Fault::new(codes::INTERNAL, format!("the record of a batch has no JSON: {error}"))
        })?;
        let ops = vec![Op::Cursor { name: format!("{KEPT}{}", batch.id), value: Some(value) }];
        self.engine.store().commit(StoreBatch { fence: None, ops, now_ms: now_ms(&*self.clock) }).await
    }

    async fn kept(&self) -> Result<Vec<Batch>, Fault> {
        let found = self.engine.store().cursors(KEPT.to_owned()).await?;
        Ok(found.iter().filter_map(|(_, bytes)| read(bytes)).collect())
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Running)) {
        if let Some(running) = self.running().get_mut(id) {
            change(running);
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record as it was kept; one of a newer version is passed over and logged.
fn read(bytes: &[u8]) -> Option<Batch> {
    serde_json::from_slice(bytes)
        .inspect_err(|error| tracing::warn!(%error, "the record of a batch cannot be read"))
        .ok()
}

fn why(fault: &Fault) -> Why {
    Why { code: fault.code.name.to_owned(), message: fault.message.clone() }
}

/// Ends when the batch is to stop.
async fn stopped(stop: &mut watch::Receiver<Option<Stop>>) -> Stop {
    match stop.wait_for(Option::is_some).await.map(|why| *why) {
        Ok(Some(why)) => why,
        // The sender stands beside the batch for as long as it runs.
        Ok(None) | Err(_) => std::future::pending().await,
    }
}
