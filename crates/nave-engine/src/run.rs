//! A run in memory: its state, what it has asked for, and the lines its journal gains. How a run is read
//! back from its journal stands here, so that what is live and what is read back cannot differ.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nave_flow::Flow;
use nave_flow::decide::{self, Action, CallOutcome, Event, Happened, Outcome, Run, Start, State};
use nave_flow::flow::Tighten;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{Entry, Phase, RunRecord, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shared::Shared;
use crate::written::{Line, from_bytes, to_bytes};

/// A snapshot is written when the journal has grown by this many entries, and one more for each of
/// `BYTES_PER_ENTRY` bytes that the last one had: what a run with a large state writes stays in proportion.
const ENTRIES_PER_SNAPSHOT: u32 = 256;
const BYTES_PER_ENTRY: usize = 1024;

/// A run in memory.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) record: RunRecord,
    pub(crate) flow: Arc<Flow>,
    pub(crate) keep: Keep,
    /// Entries that are not written yet.
    fresh: Vec<Entry>,
    /// How many entries the last snapshot covers, and its size in bytes.
    covered: (u32, usize),
    /// What the store knows of the record, as far as it has to be written when it changes. That the journal
    /// grew is not among it: a run that goes from call to call need not be written anew for each.
    known: Option<Known>,
}

/// What is written of a record whenever it changes: its definition, phase, state and fault.
type Known = (String, Phase, String, Option<(String, String)>);

fn known(record: &RunRecord) -> Known {
    (record.definition.clone(), record.phase, record.state.clone(), record.fault.clone())
}

/// What is to be written of a run.
#[derive(Debug)]
pub(crate) struct Written {
    /// Whether its record is.
    pub(crate) has_record: bool,
    /// What its journal gains.
    pub(crate) entries: Vec<Entry>,
    /// A snapshot, where it is time for one.
    pub(crate) snapshot: Option<Snapshot>,
}

/// What is known of a run: its snapshot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Keep {
    /// Its state, once its turn has come.
    pub(crate) run: Option<Run>,
    /// How it begins, while its turn has not come.
    pub(crate) start: Option<Start>,
    /// What it is told as soon as it has begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) told: Vec<Happened>,
    /// How it ended where its turn never came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dropped: Option<Outcome>,
    /// What is put behind the idempotency keys of tasks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) keys: BTreeMap<String, String>,
    /// Calls that have not ended.
    pub(crate) calls: BTreeMap<String, OpenCall>,
    /// Runs that it waits for, by its names for them.
    pub(crate) children: BTreeMap<String, String>,
    pub(crate) timers: BTreeSet<String>,
    pub(crate) subscriptions: BTreeSet<String>,
    pub(crate) asks: BTreeSet<String>,
}

/// A call that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenCall {
    pub(crate) connection: String,
    pub(crate) operation: String,
    pub(crate) arguments: Arc<Value>,
    pub(crate) tighten: Tighten,
    pub(crate) key: String,
    /// Whether its answer is not needed any more.
    #[serde(default)]
    pub(crate) cancelled: bool,
    /// Where it is held back: since when, and why.
    #[serde(default)]
    pub(crate) parked: Option<(u64, (String, String))>,
    /// Where its outcome is unknown: why.
    #[serde(default)]
    pub(crate) unknown: Option<(String, String)>,
}

impl OpenCall {
    /// Whether it is to be made, or being made.
    pub(crate) fn is_active(&self) -> bool {
        self.parked.is_none() && self.unknown.is_none()
    }
}

impl Keep {
    /// A run whose turn has not come.
    pub(crate) fn new(start: Start, keys: BTreeMap<String, String>, told: Vec<Happened>) -> Keep {
        Keep { start: Some(start), keys, told, ..Keep::default() }
    }

    /// Begins.
    pub(crate) fn begin(&mut self, flow: &Flow, at_ms: u64) -> Result<Vec<Action>, Fault> {
        let Some(start) = self.start.take() else {
            return Err(Fault::new(codes::INTERNAL, "a run begins twice"));
        };
        let (run, actions) = guarded(|| decide::start(flow, Start { at_ms, ..start }))?;
        self.run = Some(run);
        Ok(actions)
    }

    /// Is told something; what is late changes nothing.
    pub(crate) fn tell(&mut self, flow: &Flow, event: &Event) -> Result<Vec<Action>, Fault> {
        let Some(run) = &mut self.run else {
            return Err(Fault::new(codes::INTERNAL, "a run is told something before it began"));
        };
        let actions = guarded(|| decide::decide(flow, run, event))?;
        match &event.what {
            Happened::CallEnded { task, outcome } | Happened::Settled { task, outcome } => {
                self.call_ended(task, outcome);
            }
            Happened::TimerFired { timer } => {
                self.timers.remove(timer);
            }
            Happened::FlowEnded { child, .. } => {
                self.children.remove(child);
            }
            Happened::EventArrived { .. }
            | Happened::Answered { .. }
            | Happened::Cancel { .. }
            | Happened::Retry { .. }
            | Happened::Skip { .. } => {}
        }
        Ok(actions)
    }

