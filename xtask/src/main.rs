//! Chores of the workspace: the house rules, everything a change must pass, and the demonstration.
//! `cargo xtask` lists them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod clients;
mod demo;
mod house;
#[cfg(target_os = "linux")]
mod powerloss;
mod steps;
mod test;

/// Each chore: its name, what it does, and the function that does it.
const CHORES: [(&str, &str, Chore); 6] = [
    ("demo", "shows Nave at work in under a minute, driving the real binary", demo::run),
    ("test", "everything a change must pass; what continuous integration runs", test::run),
    ("house", "the rules of the house: arrows, sizes, words, fault pages, licences", house::run),
    ("clients", "`nave mcp` driven by the Python SDK and the MCP Inspector (PyPI, npm)", clients::run),
    (
        "powerloss",
        "the store under power losses and failing disks: `--times N --seed N --synchronous off`",
        powerloss::run,
    ),
    ("licences", "the licence of every locked package against deny.toml", house::run_licences),
];

/// The disk that loses is a file system of Linux.
#[cfg(not(target_os = "linux"))]
mod powerloss {
    pub(crate) fn run(_: &std::path::Path) -> anyhow::Result<bool> {
        crate::say("skipped: the disk that loses needs Linux");
        Ok(true)
    }
}

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
