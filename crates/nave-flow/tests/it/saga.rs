//! Faults, stopping and undoing: what happens in which order when something goes wrong.

use nave_flow::decide::State;
use serde_json::json;

use crate::build::{Said, attempt, call, catch, each, flow, fork, listen, race, raise, run, set, wait};
use crate::script::{Teller, check};

/// A call with an undo.
fn act(name: &str) -> nave_flow::flow::Step {
    call(name, "s.do", "").undo("s.undo", &format!("${name}"))
}

#[test]
fn everything_is_undone_in_reverse_order() {
    let flow = flow(vec![act("a"), act("b").only_if("false"), act("c"), call("d", "s.do", "")]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}",
        &[
            ("done a 1", "call c s.do {}"),
            ("done c 3", "call d s.do {}"),
            ("failed d E-REJECTED", "call undo:c s.undo 3"),
            ("done a 1", ""),
            ("done undo:c null", "call undo:a s.undo 1"),
            ("done undo:c null", ""),
            ("done undo:a null", "failed E-REJECTED at d"),
            ("done undo:a null", ""),
        ],
    );
}

#[test]
fn what_a_step_does_not_finish_is_not_undone() {
    check(
        &flow(vec![act("a"), act("b")]),
        &json!(null),
        "call a s.do {}",
        &[
            ("done a 1", "call b s.do {}"),
            ("failed b E-REJECTED", "call undo:a s.undo 1"),
            ("done undo:a null", "failed E-REJECTED at b"),
        ],
    );
}

#[test]
fn a_body_is_undone_before_its_handler_runs() {
    let body = vec![act("b"), act("c"), raise("stop", "stop", "")];
    let flow = flow(vec![
        act("a"),
        attempt("t", body, vec![catch(&["stop"], vec![act("d")])]),
        raise("end", "end", ""),
    ]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}",
        &[
            ("done a 1", "call b s.do {}"),
            ("done b 2", "call c s.do {}"),
            ("done c 3", "call undo:c s.undo 3"),
            ("done undo:c null", "call undo:b s.undo 2"),
            ("done undo:b null", "call d s.do {}"),
            ("done d 4", "call undo:d s.undo 4"),
            ("done undo:d null", "call undo:a s.undo 1"),
            ("done undo:a null", "failed end at end"),
        ],
    );
}

#[test]
fn without_a_handler_that_fits_the_scope_around_undoes() {
    let inner = attempt("inner", vec![act("b"), raise("x", "x", "")], vec![catch(&["y"], vec![])]);
    let outer =
        attempt("outer", vec![act("a"), inner], vec![catch(&["x"], vec![set("handled", "\"handled\"")])]);
    check(
        &flow(vec![outer]),
        &json!(null),
        "call a s.do {}",
        &[
            ("done a 1", "call b s.do {}"),
            ("done b 2", "call undo:b s.undo 2"),
            ("done undo:b null", "call undo:a s.undo 1"),
            ("done undo:a null", r#"completed "handled""#),
        ],
    );
}

#[test]
fn a_body_that_ended_well_is_undone_later() {
    let flow = flow(vec![attempt("t", vec![act("a")], vec![catch(&[], vec![])]), raise("x", "x", "")]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}",
        &[("done a 1", "call undo:a s.undo 1"), ("done undo:a null", "failed x at x")],
    );
}

#[test]
fn parallel_rounds_are_awaited_and_undone_in_reverse_order_of_completion() {
    let flow = flow(vec![each("l", "x in .", 3, vec![act("a"), call("b", "s.do", "")])]);
    let begun = "call l[0]/a s.do {}; call l[1]/a s.do {}; call l[2]/a s.do {}";
    check(
        &flow,
        &json!([0, 1, 2, 3]),
        begun,
        &[
            ("done l[1]/a 1", "call l[1]/b s.do {}"),
            ("done l[0]/a 0", "call l[0]/b s.do {}"),
            ("failed l[1]/b E-REJECTED", "give-up l[0]/b; give-up l[2]/a"),
            ("done l[2]/a 2", ""),
            ("done l[0]/b 9", "call undo:l[2]/a s.undo 2"),
            ("done undo:l[2]/a null", "call undo:l[0]/a s.undo 0"),
            ("done undo:l[0]/a null", "call undo:l[1]/a s.undo 1"),
            ("done undo:l[1]/a null", "failed E-REJECTED at l[1]/b"),
        ],
    );
}

#[test]
fn what_a_body_left_is_undone_among_what_was_done_beside_it() {
    let body = attempt("t", vec![act("a"), act("b")], vec![catch(&["y"], vec![])]);
    let flow = flow(vec![fork("f", vec![("x", vec![body]), ("y", vec![act("c")])]), raise("x", "x", "")]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}; call c s.do {}",
        &[
            ("done a 1", "call b s.do {}"),
            ("done c 3", ""),
            ("done b 2", "call undo:b s.undo 2"),
            ("done undo:b null", "call undo:c s.undo 3"),
            ("done undo:c null", "call undo:a s.undo 1"),
            ("done undo:a null", "failed x at x"),
        ],
    );
}

