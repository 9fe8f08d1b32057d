//! What the watcher reads for what the stream tells.

use jiff::tz::TimeZone;

use super::*;
use crate::output::Colour;

/// The lines for what happened, in order.
#[track_caller]
fn check(notices: &[(&str, &str)], expected: &[&str]) {
    let output = Output::new(false, Colour::Never, true);
    let when = When::at(1_796_072_400_000, TimeZone::UTC);
    let mut live = Live::new(&output, &when);
    let mut lines = Vec::new();
    for (event, data) in notices {
        let message = Message { event: (*event).to_owned(), id: None, data: (*data).to_owned() };
        lines.extend(live.told(&message));
    }
    assert_eq!(lines, expected);
}

#[test]
fn a_run_is_told_step_by_step() {
    check(
        &[
            (
                "event",
                r#"{"kind":"event","id":"e1","name":"crm.deal.won","tenant":"default","at_ms":1796072400000}"#,
            ),
            (
                "run",
                r#"{"kind":"run","run":"01ABCDEFGH","flow":"sales/onboard","tenant":"default","state":"running","at_ms":1796072400005}"#,
            ),
            (
                "step",
                r#"{"kind":"step","run":"01ABCDEFGH","flow":"sales/onboard","task":"project","what":"call erp.create_project","state":"began","detail":null,"at_ms":1796072400010}"#,
            ),
            (
                "step",
                r#"{"kind":"step","run":"01ABCDEFGH","flow":"sales/onboard","task":"project","what":"call erp.create_project","state":"done","detail":"{\"id\":1}","at_ms":1796072400130}"#,
            ),
            (
                "step",
                r#"{"kind":"step","run":"01ABCDEFGH","flow":"sales/onboard","task":"pause","what":"wait 5s","state":"began","detail":null,"at_ms":1796072400130}"#,
            ),
            (
                "run",
                r#"{"kind":"run","run":"01ABCDEFGH","flow":"sales/onboard","tenant":"default","state":"completed","at_ms":1796072405140}"#,
            ),
        ],
        &[
            "21:00:00.000 event    crm.deal.won  e1",
            "21:00:00.005 run      sales/onboard  running  01ABCDEFGH",
            "21:00:00.130 CDEFGH     project              call erp.create_project          done  120 ms  {\"id\":1}",
            "21:00:00.130 CDEFGH     pause                wait 5s                          began",
            "21:00:05.140 run      sales/onboard  completed  5.1 s  01ABCDEFGH",
        ],
    );
}

#[test]
fn what_is_held_back_delivered_or_new_is_told_too() {
    check(
        &[
            (
                "parked",
                r#"{"kind":"parked","connection":"erp","held":true,"reason":"E-BREAKER-OPEN: it is down","at_ms":1796072400000}"#,
            ),
            (
                "parked",
                r#"{"kind":"parked","connection":"erp","held":false,"reason":null,"at_ms":1796072401000}"#,
            ),
            (
                "delivery",
                r#"{"kind":"delivery","id":"d1","endpoint":"shop","state":"delivered","at_ms":1796072402000}"#,
            ),
            ("gap", r#"{"kind":"gap"}"#),
            ("mail", r#"{"kind":"mail","to":"a@b","at_ms":1796072403000}"#),
            ("odd", "no json \u{1b}[2J"),
        ],
        &[
            "21:00:00.000 parked   erp holds its calls back: E-BREAKER-OPEN: it is down",
            "21:00:01.000 parked   erp goes on",
            "21:00:02.000 delivery shop  delivered  d1",
            "… something in between was forgotten by the hub; the lists have it",
            "21:00:03.000 mail     {\"kind\":\"mail\",\"to\":\"a@b\",\"at_ms\":1796072403000}",
            "21:00:00.000 odd      \"no json \\u001b[2J\"",
        ],
    );
}

#[test]
fn only_so_many_beginnings_are_remembered() {
    let output = Output::new(false, Colour::Never, true);
    let when = When::at(1_796_072_400_000, TimeZone::UTC);
    let mut live = Live::new(&output, &when);
    for number in 0..REMEMBERED + 10 {
        live.run(&format!("{number:08}"), "a", "running", 1);
    }
    assert_eq!(live.began.len(), REMEMBERED);
}
