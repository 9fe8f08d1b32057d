//! Chores of the workspace: the house rules, everything a change must pass, and the demonstration.
//! `cargo xtask` lists them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod clients;
mod demo;
mod house;
mod powerloss;
mod signatures;
mod steps;
mod test;
mod trials;

/// Each chore: its name, what it does, and the function that does it.
const CHORES: [(&str, &str, Chore); 13] = [
    ("demo", "shows Nave at work in under a minute, driving the real binary", demo::run),
    ("test", "everything a change must pass; what continuous integration runs", test::run),
    ("house", "the rules of the house: arrows, sizes, words, fault pages, licences", house::run),
    ("clients", "`nave mcp` driven by the Python SDK and the MCP Inspector (PyPI, npm)", clients::run),
    ("signatures", "webhooks signed by the vendors' own SDKs, recorded for the tests (npm)", signatures::run),
    ("kill", "trial: SIGKILL at random moments under load; nothing lost, nothing done twice", trials::kill),
    ("flood", "trial: a million deliveries, 30 % of them twice; effects equal uniques", trials::flood),
    ("storm", "trial: one of 100 systems is unwell; the others do not notice", trials::storm),
    ("sleepers", "trial: 100,000 runs that wait; little memory, a quick restart", trials::sleepers),
    ("ailing", "trial: a disk that is full, fails, cannot be written or lies", trials::ailing),
    (
        "powerloss",
        "the store under power losses and failing disks: `--times N --seed N --synchronous off`",
        powerloss::run,
    ),
    ("bench-hub", "how fast a hub is, beside its yardsticks", trials::bench),
    ("licences", "the licence of every locked package against deny.toml", house::run_licences),
];

type Chore = fn(&Path) -> anyhow::Result<bool>;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let Some((_, _, chore)) = CHORES.iter().find(|(name, _, _)| *name == wanted) else {
        say("Chores: cargo xtask NAME");
        for (name, what, _) in CHORES {
            say(&format!("  {name:<10} {what}"));
        }
        return if wanted.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    match chore(&root()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// One line for the person at the terminal. A closed pipe is no reason to fail.
fn say(line: &str) {
    let _ignored = writeln!(std::io::stdout(), "{line}");
}
