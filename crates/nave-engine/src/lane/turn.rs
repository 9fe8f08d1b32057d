//! One turn of a lane: decide on everything that is ready, write it in one batch, act. What could not be
//! written was never decided: it is forgotten and decided again. What cannot be decided at all becomes a
//! dead letter, and nothing else waits for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use indexmap::IndexSet;
use nave_flow::decide::Happened;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{DeadLetter, Filter, Page, Phase, RunRecord};
use nave_store::{Batch, Op};

use super::gates::Who;
use super::log::{Dead, Said};
use super::windows::Waits;
use super::{Input, Lane};
use crate::catalogue::Catalogue;
use crate::run::{Written, defect};
use crate::view::Notice;

/// The first pause after the store could not be written; it doubles.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many queued runs are read at a time.
const PAGE: usize = 1_000;

/// What is decided in a turn.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) now_ms: u64,
    pub(crate) catalogue: Arc<Catalogue>,
    /// What is written behind the runs' own records.
    pub(crate) ops: Vec<Op>,
    /// What follows from what was decided, still to be decided on.
    pub(crate) next: VecDeque<Next>,
    /// Runs that changed.
    pub(super) touched: IndexSet<String>,
    /// Runs that were looked at.
    pub(super) seen: BTreeSet<String>,
    /// Runs that go on by another definition.
    pub(super) moved: BTreeSet<String>,
    pub(super) after: Vec<After>,
    /// Calls that are not under way any more.
    pub(super) over: Vec<(String, String)>,
    pub(super) consumed: BTreeMap<String, u64>,
    pub(super) replies: BTreeMap<usize, Result<(), Fault>>,
    pub(super) notices: Vec<Notice>,
    /// Who waits for events, and from where on they count.
    pub(crate) waits: Waits,
    /// Lanes and tenants for whom messages are appended.
    pub(super) appended: BTreeSet<(u32, String)>,
    /// Tenants and flows of which a run ended.
    pub(super) freed: BTreeSet<(String, String)>,
    /// The earliest timer that is set.
    pub(super) earliest: Option<u64>,
    /// Whether there is something to deliver once it is written.
    pub(crate) delivers: bool,
    /// What is counted once it is written.
    pub(super) counted: Counted,
    /// What is logged once it is written: of runs, and of dead letters.
    pub(super) said: Vec<(String, Said)>,
    pub(super) dead: Vec<Dead>,
}

/// What a turn counts.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) dead: u64,
    pub(super) begun: u64,
    pub(super) timers: u64,
    pub(super) done: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
    pub(super) parked: u64,
    pub(super) completed: u64,
    pub(super) ended_badly: u64,
    pub(super) cancelled: u64,
    /// How long runs that ended took: milliseconds.
    pub(super) took_ms: Vec<u64>,
}

/// What is still to be decided on.
#[derive(Debug)]
pub(crate) enum Next {
    /// A run of this lane is told something.
    Tell { run: String, what: Happened },
    /// A queued run's turn has come.
    Begin(String),
    /// A call that is held back is not needed any more.
    Withdraw { run: String, task: String },
    /// A run ended.
    Left(Who),
    /// A queued run was given up.
    GaveUp(Who),
}

/// What is done once the batch is written.
#[derive(Debug)]
pub(super) enum After {
    /// A call is begun. `attempts`: how often it may have been about to be sent.
    Start { run: String, task: String, attempts: u32 },
    /// A call's answer is not needed any more.
    Cancel { run: String, task: String },
}

impl Turn {
    pub(super) fn new(now_ms: u64, catalogue: Arc<Catalogue>) -> Turn {
        Turn {
            now_ms,
            catalogue,
            ops: Vec::new(),
            next: VecDeque::new(),
            touched: IndexSet::new(),
            seen: BTreeSet::new(),
            moved: BTreeSet::new(),
            after: Vec::new(),
            over: Vec::new(),
            consumed: BTreeMap::new(),
            replies: BTreeMap::new(),
            notices: Vec::new(),
            waits: Waits::default(),
            appended: BTreeSet::new(),
            freed: BTreeSet::new(),
            earliest: None,
            delivers: false,
            counted: Counted::default(),
            said: Vec::new(),
            dead: Vec::new(),
        }
    }

    /// A message that cannot be handled is put aside.
    pub(crate) fn bury(&mut self, letter: DeadLetter) {
        self.counted.dead += 1;
        self.dead.push(Dead::of(&letter));
        self.ops.push(Op::Dead(letter));
    }
}