    fn call_ended(&mut self, task: &str, outcome: &CallOutcome) {
        if let CallOutcome::Unknown { fault } = outcome {
            if let Some(call) = self.calls.get_mut(task) {
                call.unknown = Some((fault.code.clone(), fault.message.clone()));
                call.parked = None;
            }
            return;
        }
        self.calls.remove(task);
    }

    /// Remembers what is asked for. `children` are the runs that are started.
    pub(crate) fn absorb(&mut self, actions: &[Action], children: &BTreeMap<String, String>) {
        for action in actions {
            match action {
                Action::Call { task, connection, operation, arguments, tighten, key } => {
                    let behind = self.keys.get(task).map_or("", String::as_str);
                    let call = OpenCall {
                        connection: connection.clone(),
                        operation: operation.clone(),
                        arguments: Arc::clone(arguments),
                        tighten: tighten.clone(),
                        key: format!("{key}{behind}"),
                        cancelled: false,
                        parked: None,
                        unknown: None,
                    };
                    self.calls.insert(task.clone(), call);
                }
                Action::CancelCall { task } => {
                    if let Some(call) = self.calls.get_mut(task) {
                        call.cancelled = true;
                    }
                }
                Action::SetTimer { timer, .. } => {
                    self.timers.insert(timer.clone());
                }
                Action::DropTimer { timer } => {
                    self.timers.remove(timer);
                }
                Action::Subscribe { subscription, .. } => {
                    self.subscriptions.insert(subscription.clone());
                }
                Action::Unsubscribe { subscription } => {
                    self.subscriptions.remove(subscription);
                }
                Action::Ask { approval, .. } => {
                    self.asks.insert(approval.clone());
                }
                Action::WithdrawAsk { approval } => {
                    self.asks.remove(approval);
                }
                Action::StartFlow { child, wait: true, .. } => {
                    if let Some(id) = children.get(child) {
                        self.children.insert(child.clone(), id.clone());
                    }
                }
                Action::StartFlow { .. }
                | Action::CancelFlow { .. }
                | Action::Emit { .. }
                | Action::End { .. } => {}
            }
        }
    }

    /// Reads a line of the journal; gives what it had the run do.
    pub(crate) fn read(&mut self, flow: &Flow, line: Line, at_ms: u64) -> Result<Vec<Action>, Fault> {
        let (actions, children) = match line {
            Line::Start { start, queued, keys, children, told } => {
                *self = Keep::new(start, keys, told);
                if queued {
                    return Ok(Vec::new());
                }
                self.told.clear();
                (self.begin(flow, at_ms)?, children)
            }
            Line::Begun { children } => {
                self.told.clear();
                (self.begin(flow, at_ms)?, children)
            }
            Line::Told { what, children } => (self.tell(flow, &Event { at_ms, what })?, children),
            Line::Parked { task, since_ms, reason } => {
                if let Some(call) = self.calls.get_mut(&task) {
                    call.parked = Some((since_ms, reason));
                }
                return Ok(Vec::new());
            }
            Line::Moved { .. } => return Ok(Vec::new()),
            Line::Dropped { outcome } => {
                self.start = None;
                self.dropped = Some(outcome);
                return Ok(Vec::new());
            }
        };
        self.absorb(&actions, &children);
        Ok(actions)
    }

    /// How it ended, once it has.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.dropped.as_ref().or_else(|| self.run.as_ref().and_then(Run::outcome))
    }

    /// How far it is, as the store has to know.
    pub(crate) fn phase(&self) -> Phase {
        if self.outcome().is_some() {
            Phase::Ended
        } else if self.run.is_none() {
            Phase::Queued
        } else if self.calls.values().any(OpenCall::is_active) {
            Phase::Active
        } else {
            Phase::Waiting
        }
    }

    /// How far it is, as people see it.
    pub(crate) fn state(&self, flow: &Flow) -> &'static str {
        if let Some(outcome) = self.outcome() {
            return match outcome {
                Outcome::Completed { .. } => "completed",
                Outcome::Failed { .. } => "failed",
                Outcome::Cancelled { .. } => "cancelled",
            };
        }
        let Some(run) = &self.run else { return "queued" };
        if self.calls.values().any(|call| call.unknown.is_some()) {
            return "unknown";
        }
        if self.calls.values().any(|call| call.parked.is_some()) {
            return "parked";
        }
        match run.state(flow) {
            State::Stopping => "stopping",
            State::Undoing => "undoing",
            State::Unknown => "unknown",
            State::Running | State::Completed | State::Failed | State::Cancelled => {
                if self.phase() == Phase::Active { "running" } else { "waiting" }
            }
        }
    }

    /// The fault's code and message it ended with or waits because of.
    fn fault(&self) -> Option<(String, String)> {
        if let Some(Outcome::Failed { fault, .. } | Outcome::Cancelled { fault, .. }) = self.outcome() {
            return Some((fault.code.clone(), fault.message.clone()));
        }
        let mut held = self.calls.values().filter_map(|call| {
            let parked = call.parked.as_ref().map(|(_, reason)| reason);
            call.unknown.as_ref().or(parked)
        });
        held.next().cloned()
    }
}

