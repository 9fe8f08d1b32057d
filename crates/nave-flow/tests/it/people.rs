//! People in runs: questions, and decisions about steps that failed.

use serde_json::json;

use crate::build::{Said, ask, attempt, call, catch, each, flow, fork, raise, set};
use crate::script::{Teller, check};

#[test]
fn an_approval_gives_who_said_it() {
    let flow = flow(vec![
        ask("ok", "lead", 1, Some(100)),
        set("x", "[$ok.verdict, $ok.by, $ok.role, $ok.at, $ok.comment]"),
    ]);
    check(
        &flow,
        &json!(null),
        "ask ok 1 lead `Go on?` until 1100; timer expires:ok 1100",
        &[
            ("eva approved ok as cook", "E-NOT-ALLOWED: `ok` asks lead, not `cook`"),
            (
                "eva approved ok",
                r#"drop expires:ok; close ok; completed ["approved","eva","lead","1970-01-01T00:00:01Z",null]"#,
            ),
            ("eva approved ok", ""),
        ],
    );
}

#[test]
fn several_approvals_need_different_people() {
    let flow = flow(vec![ask("ok", "lead", 2, None), set("x", "$ok.by")]);
    check(
        &flow,
        &json!(null),
        "ask ok 2 lead `Go on?`",
        &[
            ("eva approved ok", ""),
            ("eva approved ok", ""),
            ("tom approved ok", r#"close ok; completed "tom""#),
        ],
    );
    check(
        &flow,
        &json!(null),
        "ask ok 2 lead `Go on?`",
        &[("eva approved ok", ""), ("tom refused ok", "close ok; failed E-APPROVAL-REFUSED at ok")],
    );
}

#[test]
fn refusal_and_expiry_are_faults() {
    let handled =
        attempt("t", vec![ask("ok", "lead", 1, Some(9))], vec![catch(&[], vec![set("h", "$fault.code")])]);
    let flow = flow(vec![handled]);
    let begun = "ask ok 1 lead `Go on?` until 1009; timer expires:ok 1009";
    check(
        &flow,
        &json!(null),
        begun,
        &[("eva refused ok", r#"drop expires:ok; close ok; completed "E-APPROVAL-REFUSED""#)],
    );
    check(&flow, &json!(null), begun, &[("fired expires:ok", r#"close ok; completed "E-APPROVAL-EXPIRED""#)]);
}

#[test]
fn a_failed_step_may_be_tried_again_or_skipped() {
    let mut flow = flow(vec![call("a", "s.o", ""), call("b", "s.o", ""), set("c", "[$b]")]);
    flow.timeout_ms = Some(100);
    check(
        &flow,
        &json!(null),
        "call a s.o {}; timer run:timeout 1100",
        &[
            ("done a 1", "call b s.o {}"),
            ("failed b E-REJECTED", "drop run:timeout; failed E-REJECTED at b"),
            ("fired run:timeout", ""),
            ("cancel", ""),
            ("retry a", "E-CONFLICT: the run did not stop at `a` with nothing to undo"),
            ("at 5000", ""),
            ("retry b", "timer run:timeout~1 5100; call b#2 s.o {}"),
            ("failed b E-REJECTED", ""),
            ("done b 7", ""),
            ("fired run:timeout", ""),
            ("failed b#2 E-REJECTED", "drop run:timeout~1; failed E-REJECTED at b"),
            ("retry b", "timer run:timeout~2 5100; call b#3 s.o {}"),
            ("done b#3 2", "drop run:timeout~2; completed [2]"),
            ("retry b", "E-CONFLICT: the run did not stop at `b` with nothing to undo"),
        ],
    );
    check(
        &flow,
        &json!(null),
        "call a s.o {}; timer run:timeout 1100",
        &[
            ("done a 1", "call b s.o {}"),
            ("failed b E-REJECTED", "drop run:timeout; failed E-REJECTED at b"),
            ("skip b", "timer run:timeout~1 1100; drop run:timeout~1; completed [null]"),
        ],
    );
}

#[test]
fn a_failed_step_in_a_loop_may_be_tried_again() {
    let body = vec![call("a", "s.o", "$x").within(5)];
    let flow = flow(vec![each("l", "x in .", 1, body).within(50)]);
    check(
        &flow,
        &json!([1, 2]),
        "call l[0]/a s.o 1; timer timeout:l[0]/a 1005; timer timeout:l 1050",
        &[
            ("failed l[0]/a E-REJECTED", "drop timeout:l[0]/a; drop timeout:l; failed E-REJECTED at l[0]/a"),
            ("fired timeout:l", ""),
            ("retry l[0]/a", "timer timeout:l~1 1050; call l[0]/a#2 s.o 1; timer timeout:l[0]/a#2 1005"),
            ("fired timeout:l", ""),
            ("done l[0]/a#2 1", "drop timeout:l[0]/a#2; call l[1]/a s.o 2; timer timeout:l[1]/a 1005"),
            ("done l[1]/a 2", "drop timeout:l[1]/a; drop timeout:l~1; completed [1,2]"),
        ],
    );
}

#[test]
fn only_a_clean_failure_keeps_its_place() {
    let no = |step: &str| format!("E-CONFLICT: the run did not stop at `{step}` with nothing to undo");
    let undone = flow(vec![call("a", "s.o", "").undo("s.u", "{}"), call("b", "s.o", "")]);
    check(
        &undone,
        &json!(null),
        "call a s.o {}",
        &[
            ("done a 1", "call b s.o {}"),
            ("failed b E-REJECTED", "call undo:a s.u {}"),
            ("done undo:a 1", "failed E-REJECTED at b"),
            ("retry b", &no("b")),
        ],
    );
    let busy =
        flow(vec![fork("f", vec![("x", vec![call("a", "s.o", "")]), ("y", vec![call("b", "s.o", "")])])]);
    check(
        &busy,
        &json!(null),
        "call a s.o {}; call b s.o {}",
        &[
            ("failed a E-REJECTED", "give-up b"),
            ("failed b E-REJECTED", "failed E-REJECTED at a"),
            ("retry a", &no("a")),
        ],
    );
    let late = flow(vec![call("a", "s.o", "").within(5)]);
    check(
        &late,
        &json!(null),
        "call a s.o {}; timer timeout:a 1005",
        &[
            ("fired timeout:a", "give-up a"),
            ("failed a E-REJECTED", "failed E-FLOW-TIMEOUT at a"),
            ("retry a", &no("a")),
        ],
    );
}

#[test]
fn branches_not_begun_wait_for_the_decision() {
    let flow =
        flow(vec![fork("f", vec![("x", vec![raise("a", "no", "")]), ("y", vec![call("b", "s.o", "")])])]);
    let (mut teller, said) = Teller::start(&flow, &json!(null));
    assert_eq!(said, "failed no at a");
    assert_eq!(teller.tell("retry a"), "failed no at a");
    assert_eq!(teller.tell("skip a"), "call b s.o {}");
    assert_eq!(teller.tell("done b 2"), r#"completed {"x":null,"y":2}"#);
}
