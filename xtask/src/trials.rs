//! Trials: programs that strain a real hub, count what became of everything, and fail loudly.
//! `docs/trials.md` says what each proves; how the hub does its work is none of their business, they see
//! what a sender and a system see.

use std::path::Path;

use crate::say;

mod ailing;
mod bench;
mod clock;
mod documents;
mod figures;
mod flood;
mod hub;
mod kill;
mod load;
mod options;
mod process;
mod report;
mod sleepers;
mod storm;
mod system;
mod wire;

pub(crate) use options::Options;

/// `SIGKILL` at random moments under load.
pub(crate) fn kill(root: &Path) -> anyhow::Result<bool> {
    perform(root, &kill::OPTIONS, kill::run)
}

/// Very many webhook deliveries, many of them twice.
pub(crate) fn flood(root: &Path) -> anyhow::Result<bool> {
    perform(root, &flood::OPTIONS, flood::run)
}

/// One of many systems is unwell; the others must not notice.
pub(crate) fn storm(root: &Path) -> anyhow::Result<bool> {
    perform(root, &storm::OPTIONS, storm::run)
}

/// Very many runs that wait.
pub(crate) fn sleepers(root: &Path) -> anyhow::Result<bool> {
    perform(root, &sleepers::OPTIONS, sleepers::run)
}

/// A disk that is full, fails, cannot be written or lies.
pub(crate) fn ailing(root: &Path) -> anyhow::Result<bool> {
    perform(root, &ailing::OPTIONS, ailing::run)
}

/// How fast the hub is, beside its yardsticks.
pub(crate) fn bench(root: &Path) -> anyhow::Result<bool> {
    perform(root, &bench::OPTIONS, bench::run)
}

/// Reads the options, starts a runtime and runs a trial in it.
fn perform<F>(
    root: &Path,
    known: &'static [options::Known],
    trial: impl FnOnce(hub::Place, Options) -> F,
) -> anyhow::Result<bool>
where
    F: Future<Output = anyhow::Result<report::Report>>,
{
    let given: Vec<String> = std::env::args().skip(2).collect();
    if given.iter().any(|word| word == "--help") {
        say(&options::help(known));
        return Ok(true);
    }
    let options = Options::read(known, &given)?;
    let place = hub::Place::prepare(root, &options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(trial(place.clone(), options))?;
    runtime.shutdown_background();
    let passed = report.close();
    if passed {
        place.clear();
    } else {
        say(&format!("The hub's folder is left to be looked at: {}", place.folder().display()));
    }
    Ok(passed)
}
