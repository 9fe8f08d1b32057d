//! What a shell sees: help, usage mistakes, colour, pipes, completions, the manual.

use std::io::Read;
use std::process::Stdio;

use crate::rig::{Place, command};

#[test]
fn help_lists_the_commands_and_the_exit_codes() {
    let place = Place::empty();
    let help = place.nave(&["--help"]).done();
    help.out(&["import", "describe", "check", "Exit codes:", "0  done", "13  internal"]);
    place.nave(&["--version"]).done().out(&["nave 0."]);
}

#[test]
fn usage_mistakes_are_told_on_stderr() {
    let place = Place::empty();
    let ran = place.nave(&["chekc"]).code(2).err(&["chekc", "check"]);
    assert_eq!(ran.out, "");
    place.nave(&["import"]).code(2).err(&["--as <NAME>"]);
    place.nave(&["-C", "nowhere", "check"]).code(9).err(&["`nowhere` is not a folder"]);
    place.nave(&["--log", "a=b=c", "check"]).code(2).err(&["E-SETTING-INVALID"]);
}

#[test]
fn a_fault_is_json_where_json_is_asked_for() {
    let place = Place::empty();
    let ran = place.nave(&["--json", "describe", "nothing.here"]).code(3);
    assert_eq!(ran.out, "");
    let fault: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(fault["fault"]["code"], "E-CONNECTOR-UNKNOWN");
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let place = Place::empty();
    assert!(!place.nave(&["describe", "a.b"]).err.contains('\u{1b}'));
    assert!(place.nave(&["--color", "always", "describe", "a.b"]).err.contains("\u{1b}[1;31merror"));
    let silent = place.run(&["describe", "a.b"], "", &[("NO_COLOR", "1")]);
    assert!(!silent.err.contains('\u{1b}'));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::project();
    let mut child = command(&place.path(".")).args(["man"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 16];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    assert!(child.wait().unwrap().success());
}

#[test]
fn completions_and_the_manual_know_the_commands() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        place.nave(&["completions", shell]).done().out(&["import"]);
    }
    place.nave(&["completions", "cmd"]).code(2);
    place.nave(&["man"]).done().out(&[".TH nave", ".TH nave-import", "dry"]);
}
