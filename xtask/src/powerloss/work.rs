//! The process whose power goes: a real store with several workers, each of which goes on where it was, and
//! says a line on standard output for everything that the store acknowledged or refused.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use nave_model::event::Body;
use nave_model::{Event, Fault};
use nave_store::batch::{Audited, Conclusion, Fence, Intake, Intent, Message, NewMessage};
use nave_store::record::{CallState, Entry, Phase, RunRecord, Snapshot};
use nave_store::sqlite::{Options, Sqlite, Synchronous};
use nave_store::{Batch, Op, Store};

/// How many work at the same time; each with a run of its own.
pub(crate) const WORKERS: u32 = 24;
/// Lanes of the store.
pub(crate) const LANES: u32 = 6;
pub(crate) const TENANT: &str = "default";
/// A worker that is refused this often in a row gives up.
const PATIENCE: u32 = 2000;

/// What a worker says. Numbers: the worker's, the step's, and how often the step's message was refused before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The step's message is in the store, at this lane and position.
    Appended { worker: u32, step: u32, attempt: u32, lane: u32, position: u64 },
    /// The step's batch is in the store.
    Committed { worker: u32, step: u32 },
    /// The step's blob is in the store.
    Blob { worker: u32, step: u32 },
    /// The store refused the step's message: it must not be there.
    Refused { worker: u32, step: u32, attempt: u32 },
    /// The worker goes on with this step, whose message an earlier process may have appended or tried to.
    Resumed { worker: u32, step: u32 },
    /// The store broke a promise while it worked.
    Wrong(String),
}

impl Said {
    fn line(&self) -> String {
        match self {
            Said::Appended { worker, step, attempt, lane, position } => {
                format!("appended {worker} {step} {attempt} {lane} {position}\n")
            }
            Said::Committed { worker, step } => format!("committed {worker} {step}\n"),
            Said::Blob { worker, step } => format!("blob {worker} {step}\n"),
            Said::Refused { worker, step, attempt } => format!("refused {worker} {step} {attempt}\n"),
            Said::Resumed { worker, step } => format!("resumed {worker} {step}\n"),
            Said::Wrong(what) => format!("wrong {what}\n"),
        }
    }

    /// Reads a line; `None` for one that was cut off.
    pub(crate) fn read(line: &str) -> Option<Said> {
        let line = line.strip_suffix('\n')?;
        if let Some(what) = line.strip_prefix("wrong ") {
            return Some(Said::Wrong(what.to_owned()));
        }
        let mut words = line.split(' ');
        let what = words.next()?;
        let mut next = || words.next()?.parse::<u64>().ok();
        let worker = u32::try_from(next()?).ok()?;
        let step = u32::try_from(next()?).ok()?;
        match what {
            "appended" => {
                let attempt = u32::try_from(next()?).ok()?;
                let lane = u32::try_from(next()?).ok()?;
                Some(Said::Appended { worker, step, attempt, lane, position: next()? })
            }
            "committed" => Some(Said::Committed { worker, step }),
            "resumed" => Some(Said::Resumed { worker, step }),
            "blob" => Some(Said::Blob { worker, step }),
            "refused" => Some(Said::Refused { worker, step, attempt: u32::try_from(next()?).ok()? }),
            _ => None,
        }
    }

    fn say(&self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(self.line().as_bytes())?;
        Ok(out.flush()?)
    }
}

/// Works in a folder until the power goes. `life`: which process it is that works in this store.
pub(crate) fn work(folder: &Path, synchronous: Synchronous, life: u32) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    runtime.block_on(async {
        let store: Arc<dyn Store> = open(folder, synchronous)?;
        let workers = (0..WORKERS).map(|worker| run(Arc::clone(&store), worker, life));
        let mut tasks = tokio::task::JoinSet::new();
        for worker in workers {
            tasks.spawn(worker);
        }
        tasks.join_all().await.into_iter().collect()
    })
}

/// Opens the store of a folder.
pub(crate) fn open(folder: &Path, synchronous: Synchronous) -> Result<Arc<Sqlite>, Fault> {
    // A short log, so that writing it back is interrupted, too.
    Sqlite::open(folder, Options { lanes: LANES, synchronous, log_bytes: 400_000, ..Options::default() })
}

