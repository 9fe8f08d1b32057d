//! Each trial in its short setting, against the hub as it is built here. The long settings are run by hand:
//! `docs/trials.md`.
#![expect(clippy::unwrap_used, reason = "the helper of tests fails like a test")]

use std::path::Path;
use std::process::Command;

/// Runs a trial; it must have passed and printed what is expected. The tests of the whole workspace build
/// `nave` beside this program before any of them runs; where only these run and it is not there, the trial
/// builds it.
fn check(trial: &[&str], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_xtask"));
    let mut command = Command::new(program);
    command.args(trial).arg("--folder").arg(folder.path().join("hub"));
    let beside = program.with_file_name("nave");
    if beside.exists() {
        command.arg("--hub").arg(beside);
    }
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for line in expected {
        assert!(printed.contains(line), "no `{line}` in\n{printed}");
    }
}

#[test]
fn a_hub_that_is_killed_loses_and_doubles_nothing() {
    check(&["kill", "--times", "4", "--rate", "60"], &["PASSED: 4 kills under load"]);
}

#[test]
fn duplicates_have_no_effect() {
    check(&["flood", "--events", "600", "--together", "100"], &["PASSED: 600 deliveries of 420 events"]);
}

/// How much longer others take is not asked of a machine that runs other tests at the same time.
#[test]
fn an_unwell_system_is_held_back_and_done_later() {
    let few = ["storm", "--systems", "5", "--rate", "30", "--seconds", "1", "--factor", "1000"];
    check(&few, &["PASSED: storms at one of 5 systems"]);
}

#[test]
fn runs_that_wait_survive_restarts_and_wake_once() {
    let few = ["sleepers", "--runs", "500", "--sample", "40", "--within", "3", "--ready", "20000"];
    check(&few, &["PASSED: 500 runs that wait"]);
}

#[test]
fn an_ailing_disk_loses_nothing() {
    check(&["ailing", "--seconds", "1"], &["ok      changed: the hub says that the record is corrupt"]);
}

#[test]
fn the_benchmark_measures() {
    let short = ["bench-hub", "--seconds", "1", "--connections", "8", "--together", "16"];
    check(&short, &["durable acknowledgements a second", "PASSED: a hub beside its yardsticks"]);
}

/// A trial that cannot fail proves nothing: a hub that is none fails it.
#[test]
fn a_hub_that_does_not_run_fails_a_trial() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["flood", "--events", "10", "--together", "2", "--hub", "/bin/false", "--folder"])
        .arg(folder.path().join("hub"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the hub ended with"));
}