#[test]
fn a_failed_branch_ends_waits_listeners_and_children() {
    let flow = flow(vec![fork(
        "f",
        vec![
            ("a", vec![call("x", "s.do", "")]),
            ("b", vec![wait("w", 10).within(20)]),
            ("c", vec![listen("l", "s.e", "")]),
            ("d", vec![run("r", "f", "", true).undo("s.undo", "$r")]),
        ],
    )]);
    let begun = "call x s.do {}; timer wait:w 1010; timer timeout:w 1020; listen l s.e; run r f null";
    check(
        &flow,
        &json!(null),
        begun,
        &[
            ("failed x E-REJECTED", "drop wait:w; drop timeout:w; unlisten l; cancel r"),
            ("fired wait:w", ""),
            ("ended r 5", "call undo:r s.undo 5"),
            ("done undo:r null", "failed E-REJECTED at x"),
        ],
    );
    check(
        &flow,
        &json!(null),
        begun,
        &[
            ("failed x E-REJECTED", "drop wait:w; drop timeout:w; unlisten l; cancel r"),
            ("child-failed r E-FLOW-CANCELLED", "failed E-REJECTED at x"),
        ],
    );
}

#[test]
fn what_losers_did_is_undone_before_a_race_ends() {
    let flow = flow(vec![
        race("r", vec![("x", vec![act("a"), call("b", "s.do", "")]), ("y", vec![act("c")])]),
        raise("end", "end", ""),
    ]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}; call c s.do {}",
        &[
            ("done a 1", "call b s.do {}"),
            ("done c 3", "give-up b"),
            ("failed b E-FLOW-CANCELLED", "call undo:a s.undo 1"),
            ("done undo:a null", "call undo:c s.undo 3"),
            ("done undo:c null", "failed end at end"),
        ],
    );
}

#[test]
fn a_race_that_all_lose_is_undone_by_the_scope_around() {
    let branches =
        vec![("x", vec![act("a"), raise("x1", "one", "")]), ("y", vec![act("b"), raise("y1", "two", "")])];
    let flow =
        flow(vec![attempt("t", vec![race("r", branches)], vec![catch(&["two"], vec![set("h", "1")])])]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}; call b s.do {}",
        &[
            ("done a 1", ""),
            ("done b 2", "call undo:b s.undo 2"),
            ("done undo:b null", "call undo:a s.undo 1"),
            ("done undo:a null", "completed 1"),
        ],
    );
}

#[test]
fn an_undo_that_fails_is_listed_and_the_others_run() {
    let body = vec![act("a"), act("b"), raise("x", "x", "")];
    let flow = flow(vec![act("o"), attempt("t", body, vec![catch(&[], vec![set("h", "1")])])]);
    check(
        &flow,
        &json!(null),
        "call o s.do {}",
        &[
            ("done o 0", "call a s.do {}"),
            ("done a 1", "call b s.do {}"),
            ("done b 2", "call undo:b s.undo 2"),
            ("failed undo:b E-REJECTED", "call undo:a s.undo 1"),
            ("done undo:a null", "call undo:o s.undo 0"),
            ("done undo:o null", "failed x at x, b not undone"),
            ("retry undo:b", "call undo:b#2 s.undo 2"),
            ("done undo:b null", ""),
            ("done undo:b#2 null", "failed x at x"),
            ("retry undo:b", "E-CONFLICT: the undo of `b` did not fail"),
        ],
    );
}

#[test]
fn an_undo_may_be_struck_off() {
    check(
        &flow(vec![act("a"), raise("x", "x", "")]),
        &json!(null),
        "call a s.do {}",
        &[
            ("done a 1", "call undo:a s.undo 1"),
            ("failed undo:a E-REJECTED", "failed x at x, a not undone"),
            ("skip undo:a", "failed x at x"),
        ],
    );
}

