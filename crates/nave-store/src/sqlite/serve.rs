//! The store's questions and orders, each passed on to whoever answers it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use nave_model::Fault;
use tokio::sync::watch;

use super::prepare::prepare;
use super::trouble::{fault_of_io, stopped};
use super::writer::{Answer, Work};
use super::{Sqlite, sweep};
use crate::batch::{Batch, Intake, Op};
use crate::record::{
    Appended, Ask, AuditEntry, Backlog, Call, CallFilter, DeadLetter, Delivery, DeliveryFilter, Entry,
    EventFilter, Filter, Health, KeptEvent, Page, Parked, Queued, Retention, RunRecord, Snapshot,
    Subscription, Swept, Timer, Window,
};
use crate::store::{Pending, Store};

/// Files of blobs looked at in one turn of the writer.
const STRAYS: usize = 1000;

impl Store for Sqlite {
    fn append(&self, intake: Intake) -> Pending<'_, Vec<Appended>> {
        Box::pin(async move {
            let ops = intake.messages.into_iter().map(Op::Append).collect();
            let messages = prepare(ops, &self.blobs).await?;
            let work = Work::Append { messages, cursors: intake.cursors };
            match self.write(work, intake.now_ms).await? {
                Answer::Places(places) => Ok(places),
                Answer::Done | Answer::Epoch(_) => Err(stopped()),
            }
        })
    }

    fn appended(&self) -> watch::Receiver<u64> {
        self.appended.clone()
    }

    fn mark(&self) -> Pending<'_, Vec<u64>> {
        let lasts = self.gauges.lasts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(std::future::ready(Ok(lasts)))
    }

    fn lanes(&self) -> u32 {
        self.lanes
    }

    fn take(&self, lane: u32, owner: String) -> Pending<'_, u64> {
        Box::pin(async move {
            match self.write(Work::Take { lane, owner }, 0).await? {
                Answer::Epoch(epoch) => Ok(epoch),
                Answer::Done | Answer::Places(_) => Err(stopped()),
            }
        })
    }

    fn backlog(&self, lane: u32) -> Pending<'_, Vec<Backlog>> {
        Box::pin(self.readers.ask(move |reader| reader.backlog(lane)))
    }

    fn read(&self, lane: u32, tenant: String, after: u64, most: usize) -> Pending<'_, Vec<Queued>> {
        Box::pin(self.readers.ask(move |reader| reader.messages(lane, &tenant, after, most)))
    }

    fn commit(&self, batch: Batch) -> Pending<'_, ()> {
        Box::pin(async move {
            let changes = prepare(batch.ops, &self.blobs).await?;
            self.write(Work::Commit { fence: batch.fence, changes }, batch.now_ms).await.map(|_| ())
        })
    }

    fn run(&self, run: String) -> Pending<'_, Option<RunRecord>> {
        Box::pin(self.readers.ask(move |reader| reader.run(&run)))
    }

    fn snapshot(&self, run: String) -> Pending<'_, Option<Snapshot>> {
        Box::pin(self.readers.ask(move |reader| reader.snapshot(&run)))
    }

    fn journal(&self, run: String, from: u32) -> Pending<'_, Vec<Entry>> {
        Box::pin(self.readers.ask(move |reader| reader.journal(&run, from)))
    }

    fn runs(&self, filter: Filter, page: Page) -> Pending<'_, Vec<RunRecord>> {
        Box::pin(self.readers.ask(move |reader| reader.runs(filter, &page)))
    }

    fn unfinished(&self, lane: u32, after: Option<String>, most: usize) -> Pending<'_, Vec<RunRecord>> {
        Box::pin(self.readers.ask(move |reader| reader.unfinished(lane, after.as_deref(), most)))
    }

    fn next_queued(
        &self,
        tenant: String,
        flow: String,
        key: Option<String>,
    ) -> Pending<'_, Option<RunRecord>> {
        Box::pin(self.readers.ask(move |reader| reader.next_queued(&tenant, &flow, key.as_deref())))
    }

    fn under_way(&self, tenant: String, flow: String, key: Option<String>) -> Pending<'_, u64> {
        Box::pin(self.readers.ask(move |reader| reader.under_way(&tenant, &flow, key.as_deref())))
    }

    fn definition(&self, hash: String) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(self.readers.ask(move |reader| reader.definition(&hash)))
    }

    fn due(&self, lane: u32, until_ms: u64, most: usize) -> Pending<'_, Vec<Timer>> {
        Box::pin(self.readers.ask(move |reader| reader.due(lane, until_ms, most)))
    }

    fn next_timer(&self, lane: u32) -> Pending<'_, Option<u64>> {
        Box::pin(self.readers.ask(move |reader| reader.next_timer(lane)))
    }

    fn subscriptions(
        &self,
        tenant: String,
        event: String,
        after: Option<(String, String)>,
        most: usize,
    ) -> Pending<'_, Vec<Subscription>> {
        Box::pin(self.readers.ask(move |reader| reader.subscriptions(&tenant, &event, after.as_ref(), most)))
    }

    fn windows(&self, lane: u32, most: usize) -> Pending<'_, Vec<Window>> {
        Box::pin(self.readers.ask(move |reader| reader.windows(lane, most)))
    }

    fn accepted(&self, window: Window, most: usize) -> Pending<'_, Vec<KeptEvent>> {
        Box::pin(self.readers.ask(move |reader| reader.accepted(&window, most)))
    }

    fn asks(&self, tenant: Option<String>, page: Page) -> Pending<'_, Vec<Ask>> {
        Box::pin(self.readers.ask(move |reader| reader.asks(tenant, &page)))
    }

    fn ask(&self, id: String) -> Pending<'_, Option<Ask>> {
        Box::pin(self.readers.ask(move |reader| reader.ask_of(&id)))
    }

    fn call(&self, id: String) -> Pending<'_, Option<Call>> {
        Box::pin(self.readers.ask(move |reader| reader.call(&id)))
    }

    fn calls(&self, filter: CallFilter, page: Page) -> Pending<'_, Vec<Call>> {
        Box::pin(self.readers.ask(move |reader| reader.calls(filter, &page)))
    }

    fn parked(&self, tenant: String, connection: Option<String>, most: usize) -> Pending<'_, Vec<Parked>> {
        Box::pin(self.readers.ask(move |reader| reader.parked(tenant, connection, most)))
    }

    fn parked_sums(&self) -> Pending<'_, Vec<(String, String, u64, u64)>> {
        Box::pin(self.readers.ask(|reader| reader.parked_sums()))
    }

    fn events(&self, filter: EventFilter, page: Page) -> Pending<'_, Vec<KeptEvent>> {
        Box::pin(self.readers.ask(move |reader| reader.events(filter, &page)))
    }

    fn dead(&self, tenant: Option<String>, page: Page) -> Pending<'_, Vec<DeadLetter>> {
        Box::pin(self.readers.ask(move |reader| reader.dead(tenant, &page)))
    }

    fn deliveries(&self, filter: DeliveryFilter, page: Page) -> Pending<'_, Vec<Delivery>> {
        Box::pin(self.readers.ask(move |reader| reader.deliveries(filter, &page)))
    }

    fn cursor(&self, name: String) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(self.readers.ask(move |reader| reader.cursor(&name)))
    }

    fn cursors(&self, prefix: String) -> Pending<'_, Vec<(String, Vec<u8>)>> {
        Box::pin(self.readers.ask(move |reader| reader.cursors(&prefix)))
    }

    fn put_blob(&self, bytes: Vec<u8>) -> Pending<'_, String> {
        Box::pin(async move {
            let blobs = Arc::clone(&self.blobs);
            let length = bytes.len() as u64;
            let put = tokio::task::spawn_blocking(move || blobs.put(&bytes)).await;
            let pin = put.map_err(|_| stopped())??;
            let name = pin.name.clone();
            self.write(Work::Blob { pin, length }, 0).await?;
            Ok(name)
        })
    }

    fn blob(&self, sha256: String) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(self.readers.ask(move |reader| Ok(reader.blobs.get(&sha256)?)))
    }

    fn audit(&self, tenant: String, after: u64, most: usize) -> Pending<'_, Vec<AuditEntry>> {
        Box::pin(self.readers.ask(move |reader| reader.audit(&tenant, after, most)))
    }

    fn sweep(&self, now_ms: u64, retention: Retention) -> Pending<'_, Swept> {
        Box::pin(self.swept(now_ms, retention))
    }

    fn backup(&self, to: PathBuf) -> Pending<'_, ()> {
        Box::pin(async move {
            let _care = self.care.lock().await;
            self.readers.ask(move |reader| reader.backup(&to)).await
        })
    }

    fn health(&self) -> Health {
        let gauges = &self.gauges;
        Health {
            failing: gauges.failing.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            bytes: self.bytes(),
            log_bytes: self.log_bytes(),
            syncs: gauges.syncs.load(Ordering::Relaxed),
            batches: gauges.batches.load(Ordering::Relaxed),
            waiting: gauges.waiting.load(Ordering::Relaxed),
        }
    }
}