impl Lane {
    /// Decides on everything, writes it, acts. False: the lane is to stop.
    pub(super) async fn turn(&mut self, mut inputs: Vec<Input>) -> bool {
        let mut pause = FIRST_PAUSE;
        loop {
            // Before the time is looked at: what is accepted after a step began is behind it.
            let mark = self.shared.store.mark().await;
            let mut turn = Turn::new(self.shared.now_ms(), self.shared.catalogue());
            // Whatever a defect anywhere in deciding left half-done is forgotten like what cannot be written.
            let attempted =
                AssertUnwindSafe(Box::pin(self.attempt(&mut turn, mark, &inputs))).catch_unwind().await;
            let fault = match attempted.unwrap_or_else(|panic| Err(defect(&*panic))) {
                Ok(()) => {
                    self.settled(turn, inputs);
                    return true;
                }
                Err(fault) => fault,
            };
            self.forget(&turn);
            if fault.code == codes::LANE_LOST {
                tracing::error!(lane = self.fence.lane, %fault, "another node owns the lane; it stops here");
                return false;
            }
            let passes = fault.code == codes::STORE_FULL || fault.code == codes::STORE_FAILED;
            if !passes && inputs.len() > 1 {
                return self.apart(inputs).await;
            }
            inputs = refuse(inputs, &fault);
            if inputs.is_empty() {
                return true;
            }
            if !passes {
                let Some(input) = inputs.pop() else { return true };
                return self.put_aside(input, &fault).await;
            }
            self.shared.counters.commits_failed.add(1);
            tracing::warn!(lane = self.fence.lane, %fault, "nothing can be written; trying again");
            self.refuse_waiting(&fault);
            if self.is_stopped_within(pause).await {
                return false;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Answers who asked for something meanwhile: nobody waits for as long as the store fails.
    pub(super) fn refuse_waiting(&mut self, fault: &Fault) {
        let mut waiting = Vec::new();
        while let Ok(input) = self.inbox.try_recv() {
            waiting.push(input);
        }
        self.pending.extend(refuse(waiting, fault));
    }

    /// Waits; true: the lane is to stop.
    pub(super) async fn is_stopped_within(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.shared.stopping.cancelled() => true,
            () = self.shared.clock.sleep(pause) => false,
        }
    }

    /// Decides on each alone, so that the one that cannot be decided shows.
    async fn apart(&mut self, inputs: Vec<Input>) -> bool {
        for input in inputs {
            if !Box::pin(self.turn(vec![input])).await {
                return false;
            }
        }
        true
    }

    /// Decides on everything and writes it.
    async fn attempt(
        &mut self,
        turn: &mut Turn,
        mark: Result<Vec<u64>, Fault>,
        inputs: &[Input],
    ) -> Result<(), Fault> {
        turn.waits.since = mark?;
        self.look_at_gates(turn, inputs);
        if self.is_unsure {
            self.requeue(turn).await?;
        }
        for (number, input) in inputs.iter().enumerate() {
            self.input(turn, number, input).await?;
            self.follow(turn).await?;
        }
        let batch = self.batch(turn)?;
        if batch.ops.is_empty() {
            return Ok(());
        }
        let began = self.shared.clock.now();
        self.shared.store.commit(batch).await?;
        let took = self.shared.clock.now().saturating_sub(began);
        self.shared.counters.times.commits.took(took);
        self.shared.calls.written(took);
        Ok(())
    }

    async fn input(&mut self, turn: &mut Turn, number: usize, input: &Input) -> Result<(), Fault> {
        match input {
            Input::Message(queued) => {
                turn.consumed.insert(queued.tenant.clone(), queued.position);
                self.message(turn, queued).await
            }
            Input::Timer(timer) => self.timer(turn, timer).await,
            Input::Ended { run, task, end } => self.ended(turn, (run, task), end).await,
            Input::Resumed(parked) => self.resumed(turn, parked).await,
            Input::Order(order) => {
                let result = self.order(turn, &order.run, &order.what).await;
                match result {
                    Err(fault) if is_about_the_hub(&fault) => return Err(fault),
                    result => turn.replies.insert(number, result),
                };
                Ok(())
            }
            Input::Missed { window, event } => self.missed(turn, window, event.as_deref()).await,
            Input::Recover(record) => self.recover(turn, record).await,
            Input::Reloaded | Input::Freed { .. } => Ok(()),
        }
    }

    /// Fills the gates anew where other flows say who stands at them, or another lane let somebody go.
    fn look_at_gates(&mut self, turn: &Turn, inputs: &[Input]) {
        let is_freed = inputs.iter().any(|input| match input {
            Input::Freed { tenant, flow } => self.gates.has_queue(tenant, flow),
            _ => false,
        });
        if is_freed || !Arc::ptr_eq(&turn.catalogue, &self.catalogue) {
            self.catalogue = Arc::clone(&turn.catalogue);
            self.gates.clear();
            self.is_unsure = true;
        }
    }

    /// Decides on what follows, until nothing does.
    async fn follow(&mut self, turn: &mut Turn) -> Result<(), Fault> {
        while let Some(next) = turn.next.pop_front() {
            match next {
                Next::Tell { run, what } => {
                    self.tell(turn, &run, what).await?;
                }
                Next::Begin(run) => self.begin_queued(turn, &run).await?,
                Next::Withdraw { run, task } => self.withdraw(turn, &run, &task).await?,
                Next::Left(who) => {
                    self.note_freed(turn, &who);
                    let begin = self.gates.leave(&*self.shared.store, &who).await?;
                    turn.next.extend(begin.into_iter().map(Next::Begin));
                }
                Next::GaveUp(who) => {
                    self.note_freed(turn, &who);
                    let begin = self.gates.give_up(&*self.shared.store, &who).await?;
                    turn.next.extend(begin.into_iter().map(Next::Begin));
                }
            }
        }
        Ok(())
    }

    /// Everything that was decided, as it is written.
    fn batch(&mut self, turn: &mut Turn) -> Result<Batch, Fault> {
        let mut ops = Vec::with_capacity(turn.touched.len() * 2 + turn.ops.len() + turn.consumed.len());
        for run in &turn.touched {
            let Some(loaded) = self.runs.get_mut(run) else { continue };
            let Written { has_record, entries, snapshot } =
                loaded.write(turn.now_ms, turn.moved.contains(run))?;
            if has_record {
                ops.push(Op::PutRun(Box::new(loaded.record.clone())));
            }
            if !entries.is_empty() {
                ops.push(Op::Journal { run: run.clone(), entries });
            }
            if let Some(snapshot) = snapshot {
                ops.push(Op::Snapshot { run: run.clone(), snapshot });
            }
        }
        ops.append(&mut turn.ops);
        for (tenant, position) in &turn.consumed {
            ops.push(Op::Consumed { tenant: tenant.clone(), position: *position });
        }
        // What was appended is announced once it is there.
        for op in &ops {
            if let Op::Append(message) = op {
                turn.appended.insert((message.lane, message.tenant.clone()));
            }
            if let Op::SetTimer { at_ms, .. } = op {
                turn.earliest = Some(turn.earliest.map_or(*at_ms, |earliest| earliest.min(*at_ms)));
            }
        }
        Ok(Batch { fence: Some(self.fence), ops, now_ms: turn.now_ms })
    }

    /// Nothing that was decided is kept: it is read from the store when it is needed.
    fn forget(&mut self, turn: &Turn) {
        for run in turn.touched.iter().chain(&turn.seen) {
            self.unload(run);
        }
        self.has_windows = true;
        self.forestalled = None;
        self.gates.clear();
        self.groups.clear();
        self.is_unsure = true;
    }

    /// Puts all queued runs of this lane before their gates again, and begins those whose turn has come.
    async fn requeue(&mut self, turn: &mut Turn) -> Result<(), Fault> {
        let mut queued = match self.queued.take() {
            Some(queued) => queued,
            None => self.queued_on_disk().await?,
        };
        queued.sort_by(|one, other| one.id.cmp(&other.id));
        for record in queued {
            let flow = self.shared.definition(&record.definition).await?;
            self.note_home(turn, &record.tenant, &record.flow, record.key.as_deref());
            let limit = turn.catalogue.concurrency(&flow);
            let who =
                Who { run: record.id, tenant: record.tenant, flow: record.flow, key: record.key, limit };
            if self.gates.enter(&*self.shared.store, &who).await? {
                turn.next.push_back(Next::Begin(who.run));
            }
        }
        self.follow(turn).await?;
        self.is_unsure = false;
        Ok(())
    }
}

impl Lane {
    /// Runs of this lane whose turn has not come.
    async fn queued_on_disk(&self) -> Result<Vec<RunRecord>, Fault> {
        let filter = Filter { phase: Some(Phase::Queued), ..Filter::default() };
        let (mut queued, mut page) = (Vec::new(), Page { after: None, most: PAGE });
        loop {
            let runs = self.shared.store.runs(filter.clone(), page.clone()).await?;
            let is_last = runs.len() < PAGE;
            page.after = runs.last().map(|record| record.id.clone());
            queued.extend(runs.into_iter().filter(|record| record.lane == self.fence.lane));
            if is_last {
                return Ok(queued);
            }
        }
    }

    /// A run of a flow stands in this lane. Where its place is another by the flow's present version, runs
    /// that wait for one another stand in several lanes.
    pub(super) fn note_home(&self, turn: &Turn, tenant: &str, flow: &str, key: Option<&str>) {
        let Some(runnable) = turn.catalogue.get(flow) else { return };
        if self.shared.home(tenant, &runnable.flow, key).is_some_and(|home| home != self.fence.lane) {
            self.shared.scatter(flow);
        }
    }

    fn note_freed(&self, turn: &mut Turn, who: &Who) {
        self.note_home(turn, &who.tenant, &who.flow, who.key.as_deref());
        turn.freed.insert((who.tenant.clone(), who.flow.clone()));
    }
}

/// Whether a fault says that the hub cannot do it now, rather than that what was asked for cannot be.
fn is_about_the_hub(fault: &Fault) -> bool {
    [codes::STORE_FULL, codes::STORE_FAILED, codes::LANE_LOST, codes::INTERNAL].contains(&fault.code)
}

/// Tells those who wait for an answer that there is none.
fn refuse(inputs: Vec<Input>, fault: &Fault) -> Vec<Input> {
    let mut rest = Vec::with_capacity(inputs.len());
    for input in inputs {
        match input {
            Input::Order(order) => drop(order.reply.send(Err(fault.clone()))),
            other => rest.push(other),
        }
    }
    rest
}
