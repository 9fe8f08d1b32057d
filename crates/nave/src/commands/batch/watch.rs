//! Watches a batch to its end, however it is fed, with a line about how far it is on the terminal.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use nave_call::{Clock as _, SystemClock};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::view::{Batch, BatchState};

use crate::hub::{self, Hub};
use crate::show::{size, took};

/// How often it is asked how far the batch is.
const LOOK: Duration = Duration::from_millis(500);

/// How far a batch is, in a line.
pub(super) fn told(batch: &Batch) -> String {
    let state = match batch.state {
        BatchState::Running => "running",
        BatchState::Done => "done",
        BatchState::Failed => "failed",
        BatchState::Cancelled => "cancelled",
        BatchState::Interrupted => "interrupted",
    };
    let mut text = format!("{state}: {} records", batch.records);
    if batch.rejected > 0 {
        text.push_str(&format!(", {} passed over", batch.rejected));
    }
    match batch.total_bytes {
        Some(total) if total > 0 && batch.state == BatchState::Running => {
            let percent = batch.bytes.saturating_mul(100) / total;
            text.push_str(&format!(", {} of {} ({percent} %)", size(batch.bytes), size(total)));
        }
        _ => text.push_str(&format!(", {}", size(batch.bytes))),
    }
    if batch.per_second >= 1.0 {
        text.push_str(&format!(", {:.0} a second", batch.per_second));
    }
    if let Some(ended) = batch.ended_ms {
        text.push_str(&format!(", in {}", took(ended.saturating_sub(batch.created_ms))));
    }
    if let (Some(why), BatchState::Running) = (&batch.why, batch.state) {
        text.push_str(&format!("; it waits: {}", why.message));
    }
    text
}

impl Hub<'_> {
    /// Waits for a batch's end, or for Ctrl-C, after which it goes on by itself.
    ///
    /// # Errors
    /// What the hub answers.
    pub(super) fn watch_batch(&self, id: &str) -> Result<Batch, Fault> {
        self.runtime().block_on(async {
            let interrupted = self.context.interrupted();
            tokio::pin!(interrupted);
            tokio::select! {
                ended = self.ended(id) => ended,
                () = &mut interrupted => {
                    self.context.output.say("it goes on at the hub: `nave batches` shows how far it is");
                    self.client().get(&hub::path("/batches", id, "")).await
                }
            }
        })
    }

    /// Sends the records of a batch, and gives how it ended.
    ///
    /// # Errors
    /// What the hub answers.
    pub(super) fn upload_batch(
        &self,
        id: &str,
        path: &str,
        bits: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Batch, Fault> {
        self.runtime().block_on(async {
            let uploading = self.client().upload::<Batch>(path, "application/octet-stream", bits);
            let answered = tokio::select! {
                answered = uploading => answered,
                // It never ends: it only tells how far the batch is.
                never = self.told_of(id) => never,
            };
            match answered {
                // A batch that ended before its upload says itself why; the connection may be gone.
                Err(fault) if fault.code == codes::HUB_AWAY || fault.code == codes::BATCH_INVALID => {
                    let kept = self.client().get::<Batch>(&hub::path("/batches", id, "")).await;
                    kept.ok().filter(|batch| batch.state != BatchState::Running).ok_or(fault)
                }
                answered => answered,
            }
        })
    }

    async fn ended(&self, id: &str) -> Result<Batch, Fault> {
        let path = hub::path("/batches", id, "");
        let (clock, mut progress) = (SystemClock::new(), self.context.output.progress("the batch begins"));
        loop {
            let batch: Batch = self.client().get(&path).await?;
            if batch.state != BatchState::Running {
                return Ok(batch);
            }
            progress.say(&told(&batch));
            clock.sleep(LOOK).await;
        }
    }

    async fn told_of<T>(&self, id: &str) -> T {
        let path = hub::path("/batches", id, "");
        let (clock, mut progress) = (SystemClock::new(), self.context.output.progress("the upload begins"));
        loop {
            if let Ok(batch) = self.client().get::<Batch>(&path).await {
                progress.say(&told(&batch));
            }
            clock.sleep(LOOK).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use nave_server::view::{BatchOptions, Why};

    use super::*;

    #[test]
    fn a_line_says_how_far_a_batch_is() {
        let mut batch = Batch {
            id: "b".to_owned(),
            state: BatchState::Running,
            file: Some("a.csv".to_owned()),
            options: BatchOptions::default(),
            by: "person:ann".to_owned(),
            records: 1200,
            rejected: 0,
            bytes: 500_000,
            total_bytes: Some(1_000_000),
            per_second: 850.4,
            created_ms: 1000,
            ended_ms: None,
            why: None,
            bad: Vec::new(),
        };
        assert_eq!(told(&batch), "running: 1200 records, 500 kB of 1.0 MB (50 %), 850 a second");
        batch.why = Some(Why { code: "E-STORE-FULL".to_owned(), message: "there is no room".to_owned() });
        assert!(told(&batch).ends_with("; it waits: there is no room"), "{}", told(&batch));
        (batch.state, batch.rejected, batch.ended_ms, batch.why) = (BatchState::Done, 2, Some(3000), None);
        assert_eq!(told(&batch), "done: 1200 records, 2 passed over, 500 kB, 850 a second, in 2.0 s");
    }
}