impl Sqlite {
    /// Each step is one short turn of the writer, so that others get theirs in between.
    async fn swept(&self, now_ms: u64, retention: Retention) -> Result<Swept, Fault> {
        let _care = self.care.lock().await;
        let mut swept = Swept::default();
        for kind in sweep::KINDS {
            loop {
                let retention = retention.clone();
                let step = move |connection: &mut _| sweep::old(connection, kind, now_ms, &retention);
                let dropped = self.job(step).await?;
                if dropped.is_nothing() {
                    break;
                }
                swept.records += dropped.records;
                swept.segments += dropped.segments;
            }
        }
        while let Some(most) = retention.most_bytes {
            let blobs = self.blobs.bytes.load(Ordering::Relaxed);
            let dropped = self.job(move |connection| sweep::surplus(connection, now_ms, blobs, most)).await?;
            if dropped.is_nothing() {
                break;
            }
            swept.records += dropped.records;
            swept.segments += dropped.segments;
        }
        while self.job(|connection| sweep::shrink(connection)).await? {}
        swept.blobs = self.swept_blobs().await?;
        Ok(swept)
    }

    /// Drops files that no record ever came to know of: what was to refer to them was refused.
    async fn swept_strays(&self, round: i64) -> Result<u64, Fault> {
        let blobs = Arc::clone(&self.blobs);
        let names = tokio::task::spawn_blocking(move || blobs.some_names(round)).await;
        let names = names.map_err(|_| stopped())?.map_err(|error| fault_of_io(&error))?;
        let mut dropped = 0;
        for part in names.chunks(STRAYS) {
            let (blobs, part) = (Arc::clone(&self.blobs), part.to_vec());
            dropped += self
                .job(move |connection| blobs.drop_unpinned(part, |names| sweep::unknown(connection, names)))
                .await?;
        }
        Ok(dropped)
    }

    async fn swept_blobs(&self) -> Result<u64, Fault> {
        let before = self.job(|connection| sweep::begin_round(connection)).await?;
        self.job(sweep::needless).await?;
        let mut dropped = self.swept_strays(before).await?;
        let mut after = String::new();
        loop {
            let blobs = Arc::clone(&self.blobs);
            let (count, last) = self
                .job(move |connection| {
                    let names = sweep::unneeded(connection, before, &after)?;
                    let last = names.last().cloned();
                    let forget = |names| sweep::forget(connection, names, before);
                    Ok((blobs.drop_unpinned(names, forget)?, last))
                })
                .await?;
            dropped += count;
            match last {
                Some(last) => after = last,
                None => return Ok(dropped),
            }
        }
    }
}
