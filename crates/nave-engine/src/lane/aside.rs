//! What cannot be decided is put aside as a dead letter, so that those behind it go on.

use nave_flow::decide::Happened;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::batch::Message;
use nave_store::record::{DeadLetter, Phase, Queued};
use nave_store::{Batch, Op};

use super::turn::{FIRST_PAUSE, LONGEST_PAUSE, Turn};
use super::{Input, Lane};
use crate::calls::End;
use crate::written::to_bytes;

impl Lane {
    /// One that cannot be decided is put aside, so that those behind it go on.
    pub(super) async fn put_aside(&mut self, input: Input, fault: &Fault) -> bool {
        // What it is stands in the dead letter; here it could be anybody's data.
        let (what, run) = input.about();
        let code = fault.code.name;
        tracing::error!(
            lane = self.fence.lane,
            what,
            run,
            code,
            "something cannot be handled and is put aside as a dead letter"
        );
        let mut turn = Turn::new(self.shared.now_ms(), self.shared.catalogue());
        if let Err(fault) = self.aside(&mut turn, &input, fault).await {
            tracing::error!(lane = self.fence.lane, %fault, "it cannot be put aside either");
        }
        let mut pause = FIRST_PAUSE;
        loop {
            let ops = turn.ops.clone();
            let batch = Batch { fence: Some(self.fence), ops, now_ms: turn.now_ms };
            let Err(fault) = self.shared.store.commit(batch).await else { break };
            tracing::error!(lane = self.fence.lane, %fault, "a dead letter cannot be written");
            self.refuse_waiting(&fault);
            if fault.code == codes::LANE_LOST || self.is_stopped_within(pause).await {
                return false;
            }
            if fault.code != codes::STORE_FULL && fault.code != codes::STORE_FAILED {
                break;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.settled(turn, Vec::new());
        true
    }

    /// What is written instead of a decision.
    async fn aside(&mut self, turn: &mut Turn, input: &Input, fault: &Fault) -> Result<(), Fault> {
        match input {
            Input::Message(queued) => {
                turn.consumed.insert(queued.tenant.clone(), queued.position);
                turn.ops.push(Op::Consumed { tenant: queued.tenant.clone(), position: queued.position });
                let letter = self.letter(turn, queued, fault);
                turn.bury(letter);
            }
            Input::Timer(timer) => {
                turn.ops.push(Op::DropTimer { run: timer.run.clone(), name: timer.name.clone() });
                let what = Happened::TimerFired { timer: timer.name.clone() };
                self.told_in_vain(turn, &timer.run, &what, fault).await?;
            }
            Input::Ended { run, task, end } => {
                turn.over.push((run.clone(), task.clone()));
                let (End::Done { conclude, .. }
                | End::Failed { conclude, .. }
                | End::Unknown { conclude, .. }) = end
                else {
                    return Ok(());
                };
                turn.ops.extend(conclude.clone().map(|conclude| Op::Conclude(Box::new(conclude))));
                if let Some(what) = super::ended::happened(task, end) {
                    self.told_in_vain(turn, run, &what, fault).await?;
                }
            }
            Input::Missed { window, event } => {
                turn.ops.push(super::windows::counted(window, event.as_deref()));
                if let Some(kept) = event {
                    let data = self.data(&kept.event).await?;
                    let subscription = window.name.clone();
                    let what = Happened::EventArrived { subscription, data };
                    self.told_in_vain(turn, &window.run, &what, fault).await?;
                }
            }
            Input::Recover(record) => {
                let mut record = record.clone();
                record.phase = Phase::Waiting;
                "broken".clone_into(&mut record.state);
                record.fault = Some((fault.code.name.to_owned(), fault.message.clone()));
                turn.ops.push(Op::PutRun(record));
            }
            // A call that is held back stays held back.
            Input::Resumed(_) | Input::Order(_) | Input::Reloaded | Input::Freed { .. } => {}
        }
        Ok(())
    }

    async fn told_in_vain(
        &self,
        turn: &mut Turn,
        run: &str,
        what: &Happened,
        fault: &Fault,
    ) -> Result<(), Fault> {
        let message = Message::Told { run: run.to_owned(), what: to_bytes(what)? };
        let tenant = self.tenant_of(run).await?;
        let queued = Queued { position: 0, tenant, message: Ok(message) };
        let letter = self.letter(turn, &queued, fault);
        turn.bury(letter);
        Ok(())
    }

    /// The dead letter for a message.
    pub(crate) fn letter(&self, turn: &Turn, queued: &Queued, fault: &Fault) -> DeadLetter {
        let message = match &queued.message {
            Ok(message) => message.clone(),
            // Nothing is left of it but where it stood.
            Err(_) => Message::Told { run: String::new(), what: Vec::new() },
        };
        DeadLetter {
            id: self.shared.ids.make(turn.now_ms, self.fence.lane),
            tenant: queued.tenant.clone(),
            place: (self.fence.lane, queued.position),
            flow: None,
            reason: (fault.code.name.to_owned(), fault.message.clone(), fault.hint.clone()),
            at_ms: turn.now_ms,
            message,
        }
    }
}
