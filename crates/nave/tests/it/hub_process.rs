//! The hub as a process: settings, refusals, stops and kills, backups, and the doctor's look at it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use crate::hub::{Running, ids, project, until};
use crate::rig::Place;

#[test]
fn every_setting_is_shown_with_its_default() {
    let place = Place::empty();
    place.nave(&["serve", "--print-config"]).done().out(&[
        "listen: 127.0.0.1:7466",
        "store:",
        "retention:",
        "drain:",
    ]);
    let project = project();
    project.nave(&["serve", "--set", "listne=x"]).code(2).err(&["did you mean `listen`?"]);
    project.nave(&["serve", "--set", "listen"]).code(2).err(&["sets nothing", "--set SETTING=VALUE"]);
    project.nave(&["serve", "--listen", "0.0.0.0:7466"]).code(2).err(&["E-SETTING-INVALID", "loopback"]);
    let variable = [("NAVE_HUB_LISTEN", "10.0.0.1:80")];
    project.run(&["serve"], "", &variable).code(2).err(&["(set by `NAVE_HUB_LISTEN`)"]);
    let nothing = Place::empty();
    nothing
        .nave(&["serve", "--set", "log.filter=a=b=c"])
        .code(2)
        .err(&["there is no nave.yaml", "`nave init`"]);
    project.write("nave.yaml", "hub: { retention: { rnus: 7d } }\n");
    project.nave(&["serve"]).code(2).err(&["nave.yaml:1", "did you mean `runs`?"]);
    project.nave(&["check"]).code(1).out(&["nave.yaml:1", "did you mean `runs`?"]);
}

