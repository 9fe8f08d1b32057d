//! Calls against a sandbox that the same binary serves: right ones, wrong ones, whole lists, and
//! agents.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like a test")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::rig::{Place, command};

/// A sandbox under way; it ends with the test.
struct Sandbox {
    child: Child,
    address: String,
}

impl Sandbox {
    fn start(place: &Place, arguments: &[&str]) -> Sandbox {
        let mut child = command(&place.path("."))
            .args(["sandbox", "notes", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Sandbox { child, address: address.trim().to_owned() }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// A project with a sandbox and a connection to it, with a key in a file.
fn connected(arguments: &[&str]) -> (Place, Sandbox) {
    let place = Place::project();
    connect(place, arguments)
}

fn connect(place: Place, arguments: &[&str]) -> (Place, Sandbox) {
    let sandbox = Sandbox::start(&place, arguments);
    place.write("key", "secret-key\n");
    let address = sandbox.address.clone();
    place
        .nave(&[
            "connect",
            "mine",
            "--connector",
            "notes",
            "--address",
            &address,
            "--allow-private",
            "127.0.0.1",
            "--secret-file",
            "key",
        ])
        .done();
    (place, sandbox)
}

#[test]
fn a_right_call_is_answered() {
    let (place, _sandbox) = connected(&[]);
    let made =
        place.nave(&["call", "mine.create_note", "--with", r#"{"text":"milk","colour":"red"}"#]).done();
    let note: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!((&note["text"], &note["colour"]), (&"milk".into(), &"red".into()));
    let id = note["id"].as_str().unwrap();
    let with = serde_json::json!({ "id": id }).to_string();
    let read = place.nave(&["call", "notes.get_note", "--with", &with, "--json"]).done();
    assert_eq!(read.json(), std::slice::from_ref(&note));
    let full = place.nave(&["call", "notes.get_note", "--with", &with, "--json", "--full"]).done();
    assert_eq!((&full.json()[0]["status"], &full.json()[0]["value"]), (&200.into(), &note));
}

#[test]
fn a_wrong_call_is_told_before_the_connection_is_missed() {
    let place = Place::project();
    let call = |with: &str| place.nave(&["call", "notes.create_note", "--with", with]);
    call(r#"{"txet":"milk"}"#).code(2).err(&["E-ARG-UNKNOWN", "did you mean `text`"]);
    call(r#"{"text":"milk"}"#).code(3).err(&["E-CONNECTION-UNKNOWN", "nave connect"]);
}

#[test]
fn arguments_come_from_a_file_or_stdin_too() {
    let (place, _sandbox) = connected(&[]);
    place.write("note.json", r#"{"text":"from a file"}"#);
    place.nave(&["call", "mine.create_note", "--with", "@note.json"]).done().out(&["from a file"]);
    let piped = place.run(&["call", "mine.create_note", "--with", "-"], r#"{"text":"piped"}"#, &[]).done();
    piped.out(&["piped"]);
    place
        .nave(&["call", "mine.create_note", "--with", "@none.json"])
        .code(9)
        .err(&["`none.json` cannot be read"]);
    place
        .nave(&["call", "mine.create_note", "--with", "{text"])
        .code(2)
        .err(&["error[E-ARG-SHAPE]", "hint:"]);
    place.nave(&["call", "mine.create_note", "--with", "[]"]).code(2).err(&["error[E-ARG-SHAPE]"]);
}

#[test]
fn a_wrong_call_is_refused_before_it_is_sent() {
    let (place, sandbox) = connected(&[]);
    drop(sandbox);
    let connection = place.read("connections/mine.yaml") + "timeouts: { total_ms: 300 }\n";
    place.write("connections/mine.yaml", &connection);
    // Nothing listens any more: whatever were sent would be answered with another fault.
    let refused = |with: &str| place.nave(&["call", "mine.create_note", "--with", with]).code(2);
    refused(r#"{"text":"a","color":"red"}"#).err(&[
        "E-ARG-UNKNOWN",
        "--> arguments /color",
        "did you mean `colour`?",
    ]);
    refused(r#"{"text":"a","colour":"gren"}"#).err(&["E-ARG-VALUE", "--> arguments /colour", "green"]);
    refused("{}").err(&["E-ARG-REQUIRED", "text"]);
    place.nave(&["call", "mine.create_nite"]).code(3).err(&["E-OP-UNKNOWN", "did you mean `create_note`"]);
    place.nave(&["call", "mien.create_note"]).code(3).err(&["E-CONNECTION-UNKNOWN", "did you mean `mine`?"]);
    place.nave(&["call", "mine.list_notes"]).code(9).err(&["E-UNREACHABLE"]);
}

#[test]
fn a_missing_connection_names_the_command_that_makes_one() {
    let place = Place::project();
    let command = "nave connect notes --connector notes --secret-env NAME";
    place.nave(&["call", "notes.list_notes"]).code(3).err(&["error[E-CONNECTION-UNKNOWN]", command]);
}

#[test]
fn a_private_address_is_refused_unless_it_is_allowed() {
    let (place, sandbox) = connected(&[]);
    place
        .nave(&[
            "connect",
            "guarded",
            "--connector",
            "notes",
            "--address",
            &sandbox.address,
            "--secret-file",
            "key",
        ])
        .done();
    place
        .nave(&["call", "guarded.list_notes"])
        .code(4)
        .err(&["error[E-ADDRESS-REFUSED]", "allow_private_hosts"]);
}

#[test]
fn a_credential_that_is_not_there_is_missed_before_sending() {
    let (place, sandbox) = connected(&[]);
    place
        .nave(&[
            "connect",
            "bare",
            "--connector",
            "notes",
            "--address",
            &sandbox.address,
            "--allow-private",
            "127.0.0.1",
            "--secret-env",
            "SURELY_UNSET",
        ])
        .done();
    place.nave(&["call", "bare.list_notes"]).code(5).err(&["error[E-AUTH-MISSING]", "SURELY_UNSET"]);
    place.nave(&["doctor"]).code(1).out(&["bad", "SURELY_UNSET", "hint: set it where Nave runs"]);
    let set = place.run(&["call", "bare.list_notes"], "", &[("SURELY_UNSET", "key")]);
    set.done();
}

#[test]
fn a_dry_run_shows_the_request_and_no_credential() {
    let (place, sandbox) = connected(&[]);
    let ran = place.nave(&["call", "mine.create_note", "--with", r#"{"text":"milk"}"#, "--dry-run"]).done();
    let ran =
        ran.out(&[&format!("POST {}/notes", sandbox.address), "application/json", r#"{"text":"milk"}"#]);
    assert!(!ran.out.contains("secret-key") && !ran.err.contains("secret-key"), "{ran:?}");
    let ran =
        place.nave(&["call", "mine.list_notes", "--with", r#"{"limit":"3"}"#, "--dry-run", "--json"]).done();
    assert_eq!(ran.json()[0]["url"], format!("{}/notes?limit=3", sandbox.address));
    place.nave(&["call", "mine.list_notes", "--with", r#"{"limit":300}"#, "--dry-run"]).code(2);
}

#[test]
fn whole_lists_are_one_item_per_line() {
    let place = Place::project();
    let paging = "paging: { kind: cursor, items: /data, argument: after, next: /next }\n";
    let manifest = place.read("connectors/notes/connector.yaml") + paging;
    place.write("connectors/notes/connector.yaml", &manifest);
    let (place, _sandbox) = connect(place, &["--empty"]);
    for text in ["one", "two", "three"] {
        place.nave(&["call", "mine.create_note", "--with", &format!(r#"{{"text":"{text}"}}"#)]).done();
    }
    let all = place.nave(&["call", "mine.list_notes", "--with", r#"{"limit":2}"#, "--all"]).done();
    let mut texts: Vec<String> = all.json().iter().map(|note| note["text"].to_string()).collect();
    texts.sort();
    assert_eq!(texts, [r#""one""#, r#""three""#, r#""two""#]);
}

#[test]
fn a_list_without_a_paging_rule_says_what_is_missing() {
    let (place, _sandbox) = connected(&[]);
    place.nave(&["call", "mine.list_notes", "--all"]).code(11).err(&["error[E-PAGING]", "`paging`"]);
}

#[test]
fn a_flaky_system_is_ridden_out() {
    let (place, _sandbox) = connected(&["--faults", "throttled", "--seed", "1"]);
    let mut attempts = 0;
    for _ in 0..4 {
        let ran = place.nave(&["call", "mine.list_notes", "--json", "--full"]).done();
        attempts += ran.json()[0]["attempts"].as_u64().unwrap();
    }
    assert!(attempts > 4, "nothing was tried again in {attempts} attempts");
}

#[test]
fn a_sandbox_says_what_is_wrong_with_its_options() {
    let place = Place::project();
    place.nave(&["sandbox", "nots"]).code(3).err(&["did you mean `notes`?"]);
    place.nave(&["sandbox", "notes", "--faults", "stromy"]).code(2).err(&["did you mean `stormy`?"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    place.nave(&["sandbox", "notes", "--port", &port]).code(6).err(&["error[E-LISTEN]", "hint:"]);
}