#[test]
fn an_undo_whose_arguments_fail_is_listed() {
    let step = call("a", "s.do", "").undo("s.undo", "$a.b.c");
    check(
        &flow(vec![step, raise("x", "x", "")]),
        &json!(null),
        "call a s.do {}",
        &[(r#"done a {"b":"text"}"#, "failed x at x, a not undone")],
    );
}

#[test]
fn arguments_of_an_undo_may_be_taken_by_name() {
    let step = call("a", "s.do", "{region: .r, size: 1}").undo_by_name("s.undo", &["id", ".region", "none"]);
    check(
        &flow(vec![step, raise("x", "x", "")]),
        &json!({"r": "eu"}),
        r#"call a s.do {"region":"eu","size":1}"#,
        &[(r#"done a {"id":7,"region":"no"}"#, r#"call undo:a s.undo {"id":7,"region":"eu"}"#)],
    );
}

#[test]
fn an_unknown_outcome_waits_until_it_is_settled() {
    let flow = flow(vec![act("a"), call("b", "s.do", "")]);
    let (mut teller, _) = Teller::start(&flow, &json!(null));
    assert_eq!(teller.tell("lost a"), "");
    assert_eq!(teller.run.state(&flow), State::Unknown);
    assert_eq!(teller.tell("lost a"), "");
    assert_eq!(teller.tell("settled a 1"), "call b s.do {}");
    assert_eq!(teller.run.state(&flow), State::Running);
    assert_eq!(teller.tell("settled a 1"), "");
    assert_eq!(teller.tell("failed b E-REJECTED"), "call undo:a s.undo 1");
    assert_eq!(teller.run.state(&flow), State::Undoing);
    assert_eq!(teller.tell("lost undo:a"), "");
    assert_eq!(teller.run.state(&flow), State::Unknown);
    assert_eq!(teller.tell("settled undo:a null"), "failed E-REJECTED at b");
    assert_eq!(teller.run.state(&flow), State::Failed);
}

#[test]
fn a_call_done_after_its_time_is_undone() {
    let body = vec![act("a").within(10)];
    let flow = flow(vec![attempt("t", body, vec![catch(&["timeout"], vec![set("h", "$fault.code")])])]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}; timer timeout:a 1010",
        &[
            ("fired timeout:a", "give-up a"),
            ("fired timeout:a", ""),
            ("lost a", ""),
            ("settled a 1", "call undo:a s.undo 1"),
            ("done undo:a null", r#"completed "E-FLOW-TIMEOUT""#),
        ],
    );
}

#[test]
fn the_time_limit_of_a_block_stops_what_is_inside() {
    let body = vec![act("a"), call("b", "s.do", "")];
    let flow =
        flow(vec![attempt("t", vec![each("l", "x in .", 2, body).within(10)], vec![catch(&[], vec![])])]);
    check(
        &flow,
        &json!([1, 2]),
        "call l[0]/a s.do {}; call l[1]/a s.do {}; timer timeout:l 1010",
        &[
            ("done l[0]/a 1", "call l[0]/b s.do {}"),
            ("fired timeout:l", "give-up l[0]/b; give-up l[1]/a"),
            ("failed l[0]/b E-FLOW-CANCELLED", ""),
            ("failed l[1]/a E-FLOW-CANCELLED", "call undo:l[0]/a s.undo 1"),
            ("done undo:l[0]/a null", "completed null"),
        ],
    );
}

#[test]
fn cancelling_undoes_everything_and_is_taken_by_no_handler() {
    let flow = flow(vec![attempt("t", vec![act("a"), wait("w", 10)], vec![catch(&[], vec![set("h", "1")])])]);
    check(
        &flow,
        &json!(null),
        "call a s.do {}",
        &[
            ("done a 1", "timer wait:w 1010"),
            ("cancel", "drop wait:w; call undo:a s.undo 1"),
            ("cancel", ""),
            ("done undo:a null", "cancelled E-FLOW-CANCELLED"),
        ],
    );
    check(
        &flow,
        &json!(null),
        "call a s.do {}",
        &[("cancel", "give-up a"), ("failed a E-FLOW-CANCELLED", "cancelled E-FLOW-CANCELLED")],
    );
}

#[test]
fn cancelling_while_a_body_is_undone_goes_on_where_it_was() {
    let body = vec![act("a"), act("b"), raise("x", "x", "")];
    let flow = flow(vec![act("o"), attempt("t", body, vec![catch(&[], vec![set("h", "1")])])]);
    check(
        &flow,
        &json!(null),
        "call o s.do {}",
        &[
            ("done o 0", "call a s.do {}"),
            ("done a 1", "call b s.do {}"),
            ("done b 2", "call undo:b s.undo 2"),
            ("cancel", ""),
            ("done undo:b null", "call undo:a s.undo 1"),
            ("done undo:a null", "call undo:o s.undo 0"),
            ("done undo:o null", "cancelled E-FLOW-CANCELLED"),
        ],
    );
}

#[test]
fn a_loop_of_bodies_undoes_its_own_round_alone() {
    let body = vec![act("a"), call("b", "s.do", "")];
    let rounds = vec![attempt("t", body, vec![catch(&[], vec![set("h", "\"no\"")])])];
    let flow = flow(vec![each("l", "x in .", 2, rounds)]);
    check(
        &flow,
        &json!([1, 2]),
        "call l[0]/a s.do {}; call l[1]/a s.do {}",
        &[
            ("done l[0]/a 1", "call l[0]/b s.do {}"),
            ("done l[1]/a 2", "call l[1]/b s.do {}"),
            ("failed l[0]/b E-REJECTED", "call undo:l[0]/a s.undo 1"),
            ("done l[1]/b 5", ""),
            ("done undo:l[0]/a null", r#"completed ["no",5]"#),
        ],
    );
}
