//! Runs are made, begin, and are taken up again after a stop.

use std::collections::BTreeMap;

use nave_flow::decide::{FaultRecord, Happened, Limits, Outcome, Start};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{Phase, Queued, RunRecord};

use super::Lane;
use super::act::{tell_elsewhere, who};
use super::log::Said;
use super::turn::{After, Next, Turn};
use crate::names::lane_of_run;
use crate::run::{Keep, Loaded};
use crate::written::{Line, Replay, Starting, Startup, to_bytes};

impl Lane {
    /// Makes a run of this lane, and begins it if its turn has come.
    pub(crate) async fn make(
        &mut self,
        turn: &mut Turn,
        tenant: &str,
        starting: Starting,
    ) -> Result<(), Fault> {
        let Some(runnable) = turn.catalogue.get(&starting.flow) else {
            return self.cannot_make(turn, tenant, starting);
        };
        let (flow, hash) = (std::sync::Arc::clone(&runnable.flow), runnable.hash.clone());
        let Starting { run, flow: name, data, cause, parent, key, trace, replay } = starting;
        let (of, base, keys, told) = match replay.map(|replay| *replay) {
            Some(Replay { of, base, keys, told }) => (Some(of), base, keys, told),
            None => (None, run.clone(), BTreeMap::new(), Vec::new()),
        };
        let record = RunRecord {
            id: run.clone(),
            tenant: tenant.to_owned(),
            lane: self.fence.lane,
            flow: name,
            definition: hash,
            key,
            phase: Phase::Queued,
            state: "queued".to_owned(),
            cause,
            parent,
            replay_of: of,
            created_ms: turn.now_ms,
            changed_ms: turn.now_ms,
            ended_ms: None,
            entries: 0,
            fault: None,
            trace,
        };
        let start = Start { run: base, at_ms: turn.now_ms, data, limits: Limits::default() };
        let keep = Keep::new(start.clone(), keys.clone(), told.clone());
        let loaded = Loaded::new(record, flow, keep);
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
