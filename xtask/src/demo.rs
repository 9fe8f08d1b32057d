//! The demonstration: what the README promises, shown by the real binary against stand-ins on this machine.
//! Every line of output is what `nave` prints; every exit code is checked.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::bail;

use crate::say;

mod calls;
mod deal;
mod stage;

/// Shows everything, in a fresh folder below `target/`: the main job first, then how a system is described,
/// searched and called.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    say("Building nave; the first time takes a few minutes.");
    let built =
        Command::new("cargo").args(["build", "--locked", "--package", "nave"]).current_dir(root).status()?;
    if !built.success() {
        bail!("nave could not be built");
    }
    let started = started();
    let folder = root.join("target/demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    deal::run(root, &folder.join("deal-won"))?;
    calls::run(root, &folder.join("orders"))?;
    let seconds = started.elapsed().as_secs_f32();
    say(&format!("\nThat was all of it, in {seconds:.0} seconds. Its files are in {}.", folder.display()));
    Ok(true)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the demonstration says how long it took; no test depends on it"
)]
fn started() -> Instant {
    Instant::now()
}
