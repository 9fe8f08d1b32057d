//! Where starts come from by themselves: schedules (`every`, `cron`) and polls (`each`) of the loaded flows.
//! One task per trigger; what a trigger means is decided in `schedule.rs` and `poll.rs`, and what a start
//! does is left to the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nave_flow::flow::{Trigger, TriggerKind};
use nave_model::Fault;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub mod door;
mod gone;
pub mod health;
mod look;
mod poll;
mod schedule;

pub use door::{Begin, Door, Refused};
pub use health::SourceHealth;

use crate::project::FlowSet;
use health::Report;
use poll::Poll;
use schedule::Schedule;

/// The most messages of a tenant that may wait in the lanes before a source holds itself back.
const MOST_WAITING: u64 = 10_000;

/// The sources of the loaded flows.
#[derive(Debug)]
pub struct Sources {
    door: Arc<dyn Door>,
    running: Mutex<BTreeMap<String, Running>>,
}

/// A source at work.
#[derive(Debug)]
struct Running {
    /// Everything that is written about it: where nothing of this changed, it goes on undisturbed.
    written: String,
    report: Arc<Report>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// A source as a flow has it.
#[derive(Debug, Clone)]
enum Source {
    Schedule(Schedule),
    Poll(Box<Poll>),
}

impl Sources {
    /// Starts a source for every trigger of the flows that the engine has loaded.
    ///
    /// # Errors
    /// A trigger cannot be read; the others run.
    pub async fn start(door: Arc<dyn Door>) -> Result<Arc<Sources>, Fault> {
        let sources = Arc::new(Sources { door, running: Mutex::new(BTreeMap::new()) });
        sources.reload().await?;
        Ok(sources)
    }

    /// Takes the flows that the engine has loaded by now: sources that are new or changed are started,
    /// those that are gone are stopped, and the others go on.
    ///
    /// # Errors
    /// A trigger cannot be read; the others run.
    pub async fn reload(&self) -> Result<(), Fault> {
        let mut running = self.running.lock().await;
        let (wanted, wrong) = sources_of(&self.door.flows());
        let is_wanted = |name: &String, one: &Running| {
            wanted.get(name).is_some_and(|source| source.written() == one.written)
        };
        let ending: Vec<String> = running
            .iter()
            .filter(|(name, one)| !is_wanted(name, one))
            .map(|(name, _)| name.clone())
            .collect();
        for name in ending {
            if let Some(one) = running.remove(&name) {
                end(one).await;
            }
        }
        let names: BTreeSet<String> = wanted.keys().cloned().collect();
        let (store, now_ms) = (self.door.store(), door::now_ms(self.door.clock().as_ref()));
        if let Err(fault) = gone::tend(store.as_ref(), &names, now_ms, None).await {
            // The next look at what is gone finds the same.
            tracing::warn!(code = fault.code.name, "which sources there are cannot be noted");
        }
        for (name, source) in wanted {
            running.entry(name).or_insert_with_key(|name| begin(name, source, &self.door));
        }
        wrong.map_or(Ok(()), Err)
    }

    /// Forgets what is kept of sources that the project has been without for this long: milliseconds; `None`:
    /// nothing. Gives of how many.
    ///
    /// # Errors
    /// The store cannot be read or written; the next time, the rest is forgotten.
    pub async fn forget_gone(&self, keep_ms: Option<u64>) -> Result<u64, Fault> {
        // No source is started meanwhile.
        let running = self.running.lock().await;
        let (wanted, _) = sources_of(&self.door.flows());
        let wanted: BTreeSet<String> = wanted.into_keys().chain(running.keys().cloned()).collect();
        let now_ms = door::now_ms(self.door.clock().as_ref());
        gone::tend(self.door.store().as_ref(), &wanted, now_ms, keep_ms).await
    }

    /// Stops every source. What was under way is found where it was at the next start.
    pub async fn stop(&self) {
        let mut running = self.running.lock().await;
        for one in running.values() {
            one.stop.cancel();
        }
        while let Some((_, one)) = running.pop_first() {
            end(one).await;
        }
    }

