//! What goes on beside the work: the feed of what happens, dropping what is old, looking at the project's
//! files in dev, and the signals of the operating system.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_call::task;
use nave_model::Fault;
use nave_model::fault::codes;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use crate::feed::Happening;
use crate::projects::{Mode, Standing};
use crate::state::State;
use crate::view::Mail;

/// Starts all of it.
pub(super) fn start(state: &Arc<State>) -> Vec<JoinHandle<()>> {
    let mut tasks =
        vec![task::spawn("feed", feed(Arc::clone(state))), task::spawn("sweep", sweep(Arc::clone(state)))];
    if state.projects.mode() == Mode::Dev {
        tasks.push(task::spawn("watch", watch(Arc::clone(state))));
        tasks.push(task::spawn("mail", mail(Arc::clone(state))));
    }
    tasks
}

/// Passes on what happens to whoever listens.
async fn feed(state: Arc<State>) {
    let mut notices = state.engine.watch();
    loop {
        match notices.recv().await {
            Ok(notice) => state.feed.add(Happening::Engine(notice)),
            Err(RecvError::Lagged(missed)) => state.feed.missed(missed),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Drops what is too old or too much, every now and then.
async fn sweep(state: Arc<State>) {
    loop {
        state.clock.sleep(state.config.store.sweep).await;
        match state.store().sweep(state.now_ms(), state.config.retention.kept()).await {
            Ok(swept) if swept.records == 0 && swept.segments == 0 && swept.blobs == 0 => {}
            Ok(swept) => {
                tracing::info!(
                    segments = swept.segments,
                    records = swept.records,
                    blobs = swept.blobs,
                    "old records were dropped"
                );
            }
            Err(fault) => {
                tracing::error!(code = fault.code.name, %fault, "old records could not be dropped");
            }
        }
        state.forget_gone_sources().await;
        let Some(kept_ms) = state.config.retention.kept().runs_ms else { continue };
        if let Err(fault) = state.batches.forget(state.now_ms().saturating_sub(kept_ms)).await {
            tracing::error!(code = fault.code.name, %fault, "old batches could not be forgotten");
        }
    }
}

/// Takes in the project's files when they change. Whoever saves a file sees the result a moment later.
async fn watch(state: Arc<State>) {
    loop {
        state.clock.sleep(state.config.watch).await;
        if let Err(fault) = state.reload("a changed file").await {
            tracing::error!(code = fault.code.name, %fault, "the project was not taken in");
        }
    }
}

/// Tells of the messages that sandboxes took in the places of mail servers.
async fn mail(state: Arc<State>) {
    let mut told: BTreeMap<String, (Standing, u64)> = BTreeMap::new();
    loop {
        state.clock.sleep(state.config.watch).await;
        for (connection, standing) in state.projects.stand_ins() {
            let before =
                told.get(&connection).filter(|(known, _)| Arc::ptr_eq(&known.sandbox, &standing.sandbox));
            let (before, taken) = (before.map_or(0, |(_, told)| *told), standing.sandbox.messages_taken());
            if taken > before {
                let new = usize::try_from(taken - before).unwrap_or(usize::MAX);
                let messages = standing.sandbox.messages();
                for message in messages.iter().skip(messages.len().saturating_sub(new)) {
                    state.feed.add(Happening::mail(Mail::new(&connection, standing.began_ms, message)));
                }
            }
            told.insert(connection, (standing, taken));
        }
    }
}

/// What the operating system asks for.
pub(super) enum Signal {
    /// SIGHUP.
    Reload,
    /// SIGTERM or Ctrl-C.
    Stop,
}

/// The signals that are waited for.
pub(super) struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hangup: unix::Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Self, Fault> {
        let wait = |kind| {
            unix::signal(kind).map_err(|error| {
                Fault::new(codes::INTERNAL, "signals cannot be waited for").with_detail(error.to_string())
            })
        };
        Ok(Signals {
            terminate: wait(SignalKind::terminate())?,
            interrupt: wait(SignalKind::interrupt())?,
            hangup: wait(SignalKind::hangup())?,
        })
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.hangup.recv() => Signal::Reload,
        }
    }

    /// Ends when a stop is asked for.
    pub(super) async fn stop_at_once(&mut self) {
        while !matches!(self.next().await, Signal::Stop) {}
    }
}
