//! One process in front of the disk, from its start to the moment the power goes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use nave_store::sqlite::Synchronous;

use super::check::Told;
use super::disk::{Disk, Fault};
use super::mount::{self, Plan, Shared};
use super::work::Said;

/// A process works at most so long.
const LONGEST: Duration = Duration::from_secs(20);
/// Where the store is on the disk: in folders that it has to make.
pub(crate) const STORE: &str = "hub/store";

/// What a life is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    /// Which one it is that works in this store, from 0.
    pub(crate) number: u64,
    pub(crate) synchronous: Synchronous,
    pub(crate) plan: Plan,
    pub(crate) fault: Fault,
}

/// Lives it. Gives the disk as it is then, and how many changes it was asked for.
pub(crate) fn live(
    folder: &Path,
    mut disk: Disk,
    life: Life,
    told: &mut Told,
) -> anyhow::Result<(Disk, u64)> {
    disk.fault = life.fault;
    let shared = Shared::new(disk, Some(life.plan));
    let session = mount::mount(&shared, folder)?;
    let mut child = start(folder, life)?;
    let out = child.stdout.take().context("the process has no output")?;
    let ended = Arc::clone(&shared);
    let listener = std::thread::spawn(move || {
        let heard = hear(BufReader::new(out));
        ended.leave();
        heard
    });
    let (changes, early) = shared.wait(LONGEST);
    // It may have ended by itself, because nothing works without power.
    child.kill().ok();
    child.wait()?;
    let (said, error) = listener.join().map_err(|_| anyhow!("the process could not be heard"))?;
    for said in &said {
        told.hear(said);
    }
    told.ended();
    if early && life.fault == Fault::None {
        told.hear(&Said::Wrong(format!("the process ended by itself: {error}")));
    }
    session.join();
    Ok((shared.disk(), changes))
}

/// What the process says, and its last words where it ended by itself.
fn hear(mut out: impl BufRead) -> (Vec<Said>, String) {
    let mut said = Vec::new();
    let mut error = String::new();
    let mut line = String::new();
    while out.read_line(&mut line).is_ok_and(|length| length > 0) {
        match Said::read(&line) {
            Some(heard) => said.push(heard),
            None => error = line.trim_end().to_owned(),
        }
        line.clear();
    }
    (said, error)
}

fn start(folder: &Path, life: Life) -> anyhow::Result<Child> {
    let level = if life.synchronous == Synchronous::Off { "off" } else { "full" };
    let program = std::env::current_exe()?;
    Ok(Command::new(program)
        .args(["powerloss", "--store"])
        .arg(folder.join(STORE))
        .args([level.to_owned(), life.number.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?)
}