async fn run(store: Arc<dyn Store>, worker: u32, life: u32) -> anyhow::Result<()> {
    let mut epoch = Err(anyhow::anyhow!("no owner"));
    let mut step = None;
    for _ in 0..PATIENCE {
        if step.is_none() {
            step = store.cursor(done_by(worker)).await.ok().map(|value| next_step(value.as_deref()));
        }
        if epoch.is_err() {
            epoch = store
                .take(lane(worker), format!("worker {worker}"))
                .await
                .map_err(|fault| anyhow::anyhow!("{}", fault.message));
        }
        if step.is_some() && epoch.is_ok() {
            break;
        }
    }
    let first = step.context("the store does not answer")?;
    Said::Resumed { worker, step: first }.say()?;
    let mut step = first;
    let mut epoch = epoch?;
    loop {
        append(&*store, worker, step, (life, step == first)).await?;
        if step.is_multiple_of(9) && store.put_blob(blob(worker, step)).await.is_ok() {
            Said::Blob { worker, step }.say()?;
        }
        epoch = commit(&*store, worker, step, epoch).await?;
        step += 1;
    }
}

/// Appends the message of a step. What the process before may have appended is tried first, by its old name:
/// refused, it may be there all the same. Later attempts have names of their own.
async fn append(store: &dyn Store, worker: u32, step: u32, (life, first): (u32, bool)) -> anyhow::Result<()> {
    for attempt in 0..PATIENCE {
        let attempt = if attempt == 0 { 0 } else { life * PATIENCE + attempt };
        let message = message(worker, step, attempt);
        let intake = Intake { messages: vec![message], cursors: Vec::new(), now_ms: 1 };
        if let Ok(places) = store.append(intake).await {
            for place in places {
                let (lane, position) = (place.lane, place.position);
                Said::Appended { worker, step, attempt, lane, position }.say()?;
            }
            return Ok(());
        }
        if attempt > 0 || !first {
            Said::Refused { worker, step, attempt }.say()?;
        }
    }
    anyhow::bail!("the store never takes a message again")
}

/// A batch that was refused is tried again as it is: if it had been written all the same, the entry of the
/// journal would not follow. Other workers of the lane may have taken it meanwhile.
async fn commit(store: &dyn Store, worker: u32, step: u32, mut epoch: u64) -> anyhow::Result<u64> {
    for _ in 0..PATIENCE {
        let fence = Some(Fence { lane: lane(worker), epoch });
        match store.commit(Batch { fence, ops: ops(worker, step), now_ms: 1 }).await {
            Ok(()) => {
                Said::Committed { worker, step }.say()?;
                return Ok(epoch);
            }
            Err(fault) if fault.code == nave_model::fault::codes::INTERNAL => {
                Said::Wrong(format!("what was refused is there: {}", fault.message)).say()?;
                anyhow::bail!("what was refused is there")
            }
            Err(fault) if fault.code == nave_model::fault::codes::LANE_LOST => {
                if let Ok(taken) = store.take(lane(worker), format!("worker {worker}")).await {
                    epoch = taken;
                }
            }
            Err(_) => {}
        }
    }
    anyhow::bail!("the store never takes a batch again")
}

/// The name of the cursor that holds the last step a worker committed.
pub(crate) fn done_by(worker: u32) -> String {
    format!("done-{worker}")
}

/// The step behind the one a cursor names.
pub(crate) fn next_step(cursor: Option<&[u8]>) -> u32 {
    let last = cursor.and_then(|value| std::str::from_utf8(value).ok()?.parse::<u32>().ok());
    last.map_or(0, |last| last + 1)
}

/// The lane of a worker's run and messages.
pub(crate) fn lane(worker: u32) -> u32 {
    worker % LANES
}

pub(crate) fn run_of(worker: u32) -> String {
    format!("run-{worker}")
}

/// What stands in a record: its name over and over, now and then too long for a column.
pub(crate) fn text(name: &str, step: u32) -> Vec<u8> {
    let times = if step % 11 == 5 { 9000 } else { 20 + step as usize % 50 };
    format!("{name} ").repeat(times).into_bytes()
}

