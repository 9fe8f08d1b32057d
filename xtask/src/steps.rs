//! Running other programs step by step, with their last words kept for the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, anyhow};

/// What a step left behind.
pub(crate) struct Outcome {
    /// Whether it succeeded.
    pub(crate) passed: bool,
    /// The lines in which a test runner sums up.
    pub(crate) closing: Vec<String>,
}

/// Runs a program in `root`, passing its output on as it comes.
pub(crate) fn run(root: &Path, program: &[&str]) -> anyhow::Result<Outcome> {
    let (name, arguments) = program.split_first().ok_or_else(|| anyhow!("no program"))?;
    let mut child = Command::new(name)
        .args(arguments)
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` cannot be started"))?;
    let out = child.stdout.take().map(|pipe| thread::spawn(move || pass_on(pipe, std::io::stdout())));
    let err = child.stderr.take().map(|pipe| thread::spawn(move || pass_on(pipe, std::io::stderr())));
    let status = child.wait()?;
    let mut closing = Vec::new();
    for reader in [out, err].into_iter().flatten() {
        closing.extend(reader.join().map_err(|_| anyhow!("the output of `{name}` could not be read"))?);
    }
    Ok(Outcome { passed: status.success(), closing })
}

/// The `nave` that cargo built in this profile: below `target`, or where `CARGO_TARGET_DIR` says.
#[expect(clippy::disallowed_methods, reason = "cargo reads the same variable")]
pub(crate) fn built(root: &Path, profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join(profile).join("nave")
}

/// Whether a program answers `--version`.
pub(crate) fn exists(program: &[&str]) -> bool {
    let Some((name, arguments)) = program.split_first() else { return false };
    let quiet = Command::new(name).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

fn pass_on(from: impl Read, mut to: impl Write) -> Vec<String> {
    let mut closing = Vec::new();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let _ignored = to.write_all(&line);
        let text = String::from_utf8_lossy(&line);
        if sums_up(&text) {
            closing.push(text.trim_end().to_owned());
        }
        line.clear();
    }
    closing
}

/// The closing lines of cargo-nextest ("Summary …", "FAIL …") and of `cargo test` ("test result: …").
fn sums_up(line: &str) -> bool {
    let line = line.trim_start();
    ["Summary [", "test result:", "FAIL [", "TIMEOUT [", "SIGABRT ["]
        .iter()
        .any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_both_runners_are_kept() {
        let output =
            "running 3 tests\ntest a ... ok\ntest result: ok. 3 passed\n     Summary [   1.2s] 3 tests run\n";
        let mut passed_on = Vec::new();
        let closing = pass_on(output.as_bytes(), &mut passed_on);
        assert_eq!(closing, ["test result: ok. 3 passed", "     Summary [   1.2s] 3 tests run"]);
        assert_eq!(passed_on, output.as_bytes());
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_and_a_failing_one_a_failed_step() {
        assert!(run(Path::new("."), &["no-such-program-anywhere"]).is_err());
        assert!(!run(Path::new("."), &["false"]).unwrap().passed);
        assert!(!exists(&["no-such-program-anywhere"]));
    }
}
