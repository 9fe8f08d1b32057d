//! Runs are made, begin, and are taken up again after a stop.

use std::collections::BTreeMap;

use nave_flow::decide::{FaultRecord, Happened, Limits, Outcome, Start};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::Op;
use nave_store::record::{Queued, RunRecord};

use super::Lane;
use super::act::{tell_elsewhere, who};
use super::log::Said;
use super::order::unknown;
use super::turn::{After, Next, Turn};
use crate::names::lane_of_run;
use crate::pending::{self, Pending};
use crate::run::{Keep, Loaded};
use crate::written::{Line, Starting, Startup, to_bytes};

impl Lane {
    /// Makes a run of this lane, and begins it if its turn has come.
    pub(crate) async fn make(
        &mut self,
        turn: &mut Turn,
        tenant: &str,
        starting: Starting,
    ) -> Result<(), Fault> {
        if self.was_forestalled(turn, &starting.run).await? {
            return Ok(());
        }
        let Some((loaded, start)) = self.made(turn, tenant, &starting) else {
            return self.cannot_make(turn, tenant, starting);
        };
        let run = starting.run;
        let (keys, told) = (loaded.keep.keys.clone(), loaded.keep.told.clone());
        let who = who(turn, &loaded);
        self.remember(loaded);
        turn.seen.insert(run.clone());
        turn.touched.insert(run.clone());
        self.note_home(turn, tenant, &who.flow, who.key.as_deref());
        if self.gates.enter(&*self.shared.store, &who).await? {
            return self.begin(turn, &run, |children| Line::Start {
                start,
                queued: false,
                keys,
                told,
                children,
            });
        }
        turn.say(&run, || Said::Queued);
        let line = Line::Start { start, queued: true, keys, told, children: BTreeMap::new() };
        match self.runs.get_mut(&run) {
            Some(loaded) => loaded.note(turn.now_ms, &line),
            None => Ok(()),
        }
    }

    /// A run as it is made, and what its journal begins with; `None`: there is no such flow.
    fn made(&self, turn: &Turn, tenant: &str, starting: &Starting) -> Option<(Loaded, Start)> {
        let runnable = turn.catalogue.get(&starting.flow)?;
        let record = pending::record(tenant, self.fence.lane, (runnable.hash.clone(), turn.now_ms), starting);
        let (base, keys, told) = match starting.replay.as_deref() {
            Some(replay) => (replay.base.clone(), replay.keys.clone(), replay.told.clone()),
            None => (starting.run.clone(), BTreeMap::new(), Vec::new()),
        };
        let data = std::sync::Arc::clone(&starting.data);
        let start = Start { run: base, at_ms: turn.now_ms, data, limits: Limits::default() };
        let keep = Keep::new(start.clone(), keys, told);
        Some((Loaded::new(record, std::sync::Arc::clone(&runnable.flow), keep), start))
    }

    /// Has a run that is to be cancelled in memory, whose start is on disk and was not taken up yet, as one that
    /// waits for its turn. When the lane comes to the start, it passes over it.
    ///
    /// # Errors
    /// `E-RUN-UNKNOWN`: there is no such start. `E-CONFLICT`: it is not to be cancelled, and nothing else can be
    /// done with it yet. `E-FLOW-NAME`: its flow is gone.
    pub(super) async fn forestall(
        &mut self,
        turn: &mut Turn,
        run: &str,
        is_cancelled: bool,
    ) -> Result<(), Fault> {
        let Some(Pending { tenant, starting }) = pending::find(&self.shared, run).await? else {
            return Err(unknown(run));
        };
        if !is_cancelled {
            return Err(Fault::new(codes::CONFLICT, format!("the run `{run}` has not begun yet")));
        }
        let Some((mut loaded, start)) = self.made(turn, &tenant, &starting) else {
            let message = format!("there is no flow `{}` to run", starting.flow);
            return Err(Fault::new(codes::FLOW_NAME, message));
        };
        let (keys, told) = (loaded.keep.keys.clone(), loaded.keep.told.clone());
        let line = Line::Start { start, queued: true, keys, told, children: BTreeMap::new() };
        loaded.note(turn.now_ms, &line)?;
        self.remember(loaded);
        turn.seen.insert(run.to_owned());
        turn.touched.insert(run.to_owned());
        self.has_forestalled().await?;
        self.forestalled.get_or_insert_default().insert(run.to_owned());
        turn.ops.push(Op::Cursor { name: self.forestalled_name(run), value: Some(Vec::new()) });
        Ok(())
    }

