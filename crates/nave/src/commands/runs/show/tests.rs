//! A run as a person reads it.

use jiff::tz::TimeZone;
use serde_json::json;

use super::*;
use crate::output::Colour;

fn check(detail: &Value, full: bool, expected: &str) {
    let detail: RunDetail = serde_json::from_value(detail.clone()).unwrap();
    let output = Output::new(false, Colour::Never, true);
    let when = When::at(1_796_072_410_000, TimeZone::UTC);
    let shown = Shown { output: &output, when: &when, full };
    assert_eq!(shown.text(&detail), expected);
}

fn detail() -> Value {
    let at = 1_796_072_400_000_u64;
    json!({
        "id": "01A", "tenant": "default", "flow": "sales/onboard", "key": "C-7", "phase": "ended",
        "definition": "0123456789abcdef0123", "state": "failed", "cause": "evt_1", "created_ms": at,
        "changed_ms": at + 2300, "ended_ms": at + 2300,
        "fault": { "code": "E-REJECTED", "message": "the customer is blocked" },
        "input": { "name": "Roof" },
        "steps": [
            { "task": "project", "verb": "call", "on": "erp.create_project", "state": "done", "attempts": 3,
              "input": { "name": "Roof" }, "output": { "id": 1 }, "began_ms": at + 5, "ended_ms": at + 125 },
            { "task": "lines[0]/charge", "verb": "call", "on": "bank.charge", "state": "done", "attempts": 1,
              "input": 5, "began_ms": at + 130, "ended_ms": at + 1330 },
            { "task": "lines[1]/charge", "verb": "call", "on": "bank.charge", "state": "failed", "attempts": 1,
              "fault": { "code": "E-REJECTED", "message": "the customer is blocked" },
              "began_ms": at + 131, "ended_ms": at + 1400 },
            { "task": "undo:lines[0]/charge", "verb": "call", "on": "bank.refund", "state": "open",
              "began_ms": at + 1500 },
        ],
    })
}

#[test]
fn a_run_shows_each_step_with_what_went_in_and_out() {
    check(
        &detail(),
        false,
        "\
sales/onboard  failed  01A
  cause      evt_1
  began      2026-11-30 21:00:00 (10 s ago)
  ended      2026-11-30 21:00:02 (7 s ago), after 2.3 s
  key        C-7
  version    0123456789ab
  why        E-REJECTED: the customer is blocked
  input      {\"name\":\"Roof\"}

✓ project               call erp.create_project  +5 ms, took 120 ms, 3 attempts
    in  {\"name\":\"Roof\"}
    out {\"id\":1}
  lines[0]
  ✓ charge  call bank.charge  +130 ms, took 1.2 s
      in  5
  lines[1]
  ✗ charge  call bank.charge  failed  +131 ms, took 1.2 s
      E-REJECTED: the customer is blocked
… undo:lines[0]/charge  call bank.refund  open  +1.5 s
",
    );
}

#[test]
fn values_can_be_shown_whole() {
    let mut detail = detail();
    detail["steps"] = json!([]);
    detail["input"] = json!({ "text": "x".repeat(200) });
    check(
        &detail,
        true,
        &format!(
            "\
sales/onboard  failed  01A
  cause      evt_1
  began      2026-11-30 21:00:00 (10 s ago)
  ended      2026-11-30 21:00:02 (7 s ago), after 2.3 s
  key        C-7
  version    0123456789ab
  why        E-REJECTED: the customer is blocked
  input
    {{
      \"text\": \"{}\"
    }}

no step has begun
",
            "x".repeat(200)
        ),
    );
}