#[test]
fn a_project_with_mistakes_is_not_served() {
    let place = project();
    place.write("flows/wrong.yaml", "flow: wrong\ntrigger: manual\nsteps:\n  - a: notes.creat_note\n");
    place
        .nave(&["serve", "--listen", "127.0.0.1:0"])
        .code(3)
        .err(&["flows/wrong.yaml:4", "did you mean `create_note`"]);
    // For whoever builds, what is right runs.
    let hub = Running::dev(&place);
    hub.says("flows/wrong.yaml:4");
    place.nave(&["runs", "start", "keep", "--with", r#"{"text":"x"}"#, "--wait"]).done();
}

/// A sandbox that is no part of the hub, so that it remembers what a killed hub did.
pub(crate) fn served(place: &Place, faults: &str) -> Running {
    let sandbox = Running::start(place, &["sandbox", "notes", "--port", "0", "--empty", "--faults", faults]);
    place.write("key", "secret\n");
    let connection = format!(
        "connector: notes\naddress: {}\nallow_private_hosts: [127.0.0.1]\ncredential: {{ secret: {{ file: key }} }}\n",
        sandbox.address
    );
    place.write("connections/notes.yaml", &connection);
    sandbox
}

#[test]
fn a_hub_that_is_killed_goes_on_where_it_was_and_does_nothing_twice() {
    const EVENTS: usize = 20;
    let place = project();
    let _sandbox = served(&place, "calm");
    let mut hub = Running::serve(&place);
    for number in 0..EVENTS {
        let data = format!(r#"{{"text":"note {number}"}}"#);
        place.nave(&["events", "send", "thing.heard", "--id", &format!("e{number}"), "--data", &data]).done();
        if number % 7 == 6 {
            hub.kill();
            place.nave(&["doctor"]).code(0).out(&["note  hub", "stopped without saying so"]);
            hub = Running::serve(&place);
        }
    }
    until(&place, &["runs", "--phase", "ended"], EVENTS - ids(&place, &["ledger", "unknown"]).len());
    let unknown = ids(&place, &["ledger", "unknown"]);
    let ended = until(&place, &["runs", "--phase", "ended"], EVENTS - unknown.len());
    assert_eq!(ids(&place, &["events", "--type", "thing.heard"]).len(), EVENTS, "nothing accepted is lost");
    assert_eq!(ended.len() + unknown.len(), EVENTS, "each is done, or listed as unknown");
    let notes =
        place.nave(&["call", "notes.list_notes", "--with", r#"{"limit":100}"#, "--json"]).done().json();
    let texts: Vec<String> =
        notes[0]["data"].as_array().unwrap().iter().map(|note| note["text"].to_string()).collect();
    let different: BTreeSet<&String> = texts.iter().collect();
    assert_eq!(texts.len(), different.len(), "nothing is done twice");
    assert!(texts.len() >= ended.len(), "{} notes of {} runs", texts.len(), ended.len());
    assert_eq!(hub.stop(), Some(0));
}

#[test]
fn what_nobody_knows_is_listed_never_repeated_and_settled_by_a_person() {
    let place = project();
    // It does what it is asked, and its answer never comes.
    let mut sandbox = served(&place, "reset");
    let _hub = Running::serve(&place);
    for text in ["a", "b"] {
        place.nave(&["runs", "start", "keep", "--with", &format!(r#"{{"text":"{text}"}}"#)]).done();
    }
    let unknown = until(&place, &["ledger", "unknown"], 2);
    place.nave(&["ledger", "unknown"]).done().out(&[&unknown[0], "notes.create_note"]).err(&[
        "look at the system",
        "nave ledger settle ID --done",
        "--not-done",
    ]);
    assert_eq!(ids(&place, &["runs", "--state", "unknown"]).len(), 2);
    place.nave(&["ledger", "show", &unknown[0]]).done().out(&["unknown"]);
    let settle = |more: &[&str]| place.nave(&[&["ledger", "settle"], more].concat());
    settle(&[&unknown[0], "--done", r#"{"id":"n1","text":"a"}"#]).done();
    settle(&[&unknown[1], "--not-done", "it is not there"]).done();
    until(&place, &["runs", "--state", "completed"], 1);
    let failed = until(&place, &["runs", "--state", "failed"], 1);
    place.nave(&["runs", "show", &failed[0]]).done().out(&["it is not there"]);
    settle(&[&unknown[0], "--done", "null"]).code(6).err(&["error[E-CONFLICT]"]);
    settle(&["nothing/kept", "--done", "null"]).code(3).err(&["error[E-RUN-UNKNOWN]"]);
    place.nave(&["ledger", "unknown"]).done().err(&["every call's outcome is known"]);
    sandbox.stop();
    sandbox.says(" 2 received, 2 done");
}

#[test]
fn a_second_hub_of_a_project_is_refused() {
    let place = project();
    let hub = Running::dev(&place);
    place.nave(&["dev", "--listen", "127.0.0.1:0"]).code(8).err(&[
        "error[E-STORE-FAILED]",
        "another process uses the store",
        &format!("`nave dev` of this project listens at {}", hub.address),
    ]);
    let address = hub.address.strip_prefix("http://").unwrap();
    project().nave(&["dev", "--listen", address]).code(6).err(&["error[E-LISTEN]", "another hub may run"]);
    place.nave(&["runs"]).done();
}

#[test]
fn a_copy_is_made_while_the_hub_works_and_while_it_does_not_run() {
    let place = project();
    place.nave(&["backup"]).code(9).err(&["there is no store"]);
    let mut hub = Running::dev(&place);
    place.nave(&["runs", "start", "keep", "--with", r#"{"text":"one"}"#, "--wait"]).done();
    place.nave(&["backup", "copies/first"]).done().out(&["copies/first"]);
    place.nave(&["backup", "copies/first"]).code(6).err(&["there is something at `copies/first` already"]);
    place.nave(&["backup"]).done().out(&[".nave/backups/b-"]);
    place.nave(&["runs", "start", "keep", "--with", r#"{"text":"two"}"#, "--wait"]).done();
    place.nave(&["restore", "copies/first", "--replace"]).code(6).err(&["a hub runs with this project"]);
    assert_eq!(hub.stop(), Some(0));
    place.nave(&["backup", "copies/second"]).done().out(&["copies/second"]);

    place.nave(&["restore", "copies/first"]).code(6).err(&["`--replace` moves it aside and keeps it"]);
    place
        .nave(&["restore", "copies/first", "--replace"])
        .done()
        .err(&["what was there is in", "the copy is whole"]);
    let mut hub = Running::dev(&place);
    assert_eq!(ids(&place, &["runs"]).len(), 1);
    assert_eq!(hub.stop(), Some(0));
    place.nave(&["restore", "copies/second", "--replace"]).done();
    let mut hub = Running::dev(&place);
    assert_eq!(ids(&place, &["runs"]).len(), 2);
    assert_eq!(hub.stop(), Some(0));

    let file = place.path("copies/second/store.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    place.nave(&["restore", "copies/second", "--replace"]).code(13).err(&["error[E-STORE-CORRUPT]"]);
    let _hub = Running::dev(&place);
    assert_eq!(ids(&place, &["runs"]).len(), 2, "what was there is still there");
}

#[test]
fn the_doctor_looks_at_the_hub() {
    let place = project();
    place.nave(&["doctor"]).done().out(&[
        "hub",
        "none runs here",
        "token",
        "made at the first start",
        "store",
        "disk",
        "clock",
    ]);
    let mut hub = Running::dev(&place);
    place.nave(&["doctor"]).done().out(&[
        "hub",
        "dev at 127.0.0.1:",
        "ready",
        "token",
        "readable by its owner alone",
        "writing works",
    ]);
    assert_eq!(hub.stop(), Some(0));
    let token = place.path(".nave/token");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    place.nave(&["doctor"]).code(1).out(&["bad   token", "others may read", "hint: `chmod 600"]);
    place
        .nave(&["dev", "--listen", "127.0.0.1:0"])
        .code(9)
        .err(&["error[E-FILE]: others may read the token"]);
    place.write("nave.yaml", "hub: { drain: soon }\n");
    place.nave(&["doctor"]).code(1).out(&["bad   settings"]);
}