    /// How each source is doing, in the order of their names.
    pub async fn health(&self) -> Vec<SourceHealth> {
        let now_ms = door::now_ms(self.door.clock().as_ref());
        self.running.lock().await.values().map(|one| one.report.health(now_ms)).collect()
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        for one in self.running.get_mut().values() {
            one.stop.cancel();
        }
    }
}

async fn end(one: Running) {
    one.stop.cancel();
    // A task that panicked has been logged, and is not under way any more either.
    drop(one.task.await);
}

fn begin(name: &str, source: Source, door: &Arc<dyn Door>) -> Running {
    let written = source.written();
    let stop = CancellationToken::new();
    let (token, door) = (stop.clone(), Arc::clone(door));
    let (report, task) = match source {
        Source::Schedule(schedule) => {
            let report = Arc::new(Report::new(name, "schedule", &schedule.flow, &schedule.rule.to_string()));
            let told = Arc::clone(&report);
            let task = async move {
                token.run_until_cancelled(schedule.run(door.as_ref(), &told)).await;
            };
            (report, nave_call::task::spawn("schedule", task))
        }
        Source::Poll(poll) => {
            let report = Arc::new(Report::new(name, "poll", &poll.flow, &poll.operation()));
            let told = Arc::clone(&report);
            let task = async move {
                token.run_until_cancelled(Box::pin(poll.run(door.as_ref(), &told))).await;
            };
            (report, nave_call::task::spawn("poll", task))
        }
    };
    Running { written, report, stop, task }
}

impl Source {
    fn written(&self) -> String {
        match self {
            Source::Schedule(schedule) => format!("{schedule:?}"),
            Source::Poll(poll) => poll.written(),
        }
    }
}

/// The sources of some flows by their names, and what is wrong with one that cannot be.
fn sources_of(flows: &FlowSet) -> (BTreeMap<String, Source>, Option<Fault>) {
    let mut sources = BTreeMap::new();
    let mut wrong = None;
    for (flow, runnable) in &flows.flows {
        for trigger in &runnable.flow.triggers {
            match source(flow, trigger) {
                Ok(Some(source)) => {
                    let name = free(&sources, source.name());
                    sources.insert(name.clone(), source.named(name));
                }
                Ok(None) => {}
                Err(fault) => wrong = Some(fault),
            }
        }
    }
    (sources, wrong)
}

fn source(flow: &str, trigger: &Trigger) -> Result<Option<Source>, Fault> {
    Ok(match &trigger.kind {
        TriggerKind::Every { .. } | TriggerKind::Cron { .. } => {
            Schedule::of(flow, trigger)?.map(Source::Schedule)
        }
        TriggerKind::Each { .. } => Poll::of(flow, trigger).map(|poll| Source::Poll(Box::new(poll))),
        TriggerKind::Event { .. } | TriggerKind::Webhook { .. } | TriggerKind::Manual => None,
    })
}

impl Source {
    fn name(&self) -> String {
        match self {
            Source::Schedule(schedule) => format!("schedule:{}:{}", schedule.flow, schedule.rule),
            Source::Poll(poll) => format!("poll:{}:{}", poll.flow, poll.operation()),
        }
    }

    fn named(self, name: String) -> Source {
        match self {
            Source::Schedule(schedule) => Source::Schedule(Schedule { name, ..schedule }),
            Source::Poll(poll) => Source::Poll(Box::new(Poll { name, ..*poll })),
        }
    }
}

/// The name, with a number where a flow has several such triggers.
fn free(taken: &BTreeMap<String, Source>, name: String) -> String {
    if !taken.contains_key(&name) {
        return name;
    }
    let numbered = (2_u32..).map(|number| format!("{name}#{number}"));
    numbered.into_iter().find(|name| !taken.contains_key(name)).unwrap_or(name)
}

#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod tests;
