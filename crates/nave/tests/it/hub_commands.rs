//! The commands that ask a hub, against a real one: what people and programs read, and what they do.
#![expect(clippy::unwrap_used, reason = "the receiver of a test fails like a test")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::hub::{Running, ids, project, until};
use crate::rig::Place;

/// Starts a flow and waits for its end; gives the run's id.
#[track_caller]
fn ended(place: &Place, flow: &str, with: &str) -> String {
    place.nave(&["runs", "start", flow, "--with", with, "--wait"]);
    ids(place, &["runs", "--flow", flow, "-n", "1"]).remove(0)
}

#[test]
fn without_a_hub_every_command_says_what_to_type() {
    let place = project();
    for arguments in [
        &["runs"][..],
        &["runs", "show", "x"],
        &["events"],
        &["events", "send", "a.b"],
        &["events", "dead"],
        &["approvals"],
        &["ledger"],
        &["ledger", "unknown"],
        &["connections"],
        &["sources"],
        &["deliveries"],
        &["store"],
        &["runs", "--follow"],
    ] {
        place
            .nave(arguments)
            .code(9)
            .err(&["error[E-HUB-AWAY]", "hint: start one with `nave dev` or `nave serve`"]);
    }
    let ran = place.nave(&["runs", "--json"]).code(9);
    let fault: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(fault["fault"]["code"], "E-HUB-AWAY");
    // A token of somewhere else, and a hub that is not there.
    place.write("token", "nave_0123456789012345678901234567890123456789\n");
    place
        .nave(&["runs", "--hub", "127.0.0.1:1", "--token-file", "token"])
        .code(9)
        .err(&["no hub answers at 127.0.0.1:1"]);
    // No token crosses a network.
    place
        .nave(&["runs", "--hub", "192.0.2.1:7466", "--token-file", "token"])
        .code(2)
        .err(&["no hub listens at 192.0.2.1:7466", "ssh -L"]);
    // Somebody else, or a hub of another version, who answers what this one would not.
    for answer in ["<html>hello</html>", r#"{"items":[{"name":"other"}]}"#] {
        let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = stranger.local_addr().unwrap().to_string();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = stranger.accept().unwrap();
            let mut asked = [0; 4096];
            let _count = std::io::Read::read(&mut stream, &mut asked).unwrap();
            let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
            std::io::Write::write_all(&mut stream, text.as_bytes()).unwrap();
        });
        place
            .nave(&["runs", "--hub", &address, "--token-file", "token"])
            .code(9)
            .err(&["what answers is no hub of this version", "older or newer"]);
        answering.join().unwrap();
    }
}

