//! Each trial in its short setting, against the hub as it is built here. The long settings are run by hand:
//! `docs/trials.md`.

use std::process::Command;

mod trials;

#[test]
fn nothing_acknowledged_is_lost_when_the_power_goes() {
    let program = env!("CARGO_BIN_EXE_xtask");
    let out = Command::new(program).args(["powerloss", "--times", "12", "--seed", "7"]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}");
    assert!(text.contains(" 0 lost, 0 wrong") || text.starts_with("skipped"), "{text}");
}