pub(crate) fn blob(worker: u32, step: u32) -> Vec<u8> {
    text(&format!("blob {worker} {step}"), step)
}

pub(crate) fn message(worker: u32, step: u32, attempt: u32) -> NewMessage {
    let id = format!("{worker}-{step}-{attempt}");
    let body = Body::Inline(text(&id, step));
    let event = Event {
        id: id.clone(),
        source: "powerloss".to_owned(),
        name: "test.happened".to_owned(),
        subject: None,
        time_ms: None,
        received_ms: 1,
        trace: None,
        extensions: std::collections::BTreeMap::new(),
        media: "text/plain".to_owned(),
        body,
    };
    NewMessage {
        tenant: TENANT.to_owned(),
        lane: lane(worker),
        dedup: Some(id),
        message: Message::Event(event),
    }
}

/// One entry of every kind, all of one step.
fn ops(worker: u32, step: u32) -> Vec<Op> {
    let run = run_of(worker);
    let mut ops = vec![
        Op::PutRun(Box::new(record(worker, step))),
        Op::Journal {
            run: run.clone(),
            entries: vec![Entry { number: step, at_ms: 1, bytes: text(&run, step) }],
        },
        Op::SetTimer { run: run.clone(), name: "t".to_owned(), at_ms: u64::from(step), lane: lane(worker) },
        Op::Intend(Box::new(intent(worker, step))),
        Op::Audit(Audited {
            tenant: TENANT.to_owned(),
            who: format!("worker {worker}"),
            what: "step".to_owned(),
            on: step.to_string(),
            detail: serde_json::Value::Null,
        }),
        Op::Cursor { name: done_by(worker), value: Some(step.to_string().into_bytes()) },
    ];
    if let Some(before) = step.checked_sub(1) {
        ops.push(Op::Conclude(Box::new(Conclusion {
            id: call_of(worker, before),
            state: CallState::Done,
            code: None,
            message: None,
            status: Some(200),
            by: "answer".to_owned(),
        })));
    }
    if step % 16 == 15 {
        let snapshot = Snapshot { entries: step + 1, bytes: text(&run, step) };
        ops.push(Op::Snapshot { run, snapshot });
    }
    ops
}

pub(crate) fn call_of(worker: u32, step: u32) -> String {
    format!("run-{worker}/{step}")
}

fn intent(worker: u32, step: u32) -> Intent {
    Intent {
        id: call_of(worker, step),
        tenant: TENANT.to_owned(),
        connection: "erp".to_owned(),
        operation: "create".to_owned(),
        effect: "write".to_owned(),
        digest: "d".to_owned(),
        key: None,
        principal: "flow".to_owned(),
        run: Some(run_of(worker)),
        trace: None,
        arguments: text("arguments", step),
    }
}

pub(crate) fn record(worker: u32, step: u32) -> RunRecord {
    RunRecord {
        id: run_of(worker),
        tenant: TENANT.to_owned(),
        lane: lane(worker),
        flow: "test/flow".to_owned(),
        definition: "d".to_owned(),
        key: None,
        phase: if step.is_multiple_of(2) { Phase::Active } else { Phase::Waiting },
        state: "running".to_owned(),
        cause: "manual".to_owned(),
        parent: None,
        replay_of: None,
        created_ms: 1,
        changed_ms: u64::from(step),
        ended_ms: None,
        entries: step + 1,
        fault: None,
        trace: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_and_a_line_cut_off_is_not() {
        for said in [
            Said::Appended { worker: 1, step: 22, attempt: 0, lane: 3, position: 123 },
            Said::Committed { worker: 11, step: 2 },
            Said::Blob { worker: 0, step: 0 },
            Said::Refused { worker: 1, step: 2, attempt: 3 },
            Said::Resumed { worker: 4, step: 0 },
            Said::Wrong("it is".to_owned()),
        ] {
            let line = said.line();
            assert_eq!(Said::read(&line), Some(said));
            assert_eq!(Said::read(line.trim_end()), None);
        }
        assert_eq!(Said::read("appended 1 2\n"), None);
    }
}
