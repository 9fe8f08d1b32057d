//! The log of a hub, as programs read it: one trace, the documented lines, and nobody's data.

use serde_json::Value;

use crate::hub::{Running, project, until};
use crate::hub_process::served;

const PERSON: &str = "Erika Mustermann";
const SECRET: &str = "sk-4f1d90c2";

/// Cannot judge what is no number.
const PICKY: &str = "\
flow: picky
trigger: thing.heard
when: (.text | tonumber) > 1
steps:
  - no: raise
    code: never
";

/// The one line with this message about this flow, or about anything.
#[track_caller]
fn line<'a>(lines: &'a [Value], message: &str, flow: Option<&str>) -> &'a Value {
    let fits = |line: &&Value| line["message"] == message && flow.is_none_or(|flow| line["flow"] == flow);
    let mut found = lines.iter().filter(fits);
    let one = found.next().unwrap_or_else(|| unreachable!("`{message}` of {flow:?} is not in {lines:#?}"));
    assert_eq!(found.next(), None);
    one
}

#[track_caller]
fn check(line: &Value, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        let found = line[name].as_str().map_or_else(|| line[name].to_string(), str::to_owned);
        assert_eq!(&found, value, "`{name}` of {line}");
    }
}

#[test]
fn every_line_has_its_trace_and_none_has_data() {
    let place = project();
    place.write("flows/picky.yaml", PICKY);
    let _sandbox = served(&place, "calm");
    place.write("key", SECRET);
    let settings = ["--set", "log.format=json", "--set", "log.filter=debug"];
    let mut hub = Running::start(&place, &[&["serve", "--listen", "127.0.0.1:0"], &settings[..]].concat());
    let data = format!(r#"{{"text":"{PERSON}"}}"#);
    place.nave(&["events", "send", "thing.heard", "--id", "e1", "--data", &data]).done();
    place.nave(&["runs", "start", "fail", "--with", &data]).done();
    until(&place, &["runs", "--phase", "ended"], 2);
    until(&place, &["events", "dead"], 1);
    let event = place.nave(&["events", "show", "e1", "--json"]).done().json().remove(0);
    let trace = event["trace_id"].as_str().unwrap();
    place.nave(&["events", "show", "e1"]).done().out(&[&format!("trace      {trace}")]);
    assert_eq!(hub.stop(), Some(0));
    let text = hub.says("the hub stopped");

    let documented =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/logs.md")).unwrap();
    let mut lines: Vec<Value> = Vec::new();
    for line in text.lines() {
        assert!(!line.contains(PERSON) && !line.contains("Erika") && !line.contains(SECRET), "{line}");
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| unreachable!("no JSON: {line}"));
        let message = line["message"].as_str().unwrap().replace('`', "");
        if line["target"].as_str().unwrap().starts_with("nave") {
            assert!(documented.contains(&format!("`{message}`")), "docs/logs.md does not list: {line}");
        }
        lines.push(line);
    }

    let keep = Some("keep");
    let run = line(&lines, "a run begins", keep)["run"].as_str().unwrap();
    let of_run = [("trace_id", trace), ("run", run), ("flow", "keep"), ("tenant", "default")];
    let of_call = [
        ("trace_id", trace),
        ("run", run),
        ("step", "kept"),
        ("connection", "notes"),
        ("operation", "create_note"),
    ];
    check(
        line(&lines, "an event is accepted", None),
        &[("event", "e1"), ("trace_id", trace), ("kind", "thing.heard")],
    );
    check(
        line(&lines, "a run begins", keep),
        &[&of_run[..], &[("event", "e1"), ("level", "DEBUG")]].concat(),
    );
    check(line(&lines, "a step begins", keep), &[&of_run[..], &of_call].concat());
    let with = |more: &[(&'static str, &'static str)]| [&of_call[..], more].concat();
    check(line(&lines, "a request goes out", None), &with(&[("attempt", "1"), ("principal", "flow")]));
    check(line(&lines, "an answer came", None), &with(&[("attempt", "1"), ("status", "201")]));
    check(line(&lines, "a step ended", keep), &with(&[("how", "done")]));
    check(line(&lines, "a run completed", keep), &of_run);
    check(
        line(&lines, "a message cannot be handled, and is a dead letter", Some("picky")),
        &[
            ("level", "WARN"),
            ("trace_id", trace),
            ("event", "e1"),
            ("code", "E-EXPR-FAILED"),
            ("tenant", "default"),
        ],
    );
    check(
        line(&lines, "a run failed", Some("fail")),
        &[("level", "WARN"), ("code", "never"), ("event", "manual")],
    );
    assert_ne!(line(&lines, "a run failed", Some("fail"))["trace_id"], trace);
}

#[test]
fn people_are_told_what_matters_and_not_every_step() {
    let place = project();
    let mut hub = Running::dev(&place);
    place.nave(&["runs", "start", "keep", "--with", r#"{"text":"a"}"#, "--wait"]).done();
    place.nave(&["runs", "start", "fail"]).done();
    let text = hub.says("a run failed");
    assert!(text.contains("code=\"never\"") || text.contains("code=never"), "{text}");
    assert!(!text.contains("a run begins") && !text.contains("a step begins"), "{text}");
    assert_eq!(hub.stop(), Some(0));
}