#[test]
fn an_event_goes_in_and_everything_it_caused_can_be_seen() {
    let place = project();
    let mut hub = Running::dev(&place);
    let sent =
        place.nave(&["events", "send", "thing.heard", "--data", r#"{"text":"milk"}"#, "--id", "e1"]).done();
    assert_eq!(sent.out, "e1\n");
    hub.tells("completed");
    hub.tells("event    thing.heard  e1").lines().next().unwrap();
    hub.tells("call notes.create_note           done");

    place.nave(&["events", "send", "thing.heard", "--id", "e1"]).done().err(&["it was accepted before"]);
    place.nave(&["events"]).done().out(&["accepted", "type", "id", "thing.heard", "e1", "/people"]);
    place.nave(&["events", "--type", "other"]).done().err(&["no events"]);
    place.nave(&["events", "show", "e1"]).done().out(&[
        "thing.heard  e1",
        "\"text\": \"milk\"",
        "keep",
        "completed",
    ]);
    place.nave(&["events", "show", "e2"]).code(3).err(&["error[E-RUN-UNKNOWN]"]);
    assert_eq!(place.nave(&["events", "show", "e1", "--body"]).done().out, r#"{"text":"milk"}"#);

    let runs = place.nave(&["runs", "--cause", "e1", "--json"]).done().json();
    assert_eq!((runs.len(), &runs[0]["state"]), (1, &json!("completed")));
    let run = runs[0]["id"].as_str().unwrap();
    place.nave(&["runs", "show", run]).done().out(&[
        "keep  completed",
        "✓ kept  call notes.create_note",
        "in  {\"text\":\"milk\"}",
        "out {",
    ]);
    let shown = place.nave(&["runs", "show", run, "--json"]).done().json();
    assert_eq!(shown[0]["steps"][0]["task"], "kept");
    place.nave(&["runs", "show", "nothing"]).code(3).err(&["error[E-RUN-UNKNOWN]"]);
    place.nave(&["runs", "--since", "1h", "--until", "now"]).done().out(&[run]);
    place
        .nave(&["runs", "--since", "soon"])
        .code(2)
        .err(&["error[E-ARG-VALUE]: `soon` is no time for `--since`"]);

    let calls = place.nave(&["ledger", "--run", run, "--json"]).done().json();
    assert_eq!((calls.len(), &calls[0]["state"]), (1, &json!("done")));
    place
        .nave(&["ledger", "show", &format!("{run}/kept")])
        .done()
        .out(&["notes.create_note  done", "\"text\": \"milk\""]);
    place.nave(&["ledger", "unknown"]).done().err(&["every call's outcome is known"]);
    place
        .nave(&["ledger", "settle", &format!("{run}/kept"), "--not-done", "looked"])
        .code(6)
        .err(&["error[E-CONFLICT]"]);

    place.nave(&["connections"]).done().out(&["notes", "(sandbox)"]);
    place.nave(&["connections", "show", "notes"]).done().out(&["notes", "held back  nothing"]);
    place
        .nave(&["connections", "resume", "notes", "nots"])
        .code(1)
        .out(&["notes"])
        .err(&["nots:", "E-CONNECTION-UNKNOWN"]);
    place.nave(&["sources"]).done().err(&["no flow starts by itself"]);
    place.nave(&["deliveries"]).done().err(&["no deliveries"]);
    place.nave(&["store"]).done().out(&["it works", ".nave/store"]);
    place.nave(&["store", "sweep"]).done().out(&["dropped 0 segments"]);
    assert_eq!(hub.stop(), Some(0));
    place.nave(&["runs"]).code(9);
}

#[test]
fn options_of_a_list_stand_with_the_list() {
    let place = project();
    let _hub = Running::dev(&place);
    place
        .nave(&["runs", "--flow", "keep", "show", "x"])
        .code(2)
        .err(&["options of the list do not go with a command"]);
    // Those of all commands may stand anywhere.
    place.nave(&["--json", "events", "--person", "ann", "dead"]).done();
    place
        .nave(&["events", "dead", "--json", "--person", "Ann Example"])
        .code(2)
        .err(&["is no name of a person"]);
}

#[test]
fn lists_come_in_parts() {
    let place = project();
    let _hub = Running::dev(&place);
    for number in 0..5 {
        place.nave(&["events", "send", "a.b", "--id", &format!("e{number}")]).done();
    }
    let first =
        place.nave(&["events", "-n", "2"]).done().err(&["there may be more: `--after ", "`, or `--all`"]);
    let after = first.err.split("--after ").nth(1).unwrap().split('`').next().unwrap();
    let rest = ids(&place, &["events", "-n", "10", "--after", after]);
    assert_eq!(rest.len(), 3);
    assert_eq!(ids(&place, &["events", "--all"]).len(), 5);
    place.nave(&["events", "-n", "0"]).code(2);
}

#[test]
fn a_flow_is_started_by_hand_and_waited_for() {
    let place = project();
    let _hub = Running::dev(&place);
    let with = r#"{"text":"milk"}"#;
    let given = place.nave(&["runs", "start", "keep", "--with", with, "--wait"]).done();
    let given: Value = serde_json::from_str(&given.out).unwrap();
    assert!(given["id"].is_string(), "{given}");
    place.nave(&["runs", "start", "fail", "--wait"]).code(6).err(&["This cannot be.", "nave runs show"]);
    place.nave(&["runs", "start", "kepe"]).code(3).err(&["error[E-FLOW-NAME]"]);
    let once =
        |place: &Place| place.nave(&["runs", "start", "keep", "--with", with, "--once", "k"]).done().out;
    assert_eq!(once(&place), once(&place));
    place
        .nave(&["runs", "start", "keep", "--with", "{text"])
        .code(2)
        .err(&["error[E-ARG-SHAPE]: --with is not JSON"]);
}

#[test]
fn people_answer_what_runs_ask() {
    let place = project();
    let hub = Running::dev(&place);
    place.nave(&["approvals"]).done().err(&["nobody is asked anything"]);
    for text in ["milk", "tar"] {
        place.nave(&["runs", "start", "team/ask", "--with", &format!(r#"{{"text":"{text}"}}"#)]).done();
    }
    let asked = until(&place, &["approvals"], 2);
    place.nave(&["approvals"]).done().out(&["question", "Keep milk?", "lead", "team/ask"]);
    place.nave(&["approvals", "show", &asked[0]]).done().out(&["Keep milk?", "asked of   lead"]);
    place.nave(&["approvals", "approve", &asked[0]]).code(2).err(&["--as <ROLE>"]);
    place.nave(&["approvals", "approve", &asked[0], "--as", "cook"]).code(4).err(&["error[E-NOT-ALLOWED]"]);
    place.nave(&["approvals", "approve", &asked[0], "--as", "lead", "--comment", "yes"]).done();
    place.nave(&["approvals", "refuse", &asked[1], "--as", "lead"]).done();
    hub.tells("completed");
    let failed = until(&place, &["runs", "--state", "failed"], 1);
    place.nave(&["runs", "show", &failed[0]]).done().out(&["E-APPROVAL-REFUSED"]);
}

#[test]
fn runs_are_handled_one_by_one_or_all_that_fit() {
    let place = project();
    let _hub = Running::dev(&place);
    let failed = ended(&place, "fail", "1");
    place.nave(&["runs", "retry", &failed]).done().out(&[&failed]);
    until(&place, &["runs", "--state", "failed"], 1);
    let replayed = place.nave(&["runs", "replay", &failed, "--json"]).done().json();
    assert!(replayed[0]["run"].is_string(), "{replayed:?}");
    until(&place, &["runs", "--state", "failed"], 2);
    let mut cut = failed.clone();
    cut.pop();
    place.nave(&["runs", "show", &cut]).code(3).err(&["E-RUN-UNKNOWN", &format!("did you mean `{failed}`?")]);
    place.nave(&["runs", "retry", &format!("{cut}x")]).code(3).err(&["did you mean `"]);
    place.nave(&["runs", "show", "nothing"]).code(3).err(&["`nave runs` lists them"]);
    place.nave(&["runs", "cancel", &failed]).code(6).err(&["error[E-CONFLICT]"]);
    place.nave(&["runs", "cancel", &failed, "nothing"]).code(1).err(&["E-CONFLICT", "E-RUN-UNKNOWN"]);

    for _ in 0..3 {
        place.nave(&["runs", "start", "team/ask", "--with", r#"{"text":"x"}"#]).done();
    }
    until(&place, &["approvals"], 3);
    place.nave(&["runs", "cancel"]).code(2).err(&["nothing says which runs are meant", "--flow"]);
    let waiting = ["--flow", "team/ask"];
    let cancel = |more: &[&str]| place.nave(&[&["runs", "cancel"], &waiting[..], more].concat());
    cancel(&[])
        .code(2)
        .err(&["nobody is here to be asked: cancel 3 runs?", "`--yes` does it without asking"]);
    assert_eq!(cancel(&["--dry-run"]).done().out.lines().count(), 3);
    let done = cancel(&["--yes", "--reason", "not needed"]).done();
    assert_eq!(done.out.lines().count(), 3, "{done:?}");
    place.nave(&["runs", "--state", "cancelled"]).done().out(&["team/ask", "cancelled"]);
    place.nave(&["approvals"]).done().err(&["nobody is asked anything"]);
    place.nave(&["runs", "cancel", "--flow", "team/ask", "--state", "waiting"]).done().err(&["no run fits"]);
    place
        .nave(&["runs", "cancel", "--flow", "team/aks"])
        .code(3)
        .err(&["E-FLOW-NAME", "did you mean `team/ask`?"]);
    place.nave(&["runs", "--flow", "team/aks"]).code(3).err(&["E-FLOW-NAME"]);
    place.nave(&["runs", "--state", "cancled"]).code(2).err(&["'cancelled'"]);
    let unknown = ["ledger", "unknown", "--connection", "nots"];
    place.nave(&unknown).code(3).err(&["E-CONNECTION-UNKNOWN", "did you mean `notes`?"]);
}

#[test]
fn what_could_not_be_handled_is_listed_put_back_or_given_up() {
    let place = project();
    let _hub = Running::dev(&place);
    for number in 0..3 {
        let id = format!("bad{number}");
        place
            .nave(&[
                "events",
                "send",
                "thing.heard",
                "--id",
                &id,
                "--media",
                "application/json",
                "--data",
                "no json",
            ])
            .done();
    }
    let dead = until(&place, &["events", "dead"], 3);
    place.nave(&["events", "dead"]).done().out(&["thing.heard bad2", "E-EVENT-INVALID"]);
    place.nave(&["events", "dead", "show", &dead[0]]).done().out(&["thing.heard bad2", "why"]);
    place.nave(&["events", "dead", "show", "x"]).code(3).err(&["there is no dead letter `x`"]);
    place.nave(&["events", "dead", "drop", &dead[0]]).done().out(&[&dead[0]]);
    place.nave(&["events", "dead", "drop"]).code(2).err(&["nothing says which dead letters are meant"]);
    place
        .nave(&["events", "dead", "drop", "--all"])
        .code(2)
        .err(&["nobody is here to be asked: give up 2 dead letters?"]);
    // Put back, it fails again: another dead letter.
    place.nave(&["events", "dead", "revive", "--code", "E-EVENT-INVALID", "--yes"]).done();
    until(&place, &["events", "dead"], 2);
    place.nave(&["events", "dead", "drop", "--all", "--yes"]).done();
    place.nave(&["events", "dead"]).done().err(&["no dead letters"]);
}

#[test]
fn what_happens_is_followed_as_it_happens() {
    let place = project();
    let _hub = Running::dev(&place);
    place.nave(&["events", "send", "thing.heard", "--id", "before", "--data", r#"{"text":"a"}"#]).done();
    let events = Running::start(&place, &["events", "--follow"]);
    assert!(events.address.contains("thing.heard  before"), "{}", events.address);
    let runs = Running::start(&place, &["runs", "--follow", "--flow", "keep"]);
    place.nave(&["events", "send", "thing.heard", "--id", "after", "--data", r#"{"text":"b"}"#]).done();
    events.tells("thing.heard  after");
    runs.tells("call notes.create_note");
    runs.tells("completed");
}

#[test]
fn an_edit_is_taken_in_while_the_hub_runs_and_mistakes_are_shown() {
    let place = project();
    let hub = Running::dev(&place);
    place.write("flows/keep.yaml", &crate::hub::KEEP.replace("tostring", "tostrin"));
    hub.says("--> flows/keep.yaml:6");
    hub.says("did you mean `tostring`?");
    place.nave(&["runs", "start", "keep", "--with", r#"{"text":"still"}"#, "--wait"]).done();
    place.write("flows/keep.yaml", &crate::hub::KEEP.replace("kept:", "noted:"));
    hub.says("taken in: 4 flows, 1 connections");
    let run = ended(&place, "keep", r#"{"text":"new"}"#);
    place.nave(&["runs", "show", &run]).done().out(&["✓ noted"]);
}

#[test]
fn an_ended_run_is_replayed_from_a_step_with_the_corrected_flow() {
    const TWO: &str = "flow: two\ntrigger: manual\nsteps:\n  - first: notes.create_note\n    with: |\n      { text: \"kept\" }\n  - second: notes.create_note\n    with: |\n      { text: (.n | tonumber | tostring) }\n";
    let place = project();
    place.write("flows/two.yaml", TWO);
    let hub = Running::dev(&place);
    let failed = ended(&place, "two", r#"{"n":"no number"}"#);
    place.nave(&["runs", "show", &failed]).done().out(&["failed", "first"]);
    place.nave(&["runs", "replay", &failed, "--from", "secnd"]).code(6).err(&["did you mean `second`?"]);
    place.write("flows/two.yaml", &TWO.replace("(.n | tonumber | tostring)", "(.n | tostring)"));
    hub.says("taken in: 5 flows");
    let replayed = place.nave(&["runs", "replay", &failed, "--from", "second", "--json"]).done().json();
    let again = replayed[0]["run"].as_str().unwrap();
    until(&place, &["runs", "--flow", "two", "--state", "completed"], 1);
    let (before, after) = (shown(&place, &failed), shown(&place, again));
    assert_eq!(after["state"], "completed");
    assert_eq!(after["replay_of"], failed.as_str(), "{after}");
    // What was kept is what it gave before; the other step alone was done.
    assert_eq!(after["steps"][0]["output"], before["steps"][0]["output"], "{after}");
    assert_eq!((after["steps"][0].get("attempts"), &after["steps"][1]["attempts"]), (None, &Value::from(1)));
    assert_eq!(after["steps"][1]["input"]["text"], "no number");
    assert_eq!(before["state"], "failed", "what it was replayed from stays as it was");
}

/// A run as `--json` shows it.
fn shown(place: &Place, run: &str) -> Value {
    place.nave(&["runs", "show", run, "--json"]).done().json().remove(0)
}

/// Takes requests until a body has ended, answers each with 204, and hands over what it read.
fn receiver() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut read) = (stream.unwrap(), Vec::new());
            let mut bytes = [0; 4096];
            while !read.ends_with(b"}") {
                match stream.read(&mut bytes).unwrap() {
                    0 => break,
                    count => read.extend_from_slice(&bytes[..count]),
                }
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
            if told.send(String::from_utf8_lossy(&read).into_owned()).is_err() {
                return;
            }
        }
    });
    (port, received)
}

#[test]
fn what_happens_is_delivered_to_endpoints_and_can_be_delivered_again() {
    let place = project();
    let (port, received) = receiver();
    place.write("shop.secret", "whsec_c2hvcHNlY3JldHNob3BzZWNyZXRzaG9w\n");
    place.write(
        "endpoints/shop.yaml",
        &format!(
            "url: http://127.0.0.1:{port}/hooks\nevents: [thing.heard]\nsecret: {{ file: shop.secret }}\n\
             allow_private_hosts: [127.0.0.1]\n"
        ),
    );
    let _hub = Running::dev(&place);
    place.nave(&["events", "send", "thing.heard", "--data", r#"{"text":"milk"}"#, "--id", "e1"]).done();
    let first = received.recv().unwrap();
    assert!(first.starts_with("POST /hooks HTTP/1.1\r\n"), "{first}");
    assert!(first.contains("webhook-signature: v1,") && first.contains(r#""text":"milk""#), "{first}");
    until(&place, &["deliveries", "--endpoint", "shop", "--state", "delivered"], 1);
    place.nave(&["deliveries", "endpoints"]).done().out(&["shop", "healthy"]);
    place
        .nave(&["deliveries", "replay", "shop", "--from", "1h"])
        .done()
        .out(&["events that are delivered again: 1"]);
    let again = received.recv().unwrap();
    let id = |request: &str| {
        request.lines().find(|line| line.starts_with("webhook-id:")).map(str::to_owned).unwrap()
    };
    assert_eq!(id(&first), id(&again));
    place.nave(&["deliveries", "enable", "shop"]).done().err(&["gets deliveries again"]);
    place.nave(&["deliveries", "enable", "shpo"]).code(3).err(&["there is no endpoint `shpo`", "shop"]);
}