    /// Whether a start that the lane comes to is that of a run which was dealt with before.
    async fn was_forestalled(&mut self, turn: &mut Turn, run: &str) -> Result<bool, Fault> {
        if !self.has_forestalled().await? || !self.forestalled.get_or_insert_default().remove(run) {
            return Ok(false);
        }
        turn.ops.push(Op::Cursor { name: self.forestalled_name(run), value: None });
        Ok(true)
    }

    /// Whether any start was, as the store says.
    async fn has_forestalled(&mut self) -> Result<bool, Fault> {
        if let Some(runs) = &self.forestalled {
            return Ok(!runs.is_empty());
        }
        let prefix = self.forestalled_name("");
        let cursors = self.shared.store.cursors(prefix.clone()).await?;
        let runs = cursors.into_iter().filter_map(|(name, _)| name.strip_prefix(&prefix).map(str::to_owned));
        let runs = self.forestalled.insert(runs.collect());
        Ok(!runs.is_empty())
    }

    fn forestalled_name(&self, run: &str) -> String {
        format!("forestalled:{}:{run}", self.fence.lane)
    }

    /// A queued run's turn has come.
    pub(super) async fn begin_queued(&mut self, turn: &mut Turn, run: &str) -> Result<(), Fault> {
        if !self.ensure(turn, run).await? {
            return Ok(());
        }
        self.begin(turn, run, |children| Line::Begun { children })
    }

    fn begin(
        &mut self,
        turn: &mut Turn,
        run: &str,
        line: impl FnOnce(BTreeMap<String, String>) -> Line,
    ) -> Result<(), Fault> {
        let Some(loaded) = self.runs.get_mut(run) else { return Ok(()) };
        let actions = loaded.keep.begin(&loaded.flow, turn.now_ms)?;
        let told = std::mem::take(&mut loaded.keep.told);
        turn.counted.begun += 1;
        turn.say(run, || Said::Begun);
        // What a replay keeps of the run before comes before whatever its first steps lead to.
        for what in told.into_iter().rev() {
            turn.next.push_front(Next::Tell { run: run.to_owned(), what });
        }
        self.perform(turn, run, &actions, line)
    }

    /// There is no such flow any more: whoever waits for the run is told, else it is a dead letter.
    fn cannot_make(&self, turn: &mut Turn, tenant: &str, starting: Starting) -> Result<(), Fault> {
        let message = format!("there is no flow `{}` to run", starting.flow);
        let fault = Fault::new(codes::FLOW_NAME, message)
            .with_hint("put the flow back into the project, then the dead letter back into its lane");
        if let Some((parent, child)) = &starting.parent
            && let Some(lane) = lane_of_run(parent, self.shared.lanes())
        {
            let outcome = Outcome::Failed { fault: FaultRecord::from(&fault), not_undone: Vec::new() };
            let what = Happened::FlowEnded { child: child.clone(), outcome };
            tell_elsewhere(turn, tenant, lane, parent, &what);
            return Ok(());
        }
        let flow = starting.flow.clone();
        let bytes = to_bytes(&Startup::Run(Box::new(starting)))?;
        let message = Ok(nave_store::batch::Message::Start(bytes));
        let queued = Queued { position: 0, tenant: tenant.to_owned(), message };
        let mut letter = self.letter(turn, &queued, &fault);
        letter.flow = Some(flow);
        turn.bury(letter);
        Ok(())
    }

    /// A run that a stop interrupted: its calls are taken up again. Those of which the ledger holds an
    /// intent may have been sent.
    pub(super) async fn recover(&mut self, turn: &mut Turn, record: &RunRecord) -> Result<(), Fault> {
        let run = record.id.as_str();
        if self.live.contains_key(run) || !self.ensure(turn, run).await? {
            return Ok(());
        }
        let Some(loaded) = self.runs.get(run) else { return Ok(()) };
        let open: Vec<String> = loaded
            .keep
            .calls
            .iter()
            .filter(|(_, call)| call.is_active())
            .map(|(task, _)| task.clone())
            .collect();
        for task in open {
            let call = self.shared.store.call(format!("{run}/{task}")).await?;
            let attempts = call.map_or(0, |call| call.attempts.max(1));
            turn.after.push(After::Start { run: run.to_owned(), task, attempts });
        }
        Ok(())
    }
}
