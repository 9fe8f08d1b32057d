//! What every verb wants done and gives, one after the other.

use nave_flow::decide::{self, Limits};
use serde_json::json;

use crate::build::{
    Said, attempt, call, catch, each, emit, expression, flow, fork, listen, race, raise, run, set, switch,
    until, wait,
};
use crate::script::{Teller, check};

#[test]
fn calls_follow_one_another_and_see_results() {
    let flow = flow(vec![
        call("project", "erp.create", "{name: .name}"),
        call("contract", "billing.create", "{project: $project.id}"),
    ]);
    check(
        &flow,
        &json!({"name": "x"}),
        r#"call project erp.create {"name":"x"}"#,
        &[
            (r#"done project {"id":7}"#, r#"call contract billing.create {"project":7}"#),
            (r#"done contract {"id":8}"#, r#"completed {"id":8}"#),
        ],
    );
}

#[test]
fn late_and_repeated_events_change_nothing() {
    let flow = flow(vec![call("a", "s.o", ""), call("b", "s.o", "").within(50), wait("w", 10)]);
    check(
        &flow,
        &json!(null),
        "call a s.o {}",
        &[
            ("done b 1", ""),
            ("done a 1", "call b s.o {}; timer timeout:b 1050"),
            ("done a 2", ""),
            ("failed a E-REJECTED", ""),
            ("fired wait:w", ""),
            ("done b 1", "drop timeout:b; timer wait:w 1010"),
            ("fired timeout:b", ""),
            ("fired wait:w", "completed null"),
            ("fired wait:w", ""),
            ("cancel", ""),
            ("done nobody 1", "E-INTERNAL: an event came for `nobody`, which the flow cannot have asked for"),
            ("fired moon", "E-INTERNAL: an event came for `moon`, which the flow cannot have asked for"),
            ("done w 1", "E-INTERNAL: an event came for `w`, which the flow cannot have asked for"),
        ],
    );
}

#[test]
fn a_skipped_step_gives_null() {
    let flow = flow(vec![call("a", "s.o", "").only_if(".yes"), set("b", "[$a, 1]")]);
    check(&flow, &json!({"yes": false}), "completed [null,1]", &[]);
    check(&flow, &json!({"yes": 0}), "call a s.o {}", &[("done a 5", "completed [5,1]")]);
}

#[test]
fn a_switch_takes_the_first_case_that_holds() {
    let cases =
        || vec![(".n == 1", vec![set("one", "\"one\"")]), (".n > 0", vec![call("more", "s.o", "{n: .n}")])];
    let with_rest = flow(vec![switch("s", cases(), Some(vec![set("rest", "\"rest\"")]))]);
    check(&with_rest, &json!({"n": 1}), r#"completed "one""#, &[]);
    check(&with_rest, &json!({"n": 2}), r#"call more s.o {"n":2}"#, &[("done more 3", "completed 3")]);
    check(&with_rest, &json!({"n": 0}), r#"completed "rest""#, &[]);
    let without = flow(vec![switch("s", cases(), None)]);
    check(&without, &json!({"n": 0}), "completed null", &[]);
}

#[test]
fn a_loop_runs_one_round_after_the_other() {
    let flow = flow(vec![each("lines", "line in .lines", 1, vec![call("add", "s.add", "{n: $line.n}")])]);
    check(
        &flow,
        &json!({"lines": [{"n": 1}, {"n": 2}]}),
        r#"call lines[0]/add s.add {"n":1}"#,
        &[
            ("done lines[0]/add \"a\"", r#"call lines[1]/add s.add {"n":2}"#),
            ("done lines[0]/add \"a\"", ""),
            ("done lines[1]/add \"b\"", r#"completed ["a","b"]"#),
        ],
    );
    check(&flow, &json!({"lines": []}), "completed []", &[]);
    check(&flow, &json!({"lines": null}), "failed E-EXPR-FAILED at lines", &[]);
}

#[test]
fn rounds_in_parallel_give_results_in_the_order_of_the_items() {
    let flow = flow(vec![each("l", "x in .", 2, vec![call("c", "s.o", "$x")])]);
    check(
        &flow,
        &json!([1, 2, 3]),
        "call l[0]/c s.o 1; call l[1]/c s.o 2",
        &[
            ("done l[1]/c \"b\"", "call l[2]/c s.o 3"),
            ("done l[2]/c \"c\"", ""),
            ("done l[0]/c \"a\"", r#"completed ["a","b","c"]"#),
        ],
    );
}

#[test]
fn a_batch_is_a_list_of_items() {
    let flow = flow(vec![each("l", "xs in .", 1, vec![call("c", "s.o", "{xs: $xs}")]).batch(2)]);
    check(
        &flow,
        &json!([1, 2, 3]),
        r#"call l[0]/c s.o {"xs":[1,2]}"#,
        &[("done l[0]/c 1", r#"call l[1]/c s.o {"xs":[3]}"#), ("done l[1]/c 2", "completed [1,2]")],
    );
}

#[test]
fn loops_inside_loops_name_their_rounds() {
    let inner = each("parts", "part in $order.parts", 2, vec![call("ship", "s.ship", "$part")]);
    let flow = flow(vec![each("orders", "order in .", 1, vec![inner])]);
    let data = json!([{"parts": ["a"]}, {"parts": ["b", "c"]}]);
    check(
        &flow,
        &data,
        r#"call orders[0]/parts[0]/ship s.ship "a""#,
        &[
            (
                "done orders[0]/parts[0]/ship 1",
                r#"call orders[1]/parts[0]/ship s.ship "b"; call orders[1]/parts[1]/ship s.ship "c""#,
            ),
            ("done orders[1]/parts[1]/ship 3", ""),
            ("done orders[1]/parts[0]/ship 2", "completed [[1],[2,3]]"),
        ],
    );
}

#[test]
fn a_fork_gives_what_its_branches_gave() {
    let flow = flow(vec![fork(
        "f",
        vec![
            ("left", vec![call("a", "s.o", "")]),
            ("right", vec![call("b", "s.o", ""), set("b2", "[$b]")]),
            ("empty", vec![]),
        ],
    )]);
    check(
        &flow,
        &json!(null),
        "call a s.o {}; call b s.o {}",
        &[("done b 2", ""), ("done a 1", r#"completed {"left":1,"right":[2],"empty":null}"#)],
    );
}

#[test]
fn the_first_branch_of_a_race_that_succeeds_wins() {
    let flow = flow(vec![race(
        "r",
        vec![("fast", vec![call("a", "s.o", "")]), ("slow", vec![wait("w", 100), call("b", "s.o", "")])],
    )]);
    check(
        &flow,
        &json!(null),
        "call a s.o {}; timer wait:w 1100",
        &[("done a 1", r#"drop wait:w; completed {"branch":"fast","result":1}"#)],
    );
    check(
        &flow,
        &json!(null),
        "call a s.o {}; timer wait:w 1100",
        &[
            ("failed a E-REJECTED", ""),
            ("fired wait:w", "call b s.o {}"),
            ("done b 2", r#"completed {"branch":"slow","result":2}"#),
        ],
    );
    check(
        &flow,
        &json!(null),
        "call a s.o {}; timer wait:w 1100",
        &[
            ("failed a E-REJECTED", ""),
            ("fired wait:w", "call b s.o {}"),
            ("failed b E-NOT-FOUND", "failed E-NOT-FOUND at b"),
        ],
    );
}

#[test]
fn a_branch_that_wins_at_once_begins_no_other() {
    let flow = flow(vec![race("r", vec![("a", vec![set("x", "1")]), ("b", vec![call("y", "s.o", "")])])]);
    check(&flow, &json!(null), r#"completed {"branch":"a","result":1}"#, &[]);
}

#[test]
fn handlers_are_tried_in_their_order() {
    let handlers = || {
        vec![
            catch(&["E-REJECTED", "stock"], vec![set("h1", "[\"code\", $fault.code]")]),
            catch(&["timeout"], vec![set("h2", "[\"kind\", $fault.kind]")]),
            catch(&["E-FLOW-RAISED"], vec![set("h3", "[\"raised\", $fault.message]")]),
            catch(&[], vec![call("h4", "s.note", "{code: $fault.code, at: $fault.step}")]),
        ]
    };
    let calling = flow(vec![attempt("t", vec![call("a", "s.o", "").within(5)], handlers())]);
    let begun = "call a s.o {}; timer timeout:a 1005";
    check(&calling, &json!(null), begun, &[("done a 3", "drop timeout:a; completed 3")]);
    check(
        &calling,
        &json!(null),
        begun,
        &[("failed a E-REJECTED", r#"drop timeout:a; completed ["code","E-REJECTED"]"#)],
    );
    check(
        &calling,
        &json!(null),
        begun,
        &[("fired timeout:a", "give-up a"), ("failed a E-FLOW-CANCELLED", r#"completed ["kind","timeout"]"#)],
    );
    check(
        &calling,
        &json!(null),
        begun,
        &[
            ("failed a E-CONFLICT", r#"drop timeout:a; call h4 s.note {"code":"E-CONFLICT","at":"a"}"#),
            ("done h4 null", "completed null"),
        ],
    );
    let raising = |code| flow(vec![attempt("t", vec![raise("x", code, "\"no \\(.what)\"")], handlers())]);
    let data = json!({"what": "tea"});
    check(&raising("stock"), &data, r#"completed ["code","stock"]"#, &[]);
    check(&raising("other"), &data, r#"completed ["raised","no tea"]"#, &[]);
}

#[test]
fn a_fault_in_a_handler_goes_on_outwards() {
    let inner =
        attempt("inner", vec![raise("a", "one", "")], vec![catch(&["one"], vec![raise("b", "two", "")])]);
    let outer = attempt("outer", vec![inner], vec![catch(&["two"], vec![set("c", "$fault.code")])]);
    check(&flow(vec![outer]), &json!(null), r#"completed "two""#, &[]);
}

#[test]
fn a_wait_ends_at_its_time() {
    check(
        &flow(vec![wait("w", 500)]),
        &json!(null),
        "timer wait:w 1500",
        &[("at 1500", ""), ("fired wait:w", "completed null")],
    );
    let flow = flow(vec![until("u", ".at")]);
    check(&flow, &json!({"at": "1970-01-01T00:01:00.0001Z"}), "timer wait:u 60001", &[]);
    check(&flow, &json!({"at": "1970-01-01T00:01:00+00:01"}), "completed null", &[]);
    check(&flow, &json!({"at": "1950-01-01T00:00:00Z"}), "completed null", &[]);
    check(&flow, &json!({"at": "tomorrow"}), "failed E-EXPR-FAILED at u", &[]);
}

#[test]
fn a_listener_takes_the_event_that_fits() {
    let flow = flow(vec![
        call("a", "s.o", ""),
        listen("paid", "billing.paid", ".invoice == $a.invoice").within(100),
        emit("told", "done", "{paid: $paid.amount}"),
        emit("again", "all", ""),
    ]);
    check(
        &flow,
        &json!({"d": 1}),
        "call a s.o {}",
        &[
            (r#"done a {"invoice":9}"#, "listen paid billing.paid; timer timeout:paid 1100"),
            (r#"arrived paid {"invoice":8}"#, ""),
            (
                r#"arrived paid {"invoice":9,"amount":5}"#,
                r#"unlisten paid; drop timeout:paid; emit done {"paid":5}; emit all {"d":1}; completed null"#,
            ),
            (r#"arrived paid {"invoice":9}"#, ""),
        ],
    );
    check(
        &flow,
        &json!(null),
        "call a s.o {}",
        &[
            (r#"done a {"invoice":9}"#, "listen paid billing.paid; timer timeout:paid 1100"),
            ("fired timeout:paid", "unlisten paid; failed E-FLOW-TIMEOUT at paid"),
        ],
    );
}

#[test]
fn a_child_runs_to_its_end_or_on_its_own() {
    let waiting = flow(vec![run("sub", "other/flow", "{n: .n}", true), set("x", "$sub.m")]);
    let data = json!({"n": 1});
    check(&waiting, &data, r#"run sub other/flow {"n":1}"#, &[(r#"ended sub {"m":2}"#, "completed 2")]);
    check(
        &waiting,
        &data,
        r#"run sub other/flow {"n":1}"#,
        &[("child-failed sub E-CONFLICT", "failed E-CONFLICT at sub")],
    );
    check(&flow(vec![run("sub", "f", "", false)]), &data, r#"launch sub f {"n":1}; completed null"#, &[]);
}

#[test]
fn the_output_sees_the_outermost_results() {
    let mut flow = flow(vec![call("a", "s.o", ""), set("b", "2")]);
    flow.output = Some(expression("{a: $a, b: $b, data: .}"));
    check(&flow, &json!("d"), "call a s.o {}", &[("done a 1", r#"completed {"a":1,"b":2,"data":"d"}"#)]);
    flow.output = Some(expression("error(\"no\")"));
    check(&flow, &json!("d"), "call a s.o {}", &[("done a 1", "failed E-EXPR-FAILED")]);
}

#[test]
fn an_expression_that_fails_says_where() {
    let flow = flow(vec![set("a", "[1, .b.c]")]);
    let (teller, said) = Teller::start(&flow, &json!({"b": "text"}));
    assert_eq!(said, "failed E-EXPR-FAILED at a");
    let Some(decide::Outcome::Failed { fault, .. }) = teller.run.outcome() else { panic!("it failed") };
    let at = fault.at.as_ref().unwrap();
    assert_eq!(at.file.as_deref(), Some("flow.yaml"));
    assert_eq!((at.line, at.column), (Some(10), Some(9)));
}

#[test]
fn a_result_is_known_in_its_own_block_alone() {
    let flow = flow(vec![switch("s", vec![("true", vec![set("inner", "1")])], None), set("x", "$inner")]);
    check(&flow, &json!(null), "failed E-EXPR-FAILED at x", &[]);
}

#[test]
fn the_time_limit_of_a_run_is_taken_by_no_handler() {
    let mut flow =
        flow(vec![attempt("t", vec![call("a", "s.o", "").undo("s.u", "$a")], vec![catch(&[], vec![])])]);
    flow.timeout_ms = Some(100);
    check(
        &flow,
        &json!(null),
        "call a s.o {}; timer run:timeout 1100",
        &[
            ("fired run:timeout", "give-up a"),
            ("done a 1", "call undo:a s.u 1"),
            ("done undo:a null", "failed E-FLOW-TIMEOUT"),
        ],
    );
    check(
        &flow,
        &json!(null),
        "call a s.o {}; timer run:timeout 1100",
        &[("done a 1", "drop run:timeout; completed 1")],
    );
}

#[test]
fn runs_are_bounded() {
    let body = || vec![set("x", "$item")];
    let twice = flow(vec![each("l", "item in .", 1, body())]);
    let limits = Limits { rounds: 2, steps: 100 };
    assert_eq!(Teller::start_within(&twice, &json!([1, 2]), limits).1, "completed [1,2]");
    assert_eq!(Teller::start_within(&twice, &json!([1, 2, 3]), limits).1, "failed E-EXPR-LIMIT at l");
    let limits = Limits { rounds: 100, steps: 5 };
    let caught = flow(vec![attempt("t", vec![each("l", "item in .", 1, body())], vec![catch(&[], vec![])])]);
    assert_eq!(Teller::start_within(&caught, &json!([1, 2, 3]), limits).1, "completed [1,2,3]");
    let said = Teller::start_within(&caught, &json!([1, 2, 3, 4]), limits).1;
    assert_eq!(said, "failed E-EXPR-LIMIT at l[3]/x", "no handler takes it: it would go on for ever");
}

#[test]
fn whether_a_run_is_wanted_and_its_key() {
    let mut flow = flow(vec![]);
    assert_eq!(decide::wanted(&flow, &json!({})), Ok(true));
    assert_eq!(decide::key(&flow, &json!({})), Ok(None));
    flow.when = Some(expression(".n > 1"));
    flow.key = Some(expression(".k"));
    assert_eq!(decide::wanted(&flow, &json!({"n": 1})), Ok(false));
    assert_eq!(decide::wanted(&flow, &json!({"n": 2})), Ok(true));
    assert_eq!(decide::key(&flow, &json!({"k": "a"})), Ok(Some("a".to_owned())));
    assert_eq!(decide::key(&flow, &json!({"k": [1]})), Ok(Some("[1]".to_owned())));
    assert_eq!(decide::key(&flow, &json!({})), Ok(None));
    assert_eq!(decide::key(&flow, &json!("text")).unwrap_err().code.name, "E-EXPR-FAILED");
}
