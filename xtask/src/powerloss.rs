//! Power losses and failing disks under the store: a process works on a disk of which only what was synced stays,
//! the power goes at a random moment, and everything that was acknowledged must be there. The same losses with
//! syncing turned off must show, so that the program is known to notice.

use std::path::Path;

use anyhow::{Context, bail};
use nave_store::sqlite::Synchronous;

use self::check::{Found, Told};
use self::disk::{Disk, Fault, Loss};
use self::life::{Life, STORE, live};
use self::mount::{Plan, Shared};
use crate::say;

mod check;
mod disk;
mod life;
mod mount;
mod work;

/// A store lives through so many losses before the next begins anew.
const LIVES: u64 = 8;

/// What is asked for on the command line.
struct Wanted {
    times: u64,
    seed: u64,
    synchronous: Option<Synchronous>,
}

/// What happened so far.
#[derive(Debug, Default)]
struct Sum {
    losses: u64,
    acknowledged: u64,
    faults: u64,
    lost: u64,
    wrong: u64,
}

/// Runs the losses that were asked for.
pub(crate) fn run(_: &Path) -> anyhow::Result<bool> {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    if let [flag, folder, synchronous, life] = arguments.as_slice()
        && flag == "--store"
    {
        let synchronous = if synchronous == "off" { Synchronous::Off } else { Synchronous::Full };
        return work::work(Path::new(folder), synchronous, life.parse()?).map(|()| true);
    }
    let wanted = wanted(&arguments)?;
    let folder = tempfile::tempdir()?;
    match mount::mount(&Shared::new(Disk::new(0), None), folder.path()) {
        Ok(session) => session.join(),
        Err(error) => {
            say(&format!("skipped: the disk that loses needs FUSE and may not use it here: {error:#}"));
            return Ok(true);
        }
    }
    say(&format!("seed {}", wanted.seed));
    let mut passed = true;
    if wanted.synchronous != Some(Synchronous::Off) {
        let sum = losses(&wanted, wanted.times, Synchronous::Full)?;
        say(&format!(
            "{} power losses, {} failures of the disk, {} acknowledged, {} lost, {} wrong",
            sum.losses, sum.faults, sum.acknowledged, sum.lost, sum.wrong
        ));
        passed = sum.lost == 0 && sum.wrong == 0 && sum.acknowledged > 0;
    }
    if wanted.synchronous != Some(Synchronous::Full) {
        let times =
            if wanted.synchronous.is_some() { wanted.times } else { wanted.times.div_ceil(10).max(3) };
        let sum = losses(&wanted, times, Synchronous::Off)?;
        say(&format!(
            "with syncing turned off: {} power losses, {} acknowledged, {} lost, {} wrong",
            sum.losses, sum.acknowledged, sum.lost, sum.wrong
        ));
        if sum.lost + sum.wrong == 0 {
            say("nothing was lost without syncing: the disk does not lose what it should");
            passed = false;
        }
    }
    Ok(passed)
}

fn wanted(arguments: &[String]) -> anyhow::Result<Wanted> {
    let mut wanted = Wanted { times: 100, seed: fastrand::u64(..), synchronous: None };
    for pair in arguments.chunks(2) {
        match pair {
            [flag, value] if flag == "--times" => wanted.times = value.parse().context("--times")?,
            [flag, value] if flag == "--seed" => wanted.seed = value.parse().context("--seed")?,
            [flag, value] if flag == "--synchronous" && value == "off" => {
                wanted.synchronous = Some(Synchronous::Off);
            }
            [flag, value] if flag == "--synchronous" && value == "full" => {
                wanted.synchronous = Some(Synchronous::Full);
            }
            _ => bail!("powerloss [--times N] [--seed N] [--synchronous full|off]"),
        }
    }
    Ok(wanted)
}

/// Works and loses, again and again.
fn losses(wanted: &Wanted, times: u64, synchronous: Synchronous) -> anyhow::Result<Sum> {
    let folder = tempfile::tempdir()?;
    let mut random = fastrand::Rng::with_seed(wanted.seed);
    let mut sum = Sum::default();
    let mut disk = Disk::new(random.u64(..));
    let mut told = Told::default();
    let mut number = 0;
    while sum.losses < times {
        if number == LIVES {
            (disk, told, number) = (Disk::new(random.u64(..)), Told::default(), 0);
        }
        let plan = plan(&mut random, synchronous);
        let fault = fault(&mut random, synchronous);
        let before = told.acknowledged;
        let changes;
        let this = Life { number, synchronous, plan, fault };
        (disk, changes) = live(folder.path(), disk, this, &mut told)?;
        let found = examine(folder.path(), &disk, &told)?;
        sum.acknowledged += told.acknowledged - before;
        sum.faults += std::mem::take(&mut disk.faults);
        sum.losses += u64::from(plan.loss != Loss::None);
        number += 1;
        if found.lost.is_empty() && found.wrong.is_empty() {
            continue;
        }
        sum.lost += found.lost.len() as u64;
        sum.wrong += found.wrong.len() as u64;
        if synchronous == Synchronous::Full {
            report(&found, &format!("after {changes} changes: {this:?}"));
        }
        // What is lost stays so: the next store begins anew.
        number = LIVES;
    }
    Ok(sum)
}

/// When the power goes: often early, so that the making of a store is met, too.
fn plan(random: &mut fastrand::Rng, synchronous: Synchronous) -> Plan {
    if synchronous == Synchronous::Off {
        return Plan { before: random.u64(2000..8000), loss: Loss::Whole };
    }
    let before = 1 + (1_u64 << random.u64(0..15)) * random.u64(1..=4) / 4 + random.u64(0..50);
    let loss = match random.u64(0..6) {
        0 => Loss::None,
        1 => Loss::Torn(10),
        2 => Loss::Torn(50),
        3 => Loss::Torn(90),
        _ => Loss::Whole,
    };
    Plan { before, loss }
}

fn fault(random: &mut fastrand::Rng, synchronous: Synchronous) -> Fault {
    if synchronous == Synchronous::Off {
        return Fault::None;
    }
    match random.u64(0..6) {
        0 => Fault::Sync(random.u64(4..60)),
        1 => Fault::Full { room: random.usize(0..2_000_000), refusals: random.u64(0..100) },
        _ => Fault::None,
    }
}

/// Looks at a copy of the disk, so that the next process finds it untouched.
fn examine(folder: &Path, disk: &Disk, told: &Told) -> anyhow::Result<Found> {
    let mut disk = disk.clone();
    disk.fault = Fault::None;
    let session = mount::mount(&Shared::new(disk, None), folder)?;
    let found = check::check(&folder.join(STORE), told);
    session.join();
    found
}

fn report(found: &Found, when: &str) {
    say(&format!("not as it should be {when}:"));
    for lost in found.lost.iter().take(10) {
        say(&format!("  lost: {lost}"));
    }
    for wrong in found.wrong.iter().take(10) {
        say(&format!("  wrong: {wrong}"));
    }
}