/// Decides; a panic is a fault, so that a defect stops one run and not its lane.
pub(crate) fn guarded<T>(decide: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|panic| Err(defect(&*panic)))
}

/// What a panic says, as a fault.
pub(crate) fn defect(panic: &(dyn Any + Send)) -> Fault {
    let reason = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not a text");
    tracing::error!(reason, "deciding what a run does next panicked");
    Fault::new(codes::INTERNAL, "deciding what the run does next failed").with_detail(reason)
}

impl Loaded {
    /// A run that was just made.
    pub(crate) fn new(record: RunRecord, flow: Arc<Flow>, keep: Keep) -> Loaded {
        Loaded { record, flow, keep, fresh: Vec::new(), covered: (0, 0), known: None }
    }

    /// A run from the store: its newest snapshot, and the entries behind it.
    pub(crate) async fn load(shared: &Shared, mut record: RunRecord) -> Result<Loaded, Fault> {
        let flow = shared.definition(&record.definition).await?;
        let snapshot = match record.entries {
            0..ENTRIES_PER_SNAPSHOT => None,
            _ => shared.store.snapshot(record.id.clone()).await?,
        };
        let (mut keep, mut covered) = (Keep::default(), (0, 0));
        if let Some(Snapshot { entries, bytes }) = snapshot {
            keep = from_bytes("a snapshot of a run", &bytes)?;
            covered = (entries, bytes.len());
        }
        record.entries = covered.0;
        for entry in shared.store.journal(record.id.clone(), covered.0).await? {
            let line = from_bytes("a line of a run's journal", &entry.bytes)?;
            keep.read(&flow, line, entry.at_ms)?;
            record.entries = entry.number.saturating_add(1);
        }
        let known = Some(known(&record));
        Ok(Loaded { record, flow, keep, fresh: Vec::new(), covered, known })
    }

    /// Adds a line to the journal.
    pub(crate) fn note(&mut self, at_ms: u64, line: &Line) -> Result<(), Fault> {
        let behind = u32::try_from(self.fresh.len()).unwrap_or(u32::MAX);
        let number = self.record.entries.saturating_add(behind);
        self.fresh.push(Entry { number, at_ms, bytes: to_bytes(line)? });
        Ok(())
    }

    /// What is to be written of it. Brings the record up to date.
    pub(crate) fn write(&mut self, now_ms: u64, is_moved: bool) -> Result<Written, Fault> {
        let entries = std::mem::take(&mut self.fresh);
        let added = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        self.record.entries = self.record.entries.saturating_add(added);
        self.record.phase = self.keep.phase();
        self.record.state = self.keep.state(&self.flow).to_owned();
        self.record.changed_ms = now_ms;
        self.record.ended_ms = match self.record.phase {
            Phase::Ended => Some(self.record.ended_ms.unwrap_or(now_ms)),
            Phase::Queued | Phase::Active | Phase::Waiting => None,
        };
        self.record.fault = self.keep.fault();
        let grown = self.record.entries.saturating_sub(self.covered.0);
        let weight = u32::try_from(self.covered.1 / BYTES_PER_ENTRY).unwrap_or(u32::MAX);
        let is_due =
            grown >= ENTRIES_PER_SNAPSHOT.saturating_add(weight) && self.record.phase != Phase::Ended;
        let mut snapshot = None;
        if is_due || is_moved {
            let bytes = to_bytes(&self.keep)?;
            self.covered = (self.record.entries, bytes.len());
            snapshot = Some(Snapshot { entries: self.record.entries, bytes });
        }
        let known = Some(known(&self.record));
        // That there is a snapshot is seen by how many entries the record tells of.
        let has_record = snapshot.is_some() || self.known != known;
        self.known = known;
        Ok(Written { has_record, entries, snapshot })
    }
}
